"""``System.Search`` (Apex Reference Guide, Search Class): dynamic SOSL."""

from __future__ import annotations

import re
from typing import Any

from orgwright.apex.library.access import AccessLevel
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.dynamicbinds import binds_of
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import NotSupported
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import PlatformObject

_CLAUSES = re.compile(r"\bWITH\s+SNIPPET\b", re.IGNORECASE)


@native("Search.query", context=True)
def query(execution: Any, sosl: str | None, level: AccessLevel | None = None) -> Any:
    if sosl is None:
        raise null_argument(1)
    access = execution.access_of(level.plain_mode() if level is not None else None)
    return execution.search(sosl, binds_of(execution, sosl), access)


@platform("Search.SearchResult")
class SearchResult(PlatformObject):
    """``Search.SearchResult``: one record that was found."""

    __slots__ = ("record",)

    def __init__(self, record: Any = None) -> None:
        self.record = record

    def getSObject(self) -> Any:
        """The record."""
        return self.record


@platform("Search.SearchResults")
class SearchResults(PlatformObject):
    """``Search.SearchResults``: what was found, by object."""

    __slots__ = ("lists",)

    def __init__(self, lists: Any = ()) -> None:
        self.lists = lists

    def get(self, name: str | None) -> List:
        """The results of one object."""
        if name is None:
            raise null_argument()
        found = [
            SearchResult(record)
            for records in self.lists
            for record in records.items
            if record.sobject_type.name.lower() == name.lower()
        ]
        return List(types.list_of(RType("platform", SearchResult.apex_type, (), SearchResult)), found)


@native("Search.find", context=True)
def find(execution: Any, sosl: str | None, level: AccessLevel | None = None) -> SearchResults:
    if sosl is not None and _CLAUSES.search(sosl):
        raise NotSupported("WITH SNIPPET of SOSL")
    return SearchResults(query(execution, sosl, level).items)
