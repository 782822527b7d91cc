"""``System.String``: methods that make another text: case, padding, replacing, splitting by kind, joining."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from orgwright.apex.library.arguments import given, null_argument, required
from orgwright.apex.library.registry import native
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List, iterate
from orgwright.apex.runtime.exceptions import LimitException, StringException
from orgwright.apex.runtime.text import to_text
from orgwright.apex.utf16 import length, points, units

LONGEST = 6_000_000
_TEXTS = types.list_of(types.STRING)
_INTEGERS = types.list_of(types.INTEGER)


def text_list(texts: Iterable[str | None]) -> List:
    """A ``List<String>``."""
    return List(_TEXTS, list(texts))


# ---------------------------------------------------------------------------------------------- case


@native("String.toLowerCase")
def to_lower_case(text: str, locale: str | None = "") -> str:
    required(locale)
    if locale and locale.lower()[:2] in ("tr", "az"):
        return text.replace("I", "\u0131").replace("\u0130", "i").lower()
    return text.lower()


@native("String.toUpperCase")
def to_upper_case(text: str, locale: str | None = "") -> str:
    required(locale)
    if locale and locale.lower()[:2] in ("tr", "az"):
        return text.replace("i", "\u0130").upper()
    return text.upper()


@native("String.capitalize")
def capitalize(text: str) -> str:
    return text[:1].title() + text[1:]


@native("String.uncapitalize")
def uncapitalize(text: str) -> str:
    return text[:1].lower() + text[1:]


@native("String.swapCase")
def swap_case(text: str) -> str:
    return text.swapcase()


# ----------------------------------------------------------------------------------- blanks, padding


@native("String.trim")
def trim(text: str) -> str:
    """Java's trim: everything up to U+0020 goes."""
    return text.strip("".join(map(chr, range(33))))


@native("String.normalizeSpace")
def normalize_space(text: str) -> str:
    return re.sub(r"\s+", " ", trim(text).replace("\xa0", " ")).strip(" ")


@native("String.deleteWhitespace")
def delete_whitespace(text: str) -> str:
    return "".join(char for char in text if not char.isspace() or char in "\x85\xa0\u2007\u202f")


