"""A schema as JSON, for the org's file: only what differs from the standard objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from orgwright.localorg.schema.model import (
    Field,
    FilterItem,
    LookupFilter,
    PicklistEntry,
    RecordType,
    Summary,
    ValidationRule,
)
from orgwright.localorg.schema.schema import ObjectChange, Schema, ValueSet


def dumps(schema: Schema) -> str:
    """The JSON text of a schema."""
    own = {"namespace": schema.namespace} if schema.namespace else {}
    return json.dumps(
        {
            **own,
            "settings": dict(schema.settings),
            "features": sorted(schema.features),
            "labels": dict(schema.labels),
            "components": dict(schema.components),
            "value_sets": {name: _plain(one) for name, one in schema.value_sets.items()},
            "changes": {name: _plain(one) for name, one in schema.changes.items()},
        },
        separators=(",", ":"),
    )


def loads(text: str) -> Schema:
    """The schema of a JSON text that :func:`dumps` made."""
    raw = json.loads(text)
    return Schema(
        settings=raw["settings"],
        features=frozenset(raw["features"]),
        labels=raw["labels"],
        components=raw.get("components", {}),
        value_sets={name: _value_set(one) for name, one in raw["value_sets"].items()},
        changes={name: _change(one) for name, one in raw["changes"].items()},
        namespace=raw.get("namespace"),
    )


def _plain(value: Any) -> Any:
    """Dataclasses as dicts without default values, decimals as ``{"decimal": text}``."""
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, dict | MappingProxyType):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        found = {}
        for one in fields(value):
            current = getattr(value, one.name)
            if one.default is MISSING or current != one.default:
                found[one.name] = _plain(current)
        return found
    return value


def _picklist(raw: list[dict[str, Any]]) -> tuple[PicklistEntry, ...]:
    return tuple(PicklistEntry(**one) for one in raw)


def _value_set(raw: dict[str, Any]) -> ValueSet:
    return ValueSet(raw["name"], raw["label"], _picklist(raw["values"]))


def _field(raw: Mapping[str, Any]) -> Field:
    values = dict(raw)
    if "picklist" in values:
        values["picklist"] = _picklist(values["picklist"])
    if "reference_to" in values:
        values["reference_to"] = tuple(values["reference_to"])
    if isinstance(values.get("default_value"), dict):
        values["default_value"] = Decimal(values["default_value"]["decimal"])
    if values.get("summary") is not None:
        summary = dict(values["summary"])
        summary["filters"] = tuple((a, b, c) for a, b, c in summary.get("filters", ()))
        values["summary"] = Summary(**summary)
    if "lookup_filter" in values:
        values["lookup_filter"] = _lookup_filter(values["lookup_filter"])
    return Field(**values)


def _lookup_filter(raw: Any) -> LookupFilter | None:
    if not isinstance(raw, dict):
        return None  # a file of before filters were worked out only says that there is one
    return LookupFilter(**{**raw, "items": tuple(FilterItem(**item) for item in raw["items"])})


def _record_type(raw: Mapping[str, Any]) -> RecordType:
    picklists = {name: _picklist(one) for name, one in raw.get("picklists", {}).items()}
    return RecordType(**{**raw, "picklists": picklists})


def _change(raw: Mapping[str, Any]) -> ObjectChange:
    return ObjectChange(
        raw["name"],
        raw["custom"],
        raw.get("attributes", {}),
        {name: _field(one) for name, one in raw.get("fields", {}).items()},
        tuple(_record_type(one) for one in raw.get("record_types", ())),
        tuple(ValidationRule(**one) for one in raw.get("validation_rules", ())),
    )
