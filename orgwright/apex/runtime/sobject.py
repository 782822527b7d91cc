"""SObjects, and the way from and to the org's records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from orgwright.apex.host import JUNCTION, FieldInfo, LateRecord, Record, RecordError
from orgwright.apex.library.registry import platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.compare import equals
from orgwright.apex.runtime.exceptions import FinalException, NullPointerException, SObjectException, TypeException
from orgwright.apex.runtime.hashes import hash_of, signed
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.text import storable, to_text
from orgwright.apex.runtime.tokens import SObjectField, SObjectType, Types, field_type, rtype_of
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import Id, Long, PlatformObject, parse_id

_MISSING = object()


@platform("System.SObject", "SObject")
class SObject(PlatformObject):
    """One record. ``fields`` holds what is set, by the schema's spelling: values, parents under the relationship's
    name, ``List`` of children.

    ``queried`` is the set of fields that a query asked for (``None``: the row was built in memory); ``locked`` makes
    every write a FinalException; ``trigger`` marks the rows of ``Trigger.new`` and ``Trigger.old``. ``late`` is the
    record that ``fields`` will come from when they are first asked for.
    """

    __slots__ = (
        "_errors", "allows_errors", "clone_source", "fields", "late", "locked", "queried", "sobject_type", "trigger",
    )  # fmt: skip

    shown_once = True

    def __init__(
        self, sobject_type: SObjectType, fields: dict[str, Any] | None = None, late: LateRecord | None = None
    ) -> None:
        self.sobject_type = sobject_type
        self.late = late
        if late is None:
            self.fields: dict[str, Any] = {} if fields is None else fields
        self.queried: frozenset[str] | None = None
        self.locked = False
        self.trigger = False
        self.allows_errors = True
        self.clone_source: Id | None = None
        self._errors: list[RecordError] | None = None

    def __getattr__(self, name: str) -> Any:
        if name != "fields":  # only a slot that is not filled yet comes here
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        late, self.late = self.late, None
        assert late is not None
        self.fields = plain_fields(self.sobject_type, late.fields)
        return self.fields

    @property
    def rtype(self) -> RType:
        """The run-time type."""
        return self.sobject_type.rtype_of_rows

    @property
    def record_id(self) -> Any:
        """The Id as the row holds it, or null; whether a query asked for it is not looked at."""
        late = self.late
        return self.fields.get("Id") if late is None else None if late.id is None else Id(late.id)

    # ------------------------------------------------------------------ typed access (generated code)

    def read(self, name: str) -> Any:
        """A plain field by its proper name."""
        value = self.fields.get(name, _MISSING)
        if value is None:
            return self._blank(name)
        return self._unset(name) if value is _MISSING else value

    def _unset(self, name: str) -> Any:
        if self.queried is not None and name not in self.queried:
            raise SObjectException(
                "SObject row was retrieved via SOQL without querying the requested field: "
                f"{self.sobject_type.name}.{name}"
            )
        return self._blank(name)

    def _blank(self, name: str) -> bool | None:
        """What a field without a value reads as: a checkbox is never null."""
        field = self.sobject_type.field(name)
        return False if field is not None and field.type == "boolean" else None

    def write(self, name: str, value: Any) -> Any:
        """Set a plain field by its proper name to a value of its type."""
        if self.locked:
            raise FinalException("Record is read-only")
        self.fields[name] = value
        return value

    def parent(self, name: str) -> Any:
        """A parent record by the relationship's proper name; null when it is not there."""
        value = self.fields.get(name)
        if value is None and self.queried is not None and name not in self.queried:
            raise SObjectException(
                f"SObject row was retrieved via SOQL without querying the requested field: "
                f"{self.sobject_type.name}.{name}"
            )
        return value

    def children(self, name: str) -> Any:
        """The child records by the relationship's proper name."""
        value = self.fields.get(name)
        if value is None:
            found = self.sobject_type.child(name)
            rtype = types.list_of(rtype_of(found.child)) if found else types.list_of(types.SOBJECT)
            return List(rtype)
        return value

    # ------------------------------------------------------------------ equality and text

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, SObject) or self.sobject_type != other.sobject_type:
            return False
        if self.fields.keys() != other.fields.keys():
            mine = {k for k, v in self.fields.items() if v is not None}
            its = {k for k, v in other.fields.items() if v is not None}
            if mine != its:
                return False
        return all(equals(value, other.fields.get(name)) for name, value in self.fields.items())

    def __hash__(self) -> int:
        return hash(
            (
                self.sobject_type.name,
                frozenset((k, v) for k, v in self.fields.items() if isinstance(v, (str, int, Decimal))),
            )
        )

    def hashCode(self) -> int:  # noqa: N802 - the method has the name of Apex
        """A hash of the type and of the fields that are set."""
        fields = sum(hash_of(name) ^ hash_of(value) for name, value in self.fields.items() if value is not None)
        return signed(hash_of(self.sobject_type.name) + fields)

    def apex_text(self, limit: int | None = None) -> str:
        """``Account:{Name=A, Id=001...}``."""
        inner = ", ".join(
            f"{name}={to_text(value, limit)}" for name, value in self.fields.items() if not isinstance(value, List)
        )
        return f"{self.sobject_type.name}:{{{inner}}}"

    def sort_key(self) -> Any:
        """What ``List.sort`` orders SObjects by."""
        name = self.fields.get("Name")
        return (self.sobject_type.name, name or "", self.fields.get("Id") or "")

    # ------------------------------------------------------------------ dynamic access (the library)

    def field_named(self, field: str | SObjectField) -> FieldInfo:
        """The field that a name or token means; SObjectException if the type has none."""
        if field is None:
            raise NullPointerException("Argument 1 cannot be null")
        if isinstance(field, SObjectField):
            if field.owner.name != self.sobject_type.name and self.sobject_type.name != "SObject":
                raise SObjectException(
                    f"{field.owner.name}.{field.field.name} does not belong to SObject type {self.sobject_type.name}"
                )
            return field.field
        found = self.sobject_type.field(field)
        if found is None:
            raise SObjectException(f"Invalid field {field} for {self.sobject_type.name}")
        return found

    @property
    def Id(self) -> Any:  # noqa: N802 - the one field that a generic SObject has
        if self.late is not None:
            return self.record_id
        info = self.sobject_type.info
        if info is not None and "id" not in info.fields:
            return None  # a platform event
        return self.get("Id")

    @Id.setter
    def Id(self, value: Any) -> None:  # noqa: N802
        self.put("Id", value)

    def get(self, field: str | SObjectField) -> Any:
        """A field by name or token; a Long comes boxed. In the row of a query any alias, in whatever case."""
        if isinstance(field, str) and self.sobject_type.field(field) is None:
            alias = self._alias(field)
            if alias is not None:
                return self.fields[alias]
        info = self.field_named(field)
        value = self.read(info.name)
        return Long(value) if info.type == "long" and value is not None else value

    def _alias(self, name: str) -> str | None:
        """What the row keeps under a name that is neither a field nor a relationship: the query named it so."""
        if self.sobject_type.info is not None and (self.queried is None or self.sobject_type.relates(name)):
            return None
        lowered = name.lower()
        return next((own for own in self.fields if own.lower() == lowered), None)

    def put(self, field: str | SObjectField, value: Any) -> Any:
        """Set a field by name or token, its type checked; the previous value."""
        info = self.field_named(field)
        if self.locked:
            raise FinalException("Record is read-only")
        converted = self.converted(info, value)
        if not writeable(info):
            raise SObjectException(f"Field is not writeable: {self.sobject_type.name}.{info.name}")
        old = self.fields.get(info.name)
        self.fields[info.name] = converted
        return old

    def converted(self, field: FieldInfo, value: Any) -> Any:
        """The value as the field keeps it; SObjectException if it does not fit the type."""
        target = field_type(field)
        if value is None or target is types.OBJECT:
            return value
        cls = value.__class__
        if cls is List and field.type == JUNCTION:
            return value
        if target is types.STRING and cls is Id:
            return str.__str__(value)
        if cls in target.direct:
            return value
        if target is types.ID and cls is str:
            return self._id(field, value)
        if target is types.DECIMAL and cls in (int, Long, float):
            return Decimal(repr(value)) if cls is float else Decimal(int(value))
        if target is types.INTEGER and cls is Decimal and value == value.to_integral_value():
            return int(value)
        if target is types.LONG and cls is int:
            return value
        if target is types.DATETIME and cls is dt.date:
            return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
        raise SObjectException(f"Illegal assignment from {types.name_of(value)} to {target.name}")

    def _id(self, field: FieldInfo, text: str) -> str:
        found = parse_id(text)
        if found is None:
            raise SObjectException(f"Invalid id: {text}")
        owner = self.sobject_type.schema.sobject_of_id(found)
        if field.type == "id" and owner is not None and owner.name != self.sobject_type.name:
            raise TypeException(f"Invalid id value for this SObject type: {text}")
        return found

    # ------------------------------------------------------------------ errors

    @property
    def errors(self) -> list[RecordError]:
        """What ``addError`` said of this record."""
        if self._errors is None:
            self._errors = []
        return self._errors

    @property
    def has_errors(self) -> bool:
        """Whether ``addError`` was called."""
        return bool(self._errors)

    def add_error(self, message: str | None, fields: tuple[str, ...] = ()) -> None:
        """``addError``: refuse the record in this trigger."""
        if not self.allows_errors:
            raise SObjectException("SObject row does not allow errors")
        self.errors.append(RecordError("FIELD_CUSTOM_VALIDATION_EXCEPTION", message or "", fields))

    # ------------------------------------------------------------------ copies

    def clone(
        self,
        preserve_id: bool = False,
        deep: bool = False,
        preserve_timestamps: bool = False,
        preserve_auto: bool = False,
    ) -> SObject:
        """``SObject.clone``."""
        copied = SObject(self.sobject_type)
        copied.queried = self.queried
        copied.clone_source = self.fields.get("Id")
        for name, value in self.fields.items():
            if name == "Id" and not preserve_id:
                continue
            if name in _TIMESTAMPS and not preserve_timestamps:
                continue
            field = self.sobject_type.field(name)
            if field is not None and field.name_field and not preserve_auto and not field.createable:
                continue
            copied.fields[name] = value.clone(True, True) if deep and isinstance(value, SObject) else value
        if not preserve_id and copied.queried is not None:
            copied.queried = copied.queried | {"Id"}
        return copied


