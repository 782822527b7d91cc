"""``Process.PluginResult``: what an Apex plug-in of flows answers (Apex Reference Guide, Process Namespace)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.registry import platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.values import PlatformObject


@platform("Process.PluginResult")
class PluginResult(PlatformObject):
    """``Process.PluginResult``: output parameters, given at once or as a single one by its name."""

    __slots__ = ("outputParameters",)

    def __init__(self, given: Any, *value: Any) -> None:
        self.outputParameters = given
        if value:
            self.outputParameters = Map(types.map_of(types.STRING, types.OBJECT))
            self.outputParameters.put(given, value[0])
