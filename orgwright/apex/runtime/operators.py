"""What generated code calls for its operators and conversions, and knows no transaction."""

from __future__ import annotations

import datetime as dt
import decimal
import operator
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from orgwright.apex.library.registry import native
from orgwright.apex.runtime import compare, types
from orgwright.apex.runtime.collections import List, iterate, new_list
from orgwright.apex.runtime.exceptions import (
    ApexException,
    MathException,
    NoSuchElementException,
    NotSupported,
    NullPointerException,
    QueryException,
    SObjectException,
    StringException,
    TypeException,
    UnsupportedOperationException,
    null_pointer,
)
from orgwright.apex.runtime.keyed import Map, Set, new_map, new_set, unguarded
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.text import to_text
from orgwright.apex.runtime.tokens import SObjectType
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import ApexObject, EnumType, EnumValue, Id, Long

_MANY_DIGITS = 400
_BITS = 64
_QUOTIENT = decimal.Context(prec=33, rounding=decimal.ROUND_HALF_UP)
_ARGUMENT = "Argument cannot be null."
_unset = object()


def npe() -> Any:
    """Raise what a null receiver or operand means."""
    raise null_pointer()


def missing(what: str) -> Any:
    """Raise what a platform member without an implementation means."""
    raise NotSupported(what)


def siloed(execution: Any, what: str) -> Any:
    """Raise what a call of ConnectApi means: in a test that sees no data Salesforce itself refuses it."""
    if execution.in_test and not execution.state.get("see all data"):
        raise UnsupportedOperationException(
            "ConnectApi methods are not supported in data siloed tests. Please use @IsTest(SeeAllData=true)."
        )
    raise NotSupported(what)


def null_blob() -> Any:
    """Raise what a method of a Blob that is null means."""
    raise null_pointer(_ARGUMENT)


# --------------------------------------------------------------------------------------- numbers


def whole(value: Any) -> int:
    """The whole part of a number; of a Decimal that has very many digits a number with the same lowest 64 bits."""
    if value.__class__ is not Decimal or value.adjusted() < _MANY_DIGITS:
        return int(value)
    if int(value.as_tuple().exponent) >= _BITS:
        return 0
    exact = decimal.Context(prec=value.adjusted() + 2, rounding=decimal.ROUND_DOWN)
    return int(exact.remainder(value.to_integral_value(decimal.ROUND_DOWN, exact), Decimal(1 << _BITS)))


