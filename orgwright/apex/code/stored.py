"""Compiled units and the contents of programs as bytes, to be kept in a place that only this user can write.

The bytes hold code: they must never be read from where somebody else can write. They are good for the very orgwright
and Python that made them, which the keys under which they are kept have to tell.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

from orgwright.apex.code.units import ClassCode, FieldCode, MethodCode, UnitCode
from orgwright.apex.sources import CompileError


class Store(Protocol):
    """Where compiled Apex is kept from one start to the next; what it gives was put there under the same key."""

    def load(self, key: str) -> bytes | None: ...

    def save(self, key: str, data: bytes) -> None: ...

    def has(self, key: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Summary:
    """What a program tells of a unit without its code."""

    q: str
    name: str
    kind: str
    key: str
    inner: tuple[str, ...] = ()
    """Names of inner types in lower case."""
    is_test: bool = False
    tests: tuple[str, ...] = ()
    """Test methods in source order."""
    setup: str | None = None
    see_all_data: bool = False
    seeing_tests: tuple[str, ...] = ()
    """Those of ``tests`` that have ``@IsTest(SeeAllData=true)`` of their own."""
    sobject: str = ""
    """A trigger's object."""
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """What a program holds: units without errors, and the errors of the others."""

    units: tuple[Summary, ...]
    errors: tuple[CompileError, ...]


def dump_contents(contents: Contents) -> bytes:
    """The contents of a program as bytes."""
    return marshal.dumps(([_plain(u) for u in contents.units], [_plain(e) for e in contents.errors]))


def load_contents(data: bytes) -> Contents:
    """The contents that :func:`dump_contents` was given; :class:`ValueError` for anything else."""
    try:
        units, errors = marshal.loads(data)  # noqa: S302  # see above
        return Contents(tuple([Summary(*u) for u in units]), tuple([CompileError(*e) for e in errors]))
    except (EOFError, TypeError) as fault:
        raise ValueError("not the contents of a program") from fault


def dump_lines(lines: Mapping[str, frozenset[int]]) -> bytes:
    """The lines of each unit that count as bytes."""
    return marshal.dumps({q: sorted(found) for q, found in lines.items()})


def load_lines(data: bytes) -> dict[str, frozenset[int]]:
    """The lines that :func:`dump_lines` was given; :class:`ValueError` for anything else."""
    try:
        return {q: frozenset(found) for q, found in marshal.loads(data).items()}  # noqa: S302  # see above
    except (EOFError, TypeError, AttributeError) as fault:
        raise ValueError("not the lines of units") from fault


def dump_unit(unit: UnitCode) -> bytes:
    """A compiled unit as bytes."""
    return marshal.dumps(_plain(unit))


def load_unit(data: bytes) -> UnitCode:
    """The unit that :func:`dump_unit` was given; :class:`ValueError` for anything else."""
    try:
        values = dict(zip(_NAMES[UnitCode], marshal.loads(data), strict=True))  # noqa: S302  # see above
        values["classes"] = tuple([_class(c) for c in values["classes"]])
        return UnitCode(**values)
    except (EOFError, TypeError) as fault:
        raise ValueError("not a compiled unit") from fault


def _class(plain: Any) -> ClassCode:
    values = dict(zip(_NAMES[ClassCode], plain, strict=True))
    values["fields"] = tuple([FieldCode(*f) for f in values["fields"]])
    values["methods"] = tuple([MethodCode(*m) for m in values["methods"]])
    values["constructors"] = tuple([MethodCode(*m) for m in values["constructors"]])
    return ClassCode(**values)


_NAMES: Mapping[type, tuple[str, ...]] = {
    cls: tuple(f.name for f in fields(cls))
    for cls in (UnitCode, ClassCode, FieldCode, MethodCode, Summary, CompileError)
}  # fmt: skip


def _plain(value: Any) -> Any:
    """Dataclasses as tuples of their values."""
    names = _NAMES.get(value.__class__)
    if names is not None:
        return tuple([_plain(getattr(value, name)) for name in names])
    if value.__class__ is tuple:
        return tuple([_plain(item) for item in value])
    return value
