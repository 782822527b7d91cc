"""Describe answers as REST writes them (sObject Describe, Describe Global)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from orgwright.localorg.api.rest.dependent import ValidFor
from orgwright.localorg.schema.model import MASTER_RECORD_TYPE_ID, ChildRelationship, Field, PicklistEntry, SObjectType

_SYSTEM = frozenset({"OwnerId", "CreatedById", "LastModifiedById", "MasterRecordId", "RecordTypeId"})
"""References that no search can be filtered by beforehand, as recorded describes show."""


_OF_PAGES = {
    "approvalLayouts": "describe/approvalLayouts",
    "compactLayouts": "describe/compactLayouts",
    "listviews": "listviews",
    "quickActions": "quickActions",
}
"""Resources of what has tabs in the user interface."""


def brief(sobject: SObjectType, base: str) -> dict[str, Any]:
    """One object of the global describe."""
    url = f"{base}/{sobject.name}"
    urls = {"sobject": url, "describe": f"{url}/describe", "rowTemplate": f"{url}/{{ID}}"}
    if sobject.layoutable:
        urls["layouts"] = f"{url}/describe/layouts"
    if sobject.layoutable and sobject.mru_enabled:
        urls |= {name: f"{url}/{path}" for name, path in _OF_PAGES.items()}
    return {
        "activateable": sobject.activateable,
        "associateEntityType": sobject.associate_kind,
        "associateParentEntity": sobject.associate_parent,
        "createable": sobject.createable,
        "custom": sobject.custom,
        "customSetting": sobject.custom_setting,
        "deepCloneable": False,
        "deletable": sobject.deletable,
        "deprecatedAndHidden": sobject.deprecated_and_hidden,
        "feedEnabled": sobject.feed_enabled,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": _key_prefix(sobject),
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "layoutable": sobject.layoutable,
        "mergeable": sobject.mergeable,
        "mruEnabled": sobject.mru_enabled,
        "name": sobject.name,
        "queryable": sobject.queryable,
        "replicateable": sobject.replicateable,
        "retrieveable": sobject.retrieveable,
        "searchable": sobject.searchable,
        "triggerable": sobject.triggerable,
        "undeletable": sobject.undeletable,
        "updateable": sobject.updateable,
        "urls": urls,
    }


def _key_prefix(sobject: SObjectType) -> str | None:
    """The prefix of the type's Ids; a made-up one, of a type that comes with another, is not told, as in Salesforce."""
    made_up = (sobject.key_prefix or "").startswith("Z") and sobject.associate_kind is not None
    return None if made_up else sobject.key_prefix


def full(
    sobject: SObjectType,
    fields: Sequence[Field],
    base: str,
    *,
    record_type: str | None = None,
    valid_for: ValidFor = MappingProxyType({}),
) -> dict[str, Any]:
    """The whole describe of an object, with the fields that the user may see and the Id of his default record type.

    ``valid_for`` tells of dependent picklists which values go with which.
    """
    return {
        **brief(sobject, base),
        "actionOverrides": [],
        "childRelationships": [_child(child) for child in sobject.children],
        "compactLayoutable": sobject.layoutable,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [field_json(field, valid_for) for field in fields],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": record_types(sobject, base, record_type),
        "searchLayoutable": sobject.layoutable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": f"All {sobject.label_plural.lower()}", "name": "everything"},
            {"label": f"My {sobject.label_plural.lower()}", "name": "mine"},
        ],
    }


def field_json(field: Field, valid_for: ValidFor = MappingProxyType({})) -> dict[str, Any]:
    """One field of a describe."""
    default = field.default_value
    return {
        "aggregatable": field.aggregatable,
        "aiPredictionField": False,
        "autoNumber": field.auto_number,
        "byteLength": field.byte_length,
        "calculated": field.calculated,
        "calculatedFormula": field.formula,
        "cascadeDelete": field.cascade_delete,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound_field_name,
        "controllerName": field.controller_name,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": _plain(default),
        "defaultValueFormula": field.default_formula,
        "defaultedOnCreate": field.defaulted_on_create,
        "dependentPicklist": field.dependent_picklist,
        "deprecatedAndHidden": False,
        "digits": field.digits,
        "displayLocationInDecimal": False,
        "encrypted": field.encrypted,
        "externalId": field.external_id,
        "extraTypeInfo": field.extra_type_info,
        "filterable": field.filterable,
        "filteredLookupInfo": _filtered(field),
        "formulaTreatNullNumberAsZero": field.formula is not None and field.formula_treat_blanks_as != "BlankAsBlank",
        "groupable": field.groupable,
        "highScaleNumber": False,
        "htmlFormatted": field.html_formatted,
        "idLookup": field.id_lookup,
        "inlineHelpText": field.inline_help_text,
        "label": field.label,
        "length": field.length,
        "mask": field.mask_char,
        "maskType": field.mask_type,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": field.name_pointing,
        "nillable": field.nillable,
        "permissionable": field.permissionable,
        "picklistValues": [picklist_value(field, entry, valid_for) for entry in field.picklist],
        "polymorphicForeignKey": field.polymorphic,
        "precision": field.precision,
        "queryByDistance": field.type in ("location", "address"),
        "referenceTargetField": None,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship_name,
        "relationshipOrder": field.relationship_order,
        "restrictedDelete": field.restricted_delete,
        "restrictedPicklist": field.restricted_picklist,
        "scale": field.scale,
        "searchPrefilterable": field.type == "reference"
        and bool(field.relationship_name)
        and field.name not in _SYSTEM,
        "soapType": field.soap_type,
        "sortable": field.sortable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": field.write_requires_master_read,
    }


def _filtered(field: Field) -> dict[str, Any] | None:
    given = field.lookup_filter
    if given is None:
        return None
    controlling = list(given.controlling)
    return {"controllingFields": controlling, "dependent": bool(controlling), "optionalFilter": given.optional}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def picklist_value(field: Field, entry: PicklistEntry, valid_for: ValidFor) -> dict[str, Any]:
    """One value of a picklist."""
    own = valid_for.get(field.name.lower(), {})
    return {
        "active": entry.active,
        "defaultValue": entry.default,
        "label": entry.label,
        "validFor": own.get(entry.value.lower()),
        "value": entry.value,
    }


def _child(child: ChildRelationship) -> dict[str, Any]:
    return {
        "cascadeDelete": child.cascade_delete,
        "childSObject": child.child,
        "deprecatedAndHidden": False,
        "field": child.field,
        "junctionIdListNames": list(child.junction_names),
        "junctionReferenceTo": list(child.junction_targets),
        "relationshipName": child.relationship_name,
        "restrictedDelete": child.restricted_delete,
    }


def record_types(sobject: SObjectType, base: str, default: str | None) -> list[dict[str, Any]]:
    """The record types of an object, the master one last; ``default`` is the Id of the one that new records get."""
    if not sobject.layoutable:
        return []
    master = {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": default is None,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": MASTER_RECORD_TYPE_ID,
        "urls": {"layout": f"{base}/{sobject.name}/describe/layouts/{MASTER_RECORD_TYPE_ID}"},
    }
    own = [
        {
            "active": found.active,
            "available": found.active,
            "defaultRecordTypeMapping": found.id == default,
            "developerName": found.developer_name,
            "master": False,
            "name": found.name,
            "recordTypeId": found.id,
            "urls": {"layout": f"{base}/{sobject.name}/describe/layouts/{found.id}"},
        }
        for found in sobject.record_types
    ]
    return [*own, master]
