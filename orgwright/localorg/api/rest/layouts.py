"""Page layouts as describes show them (sObject Layouts, describeLayout): sections with their fields, related lists, layouts by record type.

A layout is the one that the user's profile is assigned, else the deployed one that has the name of the object's own layout. An object
without any has the layout that an org has by itself (:mod:`orgwright.localorg.metadata.pagelayouts`). Buttons, links, pages and charts are user interface and left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any
from urllib.parse import unquote

from orgwright.localorg.api.rest import describe
from orgwright.localorg.api.rest.dependent import valid_for
from orgwright.localorg.api.rest.describing import field_as_seen
from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.handlers.permissions import PROFILE_NAMES
from orgwright.localorg.metadata.pagelayouts import LayoutItem, LayoutSection, own_name, own_sections
from orgwright.localorg.org import Transaction
from orgwright.localorg.schema.model import MASTER_RECORD_TYPE_ID, Field, SObjectType

OWN_LAYOUT = "00h000000000000AAA"
"""The Id of a layout that nobody deployed."""
_SECTION = "01B{:012}AAA"
_MAX_LINES = 6


def of_object(tx: Transaction, sobject: SObjectType, base: str) -> dict[str, Any]:
    """All layouts of an object that the user gets, and which one for which record type."""
    describer = _Describer(tx, sobject)
    layouts: dict[str, dict[str, Any]] = {}
    mappings = []
    for info in describe.record_types(sobject, base, tx.default_record_type(sobject)):
        stored = describer.assigned("" if info["master"] else info["developerName"])
        id = stored.id if stored is not None else OWN_LAYOUT
        if id not in layouts:
            layouts[id] = describer.layout(stored)
        mappings.append({**info, "layoutId": id, "picklistsForRecordType": describer.picklists(info["recordTypeId"])})
    choices = sum(one["available"] and not one["master"] for one in mappings)
    return {
        "layouts": list(layouts.values()),
        "recordTypeMappings": mappings,
        "recordTypeSelectorRequired": [choices > 1],
    }


def of_record_type(tx: Transaction, sobject: SObjectType, record_type_id: str) -> dict[str, Any] | None:
    """The layout for one record type; ``None`` when the object does not have that type."""
    wanted = record_type_id[:15]
    if wanted == MASTER_RECORD_TYPE_ID[:15]:
        name = ""
    else:
        found = next((one for one in sobject.record_types if one.id[:15] == wanted), None)
        if found is None:
            return None
        name = found.developer_name
    describer = _Describer(tx, sobject)
    return describer.layout(describer.assigned(name))


class _Describer:
    def __init__(self, tx: Transaction, sobject: SObjectType) -> None:
        self._tx, self._sobject, self._valid_for = tx, sobject, valid_for(tx, sobject)
        seen = (field_as_seen(tx, sobject, field) for field in tx.rights.readable_fields(sobject))
        self._fields = {field.name.lower(): field for field in seen}
        own = f"{sobject.name.lower()}-"
        stored = [one for one in Components(tx).all("Layout") if one.name.lower().startswith(own)]
        self._stored = {one.name.lower(): one for one in stored}
        self._assignments = _assignments(tx)

    def assigned(self, record_type: str) -> Stored | None:
        """The deployed layout for a record type (by its developer name; empty: without one)."""
        key = f"{self._sobject.name}.{record_type}".lower() if record_type else ""
        for name in self._assignments.get(key, ()):
            if name in self._stored:
                return self._stored[name]
        if record_type:
            return self.assigned("")
        own = unquote(own_name(self._sobject) or f"{self._sobject.name}-{self._sobject.label} Layout").lower()
        return next((one for name, one in self._stored.items() if unquote(name) == own), None)

    def layout(self, stored: Stored | None) -> dict[str, Any]:
        """A layout as describe shows it."""
        sections = (
            _sections(stored.node) if stored is not None else own_sections(self._sobject, list(self._fields.values()))
        )
        related = (
            [] if stored is None else [one for node in stored.node.all("relatedLists") for one in self._related(node)]
        )
        id = stored.id if stored is not None else OWN_LAYOUT
        shown = [self._section(number, one, id) for number, one in enumerate(sections, 1)]
        return {
            "buttonLayoutSection": None,
            "detailLayoutSections": [
                {**one, "useHeading": section.in_detail} for one, section in zip(shown, sections, strict=True)
            ],
            "editLayoutSections": [
                {**one, "useHeading": section.in_edit} for one, section in zip(shown, sections, strict=True)
            ],
            "feedView": None,
            "highlightsPanelLayoutSection": None,
            "id": id,
            "multirowEditLayoutSections": [],
            "offlineLinks": [],
            "quickActionList": {"quickActionListItems": []},
            "relatedContent": None,
            "relatedLists": related,
            "saveOptions": [],
        }

    def picklists(self, record_type_id: str) -> list[dict[str, Any]]:
        """The values that each picklist offers for a record type."""
        found = next((one for one in self._sobject.record_types if one.id == record_type_id), None)
        own = {name.lower(): values for name, values in found.picklists.items()} if found is not None else {}
        return [
            {
                "picklistName": field.name,
                "picklistValues": [
                    describe.picklist_value(field, entry, self._valid_for)
                    for entry in own.get(name, field.picklist)
                    if entry.active
                ],
            }
            for name, field in self._fields.items()
            if field.type in ("picklist", "multipicklist", "combobox")
        ]

    def _section(self, number: int, section: LayoutSection, layout_id: str) -> dict[str, Any]:
        columns = [[one for one in column if self._visible(one)] for column in section.columns]
        rows = list(zip_longest(*columns, fillvalue=LayoutItem()))
        order = _tab_order(columns, section.across)
        return {
            "collapsed": False,
            "columns": len(section.columns),
            "heading": section.label,
            "layoutRows": [
                {
                    "layoutItems": [self._item(item, order.get((down, right), 0)) for right, item in enumerate(row)],
                    "numItems": len(row),
                }
                for down, row in enumerate(rows)
            ],
            "layoutSectionId": _SECTION.format(number),
            "parentLayoutId": layout_id,
            "rows": len(rows),
            "tabOrder": "LeftToRight" if section.across else "TopToBottom",
            "useCollapsibleSection": True,
        }

    def _visible(self, item: LayoutItem) -> bool:
        return not item.field or self._known(item.field) is not None

    def _known(self, name: str) -> Field | None:
        """The field of a layout's item, which names relations of standard fields without their ``Id``."""
        return self._fields.get(name.lower()) or self._fields.get(f"{name}id".lower())

    def _item(self, item: LayoutItem, place: int) -> dict[str, Any]:
        field = self._known(item.field) if item.field else None
        if field is None:
            empty = {"displayLines": 1, "tabOrder": place, "type": "EmptySpace", "value": None}
            return {"editableForNew": False, "editableForUpdate": False, "label": "", "layoutComponents": [empty],
                    "placeholder": True, "required": False}  # fmt: skip
        parts = [one for one in self._fields.values() if one.compound_field_name == field.name and one is not field]
        writable = item.behavior != "Readonly"
        return {
            "editableForNew": writable and (field.createable or any(one.createable for one in parts)),
            "editableForUpdate": writable and (field.updateable or any(one.updateable for one in parts)),
            "label": _label(field),
            "layoutComponents": [self._component(field, place, parts)],
            "placeholder": False,
            "required": writable and (item.behavior == "Required" or field.required),
        }

    def _component(self, field: Field, place: int, parts: list[Field]) -> dict[str, Any]:
        shown = {
            "details": describe.field_json(field, self._valid_for),
            "displayLines": _MAX_LINES if field.type == "textarea" else 1,
            "tabOrder": place,
            "type": "Field",
            "value": field.name,
        }
        if not parts:
            return shown
        return {**shown, "components": [self._component(one, place, []) for one in parts], "fieldType": field.type}

    def _related(self, node: Node) -> Iterator[dict[str, Any]]:
        """A related list of a lookup (``Child__c.Lookup__c``); those of standard relations go by names of the user interface."""
        child_name, _, key = node.value("relatedList").partition(".")
        child = self._tx.schema.sobject(child_name) if key else None
        relation = next((one for one in self._sobject.children if (one.child, one.field) == (child_name, key)), None)
        if child is None or relation is None or not self._tx.can("read", child.name):
            return
        readable = {field.name.lower(): field for field in self._tx.rights.readable_fields(child)}
        names = (text.text.rpartition(".")[2].lower() for text in node.all("fields"))
        columns = [_column(child, readable[name]) for name in names if name in readable]
        order = node.value("sortField").rpartition(".")[2]
        ascending = node.value("sortOrder", "Asc") != "Desc"
        yield {
            "accessLevelRequiredForCreate": None,
            "buttons": [],
            "columns": columns,
            "custom": child.custom,
            "field": relation.field,
            "label": child.label_plural,
            "limitRows": 5,
            "name": relation.relationship_name,
            "sobject": child.name,
            "sort": [{"ascending": ascending, "column": f"{child.name}.{order}"}] if order else [],
        }


