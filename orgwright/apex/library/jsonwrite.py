"""``JSON.serialize`` and ``serializePretty``: values as JSON text."""

from __future__ import annotations

import base64
import datetime as dt
from decimal import Decimal
from operator import itemgetter
from typing import Any

from orgwright.apex.code.units import FieldCode
from orgwright.apex.library.jsonvalues import moment_text, quoted, time_text
from orgwright.apex.library.registry import native
from orgwright.apex.library.typetoken import Type
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import ApexException, JSONException
from orgwright.apex.runtime.keyed import Map, Set
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.text import decimal_text, double_text, to_text
from orgwright.apex.runtime.tokens import SObjectType
from orgwright.apex.runtime.values import ApexObject, EnumValue, Id, Long, all_fields

API_VERSION = "v67.0"


class Writer:
    """JSON text in the making; pretty text is laid out as by Jackson's default printer."""

    def __init__(self, pretty: bool = False) -> None:
        self.pretty = pretty
        self.parts: list[str] = []
        self.open: list[str] = []
        self._counts: list[int] = [0]
        self._objects = 0

    def _newline(self) -> None:
        self.parts.append("\n" + "  " * self._objects)

    def entry(self) -> None:
        """What stands before an element of an array."""
        if self.open and self.open[-1] == "ARRAY":
            if self._counts[-1]:
                self.parts.append(",")
            if self.pretty:
                self.parts.append(" ")
        self._counts[-1] += 1

    def name(self, name: str) -> None:
        """A member's name."""
        if self._counts[-1]:
            self.parts.append(",")
        if self.pretty:
            self._newline()
        self.parts.append(quoted(name))
        self.parts.append(" : " if self.pretty else ":")

    def scalar(self, text: str) -> None:
        """A value that is neither object nor array, as JSON text."""
        self.entry()
        self.parts.append(text)

    def start(self, kind: str) -> None:
        """Open an ``OBJECT`` or ``ARRAY``."""
        self.entry()
        self.parts.append("{" if kind == "OBJECT" else "[")
        self.open.append(kind)
        self._counts.append(0)
        self._objects += kind == "OBJECT"

    def end(self) -> None:
        """Close what was opened last."""
        kind = self.open.pop()
        filled = self._counts.pop()
        self._objects -= kind == "OBJECT"
        if self.pretty:
            if filled and kind == "OBJECT":
                self._newline()
            else:
                self.parts.append(" ")
        self.parts.append("}" if kind == "OBJECT" else "]")

    def text(self) -> str:
        """What was written so far."""
        return "".join(self.parts)


def scalar_text(value: Any) -> str | None:
    """The JSON text of a plain value, ``None`` for an object or a collection."""
    cls = value.__class__
    if value is None:
        return "null"
    if cls is str or cls is Id:
        return quoted(value)
    if cls is bool:
        return "true" if value else "false"
    if cls is int or cls is Long:
        return int.__repr__(value)
    if cls is Decimal:
        return decimal_text(value)
    if cls is float:
        return double_text(value)
    if cls is dt.datetime:
        return f'"{moment_text(value)}"'
    if cls is dt.date:
        return f'"{value.isoformat()}"'
    if cls is dt.time:
        return f'"{time_text(value)}"'
    if cls is bytes:
        return f'"{base64.b64encode(value).decode()}"'
    if isinstance(value, EnumValue):
        return quoted(value.name)
    if isinstance(value, (Type, SObjectType)):
        return quoted(to_text(value))
    return None


