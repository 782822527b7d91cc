"""What the shape of a spec cannot say: limits of Salesforce, names, references. No error hides another."""

from __future__ import annotations

from collections.abc import Iterator

from orgwright.spec.check_changes import check_changes
from orgwright.spec.check_data import check_data
from orgwright.spec.check_fields import check_fields
from orgwright.spec.check_flags import check_flags
from orgwright.spec.check_links import check_links
from orgwright.spec.check_names import check_names
from orgwright.spec.check_rows import check_rows
from orgwright.spec.check_webhooks import check_webhooks
from orgwright.spec.errors import SpecError
from orgwright.spec.model import Connector


def check(connector: Connector) -> Iterator[SpecError]:
    """All errors of a connector."""
    yield from check_names(connector)
    yield from check_fields(connector)
    yield from check_links(connector)
    yield from check_changes(connector)
    yield from check_flags(connector)
    yield from check_webhooks(connector)
    yield from check_data(connector)
    yield from check_rows(connector)