def _assignments(tx: Transaction) -> dict[str, list[str]]:
    """Layouts (lower case) that the user's profile is assigned, by record type (``object.type`` in lower case, or nothing)."""
    rows = tx.query(
        "SELECT Name FROM Profile WHERE Id = :id", binds={"id": tx.user().profile_id}, access="system"
    ).records
    name = str(rows[0].fields["Name"]) if rows else ""
    components = Components(tx)
    names = [file for file, row in PROFILE_NAMES.items() if row == name] or [name]
    profile = next((stored for one in names if (stored := components.get("Profile", one)) is not None), None)
    found: dict[str, list[str]] = {}
    for one in profile.node.all("layoutAssignments") if profile is not None else ():
        found.setdefault(one.value("recordType").lower(), []).append(one.value("layout").lower())
    return found


def _sections(layout: Node) -> list[LayoutSection]:
    return [
        LayoutSection(
            unquote(node.value("label")),
            tuple(
                tuple(
                    LayoutItem(one.value("field"), one.value("behavior", "Edit"))
                    for one in column.all("layoutItems")
                    if one.value("field") or one.flag("emptySpace")
                )
                for column in node.all("layoutColumns")
            ),
            node.flag("detailHeading"),
            node.flag("editHeading"),
            node.value("style") == "TwoColumnsLeftToRight",
        )
        for node in layout.all("layoutSections")
        if node.value("style") != "CustomLinks"
    ]


def _tab_order(columns: list[list[LayoutItem]], across: bool) -> dict[tuple[int, int], int]:
    """When the tab key comes to the item at (row, column): column by column, or row by row."""
    places = [(down, right) for right, column in enumerate(columns) for down in range(len(column))]
    return {place: number for number, place in enumerate(sorted(places) if across else places, 1)}


def _label(field: Field) -> str:
    """What a page calls the field: a reference by what it points at."""
    plain = field.type == "reference" and not field.custom and field.label.endswith(" ID")
    return field.label.removesuffix(" ID") if plain else field.label


def _column(child: SObjectType, field: Field) -> dict[str, Any]:
    return {
        "field": f"{child.name}.{field.name}",
        "fieldApiName": field.name,
        "format": field.type if field.type in ("date", "datetime", "currency") else None,
        "label": _label(field),
        "lookupId": f"{child.name}.Id" if field.name_field else None,
        "name": field.name,
        "sortable": field.sortable,
    }
