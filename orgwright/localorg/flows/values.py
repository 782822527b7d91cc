"""Values of flows: types of variables, comparisons, texts (Salesforce Help, Flow Operators)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from orgwright.apex.host import Record
from orgwright.localorg.flows.faults import Fault, Unrunnable


class FlowRecord(Record):
    """A record in a flow. ``loaded`` holds what it had when it came from the org: an update sends the rest."""

    __slots__ = ("loaded",)

    def __init__(
        self, type: str, fields: dict[str, Any] | None = None, loaded: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(type, fields)
        self.loaded: Mapping[str, Any] = {} if loaded is None else loaded

    def copy(self) -> FlowRecord:
        """Another record with the same fields: a flow hands records over by value."""
        return FlowRecord(self.type, dict(self.fields), self.loaded)

    def changes(self) -> dict[str, Any]:
        """The fields that the flow set."""
        missing = object()
        return {name: value for name, value in self.fields.items() if self.loaded.get(name, missing) != value}


def copied(value: Any) -> Any:
    """A value as another variable gets it."""
    if isinstance(value, FlowRecord):
        return value.copy()
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def convert(value: Any, kind: str, scale: int | None = None) -> Any:
    """A value as a variable of that data type holds it."""
    if value is None:
        return None
    if kind in ("Number", "Currency"):
        return _number(value, scale)
    if kind == "Boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if kind in ("String", "Picklist", "Multipicklist"):
        return text(value)
    if kind == "Date":
        return value.date() if isinstance(value, dt.datetime) else _moment(value, dt.date, dt.date.fromisoformat)
    if kind == "DateTime":
        return _midnight(value) if isinstance(value, dt.date) else _moment(value, dt.datetime, _datetime)
    return value


def _number(value: Any, scale: int | None) -> Decimal:
    try:
        number = Decimal(str(value))
        return number if scale is None else round(number, scale)
    except InvalidOperation:
        raise Fault(f"The value {value} is not a number.") from None


def _midnight(value: dt.date) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)


def _moment(value: Any, wanted: type, parse: Callable[[str], Any]) -> Any:
    if isinstance(value, wanted):
        return value
    try:
        return parse(str(value))
    except ValueError:
        raise Fault(f"The value {value} is not a date.") from None


def _datetime(given: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(given)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def text(value: Any) -> str:
    """A value within a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date | dt.time):
        raise Unrunnable("a date or time in a flow's text")
    if isinstance(value, list):
        return "[" + ", ".join(text(item) for item in value) + "]"
    return str(value)


# --- comparisons ---


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same, texts whatever their case; Ids of 15 and 18 characters are."""
    left, right = _alike(left, right)
    if isinstance(left, str) and isinstance(right, str):
        alike = left.casefold() == right.casefold()
        return alike or ({len(left), len(right)} == {15, 18} and left[:15] == right[:15])
    return bool(left == right)


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Both sides in a form that compares."""
    return _beside(left, right), _beside(right, left)


def _beside(value: Any, other: Any) -> Any:
    """A value in the form of the other one, where that is of another type."""
    if isinstance(other, dt.datetime) and isinstance(value, dt.date):
        return _midnight(value)
    if isinstance(other, bool) and isinstance(value, str):
        return value.lower() == "true"
    if isinstance(other, Decimal | int) and not isinstance(other, bool) and isinstance(value, str):
        return convert(value, "Number")
    return Decimal(repr(value)) if isinstance(value, float) else value


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        if left is None or right is None:
            return False
        left, right = _alike(left, right)
        try:
            return test(left, right)
        except TypeError:
            raise Fault(f"{left} and {right} cannot be compared.") from None

    return compare


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, list):
        return any(equal(item, right) for item in left)
    return _within(str.__contains__)(left, right)


def _within(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """A test of two texts, whatever their case."""
    return lambda left, right: (
        left is not None and right is not None and test(text(left).casefold(), text(right).casefold())
    )


def _in(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(equal(left, item) for item in right)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "EqualTo": equal,
    "NotEqualTo": lambda left, right: not equal(left, right),
    "GreaterThan": _ordered(lambda left, right: left > right),
    "GreaterThanOrEqualTo": _ordered(lambda left, right: left >= right),
    "LessThan": _ordered(lambda left, right: left < right),
    "LessThanOrEqualTo": _ordered(lambda left, right: left <= right),
    "Contains": _contains,
    "DoesNotContain": lambda left, right: not _contains(left, right),
    "StartsWith": _within(str.startswith),
    "EndsWith": _within(str.endswith),
    "IsNull": lambda left, right: (left is None) == (right is True),
    "IsBlank": lambda left, right: (left is None or left == "") == (right is True),
    "IsEmpty": lambda left, right: (left is None or left == []) == (right is True),
    "In": _in,
    "NotIn": lambda left, right: not _in(left, right),
}
"""What a condition's operator asks of the two values."""
