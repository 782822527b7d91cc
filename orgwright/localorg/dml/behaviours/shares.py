"""Share records: who may be given what, and when a share goes (Apex Developer Guide: Sharing a Record Using Apex)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.access.models import OPEN, ShareFields, model_of, share_of, shared_object
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.store.tables import quote

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_RANK = {"None": -1, "Read": 0, "Edit": 1}
_WORDS = {-1: "None", 0: "Read", 1: "Edit", 2: "All"}
_CHILD_LEVELS = ("OpportunityAccessLevel", "CaseAccessLevel", "ContactAccessLevel")


def share_rules(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Refuse shares that give nothing, or whose cause is the platform's own; a repeated share replaces the first."""
    parent = shared_object(tx.schema, plan.sobject)
    fields = share_of(tx.schema, parent) if parent is not None else None
    if parent is None or fields is None:
        return
    reasons = _reasons(tx, parent)
    for row in rows:
        if creating and row.values.get("RowCause") is None:
            row.values["RowCause"] = "Manual"
        if creating:
            for name in _CHILD_LEVELS:
                if parent.name == "Account" and row.values.get(name) is None and name.lower() in plan.fields:
                    row.values[name] = "None"
        if str(row.get("RowCause")) not in ("Manual", *reasons):
            text = "field integrity exception: RowCause (Specified value is reserved and cannot be used)"
            row.fail("FIELD_INTEGRITY_EXCEPTION", text, "RowCause")
        else:
            _level(tx, parent, fields, row)
    if creating:
        _replace(tx, plan, fields, [row for row in rows if not row.errors])


def _reasons(tx: Transaction, parent: SObjectType) -> list[str]:
    if not parent.custom or not Components(tx).there:
        return []
    return [stored.name.rpartition(".")[2] for stored in Components(tx).children("SharingReason", parent.name)]


def _level(tx: Transaction, parent: SObjectType, fields: ShareFields, row: Row) -> None:
    given = str(row.get(fields.level))
    if given not in _RANK:
        text = f"{fields.level}: bad value for restricted picklist field: {given}"
        row.fail("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, fields.level)
        return
    default = OPEN.get(model_of(tx.schema, parent) or "", -1)
    if _RANK[given] > default or any(_more(tx, row, name) for name in _CHILD_LEVELS if parent.name == "Account"):
        return
    text = (
        f"field integrity exception: {fields.level} (trivial share level {given}, for organization with default level "
        f"{_WORDS[default]})"
    )
    row.fail("FIELD_INTEGRITY_EXCEPTION", text, fields.level)


def _more(tx: Transaction, row: Row, name: str) -> bool:
    """Whether the share of an account opens more of its children than everybody has."""
    child = tx.schema.sobject(name.removesuffix("AccessLevel"))
    model = model_of(tx.schema, child) if child is not None else None
    return model in OPEN and _RANK.get(str(row.get(name)), -1) > OPEN[model]


def _replace(tx: Transaction, plan: TypePlan, fields: ShareFields, rows: Sequence[Row]) -> None:
    if not tx.has_table(plan.sobject.name):
        return
    table, parent = quote(plan.sobject.name), quote(fields.parent)
    for row in rows:
        sql = f'DELETE FROM {table} WHERE {parent} = ? AND "UserOrGroupId" = ? AND "RowCause" = ?'
        tx.connection.execute(sql, (row.get(fields.parent), row.get("UserOrGroupId"), row.get("RowCause")))


def drop_manual_shares(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """Manual shares go when a record gets another owner."""
    moved = [row.id for row in rows if row.old is not None and not row.errors and row.sets("OwnerId")]
    fields = share_of(tx.schema, plan.sobject) if moved else None
    if fields is None or not tx.has_table(fields.sobject):
        return
    sql = f'DELETE FROM {quote(fields.sobject)} WHERE "RowCause" = ? AND {quote(fields.parent)} IN (SELECT value FROM json_each(?))'
    tx.connection.execute(sql, ("Manual", json.dumps(moved)))
