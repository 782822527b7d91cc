"""Avro schemas of platform and change events as the Pub/Sub API hands them out, and payloads in and out of them."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import fastavro

from orgwright.localorg.events.capture import HEADER, compound_of
from orgwright.localorg.schema.model import DECIMAL_TYPES, Field, SObjectType

_LISTS = ("nulledFields", "diffFields", "changedFields")
_CHANGES = ["CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE",
            "GAP_OVERFLOW", "SNAPSHOT"]  # fmt: skip
_PERSON = ("Salutation", "FirstName", "LastName", "MiddleName", "InformalName", "Suffix")
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country", "StateCode", "CountryCode", "Latitude", "Longitude",
            "Xyz", "GeocodeAccuracy")  # fmt: skip
_NUMBERS = frozenset(("Latitude", "Longitude"))
_NOT_SENT = frozenset(("Id", "ReplayId", "IsDeleted", "SystemModstamp", "EventUuid", HEADER))
_MOMENTS = frozenset(("date", "datetime"))


@dataclass(frozen=True)
class Schema:
    """The schema of one event type. ``kinds`` tells the types of its plain fields."""

    id: str
    text: str
    parsed: Any
    fields: tuple[dict[str, Any], ...]
    kinds: Mapping[str, str]
    sobject: str


def schema_of(event: SObjectType) -> Schema:
    """The schema of a platform event or change event; its id is a hash of it."""
    fields = [*_head()] if event.kind == "change" else []
    records: set[str] = set()
    kinds: dict[str, str] = {}
    for one in event.fields.values():
        if one.name in _NOT_SENT or (event.kind == "change" and compound_of(event, one.name) is not None):
            continue
        kind = _type(event, one, records)
        plain = isinstance(kind, str)
        required = event.kind == "event" and one.name in ("CreatedDate", "CreatedById")
        doc = f"{'Data' if one.custom else 'CreatedBy' if one.name == 'CreatedById' else one.name}:{one.type}"
        shown: dict[str, Any] = {"name": one.name, "type": kind if required else ["null", kind], "doc": doc}
        if not required:
            shown["default"] = None
        fields.append(shown)
        if plain:
            kinds[one.name] = one.type
    whole = {"type": "record", "name": event.name, "namespace": "com.sforce.eventbus", "fields": fields}
    text = json.dumps(whole, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).digest()[:16]
    id = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return Schema(id, text, fastavro.parse_schema(json.loads(text)), tuple(fields), kinds, event.name)


def _head() -> list[dict[str, Any]]:
    texts = {"type": "array", "items": "string"}
    kind = {"type": "enum", "name": "ChangeType", "symbols": _CHANGES}
    types: dict[str, Any] = {
        "entityName": "string", "recordIds": texts, "changeType": kind, "changeOrigin": "string",
        "transactionKey": "string", "sequenceNumber": "int", "commitTimestamp": "long", "commitNumber": "long",
        "commitUser": "string", **dict.fromkeys(_LISTS, texts),
    }  # fmt: skip
    inner = [{"name": name, "type": kind} for name, kind in types.items()]
    return [{"name": HEADER, "type": {"type": "record", "name": HEADER, "fields": inner}}]


def _type(event: SObjectType, one: Field, records: set[str]) -> Any:
    if event.kind == "change" and one.name == "Name" and event.field("FirstName") is not None:
        return _record("PersonName", [n for n in _PERSON if event.field(n) or n in _PERSON[:3]], records)
    if one.type == "address":
        return _record("Address", _ADDRESS, records)
    if one.type == "location":
        return _record("Location", ("Latitude", "Longitude"), records)
    if one.type in _MOMENTS:
        return "long"
    if one.type in DECIMAL_TYPES:
        return "double"
    return {"boolean": "boolean", "int": "int", "long": "long"}.get(one.type, "string")


def _record(name: str, parts: Sequence[str], records: set[str]) -> Any:
    if name in records:
        return name
    records.add(name)
    inner = [{"name": p, "type": ["null", "double" if p in _NUMBERS else "string"], "default": None} for p in parts]
    return {"type": "record", "name": name, "fields": inner}


def encode(schema: Schema, payload: Mapping[str, Any]) -> bytes:
    """The payload of a logged event (JSON values) as Avro."""
    values: dict[str, Any] = {}
    for one in schema.fields:
        name = one["name"]
        value = payload.get(name)
        if name == HEADER and isinstance(value, Mapping):
            value = {**value, **{label: bitmaps(schema, value[label]) for label in _LISTS}}
        elif isinstance(value, Mapping):
            value = {part: _number(item) if part in _NUMBERS else item for part, item in value.items()}
        elif value is not None and schema.kinds.get(name) in _MOMENTS:
            value = _milliseconds(str(value))
        elif value is not None and schema.kinds.get(name) in DECIMAL_TYPES:
            value = float(value)
        values[name] = value
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema.parsed, values)
    return out.getvalue()


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def decode(schema: Schema, payload: bytes) -> dict[str, Any]:
    """The fields of a publisher's Avro payload as JSON values; what the platform sets itself is left out.

    Raises ``ValueError`` when the bytes do not follow the schema.
    """
    source = io.BytesIO(payload)
    try:
        found = fastavro.schemaless_reader(source, schema.parsed, None)
    except Exception as error:  # fastavro raises whatever its reader runs into
        raise ValueError(str(error) or type(error).__name__) from error
    if source.read(1) or not isinstance(found, Mapping):
        raise ValueError("there is more than the schema says")
    values: dict[str, Any] = {}
    for name, value in found.items():
        if name in ("CreatedDate", "CreatedById") or value is None:
            continue
        kind = schema.kinds.get(name)
        if kind in _MOMENTS and isinstance(value, int):
            try:
                moment = dt.datetime.fromtimestamp(value / 1000, dt.UTC)
            except (OverflowError, OSError, ValueError):
                raise ValueError(f"{name}: {value} is no moment") from None
            value = moment.date().isoformat() if kind == "date" else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        values[name] = value
    return values


def _milliseconds(text: str) -> int:
    moment = dt.datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp() * 1000)


def bitmaps(schema: Schema, paths: Sequence[str]) -> list[str]:
    """Names of fields as bitmaps over the schema's fields: ``0x..``, and ``7-0x..`` for parts of the field 7."""
    places = {one["name"]: number for number, one in enumerate(schema.fields)}
    own = 0
    inner: dict[int, int] = {}
    for path in paths:
        name, _, part = path.partition(".")
        place = places.get(name)
        if place is None:
            continue
        if not part:
            own |= 1 << place
            continue
        parts = _parts(schema, place)
        if part in parts:
            inner[place] = inner.get(place, 0) | (1 << parts.index(part))
    found = [_hex(own)] if own else []
    return found + [f"{place}-{_hex(bits)}" for place, bits in sorted(inner.items())]


def _parts(schema: Schema, place: int) -> list[str]:
    kind = schema.fields[place]["type"][1]
    if isinstance(kind, str):  # a record that an earlier field has defined
        kind = next(f["type"][1] for f in schema.fields if isinstance(f["type"], list) and
                    isinstance(f["type"][1], dict) and f["type"][1]["name"] == kind)  # fmt: skip
    return [part["name"] for part in kind["fields"]]


def _hex(bits: int) -> str:
    text = f"{bits:X}"
    return "0x" + ("0" + text if len(text) % 2 else text)
