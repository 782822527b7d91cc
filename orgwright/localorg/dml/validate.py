"""What every record must satisfy before it is written: required fields, references, unique values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import AccessMode
from orgwright.localorg.dml.lookups import check_filter
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.shared import unreached_parents
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.schema.model import Field

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


def validate(
    tx: Transaction,
    plan: TypePlan,
    rows: Sequence[Row],
    *,
    creating: bool,
    unmatched: str | None = None,
    access: AccessMode = "system",
) -> None:
    """Note the errors of every row; ``rows`` are judged together, as they will be after the save.

    The values of the field ``unmatched`` are known to be unique. Parents must be open to the running user unless
    ``access`` is ``"system"``.
    """
    _required(plan, rows, creating)
    if plan.record_type_values:
        _record_types(plan, rows)
    for field in plan.references:
        _references(tx, plan, field, rows, access)
    for field in plan.filtered:
        check_filter(tx, plan, field, [row for row in rows if not row.errors])
    for field in plan.unique:
        if field.name != unmatched:
            _unique(tx, plan, field, rows)


def _required(plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    required = plan.required
    for row in rows:
        values = row.values
        if creating:
            missing = [name for name in required if values.get(name) is None]
        else:
            missing = [name for name in required if name in values and values[name] is None]
        if missing:
            row.fail("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", *missing)


def _record_types(plan: TypePlan, rows: Sequence[Row]) -> None:
    """A restricted picklist takes only the values that the record's type offers."""
    for row in rows:
        for name, offered in plan.record_type_values.get(row.get("RecordTypeId"), {}).items():
            value = row.values.get(name)
            if value is None or not row.sets(name):
                continue
            wrong = next((part for part in str(value).split(";") if part.lower() not in offered), None)
            if wrong is not None:
                label = plan.fields[name.lower()].label
                text = f"{label}: bad value for restricted picklist field: {wrong}"
                row.fail("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, name)


def _references(tx: Transaction, plan: TypePlan, field: Field, rows: Sequence[Row], access: AccessMode) -> None:
    name = field.name
    wanted: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        value = row.values.get(name)
        if value is not None and (row.old is None or row.old.get(name) != value):
            wanted[value].append(row)
    if not wanted or not any(tx.schema.sobject(t) for t in field.reference_to):
        return
    alive, deleted = tx.existing(wanted)
    closed = unreached_parents(tx, plan.sobject, field, alive, access)
    for id, users in wanted.items():
        if id in alive and id not in closed:
            continue
        for row in users:
            if id in closed:
                text = f"insufficient access rights on cross-reference id: {id[:15]}"
                row.fail("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", text, name)
            elif id in deleted:
                row.fail("ENTITY_IS_DELETED", "entity is deleted", name)
            elif name == "OwnerId" or field.master_detail:
                row.fail("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", name)
            else:
                text = f"insufficient access rights on cross-reference id: {id[:15]}"
                row.fail("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", text, name)


def _unique(tx: Transaction, plan: TypePlan, field: Field, rows: Sequence[Row]) -> None:
    name = field.name
    first: dict[Any, Row] = {}
    changed = [row for row in rows if row.values.get(name) is not None and row.sets(name)]
    if not changed:
        return
    own = {row.id for row in rows if row.id is not None}
    taken = tx.find_by_key(plan.sobject.name, name, {row.values[name] for row in changed})
    kept = {_key(field, row.get(name)): row for row in rows if not row.sets(name) and row.get(name) is not None}
    for row in changed:
        key = _key(field, row.values[name])
        other = next((id for id in _matches(field, taken, row.values[name]) if id not in own), None)
        if other is None:
            same = first.get(key) or kept.get(key)
            other = same.id if same is not None and same is not row and not same.errors else None
        if other is not None:
            text = f"duplicate value found: {name} duplicates value on record with id: {other[:15]}"
            row.fail("DUPLICATE_VALUE", text, name)
        else:
            first[key] = row


def _matches(field: Field, taken: dict[Any, list[str]], value: Any) -> Iterable[str]:
    return taken.get(_key(field, value), ())


def _key(field: Field, value: Any) -> Any:
    return value.casefold() if isinstance(value, str) and not field.case_sensitive else value
