"""EntityDefinition, FieldDefinition and their elements, from the schema: rows for any query that asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orgwright.localorg.access.models import model_of
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.metadata.tooling import particles
from orgwright.localorg.metadata.tooling.table import Asked, Table, column, reached, reference, table
from orgwright.localorg.schema.model import ChildRelationship, Field, SObjectType
from orgwright.localorg.soql import problem
from orgwright.localorg.soql.context import VirtualTable
from orgwright.localorg.soql.filters import equal_to
from orgwright.localorg.soql.tree import Path, Query, comparisons

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

Row = dict[str, Any]
NAMES = ("entitydefinition", "fielddefinition", *particles.NAMES)
_OWN_KEYS = ("qualifiedapiname", "developername", "durableid")
_KEYS = (
    "entitydefinition.qualifiedapiname", "entitydefinition.developername", "entitydefinitionid", "fielddefinitionid",
    "entityparticleid", "durableid",
)  # fmt: skip
"""The fields that tell which object a definition, other than that of an object, is of: its name, or an Id that begins with it."""
_REIFIED = {
    "fielddefinition": "EntityDefinitionId,DurableId",
    "entityparticle": "EntityDefinitionId,FieldDefinitionId,DurableId",
    "picklistvalueinfo": "EntityParticleId,DurableId",
}
_UNFILLED = (
    "RelationshipInfo", "RelationshipDomain", "UserEntityAccess", "UserFieldAccess", "OwnerChangeOptionInfo", "SearchLayout",
    "RelatedListDefinition", "RelatedListColumnDefinition", "AppDefinition", "AppTabMember", "ColorDefinition", "IconDefinition",
    "DataType", "FormulaFunction", "FormulaFunctionAllowedType", "FormulaFunctionCategory",
)  # fmt: skip
REFUSED = tuple(name.lower() for name in _UNFILLED)
"""Further parts of definitions that an org works out for each query, and this one does not."""
_TYPES = {
    "boolean": "Checkbox", "date": "Date", "datetime": "Date/Time", "time": "Time", "email": "Email", "phone": "Phone",
    "url": "URL", "id": "Lookup()", "base64": "Base64", "address": "Address", "location": "Geolocation",
    "picklist": "Picklist", "multipicklist": "Picklist (Multi-Select)", "combobox": "Picklist", "anyType": "anyType",
}  # fmt: skip


def tables() -> list[Table]:
    """The tables of definitions."""
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
            children=(
                ChildRelationship("FieldDefinition", "EntityDefinitionId", "Fields"),
                ChildRelationship("EntityParticle", "EntityDefinitionId", "Particles"),
            ),
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
        *particles.tables(_particles, _picklist_values),
    ]  # fmt: skip


def of_query(tx: Transaction, soql: str, query: Query, binds: Mapping[str, Any]) -> dict[str, VirtualTable]:
    """The tables that a query needs which is about definitions; none for any other query."""
    if query.sources[0].path.parts[0].lower() not in NAMES:
        return {}
    asked = replace(Asked.by(soql), objects=_objects(tx, query, binds))
    wanted = reached(asked.words, {one.sobject.name.lower(): one for one in tables()})
    return {name: VirtualTable(one.sobject, list(one.rows(tx, asked))) for name, one in wanted.items()}


def entities_of(tx: Transaction, asked: Asked, ids: Iterable[str | None]) -> VirtualTable:
    """The definitions of the objects with those durable Ids, to which rows of components refer."""
    names = {id: name for name, id in _durable(tx).items()}
    objects = frozenset(names.get(id, id.lower()) for id in ids if id is not None)
    found = next(one for one in tables() if one.sobject.name == "EntityDefinition")
    return VirtualTable(found.sobject, list(found.rows(tx, replace(asked, objects=objects))))


def refuse(tx: Transaction, soql: str, query: Query, binds: Mapping[str, Any]) -> dict[str, VirtualTable]:
    """Refuse a query of what is not worked out here, rather than find nothing. Raises :class:`QueryProblem`."""
    path = query.sources[0].path
    if path.text.lower() in REFUSED:
        raise problem.unsupported(f"a query of {path.text}", path.at)
    return {}


def _objects(tx: Transaction, query: Query, binds: Mapping[str, Any]) -> frozenset[str] | None:
    """The lower-case names of the objects that a query's conditions leave; ``None`` when they may be any.

    What belongs to an object is only found through it. Raises :class:`QueryProblem`.
    """
    source = query.sources[0].path
    name = source.parts[0].lower()
    reified = _REIFIED.get(name)
    if reified is not None and not any(_of_object(one.left) for one in comparisons(query.where)):
        text = f"{source.text}: a filter on a reified column is required [{reified}]"
        raise problem.malformed(text, source.at)
    keys = _KEYS if reified is not None else _OWN_KEYS
    values = {value.lower() for key in keys for value in equal_to(query, key, binds)}
    if not values:
        return None
    wanted = values | {value.partition(".")[0] for value in values}
    durable = _durable(tx)
    return frozenset(
        one.lower()
        for one in tx.schema.sobject_names()
        if not wanted.isdisjoint((one.lower(), _bare(one).lower(), durable.get(one.lower(), "").lower()))
    )


def _of_object(left: object) -> bool:
    """Whether a condition is about the object that a definition is of."""
    own = ("entitydefinition", "fielddefinition", "entityparticle", "durableid")
    return isinstance(left, Path) and any(part.lower().startswith(own) for part in left.parts)


def _durable(tx: Transaction) -> dict[str, str]:
    """Durable Ids of custom objects by lower-case name."""
    return {one.name.lower(): one.id[:15] for one in Components(tx).all("CustomObject")}


def _entities(tx: Transaction, fields: Asked) -> Iterable[Row]:
    durable = _durable(tx)
    models = any(name in fields for name in ("internalsharingmodel", "externalsharingmodel"))
    for found in _described(tx, fields):
        if tx.can("read", found.name):
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


def _bare(name: str) -> str:
    for suffix in ("__c", "__e", "__mdt"):
        name = name.removesuffix(suffix)
    return name


def _entity(found: SObjectType, durable: dict[str, str]) -> Row:
    id = durable.get(found.name.lower(), found.name) if found.custom else found.name
    return {
        "Id": id,
        "DurableId": id,
        "QualifiedApiName": found.name,
        "DeveloperName": _bare(found.name),
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


def _described(tx: Transaction, asked: Asked) -> Iterator[SObjectType]:
    """The objects that a query asks about."""
    for name in tx.schema.sobject_names():
        if asked.objects is None or name.lower() in asked.objects:
            found = tx.schema.sobject(name)
            if found is not None and not found.tooling:
                yield found


def _defined(tx: Transaction, asked: Asked) -> Iterator[tuple[SObjectType, Field, Row]]:
    """Each field of those objects with its definition."""
    durable = _durable(tx)
    ids = {one.name.lower(): one.id[:15] for one in Components(tx).all("CustomField")}
    for found in _described(tx, asked):
        entity = durable.get(found.name.lower(), found.name) if found.custom else found.name
        for field in found.fields.values():
            if tx.can("read", found.name, field.name):
                yield found, field, _field(found, field, entity, ids)


def _fields(tx: Transaction, asked: Asked) -> Iterable[Row]:
    return (definition for _, _, definition in _defined(tx, asked))


def _particles(tx: Transaction, asked: Asked) -> Iterable[Row]:
    return (particles.particle(sobject, field, definition) for sobject, field, definition in _defined(tx, asked))


def _picklist_values(tx: Transaction, asked: Asked) -> Iterable[Row]:
    for _, field, definition in _defined(tx, asked):
        yield from particles.picklist_values(field, definition["Id"])


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
