"""Org settings as Tooling objects of one row: ``SELECT IsChatterEnabled FROM ChatterSettings``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.catalog import ComplexType, catalog
from orgwright.localorg.metadata.catalogue import Catalogue
from orgwright.localorg.metadata.tooling.documents import to_json
from orgwright.localorg.metadata.tooling.table import Asked, Table, column, table

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction


def tables() -> Iterator[Table]:
    """A table for each settings type of the Metadata API."""
    for name in catalog().settings():
        kind = catalog().type(f"{name}Settings")
        if kind is not None:
            yield _table(name, kind)


def flag_name(element: str) -> str:
    """The Tooling field of a switch: ``enableChatter`` is ``IsChatterEnabled``, ``canX`` is ``CanX``."""
    if element.startswith("enable") and element[6:7].isupper():
        return f"Is{element[6:]}Enabled"
    return element[:1].upper() + element[1:]


def _table(name: str, kind: ComplexType) -> Table:
    switches = {flag_name(e.name): e.name for e in kind.elements.values() if e.type == "boolean" and not e.many}

    def rows(tx: Transaction, fields: Asked) -> Iterable[dict[str, Any]]:
        node = Catalogue(tx).read("Settings", name)
        if node is None:
            return
        row: dict[str, Any] = {"Id": "000000000000000AAA", "DurableId": name, "FullName": name}
        row |= {shown: node.flag(element) for shown, element in switches.items()}
        if "metadata" in fields:
            row["Metadata"] = to_json(node, kind.name)
        yield row

    columns = [column(shown, "boolean") for shown in switches]
    documents = (column("DurableId"), column("FullName"), column("Metadata", "complexvalue"))
    return table(kind.name, rows, *documents, *columns)
