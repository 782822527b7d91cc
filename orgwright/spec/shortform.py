"""The short form of field types, as vendors' tables write them: ``Text(64)``, ``Number(4, 0)``, ``Lookup(Account)``, ``Picklist(a, b)``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from orgwright.spec.errors import did_you_mean
from orgwright.spec.field import FieldType
from orgwright.spec.yamltree import Located

_CALL = re.compile(r"\s*([A-Za-z][A-Za-z ]*?)\s*(?:\((.*)\))?\s*\Z", re.DOTALL)
_WORD = re.compile(r"\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|([^,]*))\s*(,|\Z)")

_SETUP_NAMES = {
    "auto number": FieldType.AUTO_NUMBER,
    "date/time": FieldType.DATE_TIME,
    "date time": FieldType.DATE_TIME,
    "long text area": FieldType.LONG_TEXT_AREA,
    "lookup relationship": FieldType.LOOKUP,
    "master detail": FieldType.MASTER_DETAIL,
    "multi select picklist": FieldType.MULTISELECT_PICKLIST,
    "rich text area": FieldType.HTML,
    "text area": FieldType.TEXT_AREA,
    "geolocation": FieldType.LOCATION,
    "roll up summary": FieldType.SUMMARY,
    "text encrypted": FieldType.ENCRYPTED_TEXT,
}
_BY_NAME = {str(kind).lower(): kind for kind in FieldType} | _SETUP_NAMES


def expand_field(data: Any) -> Any:
    """Spell out the type of a field's mapping; attributes of the short form and of the long one must not contradict."""
    if not isinstance(data, Mapping) or not isinstance(data.get("type"), str):
        return data
    parsed = parse_type(data["type"])
    twice = [name for name in parsed if name != "type" and name in data and data[name] != parsed[name]]
    if twice:
        raise ValueError(f"{twice[0]} is given twice: {data[twice[0]]} here, {parsed[twice[0]]} in {data['type']}")
    merged = {**data, **parsed}
    return data.with_values(merged) if isinstance(data, Located) else merged


def parse_type(text: str) -> dict[str, Any]:
    """The attributes that a short form stands for.

    Args:
        text: such as ``Text(64)``.

    Raises:
        ValueError: it is not a type, or what stands in its parentheses does not fit.
    """
    if "(" in text and not text.rstrip().endswith(")"):
        raise ValueError(
            f'{text} is cut at its comma: inside {{ }} a type with a comma stands in quotes, such as "Number(4, 0)"'
        )
    match = _CALL.match(text)
    kind = _BY_NAME.get(match[1].lower()) if match else None
    if match is None or kind is None:
        word = match[1] if match else text
        hint = did_you_mean(word, [str(kind) for kind in FieldType])
        raise ValueError(f"{word} is no field type" + (f"; {hint}" if hint else ""))
    arguments = split_arguments(match[2]) if match[2] is not None else []
    if not arguments:
        return {"type": str(kind)}
    read = _ARGUMENTS.get(kind)
    if read is None:
        raise ValueError(f"{kind} has nothing in parentheses")
    return {"type": str(kind), **read(str(kind), arguments)}


def split_arguments(text: str) -> list[str]:
    """Split at commas outside quotes; quotes keep blanks and commas."""
    found: list[str] = []
    at = 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            raise ValueError(f"cannot be read from here on: {text[at:]}")
        quoted = match[1] if match[1] is not None else match[2]
        word = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match[3].strip()
        found.append(word)
        at = match.end()
    return found


def _length(kind: str, arguments: list[str]) -> dict[str, Any]:
    return {"length": _numbers(kind, arguments, 1, f"{kind}(64)")[0]}


def _number(kind: str, arguments: list[str]) -> dict[str, Any]:
    digits, scale = _numbers(kind, arguments, 2, f"{kind}(4, 0)")
    return {"precision": digits + scale, "scale": scale}


def _numbers(kind: str, arguments: list[str], count: int, example: str) -> list[int]:
    if len(arguments) != count or not all(
        argument.isascii() and argument.isdigit() and len(argument) < 10 for argument in arguments
    ):
        raise ValueError(f"{kind} takes {count} whole number{'s'[: count - 1]}, such as {example}")
    return [int(argument) for argument in arguments]


def _target(kind: str, arguments: list[str]) -> dict[str, Any]:
    if len(arguments) != 1 or not arguments[0]:
        raise ValueError(f"{kind} takes one object, such as {kind}(Account)")
    return {"to": arguments[0]}


def _indirect(kind: str, arguments: list[str]) -> dict[str, Any]:
    parent, _, field = arguments[0].partition(".")
    if len(arguments) != 1 or not field:
        raise ValueError(f"{kind} takes the parent and its external ID, such as {kind}(Account.Number__c)")
    return {"to": parent, "target_field": field}


def _values(kind: str, arguments: list[str]) -> dict[str, Any]:
    if "" in arguments:
        raise ValueError(f"{kind} has an empty value")
    seen: set[str] = set()
    for argument in arguments:
        if argument.lower() in seen:
            raise ValueError(f"the value {argument} is there twice")
        seen.add(argument.lower())
    return {"values": {argument: {"api_name": argument, "label": argument} for argument in arguments}}


def _format(kind: str, arguments: list[str]) -> dict[str, Any]:
    return {"display_format": ", ".join(arguments)}


def _scale(kind: str, arguments: list[str]) -> dict[str, Any]:
    return {"scale": _numbers(kind, arguments, 1, f"{kind}(6)")[0]}


def _summary(kind: str, arguments: list[str]) -> dict[str, Any]:
    operation = arguments[0].lower()
    if operation == "count" and len(arguments) == 2:
        return {"operation": operation, "through": arguments[1]}
    if operation in ("sum", "min", "max") and len(arguments) == 3:
        return {"operation": operation, "summarize": arguments[1], "through": arguments[2]}
    raise ValueError(
        f"{kind} is {kind}(count, Child__c.Parent__c) or {kind}(sum, Child__c.Amount__c, Child__c.Parent__c); sum, min, max"
    )


_ARGUMENTS: dict[FieldType, Callable[[str, list[str]], dict[str, Any]]] = {
    FieldType.TEXT: _length,
    FieldType.LONG_TEXT_AREA: _length,
    FieldType.HTML: _length,
    FieldType.ENCRYPTED_TEXT: _length,
    FieldType.NUMBER: _number,
    FieldType.CURRENCY: _number,
    FieldType.PERCENT: _number,
    FieldType.LOOKUP: _target,
    FieldType.MASTER_DETAIL: _target,
    FieldType.METADATA_RELATIONSHIP: _target,
    FieldType.EXTERNAL_LOOKUP: _target,
    FieldType.INDIRECT_LOOKUP: _indirect,
    FieldType.PICKLIST: _values,
    FieldType.MULTISELECT_PICKLIST: _values,
    FieldType.AUTO_NUMBER: _format,
    FieldType.LOCATION: _scale,
    FieldType.SUMMARY: _summary,
}
