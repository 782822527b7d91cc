"""Forms that components had in former API versions, turned into those of today.

``data/former.txt`` has a line for each element that a later version of the Metadata API's WSDL lacks: its type, its name, the
first version known to be without it and, where the developer guide names one, its successor. What has none said something
that orgs of today no longer can differ in, and is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from orgwright.localorg.metadata.catalog import catalog
from orgwright.localorg.metadata.document import Node


@dataclass(frozen=True)
class _Former:
    """An element that was: the first version without it, and what says the same today."""

    gone: float
    successor: str | None


@cache
def _table() -> dict[tuple[str, str], _Former]:
    text = resources.files(__package__).joinpath("data/former.txt").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        kind, element, gone, *successor = line.split()
        found[kind, element] = _Former(float(gone), successor[0] if successor else None)
    return found


def current(document: Node, version: str | None) -> Node:
    """A document of a package of that API version as the newest version has it."""
    if version is None or not version.replace(".", "", 1).isdigit():
        return document
    return _renewed(document, document.tag, float(version))


def _renewed(node: Node, kind: str, version: float) -> Node:
    described = catalog().type(kind)
    if described is None or not _concerned(kind):
        return node
    children: list[Node] = []
    for child in node.children:
        former = _table().get((kind, child.tag))
        if former is not None and version < former.gone:
            children += (
                [_SUCCESSION.get((kind, child.tag), _renamed)(child, former.successor)] if former.successor else []
            )
            continue
        element = described.elements.get(child.tag)
        children.append(child if element is None else _renewed(child, element.type, version))
    return replace(node, children=children)


@cache
def _concerned(kind: str) -> bool:
    """Whether documents of that type can have a former element at any depth."""
    seen: set[str] = set()
    waiting = [kind]
    while waiting:
        name = waiting.pop()
        described = catalog().type(name)
        if name in seen or described is None:
            continue
        seen.add(name)
        waiting += [element.type for element in described.elements.values()]
    return any(name in seen for name, _ in _table())


def _renamed(node: Node, tag: str) -> Node:
    return replace(node, tag=tag)


def _value_set(picklist: Node, tag: str) -> Node:
    """The ``valueSet`` of a ``picklist``, which never restricted its values."""
    definition = replace(
        picklist,
        tag="valueSetDefinition",
        children=[
            *(replace(value, tag="value") for value in picklist.all("picklistValues")),
            *(picklist.all("sorted") or [replace(picklist, tag="sorted", text="false", children=[])]),
        ],
    )
    return replace(picklist, tag=tag, children=[*picklist.all("controllingField"), definition])


def _visibility(node: Node, tag: str) -> Node:
    return replace(node, tag=tag, text=node.text.capitalize())


def _item(instance: Node, tag: str) -> Node:
    """A component in a region, which can hold fields too since."""
    return replace(instance, tag=tag, text="", children=[replace(instance, tag="componentInstance")])


def _template(node: Node, tag: str) -> Node:
    """A page's template, which can have properties since."""
    return replace(node, tag=tag, text="", children=[replace(node, tag="name")])


_SUCCESSION: dict[tuple[str, str], Callable[[Node, str], Node]] = {
    ("CustomField", "picklist"): _value_set,
    ("CustomObject", "customSettingsVisibility"): _visibility,
    ("FlexiPage", "pageTemplate"): _template,
    ("FlexiPageRegion", "componentInstances"): _item,
}
