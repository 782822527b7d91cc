"""``System.Integer``, ``Long``, ``Double``, ``Decimal``, ``Boolean`` (Apex Reference Guide).

Decimals are ``decimal.Decimal`` whose exponent is the scale: nothing here changes a scale by accident.
"""

from __future__ import annotations

import decimal
import math
import re
from decimal import Decimal
from typing import Any

from orgwright.apex.library.arguments import null_argument, required
from orgwright.apex.library.numbertext import grouped, parse_decimal, parse_whole
from orgwright.apex.library.registry import native
from orgwright.apex.library.textshape import LONGEST
from orgwright.apex.runtime.compare import equals
from orgwright.apex.runtime.exceptions import LimitException, MathException, TypeException
from orgwright.apex.runtime.operators import whole
from orgwright.apex.runtime.text import decimal_text, double_text, to_text
from orgwright.apex.runtime.values import EnumValue, Long

INT_MAX, LONG_MAX = (1 << 31) - 1, (1 << 63) - 1
_ROUNDINGS = {
    "UP": decimal.ROUND_UP, "DOWN": decimal.ROUND_DOWN, "CEILING": decimal.ROUND_CEILING, "FLOOR": decimal.ROUND_FLOOR,
    "HALF_UP": decimal.ROUND_HALF_UP, "HALF_DOWN": decimal.ROUND_HALF_DOWN, "HALF_EVEN": decimal.ROUND_HALF_EVEN,
}  # fmt: skip


def wrap32(value: int) -> int:
    """The value as 32 bits hold it."""
    return (value + (1 << 31) & 0xFFFFFFFF) - (1 << 31)


def wrap64(value: int) -> int:
    """The value as 64 bits hold it."""
    return (value + (1 << 63) & 0xFFFFFFFFFFFFFFFF) - (1 << 63)


def exact(value: Any) -> Decimal:
    """The Decimal that stands for a number: a Double by its text."""
    if value.__class__ is Decimal:
        return value
    return Decimal(double_text(value)) if value.__class__ is float else Decimal(int(value))


# --------------------------------------------------------------------------------------- from text


def _whole(text: str | None, kind: str, most: int) -> int:
    if text is None:
        raise null_argument()
    found = parse_whole(text)
    if found is None or not -most - 1 <= found <= most:
        raise TypeException(f"Invalid {kind}: {text}")
    return found


@native("Integer.valueOf(String)")
def integer_of_text(text: str | None) -> int:
    return _whole(text, "integer", INT_MAX)


@native("Long.valueOf(String)")
def long_of_text(text: str | None) -> int:
    return _whole(text, "long", LONG_MAX)


@native("Integer.valueOf(Object)")
def integer_of(value: Any) -> int | None:
    """Null stays null, numbers are cut and wrap, a text is read."""
    if value is None:
        return None
    cls = value.__class__
    if cls in (int, Long, Decimal):
        return wrap32(whole(value))
    if cls is float:
        return _saturated(value, INT_MAX)
    if isinstance(value, str):
        return _whole(value, "integer", INT_MAX)
    raise TypeException(f"Invalid integer: {to_text(value)}")


@native("Double.valueOf(String)")
def double_of_text(text: str | None) -> float:
    if text is None:
        raise null_argument()
    body = text.strip()
    if body.lstrip("+-") in ("NaN", "Infinity") and len(body) - len(body.lstrip("+-")) < 2:
        return float(body)
    if not re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?", body, re.ASCII):
        raise TypeException(f"Invalid double: {text}")
    return float(body.rstrip("fFdD"))


@native("Double.valueOf(Object)")
def double_of(value: Any) -> float | None:
    if value is None:
        return None
    if value.__class__ in (int, Long, float, Decimal):
        return float(value)
    if isinstance(value, str):
        return double_of_text(value)
    raise TypeException(f"Invalid double: {to_text(value)}")


