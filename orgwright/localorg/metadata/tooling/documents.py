"""Metadata documents as the JSON of Tooling's ``Metadata`` field."""

from __future__ import annotations

from typing import Any

from orgwright.localorg.metadata.catalog import ComplexType, catalog
from orgwright.localorg.metadata.document import Node, make


def to_json(node: Node, type_name: str) -> dict[str, Any]:
    """A document as JSON; elements that it lacks are null, absent lists empty."""
    kind = catalog().type(type_name)
    found: dict[str, Any] = {}
    if kind is None:
        return {child.tag: child.text for child in node.children if not child.children}
    for element in kind.elements.values():
        if element.name in ("fullName", "content"):
            continue
        given = node.all(element.name)
        if element.many:
            found[element.name] = [_value(one, element.type) for one in given]
        else:
            found[element.name] = _value(given[0], element.type) if given else None
    return found


def _value(node: Node, type_name: str) -> Any:
    kind = catalog().type(node.xsi_type or type_name)
    if kind is not None:
        return to_json(node, kind.name)
    if node.nil:
        return None
    if type_name == "boolean":
        return node.text in ("true", "1")
    if type_name == "int":
        return int(node.text) if node.text else None
    if type_name == "double":
        return float(node.text) if node.text else None
    return node.text


def from_json(value: dict[str, Any], type_name: str) -> Node:
    """The document that a ``Metadata`` value describes; nulls and empty lists are left out."""
    kind = catalog().type(type_name)
    return make(type_name, "", *_children(value, kind))


def _children(value: dict[str, Any], kind: ComplexType | None) -> list[Node]:
    children = []
    for name, given in value.items():
        element = kind.elements.get(name) if kind else None
        for one in given if isinstance(given, list) else [given]:
            if one is None or name == "urls":
                continue
            if isinstance(one, dict):
                inner = catalog().type(element.type) if element else None
                children.append(make(name, "", *_children(one, inner)))
            else:
                children.append(make(name, ("true" if one else "false") if isinstance(one, bool) else str(one)))
    return children
