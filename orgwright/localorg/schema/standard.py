"""Standard objects: read from the packed facts, each when it is first asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from orgwright.localorg.data.pack import FLAGS, OBJECT_FLAGS
from orgwright.localorg.schema.model import ChildRelationship, Field, PicklistEntry

_FILE = Path(__file__).parent.parent / "data" / "standard_objects.pack"

FEATURE_SETTINGS = {
    "MultiCurrency": "CurrencySettings.enableMultiCurrency",
    "Quotes": "QuoteSettings.enableQuote",
    "EntitlementManagement": "EntitlementSettings.enableEntitlements",
    "OpportunitySplits": "OpportunitySettings.enableOpportunityTeam",
    "FieldService": "FieldServiceSettings.fieldServiceOrgPref",
}
"""Features of single fields that a setting switches on; the rest only a scratch org definition can."""

ALWAYS_ON = frozenset(("HiddenByFLS", "Contracts", "WebToCaseOrLead"))

DEFAULT_SETTINGS = {
    "ChatterSettings.enableChatter": True,
    "ContentSettings.enableContent": True,
}
"""What a new Developer or Enterprise org has on."""

_NOT_REQUIRED = {
    # derived from another field of the record when the caller leaves them out
    ("QuoteLineItem", "Product2Id"), ("ContentVersion", "ContentDocumentId"), ("Campaign", "OwnerId"),
    ("Case", "BusinessHoursId"), ("PricebookEntry", "ProductSellingModelId"), ("User", "CommunityNickname"),
    ("Task", "IsVisibleInSelfService"), ("ContentDocumentLink", "ContentDocumentId"), ("Group", "Name"),
}  # fmt: skip
_PREFIXES = {"ActiveScratchOrg": "0sO"}
"""Key prefixes that no source tells; records need one."""
_PLAIN = {("Order", "TotalAmount")}
"""Fields of every org that the facts give to a feature."""
_REQUIRED = {("Order", "AccountId")}
_LENGTHS = {
    ("FieldPermissions", "Field"): 255,
    ("FieldPermissions", "SobjectType"): 255,
    ("ObjectPermissions", "SobjectType"): 255,
}
"""Picklists of the org's own names, which are longer than the recorded length."""
_OBJECT_SWITCH = {"Data Protection and Privacy (individuals)": "PrivacySettings.enableConsentManagement"}


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

    def has(self, flag: str) -> bool:
        """Whether the describe flag is set."""
        return bool(self.flags >> OBJECT_FLAGS.index(flag) & 1)


@dataclass(frozen=True, slots=True)
class _Body:
    fields: tuple[tuple[Field, str | None], ...]
    children: tuple[tuple[ChildRelationship, str | None], ...]


@cache
def _document() -> tuple[dict[str, Any], bytes]:
    head, _, body = _FILE.read_bytes().partition(b"\n")
    return json.loads(head), body


@cache
def entries() -> dict[str, Entry]:
    """All standard objects by lower-case name, whether or not an org has them."""
    found = {}
    for name, row in _document()[0]["objects"].items():
        label, plural, prefix, flags, enabled_by, families, offset, size = row
        switches = tuple(_OBJECT_SWITCH.get(s, s) for s in enabled_by)
        prefix = _PREFIXES.get(name, prefix)
        found[name.lower()] = Entry(name, label, plural, prefix, flags, switches, tuple(families), offset, size)
    return found


@cache
def _value_sets() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(_document()[0]["valueSets"])
    return found


@cache
def _body(lower: str) -> _Body:
    entry = entries()[lower]
    raw = json.loads(_document()[1][entry.offset : entry.offset + entry.size])
    fields = tuple((_field(entry.name, row), _feature(entry.name, row)) for row in raw["f"])
    fields += tuple((_permission(name), None) for name in raw.get("p", ()))
    children = tuple(
        (ChildRelationship(child, field, relation, bool(flags & 1), bool(flags & 2)), feature)
        for child, field, relation, flags, feature in raw["c"]
    )
    return _Body(fields, children)


def fields(lower: str, features: frozenset[str]) -> Iterator[Field]:
    """The fields of a standard object in an org with those features, in describe order."""
    return (field for field, feature in _body(lower).fields if feature is None or feature in features)


def children(lower: str, features: frozenset[str]) -> Iterator[ChildRelationship]:
    """Its child relationships whose reference field exists with those features."""
    return (child for child, feature in _body(lower).children if feature is None or feature in features)


def _feature(sobject: str, row: list[Any]) -> str | None:
    feature: str | None = row[4].get("feature")
    return None if (sobject, row[0]) in _PLAIN else feature


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
    flag = dict(zip(FLAGS, ((bits >> i) & 1 == 1 for i in range(len(FLAGS))), strict=True))
    nillable = flag["nillable"]
    if (sobject, name) in _NOT_REQUIRED:
        nillable = True
    elif (sobject, name) in _REQUIRED:
        nillable = False
    length = _LENGTHS.get((sobject, name), extras.get("length", 0))
    default = extras.get("defaultValue", extras.get("picklistDefault"))
    return Field(
        name=name,
        label=label,
        type=type_,
        length=length or (18 if type_ in ("id", "reference") else 0),
        precision=extras.get("precision", 0),
        scale=extras.get("scale", 0),
        digits=extras.get("digits", 0),
        nillable=nillable,
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


def _picklist(extras: dict[str, Any]) -> tuple[PicklistEntry, ...]:
    values = _value_sets()[extras["picklistSet"]] if "picklistSet" in extras else extras.get("picklist", ())
    labels = extras.get("picklistLabels", {})
    default = extras.get("picklistDefault")
    return tuple(PicklistEntry(v, labels.get(v, v), True, v == default) for v in values)
