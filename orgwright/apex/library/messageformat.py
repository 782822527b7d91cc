"""``String.format``, the patterns of Java's MessageFormat, and ``String.template`` with its places by name."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from orgwright.apex.library.arguments import given, required
from orgwright.apex.library.numbertext import grouped
from orgwright.apex.library.registry import native
from orgwright.apex.runtime.exceptions import NotSupported, StringException
from orgwright.apex.runtime.text import to_text
from orgwright.apex.runtime.values import Long


@native("String.format")
def format_message(pattern: str, arguments: Any) -> str:
    """Fill ``{0}`` places; ``''`` is a quote, text between single quotes is literal."""
    given(pattern, arguments)
    # each argument is asked for its text once, in their order, however often the pattern names it
    values = [(value, to_text(value, None)) for value in arguments]
    out: list[str] = []
    at, quoted = 0, False
    while at < len(pattern):
        char = pattern[at]
        if char == "'":
            if pattern[at + 1 : at + 2] == "'":
                out.append("'")
                at += 2
                continue
            quoted = not quoted
        elif char == "{" and not quoted:
            end = _closing(pattern, at)
            out.append(_place(pattern[at : end + 1], values))
            at = end
        else:
            out.append(char)
        at += 1
    return "".join(out)


def _closing(pattern: str, start: int) -> int:
    depth, quoted = 0, False
    for at in range(start, len(pattern)):
        char = pattern[at]
        if char == "'":
            quoted = not quoted
        elif not quoted and char in "{}":
            depth += 1 if char == "{" else -1
            if depth == 0:
                return at
    raise StringException("Unmatched braces in the pattern.")


def _place(place: str, values: list[tuple[Any, str]]) -> str:
    number, _, style = place[1:-1].partition(",")
    number = number.strip()
    if not (number.isascii() and number.isdigit()):
        return place
    index = int(number)
    if index >= len(values):
        return "{" + str(index) + "}"
    value, text = values[index]
    return text if not style else _styled(value, style.strip(), place)


def _styled(value: Any, style: str, place: str) -> str:
    if value is None:
        return "null"
    kind = style.partition(",")[0].strip()
    if kind == "number":
        if value.__class__ not in (int, Long, float, Decimal):
            raise StringException("Cannot format given Object as a Number")
        if style == "number":
            return grouped(Decimal(str(value)))
        if style.partition(",")[2].strip() == "integer":
            return grouped(Decimal(str(value)).to_integral_value())
    raise NotSupported(f"The format element {place}")


_NAMED = re.compile(r"(\$?)\$\{([^}]*)\}")


@native("String.template")
def fill_template(template: str, values: Any) -> str:
    """Fill ``${name}`` places; ``$${name}`` stays as ``${name}``."""
    required(values)

    def value(place: re.Match[str]) -> str:
        escape, name = place.groups()
        if escape:
            return f"${{{name}}}"
        if not values.containsKey(name):
            raise StringException(f"String template missing value for variable: {name}")
        return to_text(values.get(name), None)

    return _NAMED.sub(value, template)