_TIMESTAMPS = frozenset(("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"))


def writeable(field: FieldInfo) -> bool:
    """Whether Apex may set the field on a row at all."""
    return field.createable or field.updateable or field.type == "id"


# ---------------------------------------------------------------------------- the border to the org


def from_record(record: Record, tokens: Types, *, queried: bool = False) -> SObject:
    """The SObject of a record of the org; with ``queried`` unset fields cannot be read."""
    token = tokens.get(record.type)
    if record.__class__ is LateRecord and not queried:
        return SObject(token, late=record)
    fields = plain_fields(token, record.fields)
    if queried:
        fields = _with_foreign_keys(token, fields)
    for name in token.crossing(tuple(fields))[1]:
        value = fields[name]
        cls = value.__class__
        if cls is Record:
            made_of = _COMPOUND.get(found.type) if (found := token.field(name)) is not None else None
            fields[name] = _compound(made_of, value) if made_of else from_record(value, tokens, queried=queried)
        elif cls is list and token.lists_ids(name):
            fields[name] = List(types.list_of(types.STRING), list(value))
        elif cls is list:
            rows = [from_record(child, tokens, queried=queried) for child in value]
            fields[name] = List(types.list_of(_child_type(token, name, rows)), rows)
        elif cls is float:
            fields[name] = Decimal(repr(value))
        elif cls is dict:
            from orgwright.apex.library.events import change_header

            fields[name] = change_header(value)
    made = SObject(token, fields)
    if queried and token.info is not None:
        made.queried = frozenset(fields) | {"Id"}
    return made


