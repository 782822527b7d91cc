"""Equality, order and keys of Apex values."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orgwright.apex.runtime.exceptions import ListException, StringException
from orgwright.apex.runtime.values import ApexObject, EnumValue, Id, Long, has_method, invoke, parse_id

_NUMBERS = frozenset((int, Long, float, Decimal))
_MOMENTS = frozenset((dt.date, dt.datetime))


def equals(left: Any, right: Any) -> bool:
    """``left.equals(right)`` and ``==`` on Objects: by value, Strings with their case, numbers across types.

    Datetimes are equal when they are to the second; a Date is its midnight in GMT.
    """
    if left is right:
        return True
    if left is None or right is None:
        return False
    one, other = left.__class__, right.__class__
    if one in _MOMENTS and other in _MOMENTS:
        return left == right if one is other is dt.date else _second(left) == _second(right)
    if one is other:
        return bool(left == right)
    if one in _NUMBERS:
        return other in _NUMBERS and _exact(left) == _exact(right)
    if one is Id or other is Id:
        return one in (Id, str) and other in (Id, str) and parse_id(left) == parse_id(right)
    if one is bool or other is bool:
        return False
    return bool(left == right)


def _second(moment: dt.date) -> dt.datetime:
    if isinstance(moment, dt.datetime):
        return moment.replace(microsecond=0)
    return dt.datetime(moment.year, moment.month, moment.day, tzinfo=dt.UTC)


def _exact(number: Any) -> Any:
    """A Double as the Decimal that its text says: 123.45 is equal to ``Double.valueOf('123.45')``."""
    return Decimal(repr(number)) if number.__class__ is float else number


def same_text(left: str | None, right: str | None) -> bool:
    """``==`` on Strings: case is ignored."""
    if left is right or left == right:
        return True
    return left is not None and right is not None and left.lower() == right.lower()


def same_id(left: str | None, right: str | None) -> bool:
    """``==`` when one side is an Id: Ids of 15 and 18 characters are equal."""
    if left is right or left == right:
        return True
    if left is None or right is None:
        return False
    return as_id(left) == as_id(right)


def as_id(text: str) -> Id:
    """The Id of a text; StringException if it is none."""
    found = parse_id(text)
    if found is None:
        raise StringException(f"Invalid id: {text}")
    return found


def collation(text: str) -> tuple[str, str]:
    """The key by which ``<`` and ``>`` order Strings: letters first, case ignored."""
    folded = text.lower()
    return ("".join(char if char.isalnum() else "\x00" + char for char in folded), folded)


def text_order(left: str, right: str) -> int:
    """Negative, zero or positive as ``left`` stands before, with or after ``right`` for ``<`` and ``>``."""
    a, b = collation(left), collation(right)
    return (a > b) - (a < b)


def order(left: Any, right: Any) -> int:
    """The order of ``List.sort()``: null first, then by the type's own order."""
    if left is None or right is None:
        return (left is not None) - (right is not None)
    if isinstance(left, ApexObject):
        if not has_method(left, "compareTo", 1):
            raise ListException("One or more of the items in this list is not Comparable.")
        return int(invoke(left, "compareTo", right))
    if isinstance(left, EnumValue) and isinstance(right, EnumValue):
        return (left.ordinal > right.ordinal) - (left.ordinal < right.ordinal)
    key = getattr(left, "sort_key", None)
    if key is not None:
        mine, its = key(), right.sort_key()
        return int(mine > its) - int(mine < its)
    if not isinstance(left, (str, int, float, Decimal, dt.date, dt.time)) or isinstance(left, bool):
        compare = getattr(left, "compareTo", None)
        if compare is None:
            raise ListException("One or more of the items in this list is not Comparable.")
        return int(compare(right))
    return int(left > right) - int(left < right)


by_order: Callable[[Any], Any] = functools.cmp_to_key(order)


class ValueKey:
    """A number or Boolean as key of a Set or Map that holds several types: type and scale count."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return hash((self.value.__class__, str(self.value)))

    def __eq__(self, other: object) -> bool:
        return (
            other.__class__ is ValueKey
            and self.value.__class__ is other.value.__class__
            and str(self.value) == str(other.value)
        )


_WRAPPED = frozenset((Long, float, Decimal, bool))


def key_of(value: Any) -> Any:
    """The dictionary key for a value in a Set or Map of Objects or Decimals."""
    return ValueKey(value) if value.__class__ in _WRAPPED else value


def value_of_key(key: Any) -> Any:
    """The value that :func:`key_of` made a key of."""
    return key.value if key.__class__ is ValueKey else key
