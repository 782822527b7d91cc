"""Tables of what was deployed: a row for each component of a metadata type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.metadata.tooling.documents import to_json
from orgwright.localorg.metadata.tooling.table import AUDIT, Asked, Table, column, table
from orgwright.localorg.schema.model import Field

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

Row = dict[str, Any]
Extra = Callable[["Transaction", Stored], Row]


def audit(stored: Stored) -> Row:
    """The audit fields of a component."""
    return {
        "CreatedDate": _moment(stored.created),
        "CreatedById": stored.created_by,
        "LastModifiedDate": _moment(stored.modified),
        "LastModifiedById": stored.modified_by,
        "SystemModstamp": _moment(stored.modified),
    }


def _moment(text: str) -> str:
    return f"{text.removesuffix('Z')}+0000"


_COMMON = (
    column("DeveloperName"),
    column("MasterLabel"),
    column("Language", "picklist"),
    column("NamespacePrefix"),
    column("ManageableState", "picklist"),
    column("FullName"),
    column("Metadata", "complexvalue"),
    *AUDIT,
)


def _common(stored: Stored, fields: Asked) -> Row:
    node = stored.node
    label = node.value("label") or node.value("masterLabel") or stored.name
    row: Row = {
        "Id": stored.id,
        "DeveloperName": stored.name.rpartition(".")[2].removesuffix("__c").removesuffix("__e").removesuffix("__mdt"),
        "MasterLabel": label,
        "Language": "en_US",
        "NamespacePrefix": None,
        "ManageableState": "unmanaged",
        "FullName": stored.name,
        **audit(stored),
    }
    if "metadata" in fields:
        row["Metadata"] = to_json(node, stored.type)
    return row


def component_table(name: str, type: str, prefix: str, extra: Extra | None = None, *columns: Field) -> Table:
    """The table of a metadata type: a row for each component, with what ``extra`` adds to the common fields."""
    known = {c.name for c in columns}
    own = (*columns, *(c for c in _COMMON if c.name not in known))

    def rows(tx: Transaction, fields: Asked) -> Iterable[Row]:
        for stored in Components(tx).all(type):
            row = _common(stored, fields)
            if extra is not None:
                row.update(extra(tx, stored))
            yield row

    return table(name, rows, *own, prefix=prefix, given=("FullName", "Metadata"))