def wrap32(value: int) -> int:
    """An Integer result in its 32 bits."""
    return ((value + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def wrap64(value: int) -> int:
    """A Long result in its 64 bits."""
    if -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF:
        return int(value)
    return ((value + 0x8000000000000000) & 0xFFFFFFFFFFFFFFFF) - 0x8000000000000000


def divide_integer(left: int, right: int) -> int:
    """Division of Integers and Longs, toward zero."""
    if right == 0:
        raise MathException("Divide by 0")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def divide_double(left: float, right: float) -> float:
    """Division of Doubles."""
    if right == 0:
        raise MathException("Divide by 0")
    return left / right


def divide_decimal(left: Decimal, right: Decimal) -> Decimal:
    """Division of Decimals: 33 digits, half up, then reduced toward the preferred scale."""
    if left is None:
        raise null_pointer()
    if right is None:
        raise NullPointerException(_ARGUMENT)
    if not right:
        raise MathException("Divide by 0")
    preferred = int(right.as_tuple().exponent) - int(left.as_tuple().exponent)
    quotient = _QUOTIENT.divide(left, right)
    if not quotient:
        return Decimal((0, (0,), min(-preferred, 0)))
    sign, digits, exponent = quotient.as_tuple()
    shown = list(digits)
    power = int(exponent)
    while power < -preferred and len(shown) > 1 and shown[-1] == 0:
        shown.pop()
        power += 1
    return Decimal((sign, shown, power))


def to_double(value: Any) -> float | None:
    """An Integer, Long or Decimal as Double."""
    return None if value is None else float(value)


def to_decimal(value: Any) -> Decimal | None:
    """An Integer, Long or Double as Decimal; a Double by its text."""
    if value is None:
        return None
    if value.__class__ is float:
        return Decimal(repr(value))
    return value if value.__class__ is Decimal else Decimal(int(value))


def cast_number(value: Any, target: str) -> Any:
    """A cast between number types: truncates; Decimal to Integer wraps, Double saturates."""
    if value is None:
        return None
    if target == "Decimal":
        return to_decimal(value)
    if target == "Double":
        return float(value)
    bits = 31 if target == "Integer" else 63
    if value.__class__ is float:
        if value != value:
            return 0
        low, high = -(1 << bits), (1 << bits) - 1
        return max(low, min(high, int(value))) if abs(value) != float("inf") else (high if value > 0 else low)
    return wrap32(whole(value)) if bits == 31 else wrap64(whole(value))


def shift_left(left: int, right: int, long: bool) -> int:
    """``<<``."""
    return wrap64(left << (right & 63)) if long else wrap32(left << (right & 31))


def shift_right(left: int, right: int, long: bool) -> int:
    """``>>``."""
    return left >> (right & (63 if long else 31))


def shift_right_zero(left: int, right: int, long: bool) -> int:
    """``>>>``."""
    if long:
        return wrap64((left & 0xFFFFFFFFFFFFFFFF) >> (right & 63))
    return wrap32((left & 0xFFFFFFFF) >> (right & 31))


def shift_date(left: Any, right: Any, sign: int) -> Any:
    """Date plus days, Datetime plus days (fractions too), Time plus milliseconds."""
    if left is None or right is None:
        raise null_pointer()
    if isinstance(left, dt.datetime):
        return left + dt.timedelta(days=float(right) * sign)
    if isinstance(left, dt.date):
        return left + dt.timedelta(days=int(right) * sign)
    start = dt.datetime.combine(dt.date(2000, 1, 1), left)
    return (start + dt.timedelta(milliseconds=int(right) * sign)).time()


# ------------------------------------------------------------------------------------ comparison

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def ordered(left: Any, right: Any, op: str) -> bool:
    """``< <= > >=``: false when an operand is null."""
    if left is None or right is None:
        return False
    if isinstance(left, dt.date) and isinstance(left, dt.datetime) != isinstance(right, dt.datetime):
        left, right = to_datetime(left), to_datetime(right)
    return _TESTS[op](left, right)


def ordered_texts(left: str | None, right: str | None, op: str) -> bool:
    """``< <= > >=`` on Strings."""
    if left is None or right is None:
        return False
    return _TESTS[op](compare.text_order(left, right), 0)


def identical(left: Any, right: Any) -> bool:
    """``===``."""
    if isinstance(left, (ApexObject, SObject, List, Set, Map)):
        return left is right
    return compare.equals(left, right)


# ----------------------------------------------------------------------------------- conversions


def box(value: Any) -> Any:
    """A Long that becomes an Object."""
    return None if value is None else Long(value)


def to_id(value: str | None) -> Id | None:
    """A String as Id, checked."""
    return None if value is None else compare.as_id(value)


def to_string(value: str | None) -> str | None:
    """An Id as String."""
    return None if value is None else str.__str__(value)


def to_datetime(value: Any) -> Any:
    """A Date as the Datetime of its midnight in GMT."""
    if value is None or isinstance(value, dt.datetime):
        return value
    return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)


def row(rows: List, lenient: bool) -> Any:
    """The only record of a query's list."""
    if len(rows.items) == 1:
        return rows.items[0]
    if not rows.items:
        if lenient:
            return None
        raise QueryException("List has no rows for assignment to SObject")
    raise QueryException("List has more than 1 row for assignment to SObject")


def cast(value: Any, rtype: RType) -> Any:
    """A cast to a type that is not static: checked."""
    if value is None or rtype.accepts(value):
        if rtype.kind == "id" and value is not None:
            return compare.as_id(value)
        if rtype.kind == "datetime":
            return to_datetime(value)
        if rtype.kind == "long" and value is not None:
            return int(value)
        if rtype.kind == "double" and value.__class__ is not float and value is not None:
            return float(value)
        if rtype.kind == "decimal" and value is not None:
            return to_decimal(value)
        return value
    if rtype.kind == "id" and value.__class__ is str:
        return compare.as_id(value)
    if rtype.kind == "string" and value.__class__ is Id:
        return str.__str__(value)
    if rtype.kind == "list" and rtype.args[0].kind == "string" and types.list_of(types.ID).accepts(value):
        return value
    raise TypeException(f"Invalid conversion from runtime type {types.name_of(value)} to {rtype.name}")


def instance_of(value: Any, rtype: RType) -> bool:
    """``instanceof``; a ``List<SObject>`` counts as an ``SObject``, which the cast then refuses."""
    if value is None:
        return False
    return rtype.accepts(value) or (
        rtype is types.SOBJECT and value.__class__ is List and value.rtype is types.list_of(types.SOBJECT)
    )


# ------------------------------------------------------------------------------ objects and rows


def set_field(target: Any, name: str, value: Any) -> Any:
    """An assignment to a field as an expression."""
    if target is None:
        raise null_pointer()
    setattr(target, name, value)
    return value


def set_index(target: Any, index: int, value: Any) -> Any:
    """``list[index] = value``."""
    if target is None:
        raise null_pointer()
    target.set(index, value)
    return value


def read_field(target: Any, name: str) -> Any:
    """A field behind a relationship: null when there is no parent."""
    return None if target is None else target.read(name)


def read_parent(target: Any, name: str) -> Any:
    """A parent behind a relationship."""
    return None if target is None else target.parent(name)


def field_error(record: Any, name: str, message: Any, escape: bool = True) -> None:
    """``record.Field.addError(message)``."""
    if record is None:
        raise null_pointer()
    text = message.getMessage() if isinstance(message, ApexException) else message
    record.add_error(text, (name,))


def new_row(token: SObjectType, values: dict[str, Any]) -> SObject:
    """``new Account(Name = 'x')``."""
    made = SObject(token, values)
    if "Id" in values and values["Id"] is not None and token.info is not None:
        owner = token.schema.sobject_of_id(values["Id"])
        if owner is not None and owner.name != token.name:
            raise SObjectException(f"Invalid id value for this SObject type: {values['Id']}")
    return made


def new_array(rtype: RType, size: int | None) -> List:
    """``new T[size]``."""
    if size is None:
        raise null_pointer()
    return new_list(rtype, size, sized=True)


def make(cls: Any) -> Any:
    """An instance of a user class before a constructor body runs: its initialisers have run."""
    made: Any = cls.__new__(cls)
    if cls.apex_begin is not None:
        cls.apex_begin(made)
    return made


def init_platform(self: Any, *given: Any) -> None:
    """The constructors that a user class has from the platform: those of ``Exception``, or of a class that it extends."""
    above: Any = next(cls for cls in type(self).__mro__ if "apex_begin" not in vars(cls))
    above.__init__(self, *(value for value in given if value is not _unset))


def thrown(value: Any) -> BaseException:
    """What ``throw`` throws."""
    if value is None:
        return null_pointer()
    return value  # type: ignore[no-any-return]


def uncatchable(error: Exception) -> bool:
    """Whether neither catch nor finally runs for this error."""
    if isinstance(error, ApexException):
        return error.uncatchable
    return not isinstance(error, (AttributeError, TypeError))


def batches(rows: List) -> Iterator[List]:
    """The chunks of 200 of a SOQL for loop over lists."""
    for start in range(0, len(rows.items), 200):
        yield List(rows.rtype, rows.items[start : start + 200])


def too_long() -> Any:
    """Raise what a String of more than 6,000,000 characters means."""
    raise StringException("String is too long.")


def enum_static(enum: EnumType, name: str, *arguments: Any) -> Any:
    """``values()`` and ``valueOf(name)`` of an enum."""
    if name.lower() == "values":
        rtype = RType("enum", enum.name, enum=enum)
        return List(types.list_of(rtype), list(enum.members)).read_only()
    text = arguments[0]
    found = enum.find(text) if isinstance(text, str) else None
    if found is None:
        raise NoSuchElementException(f"No enum value found called {'' if text is None else text}".rstrip())
    return found


@native("Enum.name")
def enum_name(value: EnumValue) -> str:
    """``name()`` of an enum value."""
    return value.name


@native("Enum.ordinal")
def enum_ordinal(value: EnumValue) -> int:
    """``ordinal()`` of an enum value."""
    return value.ordinal


@native("Enum.equals")
def enum_equals(value: EnumValue, other: Any) -> bool:
    """``equals`` of an enum value."""
    return bool(value == other)


OPERATORS: dict[str, Any] = {
    "_npe": npe, "_missing": missing, "_siloed": siloed, "_null_blob": null_blob, "_wrap32": wrap32, "_wrap64": wrap64, "_divide_integer": divide_integer,
    "_divide_double": divide_double, "_divide_decimal": divide_decimal, "_to_double": to_double,
    "_to_decimal": to_decimal, "_cast_number": cast_number, "_shl": shift_left, "_shr": shift_right,
    "_ushr": shift_right_zero, "_shift_date": shift_date, "_order": ordered, "_order_texts": ordered_texts,
    "_identical": identical, "_same_id": compare.same_id, "_same_text": compare.same_text, "_equals": compare.equals,
    "_box": box, "_to_id": to_id, "_to_string": to_string, "_to_datetime": to_datetime, "_row": row,
 "_cast": cast, "_instance_of": instance_of, "_set_field": set_field,
    "_set_index": set_index, "_field": read_field, "_parent": read_parent, "_field_error": field_error,
    "_SObject": new_row, "_List": List, "_list_of": List.of, "_set_of": Set.of, "_map_of": Map.of,
    "_new_list": new_list, "_new_set": new_set, "_new_map": new_map, "_new_array": new_array, "_make": make,
    "_init_platform": init_platform, "_thrown": thrown, "_uncatchable": uncatchable, "_batches": batches,
    "_too_long": too_long, "_enum_static": enum_static, "_text": to_text, "_iterate": iterate, "_unguarded": unguarded, "_unset": _unset,
}  # fmt: skip
