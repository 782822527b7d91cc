"""How a flat SQL row becomes a record with its parents and children."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from orgwright.apex.host import Record
from orgwright.localorg.schema.model import DECIMAL_TYPES
from orgwright.localorg.store.forms import Decoder, bulk_decoder, json_decoder, soap_decoder, typed_decoder

Row = Sequence[Any]
Children = Sequence[Mapping[str, list[Any]]]
"""For each sub-query the child rows by the parent's Id."""
Build = Callable[[Row, Children], Any]
Form = Literal["typed", "json", "soap", "bulk"]
"""Values for the host, for REST, for SOAP (moments with ``Z``), or for the JSON results of Bulk API 1.0 (moments in milliseconds)."""


_DECODERS: Mapping[Form, Callable[[str, int], Decoder | None]] = {
    "typed": typed_decoder,
    "json": json_decoder,
    "soap": soap_decoder,
    "bulk": bulk_decoder,
}


@dataclass
class Slot:
    """One value: where it stands in the row, under which key it goes."""

    key: str
    column: int
    type: str
    scale: int


@dataclass
class Compound:
    """An address or geolocation made of several columns; no value when all are empty."""

    key: str
    type: str
    parts: list[Slot]


@dataclass
class Child:
    """Children of the record, from the sub-query of that number."""

    key: str
    number: int


@dataclass
class Shape:
    """One record in a row. ``id_column`` tells whether a parent is there, and its URL."""

    type: str
    id_column: int | None = None
    entries: list[Slot | Compound | Child | Parent] = field(default_factory=list)
    with_id: bool = False
    """Whether a typed row has its Id, asked for or not, as rows in Apex have."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Type names by key prefix, for a parent of several types."""

    keys: list[tuple[str, int]] = field(default_factory=list)
    """References of a typed row that it has because parents were asked for: field and column."""

    def parent(self, key: str) -> Shape | None:
        """The parent shape under ``key``."""
        found = next((e for e in self.entries if isinstance(e, Parent) and e.key == key), None)
        return found.shape if found else None


@dataclass
class Parent:
    """A parent record; ``variants`` are the shapes of TYPEOF by key prefix."""

    key: str
    shape: Shape
    variants: Mapping[str, Shape] = field(default_factory=dict)


def builder(shape: Shape, form: Form, url: str) -> Build:
    """A function that makes a record (``typed``) or a JSON-ready dict of a row."""
    flat = [e for e in shape.entries if isinstance(e, Slot)]
    contiguous = len(flat) == len(shape.entries) and [s.column for s in flat] == list(range(len(flat)))
    if contiguous:
        return _flat(shape, flat, form, url)
    return _nested(shape, form, url)


def _decoders(slots: Sequence[Slot], form: Form) -> list[tuple[str, int, Decoder]]:
    make = _DECODERS[form]
    found = ((s.key, s.column, make(s.type, s.scale)) for s in slots)
    return [(key, column, decoder) for key, column, decoder in found if decoder is not None]


def _flat(shape: Shape, slots: list[Slot], form: Form, url: str) -> Build:
    keys = [s.key for s in slots]
    decoders = [(key, decode) for key, _, decode in _decoders(slots, form)]
    type_, id_column = shape.type, shape.id_column
    base = f"{url}/sobjects/{type_}/"
    add_id = shape.with_id and id_column is not None and "Id" not in keys

    def typed(row: Row, children: Children) -> Record:
        values = dict(zip(keys, row))  # noqa: B905  the row has the hidden Id behind the keys
        for key, decode in decoders:
            if values[key] is not None:
                values[key] = decode(values[key])
        if add_id:
            values["Id"] = row[id_column or 0]
        return Record(type_, values)

    def plain(row: Row, children: Children) -> dict[str, Any]:
        values: dict[str, Any] = {"attributes": {"type": type_}}
        if id_column is not None:
            values["attributes"]["url"] = base + row[id_column]
        values.update(zip(keys, row))  # noqa: B905  as above
        for key, decode in decoders:
            if values[key] is not None:
                values[key] = decode(values[key])
        return values

    return typed if form == "typed" else plain


