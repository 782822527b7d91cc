"""Formula fields and roll-ups of the records that triggers see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import FormulaFields, LateRecord, Record
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.formula import records
from orgwright.localorg.formula.problem import FormulaError
from orgwright.localorg.formula.programs import field_program
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.store.forms import typed_decoder

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


def add_calculated(
    tx: Transaction,
    plan: TypePlan,
    late: Sequence[LateRecord],
    rows: Callable[[], Sequence[Mapping[str, Any]]],
    known: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Give the records their calculated fields: all are worked out at once when the first record is read.

    ``rows`` are the stored rows that the records show; types without calculated fields cost nothing. ``known`` are stored
    values for each row that go before what is worked out now.
    """
    if not plan.calculated or not late:
        return
    chunk = _Chunk(tx, plan, rows(), known)
    for number, record in enumerate(late):
        record.make = _joined(record.make, chunk, number)


def _joined(make: Callable[[], dict[str, Any]], chunk: _Chunk, number: int) -> Callable[[], dict[str, Any]]:
    return lambda: {**make(), **chunk.values(number)}


class _Chunk:
    def __init__(
        self,
        tx: Transaction,
        plan: TypePlan,
        rows: Sequence[Mapping[str, Any]],
        known: Sequence[Mapping[str, Any]],
    ) -> None:
        self._tx, self._plan, self._rows = tx, plan, rows
        self._known = known or [{}] * len(rows)
        self._found: list[dict[str, Any]] | None = None

    def values(self, number: int) -> dict[str, Any]:
        """Typed calculated values of one row."""
        if self._found is None:
            self._found = self._work_out()
        return self._found[number]

    def _work_out(self) -> list[dict[str, Any]]:
        plan = self._plan
        found: list[dict[str, Any]] = [{} for _ in self._rows]
        columns = records.calculated(self._tx, plan.sobject, plan.calculated, self._rows)
        for field, values in zip(plan.calculated, columns, strict=True):
            decode = typed_decoder(field.type, field.scale)
            for row, worked_out, known in zip(found, values, self._known, strict=True):
                value = known.get(field.name, worked_out)
                row[field.name] = value if value is None or decode is None else decode(value)
        return found


def formula_fields(tx: Transaction, record: Record) -> FormulaFields:
    """The formula fields of a record that need not be stored, their values typed; roll-ups are not among them."""
    sobject = tx.schema.sobject(record.type)
    assert sobject is not None
    plan = tx.type_plan(sobject)
    fields = [field for field in plan.calculated if field.formula is not None]
    given = ((plan.fields.get(name.lower()), value) for name, value in record.fields.items())
    row = {f.name: plan.coercer(f, "typed")(value) for f, value in given if f is not None and f.stored}
    values: dict[str, Any] = {}
    failures: dict[str, str] = {}
    for field, (value,) in zip(fields, records.calculated(tx, sobject, fields, [row]) if fields else (), strict=True):
        decode = typed_decoder(field.type, field.scale)
        values[field.name] = value if value is None or decode is None else decode(value)
        failure = _failure(tx, sobject, field, row) if value is None else None
        if failure is not None:
            failures[field.name] = failure
    return FormulaFields(values, failures)


def _failure(tx: Transaction, sobject: SObjectType, field: Field, row: Mapping[str, Any]) -> str | None:
    """Why a formula field that is empty could not be worked out, if it could not."""
    program = field_program(tx.schema, sobject, field)
    [sources] = records.read_sources(tx, sobject, program.sources, [row], [None])
    try:
        program.value(sources)
    except FormulaError as error:
        return str(error)
    return None
