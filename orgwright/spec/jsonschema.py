"""The JSON Schema of a connector spec, for completion and checks in editors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orgwright.spec.field import FieldType
from orgwright.spec.model import Connector
from orgwright.spec.node import Node

_TEMPLATE = {"type": "string", "pattern": r"\{\{.*\}\}"}
"""Where a number or a truth value stands, a parameter may stand: ``"{{ length }}"``."""
_WHEN = {
    "type": "object",
    "description": "Parameters and the values they must have; otherwise this entry is left out",
    "additionalProperties": {},
}
_LISTS_AS_MAPPINGS = {
    "settings": {"type": "object", "additionalProperties": {"type": ["boolean", "string", "integer"]}}
}


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of ``connector.yml``: what an author may write, short forms included."""
    made = Connector.model_json_schema(by_alias=True)
    models = {model.__name__: model for model in _models(Node)}
    definitions = made["$defs"]
    for name, definition in list(definitions.items()):
        if name in models:
            definitions[name] = _as_written(definition, models[name], name)
    top = _body(made)
    definitions["Requires"]["properties"]["settings"] = {
        "anyOf": [
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Setting"}]}},
            _LISTS_AS_MAPPINGS["settings"],
        ],
        "description": "Switched on by the deploy: Quote.enableQuote",
    }
    rights = definitions["PermissionSet"]["properties"]["objects"]
    written = [{"type": "string"}, rights["additionalProperties"]]
    conditional = {
        "type": "object",
        "properties": {"rights": {"anyOf": written}, "when": _WHEN},
        "required": ["rights"],
    }
    rights["additionalProperties"] = {"anyOf": [*written, conditional]}
    for owner, attribute, source in (
        ("Publisher", "from", "PublisherSource"),
        ("Webhook", "from", "PublisherSource"),
        ("Flag", "on", "FlagSource"),
    ):
        _sources(definitions[owner]["properties"], attribute, f"#/$defs/{source}")
    by = definitions["Duplicates"]["properties"]["by"]
    by["items"] = {"anyOf": [{"type": "string"}, by["items"]]}
    definitions["LeadConversion"]["properties"]["fields"] = {
        "type": "object",
        "propertyNames": {"enum": ["Account", "Contact", "Opportunity"]},
        "additionalProperties": {
            "type": "object",
            "properties": {"when": _WHEN},
            "additionalProperties": {"type": "string"},
        },
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "title": "orgwright connector"}


def _sources(properties: dict[str, Any], attribute: str, source: str) -> None:
    """Objects as a list of names or a mapping; one custom permission without a list."""
    properties["unless"] = {"anyOf": [{"type": "string"}, properties["unless"]]}
    properties[attribute] = {
        "anyOf": [
            {"type": "array", "items": {"type": "string"}},
            {"type": "object", "additionalProperties": {"$ref": source}},
        ]
    }


def _models(model: type[Node]) -> Iterator[type[Node]]:
    for child in model.__subclasses__():
        yield child
        yield from _models(child)


def _as_written(definition: dict[str, Any], model: type[Node], name: str) -> dict[str, Any]:
    body = _body(definition)
    if name in ("Object", "Event", "MetadataType"):
        body["patternProperties"] = {r"^[A-Z]|__c$|\{\{": {"$ref": "#/$defs/Field"}}
    if model.shorthand is None:
        return body
    if name == "Field":
        kinds = "|".join(FieldType)
        short: dict[str, Any] = {
            "type": "string",
            "pattern": rf"^\s*({kinds})\b|\{{\{{",
            "examples": [
                "Text(64)",
                "Number(4, 0)",
                "LongTextArea(32768)",
                "Lookup(Account)",
                "Picklist(a, b)",
                "Checkbox",
            ],
        }
        body["properties"]["type"] = short
    else:
        short = {"type": ["string", "number", "boolean"]}
    return {"anyOf": [short, body]}


def _body(definition: dict[str, Any]) -> dict[str, Any]:
    """Without what the loader adds, with what it understands."""
    properties = {
        key: _with_template(value) for key, value in definition.get("properties", {}).items() if key != "api_name"
    }
    body = {**definition, "properties": {**properties, "when": _WHEN}}
    if "values" in properties and "PicklistValue" in str(properties["values"]):
        properties["values"] = {
            "anyOf": [{"type": "array", "items": {"type": ["string", "number"]}}, properties["values"]]
        }
        body["properties"]["values"] = properties["values"]
    return body


def _with_template(value: dict[str, Any]) -> dict[str, Any]:
    """A number, truth value or choice may come from a parameter too."""
    shapes = [value, *value.get("anyOf", ())]
    plain = any(shape.get("type") in ("integer", "boolean", "number") or "enum" in shape for shape in shapes)
    if not plain or "const" in value:
        return value
    kept: dict[str, Any] = {key: value[key] for key in ("description", "default", "title") if key in value}
    bare: dict[str, Any] = {key: item for key, item in value.items() if key not in kept}
    return {**kept, "anyOf": [bare, _TEMPLATE]}
