"""How the values of a source row become the values of a record: translated, looked up, or the row is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from orgwright.spec.model import Column

SEPARATOR = " / "

Found = Table[str, Table[str, str]]
"""Target column -> value in lower case -> the Id that it stands for."""

_NUMBERS = frozenset({"double", "int", "long", "currency", "percent"})

Convert = Callable[[str], str]


class Unmapped(ValueError):
    """A value that the translation does not have."""


@dataclass(frozen=True)
class Used:
    """A column of the mapping that the source has: where its parts stand in a row, and what becomes of them."""

    column: Column
    places: tuple[int, ...]
    convert: Convert | None

    def value(self, values: list[str]) -> str:
        """The value for the target.

        Raises:
            Unmapped: the translation does not have it.
        """
        text = values[self.places[0]]
        if len(self.places) > 1:
            parts = [values[place] for place in self.places]
            text = SEPARATOR.join(parts) if any(parts) else ""
        return self.convert(text) if self.convert is not None else text


def used(columns: Iterable[Column], source_columns: list[str], found: Found) -> list[Used]:
    """What is done for each column of a mapping; one that the source does not have is left out."""
    made = []
    for column in columns:
        if all(name in source_columns for name in column.sources):
            places = tuple(source_columns.index(name) for name in column.sources)
            made.append(Used(column, places, converter(column, found.get(column.api_name))))
    return made


def converter(column: Column, ids: Table[str, str] | None) -> Convert | None:
    """What turns the source's value into the target's; None: it passes as it is."""
    translate = _translator(column) if column.translate else None
    default = column.default
    if translate is None and default is None and ids is None:
        return None

    def convert(value: str) -> str:
        text = translate(value) if translate is not None else value
        text = text or default or ""
        return ids[text.lower()] if ids is not None and text else text

    return convert


def _translator(column: Column) -> Convert:
    table = column.translate
    patterns = [(key, key.split(SEPARATOR)) for key in table if column.also and "*" in key]
    strict = column.unmapped == "refuse"

    def translate(value: str) -> str:
        if value in table:
            return table[value]
        parts = value.split(SEPARATOR)
        for key, wanted in patterns:
            if len(parts) == len(wanted) and all(w in ("*", part) for w, part in zip(wanted, parts, strict=True)):
                return table[key]
        if strict and value:
            raise Unmapped(value)
        return value

    return translate


def key_form(describe: Table[str, Any], key: str) -> Convert:
    """What keys are compared by: text without case, numbers by their value (a bulk query tells 7 as 7.0).

    Args:
        describe: of the object.
        key: its external ID.
    """
    kind = next((f.get("type", "string") for f in describe["fields"] if f["name"].lower() == key.lower()), "string")
    return _number if kind in _NUMBERS else str.lower


def _number(text: str) -> str:
    try:
        return f"{Decimal(text.strip()).normalize():f}"
    except InvalidOperation:
        return text
