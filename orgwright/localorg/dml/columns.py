"""A column of CSV cells to the forms in which the store keeps them, all at once.

Loads bring columns of plain values by the thousand: no function is called for each cell of them. A column with a cell
that is blank or does not fit is left to :mod:`.coerce`, cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from orgwright.localorg.dml.coerce import SURE, Coercer, Refused, integer_limit, is_text, text_length
from orgwright.localorg.schema.model import DECIMAL_TYPES, Field

Column = Callable[[Sequence[str]], Sequence[Any] | None]
"""The stored forms of cells of which none is empty; ``None`` when a cell needs a look of its own."""


def column(field: Field, coerce: Coercer) -> Column:
    """The function for the columns of one field; ``coerce`` is that for one of its cells."""
    if is_text(field):
        return _texts(text_length(field))
    if field.type in ("int", "long"):
        return _numbers(coerce, 1, integer_limit(field))
    if field.type in DECIMAL_TYPES:
        return _numbers(coerce, 10**field.scale, 10 ** (field.precision or 18))
    return lambda cells: _each(coerce, cells)


def _each(coerce: Coercer, cells: Sequence[str]) -> Sequence[Any] | None:
    try:
        return list(map(coerce, cells))
    except Refused:
        return None


def _texts(length: int) -> Column:
    def convert(cells: Sequence[str]) -> Sequence[Any] | None:
        texts = list(map(str.strip, cells))
        if max(map(len, texts)) > length:
            return None
        return texts if "" not in texts else [text or None for text in texts]

    return convert


def _numbers(coerce: Coercer, power: int, limit: int) -> Column:
    def convert(cells: Sequence[str]) -> Sequence[Any] | None:
        if max(map(len, cells)) >= SURE or not "".join(cells).isdecimal():
            return _each(coerce, cells)
        numbers = [int(cell) * power for cell in cells]
        return numbers if max(numbers) < limit else None

    return convert