@native("Decimal.valueOf(String)")
def decimal_of_text(text: str | None) -> Decimal:
    if text is None:
        raise null_argument()
    found = parse_decimal(text)
    if found is None:
        raise TypeException(f"Invalid decimal: {text}")
    return found


@native("Decimal.valueOf(Double)", "Decimal.valueOf(Long)", "Decimal.valueOf")
def decimal_of(value: Any) -> Decimal:
    required(value)
    return exact(value)


@native("Boolean.valueOf")
def boolean_of(value: Any) -> bool:
    """True for true and the text ``true``, whatever its case."""
    if value is None:
        raise null_argument()
    if value.__class__ is bool:
        return bool(value)
    if isinstance(value, str):
        return value.lower() == "true"
    raise TypeException(f"Invalid boolean: {to_text(value)}")


# ------------------------------------------------------------------------------------ what all have


@native("Integer.equals", "Long.equals", "Double.equals", "Decimal.equals")
def number_equals(value: Any, other: Any) -> bool:
    return equals(value, other)


@native("Boolean.equals")
def boolean_equals(value: bool, other: Any) -> bool:
    if other is None:
        raise null_argument(1)
    return value is other


@native("Integer.format", "Long.format", "Double.format", "Decimal.format", context=True)
def format_number(execution: Any, value: Any) -> str:
    """The number in the running user's locale, with at most three decimals."""
    return grouped(exact(value), execution.host.user.locale)


@native("Long.intValue")
def long_int(value: int) -> int:
    return wrap32(value)


# -------------------------------------------------------------------------------------------- Double


def _saturated(value: float, most: int) -> int:
    if math.isnan(value):
        return 0
    return most if value >= most else -most - 1 if value <= -most - 1 else int(value)


@native("Double.intValue")
def double_int(value: float) -> int:
    return _saturated(value, INT_MAX)


@native("Double.longValue")
def double_long(value: float) -> int:
    return _saturated(value, LONG_MAX)


def round_half_up(value: float) -> int:
    """Java's Math.round: half toward positive infinity."""
    if math.isnan(value):
        return 0
    if math.isinf(value):
        return LONG_MAX if value > 0 else -LONG_MAX - 1
    low = math.floor(value)
    return low + 1 if value - low >= 0.5 else low


@native("Double.round")
def double_round(value: float) -> int:
    return max(min(round_half_up(value), LONG_MAX), -LONG_MAX - 1)


# ------------------------------------------------------------------------------------------- Decimal


def scale_of(value: Decimal) -> int:
    """The scale: digits after the point, negative for whole tens."""
    return -int(value.as_tuple().exponent)


def rounded(value: Decimal, scale: int, mode: str = "HALF_EVEN") -> Decimal:
    """The value at another scale; MathException for UNNECESSARY when digits would be lost."""
    unit = Decimal(1).scaleb(-scale)
    if mode == "UNNECESSARY":
        result = value.quantize(unit, rounding=decimal.ROUND_DOWN)
        if result != value:
            raise MathException("Scale insufficient")
        return result
    return value.quantize(unit, rounding=_ROUNDINGS[mode])


def _mode(mode: EnumValue | None) -> str:
    if mode is None:
        raise null_argument()
    return mode.name


def _checked_scale(scale: int) -> int:
    required(scale)
    if not -33 <= scale <= 33:
        raise MathException(f"Scale out of range: {scale}")
    return scale


@native("Decimal.abs")
def decimal_abs(value: Decimal) -> Decimal:
    return value.copy_abs()


@native("Decimal.scale")
def decimal_scale(value: Decimal) -> int:
    return scale_of(value)


@native("Decimal.precision")
def decimal_precision(value: Decimal) -> int:
    digits = value.as_tuple().digits
    return len(digits) if any(digits) else 1


@native("Decimal.setScale(Integer)")
def set_scale(value: Decimal, scale: int) -> Decimal:
    return rounded(value, _checked_scale(scale))


