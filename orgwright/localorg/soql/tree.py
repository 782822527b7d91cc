"""What a SOQL text says, before anybody asked the schema. ``at`` is the 0-based offset in the text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal as OneOf


@dataclass(frozen=True, slots=True)
class Path:
    """A field path: ``Account.Owner.Name``."""

    parts: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        """As written, with dots."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Call:
    """``COUNT()``, ``SUM(Amount)``, ``CALENDAR_YEAR(convertTimezone(CreatedDate))``, ``DISTANCE(...)``."""

    name: str
    arguments: tuple[Operand, ...]
    at: int
    text: str = ""
    """As written, without spaces."""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal. ``kind``: string, number, date, datetime, boolean, null, dateliteral, currency, bind, geolocation."""

    kind: str
    value: object
    at: int
    count: int | None = None
    """The number of a date literal such as ``LAST_N_DAYS:30``."""


Operand = Path | Call | Value


@dataclass(frozen=True, slots=True)
class Item:
    """One selected field or function with its alias."""

    what: Path | Call
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class TypeOf:
    """``TYPEOF What WHEN Account THEN Phone ELSE Name END``."""

    path: Path
    whens: tuple[tuple[str, int, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """``FIELDS(ALL)``, ``FIELDS(STANDARD)``, ``FIELDS(CUSTOM)``."""

    group: str
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left operator right``; ``right`` is a tuple for IN, INCLUDES and EXCLUDES, or a sub-query for IN."""

    left: Path | Call
    operator: str
    right: Value | tuple[Value, ...] | Query
    at: int


@dataclass(frozen=True, slots=True)
class Logic:
    """``AND`` or ``OR`` of conditions, or ``NOT`` of one."""

    operator: OneOf["AND", "OR", "NOT"]
    parts: tuple[Condition, ...]


Condition = Comparison | Logic


def comparisons(condition: Condition | None, *, within: Collection[str] = ("AND", "OR", "NOT")) -> Iterator[Comparison]:
    """The comparisons that a condition is made of, as far as such operators join them."""
    if isinstance(condition, Comparison):
        yield condition
    elif condition is not None and condition.operator in within:
        for part in condition.parts:
            yield from comparisons(part, within=within)


@dataclass(frozen=True, slots=True)
class Order:
    """One ORDER BY entry; ``nulls`` is FIRST, LAST or ``None``."""

    what: Path | Call
    descending: bool = False
    nulls: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """GROUP BY; ``kind`` is plain, ROLLUP or CUBE."""

    kind: str
    by: tuple[Path | Call, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One name in FROM: an object, a child relationship, or ``alias.Relationship``."""

    path: Path
    alias: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """A whole SELECT statement."""

    select: tuple[Item | TypeOf | Fields | Query, ...]
    sources: tuple[Source, ...]
    at: int
    where: Condition | None = None
    group: Group | None = None
    having: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: Value | None = None
    offset: Value | None = None
    scope: str | None = None
    security: str | None = None
    all_rows: bool = False
    for_clauses: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    alias: str | None = None
