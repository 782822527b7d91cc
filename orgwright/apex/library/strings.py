"""``System.String``: looking into a text, comparing it, taking parts of it (Apex Reference Guide, String Class).

Positions count UTF-16 units, as in Apex. A null argument raises ``Argument cannot be null.``.
"""

from __future__ import annotations

from orgwright.apex.library.arguments import required
from orgwright.apex.library.registry import native
from orgwright.apex.runtime.exceptions import StringException
from orgwright.apex.utf16 import is_wide, length, points, units


def _wide(*texts: str) -> bool:
    return any(is_wide(text) for text in texts)


@native("String.length")
def string_length(text: str) -> int:
    return length(text)


@native("String.equals")
def string_equals(text: str, other: object) -> bool:
    return isinstance(other, str) and text == other


@native("String.equalsIgnoreCase")
def equals_ignore_case(text: str, other: str | None) -> bool:
    return other is not None and len(text) == len(other) and text.lower() == other.lower()


@native("String.compareTo")
def compare_to(text: str, other: str) -> int:
    """Java's compareTo: the difference of the first differing units, else of the lengths."""
    required(other)
    left, right = units(text), units(other)
    for a, b in zip(left, right, strict=False):
        if a != b:
            return ord(a) - ord(b)
    return len(left) - len(right)


# ------------------------------------------------------------------------------------------ contains


@native("String.contains")
def contains(text: str, part: str) -> bool:
    required(part)
    return part in text


@native("String.containsIgnoreCase")
def contains_ignore_case(text: str, part: str) -> bool:
    required(part)
    return part.lower() in text.lower()


@native("String.containsAny")
def contains_any(text: str, characters: str) -> bool:
    required(characters)
    return any(char in characters for char in text)


@native("String.containsNone")
def contains_none(text: str, characters: str) -> bool:
    required(characters)
    return not any(char in characters for char in text)


@native("String.containsOnly")
def contains_only(text: str, characters: str) -> bool:
    required(characters)
    return all(char in characters for char in text)


@native("String.containsWhitespace")
def contains_whitespace(text: str) -> bool:
    return any(_is_java_space(char) for char in text)


@native("String.startsWith")
def starts_with(text: str, part: str) -> bool:
    required(part)
    return text.startswith(part)


@native("String.startsWithIgnoreCase")
def starts_with_ignore_case(text: str, part: str) -> bool:
    required(part)
    return text[: len(part)].lower() == part.lower()


@native("String.endsWith")
def ends_with(text: str, part: str) -> bool:
    required(part)
    return text.endswith(part)


@native("String.endsWithIgnoreCase")
def ends_with_ignore_case(text: str, part: str) -> bool:
    required(part)
    return not part or text[-len(part) :].lower() == part.lower()


@native("String.countMatches")
def count_matches(text: str, part: str) -> int:
    required(part)
    return text.count(part) if part else 0


# ----------------------------------------------------------------------------------------- positions


def _find(text: str, part: str, start: int) -> int:
    """Java's indexOf: a start before the text counts as 0, an empty part is found at the start."""
    if _wide(text, part):
        text, part = units(text), units(part)
    start = max(start, 0)
    if start > len(text):
        return -1 if part else len(text)
    return text.find(part, start)


def _find_last(text: str, part: str, start: int | None) -> int:
    if _wide(text, part):
        text, part = units(text), units(part)
    if start is None:
        return text.rfind(part)
    if start < 0:
        return -1
    return text.rfind(part, 0, min(start, len(text)) + len(part))


@native("String.indexOf")
def index_of(text: str, part: str, start: int | None = 0) -> int:
    required(part, start)
    return _find(text, part, start or 0)


@native("String.indexOfIgnoreCase")
def index_of_ignore_case(text: str, part: str, start: int | None = 0) -> int:
    required(part, start)
    return _find(text.lower(), part.lower(), start or 0)


@native("String.lastIndexOf(String)")
def last_index_of(text: str, part: str) -> int:
    required(part)
    return _find_last(text, part, None)


@native("String.lastIndexOf(String, Integer)")
def last_index_of_from(text: str, part: str, start: int) -> int:
    required(part, start)
    return _find_last(text, part, start)


@native("String.lastIndexOfIgnoreCase(String)")
def last_index_of_ignore_case(text: str, part: str) -> int:
    required(part)
    return _find_last(text.lower(), part.lower(), None)


