"""EntityParticle and PicklistValueInfo: the elements of an object's fields, and the values of its picklists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orgwright.localorg.metadata.tooling.table import Rows, Table, column, reference, table
from orgwright.localorg.schema.model import ChildRelationship, Field, SObjectType

Row = dict[str, Any]
NAMES = ("entityparticle", "picklistvalueinfo")
_FLAGS = {
    "IsAutonumber": "auto_number", "IsCaseSensitive": "case_sensitive", "IsUnique": "unique", "IsCreatable": "createable",
    "IsUpdatable": "updateable", "IsDefaultedOnCreate": "defaulted_on_create", "IsCalculated": "calculated",
    "IsHtmlFormatted": "html_formatted", "IsNameField": "name_field", "IsNillable": "nillable",
    "IsPermissionable": "permissionable", "IsEncrypted": "encrypted", "IsFieldHistoryTracked": "track_history",
    "IsApiFilterable": "filterable", "IsApiSortable": "sortable", "IsApiGroupable": "groupable",
    "IsDependentPicklist": "dependent_picklist", "IsIdLookup": "id_lookup", "IsNamePointing": "name_pointing",
    "IsWriteRequiresMasterRead": "write_requires_master_read",
}  # fmt: skip


def tables(particles: Rows, values: Rows) -> list[Table]:
    """Both tables, with what makes their rows."""
    return [
        table(
            "EntityParticle",
            particles,
            column("DurableId"),
            column("QualifiedApiName", name_field=True),
            reference("EntityDefinitionId", "EntityDefinition", "EntityDefinition"),
            reference("FieldDefinitionId", "FieldDefinition", "FieldDefinition"),
            column("NamespacePrefix"),
            column("DeveloperName"),
            column("MasterLabel"),
            column("Label"),
            column("Name"),
            column("DataType"),
            column("ExtraTypeInfo"),
            column("InlineHelpText"),
            column("RelationshipName"),
            column("Mask"),
            column("MaskType"),
            column("ReferenceTo", "complexvalue"),
            *(
                column(name, "int")
                for name in ("Length", "ByteLength", "Digits", "Precision", "Scale", "RelationshipOrder")
            ),
            *(column(name, "boolean") for name in (*_FLAGS, "IsComponent", "IsCompound")),
            children=(ChildRelationship("PicklistValueInfo", "EntityParticleId", "PicklistValues"),),
        ),
        table(
            "PicklistValueInfo",
            values,
            column("DurableId"),
            reference("EntityParticleId", "EntityParticle", "EntityParticle"),
            column("Value"),
            column("Label"),
            column("IsDefaultValue", "boolean"),
            column("IsActive", "boolean"),
        ),
    ]


def particle(sobject: SObjectType, field: Field, definition: Row) -> Row:
    """A particle with what it shares with the ``definition`` of its field."""
    shared = ("DurableId", "EntityDefinitionId", "QualifiedApiName", "NamespacePrefix", "DeveloperName", "MasterLabel", "Label",
              "ExtraTypeInfo", "RelationshipName", "ReferenceTo", "Length", "Precision", "Scale")  # fmt: skip
    whole = sobject.field(field.compound_field_name) if field.compound_field_name else None
    component = whole is not None and whole is not field
    return {
        **{name: definition[name] for name in shared},
        "Id": definition["Id"],
        "FieldDefinitionId": f"{definition['EntityDefinitionId']}.{whole.name}"
        if component and whole
        else definition["Id"],
        "Name": field.name,
        "DataType": field.type.lower(),
        "InlineHelpText": field.inline_help_text,
        "Mask": field.mask_char,
        "MaskType": field.mask_type,
        "ByteLength": field.byte_length,
        "Digits": field.digits,
        "RelationshipOrder": field.relationship_order,
        **{name: getattr(field, attribute) for name, attribute in _FLAGS.items()},
        "IsComponent": component,
        "IsCompound": field.type in ("address", "location"),
    }


def picklist_values(field: Field, particle_id: str) -> Iterator[Row]:
    """The values of a picklist, active or not."""
    for entry in field.picklist:
        yield {
            "Id": f"{particle_id}.{entry.value}",
            "DurableId": f"{particle_id}.{entry.value}",
            "EntityParticleId": particle_id,
            "Value": entry.value,
            "Label": entry.label,
            "IsDefaultValue": entry.default,
            "IsActive": entry.active,
        }
