"""CustomMetadata: records of custom metadata types."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.schema.model import Field, SObjectType


class CustomMetadataHandler(Handler):
    """Records by ``Type.Record``; their values are rows that SOQL and Apex read."""

    rank = 70

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        type_name, _, record = item.name.partition(".")
        target = draft.sobject(f"{type_name.removesuffix('__mdt')}__mdt")
        if target is None or type_name.endswith("__mdt"):
            text = f"Entity of type 'CustomMetadata' named '{item.name}' cannot be found"
            raise Rejected(Problem(text, item.line, item.column))
        if len(node.value("label")) > 40:
            text = f"Label: data value too large: {node.value('label')} (max length=40)"
            raise Rejected(Problem(text, item.line, item.column))
        fields = {"MasterLabel": node.value("label"), "Label": node.value("label"), **_values(node, target)}
        draft.flush()
        fields |= _relations(node, target, fields, draft)
        if old is not None:
            draft.tx.update_setup(old.id, fields)
            return old.id
        announced = _row(draft, target.name, record)
        if announced is not None:
            draft.tx.update_setup(announced, fields)
            return announced
        return draft.tx.insert_setup(target.name, {**_names(record), **fields})

    def delete(self, stored: Stored, draft: Draft) -> None:
        draft.tx.delete_setup(stored.id)


def _names(record: str) -> dict[str, Any]:
    return {"DeveloperName": record, "QualifiedApiName": record, "Language": "en_US"}


def _row(draft: Draft, type_name: str, record: str) -> str | None:
    """The Id of a record that has a row already."""
    if not draft.tx.has_table(type_name.lower()):
        return None
    text = f"SELECT Id FROM {type_name} WHERE DeveloperName = :name"
    found = draft.tx.query(text, binds={"name": record}, access="system").records
    return str(found[0].fields["Id"]) if found else None


def _relations(node: Node, target: SObjectType, fields: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """What metadata relationships hold: Ids of records, names of objects, ``Object.Field`` of fields."""
    found: dict[str, Any] = {}
    for part in node.all("values"):
        field = target.field(part.value("field"))
        value = fields.get(field.name) if field is not None else None
        if field is None or not value or not field.reference_to:
            continue
        parent = field.reference_to[0]
        if parent == "FieldDefinition":
            found[field.name] = _field_name(value, field, target, fields, draft)
        elif parent.endswith("__mdt"):
            found[field.name] = _parent(value, parent, part, draft)
        elif parent == "EntityDefinition":
            known = draft.sobject(value)
            found[field.name] = known.name if known is not None else value
    return found


def _field_name(value: str, field: Field, target: SObjectType, fields: dict[str, Any], draft: Draft) -> str:
    """``Object.Field``: the object is the value of the relationship that controls this one."""
    if "." in value:
        return value
    stored = draft.components.get("CustomField", f"{target.name}.{field.name}")
    controller = stored.node.value("metadataRelationshipControllingField") if stored is not None else ""
    entity = fields.get(controller.rpartition(".")[2]) if controller else None
    return f"{entity}.{value}" if entity else value


def _parent(value: str, parent: str, part: Node, draft: Draft) -> str:
    """The Id of another record; one that the deploy brings later gets its row now."""
    known = _row(draft, parent, value)
    if known is not None:
        return known
    full_name = f"{parent.removesuffix('__mdt')}.{value}"
    if ("CustomMetadata", full_name.lower()) not in draft.items:
        text = f"The metadata record {full_name} cannot be found"
        raise Rejected(Problem(text, part.line, part.column))
    return draft.tx.insert_setup(parent, {**_names(value), "MasterLabel": value, "Label": value})


def _values(node: Node, target: SObjectType) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in node.all("values"):
        name = part.value("field")
        field = target.field(name)
        if field is None:
            text = f"In field: field - no CustomField named {target.name}.{name} found"
            raise Rejected(Problem(text, part.line, part.column))
        value = part.find("value")
        if value is None or value.nil:
            found[field.name] = None
            continue
        try:
            found[field.name] = _value(value.text, field)
        except (ValueError, ArithmeticError) as error:
            text = f"{field.label}: value not of required type: {value.text}"
            raise Rejected(Problem(text, part.line, part.column)) from error
        if (
            isinstance(found[field.name], str)
            and field.length
            and not field.reference_to
            and len(value.text) > field.length
        ):
            text = f"{field.label}: data value too large: {value.text} (max length={field.length})"
            raise Rejected(Problem(text, part.line, part.column))
    for field in target.fields.values():
        if field.custom and field.required and found.get(field.name) is None:
            raise Rejected(Problem(f"Required fields are missing: [{field.name}]", node.line, node.column))
    return found


def _value(text: str, field: Field) -> Any:
    if field.type == "boolean":
        return text.lower() == "true"
    if not text:
        return None
    if field.type in ("double", "currency", "percent"):
        return Decimal(text)
    if field.type == "int":
        return int(text)
    if field.type == "date":
        return dt.date.fromisoformat(text)
    if field.type == "datetime":
        return dt.datetime.fromisoformat(text)
    return text
