"""Numbers as a locale writes them, and numbers read from text."""

from __future__ import annotations

import decimal
import re
from decimal import Decimal

from orgwright.apex.runtime.exceptions import NotSupported

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
MOST_DIGITS = 4000
_EXACT = decimal.Context(prec=400, rounding=decimal.ROUND_HALF_EVEN)
# locale language -> (grouping sign, decimal sign); the locales whose habits are known here
_SIGNS = {
    "en": (",", "."), "ja": (",", "."), "zh": (",", "."), "ko": (",", "."), "th": (",", "."), "iw": (",", "."),
    "de": (".", ","), "nl": (".", ","), "it": (".", ","), "id": (".", ","), "da": (".", ","), "tr": (".", ","),
    "fr": ("\u202f", ","), "es": (".", ","), "pt": (".", ","),
}  # fmt: skip


def grouped(value: Decimal, locale: str = "en_US", places: int = 3) -> str:
    """A number with the locale's grouping and at most ``places`` decimals, rounded half to even."""
    signs = _SIGNS.get(locale.split("_")[0].lower())
    if signs is None or locale in (
        "de_CH",
        "de_LI",
        "de_AT",
        "en_IN",
        "en_ZA",
        "es_MX",
        "es_US",
        "fr_CH",
        "fr_CA",
        "it_CH",
    ):
        raise NotSupported(f"Formatting numbers in the locale {locale}")
    rounded = value.quantize(Decimal(1).scaleb(-places), context=_EXACT)
    whole, _, fraction = f"{abs(rounded):f}".partition(".")
    fraction = fraction.rstrip("0")
    text = f"{int(whole):,}".replace(",", signs[0]) + (signs[1] + fraction if fraction else "")
    return f"-{text}" if rounded < 0 else text


def parse_decimal(text: str) -> Decimal | None:
    """The number that Java's BigDecimal reads, or ``None``."""
    plain = _ascii_digits(text)
    return Decimal(plain) if _DECIMAL.fullmatch(plain) else None


def parse_whole(text: str) -> int | None:
    """The number of a text of digits with a sign, where ``12.0`` and ``1.`` also stand for whole numbers."""
    match = re.fullmatch(r"([+-]?[0-9]+)(?:\.0*)?", _ascii_digits(text))
    return digits_value(match.group(1)) if match else None


def digits_value(text: str) -> int:
    """The number of a text of digits with a sign. What is longer than any number of Apex is cut: it is out of range all the same."""
    return int(text[:MOST_DIGITS])


def _ascii_digits(text: str) -> str:
    """The text with the decimal digits of every script as ASCII digits."""
    if text.isascii():
        return text
    return "".join(str(int(char)) if char.isdecimal() else char for char in text)
