"""Tokens of SObject types and fields, as a schema has them."""

from __future__ import annotations

from orgwright.apex.host import JUNCTION, ChildInfo, FieldInfo, Schema, SObjectInfo
from orgwright.apex.library.registry import platform
from orgwright.apex.names import bare
from orgwright.apex.runtime import types
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import PlatformObject

_TEXT = frozenset(
    ("string", "textarea", "picklist", "multipicklist", "combobox", "email", "phone", "url", "encryptedstring")
)
_DECIMAL = frozenset(("double", "currency", "percent"))
_IDS = frozenset(("id", "reference"))
_KEPT = _TEXT | {"boolean", "int", "long", "date", "datetime", "time", "base64"}
_MOST_SHAPES = 500

DEFINITIONS = frozenset(("EntityDefinition", "FieldDefinition", "EntityParticle"))
"""Objects whose records stand for objects, fields and parts of them."""


def field_type(field: FieldInfo) -> RType:
    """The Apex type of a field's value."""
    kind = field.type
    if kind in _TEXT:
        return types.STRING
    if kind == "reference" and field.reference_to and field.reference_to[0] in DEFINITIONS:
        return types.STRING  # what a metadata relationship holds is a name
    if kind in _IDS:
        return types.ID
    if kind in _DECIMAL:
        return types.DECIMAL
    if kind == JUNCTION:
        return types.list_of(types.STRING)
    return {
        "boolean": types.BOOLEAN, "int": types.INTEGER, "long": types.LONG, "date": types.DATE,
        "datetime": types.DATETIME, "time": types.TIME, "base64": types.BLOB,
    }.get(kind, types.OBJECT)  # fmt: skip


Crossing = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of a record: those that hold Ids, those whose values need a look."""

_sobject_rtypes: dict[str, RType] = {"SObject": types.SOBJECT}


def rtype_of(name: str) -> RType:
    """The run-time type of an SObject type by its API name."""
    found = _sobject_rtypes.get(name)
    if found is None:
        found = _sobject_rtypes[name] = RType("sobject", name)
    return found


@platform("Schema.SObjectType")
class SObjectType(PlatformObject):
    """``Schema.SObjectType``: the token of an SObject type of one org's schema."""

    __slots__ = ("_fields", "_keys", "_parents", "_shapes", "info", "name", "rtype_of_rows", "schema")

    def __init__(self, info: SObjectInfo | None, schema: Schema, name: str | None = None) -> None:
        self.info, self.schema = info, schema
        self.name = name or (info.name if info else "SObject")
        self.rtype_of_rows = rtype_of(self.name)
        self._fields: dict[str, SObjectField] = {}
        self._shapes: dict[tuple[str, ...], Crossing] = {}
        self._keys: dict[tuple[str, ...], dict[str, str]] = {}
        self._parents: dict[str, FieldInfo] | None = None

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, SObjectType) and self.name == other.name)

    def __hash__(self) -> int:
        return hash(self.name)

    def apex_text(self, limit: int | None = None) -> str:
        """The API name."""
        return self.name

    @property
    def parents(self) -> dict[str, FieldInfo]:
        """Reference fields by the lower-case name of their relationship.

        Found at the first look: a token alone, such as ``Schema.getGlobalDescribe()`` gives of every type, needs no fields.
        """
        if self._parents is None:
            fields = self.info.fields.values() if self.info is not None else ()
            self._parents = {f.relationship_name.lower(): f for f in fields if f.relationship_name}
            if self.schema.namespace is not None:
                own = {name: field for name, field in self._parents.items() if name.endswith("__r")}
                self._parents |= {f"{self.schema.namespace.lower()}__{name}": field for name, field in own.items()}
        return self._parents

    @property
    def publishes_immediately(self) -> bool:
        """Whether it is a platform event that goes out even when the transaction fails."""
        return self.info is not None and self.info.publish_behavior == "PublishImmediately"

    def field(self, name: str) -> FieldInfo | None:
        """The field of that name, case ignored."""
        if self.info is None:
            return None
        lowered = name.lower()
        return self.info.fields.get(lowered) or self.info.junctions.get(lowered)

    def lists_ids(self, name: str) -> bool:
        """Whether that is the name of a junction id list."""
        return self.info is not None and name.lower() in self.info.junctions

    def child(self, name: str) -> ChildInfo | None:
        """The child relationship of that name, case ignored."""
        lowered = (bare(self.schema.namespace, name) or name).lower()
        children = self.info.children if self.info else ()
        return next((c for c in children if c.relationship_name and c.relationship_name.lower() == lowered), None)

    def relates(self, name: str) -> bool:
        """Whether that is the name of a relationship, to a parent or to children."""
        return name.lower() in self.parents or self.child(name) is not None

    def crossing(self, names: tuple[str, ...]) -> Crossing:
        """Which of the names of a record hold Ids, and which need a look at each value; the others cross as they are.

        The records of a query or of a trigger share their names: they are looked up once for all of them.
        """
        found = self._shapes.get(names)
        if found is None:
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            kinds = [(name, field.type if (field := self.field(name)) else "") for name in names]
            found = self._shapes[names] = (
                tuple(name for name, kind in kinds if kind in _IDS),
                tuple(name for name, kind in kinds if kind not in _IDS and kind not in _KEPT),
            )
        return found

    def foreign_keys(self, names: tuple[str, ...]) -> dict[str, str]:
        """By relationship, the fields that refer to those parents of a record, as far as its names lack them."""
        found = self._keys.get(names)
        if found is None:
            if len(self._keys) >= _MOST_SHAPES:
                self._keys.clear()
            parents = {name: self.parents.get(name.lower()) for name in names}
            found = self._keys[names] = {
                name: field.name
                for name, field in parents.items()
                if field is not None and field.name not in names and field_type(field) is types.ID
            }
        return found

    def field_token(self, name: str) -> SObjectField:
        """The token of a field that exists."""
        key = name.lower()
        found = self._fields.get(key)
        if found is None:
            assert self.info is not None
            found = self._fields[key] = SObjectField(self, self.info.fields[key])
        return found


@platform("Schema.SObjectField")
class SObjectField(PlatformObject):
    """``Schema.SObjectField``: the token of a field."""

    __slots__ = ("field", "owner")

    def __init__(self, owner: SObjectType, field: FieldInfo) -> None:
        self.owner, self.field = owner, field

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, SObjectField)
            and self.owner.name == other.owner.name
            and self.field.name == other.field.name
        )

    def __hash__(self) -> int:
        return hash(self.field.name)

    def apex_text(self, limit: int | None = None) -> str:
        """The API name of the field."""
        return self.field.name


class Types:
    """The SObject tokens of one schema, made when they are asked for."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._tokens: dict[str, SObjectType] = {}
        self._all: dict[str, SObjectType] | None = None

    def get(self, name: str) -> SObjectType:
        """The token of a type that exists (or of ``SObject``, ``AggregateResult``)."""
        found = self._tokens.get(name)
        if found is None:
            info = None if name in ("SObject", "AggregateResult") else self.schema.sobject(name)
            proper = info.name if info else name
            found = self._tokens.get(proper) or SObjectType(info, self.schema, proper)
            self._tokens[name] = self._tokens[proper] = found
        return found

    def all(self) -> dict[str, SObjectType]:
        """The tokens of all types by lower-case name, in the order of their names."""
        if self._all is None:
            self._all = {name.lower(): self.get(name) for name in sorted(self.schema.sobject_names())}
        return self._all

    def find(self, name: str) -> SObjectType | None:
        """The token of that name, case ignored, if the org has such a type."""
        return self.get(name) if self.schema.sobject(name) is not None else None
