"""Forms that components had in former API versions, turned into those of today (Metadata API Developer Guide, CustomField)."""

from __future__ import annotations

from dataclasses import replace

from orgwright.localorg.metadata.document import Node

_VALUE_SETS = 38.0
"""The API version since which a picklist has a ``valueSet`` in place of a ``picklist``."""


def current(document: Node, version: str | None) -> Node:
    """A document of a package of that API version as the newest version has it."""
    old = version is not None and version.replace(".", "", 1).isdigit() and float(version) < _VALUE_SETS
    if document.tag != "CustomObject" or not old:
        return document
    return replace(document, children=[_field(part) if part.tag == "fields" else part for part in document.children])


def _field(node: Node) -> Node:
    return replace(node, children=[_value_set(part) if part.tag == "picklist" else part for part in node.children])


def _value_set(picklist: Node) -> Node:
    """The ``valueSet`` of a ``picklist``, which never restricted its values."""
    definition = replace(
        picklist,
        tag="valueSetDefinition",
        children=[
            *(replace(value, tag="value") for value in picklist.all("picklistValues")),
            *(picklist.all("sorted") or [replace(picklist, tag="sorted", text="false", children=[])]),
        ],
    )
    return replace(picklist, tag="valueSet", children=[*picklist.all("controllingField"), definition])
