"""Apex cursors: a query whose rows are fetched in parts (Apex Reference Guide, Cursor and PaginationCursor Classes).

A cursor fixes the Ids of its rows when it is made; rows that are gone by the time of a fetch are left out.
"""

from __future__ import annotations

from typing import Any

from orgwright.apex.host import AccessMode
from orgwright.apex.library.access import AccessLevel
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.database import _access, _binds, _rtype
from orgwright.apex.library.registry import contextual, native, platform
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import InvalidParameterValueException
from orgwright.apex.runtime.values import PlatformObject

MAX_PAGE = 2_000


class _Cursor(PlatformObject):
    """A query with the Ids that it had at first."""

    __slots__ = ("access", "binds", "ids", "text")

    def __init__(self, text: str, binds: dict[str, Any], access: AccessMode, ids: list[Any]) -> None:
        self.text, self.binds, self.access, self.ids = text, binds, access, ids

    def getNumRecords(self) -> int:
        """The number of rows when the cursor was made."""
        return len(self.ids)

    def _there(self, execution: Any) -> tuple[List, dict[Any, Any]]:
        execution.limits.count("fetchcallsonapexcursor")
        rows = execution.query(self.text, self.binds, self.access, _rtype(execution, self.text), counts=False)
        return rows, {row.fields.get("Id"): row for row in rows.items}

    def _part(self, start: int | None, count: int | None) -> list[Any]:
        if start is None or count is None:
            raise null_argument(1 if start is None else 2)
        if start < 0 or count < 0 or start > len(self.ids):
            raise InvalidParameterValueException(f"Invalid position {start}, count {count}")
        return self.ids[start : start + count]


@platform("Database.Cursor")
class Cursor(_Cursor):
    """``Database.Cursor``."""

    __slots__ = ()

    @contextual
    def fetch(self, execution: Any, position: int | None, count: int | None) -> List:
        """The rows of that part that are still there."""
        part = self._part(position, count)
        rows, there = self._there(execution)
        return List(rows.rtype, [there[id] for id in part if id in there])


@platform("Database.CursorFetchResult")
class CursorFetchResult(PlatformObject):
    """``Database.CursorFetchResult``: one page."""

    __slots__ = ("deleted", "done", "next_index", "records")

    def __init__(self, records: List, next_index: int, deleted: int, done: bool) -> None:
        self.records, self.next_index, self.deleted, self.done = records, next_index, deleted, done

    def getRecords(self) -> List:
        """The rows of the page."""
        return self.records

    def getNextIndex(self) -> int:
        """Where the next page begins."""
        return self.next_index

    def getNumDeletedRecords(self) -> int:
        """How many rows that are gone were passed over."""
        return self.deleted

    def isDone(self) -> bool:
        """Whether no rows are left behind the page."""
        return self.done


@platform("Database.PaginationCursor")
class PaginationCursor(_Cursor):
    """``Database.PaginationCursor``: pages are filled up although rows were deleted."""

    __slots__ = ()

    @contextual
    def fetchPage(self, execution: Any, start: int | None, size: int | None) -> CursorFetchResult:
        """A page of up to ``size`` rows, from the one at ``start`` on."""
        self._part(start, size)
        assert start is not None and size is not None
        if size > MAX_PAGE:
            raise InvalidParameterValueException(f"The page size {size} is over {MAX_PAGE}")
        rows, there = self._there(execution)
        found: list[Any] = []
        index = start
        while index < len(self.ids) and len(found) < size:
            row = there.get(self.ids[index])
            if row is not None:
                found.append(row)
            index += 1
        return CursorFetchResult(List(rows.rtype, found), index, index - start - len(found), index >= len(self.ids))

    @contextual
    def fetchDeleted(self, execution: Any, start: int | None, size: int | None) -> int:
        """How many rows of a part were deleted since the cursor was made."""
        part = self._part(start, size)
        _, there = self._there(execution)
        return sum(1 for id in part if id not in there)


def _made(
    execution: Any, kind: type[_Cursor], soql: str | None, binds: dict[str, Any] | None, level: AccessLevel | None
) -> Any:
    if soql is None:
        raise null_argument(1)
    access = _access(execution, level)
    values = _binds(execution, soql) if binds is None else binds
    rows = execution.query(soql, values, access, _rtype(execution, soql), counts=False)
    execution.limits.count("queries")
    execution.limits.count("apexcursorrows", len(rows.items))
    return kind(soql, values, access, [row.fields.get("Id") for row in rows.items])


@native("Database.getCursor", context=True)
def get_cursor(execution: Any, soql: str | None, level: AccessLevel | None = None) -> Any:
    return _made(execution, Cursor, soql, None, level)


@native("Database.getPaginationCursor", context=True)
def get_pagination_cursor(execution: Any, soql: str | None, level: AccessLevel | None = None) -> Any:
    return _made(execution, PaginationCursor, soql, None, level)


@native("Database.getCursorWithBinds", context=True)
def get_cursor_with_binds(execution: Any, soql: str | None, binds: Any, level: AccessLevel | None) -> Any:
    return _made(execution, Cursor, soql, _given(execution, soql, binds), level)


@native("Database.getPaginationCursorWithBinds", context=True)
def get_pagination_cursor_with_binds(execution: Any, soql: str | None, binds: Any, level: AccessLevel | None) -> Any:
    return _made(execution, PaginationCursor, soql, _given(execution, soql, binds), level)


def _given(execution: Any, soql: str | None, binds: Any) -> dict[str, Any]:
    if soql is None or binds is None:
        raise null_argument(1 if soql is None else 2)
    return _binds(execution, soql, binds)
