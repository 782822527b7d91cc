"""Custom fields of every type (Metadata API, CustomField)."""

from __future__ import annotations

from collections.abc import Iterable

from orgwright.generate.kinds.pairs import Pairs, document, flag, ordered
from orgwright.metadata import Component, xml
from orgwright.spec.field import NUMERIC, WITH_LINES, Field, FieldType, PicklistValue

_ALWAYS_NAMED = frozenset(
    {FieldType.LOOKUP, FieldType.MASTER_DETAIL, FieldType.EXTERNAL_LOOKUP, FieldType.INDIRECT_LOOKUP}
)
_REFUSES_REQUIRED = frozenset(
    {
        FieldType.CHECKBOX,
        FieldType.LONG_TEXT_AREA,
        FieldType.HTML,
        FieldType.MASTER_DETAIL,
        FieldType.SUMMARY,
        FieldType.MULTISELECT_PICKLIST,
        FieldType.AUTO_NUMBER,
    }
)


def fields(owner: str, items: Iterable[Field]) -> tuple[Component, ...]:
    """The custom fields among ``items`` as components of the object ``owner``."""
    return tuple(
        Component("CustomField", f"{owner}.{field.api_name}", document("CustomField", content(field)))
        for field in items
        if field.custom
    )


def content(field: Field) -> Pairs:
    """The elements of one field's document, in no order yet."""
    out: Pairs = [
        ("fullName", field.api_name),
        ("label", field.label),
        ("type", str(field.type)),
        ("description", field.description),
        ("inlineHelpText", field.help),
        ("businessStatus", field.business_status),
        ("businessOwnerUser", field.business_owner),
        ("complianceGroup", field.compliance),
        ("securityClassification", field.security),
        ("fieldManageability", field.manageability),
        ("trackHistory", field.track_history),
        ("trackFeedHistory", field.track_feed),
        ("trackTrending", field.track_trending),
        ("defaultValue", field.default),
    ]
    out += _formula(field) if field.formula is not None else _stored(field)
    return out


def _formula(field: Field) -> Pairs:
    return [
        ("formula", field.formula),
        ("formulaTreatBlanksAs", field.blanks_as),
        *_numbers(field),
    ]


def _numbers(field: Field) -> Pairs:
    if field.type not in NUMERIC:
        return []
    return [("precision", field.precision), ("scale", field.scale if field.scale is not None else 0)]


def _stored(field: Field) -> Pairs:
    return [
        ("length", field.length),
        *_numbers(field),
        ("required", flag(field.required and field.type not in _REFUSES_REQUIRED)),
        ("unique", flag(field.unique)),
        ("externalId", flag(field.external_id)),
        ("caseSensitive", field.case_sensitive if field.unique else None),
        ("visibleLines", field.visible_lines if field.type in WITH_LINES else None),
        ("displayFormat", field.display_format),
        ("startingNumber", field.starting_number),
        ("maskChar", field.mask_char),
        ("maskType", field.mask_type),
        *_location(field),
        *_picklist(field),
        *_relationship(field),
        *_summary(field),
    ]


def _location(field: Field) -> Pairs:
    if field.type is not FieldType.LOCATION:
        return []
    return [("scale", field.scale), ("displayLocationInDecimal", bool(field.display_decimal))]


def value(item: PicklistValue) -> Pairs:
    """One value of a picklist or a global value set."""
    return ordered(
        [
            ("fullName", item.api_name),
            ("color", item.color),
            ("default", item.default),
            ("description", item.description),
            ("isActive", None if item.active else False),
            ("label", item.label or item.api_name),
        ]
    )


def _picklist(field: Field) -> Pairs:
    if field.type not in (FieldType.PICKLIST, FieldType.MULTISELECT_PICKLIST):
        return []
    allowed: Pairs = [
        ("valueSettings", [*(("controllingFieldValue", v) for v in controlling), ("valueName", name)])
        for name, controlling in field.controlled_values.items()
    ]
    body: Pairs = [
        ("controllingField", field.controlled_by),
        ("restricted", flag(bool(field.restricted) or field.value_set is not None)),
    ]
    if field.value_set is not None:
        body.append(("valueSetName", field.value_set))
    else:
        body.append(
            (
                "valueSetDefinition",
                [("sorted", field.sorted), *(("value", value(item)) for item in field.values.values())],
            )
        )
    return [("valueSet", [*body, *allowed])]


def _relationship(field: Field) -> Pairs:
    if field.to is None and field.relationship_name is None:
        return []
    return [
        ("referenceTo", None if field.type is FieldType.HIERARCHY else field.to),
        ("relationshipName", field.relationship_name),
        ("relationshipLabel", field.relationship_label),
        ("relationshipOrder", field.relationship_order if field.type is FieldType.MASTER_DETAIL else None),
        ("deleteConstraint", field.on_delete if field.type is FieldType.LOOKUP else None),
        ("reparentableMasterDetail", field.reparentable),
        ("writeRequiresMasterRead", field.write_needs_master_read),
        ("referenceTargetField", field.target_field),
        ("metadataRelationshipControllingField", field.controlling_field),
        ("lookupFilter", _filter(field)),
    ]


def _filter(field: Field) -> xml.Content:
    if field.filter is None:
        return None
    given = field.filter
    return [
        ("active", given.active),
        ("booleanFilter", given.boolean_filter),
        ("errorMessage", given.error_message),
        *(("filterItems", _filter_item(item)) for item in given.items),
        ("infoMessage", given.info_message),
        ("isOptional", given.optional),
    ]


def _filter_item(item: dict[str, str]) -> Pairs:
    return ordered(list(item.items()))


def _summary(field: Field) -> Pairs:
    if field.type is not FieldType.SUMMARY:
        return []
    return [
        ("summarizedField", field.summarize),
        *(("summaryFilterItems", _filter_item(item)) for item in field.summary_filter),
        ("summaryForeignKey", field.through),
        ("summaryOperation", field.operation),
    ]
