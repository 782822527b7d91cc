"""Junction id lists: fields of a record whose values are rows of another object (SOAP API Developer Guide, JunctionIdList)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import Record
from orgwright.localorg.dml.coerce import Refused
from orgwright.localorg.dml.request import RawForm, SaveRequest
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.schema.model import Field, Junction

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


def setter(tx: Transaction, field: Field, junction: Junction, raw: RawForm) -> Callable[[Row, Any], None]:
    """What notes the Ids that a record gives; they are checked as those of the junction's own reference."""
    child = tx.schema.sobject(junction.child)
    reference = child.field(junction.reference) if child is not None else None
    if child is None or reference is None:
        raise LookupError(f"{field.name} needs {junction.child}.{junction.reference}")
    coerce = tx.type_plan(child).coercer(reference, raw)

    def put(row: Row, value: Any) -> None:
        ids = value if isinstance(value, list | tuple) else None if value is not None else ()
        if raw == "csv" or ids is None or not all(isinstance(one, str) for one in ids if one is not None):
            text = f"{field.label}: value not of required type: {value}"
            raise Refused("INVALID_TYPE_ON_FIELD_IN_RECORD", text, field.name)
        row.junctions = {**(row.junctions or {}), field.name: [coerce(one) for one in ids]}

    return put


def keep(tx: Transaction, plan: TypePlan, rows: Sequence[Row], *, creating: bool) -> None:
    """Make the rows that the lists of saved records ask for, in place of those that were there."""
    for row in rows:
        for name, wanted in (row.junctions or {}).items():
            field = plan.sobject.field(name)
            if field is None or field.junction is None:
                continue
            if not creating:
                _clear(tx, field.junction, row)
            _add(tx, field.junction, row, wanted)


def _clear(tx: Transaction, junction: Junction, row: Row) -> None:
    conditions = [f"{junction.parent} = :parent", *(f"{name} = '{value}'" for name, value in junction.fixed)]
    soql = f"SELECT Id FROM {junction.child} WHERE {' AND '.join(conditions)}"
    found = tx.query(soql, binds={"parent": row.id}, access="system").records
    _save(
        tx, SaveRequest("delete", [Record(one.type, {"Id": one.fields["Id"]}) for one in found], access="system"), row
    )


def _add(tx: Transaction, junction: Junction, row: Row, wanted: Sequence[str | None]) -> None:
    common = {junction.parent: row.id, **dict(junction.fixed)}
    records = [Record(junction.child, {**common, junction.reference: id}) for id in dict.fromkeys(wanted) if id]
    _save(tx, SaveRequest("insert", records, access="system", raw="typed"), row)


def _save(tx: Transaction, request: SaveRequest, row: Row) -> None:
    if request.records:
        for outcome in tx.save(request):
            row.errors.extend(outcome.errors)
