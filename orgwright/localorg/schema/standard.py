"""Standard objects: read from the packed facts, each when it is first asked for.

There are two packs. ``standard_objects`` has what an org has without any licence or with a setting alone, and is
indexed as soon as an org is made; ``feature_objects`` has what only a licence or an industry cloud brings, and is
looked into only where a schema has the feature :data:`EVERY_OBJECT`. ``corrections.json`` says where the facts are not
followed, and why.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from orgwright.apex.host import JUNCTION
from orgwright.localorg.data.pack import FLAGS, OBJECT_FLAGS
from orgwright.localorg.schema.companions import companion_kind
from orgwright.localorg.schema.model import ChildRelationship, Field, Junction, PicklistEntry

_FOLDER = Path(__file__).parent.parent / "data"
_STANDARD, _FEATURE = "standard_objects.pack", "feature_objects.pack"

EVERY_OBJECT = "*"
"""The feature of a throw-away org: each standard object that code names is there, whatever setting or licence brings
it. What lists objects (a global describe) names those of a plain org only."""

ASKED_SETTINGS = frozenset(("CurrencySettings.enableMultiCurrency",))
"""Settings that Apex can ask for (``UserInfo.isMultiCurrencyOrganization``): their objects follow them in a throw-away org too."""

FEATURE_SETTINGS = {
    "MultiCurrency": "CurrencySettings.enableMultiCurrency",
    "Quotes": "QuoteSettings.enableQuote",
    "EntitlementManagement": "EntitlementSettings.enableEntitlements",
    "OpportunitySplits": "OpportunitySettings.enableOpportunityTeam",
    "FieldService": "FieldServiceSettings.fieldServiceOrgPref",
}
"""Features of single fields that a setting switches on; the rest only a scratch org definition can."""

ALWAYS_ON = frozenset(("HiddenByFLS", "Contracts"))

DEFAULT_SETTINGS = {
    "ChatterSettings.enableChatter": True,
    "ContentSettings.enableContent": True,
}
"""What a new Developer or Enterprise org has on."""

_OBJECT_SWITCH = {"Data Protection and Privacy (individuals)": "PrivacySettings.enableConsentManagement"}
_REPLICATEABLE = 1 << OBJECT_FLAGS.index("replicateable")


@dataclass(frozen=True, slots=True)
class Entry:
    """The header of one standard object."""

    name: str
    label: str
    label_plural: str
    key_prefix: str | None
    flags: int
    enabled_by: tuple[str, ...]
    families: tuple[str, ...]
    offset: int
    size: int
    file: str = _STANDARD

    def has(self, flag: str) -> bool:
        """Whether the describe flag is set."""
        return bool(self.flags >> OBJECT_FLAGS.index(flag) & 1)


@dataclass(frozen=True, slots=True)
class _Body:
    fields: tuple[tuple[Field, str | None], ...]
    children: tuple[tuple[ChildRelationship, str | None], ...]


@dataclass(frozen=True, slots=True)
class _Pack:
    header: Mapping[str, Any]
    start: int
    """Where the bodies begin."""


@cache
def _pack(file: str) -> _Pack:
    with (_FOLDER / file).open("rb") as stream:
        head = stream.readline()
    return _Pack(json.loads(head), len(head))


@cache
def _corrections() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = json.loads((_FOLDER / "corrections.json").read_text("utf-8"))
    return found


def _corrected(sobject: str, field: str) -> Mapping[str, Any]:
    """What the facts should say of a field, by their own words."""
    return _corrections()["fields"].get(f"{sobject}.{field}", {})


@cache
def entries() -> Mapping[str, Entry]:
    """All standard objects that need no licence by lower-case name, whether or not an org has them switched on."""
    return _entries(_STANDARD)


@cache
def feature_entries() -> Mapping[str, Entry]:
    """The standard objects that a licence or an industry cloud brings, by lower-case name."""
    return _entries(_FEATURE)


def entry_of(lower: str, features: frozenset[str]) -> Entry | None:
    """The header of a standard object of an org with those features, whether or not its settings switch it on."""
    found = entries().get(lower)
    return feature_entries().get(lower) if found is None and EVERY_OBJECT in features else found


def _entries(file: str) -> dict[str, Entry]:
    found = {}
    for name, row in _pack(file).header["objects"].items():
        label, plural, prefix, flags, enabled_by, families, offset, size = row
        switches = tuple(_OBJECT_SWITCH.get(s, s) for s in enabled_by)
        corrected = _corrections()["objects"].get(name, {})
        prefix = corrected.get("keyPrefix", prefix)
        for flag in corrected.get("flags", ()):
            flags |= 1 << OBJECT_FLAGS.index(flag)
        kind = companion_kind(name)
        if kind is not None:  # as recorded describes have them
            plural = label
            flags |= _REPLICATEABLE if kind in ("Feed", "History") else 0
        found[name.lower()] = Entry(name, label, plural, prefix, flags, switches, tuple(families), offset, size, file)
    return found


@cache
def feature_prefixes() -> Mapping[str, str]:
    """Names of the objects of :func:`feature_entries` by key prefix."""
    return {entry.key_prefix: entry.name for entry in feature_entries().values() if entry.key_prefix}


@cache
def _value_sets() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(_pack(_STANDARD).header["valueSets"])
    return found


def _read(entry: Entry) -> dict[str, Any]:
    with (_FOLDER / entry.file).open("rb") as stream:
        stream.seek(_pack(entry.file).start + entry.offset)
        found: dict[str, Any] = json.loads(zlib.decompress(stream.read(entry.size)))
    return found


@cache
def _body(lower: str) -> _Body:
    entry = entries().get(lower) or feature_entries()[lower]
    raw = _read(entry)
    rows = [*raw["f"], *_corrections()["added"].get(entry.name, {}).get("rows", ())]
    fields = tuple((_field(entry.name, row), _feature(entry.name, row)) for row in rows)
    fields += tuple((_permission(name), None) for name in raw.get("p", ()))
    children = tuple(
        (
            ChildRelationship(child, field, relation, bool(flags & 1), bool(flags & 2)),
            _corrected(child, field).get("feature", feature),
        )
        for child, field, relation, flags, feature in raw["c"]
    )
    added = _corrections()["children"].get(entry.name, {}).get("rows", ())
    children += tuple((ChildRelationship(*row), None) for row in added)
    return _Body(fields, children)


def fields(lower: str, features: frozenset[str]) -> Iterator[Field]:
    """The fields of a standard object in an org with those features, in describe order."""
    return (field for field, feature in _body(lower).fields if feature is None or feature in features)


def children(lower: str, features: frozenset[str]) -> Iterator[ChildRelationship]:
    """Its child relationships whose reference field exists with those features."""
    found = (child for child, feature in _body(lower).children if feature is None or feature in features)
    return (_with_junctions(lower, child) for child in found)


@cache
def junctions(lower: str) -> Mapping[str, Field]:
    """The junction id lists of a standard object of that lower-case name, by lower-case name."""
    entry = entries().get(lower)
    rows = _corrections()["junctions"].get(entry.name, {}).get("rows", {}) if entry is not None else {}
    return MappingProxyType({own.lower(): _junction(own, *place) for own, place in rows.items()})


def _junction(name: str, child: str, parent: str, reference: str, fixed: list[list[str]]) -> Field:
    kept = Junction(child, parent, reference, tuple((field, value) for field, value in fixed))
    return Field(name=name, label=name, type=JUNCTION, filterable=False, sortable=False, groupable=False, junction=kept)


def _with_junctions(parent: str, child: ChildRelationship) -> ChildRelationship:
    """A child relationship with the lists of the parent that are kept in it."""
    own = [
        f
        for f in junctions(parent).values()
        if f.junction and (f.junction.child, f.junction.parent) == (child.child, child.field)
    ]
    if not own or own[0].junction is None:
        return child
    reference = own[0].junction.reference
    targets = next((f.reference_to for f, _ in _body(child.child.lower()).fields if f.name == reference), ())
    return replace(child, junction_names=tuple(sorted(f.name for f in own)), junction_targets=targets)


def _feature(sobject: str, row: list[Any]) -> str | None:
    feature: str | None = {**row[4], **_corrected(sobject, row[0])}.get("feature")
    return feature


def _permission(name: str) -> Field:
    return Field(
        name=f"Permissions{name}",
        label=name,
        type="boolean",
        nillable=False,
        defaulted_on_create=True,
        default_value=False,
        permissionable=False,
    )


def _field(sobject: str, row: list[Any]) -> Field:
    name, label, type_, bits, extras = row
    flag = _flags(bits)
    if corrected := _corrected(sobject, name):
        flag = {one: corrected.get(one, value) for one, value in flag.items()}
        type_, extras = corrected.get("type", type_), {**extras, **corrected}
    length = extras.get("length", 0)
    default = extras.get("defaultValue", extras.get("picklistDefault"))
    return Field(
        name=name,
        label=label,
        type=type_,
        length=length or (18 if type_ in ("id", "reference") else 0),
        precision=extras.get("precision", 0),
        scale=extras.get("scale", 0),
        digits=extras.get("digits", 0),
        nillable=flag["nillable"],
        createable=flag["createable"],
        updateable=flag["updateable"],
        calculated=flag["calculated"],
        unique=flag["unique"],
        id_lookup=flag["idLookup"],
        name_field=flag["nameField"],
        auto_number=flag["autoNumber"],
        case_sensitive=flag["caseSensitive"],
        html_formatted=flag["htmlFormatted"],
        encrypted=flag["encrypted"],
        defaulted_on_create=flag["defaultedOnCreate"] or name == "OwnerId" or type_ == "boolean",
        default_value=default if default is not None else (False if type_ == "boolean" else None),
        restricted_picklist=flag["restrictedPicklist"],
        dependent_picklist=flag["dependentPicklist"],
        picklist=_picklist(extras),
        reference_to=tuple(extras.get("referenceTo", ())),
        relationship_name=extras.get("relationshipName"),
        polymorphic=flag["polymorphic"],
        name_pointing=flag["namePointing"],
        permissionable=flag["permissionable"] or extras.get("feature") == "HiddenByFLS",
        hidden=extras.get("feature") == "HiddenByFLS",
        filterable=flag["filterable"],
        sortable=flag["sortable"],
        groupable=flag["groupable"],
        compound_field_name=extras.get("compoundFieldName"),
        extra_type_info=extras.get("extraTypeInfo"),
        display_format="{00000000}" if flag["autoNumber"] else None,
    )


@cache
def _flags(bits: int) -> Mapping[str, bool]:
    return {name: bool(bits >> i & 1) for i, name in enumerate(FLAGS)}


def _picklist(extras: dict[str, Any]) -> tuple[PicklistEntry, ...]:
    values = _value_sets()[extras["picklistSet"]] if "picklistSet" in extras else extras.get("picklist", ())
    labels = extras.get("picklistLabels", {})
    default = extras.get("picklistDefault")
    return tuple(PicklistEntry(v, labels.get(v, v), True, v == default) for v in values)
