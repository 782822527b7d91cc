"""All types of one compilation: resolves names to types and keeps each type once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import cast

from orgwright.apex.host import JUNCTION, ChildInfo, FieldInfo, Schema, SObjectInfo
from orgwright.apex.names import bare
from orgwright.apex.types import library
from orgwright.apex.types.declarations import PlatformClass
from orgwright.apex.types.model import (
    BLOB,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    ID,
    INTEGER,
    LONG,
    OBJECT,
    PRIMITIVES,
    STRING,
    TIME,
    VOID,
    PlatformType,
    Primitive,
    SObjectType,
    Type,
    TypeVariable,
)
from orgwright.apex.types.symbols import ClassSymbol

_BARE = frozenset(("System.List", "System.Set", "System.Map"))
_SOBJECT_FIRST = frozenset(("businesshours", "site", "network", "domain", "group", "organization"))
_DEFINITIONS = frozenset(("EntityDefinition", "FieldDefinition", "EntityParticle"))
"""What metadata relationship fields point at by name: their values are text."""
_COMPONENT_CLASSES = {"flow.interview": "Flow", "dataweavescriptresource": "DataWeaveResource"}
_COMPONENT_BLOCKS = {
    "flow.interview": "class Flow.Interview.{name} extends Flow.Interview\n  (Map<String,Object>)\n",
    "dataweavescriptresource": "class DataWeaveScriptResource.{name} extends DataWeave.Script\n  ()\n",
}
_FIELD_TYPES: Mapping[str, Type] = MappingProxyType(
    {
        "id": ID,
        "reference": ID,
        "boolean": BOOLEAN,
        "int": INTEGER,
        "long": LONG,
        "double": DECIMAL,
        "currency": DECIMAL,
        "percent": DECIMAL,
        "date": DATE,
        "datetime": DATETIME,
        "time": TIME,
        "base64": BLOB,
        "anytype": OBJECT,
    }
)


class World:
    """The types that one compilation can name: platform, SObjects of ``schema``, and user types as they are added."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.users: dict[str, ClassSymbol] = {}
        """Top-level user types by lower-case name."""
        self.namespace: str | None = None
        self.sobject_base = SObjectType("SObject", None)
        self.aggregate = SObjectType("AggregateResult", None)
        self._sobjects: dict[str, SObjectType | None] = {
            "sobject": self.sobject_base,
            "aggregateresult": self.aggregate,
        }
        self._platform: dict[str, PlatformType | None] = {}
        self._generic: dict[tuple[object, ...], PlatformType] = {}
        self._texts: dict[str, Type] = {}
        self._polymorphic: dict[tuple[str, ...], SObjectType] = {}

    # ---------------------------------------------------------------------------------------- platform
    def platform(self, name: str) -> PlatformType | None:
        """The platform class of a full lower-case name (``system.string``); generic ones without arguments."""
        try:
            return self._platform[name]
        except KeyError:
            pass
        block = library.index().get(name)
        if block is None:
            self._platform[name] = None
            return None
        decl = library.read_header(block)
        shown = decl.name.removeprefix("System.") if decl.name in _BARE else decl.name
        made = PlatformType(shown, decl)
        self._platform[name] = made
        library.read_members(decl, block, self._declared)
        return made

    def core(self, name: str) -> PlatformType:
        """A platform class that must be there: ``System.List``."""
        found = self.platform(name.lower())
        if found is None:
            raise LookupError(f"the platform declarations lack {name}")
        return found

    def members(self, t: Type) -> PlatformClass | None:
        """The platform class that declares the methods of a value of that type."""
        if isinstance(t, PlatformType):
            return t.decl
        if isinstance(t, SObjectType):
            return (
                self.core("System.AggregateResult").decl
                if t is self.aggregate and self.platform("system.aggregateresult")
                else self.core("System.SObject").decl
            )
        found = self.platform(f"system.{t.name.lower()}") if isinstance(t, Primitive) else None
        return found.decl if found else None

    def _declared(self, text: str, variables: tuple[str, ...]) -> Type:
        """A type as a declaration writes it."""
        if variables:
            found = library.variable(text, variables)
            if found is not None:
                return found
        else:
            known = self._texts.get(text)
            if known is not None:
                return known
        made = self._declared_new(text, variables)
        if not variables:
            self._texts[text] = made
        return made

    def _declared_new(self, text: str, variables: tuple[str, ...]) -> Type:
        if text.endswith("[]"):
            return self.list_of(self._declared(text[:-2], variables))
        name, bracket, rest = text.partition("<")
        low = name.lower()
        if bracket:
            args = tuple(self._declared(t, variables) for t in library.split_arguments(rest[:-1]))
            base = self.platform(f"system.{low}") or self.platform(low)
            return self.generic(base, args) if base else OBJECT
        if low == "void":
            return VOID
        low = low.removeprefix("system.")
        if low in PRIMITIVES:
            return PRIMITIVES[low]
        if low in ("sobject", "aggregateresult"):
            return self.sobject_base if low == "sobject" else self.aggregate
        found = self.platform(f"system.{low}") or self.platform(low)
        if found is not None:
            return found
        # An SObject type that this org does not have (Schema.Network ...): nobody can pass one.
        return (self.sobject(low.removeprefix("schema.")) if low.startswith("schema.") else None) or SObjectType(
            name.removeprefix("Schema."), None
        )

    # ----------------------------------------------------------------------------------------- generics
    def generic(self, base: PlatformType, args: tuple[Type, ...]) -> PlatformType:
        """``base<args>``."""
        key = (base, *args)
        found = self._generic.get(key)
        if found is None:
            shown = f"{base.name}<{','.join(a.name for a in args)}>"
            found = self._generic[key] = PlatformType(shown, base.decl, args)
        return found

    def list_of(self, element: Type) -> PlatformType:
        """``List<element>``."""
        return self.generic(self.core("System.List"), (element,))

    def set_of(self, element: Type) -> PlatformType:
        """``Set<element>``."""
        return self.generic(self.core("System.Set"), (element,))

    def map_of(self, key: Type, value: Type) -> PlatformType:
        """``Map<key, value>``."""
        return self.generic(self.core("System.Map"), (key, value))

    def bind(self, t: Type, args: Sequence[Type]) -> Type:
        """A declared type with its type variables replaced."""
        if isinstance(t, TypeVariable):
            return args[t.index] if t.index < len(args) else OBJECT
        if isinstance(t, PlatformType) and t.args:
            bound = tuple(self.bind(a, args) for a in t.args)
            if bound != t.args:
                return self.generic(self.core(t.decl.name), bound)
        return t

    # ----------------------------------------------------------------------------------------- SObjects
    def sobject(self, name: str) -> SObjectType | None:
        """The SObject type of that API name."""
        low = name.lower()
        try:
            return self._sobjects[low]
        except KeyError:
            info = self.schema.sobject(name)
            other = info is not None and info.name.lower() != low  # with the namespace before it
            made = self.sobject(info.name) if info and other else SObjectType(info.name, info) if info else None
            self._sobjects[low] = made
            return made

    def field_type(self, field: FieldInfo) -> Type:
        """The Apex type of a field."""
        kind = field.type.lower()
        if field.name == "ChangeEventHeader":
            return self.core("eventbus.ChangeEventHeader")
        if kind == "reference" and field.reference_to and field.reference_to[0] in _DEFINITIONS:
            return STRING
        if kind in ("address", "location"):
            return self.core(f"System.{kind.title()}")
        if kind == JUNCTION:
            return self.list_of(STRING)
        return _FIELD_TYPES.get(kind, STRING)

    def field(self, info: SObjectInfo, name: str) -> FieldInfo | None:
        """The field of that name that records have: one of describe, or a junction id list."""
        low = name.lower()
        return info.fields.get(low) or info.junctions.get(low)

    def parent(self, info: SObjectInfo, name: str) -> tuple[FieldInfo, SObjectType] | None:
        """The reference field behind a relationship name, and the type it leads to."""
        low = (bare(self.schema.namespace, name) or name).lower()
        for field in info.fields.values():
            relationship = field.relationship_name
            if relationship is not None and relationship.lower() == low:
                return field, self._parent_type(field)
        return None

    def _parent_type(self, field: FieldInfo) -> SObjectType:
        targets = field.reference_to
        if len(targets) == 1:
            return self.sobject(targets[0]) or self.sobject_base
        found = self.sobject("Name")
        if found is not None:
            return found
        made = self._polymorphic.get(tuple(targets))
        if made is None:
            infos = [info for info in map(self.schema.sobject, targets) if info]
            made = SObjectType("Name", cast(SObjectInfo, _NameInfo(infos)) if infos else None)
            self._polymorphic[tuple(targets)] = made
        return made

    def child(self, info: SObjectInfo, name: str) -> tuple[ChildInfo, SObjectType] | None:
        """A child relationship of that name, and the child's type."""
        low = (bare(self.schema.namespace, name) or name).lower()
        for child in info.children:
            if child.relationship_name and child.relationship_name.lower() == low:
                found = self.sobject(child.child)
                return (child, found) if found else None
        return None

    # -------------------------------------------------------------------------------------------- names
    def named(self, name: str, scope: ClassSymbol | None) -> Type | None:
        """The type that a dotted name means inside ``scope``; generic platform classes come without arguments."""
        low = name.lower()
        if "." not in low:
            return self._simple(low, scope)
        first, _, rest = low.partition(".")
        found = self._inner_of(first, rest, scope)
        if found is not None:
            return found
        if first == "schema" and "." not in rest:
            return self.platform(low) or self.sobject(rest)
        if first == "system" and rest in PRIMITIVES:
            return PRIMITIVES[rest]
        if first == "system" and rest in ("sobject", "aggregateresult"):
            return self._sobjects[rest]
        if low == "apexpages.pagereference":
            return self.platform("system.pagereference")
        if first == "dataweavescriptresource" and "." not in rest:
            return self.platform("dataweave.script")
        if self.namespace and first == self.namespace.lower():
            return self.named(rest, None)
        return self.platform(low) or self.platform(f"system.{low}") or self._of_component(name)

    def _of_component(self, name: str) -> PlatformType | None:
        """The class that a flow (``Flow.Interview.Close_Case``) or a DataWeave script brings with it."""
        space, _, last = name.rpartition(".")
        kind = _COMPONENT_CLASSES.get(space.lower())
        known = self.schema.component(kind, last) if kind else None
        if known is None:
            return None
        low = f"{space}.{last}".lower()
        found = self._platform.get(low)
        if found is None:
            block = _COMPONENT_BLOCKS[space.lower()].format(name=known)
            decl = library.read_header(block)
            found = self._platform[low] = PlatformType(decl.name, decl)
            library.read_members(decl, block, self._declared)
        return found

    def _inner_of(self, first: str, rest: str, scope: ClassSymbol | None) -> Type | None:
        if "." in rest:
            return None
        outer = self._user(first, scope)
        while outer is not None:
            inner = outer.inner.get(rest)
            if inner is not None:
                return inner.type
            outer = outer.parent
        return None

    def _user(self, low: str, scope: ClassSymbol | None) -> ClassSymbol | None:
        """A user type by its bare name: inner types of the scope and its supertypes first."""
        around = scope
        while around is not None:
            holder: ClassSymbol | None = around
            seen = 0
            while holder is not None and seen < 100:
                inner = holder.inner.get(low)
                if inner is not None:
                    return inner
                holder = holder.parent
                seen += 1
            if around.outer is None and around.name.lower() == low:
                return around
            around = around.outer
        return self.users.get(low)

    def _simple(self, low: str, scope: ClassSymbol | None) -> Type | None:
        user = self._user(low, scope)
        if user is not None:
            return user.type
        if low in PRIMITIVES:
            return PRIMITIVES[low]
        if low in ("sobject", "aggregateresult"):
            return self._sobjects[low]
        if low in _SOBJECT_FIRST:
            found = self.sobject(low)
            if found is not None:
                return found
        if low == "void":
            return VOID
        return self.platform(f"system.{low}") or self.sobject(low) or self.platform(f"schema.{low}")


class _NameInfo:
    """The type of a polymorphic parent: the fields that any of its targets has."""

    def __init__(self, infos: Sequence[SObjectInfo]) -> None:
        self._first = infos[0]
        self.name = "Name"
        merged: dict[str, FieldInfo] = {}
        for info in infos:
            for low, field in info.fields.items():
                merged.setdefault(low, field)
        self.fields: Mapping[str, FieldInfo] = MappingProxyType(merged)
        self.children: Sequence[ChildInfo] = ()
        self.junctions: Mapping[str, FieldInfo] = MappingProxyType({})

    def __getattr__(self, name: str) -> object:
        return getattr(self._first, name)
