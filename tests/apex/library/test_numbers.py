"""Numbers and ``System.Math``: scales, rounding, texts and refusals of a real org."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.apex.library.numbers import rounded
from tests.apex.library.table import raised, values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Integer.valueOf('12.0')", "12"),
        ("Integer.valueOf('1.')", "1"),
        ("Integer.valueOf('+007')", "7"),
        ("Integer.valueOf((Object) 3.9)", "3"),
        ("Long.valueOf('9223372036854775807')", "9223372036854775807"),
        ("Decimal.valueOf('1e3')", "1E+3"),
        ("Decimal.valueOf('1.500')", "1.500"),
        ("Decimal.valueOf(0.1d)", "0.1"),
        ("Double.valueOf(' 1e7 ')", "10000000.0"),
        ("Boolean.valueOf('TRUE')", "True"),
        ("Boolean.valueOf('yes')", "False"),
        ("2.5.setScale(0)", "2"),
        ("3.5.setScale(0)", "4"),
        ("123.45.setScale(-1).toPlainString()", "120"),
        ("2.5.setScale(0, RoundingMode.HALF_UP)", "3"),
        ("1.0.divide(3, 4)", "0.3333"),
        ("10.0.divide(4, 0, RoundingMode.CEILING)", "3"),
        ("(-10.0).divide(4, 0, RoundingMode.FLOOR)", "-3"),
        ("2.5.round()", "2"),
        ("(-2.5d).round()", "-2"),
        ("1.10.scale() + '/' + 1.10.precision()", "2/3"),
        ("0.00.precision()", "1"),
        ("4500.0.stripTrailingZeros()", "4.5E+3"),
        ("1.5.pow(2)", "2.25"),
        ("1.23.intValue()", "1"),
        ("Decimal.valueOf('4294967297').intValue()", "1"),
        ("Math.round(2.5)", "2"),
        ("Math.round(2.5d)", "3"),
        ("Math.round(-2.5d)", "-2"),
        ("Math.mod(-7, 3)", "-1"),
        ("Math.ceil(1.2) + Math.floor(-1.2)", "0"),
        ("Math.max(1, 2) + Math.min(3L, 2L)", "4"),
        ("Math.pow(2, 10)", "1024.0"),
        ("Math.sqrt(4.0d)", "2.0"),
        ("Math.signum(-3.2)", "-1"),
        ("1234567.8915.format()", "1,234,567.892"),
        ("(-1234).format()", "-1,234"),
    ],
)
def test_results(expression: str, expected: str) -> None:
    assert str(values(expression)) == expected


@pytest.mark.parametrize(
    ("expression", "type_name", "message"),
    [
        ("Integer.valueOf('12.3')", "System.TypeException", "Invalid integer: 12.3"),
        ("Integer.valueOf('')", "System.TypeException", "Invalid integer: "),
        ("Integer.valueOf('2147483648')", "System.TypeException", "Invalid integer: 2147483648"),
        ("Integer.valueOf((Object) true)", "System.TypeException", "Invalid integer: true"),
        ("Long.valueOf('x')", "System.TypeException", "Invalid long: x"),
        ("Decimal.valueOf('1,5')", "System.TypeException", "Invalid decimal: 1,5"),
        ("Double.valueOf('0x1')", "System.TypeException", "Invalid double: 0x1"),
        ("1.25.setScale(1, RoundingMode.UNNECESSARY)", "System.MathException", "Scale insufficient"),
        ("1.5.pow(-1)", "System.MathException", "Exponent is out of range"),
        ("1.0.divide(0, 2)", "System.MathException", "Divide by 0"),
        ("Math.mod(5, 0)", "System.MathException", "Divide by 0"),
    ],
)
def test_refusals(expression: str, type_name: str, message: str) -> None:
    assert raised(expression) == (type_name, message)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), st.integers(-3, 4))
def test_rounding_never_moves_more_than_half_a_unit(value: Decimal, scale: int) -> None:
    result = rounded(value, scale)
    assert -int(result.as_tuple().exponent) == scale
    assert abs(result - value) * 2 <= Decimal(1).scaleb(-scale)
