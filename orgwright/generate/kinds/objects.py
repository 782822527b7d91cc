"""Custom objects, platform events, custom metadata types with their records, and global value sets."""

from __future__ import annotations

from lxml import etree

from orgwright.generate.kinds.fields import fields, value
from orgwright.generate.kinds.pairs import Pairs, document, flag, ordered
from orgwright.metadata import Component, xml
from orgwright.spec.model import Event, Field, FieldType, MetadataRecord, MetadataType, Object, ValueSet

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XSD = "http://www.w3.org/2001/XMLSchema"
_VALUE_TYPES = {
    FieldType.CHECKBOX: "xsd:boolean",
    FieldType.DATE: "xsd:date",
    FieldType.DATE_TIME: "xsd:dateTime",
    FieldType.NUMBER: "xsd:double",
    FieldType.PERCENT: "xsd:double",
}


def objects(item: Object) -> tuple[Component, ...]:
    """An object with its fields: a custom one whole, of a standard one the fields only."""
    own = (Component("CustomObject", item.api_name, document("CustomObject", _object(item))),) if item.custom else ()
    return (*own, *fields(item.api_name, item.fields.values()))


def _object(item: Object) -> Pairs:
    common: Pairs = [
        ("label", item.label),
        ("description", item.description),
        ("gender", item.gender),
        ("visibility", item.visibility),
    ]
    if item.custom_setting:
        return [*common, ("customSettingsType", item.custom_setting)]
    return [
        *common,
        ("pluralLabel", item.plural),
        ("deploymentStatus", "Deployed" if item.deployed else "InDevelopment"),
        ("nameField", _name_field(item)),
        ("sharingModel", _sharing(item)),
        ("externalSharingModel", item.external_sharing),
        ("enableActivities", flag(bool(item.activities))),
        ("enableHistory", flag(bool(item.history))),
        ("enableFeeds", flag(bool(item.feeds))),
        ("enableReports", flag(bool(item.reports))),
        ("enableSearch", flag(bool(item.search))),
        ("enableBulkApi", item.bulk_api),
        ("enableSharing", item.bulk_api),
        ("enableStreamingApi", item.bulk_api),
    ]


def _sharing(item: Object) -> str:
    if item.sharing:
        return item.sharing
    return "ControlledByParent" if any(f.type is FieldType.MASTER_DETAIL for f in item.fields.values()) else "ReadWrite"


def _name_field(item: Object) -> Pairs:
    given = item.name_field
    if given is None:
        return [("label", f"{item.label} Name"), ("type", "Text")]
    return ordered(
        [
            ("label", given.label or f"{item.label} Name"),
            ("type", given.type),
            ("displayFormat", given.display_format),
            ("startingNumber", given.starting_number),
            ("trackHistory", given.track_history),
        ]
    )


def events(item: Event) -> tuple[Component, ...]:
    """A platform event (high volume, the only kind that can be made) with its fields."""
    body = document(
        "CustomObject",
        [
            ("deploymentStatus", "Deployed"),
            ("description", item.description),
            ("eventType", "HighVolume"),
            ("label", item.label),
            ("pluralLabel", item.plural),
            ("publishBehavior", item.publish_behavior),
        ],
    )
    return (Component("CustomObject", item.api_name, body), *fields(item.api_name, item.fields.values()))


def metadata_types(item: MetadataType) -> tuple[Component, ...]:
    """A custom metadata type with its fields and records."""
    body = document(
        "CustomObject",
        [
            ("label", item.label),
            ("pluralLabel", item.plural),
            ("description", item.description),
            ("visibility", item.visibility),
        ],
    )
    records = (_record(item, record) for record in item.records.values())
    return (Component("CustomObject", item.api_name, body), *fields(item.api_name, item.fields.values()), *records)


def _record(item: MetadataType, record: MetadataRecord) -> Component:
    root = etree.Element(
        f"{{{xml.NAMESPACE}}}CustomMetadata",
        nsmap={None: xml.NAMESPACE, "xsi": _XSI, "xsd": _XSD},  # type: ignore[dict-item]
    )
    for tag, text in (("label", record.label), ("protected", "true" if record.protected else "false")):
        etree.SubElement(root, f"{{{xml.NAMESPACE}}}{tag}").text = text
    for name in sorted(record.values):
        _record_value(root, name, record.values[name], item.fields.get(name))
    type_name = item.api_name.removesuffix("__mdt")
    return Component("CustomMetadata", f"{type_name}.{record.api_name}", xml.to_bytes(root))


def _record_value(root: xml.Element, name: str, given: str | int | float | bool | None, field: Field | None) -> None:
    values = etree.SubElement(root, f"{{{xml.NAMESPACE}}}values")
    etree.SubElement(values, f"{{{xml.NAMESPACE}}}field").text = name
    element = etree.SubElement(values, f"{{{xml.NAMESPACE}}}value")
    if given is None:
        element.set(f"{{{_XSI}}}nil", "true")
        return
    kind = field.type if field is not None else None
    element.set(f"{{{_XSI}}}type", _VALUE_TYPES.get(kind, "xsd:string") if kind else "xsd:string")
    if isinstance(given, bool):
        element.text = "true" if given else "false"
    elif kind in (FieldType.NUMBER, FieldType.PERCENT):
        element.text = str(float(given))
    else:
        element.text = str(given)


def value_sets(item: ValueSet) -> tuple[Component, ...]:
    """A global value set."""
    content: Pairs = [
        *(("customValue", value(v)) for v in item.values.values()),
        ("description", item.description),
        ("masterLabel", item.label),
        ("sorted", item.sorted),
    ]
    return (Component("GlobalValueSet", item.api_name, document("GlobalValueSet", content)),)
