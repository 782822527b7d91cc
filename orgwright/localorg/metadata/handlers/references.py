"""Components that are kept as data, and refused when they name what the org does not have."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item

References = Callable[[Item, Draft], Iterator[Problem]]

_COMPONENTS = ("LightningComponentBundle", "AuraDefinitionBundle")


class ReferenceHandler(Handler):
    """Keeps components whose references all lead somewhere, once the whole deploy is applied."""

    rank = 74

    def __init__(self, missing: References) -> None:
        self._missing = missing

    def settle(self, item: Item, draft: Draft) -> None:
        problems = list(self._missing(item, draft)) if item.node is not None and not draft.tolerant else []
        if problems:
            raise Rejected(*problems)


def tab(name: str, draft: Draft) -> bool:
    """Whether there is a tab of that name; standard ones are named ``standard-Account``."""
    return name.startswith("standard-") or draft.has("CustomTab", name)


def application(item: Item, draft: Draft) -> Iterator[Problem]:
    """The tabs of an app."""
    for node in item.node.all("tabs") if item.node else ():
        if not tab(node.text, draft):
            yield _at(node, f"In field: tab - no CustomTab named {node.text} found")


def page(item: Item, draft: Draft) -> Iterator[Problem]:
    """The components of a Lightning page that are the org's own."""
    for node in _named(item.node, "componentName") if item.node else ():
        namespace, _, name = node.text.partition(":")
        if namespace == "c" and not any(draft.has(kind, name) for kind in _COMPONENTS):
            text = f"We couldn't retrieve the design time component information for component {node.text}."
            yield _at(node, text)


def field_set(item: Item, draft: Draft) -> Iterator[Problem]:
    """The custom fields of a field set."""
    sobject = item.name.partition(".")[0]
    shown = [one for tag in ("displayedFields", "availableFields") for one in item.node.all(tag)] if item.node else []
    for node in (one.find("field") for one in shown):
        if node is not None and _lacks(sobject, node.text, draft):
            yield _at(node, f"In field: field - no CustomField named {sobject}.{node.text} found")


def list_view(item: Item, draft: Draft) -> Iterator[Problem]:
    """The custom fields that a list view shows."""
    sobject = item.name.partition(".")[0]
    for node in item.node.all("columns") if item.node else ():
        if _lacks(sobject, node.text, draft):
            yield _at(node, f"Could not resolve list view column: {node.text}")


def _lacks(sobject: str, field: str, draft: Draft) -> bool:
    """Whether the object lacks a custom field of its own; fields of parents and standard columns go by other names."""
    target = draft.sobject("Task" if sobject == "Activity" else sobject)
    return field.endswith("__c") and "." not in field and target is not None and target.field(field) is None


def _named(node: Node, tag: str) -> Iterator[Node]:
    for child in node.children:
        if child.tag == tag:
            yield child
        yield from _named(child, tag)


def _at(node: Node, text: str) -> Problem:
    return Problem(text, node.line, node.column, unknown=True)
