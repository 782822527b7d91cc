"""A spec from what is in an org: its custom fields, objects, platform events and custom metadata types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orgwright.errors import OrgwrightError, Place
from orgwright.metadata import Component, xml
from orgwright.plan.snapshot import Org
from orgwright.spec import naming

_TEXTS = {
    "label": "label",
    "type": "type",
    "description": "description",
    "inlineHelpText": "help",
    "businessStatus": "business_status",
    "businessOwnerUser": "business_owner",
    "complianceGroup": "compliance",
    "securityClassification": "security",
    "fieldManageability": "manageability",
    "defaultValue": "default",
    "formula": "formula",
    "formulaTreatBlanksAs": "blanks_as",
    "displayFormat": "display_format",
    "maskChar": "mask_char",
    "maskType": "mask_type",
    "referenceTo": "to",
    "relationshipName": "relationship_name",
    "relationshipLabel": "relationship_label",
    "deleteConstraint": "on_delete",
    "referenceTargetField": "target_field",
    "metadataRelationshipControllingField": "controlling_field",
    "summarizedField": "summarize",
    "summaryForeignKey": "through",
    "summaryOperation": "operation",
}
_NUMBERS = {
    "length": "length",
    "precision": "precision",
    "scale": "scale",
    "visibleLines": "visible_lines",
    "startingNumber": "starting_number",
    "relationshipOrder": "relationship_order",
}
_FLAGS = {
    "required": "required",
    "unique": "unique",
    "externalId": "external_id",
    "caseSensitive": "case_sensitive",
    "trackHistory": "track_history",
    "trackFeedHistory": "track_feed",
    "trackTrending": "track_trending",
    "displayLocationInDecimal": "display_decimal",
    "reparentableMasterDetail": "reparentable",
    "writeRequiresMasterRead": "write_needs_master_read",
}
_OFF = frozenset({"required", "unique", "external_id"})
_OBJECT = {
    "label": "label",
    "pluralLabel": "plural",
    "description": "description",
    "gender": "gender",
    "visibility": "visibility",
    "customSettingsType": "custom_setting",
    "sharingModel": "sharing",
    "externalSharingModel": "external_sharing",
}
_OBJECT_FLAGS = {
    "enableActivities": "activities",
    "enableHistory": "history",
    "enableFeeds": "feeds",
    "enableReports": "reports",
    "enableSearch": "search",
    "enableBulkApi": "bulk_api",
}
_FILTER = {"active": "active", "booleanFilter": "boolean_filter", "errorMessage": "error_message",
           "infoMessage": "info_message", "isOptional": "optional"}  # fmt: skip


def import_spec(org: Org, connector: str, label: str, objects: Sequence[str]) -> str:
    """The text of a spec that describes the custom parts of objects as the org has them.

    Fields of packages (with a namespace) are left out: their package brings them.

    Args:
        org: the org.
        connector: name of the connector, ``acme``.
        label: its label.
        objects: API names: standard objects, ``X__c``, ``X__e``, ``X__mdt``.

    Raises:
        OrgwrightError: the org does not have one of the objects.
        ApiError: the org refuses a call.
    """
    found = org.metadata.retrieve({"CustomObject": list(objects)}).components
    known = {c.name.lower(): c.name for c in found if c.type == "CustomObject"}
    known |= {c.name.partition(".")[0].lower(): c.name.partition(".")[0] for c in found if c.type == "CustomField"}
    missing = [name for name in objects if name.lower() not in known]
    if missing:
        raise OrgwrightError(f"the org does not have {', '.join(missing)}", where=Place(path="import"))
    sets = _value_sets(org, found)
    groups: dict[str, dict[str, Any]] = {"value_sets": sets, "objects": {}, "events": {}, "metadata_types": {}}
    for name in dict.fromkeys(known[name.lower()] for name in objects):
        suffix = name.rpartition("__")[2]
        group = {"e": "events", "mdt": "metadata_types"}.get(suffix, "objects") if "__" in name else "objects"
        groups[group][name] = _object(name, found)
    return "".join(_text(connector, label, groups))


def _object(name: str, found: Sequence[Component]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    own = next((c for c in found if c.type == "CustomObject" and c.name == name), None)
    if own is not None and name.count("__") == 1:
        out = _attributes(name, xml.parse(own.body, name=name))
    fields = {}
    for component in found:
        owner, _, field = component.name.partition(".")
        if component.type == "CustomField" and owner == name and field.endswith("__c") and field.count("__") == 1:
            fields[field] = _field(field, xml.parse(component.body, name=component.name))
    return {**out, **fields}


def _attributes(name: str, root: xml.Element) -> dict[str, Any]:
    out: dict[str, Any] = {key: text for tag, key in _OBJECT.items() if (text := xml.text(root, tag))}
    reserved: dict[str, Any] = {"allow_reserved": True} if naming.split(name).base.lower() in naming.RESERVED else {}
    if name.endswith("__e"):
        immediately = xml.text(root, "publishBehavior") == "PublishImmediately"
        kept: dict[str, Any] = {key: out[key] for key in ("label", "plural", "description") if key in out}
        return {**kept, **reserved, "publish": "immediately" if immediately else "after_commit"}
    if name.endswith("__mdt"):
        kept = {key: out[key] for key in ("label", "plural", "description", "visibility") if key in out}
        return {**kept, **reserved}
    if "custom_setting" in out:
        kept = {key: out[key] for key in ("label", "description", "custom_setting", "visibility") if key in out}
        return {**kept, **reserved}
    out |= {key: xml.text(root, tag) == "true" for tag, key in _OBJECT_FLAGS.items() if xml.text(root, tag)}
    if xml.text(root, "deploymentStatus") == "InDevelopment":
        out["deployed"] = False
    given = {
        "label": xml.text(root, "nameField/label"),
        "type": xml.text(root, "nameField/type"),
        "display_format": xml.text(root, "nameField/displayFormat"),
    }
    named = {key: text for key, text in given.items() if text}
    return {**out, **reserved, **({"name_field": named} if named else {})}


def _field(name: str, root: xml.Element) -> dict[str, Any]:
    out: dict[str, Any] = {key: text for tag, key in _TEXTS.items() if (text := xml.text(root, tag))}
    out |= {key: int(float(text)) for tag, key in _NUMBERS.items() if (text := xml.text(root, tag))}
    for tag, key in _FLAGS.items():
        text = xml.text(root, tag)
        if text == "true" or (text and key not in _OFF):
            out[key] = text == "true"
    if naming.split(name).base.lower() in naming.RESERVED_FOR_FIELDS:
        out["allow_reserved"] = True
    if xml.text(root, "type") in (
        "Checkbox",
        "LongTextArea",
        "Html",
        "MasterDetail",
        "Summary",
        "MultiselectPicklist",
        "AutoNumber",
    ):
        out.pop("required", None)
    for allowed in xml.children(root, "valueSet"):
        out |= _values(allowed)
    for given in xml.children(root, "lookupFilter"):
        out["filter"] = _filter(given)
    items = [_leaves(item) for item in xml.children(root, "summaryFilterItems")]
    return {**out, **({"summary_filter": items} if items else {})}


def _values(allowed: xml.Element) -> dict[str, Any]:
    out: dict[str, Any] = {"restricted": xml.text(allowed, "restricted") == "true"}
    if controlled := xml.text(allowed, "controllingField"):
        out["controlled_by"] = controlled
    if name := xml.text(allowed, "valueSetName"):
        out["value_set"] = name
    for definition in xml.children(allowed, "valueSetDefinition"):
        if xml.text(definition, "sorted") == "true":
            out["sorted"] = True
        out["values"] = {xml.text(v, "fullName"): _value(v) for v in xml.children(definition, "value")}
    settings = {
        xml.text(s, "valueName"): [(c.text or "") for c in xml.children(s, "controllingFieldValue")]
        for s in xml.children(allowed, "valueSettings")
    }
    return {**out, **({"controlled_values": settings} if settings else {})}


def _value(value: xml.Element) -> dict[str, Any]:
    out: dict[str, Any] = {"label": xml.text(value, "label") or xml.text(value, "fullName")}
    if xml.text(value, "default") == "true":
        out["default"] = True
    if xml.text(value, "isActive") == "false":
        out["active"] = False
    return out | {tag: text for tag in ("color", "description") if (text := xml.text(value, tag))}


def _filter(given: xml.Element) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for tag, key in _FILTER.items():
        if text := xml.text(given, tag):
            out[key] = text == "true" if tag in ("active", "isOptional") else text
    return {**out, "items": [_leaves(item) for item in xml.children(given, "filterItems")]}


def _leaves(item: xml.Element) -> dict[str, str]:
    return {xml.local(child): child.text or "" for child in item if isinstance(child.tag, str)}


def _value_sets(org: Org, found: Sequence[Component]) -> dict[str, Any]:
    roots = (xml.parse(c.body, name=c.name) for c in found if c.type == "CustomField")
    names = sorted({text for root in roots if (text := xml.text(root, "valueSet/valueSetName"))})
    if not names:
        return {}
    out = {}
    for component in org.metadata.retrieve({"GlobalValueSet": names}).components:
        root = xml.parse(component.body, name=component.name)
        values = {xml.text(v, "fullName"): _value(v) for v in xml.children(root, "customValue")}
        rest: dict[str, Any] = {"label": xml.text(root, "masterLabel")}
        if description := xml.text(root, "description"):
            rest["description"] = description
        if xml.text(root, "sorted") == "true":
            rest["sorted"] = True
        out[component.name] = {**rest, "values": values}
    return out


def _text(connector: str, label: str, groups: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """YAML: a line for each field and attribute, its value in flow style, which JSON is part of."""
    yield f"orgwright: 1\nconnector: {connector}\nlabel: {json.dumps(label, ensure_ascii=False)}\n"
    for group, items in groups.items():
        if not items:
            continue
        yield f"\n{group}:\n"
        for name, content in items.items():
            yield f"  {name}:{'' if content else ' {}'}\n"
            for key, value in content.items():
                shown = _inline(value) if key.endswith("__c") else json.dumps(value, ensure_ascii=False)
                yield f"    {key}: {shown}\n"


def _inline(field: Mapping[str, Any]) -> str:
    inner = ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in field.items())
    return f"{{{inner}}}"
