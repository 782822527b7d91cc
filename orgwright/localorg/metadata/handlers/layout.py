"""Layouts and tabs: kept, after checking what they point at."""

from __future__ import annotations

from collections.abc import Iterator

from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.handlers.field_rules import ONLY_IN_METADATA
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.metadata.pagelayouts import PAGES_OF, own_layout

# Fields of a layout that describe knows under another name, or not at all.
_COMPOUND = frozenset({"name", "createdbyid", "lastmodifiedbyid", "ownerid", "recordtypeid", "isprotected"})

_OF_METADATA = _COMPOUND | {"isprotected"}


class LayoutHandler(Handler):
    """Layouts: the object and every field must exist, no field twice."""

    rank = 75

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        assert item.node is not None
        sobject_name = item.name.partition("-")[0]
        if sobject_name == "Global":
            return None
        target = draft.sobject(PAGES_OF.get(sobject_name, sobject_name))
        if target is None:
            text = f"Entity Enumeration Or ID: bad value for restricted picklist field: {sobject_name}"
            raise Rejected(Problem(text, item.line, item.column))
        problems = []
        seen: set[str] = set()
        for at in _fields(item.node):
            name = at.value("field")
            lower = name.lower()
            known = (
                lower in target.fields
                or lower in (_OF_METADATA if target.kind == "metadata" else _COMPOUND)
                or f"{lower}id" in target.fields
                or f"{target.name}.{name}" in ONLY_IN_METADATA
            )
            if not known:
                text = f"In field: field - no CustomField named {target.name}.{name} found"
                problems.append(Problem(text, at.line, at.column))
            elif lower in seen:
                problems.append(Problem(f"Field:{name}, value:{name} appears more than once", at.line, at.column))
            seen.add(lower)
        if problems:
            raise Rejected(*problems)
        return None

    def exists(self, name: str, draft: Draft) -> bool:
        """A layout of a custom object is told as new: the object may be so, too."""
        return "__c-" not in name.lower() and own_layout(draft.schema, name) is not None


def _fields(node: Node) -> Iterator[Node]:
    for section in node.all("layoutSections"):
        for column in section.all("layoutColumns"):
            yield from (one for one in column.all("layoutItems") if one.value("field"))


class TabHandler(Handler):
    """Tabs: a tab of an object needs the object."""

    rank = 75

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        assert item.node is not None
        if item.node.flag("customObject") and draft.sobject(item.name) is None:
            raise Rejected(Problem(f"In field: name - no CustomObject named {item.name} found", item.line, item.column))
        return None


class ChannelMemberHandler(Handler):
    """Members of event channels: the selected entity must exist."""

    rank = 76

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        assert item.node is not None
        name = item.node.value("selectedEntity")
        if draft.sobject(name) is None:
            text = f"In field: selectedEntity - no CustomObject named {name} found"
            raise Rejected(Problem(text, item.line, item.column))
        return None
