"""Children of objects that change behaviour: record types and validation rules."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers import formulas
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.schema import edit
from orgwright.localorg.schema.model import PicklistEntry, RecordType, SObjectType, ValidationRule

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*$")
_WITH_PROCESS = frozenset({"Lead", "Opportunity", "Case", "Solution"})


def parent_of(item: Item, draft: Draft) -> tuple[SObjectType, str]:
    """The object that a child component belongs to, and its own name."""
    sobject_name, _, name = item.name.partition(".")
    found = draft.sobject(sobject_name)
    if found is None:
        text = f"Entity Enumeration Or ID: bad value for restricted picklist field: {sobject_name}"
        raise Rejected(Problem(text, item.line, item.column))
    return found, name


class RecordTypeHandler(Handler):
    """Record types: rows of RecordType and the picklist values that each offers."""

    rank = 30

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        target, name = parent_of(item, draft)
        _check(node, name, target)
        fields = {
            "Name": node.value("label"),
            "DeveloperName": name,
            "SobjectType": target.name,
            "IsActive": node.flag("active"),
            "Description": node.value("description") or None,
        }
        draft.flush()
        if old is None:
            id = draft.tx.insert_setup("RecordType", fields)
        else:
            id = old.id
            draft.tx.update_setup(id, fields)
        record_type = RecordType(
            id=id,
            name=node.value("label"),
            developer_name=name,
            active=node.flag("active"),
            description=node.value("description") or None,
            picklists=_picklists(node, target),
            business_process=node.value("businessProcess") or None,
        )
        draft.schema = edit.with_record_type(draft.schema, target.name, record_type)
        return id

    def delete(self, stored: Stored, draft: Draft) -> None:
        raise Rejected(Problem("Cannot delete record type through API"))


def _check(node: Node, name: str, target: SObjectType) -> None:
    if not target.record_typeable:
        raise Rejected(Problem(f"Record types are not supported for {target.name}", node.line, node.column))
    if not _NAME.match(name):
        text = "The Record Type Name field can only contain underscores and alphanumeric characters"
        raise Rejected(Problem(text, node.line, node.column))
    if target.name in _WITH_PROCESS and not node.value("businessProcess"):
        raise Rejected(Problem("Required field is missing: businessProcess", node.line, node.column))
    if target.name not in _WITH_PROCESS and node.has("businessProcess"):
        raise Rejected(Problem(f"businessProcess is not allowed on {target.name}", node.line, node.column))


def _picklists(node: Node, target: SObjectType) -> dict[str, tuple[PicklistEntry, ...]]:
    found: dict[str, tuple[PicklistEntry, ...]] = {}
    for part in node.all("picklistValues"):
        name = part.value("picklist")
        field = target.field(name)
        if field is None or field.type not in ("picklist", "multipicklist"):
            raise Rejected(Problem(f"Cannot find the picklist: {name}", part.line, part.column))
        known = {entry.value.lower(): entry for entry in field.picklist}
        entries = []
        for value in part.all("values"):
            full_name = unquote(value.value("fullName"))  # commas, slashes and the like stand as %2C, %2F
            entry = known.get(full_name.lower())
            if entry is None:
                text = f"Picklist value: {full_name} in picklist: {name} not found"
                raise Rejected(Problem(text, value.line, value.column))
            entries.append(replace(entry, default=value.flag("default")))
        found[field.name] = tuple(entries)
    return found


class ValidationRuleHandler(Handler):
    """Validation rules, which the save path applies."""

    rank = 40

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        target, name = parent_of(item, draft)
        field = node.value("errorDisplayField") or None
        if field is not None and target.field(field) is None:
            raise Rejected(Problem(f"Field {field} does not exist. Check spelling.", node.line, node.column))
        formulas.check_condition(node, node.value("errorConditionFormula"), target, draft)
        rule = ValidationRule(
            name=name,
            condition=node.value("errorConditionFormula"),
            message=node.value("errorMessage"),
            active=node.flag("active"),
            field=field,
            description=node.value("description") or None,
        )
        draft.schema = edit.with_validation_rule(draft.schema, target.name, rule)
        return None

    def delete(self, stored: Stored, draft: Draft) -> None:
        sobject, _, name = stored.name.partition(".")
        draft.schema = edit.without_validation_rule(draft.schema, sobject, name)
