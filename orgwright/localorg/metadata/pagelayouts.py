"""The page layouts that an org has by itself: one for each object with pages, until one of that name is deployed.

A custom object gets its layout when it is made ("Layout" in the Metadata API Developer Guide): its name, its owner and what is required.
``data/own_layouts.txt`` has the standard objects, with the layout's name where it is not the object's label. Which fields Salesforce
puts on those no source tells for all of them; here they show all standard fields that can be written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import quote

from orgwright.localorg.metadata.document import Node, make
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.schema.schema import Schema

_SYSTEM = ("CreatedById", "LastModifiedById")
PAGES_OF = {"CaseClose": "Case", "UserAlt": "User"}
"""Pages of an object's own kind, whose layouts are named as if it were another object."""
_OFF = ("showEmailCheckbox", "showHighlightsPanel", "showInteractionLogPanel", "showRunAssignmentRulesCheckbox",
        "showSubmitAndAttachButton")  # fmt: skip


@dataclass(frozen=True)
class LayoutItem:
    """A place in a column: a field and how it behaves, or nothing."""

    field: str = ""
    behavior: str = "Edit"


@dataclass(frozen=True)
class LayoutSection:
    """A section: its columns of items, what its heading says and where it is shown."""

    label: str
    columns: tuple[tuple[LayoutItem, ...], ...]
    in_detail: bool = True
    in_edit: bool = True
    across: bool = False


def own_sections(sobject: SObjectType, fields: Collection[Field]) -> list[LayoutSection]:
    """The sections of the layout that an object has by itself, with those of ``fields`` that belong there."""
    named = [one for one in fields if one.name_field] + [one for one in fields if one.name == "OwnerId"]
    standard = [] if sobject.custom else [one for one in fields if not one.custom]
    # Parts of a name or an address stand inside of the whole.
    parts = {one.name for one in standard if one.compound_field_name and one.compound_field_name != one.name}
    written = [
        one for one in standard if (one.createable or one.updateable or one.type == "address") and one.name not in parts
    ]
    shown = {one.name: one for one in [*named, *written, *(one for one in fields if one.required)]}
    items = [LayoutItem(one.name, "Required" if one.required else "Edit") for one in shown.values()]
    known = {one.name for one in fields}
    system = [LayoutItem(name, "Readonly") for name in _SYSTEM if name in known]
    return [
        LayoutSection("Information", (tuple(items[::2]), tuple(items[1::2])), in_detail=False),
        LayoutSection("System Information", (tuple(system[:1]), tuple(system[1:])), in_edit=False),
    ]


def own_name(sobject: SObjectType) -> str | None:
    """The full name of the layout that an object has by itself; ``None`` for one without."""
    if sobject.name not in _standard() and not (sobject.custom and sobject.layoutable):
        return None
    return _name(sobject.name, _standard().get(sobject.name), sobject.label)


def own_names(schema: Schema) -> Iterator[str]:
    """The full names of all layouts that an org with that schema has by itself."""
    for page, own in _standard().items():
        target = schema.sobject(PAGES_OF.get(page, page))
        if target is not None:
            yield _name(page, own, target.label)
    for name in schema.sobject_names():
        target = schema.sobject(name) if name.endswith("__c") else None
        found = own_name(target) if target is not None else None
        if found is not None:
            yield found


def own_layout(schema: Schema, name: str) -> Node | None:
    """The document of the layout of that name (in any case) that an org has by itself."""
    page = name.partition("-")[0]
    target = schema.sobject(PAGES_OF.get(page, page))
    if target is None:
        return None
    found = _name(page, _standard().get(page), target.label) if page in PAGES_OF else own_name(target)
    if found is None or found.lower() != name.lower():
        return None
    sections = (_section(one) for one in own_sections(target, target.fields.values()))
    off = (make(flag, "false") for flag in _OFF)
    return make("Layout", "", make("fullName", found), *sections, *off)


def _name(page: str, own: str | None, label: str) -> str:
    """What stands in the file's name for other characters than letters is percent-encoded."""
    return f"{page}-{quote(own or f'{label} Layout', safe=' .-*_')}"


@cache
def _standard() -> dict[str, str | None]:
    lines = resources.files(__package__).joinpath("data/own_layouts.txt").read_text("utf-8").splitlines()
    parts = (line.partition(" ") for line in lines)
    return {page: own or None for page, _, own in parts}


def _section(section: LayoutSection) -> Node:
    columns = (make("layoutColumns", "", *(_item(item) for item in column)) for column in section.columns)
    return make(
        "layoutSections",
        "",
        make("customLabel", "false"),
        make("detailHeading", "true" if section.in_detail else "false"),
        make("editHeading", "true" if section.in_edit else "false"),
        make("label", section.label),
        *columns,
        make("style", "TwoColumnsTopToBottom"),
    )


def _item(item: LayoutItem) -> Node:
    return make("layoutItems", "", make("behavior", item.behavior), make("field", item.field))
