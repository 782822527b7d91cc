"""Validation rules (Metadata API, ValidationRule)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.formula import programs, records
from orgwright.localorg.formula.problem import FormulaError, FormulaProblem
from orgwright.localorg.schema.model import ValidationRule

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_NOT_YET = {"Id": None, "CreatedDate": None, "LastModifiedDate": None, "SystemModstamp": None}
"""What a new record does not have before it is saved: rules ask ``ISBLANK(Id)``."""


def check_rules(tx: Transaction, plan: TypePlan, rows: Sequence[Row], *, creating: bool) -> None:
    """Refuse the rows for which the condition of an active rule is true; every rule is asked."""
    rules = [rule for rule in plan.sobject.validation_rules if rule.active]
    if not rules or not rows:
        return
    olds = [None if creating else row.old for row in rows]
    news: list[dict[str, Any]] = [
        {**row.values, **_NOT_YET} if creating else {**(row.old or {}), **row.values} for row in rows
    ]
    for rule in rules:
        _check(tx, plan, rule, rows, news, olds)


def _check(
    tx: Transaction,
    plan: TypePlan,
    rule: ValidationRule,
    rows: Sequence[Row],
    news: Sequence[dict[str, Any]],
    olds: Sequence[dict[str, Any] | None],
) -> None:
    try:
        program = programs.condition_program(tx.schema, plan.sobject, rule.condition)
    except FormulaProblem as found:
        code = "NOT_SUPPORTED_BY_EMBEDDED_ORG" if found.unsupported else "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        for row in rows:
            row.fail(code, f'Validation Formula "{rule.name}" Invalid ({found.text})')
        return
    field = plan.sobject.field(rule.field) if rule.field else None
    shown = (field.name,) if field is not None else ()
    for row, values in zip(rows, records.read_sources(tx, plan.sobject, program.sources, news, olds), strict=True):
        try:
            if program.holds(values):
                row.fail("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, *shown)
        except FormulaError as found:
            text = f'Validation Formula "{rule.name}" Invalid ({found})'
            row.fail("FIELD_CUSTOM_VALIDATION_EXCEPTION", text)
