"""Auto-number fields (Metadata API, CustomField ``displayFormat``)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_TOKEN = re.compile(r"\{(0+|YYYY|YY|MM|DD)\}")


def assign(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """Give the new rows their numbers; failed inserts leave gaps."""
    for field in plan.auto_numbers:
        name = f"{plan.sobject.name}.{field.name}"
        first = tx.sequences.take(name, len(rows), field.starting_number or 1)
        today = tx.now().date()
        for number, row in enumerate(rows, first):
            row.values[field.name] = shown(field.display_format or "{0}", number, today)


def shown(display_format: str, number: int, today: dt.date) -> str:
    """The text of one number: ``shown("INV-{YYYY}-{0000}", 7, today)``."""

    def one(match: re.Match[str]) -> str:
        token = match.group(1)
        if token.startswith("0"):
            return f"{number:0{len(token)}d}"
        return {"YYYY": f"{today:%Y}", "YY": f"{today:%y}", "MM": f"{today:%m}", "DD": f"{today:%d}"}[token]

    return _TOKEN.sub(one, display_format)
