"""Types as values see them while Apex runs: names, ``instanceof``, what a collection accepts.

They are made from the checker's types when code is loaded. Parameterised types are interned on their arguments, so
that equal types are identical objects.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from orgwright.apex.runtime.values import EnumValue, Id, Long, parse_id

Kind = Literal[
    "object", "integer", "long", "double", "decimal", "string", "id", "boolean", "date", "datetime", "time", "blob",
    "sobject", "enum", "class", "interface", "platform", "list", "set", "map", "void",
]  # fmt: skip

_PYTHON: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "long": (int, Long),
    "double": (float, Decimal, int, Long),
    "decimal": (Decimal, float, int, Long),
    "string": (str,),
    "id": (Id,),
    "boolean": (bool,),
    "date": (dt.date,),
    "datetime": (dt.datetime, dt.date),
    "time": (dt.time,),
    "blob": (bytes,),
}


class RType:
    """One type at run time.

    ``name`` is the canonical name of error texts and ``Type.getName`` (``Map<String,Integer>``, ``Outer.Inner``,
    ``Account``, ``System.Callable``), ``python`` the Python class of a user or platform class.
    """

    __slots__ = ("_list", "_maps", "_set", "args", "direct", "enum", "kind", "name", "python")

    def __init__(
        self, kind: Kind, name: str, args: tuple[RType, ...] = (), python: type | None = None, enum: Any = None
    ) -> None:
        self.kind: Kind = kind
        self.name = name
        self.args = args
        self.python = python
        self.enum = enum
        self._list: RType | None = None
        self._set: RType | None = None
        self._maps: dict[int, RType] = {}
        #: Python classes whose values a collection of this type takes as they are
        self.direct: set[type] = {type(None)}
        if kind in _PYTHON and kind not in ("double", "decimal", "long", "datetime"):
            self.direct.update(_PYTHON[kind])
        elif kind == "datetime":
            self.direct.add(dt.datetime)
        elif kind == "double":
            self.direct.add(float)
        elif kind == "decimal":
            self.direct.add(Decimal)
        elif kind == "long":
            self.direct.add(Long)

    def __repr__(self) -> str:
        return f"RType({self.name})"

    def accepts(self, value: Any) -> bool:
        """``value instanceof`` this type, for a value that is not null."""
        kind = self.kind
        if kind == "object":
            return True
        cls = value.__class__
        if kind in _PYTHON:
            # an Id is a text too, and a text with the form of an Id counts as an Id
            if kind == "string" and cls is Id:
                return True
            return cls in _PYTHON[kind] or (kind == "id" and cls is str and parse_id(value) is not None)
        if kind == "sobject":
            token = getattr(value, "sobject_type", None)
            return token is not None and (self.name == "SObject" or token.name == self.name)
        if kind == "enum":
            return isinstance(value, EnumValue) and value.type.name == self.name
        if kind in ("list", "set", "map"):
            own = _own(value)
            return own is not None and self.takes(own, value)
        if self.python is not None and isinstance(value, self.python):
            return True
        own = _own(value)
        if own is not None and own.kind in ("list", "set") and self.name.startswith("System.Iterable<"):
            return self.args[0].covers(own.args[0])
        supers = getattr(value, "apex_supers", ())
        if self.args and all(argument.kind == "object" for argument in self.args):
            # of any values: Comparator<String> is a Comparator<Object>
            general = self.name.partition("<")[0] + "<"
            return any(name.startswith(general) for name in supers)
        return self.name in supers

    def takes(self, other: RType, value: Any = None) -> bool:
        """Whether a collection of type ``other`` is an instance of this collection type."""
        if other is self:
            return True
        if other.kind != self.kind:
            return False
        if self.kind == "list":
            mine, its = self.args[0], other.args[0]
            if its.kind == "sobject" and its.name == "SObject" and mine.kind == "sobject" and value is not None:
                return all(item is None or mine.accepts(item) for item in value.items)
            return mine.covers(its)
        if self.kind == "set":
            return self.args[0] is other.args[0]
        if self.args[0] is not other.args[0]:
            return False
        mine, its = self.args[1], other.args[1]
        if value is not None and its.kind == mine.kind == "list" and its.args[0].name == "SObject":
            return all(item is None or mine.accepts(item) for item in value.data.values())
        return mine.covers(its)

    def covers(self, other: RType) -> bool:
        """Whether every value of type ``other`` is an instance of this type."""
        if other is self or self.kind == "object":
            return True
        if self.kind == "sobject":
            return other.kind == "sobject" and self.name == "SObject"
        if self.kind in ("list", "set", "map"):
            return self.takes(other)
        if self.kind in ("long", "decimal", "double"):
            return other.kind in ("integer", "long", "decimal", "double") and not (
                self.kind == "long" and other.kind != "integer"
            )
        if self.python is not None and other.python is not None and issubclass(other.python, self.python):
            return True
        return self.name in getattr(other.python, "apex_supers", ())


OBJECT = RType("object", "Object")
INTEGER = RType("integer", "Integer")
LONG = RType("long", "Long")
DOUBLE = RType("double", "Double")
DECIMAL = RType("decimal", "Decimal")
STRING = RType("string", "String")
ID = RType("id", "Id")
BOOLEAN = RType("boolean", "Boolean")
DATE = RType("date", "Date")
DATETIME = RType("datetime", "Datetime")
TIME = RType("time", "Time")
BLOB = RType("blob", "Blob")
SOBJECT = RType("sobject", "SObject")
VOID = RType("void", "void")

PRIMITIVES: dict[str, RType] = {
    t.name.lower(): t
    for t in (OBJECT, INTEGER, LONG, DOUBLE, DECIMAL, STRING, ID, BOOLEAN, DATE, DATETIME, TIME, BLOB, SOBJECT, VOID)
}


def list_of(element: RType) -> RType:
    """The type ``List<element>``."""
    if element._list is None:
        element._list = RType("list", f"List<{element.name}>", (element,))
    return element._list


def set_of(element: RType) -> RType:
    """The type ``Set<element>``."""
    if element._set is None:
        element._set = RType("set", f"Set<{element.name}>", (element,))
    return element._set


def map_of(key: RType, value: RType) -> RType:
    """The type ``Map<key,value>``."""
    found = value._maps.get(id(key))
    if found is None:
        found = value._maps[id(key)] = RType("map", f"Map<{key.name},{value.name}>", (key, value))
    return found


def collection_of(kind: str, arguments: tuple[RType, ...]) -> RType:
    """The type ``list``, ``set`` or ``map`` of its arguments."""
    if kind == "map":
        return map_of(*arguments)
    return list_of(*arguments) if kind == "list" else set_of(*arguments)


def _own(value: Any) -> RType | None:
    """The type that a collection carries."""
    own = getattr(value, "rtype", None)
    return own if isinstance(own, RType) else None


def of_value(value: Any) -> RType | None:
    """The run-time type of a value, ``None`` for null."""
    cls = value.__class__
    for kind, classes in (
        (BOOLEAN, bool), (INTEGER, int), (LONG, Long), (DOUBLE, float), (DECIMAL, Decimal), (ID, Id), (STRING, str),
        (DATETIME, dt.datetime), (DATE, dt.date), (TIME, dt.time), (BLOB, bytes),
    ):  # fmt: skip
        if cls is classes:
            return kind
    if value is None:
        return None
    own = _own(value)
    if own is not None:
        return own
    name = getattr(cls, "apex_type", None)
    return RType("platform", name, (), cls) if name else None


def name_of(value: Any) -> str:
    """The canonical type name of a value, as error texts print it."""
    found = of_value(value)
    return found.name if found is not None else "null"
