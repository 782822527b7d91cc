"""What a query gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from orgwright.apex.host import Record

QueryKind = Literal["records", "count", "aggregate"]


@dataclass(frozen=True)
class Column:
    """One selected thing, as ``columns=true`` and Bulk headers show it.

    ``name`` is the key in the row (``Name``, ``Account``, ``expr0``), ``path`` the full path (``Account.Name``), ``keys`` the
    foreign keys of its parents (``AccountId``), ``field`` the API name of the field or ``None``, ``text`` an aggregate
    without alias as written, ``children`` the columns of a parent or sub-query.
    """

    name: str
    path: str
    type: str
    sobject: str | None = None
    field: str | None = None
    keys: tuple[str, ...] = ()
    text: str = ""
    createable: bool = False
    updateable: bool = False
    aggregate: bool = False
    subquery: bool = False
    children: tuple[Column, ...] = ()


@dataclass(frozen=True)
class QueryResult:
    """Rows of a query; ``total`` is the size of the answer, for ``COUNT()`` the count (and no rows)."""

    records: list[Record]
    total: int
    kind: QueryKind
    sobject: str
    columns: Sequence[Column] = field(default_factory=tuple)
