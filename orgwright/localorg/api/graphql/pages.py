"""Connections: pages of records with cursors, as the Relay specification has them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orgwright.localorg.api.graphql.document import Asked

_FIRST = 10
_MOST = 2000
Read = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Page:
    """Which of the rows are shown: ``size`` of them, after the first ``start``."""

    start: int
    size: int


def page_of(asked: Asked, allowed: Sequence[str]) -> Page:
    """The page that the arguments ``first`` and ``after`` choose."""
    for name in asked.arguments:
        if name not in allowed:
            raise asked.invalid("UnknownArgument", f"Unknown field argument {name}")
    first = asked.arguments.get("first")
    size = _FIRST if first is None else first
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= _MOST:
        raise asked.invalid("WrongType", f"argument 'first' with value '{first}' must be from 1 to {_MOST}")
    after = asked.arguments.get("after")
    return Page(0 if after is None else _row(asked, after), size)


def _row(asked: Asked, cursor: Any) -> int:
    try:
        found = json.loads(base64.b64decode(str(cursor), validate=True))
        if isinstance(found, dict) and isinstance(found["row"], int) and found["row"] >= 0:
            return int(found["row"])
    except (binascii.Error, ValueError, KeyError):
        pass
    raise asked.invalid("WrongType", f"argument 'after' with value '{cursor}' is not a cursor of this org")


def _cursor(row: int) -> str:
    return base64.b64encode(json.dumps({"row": row}).encode()).decode()


def connection(
    asked: Asked, page: Page, node: Callable[[Asked], Read], name: str
) -> Callable[[Sequence[Mapping[str, Any]], int], Any]:
    """What turns rows (from the first one on) and the number of all rows into what ``asked`` describes."""
    if not asked.asked:
        raise asked.invalid(
            "SubSelectionRequired", f"Sub selection required for type {name}Connection of field {asked.name}"
        )
    readers: dict[str, Callable[[Sequence[Mapping[str, Any]], int], Any]] = {}
    for one in asked.asked:
        readers[one.alias] = _part(one, page, node, name)
    return lambda rows, total: {key: reader(rows, total) for key, reader in readers.items()}


def _part(
    asked: Asked, page: Page, node: Callable[[Asked], Read], name: str
) -> Callable[[Sequence[Mapping[str, Any]], int], Any]:
    end = page.start + page.size
    if asked.name == "edges":
        edge = _edge(asked, node, name)
        return lambda rows, total: [edge(row, n) for n, row in enumerate(rows[page.start : end], page.start)]
    if asked.name == "totalCount":
        return lambda rows, total: total
    if asked.name == "pageResultCount":
        return lambda rows, total: len(rows[page.start : end])
    if asked.name == "pageInfo":
        return _page_info(asked, page)
    if asked.name == "__typename":
        return lambda rows, total: f"{name}Connection"
    raise asked.undefined(f"{name}Connection")


def _edge(
    asked: Asked, node: Callable[[Asked], Read], name: str
) -> Callable[[Mapping[str, Any], int], Mapping[str, Any]]:
    readers: dict[str, Callable[[Mapping[str, Any], int], Any]] = {}
    for one in asked.asked:
        if one.name == "node":
            readers[one.alias] = _numbered(node(one))
        elif one.name == "cursor":
            readers[one.alias] = lambda row, n: _cursor(n + 1)
        elif one.name == "__typename":
            readers[one.alias] = lambda row, n: f"{name}Edge"
        else:
            raise one.undefined(f"{name}Edge")
    return lambda row, n: {key: reader(row, n) for key, reader in readers.items()}


def _numbered(read: Read) -> Callable[[Mapping[str, Any], int], Any]:
    return lambda row, n: read(row)


def _page_info(asked: Asked, page: Page) -> Callable[[Sequence[Mapping[str, Any]], int], Any]:
    for one in asked.asked:
        if one.name not in ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor", "__typename"):
            raise one.undefined("PageInfo")

    def read(rows: Sequence[Mapping[str, Any]], total: int) -> Any:
        shown = len(rows[page.start : page.start + page.size])
        facts = {
            "hasNextPage": len(rows) > page.start + page.size,
            "hasPreviousPage": page.start > 0,
            "startCursor": _cursor(page.start + 1) if shown else None,
            "endCursor": _cursor(page.start + shown) if shown else None,
            "__typename": "PageInfo",
        }
        return {one.alias: facts[one.name] for one in asked.asked}

    return read
