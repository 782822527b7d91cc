"""Which value goes where: implicit conversions, casts, and the ranking that overload resolution uses."""

from __future__ import annotations

from orgwright.apex.types.model import (
    DATE,
    DATETIME,
    DECIMAL,
    DOUBLE,
    ID,
    INTEGER,
    LONG,
    NULL,
    OBJECT,
    STRING,
    UNKNOWN,
    VOID,
    PlatformType,
    Primitive,
    SObjectType,
    Type,
    UserType,
)
from orgwright.apex.types.symbols import ClassSymbol, MethodSymbol
from orgwright.apex.types.world import World

NUMBERS: dict[Type, int] = {INTEGER: 0, LONG: 1, DOUBLE: 2, DECIMAL: 3}
"""The number types, from narrow to wide."""
_LOOSE = frozenset(("System.List", "System.Iterable", "System.Iterator", "Database.Batchable", "System.Comparator"))
_OF_ANY = frozenset(("System.Iterable", "System.Comparator"))
"""Interfaces of which one for ``Object`` serves for every type: a ``Comparator<Object>`` sorts Integers."""
_ELEMENT = 50
"""The most that an element can add: a collection of any elements is closer than ``Object``."""


class Conversions:
    """The rules of one compilation."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._supertypes: dict[Type, dict[Type, int]] = {}
        self._ranks: dict[tuple[Type, Type], tuple[int, str] | None] = {}
        self._methods: dict[tuple[ClassSymbol, str], list[tuple[tuple[Type, ...], MethodSymbol]]] = {}

    # ------------------------------------------------------------------------------------- supertypes
    def supertypes(self, t: Type) -> dict[Type, int]:
        """All types above ``t`` with their distance, ``t`` itself included; ``Object`` is left out."""
        known = self._supertypes.get(t)
        if known is not None:
            return known
        found: dict[Type, int] = {}
        pending = [(t, 0)]
        while pending:
            next_: list[tuple[Type, int]] = []
            for one, distance in pending:
                if one in found:
                    continue
                found[one] = distance
                next_.extend((above, distance + 1) for above in self._above(one))
            pending = next_
        self._supertypes[t] = found
        return found

    def methods(self, symbol: ClassSymbol, low: str) -> list[tuple[tuple[Type, ...], MethodSymbol]]:
        """Methods of that lower-case name in a class, the classes it extends and its interfaces, without overridden ones.

        With their parameter types. To be asked when everything is declared.
        """
        known = self._methods.get((symbol, low))
        if known is not None:
            return known
        found: dict[tuple[Type, ...], MethodSymbol] = {}
        for above in self.supertypes(symbol.type):
            if isinstance(above, UserType):
                for method in above.symbol.methods.get(low, ()):
                    found.setdefault(method.types, method)
        known = self._methods[symbol, low] = list(found.items())
        return known

    def _above(self, t: Type) -> list[Type]:
        if isinstance(t, UserType):
            symbol = t.symbol
            return [*([symbol.super] if symbol.super else []), *symbol.interfaces]
        if isinstance(t, PlatformType):
            decl = t.decl
            above = [*([decl.super] if decl.super else []), *decl.interfaces]
            return [self.world.bind(a, t.args) for a in above]
        return []

    def is_subtype(self, below: Type, above: Type) -> bool:
        """Whether every value of ``below`` is one of ``above``."""
        if below is above or above is OBJECT:
            return True
        if isinstance(above, SObjectType) and above.info is None and above is self.world.sobject_base:
            return isinstance(below, SObjectType)
        return above in self.supertypes(below)

    # ------------------------------------------------------------------------------------ conversions
    def assign(self, source: Type, target: Type) -> str | None:
        """The kind of the implicit conversion in an assignment: ``""`` for none needed, None for not allowed."""
        if source is target:
            return ""
        if source is DECIMAL and target is DOUBLE:
            return "number"
        ranked = self.rank(source, target)
        return ranked[1] if ranked else None

    def rank(self, source: Type, target: Type) -> tuple[int, str] | None:
        """How well an argument fits a parameter (0 is best) and the kind of conversion; None: it does not."""
        if source is target:
            return 0, ""
        if source is NULL:
            return (0, "") if target is not VOID else None
        if source is VOID or target is VOID:
            return None
        if source is UNKNOWN or target is UNKNOWN:
            return 0, ""
        key = (source, target)
        if key not in self._ranks:
            self._ranks[key] = self._rank(source, target)
        return self._ranks[key]

    def _rank(self, source: Type, target: Type) -> tuple[int, str] | None:
        if target is OBJECT:
            return 100, "box" if isinstance(source, Primitive) else ""
        if source in NUMBERS and target in NUMBERS:
            step = NUMBERS[target] - NUMBERS[source]
            return (step, "number") if step > 0 else None
        if isinstance(source, Primitive):
            if source is ID and target is STRING:
                return 5, "text"
            if source is STRING and target is ID:
                return 10, "id"
            if source is DATE and target is DATETIME:
                return 5, "datetime"
            return None
        if isinstance(source, SObjectType):
            return (1, "") if target is self.world.sobject_base else None
        distance = self.supertypes(source).get(target)
        if distance is not None:
            return distance, ""
        if isinstance(target, PlatformType) and target.args:
            return self._generic(source, target)
        return None

    def _generic(self, source: Type, target: PlatformType) -> tuple[int, str] | None:
        for above, distance in self.supertypes(source).items():
            if not isinstance(above, PlatformType) or above.decl is not target.decl:
                continue
            name = above.decl.name
            if name in _LOOSE:
                inner = self._element(above.args[0], target.args[0])
                if inner is None and name in _OF_ANY and above.args[0] is OBJECT:
                    inner = (20, "")
                return (distance + 1 + min(inner[0], _ELEMENT), inner[1]) if inner else None
            if name == "System.Map":
                keys, values = self._element(above.args[0], target.args[0]), self.rank(above.args[1], target.args[1])
                if keys and values and (above.args[0] is target.args[0] or OBJECT in target.args[:1]):
                    return distance + 1 + min(values[0], _ELEMENT), ""
        return None

    def _element(self, source: Type, target: Type) -> tuple[int, str] | None:
        if isinstance(source, SObjectType) and source is self.world.sobject_base and isinstance(target, SObjectType):
            return 3, "check"
        inner = self.rank(source, target)
        if inner is None:
            return None
        return inner[0], "check" if inner[1] == "check" else ""

    def comparable(self, left: Type, right: Type) -> bool:
        """Whether ``==`` accepts the two types."""
        if left is right or left is NULL or right is NULL:
            return True
        if left in NUMBERS and right in NUMBERS:
            return True
        return self.assign(left, right) is not None or self.assign(right, left) is not None

    def castable(self, source: Type, target: Type) -> bool:
        """Whether ``(target) source`` can ever work."""
        if source is NULL or self.assign(source, target) is not None or self.assign(target, source) is not None:
            return True
        if source in NUMBERS and target in NUMBERS:
            return True
        if isinstance(source, Primitive) or isinstance(target, Primitive):
            return False
        if isinstance(source, SObjectType) or isinstance(target, SObjectType):
            return isinstance(source, SObjectType) and isinstance(target, SObjectType) and source.name == "Name"
        if _is_interface(source) and not _is_final(target):
            return True
        if _is_interface(target) and not _is_final(source):
            return True
        if isinstance(source, PlatformType) and isinstance(target, PlatformType) and source.decl is target.decl:
            return all(self.castable(a, b) for a, b in zip(source.args, target.args, strict=False))
        return False


def _is_interface(t: Type) -> bool:
    if isinstance(t, UserType):
        return t.symbol.kind == "interface"
    return isinstance(t, PlatformType) and t.decl.kind == "interface"


def _is_final(t: Type) -> bool:
    """No further class can be below it: an unrelated interface can never be among its supertypes."""
    if isinstance(t, UserType):
        return t.symbol.kind == "enum"
    return isinstance(t, PlatformType) and (t.decl.kind == "enum" or t.decl.name.startswith("System.List"))
