"""What can be read off Apex source text without compiling it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"'(?:\\.|[^'\\\n])*'|/\*.*?\*/|//[^\n]*", re.DOTALL)
_TRIGGER = re.compile(r"\s*trigger\s+(\w+)\s+on\s+(\w+)\s*\(([^)]*)\)", re.IGNORECASE)
_EVENT = re.compile(r"(before|after)\s+(insert|update|delete|undelete)", re.IGNORECASE)


@dataclass(frozen=True)
class TriggerHeader:
    """The header of a trigger: events in lower case, one blank between the words."""

    name: str
    sobject: str
    events: frozenset[str]


def without_comments(source: str) -> str:
    """The source without its comments; string literals stay as they are."""
    return _TOKEN.sub(lambda m: m.group(0) if m.group(0).startswith("'") else "", source)


def header(source: str) -> TriggerHeader | None:
    """The header of a trigger's source, ``None`` when it has none."""
    match = _TRIGGER.match(without_comments(source))
    if match is None:
        return None
    events = frozenset(f"{a} {b}".lower() for a, b in _EVENT.findall(match.group(3)))
    return TriggerHeader(match.group(1), match.group(2), events)
