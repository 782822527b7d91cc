"""What the shape of a spec cannot say: limits of Salesforce, names, references. Every check gives its errors, none stops the others."""

from __future__ import annotations

from collections.abc import Iterator

from orgwright.spec.errors import SpecError
from orgwright.spec.model import Connector


def check(connector: Connector) -> Iterator[SpecError]:
    """All errors of a connector."""
    yield from ()
