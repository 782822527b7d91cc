"""Names that are made of other fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.dml.behaviours.registry import before
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_PARTS = ("FirstName", "MiddleName", "LastName", "Suffix")


@before("Contact", "Lead", "User")
def person_name(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Name is first, middle and last name and suffix."""
    for row in rows:
        values = row.values
        if creating or any(part in values for part in _PARTS):
            words = [str(value) for part in _PARTS if (value := row.get(part))]
            values["Name"] = " ".join(words) or None