def _nested(shape: Shape, form: Form, url: str) -> Build:
    readers = [(e.key, _reader(e, shape, form, url)) for e in shape.entries]
    id_column = shape.id_column
    prefixes = shape.prefixes
    add_id = shape.with_id and id_column is not None and all(key != "Id" for key, _ in readers)
    names = {key for key, _ in readers}
    added = [(key, column) for key, column in shape.keys if key not in names]

    def typed(row: Row, children: Children) -> Record:
        record = Record(shape.type)
        fields = record.fields
        for key, read in readers:
            fields[key] = read(row, children)
        if add_id:
            fields["Id"] = row[id_column or 0]
        for key, column in added:
            fields[key] = row[column]
        return record

    def plain(row: Row, children: Children) -> dict[str, Any]:
        attributes = {"type": shape.type}
        if id_column is not None and row[id_column] is not None:
            kind = prefixes.get(row[id_column][:3], shape.type) if prefixes else shape.type
            attributes["url"] = f"{url}/sobjects/{kind}/{row[id_column]}"
        values: dict[str, Any] = {"attributes": attributes}
        for key, read in readers:
            values[key] = read(row, children)
        return values

    return typed if form == "typed" else plain


def _reader(entry: Slot | Compound | Child | Parent, shape: Shape, form: Form, url: str) -> Build:
    if isinstance(entry, Slot):
        return _value(entry, form)
    if isinstance(entry, Compound):
        return _compound(entry, form)
    if isinstance(entry, Child):
        return _children(entry, shape, form)
    return _parent(entry, form, url)


def _value(slot: Slot, form: Form) -> Build:
    decode = _DECODERS[form](slot.type, slot.scale)
    column = slot.column
    if decode is None:
        return lambda row, children: row[column]
    found: Decoder = decode
    return lambda row, children: None if row[column] is None else found(row[column])


def _compound(entry: Compound, form: Form) -> Build:
    readers = [(part.key, _value(part, form)) for part in entry.parts]

    def read(row: Row, children: Children) -> Any:
        values = {key: one(row, children) for key, one in readers}
        if all(v is None for v in values.values()):
            return None
        return Record(entry.type, values) if form == "typed" else values

    return read


def _children(entry: Child, shape: Shape, form: Form) -> Build:
    number, column = entry.number, shape.id_column

    def read(row: Row, children: Children) -> Any:
        found = children[number].get(row[column or 0], [])
        if form == "typed":
            return found
        return {"totalSize": len(found), "done": True, "records": found} if found else None

    return read


def _parent(entry: Parent, form: Form, url: str) -> Build:
    column = entry.shape.id_column or 0
    default = _nested(entry.shape, form, url)
    variants = {prefix: _nested(one, form, url) for prefix, one in entry.variants.items()}

    def read(row: Row, children: Children) -> Any:
        key = row[column]
        if key is None:
            return None
        return variants.get(key[:3], default)(row, children)

    return read


def aggregate(slots: Sequence[Slot], form: Form) -> Build:
    """A function that makes an ``AggregateResult`` of a row."""
    readers = [(s.key, _aggregate_value(s, form)) for s in slots]

    def typed(row: Row, children: Children) -> Record:
        return Record("AggregateResult", {key: read(row, children) for key, read in readers})

    def plain(row: Row, children: Children) -> dict[str, Any]:
        return {"attributes": {"type": "AggregateResult"}, **{key: read(row, children) for key, read in readers}}

    return typed if form == "typed" else plain


def _aggregate_value(slot: Slot, form: Form) -> Build:
    if slot.type not in DECIMAL_TYPES or form != "typed":
        return _value(slot, form)
    column, scale = slot.column, slot.scale

    def read(row: Row, children: Children) -> Any:
        value = row[column]
        return None if value is None else Decimal(repr(value)).scaleb(-scale)

    return read
