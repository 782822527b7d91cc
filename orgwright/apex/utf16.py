"""Apex counts a String in UTF-16 units, Python in code points: the way between the two.

Almost all text has no character beyond U+FFFF; then both counts agree and the text is used as it is. Otherwise
:func:`units` spells such characters as two surrogates, so that positions and lengths are those of Apex, and
:func:`points` joins them again.
"""

from __future__ import annotations


def is_wide(text: str) -> bool:
    """Whether the text has a character that takes two UTF-16 units."""
    return not text.isascii() and max(text) > "\uffff"


def units(text: str) -> str:
    """The text with one Python character for each UTF-16 unit."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(raw[i] | raw[i + 1] << 8) for i in range(0, len(raw), 2))


def points(text: str) -> str:
    """The text with its surrogate pairs joined; surrogates that stand alone stay."""
    if text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def length(text: str) -> int:
    """The number of UTF-16 units."""
    if text.isascii():
        return len(text)
    return len(text) + sum(1 for char in text if char > "\uffff")


def hash_code(text: str) -> int:
    """Java's ``String.hashCode``."""
    value = 0
    for char in units(text):
        value = (value * 31 + ord(char)) & 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value