_COMPOUND = {"address": "System.Address", "location": "System.Location"}


def _compound(type_name: str, value: Record) -> Any:
    """The platform object that a compound field holds."""
    from orgwright.apex.library.registry import find_class

    made: Any = find_class(type_name)
    return made.of_record(value.fields)


def _with_foreign_keys(token: SObjectType, given: dict[str, Any]) -> dict[str, Any]:
    """What a query selected, and before each parent the Id by which the row refers to it, selected or not."""
    keys = token.foreign_keys(tuple(given))
    if not keys:
        return given
    fields: dict[str, Any] = {}
    for name, value in given.items():
        key = keys.get(name)
        if key is not None:
            parent = value.fields.get("Id") if isinstance(value, Record) else None
            fields[key] = None if parent is None else Id(parent)
        fields[name] = value
    return fields


def plain_fields(token: SObjectType, given: dict[str, Any]) -> dict[str, Any]:
    """A record's fields with the Ids that Apex sees."""
    fields = dict(given)
    for name in token.crossing(tuple(fields))[0]:
        value = fields[name]
        if value.__class__ is str:
            fields[name] = Id(value)
    return fields


def _child_type(token: SObjectType, name: str, rows: list[SObject]) -> RType:
    child = token.child(name)
    if child is not None:
        return rtype_of(child.child)
    return rows[0].rtype if rows else types.SOBJECT


def to_record(row: SObject) -> Record:
    """The record of the org that an SObject means: plain fields and parents named by external id."""
    fields: dict[str, Any] = {}
    for name, value in row.fields.items():
        cls = value.__class__
        if cls is SObject:
            fields[name] = to_record(value)
        elif cls is List and row.sobject_type.lists_ids(name):
            fields[name] = [one if one is None else str.__str__(one) for one in value.items]
        elif cls is List or (value is None and name.lower() in row.sobject_type.parents):
            continue  # what a query found on the other side says nothing about the record
        elif cls is Id:
            fields[name] = str.__str__(value)
        elif cls is Long:
            fields[name] = int(value)
        elif getattr(cls, "is_compound", False):
            continue  # its parts are what can be written
        else:
            fields[name] = value if cls is not str or value.isascii() else storable(value)
    return Record(row.sobject_type.name, fields)


def new_sobject(token: SObjectType, pairs: Iterable[tuple[str, Any]] = ()) -> SObject:
    """``new Account(Name = 'x')``: names are proper, values of the fields' types."""
    return SObject(token, dict(pairs))


def populated(row: SObject) -> Map:
    """``getPopulatedFieldsAsMap``."""
    return Map(types.map_of(types.STRING, types.OBJECT), dict(row.fields))


__all__ = ["SObject", "SObjectField", "SObjectType", "Types", "field_type", "from_record", "new_sobject", "to_record"]
