"""Binds of dynamic SOQL: ``:name`` in a text means a variable of the code that runs the query.

Only simple names may be bound. They are looked up as Apex does: locals, then fields of ``this``, then statics of the
class and of the classes around it.
"""

from __future__ import annotations

import re
import sys
from types import FrameType
from typing import Any

from orgwright.apex.runtime.exceptions import QueryException
from orgwright.apex.runtime.values import all_fields

_TOKENS = re.compile(r"'(?:[^'\\]|\\.)*'|:\s*([A-Za-z][\w.]*)")
_LOCAL = re.compile(r"v(\d+)_(.+)")
_MISSING = object()


def names_in(soql: str) -> list[str]:
    """The names that a text binds, in their order."""
    return [match.group(1) for match in _TOKENS.finditer(soql) if match.group(1)]


def binds_of(execution: Any, soql: str) -> dict[str, Any]:
    """The values of the binds of a text, taken from the calling Apex code."""
    names = names_in(soql) if ":" in soql else []
    if not names:
        return {}
    frame = _calling_frame(execution)
    return {name: _value(execution, frame, name) for name in names}


def _calling_frame(execution: Any) -> FrameType | None:
    """The innermost frame of generated code."""
    space = execution.image.globals
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals is not space:
        frame = frame.f_back
    return frame


def _value(execution: Any, frame: FrameType | None, name: str) -> Any:
    found = _MISSING
    if frame is not None and "." not in name:
        found = _local(frame, name.lower())
        if found is _MISSING:
            found = _field(frame.f_locals.get("self"), name.lower())
        if found is _MISSING:
            found = _static(execution, frame.f_code.co_name, name.lower())
    if found is _MISSING:
        raise QueryException(f"Variable does not exist: {name}")
    return found


def _local(frame: FrameType, name: str) -> Any:
    """The newest local of that name."""
    best, found = -1, _MISSING
    for local, value in frame.f_locals.items():
        match = _LOCAL.fullmatch(local)
        if match and match.group(2) == name and int(match.group(1)) > best:
            best, found = int(match.group(1)), value
    return found


def _field(receiver: Any, name: str) -> Any:
    field = all_fields(type(receiver)).get(name)
    if field is None:
        return _MISSING
    getter = getattr(receiver, f"get:{name}", None)
    return getter() if getter is not None else getattr(receiver, field[1])


def _static(execution: Any, function: str, name: str) -> Any:
    space = execution.image.globals
    owner = function.partition("(")[0]
    while "." in owner:
        owner = owner.rpartition(".")[0]
        key = f"s:{owner}.{name}"
        if key in space:
            return execution.image.static(owner, key)
        getter = space.get(f"{owner}.get:{name}")
        if getter is not None:
            return getter()
    return _MISSING
