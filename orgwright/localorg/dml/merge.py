"""Merge of accounts, contacts, leads and cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from orgwright.apex.host import Record, RecordError, SaveOutcome
from orgwright.localorg.dml.request import MergeRequest, SaveRequest
from orgwright.localorg.dml.rollups import Watch, rolls_up
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.store import ids
from orgwright.localorg.store.tables import quote

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_MERGEABLE = frozenset(("Account", "Contact", "Lead", "Case"))
_MAX_LOSERS = 2
_IN = "IN (SELECT value FROM json_each(?))"


def merge(tx: Transaction, request: MergeRequest) -> SaveOutcome:
    """Give the losers' children to the master, delete the losers, save the master's new values."""
    name = request.master.type
    sobject = tx.schema.sobject(name)
    if sobject is None or sobject.name not in _MERGEABLE:
        return _failed("INVALID_TYPE", f"Specified type {name} cannot be merged")
    losers = [ids.to18(one) or one for one in request.losers]
    master = ids.to18(str(request.master.fields.get("Id") or ""))
    if master is None or not losers or len(losers) > _MAX_LOSERS or master in losers:
        return _failed("INVALID_OPERATION", "A merge takes one master and one or two other records")
    mark = tx.savepoint()
    listed = json.dumps(losers)
    moves = list(_moves(tx, sobject, listed))
    watches = [_watch(tx, move, listed, master) for move in moves if rolls_up(tx, tx.type_plan(move[0]))]
    for child, field in moves:
        column = quote(field.name)
        tx.connection.execute(f"UPDATE {quote(child.name)} SET {column} = ? WHERE {column} {_IN}", (master, listed))
    removed = tx.save(
        SaveRequest(
            "delete", [Record(sobject.name, {"Id": one}) for one in losers], all_or_none=True, access=request.access
        )
    )
    failed = next((one for one in removed if not one.success), None)
    if failed is None:
        sql = f'UPDATE {quote(sobject.name)} SET "MasterRecordId" = ? WHERE "Id" {_IN}'
        tx.connection.execute(sql, (master, listed))
        before = {name: value for watch in watches for name, value in watch.before(master).items()}
        update = SaveRequest(
            "update",
            [request.master],
            all_or_none=True,
            access=request.access,
            raw=request.raw,
            rolled_up={master: before},
        )
        (saved,) = tx.save(update)
        failed = None if saved.success else saved
    if failed is None:
        failed = _settled(watches, sobject, master)
    if failed is not None:
        tx.rollback(mark)
        return failed
    tx.release(mark)
    return SaveOutcome(master, True)


def _moves(tx: Transaction, sobject: SObjectType, losers: str) -> Iterator[tuple[SObjectType, Field]]:
    """The references of children that change from the losers to the master."""
    for relation in sobject.children:
        child = tx.schema.sobject(relation.child)
        field = child.field(relation.field) if child else None
        if child is None or field is None or not field.stored or not tx.has_table(child.name):
            continue
        if relation.field != "MasterRecordId":
            yield child, field


def _watch(tx: Transaction, move: tuple[SObjectType, Field], losers: str, master: str) -> Watch:
    """Watch the roll-ups over the children that move."""
    child, field = move
    sql = f'SELECT "Id" FROM {quote(child.name)} WHERE {quote(field.name)} {_IN}'
    plan = tx.type_plan(child)
    olds = tx.fetch(plan, [id for (id,) in tx.sql(sql, (losers,))]).values()
    return Watch(tx, plan, [row for old in olds for row in (old, {**old, field.name: master})])


def _settled(watches: Sequence[Watch], sobject: SObjectType, master: str) -> SaveOutcome | None:
    """Save the other parents whose roll-ups have changed; what one of them refuses."""
    row = Row(Record(sobject.name, {"Id": master}))
    for watch in watches:
        watch.settle([row], saved=master)
    return SaveOutcome(master, False, False, tuple(row.errors)) if row.errors else None


def _failed(code: str, message: str) -> SaveOutcome:
    return SaveOutcome(None, False, False, (RecordError(code, message),))
