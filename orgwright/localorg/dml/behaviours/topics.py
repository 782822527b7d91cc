"""PushTopics: defaults and the query that must be one that a topic can have; names of channels of generic streaming."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.apex.host import QueryProblem
from orgwright.localorg.dml.behaviours.registry import before
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.events import broadcasts, pushtopics

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_ON = ("IsActive", *(f"NotifyForOperation{name}" for name in ("Create", "Update", "Delete", "Undelete")))


@before(pushtopics.TOPIC)
def topic_rules(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A new topic is active and tells of every operation, unless it says otherwise; names are unique."""
    tx.ensure(plan.sobject)
    for row in rows:
        if creating:
            given = {name.lower() for name in row.raw.fields}
            row.values.update({name: 1 for name in _ON if name.lower() not in given})
            row.values["NotifyForFields"] = row.get("NotifyForFields") or "Referenced"
        _unique(tx, pushtopics.TOPIC, row)
        try:
            found = pushtopics.watch(str(row.get("Query") or ""))
            tx.query(found.of_changed, binds={"changed": []}, access="system")
        except (QueryProblem, pushtopics.Refused) as refusal:
            row.fail("INVALID_FIELD", f"Query: {refusal}", "Query")


@before(broadcasts.SOBJECT)
def channel_rules(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Names of channels begin with ``/u/`` and are unique."""
    tx.ensure(plan.sobject)
    for row in rows:
        if not broadcasts.is_generic(str(row.get("Name") or "")):
            row.fail("FIELD_INTEGRITY_EXCEPTION", f"Channel Name must begin with {broadcasts.PREFIX}", "Name")
        _unique(tx, broadcasts.SOBJECT, row)


def _unique(tx: Transaction, sobject: str, row: Row) -> None:
    sql = f'SELECT "Id" FROM "{sobject}" WHERE lower("Name") = lower(?) AND "IsDeleted" = 0 AND "Id" IS NOT ?'
    taken = tx.connection.execute(sql, (row.get("Name"), row.id)).fetchone()
    if taken is not None:
        text = f"duplicate value found: Name duplicates value on record with id: {taken[0][:15]}"
        row.fail("DUPLICATE_VALUE", text, "Name")
