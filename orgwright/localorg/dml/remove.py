"""Delete with its cascades, and undelete."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.apex.host import LateRecord, RecordError, SaveOutcome, TriggerEvent
from orgwright.localorg import virtual
from orgwright.localorg.dml import behaviours
from orgwright.localorg.dml.calculated import add_calculated
from orgwright.localorg.dml.locks import refuse_locked
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.dml.rollups import watch
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.shared import refuse_unreached
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.dml.write import run_triggers
from orgwright.localorg.schema.model import ChildRelationship, SObjectType
from orgwright.localorg.store import ids
from orgwright.localorg.store.tables import BATCH, quote

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_IN = "IN (SELECT value FROM json_each(?))"
_SHOWN = 10


def remove(tx: Transaction, plan: TypePlan, rows: list[Row], request: SaveRequest) -> None:
    """Delete the rows, 200 at a time; ``hardDelete`` leaves nothing in the recycle bin."""
    own = virtual.removal(plan.sobject.name)
    if own is not None:
        own(tx, rows)
        return
    hard = request.operation == "hardDelete"
    for start in range(0, len(rows), request.chunk):
        part = rows[start : start + request.chunk]
        _load(tx, plan, part)
        refuse_locked(tx, part)
        refuse_unreached(tx, plan.sobject, part, "full", request.access)
        _remove_chunk(tx, plan, part, hard=hard, partial=not request.all_or_none)
        if request.all_or_none and any(row.errors for row in part):
            return


def _remove_chunk(tx: Transaction, plan: TypePlan, rows: list[Row], *, hard: bool, partial: bool) -> None:
    left = [row for row in rows if not row.errors]
    sobject = plan.sobject.name
    while left:
        mark = tx.savepoint()
        olds = [plan.late(row.id, row.old or {}) for row in left] if tx.triggers is not None else []
        _add_calculated(tx, plan, olds, left)
        if tx.flows is not None and olds and tx.flows.has(sobject, "before delete"):
            for number, found in tx.flows.run("before delete", olds, None).items():
                left[number].errors.extend(found)
        for number, found in run_triggers_if(tx, sobject, TriggerEvent.BEFORE_DELETE, olds, left).items():
            left[number].errors.extend(found)
        behaviours.before_delete(tx, plan, [row for row in left if not row.errors])
        _check_restrictions(tx, plan.sobject, [row for row in left if not row.errors])
        good = [row for row in left if not row.errors]
        watched = watch(tx, plan, good)
        _take_all(tx, plan.sobject, [row.id or "" for row in good], hard=hard)
        behaviours.after_delete(tx, plan, good)
        kept = [old for old, row in zip(olds, left, strict=True) if not row.errors] if olds else []
        for number, found in run_triggers_if(tx, sobject, TriggerEvent.AFTER_DELETE, kept, good).items():
            good[number].errors.extend(found)
        watched.settle(good)
        if all(not row.errors for row in good) and (len(good) == len(left) or tx.triggers is None):
            tx.release(mark)
            return
        tx.rollback(mark)
        again = [row for row in left if not row.errors]
        if not partial or len(again) == len(left):
            return
        left = again


def _add_calculated(tx: Transaction, plan: TypePlan, olds: Sequence[LateRecord], rows: Sequence[Row]) -> None:
    add_calculated(tx, plan, olds, lambda: [row.old or {} for row in rows])


def run_triggers_if(tx: Transaction, sobject: str, event: TriggerEvent, olds: list, rows: Sequence[Row]) -> dict:  # type: ignore[type-arg]
    """Errors of the triggers of a delete, nothing when no trigger listens."""
    if tx.triggers is None or not rows or not tx.triggers.has(sobject, event):
        return {}
    return dict(run_triggers(tx, sobject, event, None, olds, rows).by_row)


def _load(tx: Transaction, plan: TypePlan, rows: Sequence[Row], *, deleted: bool = False) -> None:
    seen: set[str] = set()
    for row in rows:
        given = next((value for name, value in row.raw.fields.items() if name.lower() == "id"), None)
        row.id = ids.to18(str(given)) if given else None
        if given is None:
            row.fail("MISSING_ARGUMENT", "Id not specified in a delete call")
        elif row.id is None:
            row.fail("MALFORMED_ID", f"malformed id {given}")
        elif row.id in seen:
            row.fail("DUPLICATE_VALUE", f"Duplicate id in list: {row.id}")
        seen.add(row.id or "")
    found = tx.fetch(plan, [row.id for row in rows if row.id is not None and not row.errors])
    for row in rows:
        if row.errors:
            continue
        row.old = found.get(row.id or "")
        if row.old is None:
            row.fail("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        elif bool(row.old.get("IsDeleted")) != deleted:
            if deleted:
                row.fail("UNDELETE_FAILED", "Entity is not in the recycle bin")
            else:
                row.fail("ENTITY_IS_DELETED", "entity is deleted")


def _children(tx: Transaction, sobject: SObjectType) -> list[tuple[ChildRelationship, SObjectType]]:
    """Child relationships whose types have rows."""
    found = []
    for relation in sobject.children:
        child = tx.schema.sobject(relation.child)
        field = child.field(relation.field) if child else None
        if child is not None and field is not None and field.stored and tx.has_table(child.name):
            found.append((relation, child))
    return found


def _alive(child: SObjectType) -> str:
    return ' AND "IsDeleted" = 0' if child.recyclable else ""


def _check_restrictions(tx: Transaction, sobject: SObjectType, rows: Sequence[Row]) -> None:
    by_id = {row.id: row for row in rows}
    wanted = json.dumps([row.id for row in rows])
    name_field = sobject.name_field
    for relation, child in _children(tx, sobject):
        if not relation.restricted_delete and not behaviours.restricts(sobject.name, relation):
            continue
        shown = child.name_field
        name = quote(shown.name) if shown is not None and shown.stored else '"Id"'
        sql = f"SELECT {quote(relation.field)}, {name} FROM {quote(child.name)} WHERE {quote(relation.field)} {_IN}"
        users: dict[str, list[str]] = defaultdict(list)
        for parent, label in tx.connection.execute(sql + _alive(child), (wanted,)):
            users[parent].append(str(label))
        for parent, labels in users.items():
            row = by_id[parent]
            own = (row.old or {}).get(name_field.name) if name_field else row.id
            text = (
                f"Your attempt to delete {own} could not be completed because it is associated with the following "
                f"{child.label_plural.lower()}.: {', '.join(labels[:_SHOWN])}\n"
            )
            row.fail("DELETE_FAILED", text)


def _take_all(tx: Transaction, sobject: SObjectType, gone: list[str], *, hard: bool) -> None:
    """Delete rows, each under a number of its own, so that undelete gives back what hung on it and nothing else."""
    first = tx.sequences.take("_delete", len(gone))
    tx.capture.removed(sobject, gone)
    if not hard and sobject.recyclable and not _any_child(tx, sobject, gone):
        sets, values = _deletion(tx, sobject)
        sql = f'UPDATE {quote(sobject.name)} SET {sets} WHERE "Id" = ?'
        tx.connection.executemany(sql, ([first + n, *values, id] for n, id in enumerate(gone)))
        return
    for n, id in enumerate(gone):
        _take(tx, sobject, [id], first + n, hard=hard)


def _any_child(tx: Transaction, sobject: SObjectType, parents: list[str]) -> bool:
    listed = json.dumps(parents)
    return any(
        tx.connection.execute(
            f"SELECT 1 FROM {quote(child.name)} WHERE {quote(relation.field)} {_IN}{_alive(child)} LIMIT 1", (listed,)
        ).fetchone()
        for relation, child in _children(tx, sobject)
    )


def _deletion(tx: Transaction, sobject: SObjectType) -> tuple[str, list[str]]:
    """The assignments of a delete into the recycle bin, of which the number comes first, and the values of the others."""
    stamps = [name for name in ("LastModifiedDate", "SystemModstamp") if name.lower() in sobject.fields]
    sets = ", ".join([f"{quote(BATCH)} = ?", '"IsDeleted" = 1', *(f"{quote(name)} = ?" for name in stamps)])
    return sets, [tx.now_text for _ in stamps]


def _take(tx: Transaction, sobject: SObjectType, gone: list[str], batch: int, *, hard: bool) -> None:
    """Delete rows and what hangs on them; lookups to them are cleared."""
    listed = json.dumps(gone)
    for relation, child in _children(tx, sobject):
        key, table = quote(relation.field), quote(child.name)
        if relation.cascade_delete:
            sql = f'SELECT "Id" FROM {table} WHERE {key} {_IN}{_alive(child)}'
            children = [id for (id,) in tx.connection.execute(sql, (listed,))]
            if children:
                tx.capture.removed(child, children)
                _take(tx, child, children, batch, hard=hard)
        else:
            tx.connection.execute(f"UPDATE {table} SET {key} = NULL WHERE {key} {_IN}{_alive(child)}", (listed,))
    table = quote(sobject.name)
    if hard or not sobject.recyclable:
        tx.connection.execute(f'DELETE FROM {table} WHERE "Id" {_IN}', (listed,))
        return
    sets, values = _deletion(tx, sobject)
    tx.connection.execute(f'UPDATE {table} SET {sets} WHERE "Id" {_IN}', [batch, *values, listed])


def restore(tx: Transaction, plan: TypePlan, rows: list[Row], request: SaveRequest) -> None:
    """Undelete the rows with all that went with them."""
    _load(tx, plan, rows, deleted=True)
    refuse_unreached(tx, plan.sobject, rows, "full", request.access)
    good = [row for row in rows if not row.errors]
    watched = watch(tx, plan, good)
    for row in good:
        sql = f'SELECT {quote(BATCH)} FROM {quote(plan.sobject.name)} WHERE "Id" = ?'
        (batch,) = tx.connection.execute(sql, (row.id,)).fetchone()
        if _parent_is_gone(tx, plan, row):
            row.fail("UNDELETE_FAILED", "Undelete failed: the parent record is deleted")
            continue
        _give_back(tx, plan.sobject, batch, set())
    good = [row for row in good if not row.errors]
    runner = tx.triggers
    if good and runner is not None and runner.has(plan.sobject.name, TriggerEvent.AFTER_UNDELETE):
        found = tx.fetch(plan, [row.id for row in good if row.id])
        news = [plan.late(row.id, found[row.id or ""]) for row in good]
        add_calculated(tx, plan, news, lambda: [found[row.id or ""] for row in good])
        errors = run_triggers(tx, plan.sobject.name, TriggerEvent.AFTER_UNDELETE, list(news), None, good)
        for number, ones in errors.by_row.items():
            good[number].errors.extend(ones)
    watched.settle(good)


def purge(tx: Transaction, id: str) -> SaveOutcome:
    """Take one deleted record, with all that went with it, out of the recycle bin."""
    sobject = tx.schema.sobject_of_id(id)
    known = None
    if sobject is not None and sobject.recyclable and tx.has_table(sobject.name):
        sql = f'SELECT {quote(BATCH)} FROM {quote(sobject.name)} WHERE "Id" = ? AND "IsDeleted" = 1'
        known = tx.connection.execute(sql, (ids.to18(id),)).fetchone()
    if sobject is None or known is None:
        text = "record cannot be emptied from the recycle bin: it is not there"
        return SaveOutcome(id, False, False, (RecordError("INVALID_ID_FIELD", text),))
    _purge(tx, sobject, known[0], set())
    return SaveOutcome(ids.to18(id), True)


def _purge(tx: Transaction, sobject: SObjectType, batch: int, seen: set[str]) -> None:
    """Remove the rows of one delete, children of children too."""
    seen.add(sobject.name)
    sql = f'DELETE FROM {quote(sobject.name)} WHERE {quote(BATCH)} = ? AND "IsDeleted" = 1'
    if not tx.connection.execute(sql, (batch,)).rowcount:
        return
    for relation, child in _children(tx, sobject):
        if relation.cascade_delete and child.recyclable and child.name not in seen:
            _purge(tx, child, batch, seen)


def _parent_is_gone(tx: Transaction, plan: TypePlan, row: Row) -> bool:
    parents = [(row.old or {}).get(f.name) for f in plan.references if f.master_detail]
    wanted = {parent for parent in parents if parent}
    return bool(wanted) and bool(tx.existing(wanted)[1])


def _give_back(tx: Transaction, sobject: SObjectType, batch: int, seen: set[str]) -> None:
    if sobject.name in seen or not sobject.recyclable or not tx.has_table(sobject.name):
        return
    seen.add(sobject.name)
    if tx.capture.takes(sobject.name):
        listed = tx.sql(f'SELECT "Id" FROM {quote(sobject.name)} WHERE {quote(BATCH)} = ?', (batch,))
        tx.capture.restored(sobject, tx.fetch(tx.type_plan(sobject), [id for (id,) in listed]))
    sql = f'UPDATE {quote(sobject.name)} SET "IsDeleted" = 0, {quote(BATCH)} = NULL WHERE {quote(BATCH)} = ?'
    tx.connection.execute(sql, (batch,))
    for relation, child in _children(tx, sobject):
        if relation.cascade_delete:
            _give_back(tx, child, batch, seen)
