"""Checks a metadata document against the schema of its type, in the words of Salesforce's own parser.

Elements may stand in any order as long as equal ones are adjacent (platform behaviour of the Metadata
API's file parser); unknown elements, repeated elements, values outside an enumeration and missing
required elements are problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from orgwright.localorg.metadata.catalog import PRIMITIVES, Catalog, ComplexType, Element, catalog
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.model import Problem

_INT = re.compile(r"[+-]?\d{1,10}$")
_DOUBLE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_DATE = re.compile(r"\d{4}-\d\d-\d\d$")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$")
_PATTERNS = {"int": _INT, "double": _DOUBLE, "date": _DATE, "dateTime": _DATETIME}

# CumulusCI writes Python's True and False; Salesforce takes them.
_BOOLEANS = {"true": "true", "1": "true", "false": "false", "0": "false"}

# The parser knows Metadata.fullName; files other than children of an object usually leave it out.
_IGNORED_REQUIRED = frozenset({"fullName", "content"})
# Required by the WSDL, but left out by many projects that deploy all the same: the org has a default.
_DEFAULTED = {
    "ApexClass": frozenset({"status"}),
    "ApexTrigger": frozenset({"status"}),
    "CustomPermission": frozenset({"isLicensed"}),
    "PicklistValue": frozenset({"default"}),
    "LookupFilterTranslation": frozenset({"errorMessage", "informationalMessage"}),
}


def check(node: Node, type_name: str) -> list[Problem]:
    """All problems of a document whose root is of that type; a type that the catalog lacks is not checked.

    Booleans that are written another way (``1``, ``True``) are ``true`` and ``false`` in the document afterwards, values of
    enumerations in another case (``ACTIVE``, as public projects have them) those of the schema.
    """
    types = catalog()
    kind = types.type(type_name)
    if kind is None:
        return []
    return list(_check(node, kind, types))


def _parsing(text: str, line: int, column: int) -> Problem:
    return Problem(f"Error parsing file: {text} ({line}:{column})", line, column)


def _check(node: Node, kind: ComplexType, types: Catalog) -> Iterator[Problem]:
    seen: set[str] = set()
    last: str | None = None
    for child in node.children:
        element = kind.elements.get(child.tag)
        if element is None:
            text = f"Element {child.tag} invalid at this location in type {kind.name}"
            yield replace(_parsing(text, child.line, child.column), unknown=True)
            continue
        repeated = child.tag in seen and (child.tag != last or not element.many)
        seen.add(child.tag)
        last = child.tag
        if repeated:
            yield _parsing(
                f"Element {child.tag} is duplicated at this location in type {kind.name}", child.line, child.column
            )
            continue
        yield from _check_value(child, element, types)
    needless = _IGNORED_REQUIRED | _DEFAULTED.get(kind.name, frozenset())
    for element in kind.elements.values():
        if element.required and element.name not in seen and element.name not in needless:
            yield Problem(f"Required field is missing: {element.name}", node.line, node.column)


def _check_value(node: Node, element: Element, types: Catalog) -> Iterator[Problem]:
    if node.nil:
        return
    if element.type in PRIMITIVES:
        yield from _check_primitive(node, element.type)
        return
    values = types.enum(element.type)
    if values is not None:
        if node.text and node.text not in values:  # an empty element says nothing, as in translations
            meant = next((value for value in values if value.lower() == node.text.lower()), None)
            if meant is None:
                line, column = node.end
                yield _parsing(f"'{node.text}' is not a valid value for the enum '{element.type}'", line, column)
            else:
                node.text = meant
        return
    kind = types.type(node.xsi_type or element.type) or types.type(element.type)
    if kind is not None:
        yield from _check(node, kind, types)


def _check_primitive(node: Node, kind: str) -> Iterator[Problem]:
    if node.children and kind != "anyType":
        child = node.children[0]
        yield _parsing(f"Element {child.tag} invalid at this location in type {kind}", child.line, child.column)
        return
    line, column = node.end
    if kind == "boolean":
        told = _BOOLEANS.get(node.text.lower())
        if told is None:
            yield _parsing(f"'{node.text}' is not a valid value for the type xsd:boolean", line, column)
        else:
            node.text = told
    elif kind in _PATTERNS and node.text and not _PATTERNS[kind].match(node.text):
        yield _parsing(f"'{node.text}' is not a valid value for the type xsd:{kind}", line, column)
