"""Records as the partner and enterprise APIs write them: typed sObjects in a namespace of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orgwright.localorg.api.soap.envelope import Nil, Raw, Typed, element

_COMPOUND = {
    "address": ("latitude", "longitude", "city", "country", "countryCode", "geocodeAccuracy", "postalCode", "state", "stateCode", "street"),
    "location": ("latitude", "longitude"),
}  # fmt: skip


def record(tag: str, row: Mapping[str, Any], kind: str) -> Raw:
    """A row of a query as ``<tag xsi:type="sf:...">``; ``kind`` is the API, ``u`` (partner) or ``c`` (enterprise).

    The partner API names the type and gives the Id before what was selected, the Id once more if it was; the enterprise API has the
    type in the element and the fields in the order of its WSDL.
    """
    type_name = row["attributes"]["type"]
    selected = [(name, value) for name, value in row.items() if name != "attributes"]
    aggregate = type_name == "AggregateResult"
    if kind == "c":
        head = "" if any(name == "Id" for name, _ in selected) else element("sf:Id", Nil())
        selected.sort(key=lambda pair: (pair[0] != "Id", pair[0]))
    else:
        head = element("sf:type", type_name) + element("sf:Id", row.get("Id") or Nil())
    fields = "".join(_field(name, value, kind, typed=aggregate) for name, value in selected)
    return Raw(f'<{tag} xsi:type="sf:{type_name if kind == "c" else "sObject"}">{head}{fields}</{tag}>')


def _field(name: str, value: Any, kind: str, *, typed: bool) -> str:
    tag = f"sf:{name}"
    if value is None:
        return element(tag, Nil())
    if isinstance(value, Mapping):
        if "attributes" in value:
            return record(tag, value, kind).text
        if "records" in value:
            rows = [record("records", one, kind) for one in value["records"]]
            inner = {"done": True, "queryLocator": Nil(), "records": rows, "size": value["totalSize"]}
            return element(tag, {"xsi:type": "QueryResult", **inner})
        compound = "address" if "city" in value else "location"
        parts = {part: Nil() if value.get(part) is None else value[part] for part in _COMPOUND[compound]}
        return element(tag, {"xsi:type": compound, **parts})
    if typed and not isinstance(value, str):
        return element(tag, Typed("xsd:int" if isinstance(value, int) else "xsd:double", value))
    return element(tag, value)