@native("String.lastIndexOfIgnoreCase(String, Integer)")
def last_index_of_ignore_case_from(text: str, part: str, start: int) -> int:
    required(part, start)
    return _find_last(text.lower(), part.lower(), start)


@native("String.indexOfChar")
def index_of_char(text: str, character: int, start: int | None = 0) -> int:
    required(character, start)
    return _find(text, chr(character), start or 0)


@native("String.lastIndexOfChar(Integer)")
def last_index_of_char(text: str, character: int) -> int:
    required(character)
    return _find_last(text, chr(character), None)


@native("String.lastIndexOfChar(Integer, Integer)")
def last_index_of_char_from(text: str, character: int, start: int) -> int:
    required(character, start)
    return _find_last(text, chr(character), start)


@native("String.indexOfAny")
def index_of_any(text: str, characters: str) -> int:
    required(characters)
    wanted = set(units(characters))
    return next((i for i, char in enumerate(units(text)) if char in wanted), -1)


@native("String.indexOfAnyBut")
def index_of_any_but(text: str, characters: str) -> int:
    required(characters)
    allowed = set(units(characters))
    return next((i for i, char in enumerate(units(text)) if char not in allowed), -1) if allowed else -1


@native("String.indexOfDifference")
def index_of_difference(text: str, other: str) -> int:
    required(other)
    left, right = units(text), units(other)
    for i, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return i
    return -1 if len(left) == len(right) else min(len(left), len(right))


@native("String.difference")
def difference(text: str, other: str) -> str:
    at = index_of_difference(text, other)
    return "" if at < 0 else points(units(other)[at:])


@native("String.getCommonPrefix")
def common_prefix(texts: list[str | None]) -> str:
    required(texts)
    found = list(texts)
    if not found or any(text is None for text in found):
        return ""
    shortest = min(found, key=lambda text: len(text or "")) or ""
    for i, char in enumerate(shortest):
        if any(text[i] != char for text in found if text is not None):
            return shortest[:i]
    return shortest


# --------------------------------------------------------------------------------------------- parts


@native("String.substring(Integer)")
def substring(text: str, start: int) -> str:
    required(start)
    if not text.isascii():
        text = units(text)
    if not 0 <= start <= len(text):
        raise StringException(f"Starting position out of bounds: {start}")
    return points(text[start:])


@native("String.substring(Integer, Integer)")
def substring_to(text: str, start: int, end: int) -> str:
    required(start, end)
    if not text.isascii():
        text = units(text)
    size = len(text)
    if not 0 <= start <= size:
        raise StringException(f"Starting position out of bounds: {start}")
    if not start <= end <= size:
        raise StringException(f"Ending position out of bounds: {end}")
    return points(text[start:end])


@native("String.left")
def left(text: str, count: int) -> str:
    required(count)
    return points(units(text)[: max(count, 0)])


@native("String.right")
def right(text: str, count: int) -> str:
    required(count)
    return points(units(text)[-count:]) if count > 0 else ""


@native("String.mid")
def mid(text: str, start: int, count: int) -> str:
    required(start, count)
    if count < 0:
        return ""
    start = max(start, 0)
    return points(units(text)[start : start + count])


@native("String.substringBefore")
def substring_before(text: str, separator: str) -> str:
    required(separator)
    return text.partition(separator)[0] if separator else ""


@native("String.substringBeforeLast")
def substring_before_last(text: str, separator: str) -> str:
    required(separator)
    return text.rpartition(separator)[0] if separator and separator in text else text


@native("String.substringAfter")
def substring_after(text: str, separator: str) -> str:
    required(separator)
    return text.partition(separator)[2] if separator else text


@native("String.substringAfterLast")
def substring_after_last(text: str, separator: str) -> str:
    required(separator)
    return text.rpartition(separator)[2] if separator and separator in text else ""


@native("String.substringBetween(String)")
def substring_between_same(text: str, tag: str) -> str | None:
    return substring_between(text, tag, tag)


@native("String.substringBetween(String, String)")
def substring_between(text: str, opening: str, closing: str) -> str | None:
    required(opening, closing)
    start = text.find(opening)
    if start < 0:
        return None
    start += len(opening)
    end = text.find(closing, start)
    return None if end < 0 else text[start:end]


# ---------------------------------------------------------------------------------------- characters


