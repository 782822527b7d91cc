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
        if old is not None:
            draft.tx.update_setup(old.id, fields)
            return old.id
        names = {"DeveloperName": record, "QualifiedApiName": record, "Language": "en_US"}
        return draft.tx.insert_setup(target.name, {**names, **fields})

    def delete(self, stored: Stored, draft: Draft) -> None:
        draft.tx.delete_setup(stored.id)


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
        if isinstance(found[field.name], str) and field.length and len(value.text) > field.length:
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
