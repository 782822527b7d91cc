"""Functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal

from orgwright.localorg.formula.library import function
from orgwright.localorg.formula.problem import FormulaError
from orgwright.localorg.formula.text import whole
from orgwright.localorg.formula.values import NUMBERS

_MOST_DIGITS = 64
_ONE = Decimal(1)
_NEAREST_BELOW = Context(prec=33, rounding=ROUND_HALF_UP)
_NEAREST_ABOVE = Context(prec=33, rounding=ROUND_HALF_DOWN)
"""Before a fraction is cut off, the last six digits of a quotient go: one ninth times nine is 1, not 0.99..."""
_POWERS = Context(prec=18, rounding=ROUND_HALF_UP)
_MOST_EXPONENT = 999_999_999
_LEAST_POWER = Decimal("1E-39")


def _to_scale(number: Decimal, digits: Decimal, rounding: str) -> Decimal:
    scale = max(-_MOST_DIGITS, min(_MOST_DIGITS, whole(digits)))
    if -number.as_tuple().exponent <= scale:  # type: ignore[operator]  # the number is finite
        return number
    if number.adjusted() - (-scale) + 1 < 0:
        return Decimal(0)
    return number.quantize(_ONE.scaleb(-scale), rounding=rounding, context=NUMBERS) + 0


@function("ROUND", "N", "N N")
def _rounded(number: Decimal, digits: Decimal) -> Decimal:
    return _to_scale(number, digits, ROUND_HALF_UP)


@function("TRUNC", "N", "N N?")
def _truncated(number: Decimal, digits: Decimal = Decimal(0)) -> Decimal:
    return _to_scale(number, digits, ROUND_DOWN)


@function("ABS", "N", "N")
def _absolute(number: Decimal) -> Decimal:
    return abs(number)


@function("CEILING", "N", "N")
def _ceiling(number: Decimal) -> Decimal:
    """Away from zero: CEILING(-2.5) is -3."""
    return _NEAREST_ABOVE.plus(number).to_integral_value(ROUND_FLOOR if number < 0 else ROUND_CEILING)


@function("FLOOR", "N", "N")
def _floor(number: Decimal) -> Decimal:
    """Towards zero: FLOOR(-2.5) is -2."""
    return _NEAREST_BELOW.plus(number).to_integral_value(ROUND_DOWN)


@function("MCEILING", "N", "N")
def _mathematical_ceiling(number: Decimal) -> Decimal:
    return _NEAREST_ABOVE.plus(number).to_integral_value(ROUND_CEILING)


@function("MFLOOR", "N", "N")
def _mathematical_floor(number: Decimal) -> Decimal:
    return _NEAREST_BELOW.plus(number).to_integral_value(ROUND_FLOOR)


@function("MOD", "N", "N N")
def _modulo(number: Decimal, divisor: Decimal) -> Decimal:
    return NUMBERS.remainder(number, divisor)


@function("MAX", "N", "N", many=True)
def _largest(*numbers: Decimal) -> Decimal:
    return max(numbers)


@function("MIN", "N", "N", many=True)
def _smallest(*numbers: Decimal) -> Decimal:
    return min(numbers)


@function("PI", "N")
def _pi() -> Decimal:
    return Decimal("3.14159265358979323846264338327950288420")


def _double(name: str, call: Callable[[float], float]) -> None:
    """A function that has the precision of a Double, as in the published engine."""

    def work(number: Decimal) -> Decimal:
        try:
            return Decimal(repr(call(float(number))))
        except (ValueError, OverflowError):
            raise FormulaError(f"Out of range argument to {name}()") from None

    function(name, "N", "N")(work)


for _name in ("SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "EXP", "SQRT"):
    _double(_name, getattr(math, _name.lower()))
_double("LN", math.log)
_double("LOG", math.log10)


@function("ATAN2", "N", "N N")
def _arc_tangent(y: Decimal, x: Decimal) -> Decimal:
    return Decimal(repr(math.atan2(float(y), float(x))))


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """``base ^ exponent`` for whole exponents, to 18 digits, as the published engine has it."""
    if exponent != exponent.to_integral_value() or abs(exponent) > _MOST_EXPONENT or (not base and exponent < 0):
        raise FormulaError("Out of range argument to POWER() function")
    if not exponent:
        return _ONE
    if base and base.adjusted() * int(exponent) > _MOST_DIGITS:
        raise FormulaError("Out of range argument to POWER() function")
    result = _POWERS.plus(NUMBERS.power(base, exponent))
    return result if abs(result) >= _LEAST_POWER else Decimal(0)