@native("Decimal.setScale(Integer, RoundingMode)")
def set_scale_by(value: Decimal, scale: int, mode: EnumValue | None) -> Decimal:
    return rounded(value, _checked_scale(scale), _mode(mode))


@native("Decimal.divide(Decimal, Integer)")
def divide(value: Decimal, divisor: Decimal, scale: int) -> Decimal:
    return _quotient(value, divisor, scale, "HALF_EVEN")


@native("Decimal.divide(Decimal, Integer, RoundingMode)")
def divide_by(value: Decimal, divisor: Decimal, scale: int, mode: EnumValue | None) -> Decimal:
    return _quotient(value, divisor, scale, _mode(mode))


def _quotient(value: Decimal, divisor: Any, scale: int, mode: str) -> Decimal:
    """The exact quotient rounded once, through whole numbers."""
    required(divisor)
    _checked_scale(scale)
    divisor = exact(divisor)
    if divisor == 0:
        raise MathException("Divide by 0")
    top, bottom = value.as_integer_ratio()
    over, under = divisor.as_integer_ratio()
    numerator, denominator = top * under, bottom * over
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    shift = 10 ** abs(scale)
    numerator, denominator = (numerator * shift, denominator) if scale >= 0 else (numerator, denominator * shift)
    whole = _divided(numerator, denominator, mode)
    return Decimal(whole).scaleb(-scale)


def _divided(numerator: int, denominator: int, mode: str) -> int:
    whole, rest = divmod(abs(numerator), denominator)
    negative = numerator < 0
    if rest:
        if mode == "UNNECESSARY":
            raise MathException("Scale insufficient")
        twice = (2 * rest > denominator) - (2 * rest < denominator)
        up = {
            "UP": True, "DOWN": False, "CEILING": not negative, "FLOOR": negative,
            "HALF_UP": twice >= 0, "HALF_DOWN": twice > 0, "HALF_EVEN": twice > 0 or (twice == 0 and whole % 2 == 1),
        }[mode]  # fmt: skip
        whole += up
    return -whole if negative else whole


@native("Decimal.doubleValue")
def decimal_double(value: Decimal) -> float:
    return float(value)


@native("Decimal.intValue")
def decimal_int(value: Decimal) -> int:
    return wrap32(whole(value))


@native("Decimal.longValue")
def decimal_long(value: Decimal) -> int:
    return wrap64(whole(value))


@native("Decimal.pow")
def decimal_pow(value: Decimal, exponent: int) -> Decimal:
    required(exponent)
    if not 0 <= exponent <= 32768:
        raise MathException("Exponent is out of range")
    sign, digits, scale = value.as_tuple()
    if len(digits) * exponent > LONGEST:
        raise LimitException(f"Apex heap size too large: {len(digits) * exponent}")
    unscaled = int(Decimal((sign, digits, 0)))
    power = Decimal(unscaled**exponent).as_tuple()
    return Decimal((power.sign, power.digits, int(scale) * exponent))


@native("Decimal.round()")
def decimal_round(value: Decimal) -> int:
    return wrap64(int(rounded(value, 0)))


@native("Decimal.round(RoundingMode)")
def decimal_round_by(value: Decimal, mode: EnumValue | None) -> int:
    return wrap64(int(rounded(value, 0, _mode(mode))))


@native("Decimal.stripTrailingZeros")
def strip_trailing_zeros(value: Decimal) -> Decimal:
    return value.normalize() if value else Decimal(0)


@native("Decimal.toPlainString")
def to_plain_string(value: Decimal) -> str:
    if abs(value.adjusted()) > LONGEST:
        raise LimitException(f"Apex heap size too large: {abs(value.adjusted())}")
    return f"{value:f}" if value else f"{value.copy_abs():f}"


@native("String.valueOf(Decimal)")
def decimal_to_text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)
