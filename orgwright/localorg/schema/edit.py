"""Pure functions from a schema to a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from orgwright.localorg.schema import custom
from orgwright.localorg.schema.model import Field, PicklistEntry, RecordType, ValidationRule
from orgwright.localorg.schema.schema import ObjectChange, Schema, ValueSet

_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_KINDS = {"__e": ("event", "e"), "__mdt": ("metadata", "m"), "__b": ("big", "x"), "__c": ("object", "a")}


class UnknownSObject(KeyError):
    """An edit names an object that the schema does not have."""


def with_object(schema: Schema, name: str, *, name_field: Field | None = None, **attributes: Any) -> Schema:
    """Create or change an object.

    ``attributes`` are those of :class:`~.model.SObjectType` (label, label_plural, sharing_model,
    publish_behavior, enable_history ...). A new custom object gets its key prefix here; ``name_field`` (made by
    :func:`.custom.name_field`) is its Name field. An object that exists keeps what is not given.
    """
    lower = name.lower()
    change = schema.changes.get(lower)
    if change is None:
        change = _first_change(schema, name, attributes)
    change = replace(change, attributes={**change.attributes, **attributes})
    if name_field is not None:
        change = replace(change, fields={**change.fields, "name": name_field})
    return _put(schema, change)


def _first_change(schema: Schema, name: str, attributes: Mapping[str, Any]) -> ObjectChange:
    entry = schema.standard_entry(name)
    if entry is not None:
        return ObjectChange(entry.name, custom=False)
    if name.lower() == "activity":
        return ObjectChange("Activity", custom=False)
    suffix = name[name.rindex("__") :].lower() if "__" in name else "__c"
    kind, letter = _KINDS.get(suffix, ("object", "a"))
    if attributes.get("custom_setting_type"):
        kind = "setting"
    made: dict[str, Any] = {
        "kind": kind,
        "key_prefix": _free_prefix(schema, letter),
        "record_typeable": kind == "object",
    }
    if kind == "event":
        made |= {"updateable": False, "deletable": False, "undeletable": False, "queryable": False, "searchable": False,
                 "retrieveable": False, "replicateable": False, "layoutable": False}  # fmt: skip
    elif kind == "metadata":
        made |= {"createable": False, "updateable": False, "deletable": False, "undeletable": False, "triggerable": False,
                 "searchable": False, "layoutable": False}  # fmt: skip
    elif kind == "big":
        made |= {"updateable": False, "deletable": False, "undeletable": False, "triggerable": False, "searchable": False,
                 "layoutable": False, "replicateable": False}  # fmt: skip
    elif kind == "setting":
        made |= {"custom_setting": True, "triggerable": False, "undeletable": False, "searchable": False,
                 "layoutable": False}  # fmt: skip
    return ObjectChange(name, custom=True, attributes=made)


def _free_prefix(schema: Schema, letter: str) -> str:
    taken = schema.prefixes
    return next(
        prefix for first in _BASE62 for second in _BASE62 if (prefix := f"{letter}{first}{second}") not in taken
    )


def without_object(schema: Schema, name: str) -> Schema:
    """Without that custom object."""
    change = _change(schema, name)
    left = {k: v for k, v in schema.changes.items() if k != name.lower()}
    return schema.edited([name, *_parents(change.fields.values())], changes=left)


def with_field(schema: Schema, sobject: str, field: Field) -> Schema:
    """With that field, new or in place of the one of its name."""
    return with_fields(schema, sobject, [field])


def with_fields(schema: Schema, sobject: str, fields: Iterable[Field]) -> Schema:
    """With those fields; cheaper than one at a time."""
    change = _change(schema, sobject)
    kind = change.attributes.get("kind", "object")
    merged = dict(change.fields)
    parents: set[str] = set()
    for one in fields:
        granted = one.custom and kind in ("object", "big") and one.nillable and not one.master_detail
        field = replace(one, permissionable=True) if granted or (one.type == "boolean" and kind == "object") else one
        old = merged.get(field.name.lower())
        if old is not None:
            parents.update(old.reference_to)
        merged[field.name.lower()] = field
        parents.update(field.reference_to)
        if field.type == "location":
            merged.update((part.name.lower(), part) for part in custom.location_parts(field))
    return _put(schema, replace(change, fields=merged), parents)


def without_field(schema: Schema, sobject: str, name: str) -> Schema:
    """Without that custom field."""
    change = _change(schema, sobject)
    gone = change.fields[name.lower()]
    drop = {name.lower()}
    if gone.type == "location":
        drop |= {part.name.lower() for part in custom.location_parts(gone)}
    left = {k: v for k, v in change.fields.items() if k not in drop}
    return _put(schema, replace(change, fields=left), gone.reference_to)


def with_setting(schema: Schema, name: str, value: Any) -> Schema:
    """With an org setting, ``name`` as ``QuoteSettings.enableQuote``."""
    return with_settings(schema, {name: value})


def with_settings(schema: Schema, values: Mapping[str, Any]) -> Schema:
    """With several org settings."""
    if all(schema.settings.get(k) == v for k, v in values.items()):
        return schema
    return schema.edited(settings={**schema.settings, **values})


def with_features(schema: Schema, features: Iterable[str]) -> Schema:
    """With features of a scratch org definition switched on."""
    return schema.edited(features=schema.features | frozenset(features))


def with_record_type(schema: Schema, sobject: str, record_type: RecordType) -> Schema:
    """With that record type, new or in place of the one of its developer name."""
    change = _change(schema, sobject)
    same = record_type.developer_name.lower()
    kept = tuple(r for r in change.record_types if r.developer_name.lower() != same)
    return _put(schema, replace(change, record_types=(*kept, record_type)))


def with_validation_rule(schema: Schema, sobject: str, rule: ValidationRule) -> Schema:
    """With that validation rule, new or in place of the one of its name."""
    change = _change(schema, sobject)
    kept = tuple(r for r in change.validation_rules if r.name.lower() != rule.name.lower())
    return _put(schema, replace(change, validation_rules=(*kept, rule)))


def without_validation_rule(schema: Schema, sobject: str, name: str) -> Schema:
    """Without that validation rule."""
    change = _change(schema, sobject)
    kept = tuple(r for r in change.validation_rules if r.name.lower() != name.lower())
    return _put(schema, replace(change, validation_rules=kept))


def with_value_set(schema: Schema, name: str, label: str, values: tuple[PicklistEntry, ...]) -> Schema:
    """With a global value set; the picklists that use it change with it."""
    sets = {**schema.value_sets, name.lower(): ValueSet(name, label, values)}
    edited = schema.edited([], value_sets=sets)
    for change in schema.changes.values():
        users = [f for f in change.fields.values() if f.value_set and f.value_set.lower() == name.lower()]
        if users:
            edited = with_fields(edited, change.name, [replace(f, picklist=values) for f in users])
    return edited


def with_label(schema: Schema, name: str, text: str | None) -> Schema:
    """With a custom label of that text; ``None`` takes it away."""
    left = {k: v for k, v in schema.labels.items() if k.lower() != name.lower()}
    if text is not None:
        left[name] = text
    return schema.edited([], labels=left)


def with_component(schema: Schema, kind: str, name: str, there: bool = True) -> Schema:
    """With or without a component that Apex can name: ``Flow``, ``ApexPage``, ``DataWeaveResource``."""
    key = f"{kind}.{name}".lower()
    left = {k: v for k, v in schema.components.items() if k != key}
    return schema.edited([], components={**left, key: name} if there else left)


def _change(schema: Schema, sobject: str) -> ObjectChange:
    found = schema.changes.get(sobject.lower())
    if found is not None:
        return found
    if schema.standard_entry(sobject) is not None or sobject.lower() == "activity":
        return _first_change(schema, sobject, {})
    raise UnknownSObject(sobject)


def _parents(fields: Iterable[Field]) -> set[str]:
    return {name for f in fields for name in f.reference_to}


def _put(schema: Schema, change: ObjectChange, parents: Iterable[str] = ()) -> Schema:
    touched = {change.name, *parents, *_parents(change.fields.values())}
    if change.name == "Activity":
        touched |= {"Task", "Event"}
    return schema.edited(touched, changes={**schema.changes, change.name.lower(): change})
