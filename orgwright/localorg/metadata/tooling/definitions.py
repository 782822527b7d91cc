"""EntityDefinition and FieldDefinition, from the schema: rows for Tooling and for any other query that asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from orgwright.localorg.access.models import model_of
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.metadata.tooling.table import Asked, Table, column, reference, table
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.soql.context import VirtualTable
from orgwright.localorg.soql.filters import equal_to
from orgwright.localorg.soql.tree import Query

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

Row = dict[str, Any]
NAMES = ("entitydefinition", "fielddefinition")
_KEYS = ("qualifiedapiname", "durableid", "entitydefinitionid")
_TYPES = {
    "boolean": "Checkbox", "date": "Date", "datetime": "Date/Time", "time": "Time", "email": "Email", "phone": "Phone",
    "url": "URL", "id": "Lookup()", "base64": "Base64", "address": "Address", "location": "Geolocation",
    "picklist": "Picklist", "multipicklist": "Picklist (Multi-Select)", "combobox": "Picklist", "anyType": "anyType",
}  # fmt: skip


def tables() -> list[Table]:
    """Both tables."""
    return [
        table(
            "EntityDefinition",
            _entities,
            column("DurableId"),
            column("QualifiedApiName", name_field=True),
            column("DeveloperName"),
            column("NamespacePrefix"),
            column("MasterLabel"),
            column("Label"),
            column("PluralLabel"),
            column("KeyPrefix"),
            column("DeploymentStatus", "picklist"),
            column("InternalSharingModel", "picklist"),
            column("ExternalSharingModel", "picklist"),
            *(column(name, "boolean") for name in (
                "IsCustomizable", "IsCustomSetting", "IsApexTriggerable", "IsTriggerable", "IsQueryable", "IsRetrieveable",
                "IsReplicateable", "IsSearchable", "IsLayoutable", "IsEverCreatable", "IsEverUpdatable", "IsEverDeletable",
                "IsFeedEnabled", "IsIdEnabled", "IsDeprecatedAndHidden", "IsMruEnabled",
            )),
        ),
        table(
            "FieldDefinition",
            _fields,
            column("DurableId"),
            column("QualifiedApiName", name_field=True),
            reference("EntityDefinitionId", "EntityDefinition", "EntityDefinition"),
            column("DeveloperName"),
            column("NamespacePrefix"),
            column("MasterLabel"),
            column("Label"),
            column("DataType"),
            column("ValueTypeId"),
            column("Description", "textarea"),
            column("RelationshipName"),
            column("ExtraTypeInfo"),
            column("ReferenceTo", "complexvalue"),
            column("Length", "int"),
            column("Precision", "int"),
            column("Scale", "int"),
            *(column(name, "boolean") for name in (
                "IsNillable", "IsIndexed", "IsCalculated", "IsNameField", "IsHtmlFormatted", "IsApiFilterable",
                "IsApiSortable", "IsApiGroupable", "IsCompound", "IsFieldHistoryTracked", "IsPolymorphicForeignKey",
            )),
        ),
    ]  # fmt: skip


def of_query(tx: Transaction, soql: str, query: Query, binds: Mapping[str, Any]) -> dict[str, VirtualTable]:
    """The tables that a query needs which is about definitions; none for any other query."""
    if query.sources[0].path.parts[0].lower() not in NAMES:
        return {}
    told = Asked.by(soql)
    bound = {value.lower() for key in _KEYS for value in equal_to(query, key, binds)}
    asked = Asked(told.words, told.literals | bound)
    wanted = [one for one in tables() if one.sobject.name.lower() in asked]
    return {one.sobject.name.lower(): VirtualTable(one.sobject, list(one.rows(tx, asked))) for one in wanted}


def _durable(tx: Transaction) -> dict[str, str]:
    """Durable Ids of custom objects by lower-case name."""
    return {one.name.lower(): one.id[:15] for one in Components(tx).all("CustomObject")}


def _entities(tx: Transaction, fields: Asked) -> Iterable[Row]:
    durable = _durable(tx)
    models = any(name in fields for name in ("internalsharingmodel", "externalsharingmodel"))
    for name in tx.schema.sobject_names():
        found = tx.schema.sobject(name)
        if found is not None and not found.tooling and tx.can("read", found.name):
            row = _entity(found, durable)
            if models:
                row |= _sharing_models(tx, found)
            yield row


def _sharing_models(tx: Transaction, found: SObjectType) -> Row:
    """The defaults for internal and external users: the same where nobody told another."""
    stored = Components(tx).get("CustomObject", found.name)
    internal = model_of(tx.schema, found)
    external = stored.node.value("externalSharingModel") if stored is not None else ""
    return {"InternalSharingModel": internal, "ExternalSharingModel": external or internal}


def _entity(found: SObjectType, durable: dict[str, str]) -> Row:
    id = durable.get(found.name.lower(), found.name) if found.custom else found.name
    bare = found.name
    for suffix in ("__c", "__e", "__mdt"):
        bare = bare.removesuffix(suffix)
    return {
        "Id": id,
        "DurableId": id,
        "QualifiedApiName": found.name,
        "DeveloperName": bare,
        "NamespacePrefix": None,
        "MasterLabel": found.label,
        "Label": found.label,
        "PluralLabel": found.label_plural,
        "KeyPrefix": found.key_prefix,
        "DeploymentStatus": found.deployment_status if found.custom else None,
        "IsCustomizable": found.custom or found.layoutable,
        "IsCustomSetting": found.custom_setting,
        "IsApexTriggerable": found.triggerable,
        "IsTriggerable": found.triggerable,
        "IsQueryable": found.queryable,
        "IsRetrieveable": found.retrieveable,
        "IsReplicateable": found.replicateable,
        "IsSearchable": found.searchable,
        "IsLayoutable": found.layoutable,
        "IsEverCreatable": found.createable,
        "IsEverUpdatable": found.updateable,
        "IsEverDeletable": found.deletable,
        "IsFeedEnabled": found.feed_enabled,
        "IsIdEnabled": found.field("Id") is not None,
        "IsDeprecatedAndHidden": found.deprecated_and_hidden,
        "IsMruEnabled": found.mru_enabled,
    }


def _fields(tx: Transaction, fields: Asked) -> Iterable[Row]:
    durable = _durable(tx)
    ids = {one.name.lower(): one.id[:15] for one in Components(tx).all("CustomField")}
    names = list(tx.schema.sobject_names())
    # A query names its object (EntityDefinition is a mandatory filter): the other objects need no rows.
    named = [n for n in names if n.lower() in fields.literals or durable.get(n.lower(), "").lower() in fields.literals]
    for name in named or names:
        found = tx.schema.sobject(name)
        if found is None or found.tooling:
            continue
        entity = durable.get(found.name.lower(), found.name) if found.custom else found.name
        for field in found.fields.values():
            if tx.can("read", found.name, field.name):
                yield _field(found, field, entity, ids)


def _field(sobject: SObjectType, field: Field, entity: str, ids: dict[str, str]) -> Row:
    own = ids.get(
        f"{sobject.name}.{field.name}".lower(), field.name.removesuffix("Id") if field.reference_to else field.name
    )
    reference = field.type == "reference"
    return {
        "Id": f"{entity}.{own}",
        "DurableId": f"{entity}.{own}",
        "QualifiedApiName": field.name,
        "EntityDefinitionId": entity,
        "DeveloperName": field.name.removesuffix("__c"),
        "NamespacePrefix": None,
        "MasterLabel": field.label,
        "Label": field.label,
        "DataType": data_type(sobject, field),
        "ValueTypeId": "id" if reference or field.type == "id" else field.type,
        "Description": field.description,
        "RelationshipName": field.relationship_name,
        "ExtraTypeInfo": field.extra_type_info,
        "ReferenceTo": {"referenceTo": list(field.reference_to) or None},
        "Length": field.length,
        "Precision": field.precision,
        "Scale": field.scale,
        "IsNillable": field.nillable,
        "IsIndexed": field.external_id or field.unique or field.type in ("id", "reference") or field.name_field,
        "IsCalculated": field.calculated,
        "IsNameField": field.name_field,
        "IsHtmlFormatted": field.html_formatted,
        "IsApiFilterable": field.filterable,
        "IsApiSortable": field.sortable,
        "IsApiGroupable": field.groupable,
        "IsCompound": field.type in ("address", "location"),
        "IsFieldHistoryTracked": field.track_history,
        "IsPolymorphicForeignKey": field.polymorphic,
    }


def data_type(sobject: SObjectType, field: Field) -> str:
    """The type as Setup words it: ``Text(255)``, ``Number(18, 0)``, ``Lookup(Account)``."""
    shown = _plain_type(field)
    if field.formula is not None:
        return f"Formula ({shown.partition('(')[0]})"
    if field.summary is not None:
        return f"Roll-Up Summary ({field.summary.operation.upper()} {field.summary.child})"
    flags = [text for text, on in (("External ID", field.external_id), ("Unique Case Insensitive", field.unique and not field.case_sensitive),
                                   ("Unique Case Sensitive", field.unique and field.case_sensitive)) if on]  # fmt: skip
    return f"{shown} ({') ('.join(flags)})" if flags and field.custom else shown


def _plain_type(field: Field) -> str:
    if field.auto_number:
        return "Auto Number"
    if field.master_detail:
        return f"Master-Detail({','.join(field.reference_to)})"
    if field.type == "reference":
        return f"Lookup({','.join(field.reference_to)})"
    if field.type in ("double", "currency", "percent", "int", "long"):
        name = {"currency": "Currency", "percent": "Percent"}.get(field.type, "Number")
        return f"{name}({(field.precision or field.digits or 18) - field.scale}, {field.scale})"
    if field.type == "textarea":
        kind = "Rich Text Area" if field.html_formatted else "Long Text Area" if field.length > 255 else "Text Area"
        return f"{kind}({field.length})"
    if field.type == "encryptedstring":
        return f"Text (Encrypted)({field.length})"
    return _TYPES.get(field.type, f"Text({field.length})")
