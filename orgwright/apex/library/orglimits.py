"""``System.OrgLimits`` (Apex Reference Guide, OrgLimits Class)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import PlatformObject


@platform("System.OrgLimit")
class OrgLimit(PlatformObject):
    """A limit of the whole org. What the org has used of it is counted by the server, not in Apex: always 0 here."""

    __slots__ = ("limit", "name")

    def __init__(self, name: str, limit: int) -> None:
        self.name, self.limit = name, limit

    def getName(self) -> str:
        """Its name: ``DailyApiRequests``."""
        return self.name

    def getLimit(self) -> int:
        """The highest value."""
        return self.limit

    def getValue(self) -> int:
        """What is used of it."""
        return 0

    def apex_text(self, limit: int | None = None) -> str:
        """Its name and figures."""
        return f"OrgLimit[name={self.name}, limit={self.limit}, value=0]"


_ELEMENT = RType("platform", OrgLimit.apex_type, (), OrgLimit)


@native("OrgLimits.getAll", context=True)
def all_limits(execution: Any) -> List:
    """Every limit, by name."""
    found = [OrgLimit(name, most) for name, most in execution.host.org_limits().items()]
    return List(types.list_of(_ELEMENT), found)


@native("OrgLimits.getMap", context=True)
def limits_by_name(execution: Any) -> Map:
    """Every limit under its name."""
    pairs = [(name, OrgLimit(name, most)) for name, most in execution.host.org_limits().items()]
    return Map.of(types.map_of(types.STRING, _ELEMENT), pairs)
