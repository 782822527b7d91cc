"""Default values that are formulas (Metadata API, CustomField ``defaultValue``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgwright.localorg.dml.typeplan import TypePlan, preset
from orgwright.localorg.formula import programs
from orgwright.localorg.formula.globals import Globals
from orgwright.localorg.formula.problem import FormulaError
from orgwright.localorg.formula.values import encode

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


def default_values(tx: Transaction, sobject: str, record_type: str | None) -> dict[str, Any]:
    """Typed values with which a new record begins; the picklists of its record type go before their fields' own."""
    found = tx.schema.sobject(sobject)
    if found is None:
        return {}
    plan = tx.type_plan(found)
    createable = [field for field in plan.stored if field.createable]
    unset = {f.name: plan.booleans[f.name] if f.type == "boolean" else preset(f.picklist) for f in createable}
    stored = {**unset, **dict(plan.defaults), **dict(work_out_defaults(tx, plan))}
    stored |= plan.record_type_defaults.get(record_type, {})
    return plan.typed_part({name: value for name, value in stored.items() if value is not None})


def work_out_defaults(tx: Transaction, plan: TypePlan) -> list[tuple[str, Any]]:
    """Stored defaults by field name; a formula with an error gives none. They read no record: one value for all rows."""
    found = []
    values = Globals(tx)
    for field in plan.default_formulas:
        program = programs.default_program(tx.schema, field)
        try:
            value = encode(field, program.value([values(source) for source in program.sources]))
        except FormulaError:
            value = None
        if value is not None:
            found.append((field.name, value))
    return found