@native("String.charAt", "String.codePointAt")
def char_at(text: str, index: int) -> int:
    """The code point at a position: of a pair's first unit the whole character, of its second unit that unit."""
    required(index)
    spelled = units(text)
    if not 0 <= index < len(spelled):
        raise StringException(f"Index out of bounds: {index}")
    return ord(points(spelled[index : index + 2])[0])


@native("String.codePointBefore")
def code_point_before(text: str, index: int) -> int:
    required(index)
    spelled = units(text)
    if not 1 <= index <= len(spelled):
        raise StringException(f"Index out of bounds: {index}")
    return ord(points(spelled[max(index - 2, 0) : index])[-1])


@native("String.codePointCount")
def code_point_count(text: str, start: int, end: int) -> int:
    required(start, end)
    spelled = units(text)
    if not 0 <= start <= len(spelled):
        raise StringException(f"Starting position out of bounds: {start}")
    if not start <= end <= len(spelled):
        raise StringException(f"Ending position out of bounds: {end}")
    return len(points(spelled[start:end]))


@native("String.offsetByCodePoints")
def offset_by_code_points(text: str, index: int, offset: int) -> int:
    required(index, offset)
    spelled = units(text)
    if not 0 <= index <= len(spelled):
        raise StringException("Specified index is invalid.")
    side = points(spelled[index:]) if offset >= 0 else points(spelled[:index])
    if abs(offset) > len(side):
        raise StringException(f"Code point offset out of bounds: {offset}")
    moved = side[:offset] if offset >= 0 else side[len(side) + offset :]
    return index + (length(moved) if offset >= 0 else -length(moved))


def _is_java_space(char: str) -> bool:
    """Java's Character.isWhitespace: no non-breaking blanks."""
    return char in "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f" or (char.isspace() and char not in "\x85\xa0\u2007\u202f")


def _all(text: str, test: object) -> bool:
    return all(test(char) for char in text)  # type: ignore[operator]


@native("String.isAlpha")
def is_alpha(text: str) -> bool:
    return bool(text) and text.isalpha()


@native("String.isAlphaSpace")
def is_alpha_space(text: str) -> bool:
    return _all(text, lambda c: c == " " or c.isalpha())


@native("String.isAlphanumeric")
def is_alphanumeric(text: str) -> bool:
    return bool(text) and _all(text, lambda c: c.isalpha() or c.isdecimal())


@native("String.isAlphanumericSpace")
def is_alphanumeric_space(text: str) -> bool:
    return _all(text, lambda c: c == " " or c.isalpha() or c.isdecimal())


@native("String.isAsciiPrintable")
def is_ascii_printable(text: str) -> bool:
    return _all(text, lambda c: " " <= c <= "~")


@native("String.isNumeric")
def is_numeric(text: str) -> bool:
    return bool(text) and text.isdecimal()


@native("String.isNumericSpace")
def is_numeric_space(text: str) -> bool:
    return _all(text, lambda c: c == " " or c.isdecimal())


@native("String.isWhitespace")
def is_whitespace(text: str) -> bool:
    return _all(text, _is_java_space)


@native("String.isAllLowerCase")
def is_all_lower_case(text: str) -> bool:
    return bool(text) and _all(text, lambda c: c.islower())


@native("String.isAllUpperCase")
def is_all_upper_case(text: str) -> bool:
    return bool(text) and _all(text, lambda c: c.isupper())


@native("String.isBlank")
def is_blank(text: str | None) -> bool:
    return text is None or not text or _all(text, _is_java_space)


@native("String.isNotBlank")
def is_not_blank(text: str | None) -> bool:
    return not is_blank(text)


@native("String.isEmpty")
def is_empty(text: str | None) -> bool:
    return not text


@native("String.isNotEmpty")
def is_not_empty(text: str | None) -> bool:
    return bool(text)


@native("String.getLevenshteinDistance(String)")
def levenshtein(text: str, other: str) -> int:
    required(other)
    left, right = units(text), units(other)
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


@native("String.getLevenshteinDistance(String, Integer)")
def levenshtein_within(text: str, other: str, threshold: int) -> int:
    """The distance, or -1 when it is over the threshold."""
    required(other, threshold)
    if threshold < 0:
        raise StringException("Threshold must not be negative")
    distance = levenshtein(text, other)
    return distance if distance <= threshold else -1