def _padding(size: int, pad: str | None) -> str:
    pad = pad or " "
    if size > LONGEST:
        raise LimitException("String is too long.")
    return (pad * (size // len(pad) + 1))[:size]


@native("String.leftPad")
def left_pad(text: str, size: int, pad: str | None = " ") -> str:
    required(size, pad)
    missing = size - length(text)
    return _padding(missing, pad) + text if missing > 0 else text


@native("String.rightPad")
def right_pad(text: str, size: int, pad: str | None = " ") -> str:
    required(size, pad)
    missing = size - length(text)
    return text + _padding(missing, pad) if missing > 0 else text


@native("String.center")
def center(text: str, size: int, pad: str | None = " ") -> str:
    required(size, pad)
    missing = size - length(text)
    if missing <= 0:
        return text
    return right_pad(left_pad(text, length(text) + missing // 2, pad), size, pad)


@native("String.repeat(Integer)")
def repeat(text: str, count: int) -> str:
    required(count)
    if count > 0 and len(text) * count > LONGEST:
        raise LimitException("String is too long.")
    return text * count


@native("String.repeat(String, Integer)")
def repeat_between(text: str, separator: str, count: int) -> str:
    required(separator, count)
    if count > 0 and (len(text) + len(separator)) * count > LONGEST:
        raise LimitException("String is too long.")
    return separator.join([text] * count)


@native("String.reverse")
def reverse(text: str) -> str:
    return text[::-1]


@native("String.abbreviate(Integer)")
def abbreviate(text: str, width: int) -> str:
    return abbreviate_from(text, width, 0)


@native("String.abbreviate(Integer, Integer)")
def abbreviate_from(text: str, width: int, offset: int) -> str:
    """Cut to ``width`` with an ellipsis, such that the unit at ``offset`` is shown."""
    required(width, offset)
    if width < 4:
        raise StringException("Minimum abbreviation width is 4")
    spelled = units(text)
    size = len(spelled)
    if size <= width:
        return text
    offset = min(offset, size)
    offset = min(offset, size - (width - 3)) if size - offset < width - 3 else offset
    if offset <= 4:
        return points(spelled[: width - 3]) + "..."
    if width < 7:
        raise StringException("Minimum abbreviation width with offset is 7")
    if offset + width - 3 < size:
        return "..." + abbreviate(points(spelled[offset:]), width - 3)
    return "..." + points(spelled[size - (width - 3) :])


# ---------------------------------------------------------------------------- replacing and removing


@native("String.replace")
def replace(text: str, old: str, new: str) -> str:
    required(old, new)
    return text.replace(old, new)


@native("String.remove")
def remove(text: str, part: str) -> str:
    required(part)
    return text.replace(part, "") if part else text


@native("String.removeStart")
def remove_start(text: str, part: str) -> str:
    required(part)
    return text.removeprefix(part)


@native("String.removeStartIgnoreCase")
def remove_start_ignore_case(text: str, part: str) -> str:
    required(part)
    return text[len(part) :] if text[: len(part)].lower() == part.lower() else text


@native("String.removeEnd")
def remove_end(text: str, part: str) -> str:
    required(part)
    return text.removesuffix(part)


@native("String.removeEndIgnoreCase")
def remove_end_ignore_case(text: str, part: str) -> str:
    required(part)
    return text[: -len(part)] if part and text[-len(part) :].lower() == part.lower() else text


@native("String.overlay")
def overlay(text: str, other: str, start: int, end: int) -> str:
    required(other, start, end)
    spelled = units(text)
    start, end = (min(max(at, 0), len(spelled)) for at in (start, end))
    start, end = min(start, end), max(start, end)
    return points(spelled[:start]) + other + points(spelled[end:])


@native("String.stripHtmlTags")
def strip_html_tags(text: str) -> str:
    """Tags and comments go, character references become characters (as documented for ``stripHtmlTags``)."""
    from orgwright.apex.library.escapes import unescape_html4

    bare = re.sub(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[A-Za-z!][^>]*>", "", text, flags=re.S | re.I)
    return unescape_html4(bare)


# ---------------------------------------------------------------------------------- apart, together


def _kind(char: str) -> str:
    """Java's Character.getType: the general category."""
    return unicodedata.category(char)


def _by_kind(text: str, camel: bool) -> list[str]:
    parts: list[str] = []
    start = 0
    for at in range(1, len(text)):
        before, now = _kind(text[at - 1]), _kind(text[at])
        if now == before:
            continue
        if camel and now == "Ll" and before == "Lu":
            if at - 1 > start:
                parts.append(text[start : at - 1])
                start = at - 1
            continue
        parts.append(text[start:at])
        start = at
    return [*parts, text[start:]] if text else []


@native("String.splitByCharacterType")
def split_by_character_type(text: str) -> List:
    return text_list(_by_kind(text, camel=False))


@native("String.splitByCharacterTypeCamelCase")
def split_by_camel_case(text: str) -> List:
    return text_list(_by_kind(text, camel=True))


@native("String.getChars")
def get_chars(text: str) -> List:
    return List(_INTEGERS, [ord(char) for char in units(text)])


@native("String.fromCharArray")
def from_char_array(codes: Any) -> str:
    given(codes)
    chars: list[str] = []
    for code in codes:
        if code is None:
            raise null_argument()
        if not 0 <= code <= 0x10FFFF:
            raise StringException(f"Invalid character code: {code}")
        chars.append(chr(code))
    return points("".join(chars))


@native("String.join")
def join(values: Any, separator: str | None) -> str:
    given(values, separator)
    return str(separator).join("" if value is None else to_text(value, None) for value in iterate(values))


@native("String.valueOf")
def value_of(value: Any) -> str | None:
    """The text of any value, null for null; collections are shown whole."""
    return None if value is None else to_text(value, None)
