"""Validation rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


def check_rules(tx: Transaction, plan: TypePlan, rows: Sequence[Row], *, creating: bool) -> None:
    """Refuse rows for which an active rule's condition is true.

    The embedded org cannot work out formulas yet: a type with an active rule refuses every save, loudly, rather
    than let records through that a real org would refuse.
    """
    for rule in plan.sobject.validation_rules:
        if rule.active:
            text = f"validation rule {plan.sobject.name}.{rule.name} is not supported by the embedded org"
            for row in rows:
                row.fail("NOT_SUPPORTED_BY_EMBEDDED_ORG", text)
