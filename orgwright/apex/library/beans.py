"""Platform classes that only hold data: their Python is made from their declarations.

A class is one of these when it can be made without arguments and all its methods read or write a property
(``getX``, ``isX``, ``setX``). Whatever does more has a module of its own or is not supported.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from orgwright.apex.runtime.text import to_text
from orgwright.apex.runtime.values import PlatformObject
from orgwright.apex.types.library import index, read_header

_METHOD = re.compile(r"  \S+ (get|is|set)(\w+)\((.*)\)")
_PROPERTY = re.compile(r"  (?:readonly )?(\S+) (\w+)")
_COMMON = re.compile(r"  (?:Boolean equals\(Object\)|Integer hashCode\(\)|String toString\(\)|Object clone\(\))")
_SUPER = re.compile(r" extends ([\w.]+)")


class Bean(PlatformObject):
    """Data of a platform class; ``properties`` lists the names in the order of the declaration."""

    properties: tuple[str, ...] = ()

    def apex_text(self, limit: int | None = None) -> str:
        """``ConnectApi.X[a=1, b=null]``."""
        inner = ", ".join(f"{name}={to_text(getattr(self, name), limit)}" for name in self.properties)
        return f"{self.apex_type}[{inner}]"


def find(name: str) -> type[Bean] | None:
    """The class of a platform type that only holds data, ``None`` for every other."""
    return _made(name.lower().removeprefix("system."))


@functools.cache
def _made(key: str) -> type[Bean] | None:
    block = index().get(key) or index().get(f"system.{key}")
    if block is None:
        return None
    lines = block.rstrip().split("\n")
    declared = read_header(block)
    if declared.kind != "class" or declared.variables or ("  ()" not in lines and not declared.abstract):
        return None
    parent = _SUPER.search(lines[0])
    base: type[Bean] | None = Bean
    if parent is not None:
        base = find(parent.group(1))
    if base is None:
        return None
    space = _namespace(lines[1:], base)
    if space is None:
        return None
    return type(declared.name.rsplit(".", 1)[-1], (base,), {**space, "apex_type": declared.name})


def _namespace(lines: list[str], base: type[Bean]) -> dict[str, Any] | None:
    space: dict[str, Any] = {}
    names: dict[str, str] = {name.lower(): name for name in base.properties}
    methods: list[tuple[str, str]] = []
    for line in lines:
        if line == "  ()" or _COMMON.fullmatch(line):
            continue
        method, plain = _METHOD.fullmatch(line), _PROPERTY.fullmatch(line)
        if method is not None and (method.group(1) == "set") == bool(method.group(3)) and "," not in method.group(3):
            methods.append((method.group(1), method.group(2)))
        elif plain is not None:
            names[plain.group(2).lower()] = plain.group(2)
            space[plain.group(2)] = None
        else:
            return None
    for verb, subject in methods:
        attribute = names.setdefault(subject.lower(), subject[0].lower() + subject[1:])
        space.setdefault(attribute, getattr(base, attribute, None))
        space[verb + subject] = _writer(attribute) if verb == "set" else _reader(attribute)
    space["properties"] = tuple(names.values())
    return space


def _reader(attribute: str) -> Callable[[Any], Any]:
    return lambda self: getattr(self, attribute)


def _writer(attribute: str) -> Callable[[Any, Any], None]:
    return lambda self, value: setattr(self, attribute, value)
