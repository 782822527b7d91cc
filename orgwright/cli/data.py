"""Which data a load takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgwright.cli.orgs import is_embedded

if TYPE_CHECKING:
    from orgwright.spec.model import Connector
    from orgwright.sync import Source


def data_for(connector: Connector, org_name: str, address: str | None, size: int | None) -> Source | None:
    """The source at an address, else the connector's sample data; made-up rows go into embedded orgs unasked, into others
    only when a size asks for them."""
    from orgwright.sync import SampleSource, open_source

    if address is not None:
        return open_source(address)
    if not connector.sample.tables or (size is None and not is_embedded(org_name)):
        return None
    return SampleSource(connector.sample, connector.sample.size if size is None else size)
