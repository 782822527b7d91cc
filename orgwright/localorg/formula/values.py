"""What a formula reads, and the forms in which values come in and go out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from orgwright.localorg.formula.problem import FormulaError
from orgwright.localorg.schema.model import DECIMAL_TYPES, Field, SObjectType
from orgwright.localorg.store import forms

NUMBERS = Context(prec=39, rounding=ROUND_HALF_UP, traps=[DivisionByZero, InvalidOperation, Overflow])
"""The precision of Salesforce's formula engine."""
TEXT_LENGTH = 3900
_ZERO = Decimal(0)
_KINDS = {
    "boolean": "boolean", "date": "date", "datetime": "datetime", "time": "time", "picklist": "picklist",
    "multipicklist": "multipicklist", "int": "number", "long": "number", "double": "number", "currency": "number",
    "percent": "number", "location": "location", "address": "location", "base64": "location",
}  # fmt: skip


def kind_of(field: Field) -> str:
    """The kind of value that a field has in formulas."""
    return _KINDS.get(field.type, "text")


@dataclass(frozen=True, slots=True)
class Step:
    """One step to a parent: the reference field, and the type of the record that it leads to."""

    reference: Field
    target: SObjectType


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from.

    ``origin``: ``field`` (of the record, or of a parent by ``steps``), ``prior`` (the stored value before the save),
    ``global`` (``$User.Email``; ``path`` has the parts) or one of ``now``, ``today``, ``zone``, ``new``.
    """

    origin: str
    kind: str
    path: tuple[str, ...] = ()
    field: Field | None = None
    steps: tuple[Step, ...] = ()
    zero: bool = False
    """A blank number counts as 0."""

    @property
    def key(self) -> tuple[object, ...]:
        """What tells this source from others of the formula."""
        steps = tuple((step.reference.name, step.target.name) for step in self.steps)
        name = self.field.name if self.field else None
        return self.origin, tuple(part.lower() for part in self.path), name, steps

    def decode(self, stored: Any) -> Any:
        """The formula's value of a stored one (:mod:`orgwright.localorg.store.forms`)."""
        kind = self.kind
        if kind == "boolean":
            return bool(stored)
        if stored is None:
            return _ZERO if self.zero and kind == "number" else None
        if kind == "number":
            return self._number(stored)
        if kind == "date":
            return dt.date.fromisoformat(stored)
        if kind == "datetime":
            return forms.parse_datetime(stored)
        if kind == "time":
            return forms.parse_time(stored)
        return str(stored)

    def _number(self, stored: Any) -> Decimal:
        field = self.field
        if field is None or field.type not in DECIMAL_TYPES:
            return Decimal(stored)
        # a formula sees 50 % as 0.5
        scale = field.scale + (2 if field.type == "percent" else 0)
        number = Decimal(stored) if isinstance(stored, int) else Decimal(repr(stored))
        return number.scaleb(-scale)


def encode(field: Field, value: Any) -> Any:
    """The stored form of a formula's value in its field; raises :class:`FormulaError` for what cannot be kept."""
    if field.type == "boolean":
        return int(bool(value))
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        try:
            number = forms.scaled(value.scaleb(2) if field.type == "percent" else value, field.scale)
        except DecimalException:
            raise FormulaError("the number is too big") from None
        if abs(number) >= 2**63:
            raise FormulaError("the number is too big")
        return number
    if isinstance(value, dt.datetime):
        return forms.datetime_text(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return forms.time_text(value)
    return str(value)[:TEXT_LENGTH].rstrip() or None


def stored_form(value: Any) -> Any:
    """The form in which sources without a field take a value."""
    if isinstance(value, dt.datetime):
        return forms.datetime_text(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return forms.time_text(value)
    return value