class Serializer:
    """Writes values; ``omit_nulls`` leaves out null fields of user classes."""

    def __init__(self, writer: Writer, omit_nulls: bool = False) -> None:
        self.writer, self.omit_nulls = writer, omit_nulls
        self._inside: set[int] = set()

    def write(self, value: Any) -> None:
        """Any value."""
        plain = scalar_text(value)
        if plain is not None:
            self.writer.scalar(plain)
            return
        if id(value) in self._inside:
            raise JSONException("Direct self-reference leading to cycle")
        self._inside.add(id(value))
        try:
            self._structure(value)
        finally:
            self._inside.discard(id(value))

    def _structure(self, value: Any) -> None:
        if isinstance(value, (List, Set)):
            self.writer.start("ARRAY")
            for item in value.items if isinstance(value, List) else value.keys_listed():
                self.write(item)
            self.writer.end()
        elif isinstance(value, Map):
            self.writer.start("OBJECT")
            for key, item in value.entries():
                self.member(key_text(key), item)
            self.writer.end()
        elif isinstance(value, SObject):
            self.row(value)
        elif isinstance(value, ApexObject):
            self.instance(value)
        elif hasattr(value, "json_text"):
            self.writer.scalar(quoted(value.json_text))
        elif hasattr(value, "json_fields"):
            self.writer.start("OBJECT")
            for name, item in value.json_fields().items():
                self.member(name, item)
            self.writer.end()
        else:
            name = value.getTypeName() if isinstance(value, ApexException) else getattr(value, "apex_type", "Object")
            raise JSONException(f"Apex Type unsupported in JSON: {name}")

    def member(self, name: str, value: Any) -> None:
        """One member of an object."""
        self.writer.name(name)
        self.write(value)

    def instance(self, value: ApexObject) -> None:
        """A user object: its fields from the base class down, then its properties from Z to A, as orgs write them."""
        self.writer.start("OBJECT")
        properties = {f.name for base in value.__class__.__mro__ for f in _declared(base) if f.property}
        found = instance_fields(value)
        last = sorted((pair for pair in found if pair[0] in properties), key=itemgetter(0), reverse=True)
        for name, item in [*(pair for pair in found if pair[0] not in properties), *last]:
            if item is not None or not self.omit_nulls:
                self.member(name, item)
        self.writer.end()

    def row(self, row: SObject) -> None:
        """A record with its attributes, parents as records, children as query results."""
        name = row.sobject_type.name
        self.writer.start("OBJECT")
        self.writer.name("attributes")
        self.writer.start("OBJECT")
        self.member("type", name)
        own = row.fields.get("Id")
        if own is not None:
            self.member("url", f"/services/data/{API_VERSION}/sobjects/{name}/{own}")
        self.writer.end()
        for field, value in row.fields.items():
            if isinstance(value, List) and not row.sobject_type.lists_ids(field):
                self.children(field, value)
            else:
                self.member(field, value)
        self.writer.end()

    def children(self, name: str, rows: List) -> None:
        """Child records as the result of a sub-query."""
        self.writer.name(name)
        self.writer.start("OBJECT")
        self.member("totalSize", len(rows.items))
        self.member("done", True)
        self.member("records", rows)
        self.writer.end()


def _declared(cls: type) -> tuple[FieldCode, ...]:
    code = cls.__dict__.get("apex_code")
    return code.fields if code is not None else ()


def instance_fields(value: ApexObject) -> list[tuple[str, Any]]:
    """The serialised fields of a user object with their values, transient ones left out; a property's getter runs."""
    found: list[tuple[str, Any]] = []
    for lowered, (name, attribute, _type, transient) in all_fields(value.__class__).items():
        if not transient:
            getter = getattr(value, f"get:{lowered}", None)
            found.append((name, getter() if getter is not None else getattr(value, attribute, None)))
    return found


def key_text(key: Any) -> str:
    """A map's key as the name of a member."""
    if key is None:
        return "null"
    if isinstance(key, (List, Set, Map, SObject, ApexObject)):
        raise JSONException("Map keys must be primitive to be serialized")
    plain = scalar_text(key)
    return str(key) if isinstance(key, str) else plain.strip('"') if plain is not None else to_text(key)


def serialized(value: Any, *, pretty: bool = False, omit_nulls: bool = False) -> str:
    """The JSON text of a value."""
    writer = Writer(pretty)
    try:
        Serializer(writer, omit_nulls).write(value)
    except RecursionError:
        raise JSONException("Value is nested too deeply") from None
    return writer.text()


@native("JSON.serialize")
def serialize(value: Any, omit_nulls: bool | None = False) -> str:
    return serialized(value, omit_nulls=bool(omit_nulls))


@native("JSON.serializePretty")
def serialize_pretty(value: Any, omit_nulls: bool | None = False) -> str:
    return serialized(value, pretty=True, omit_nulls=bool(omit_nulls))
