"""FormulaEval: what is refused when a formula is built (working formulas out: tests/apex/programs/natives.apex)."""

from __future__ import annotations

from tests.apex.orgfake import fails

BUILD = (
    "FormulaEval.FormulaInstance f = Formula.builder().withType({type}.class).withFormula({formula})"
    ".withReturnType(FormulaEval.FormulaReturnType.Boolean).build();"
)
HIDDEN = "public class Hidden { public Integer n; }"
SHOWN = "global class Shown { global Integer n; }"


def test_a_class_that_is_not_global_and_an_empty_formula_are_refused() -> None:
    hidden = fails(BUILD.format(type="Hidden", formula="'n > 1'"), HIDDEN)
    assert hidden.type_name == "System.FormulaValidationException"
    assert fails(BUILD.format(type="Shown", formula="null"), SHOWN).type_name == "System.FormulaValidationException"
