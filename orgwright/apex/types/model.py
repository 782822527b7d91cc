"""Apex types: primitives, SObjects, platform types with their arguments, user types.

Types are interned: within one compilation two types are the same exactly when they are the same object.
``name`` is the text that Salesforce prints in its messages: ``Integer``, ``List<Account>``,
``Map<String,Integer>``, ``System.Callable``, ``Outer.Inner``, ``Account``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgwright.apex.host import SObjectInfo
    from orgwright.apex.types.declarations import PlatformClass
    from orgwright.apex.types.symbols import ClassSymbol


class Type:
    """Any type."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Primitive(Type):
    """A type that is a value of its own: see the constants of this module."""

    __slots__ = ()


class SObjectType(Type):
    """A concrete SObject type, or the generic ``SObject`` (and ``AggregateResult``): then ``info`` is None."""

    __slots__ = ("info",)

    def __init__(self, name: str, info: SObjectInfo | None) -> None:
        super().__init__(name)
        self.info = info


class PlatformType(Type):
    """A class, interface, enum or exception of the platform, with its type arguments."""

    __slots__ = ("args", "decl")

    def __init__(self, name: str, decl: PlatformClass, args: tuple[Type, ...] = ()) -> None:
        super().__init__(name)
        self.decl, self.args = decl, args


class UserType(Type):
    """A class, interface or enum that is written in Apex."""

    __slots__ = ("symbol",)

    def __init__(self, name: str, symbol: ClassSymbol) -> None:
        super().__init__(name)
        self.symbol = symbol


class TypeVariable(Type):
    """A type parameter inside the declaration of a generic platform class."""

    __slots__ = ("index",)

    def __init__(self, name: str, index: int) -> None:
        super().__init__(name)
        self.index = index


BOOLEAN = Primitive("Boolean")
INTEGER = Primitive("Integer")
LONG = Primitive("Long")
DOUBLE = Primitive("Double")
DECIMAL = Primitive("Decimal")
STRING = Primitive("String")
ID = Primitive("Id")
DATE = Primitive("Date")
DATETIME = Primitive("Datetime")
TIME = Primitive("Time")
BLOB = Primitive("Blob")
OBJECT = Primitive("Object")
VOID = Primitive("void")
NULL = Primitive("NULL")
"""The type of the literal ``null``."""
UNKNOWN = Primitive("<unknown>")
"""Stands where an error was reported already; never reaches code generation."""

PRIMITIVES: dict[str, Primitive] = {
    t.name.lower(): t for t in (BOOLEAN, INTEGER, LONG, DOUBLE, DECIMAL, STRING, ID, DATE, DATETIME, TIME, BLOB, OBJECT)
}


def is_list(t: Type) -> bool:
    """Whether it is a ``List<T>``."""
    return isinstance(t, PlatformType) and t.decl.name == "System.List"


def is_set(t: Type) -> bool:
    """Whether it is a ``Set<T>``."""
    return isinstance(t, PlatformType) and t.decl.name == "System.Set"


def is_map(t: Type) -> bool:
    """Whether it is a ``Map<K, V>``."""
    return isinstance(t, PlatformType) and t.decl.name == "System.Map"
