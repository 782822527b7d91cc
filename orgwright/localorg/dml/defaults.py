"""Default values that are formulas (Metadata API, CustomField ``defaultValue``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.formula import programs
from orgwright.localorg.formula.globals import Globals
from orgwright.localorg.formula.problem import FormulaError
from orgwright.localorg.formula.values import encode

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


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
