"""Picklists of Lightning components (Apex Reference Guide, VisualEditor Namespace)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.registry import platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import PlatformObject


@platform("VisualEditor.DataRow")
class DataRow(PlatformObject):
    """``VisualEditor.DataRow``: one entry."""

    __slots__ = ("_label", "_selected", "_value")

    def __init__(self, label: str | None, value: Any, selected: bool | None = False) -> None:
        self._label, self._value, self._selected = label, value, bool(selected)

    def getLabel(self) -> str | None:
        """What is shown."""
        return self._label

    def getValue(self) -> Any:
        """What it stands for."""
        return self._value

    def isSelected(self) -> bool:
        """Whether it is chosen."""
        return self._selected

    def compareTo(self, other: DataRow) -> int:
        """The order of the labels."""
        mine, its = self._label or "", other._label or ""
        return (mine > its) - (mine < its)


@platform("VisualEditor.DynamicPickListRows")
class DynamicPickListRows(PlatformObject):
    """``VisualEditor.DynamicPickListRows``: the entries of a picklist."""

    __slots__ = ("_all", "_rows")

    def __init__(self, rows: List | None = None, all_rows: bool | None = False) -> None:
        self._rows = List(types.list_of(RType("platform", DataRow.apex_type, (), DataRow)))
        if rows is not None:
            self._rows.addAll(rows)
        self._all = bool(all_rows)

    def addRow(self, row: DataRow) -> None:
        """Add an entry."""
        self._rows.add(row)

    def addAllRows(self, rows: List | None) -> None:
        """Add entries."""
        self._rows.addAll(rows)

    def containsAllRows(self) -> bool:
        """Whether these are all there are."""
        return self._all

    def setContainsAllRows(self, all_rows: bool | None) -> None:
        """Say whether these are all there are."""
        self._all = bool(all_rows)

    def get(self, index: int) -> Any:
        """The entry at that place."""
        return self._rows.get(index)

    def getDataRows(self) -> List:
        """The entries."""
        return self._rows.clone()

    def size(self) -> int:
        """How many entries there are."""
        return self._rows.size()

    def sort(self) -> None:
        """Order the entries by their labels."""
        self._rows.sort()
