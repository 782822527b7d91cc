"""Platform classes that only hold data: their Python is made from their declarations.

A class is one of these when it can be made without arguments and all its methods read or write a property
(``getX``, ``isX``, ``setX``). Whatever does more has a module of its own or is not supported.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from orgwright.apex.library import dmlresults
from orgwright.apex.library.beanarguments import ARGUMENTS, PARTLY
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.text import to_text
from orgwright.apex.runtime.values import PlatformObject
from orgwright.apex.types.library import index, read_header

_METHOD = re.compile(r"  \S+ (get|is|set)(\w+)\((.*)\)")
_PROPERTY = re.compile(r"  (?:readonly )?(\S+) (\w+)")
_COMMON = re.compile(r"  (?:Boolean equals\(Object\)|Integer hashCode\(\)|String toString\(\)|Object clone\(\))")
_SUPER = re.compile(r" extends ([\w.]+)")


_FROM_JSON = frozenset(("approval.lockresult", "approval.unlockresult", "approval.processresult"))
"""Results that only the platform makes: tests get theirs from JSON, and write them as JSON."""


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
    arguments = ARGUMENTS.get(key, ())
    made_freely = "  ()" in lines or declared.abstract or key in _FROM_JSON or bool(arguments)
    if declared.kind != "class" or declared.variables or not made_freely:
        return None
    parent = _SUPER.search(lines[0])
    base: type[Bean] | None = Bean
    if parent is not None:
        base = find(parent.group(1))
    if base is None:
        return None
    kept = [line for line in lines[1:] if not (arguments and line.startswith("  ("))]
    space = _namespace(kept, base, all_of_it=key not in PARTLY)
    if space is None:
        return None
    if arguments:
        space["__init__"] = _initialiser(arguments)
    made = type(declared.name.rsplit(".", 1)[-1], (base,), {**space, "apex_type": declared.name})
    if key in _FROM_JSON:
        made.json_properties = _json_properties(lines[1:])  # type: ignore[attr-defined]
        made.json_members = {  # type: ignore[attr-defined]
            name: types.STRING if kind is types.ID else kind
            for name, kind in made.json_properties.items()  # type: ignore[attr-defined]
        }
        made.from_json = classmethod(_from_json)  # type: ignore[attr-defined]
        made.json_fields = _json_fields  # type: ignore[attr-defined]
    return made


def _json_properties(lines: list[str]) -> dict[str, types.RType]:
    """The types of the properties that JSON can give."""
    error = dmlresults.Error.rtype()
    known = {
        "Id": types.ID, "String": types.STRING, "Boolean": types.BOOLEAN, "List<Id>": types.list_of(types.ID),
        "List<Database.Error>": types.list_of(error),
    }  # fmt: skip
    found = {}
    for line in lines:
        plain = _PROPERTY.fullmatch(line)
        if plain is not None and plain.group(1) in known:
            found[plain.group(2)] = known[plain.group(1)]
    return found


def _from_json(cls: type[Bean], values: dict[str, Any]) -> Bean:
    """A result with these members; one that is not told is false, null or an empty list."""
    made = cls()
    properties: dict[str, types.RType] = cls.json_properties  # type: ignore[attr-defined]
    for name, kind in properties.items():
        empty = List(kind) if kind.kind == "list" else False if kind is types.BOOLEAN else None
        value = values.get(name, empty)
        setattr(made, name, dmlresults.told_id(value) if kind is types.ID else value)
    return made


def _json_fields(self: Bean) -> dict[str, Any]:
    """Its properties as they are serialised: names begin in lower case."""
    return {name[0].lower() + name[1:]: getattr(self, name) for name in self.properties}


def _initialiser(arguments: tuple[tuple[str, ...], ...]) -> Callable[..., None]:
    """A constructor that keeps its arguments in the properties of those names, which their number tells."""
    by_count = {len(names): names for names in arguments}

    def initialise(self: Any, *values: Any) -> None:
        for name, value in zip(by_count.get(len(values), ()), values, strict=True):
            setattr(self, name, value)

    return initialise


def _namespace(lines: list[str], base: type[Bean], *, all_of_it: bool) -> dict[str, Any] | None:
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
        elif all_of_it:
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
