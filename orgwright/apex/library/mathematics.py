"""``System.Math`` (Apex Reference Guide, Math Class).

Functions on a Decimal that have no exact answer are computed as Doubles and turned back by their text.
"""

from __future__ import annotations

import decimal
import math
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orgwright.apex.library.arguments import null_argument, required
from orgwright.apex.library.numbers import exact, round_half_up, rounded, wrap32, wrap64
from orgwright.apex.library.registry import getter, native
from orgwright.apex.runtime.exceptions import MathException, null_pointer


def _both(name: str, function: Callable[[float], float]) -> None:
    """Register a function for Double and for Decimal; what has no real value is NaN, too large is infinite."""

    def on_double(value: float) -> float:
        required(value)
        try:
            return function(value)
        except ValueError:
            return -math.inf if name.startswith("log") and value == 0 else math.nan
        except OverflowError:
            return -math.inf if name == "sinh" and value < 0 else math.inf

    def on_decimal(value: Decimal) -> Decimal:
        required(value)
        result = on_double(float(value))
        if math.isnan(result) or math.isinf(result):
            raise MathException(f"Math.{name} has no Decimal result for {value}")
        return exact(result)

    native(f"Math.{name}(Double)")(on_double)
    native(f"Math.{name}(Decimal)")(on_decimal)


def _cube_root(value: float) -> float:
    """The cube root as Java has it: one step of Newton's mends the last digit, so that cubes have whole roots."""
    root = math.cbrt(value)
    return root - (root * root * root - value) / (3 * root * root) if root and math.isfinite(root) else root


for _name, _function in {
    "acos": math.acos, "asin": math.asin, "atan": math.atan, "cbrt": _cube_root, "cos": math.cos, "cosh": math.cosh,
    "exp": math.exp, "log": math.log, "log10": math.log10, "sin": math.sin, "sinh": math.sinh, "sqrt": math.sqrt,
    "tan": math.tan, "tanh": math.tanh,
}.items():  # fmt: skip
    _both(_name, _function)


@getter("Math.PI")
def pi() -> float:
    return math.pi


@getter("Math.E")
def e() -> float:
    return math.e


@native("Math.abs(Integer)")
def abs_integer(value: int) -> int:
    required(value)
    return wrap32(abs(value))


@native("Math.abs(Long)")
def abs_long(value: int) -> int:
    required(value)
    return wrap64(abs(value))


@native("Math.abs(Double)")
def abs_double(value: float) -> float:
    required(value)
    return abs(value)


@native("Math.abs(Decimal)")
def abs_decimal(value: Decimal) -> Decimal:
    required(value)
    return value.copy_abs()


@native("Math.atan2(Double, Double)")
def atan2_double(y: float, x: float) -> float:
    required(y, x)
    return math.atan2(y, x)


@native("Math.atan2(Decimal, Decimal)")
def atan2_decimal(y: Decimal, x: Decimal) -> Decimal:
    required(y, x)
    return exact(math.atan2(y, x))


def _whole_double(value: float, function: Callable[[float], int]) -> float:
    required(value)
    return value if math.isnan(value) or math.isinf(value) else float(function(value))


@native("Math.ceil(Double)")
def ceil_double(value: float) -> float:
    return _whole_double(value, math.ceil)


@native("Math.floor(Double)")
def floor_double(value: float) -> float:
    return _whole_double(value, math.floor)


@native("Math.rint(Double)")
def rint_double(value: float) -> float:
    return _whole_double(value, round)


@native("Math.ceil(Decimal)")
def ceil_decimal(value: Decimal) -> Decimal:
    required(value)
    return value.to_integral_value(decimal.ROUND_CEILING)


@native("Math.floor(Decimal)")
def floor_decimal(value: Decimal) -> Decimal:
    required(value)
    return value.to_integral_value(decimal.ROUND_FLOOR)


@native("Math.rint(Decimal)")
def rint_decimal(value: Decimal) -> Decimal:
    required(value)
    return value.to_integral_value(decimal.ROUND_HALF_EVEN)


@native("Math.max")
def greatest(one: Any, other: Any) -> Any:
    required(one, other)
    return one if one >= other else other


@native("Math.min")
def least(one: Any, other: Any) -> Any:
    required(one, other)
    return one if one <= other else other


@native("Math.mod")
def mod(value: int, divisor: int) -> int:
    """The remainder with the sign of the dividend."""
    if value is None or divisor is None:
        raise null_pointer("Script-thrown exception")
    if divisor == 0:
        raise MathException("Divide by 0")
    rest = abs(value) % abs(divisor)
    return -rest if value < 0 else rest


@native("Math.pow")
def power(base: float, exponent: float) -> float:
    """Java's Math.pow: NaN where there is no real result, infinite where it is too large."""
    required(base, exponent)
    try:
        return math.pow(base, exponent)
    except ValueError:
        return math.inf if base == 0 else math.nan
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf


@native("Math.random")
def random_number() -> float:
    return random.random()  # noqa: S311  # what Math.random is


@native("Math.round(Decimal)")
def round_decimal(value: Decimal) -> int:
    required(value)
    return wrap32(int(rounded(value, 0)))


@native("Math.round(Double)")
def round_double(value: float) -> int:
    required(value)
    return max(min(round_half_up(value), (1 << 31) - 1), -(1 << 31))


@native("Math.roundToLong(Decimal)")
def round_to_long_decimal(value: Decimal) -> int:
    required(value)
    return wrap64(int(rounded(value, 0)))


@native("Math.roundToLong(Double)")
def round_to_long_double(value: float) -> int:
    required(value)
    return max(min(round_half_up(value), (1 << 63) - 1), -(1 << 63))


@native("Math.signum(Double)")
def signum_double(value: float) -> float:
    required(value)
    return value if math.isnan(value) or value == 0 else math.copysign(1.0, value)


@native("Math.signum(Decimal)")
def signum_decimal(value: Decimal) -> Decimal:
    if value is None:
        raise null_argument()
    return Decimal((value > 0) - (value < 0))
