"""CustomField: checks, the field it makes, changes of an existing field, deletion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orgwright.localorg.dml.typeplan import worked_out
from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers import field_rules, field_users, formulas, lookup_filters
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.schema import custom, edit
from orgwright.localorg.schema.model import Field, PicklistEntry, SObjectType, Summary
from orgwright.localorg.store.tables import quote

_MAX_MASTER_DETAIL = 2
_MAX_RELATIONSHIPS = 40
_MAX_EXTERNAL_IDS = 25
_UNREFERABLE = frozenset({"pricebookentry", "contentversion", "activity", "organization"})
_NUMBERS = frozenset({"Number", "Currency", "Percent"})
_SAME = (
    frozenset({"Text", "TextArea", "LongTextArea", "Email", "Phone", "Url", "Picklist"}),
    _NUMBERS,
    frozenset({"Picklist", "MultiselectPicklist"}),
    frozenset({"AutoNumber", "Text"}),
    frozenset({"Html", "LongTextArea"}),
    frozenset({"Lookup", "MasterDetail"}),
)
_RESULT = {"Number": "double", "Currency": "currency", "Percent": "percent", "Date": "date", "DateTime": "datetime"}


class CustomFieldHandler(Handler):
    """Deploys fields. Plain fields come first, then relationships, then what computes on them."""

    rank = 20

    def order(self, item: Item) -> int:
        node = item.node
        if node is None:
            return 0
        kind = node.value("type")
        if kind == "Summary" or node.has("formula"):
            return 3
        return {"MasterDetail": 1, "Lookup": 2}.get(kind, 0)

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        assert item.node is not None
        sobject_name, _, name = item.name.partition(".")
        node = item.node
        if sobject_name.lower() in ("task", "event") and name.lower().endswith("__c"):  # those are Activity's
            raise Rejected(
                _at(node, f"Entity Enumeration Or ID: bad value for restricted picklist field: {sobject_name}")
            )
        target = draft.sobject("Task" if sobject_name.lower() == "activity" else sobject_name)
        if target is None:
            raise Rejected(
                _at(node, f"Entity Enumeration Or ID: bad value for restricted picklist field: {sobject_name}")
            )
        if not name.lower().endswith("__c"):
            _standard_field(node, name, target, draft)
            return None
        problems = field_rules.check(node, target.kind)
        if problems:
            raise Rejected(*problems)
        existing = target.field(name)
        field = _field(node, target, draft, existing)
        _check_against_object(node, field, target, existing, draft)
        if existing is not None:
            _check_change(node, existing, field, target, draft)
        draft.schema = edit.with_field(draft.schema, sobject_name, field)
        lookup_filters.check(node, field, draft.sobject(target.name) or target, draft)
        if field.formula is not None:
            formulas.check_field(node, field, draft.sobject(target.name) or target, draft)
        elif worked_out(field):
            formulas.check_default(node, field, draft)
        return None

    def settle(self, item: Item, draft: Draft) -> None:
        node = item.node
        sobject_name, _, name = item.name.partition(".")
        if node is None or not node.has("lookupFilter"):
            return
        target = draft.sobject("Task" if sobject_name.lower() == "activity" else sobject_name)
        field = _named(target, name) if target is not None else None
        if target is not None and field is not None:
            lookup_filters.check(node, field, target, draft, settled=True)

    def delete(self, stored: Stored, draft: Draft) -> None:
        sobject_name, _, name = stored.name.partition(".")
        users = field_users.users_of(name, sobject_name, draft)
        if users:
            raise Rejected(
                Problem(f"This custom field is referenced elsewhere in salesforce.com. : {', '.join(users)}.")
            )
        draft.schema = edit.without_field(draft.schema, sobject_name, name)
        draft.apex_changed = True


def _at(node: Node, text: str) -> Problem:
    return Problem(text, node.line, node.column)


def _named(target: SObjectType, name: str) -> Field | None:
    """The field that the Metadata API calls so: standard relations have no ``Id`` in their name there."""
    return target.field(name) or target.field(f"{name}Id") or target.parent_field(name)


def _standard_field(node: Node, name: str, target: SObjectType, draft: Draft) -> None:
    """A standard field in an object's file: it must exist; a lookup's filter is in force, other attributes are only kept."""
    field = _named(target, name)
    if field is None and f"{target.name}.{name}" in field_rules.ONLY_IN_METADATA:
        return
    if field is None:
        raise Rejected(_at(node, f"Could not resolve standard field's name. ({node.line}:{node.column})"))
    if node.has("valueSet"):
        raise Rejected(
            _at(
                node,
                f"Can not specify 'valueSet' for a standard field: {target.name}.{name} ({node.line}:{node.column})",
            )
        )
    lookup_filter = lookup_filters.of_field(node)
    if lookup_filter != field.lookup_filter:
        field = replace(field, lookup_filter=lookup_filter)
        draft.schema = edit.with_field(draft.schema, target.name, field)
        lookup_filters.check(node, field, draft.sobject(target.name) or target, draft)


def _field(node: Node, target: SObjectType, draft: Draft, existing: Field | None) -> Field:
    kind = node.value("type")
    values, value_set, restricted, controller = _values(node, draft, existing)
    rest: dict[str, Any] = {
        "inline_help_text": node.value("inlineHelpText") or None,
        "description": node.value("description") or None,
        "display_format": node.value("displayFormat") or None,
        "starting_number": node.number("startingNumber") or 0,
        "formula_treat_blanks_as": node.value("formulaTreatBlanksAs") or None,
        "mask_char": node.value("maskChar") or None,
        "mask_type": node.value("maskType") or None,
        "visible_lines": node.number("visibleLines"),
        "track_history": node.flag("trackHistory"),
        "lookup_filter": lookup_filters.of_field(node),
    }
    if kind == "MasterDetail":
        rest["reparentable"] = node.flag("reparentableMasterDetail")
        rest["write_requires_master_read"] = node.flag("writeRequiresMasterRead")
    summary, summary_type, summary_scale = _summary(node, draft)
    field = custom.custom_field(
        node.value("fullName"),
        kind,
        label=node.value("label"),
        length=node.number("length") or 0,
        precision=node.number("precision") or 0,
        scale=node.number("scale") or summary_scale,
        required=node.flag("required"),
        unique=node.flag("unique"),
        external_id=node.flag("externalId"),
        case_sensitive=node.flag("caseSensitive"),
        default=node.value("defaultValue") or None,
        values=values,
        restricted=restricted,
        value_set=value_set,
        controller_name=controller,
        reference_to=_reference(node, kind),
        child_relationship_name=node.value("relationshipName") or None,
        relationship_order=node.number("relationshipOrder"),
        delete_constraint=node.value("deleteConstraint") or None,
        formula=node.value("formula") if node.has("formula") else None,
        summary=summary,
        summary_type=summary_type,
        **rest,
    )
    return field if existing is None else replace(field, name=existing.name)


def _reference(node: Node, kind: str) -> str | tuple[str, ...]:
    if kind == "Hierarchy":
        return "User"
    return node.value("referenceTo") or ()


def _values(
    node: Node, draft: Draft, existing: Field | None
) -> tuple[tuple[PicklistEntry, ...], str | None, bool, str | None]:
    """Values, global value set, restricted?, controlling field. Values that the file leaves out stay."""
    value_set = node.find("valueSet")
    if value_set is None:
        return (), None, False, None
    controller = value_set.value("controllingField") or None
    name = value_set.value("valueSetName")
    if name:
        found = draft.schema.value_sets.get(name.lower())
        if found is None:
            raise Rejected(_at(node, f"In field: valueSetName - no GlobalValueSet named {name} found"))
        if existing is not None and existing.value_set and existing.value_set.lower() != name.lower():
            raise Rejected(_at(node, "Cannot change which global value set this picklist uses"))
        return found.values, found.name, True, controller
    definition = value_set.find("valueSetDefinition")
    assert definition is not None
    entries = [entry(value) for value in definition.all("value")]
    if definition.flag("sorted"):
        entries.sort(key=lambda e: e.label.lower())
    given = {e.value.lower() for e in entries}
    if existing is not None:
        entries += [e for e in existing.picklist if e.value.lower() not in given]
    return tuple(entries), None, value_set.flag("restricted"), controller


def entry(value: Node) -> PicklistEntry:
    """A value of a value set definition."""
    full = value.value("fullName")
    return PicklistEntry(full, value.value("label") or full, value.flag("isActive", True), value.flag("default"))


def _summary(node: Node, draft: Draft) -> tuple[Summary | None, str | None, int]:
    """What a roll-up adds up, with the type and the scale of its result."""
    if node.value("type") != "Summary":
        return None, None, 0
    child, _, key = node.value("summaryForeignKey").partition(".")
    child_type = draft.sobject(child)
    parent_key = child_type.field(key) if child_type else None
    if child_type is None or parent_key is None:
        raise Rejected(_at(node, f"In field: summaryForeignKey - no CustomField named {child}.{key} found"))
    operation = node.value("summaryOperation")
    summarized, result, scale = None, "double", 0
    if operation != "count":
        _, _, name = node.value("summarizedField").partition(".")
        field = child_type.field(name)
        if field is None:
            raise Rejected(_at(node, f"In field: summarizedField - no CustomField named {child}.{name} found"))
        summarized, result, scale = field.name, field.type, field.scale
    filters = tuple(
        (f.value("field").partition(".")[2] or f.value("field"), f.value("operation"), f.value("value"))
        for f in node.all("summaryFilterItems")
    )
    return Summary(operation, child_type.name, parent_key.name, summarized, filters), result, scale


def _check_against_object(node: Node, field: Field, target: SObjectType, existing: Field | None, draft: Draft) -> None:
    kind = field.metadata_type
    if field.reference_to and kind != "Hierarchy":
        _check_reference(node, field, target, existing, draft)
    if kind == "Hierarchy" and target.name != "User":
        raise Rejected(_at(node, "Hierarchy relationship fields are only supported on User"))
    if field.track_history and not target.enable_history:
        raise Rejected(_at(node, f"The entity: {target.label} does not have history tracking enabled"))
    others = [f for f in target.fields.values() if f.custom and f.name.lower() != field.name.lower()]
    if field.external_id and sum(f.external_id for f in others) >= _MAX_EXTERNAL_IDS:
        raise Rejected(
            _at(
                node,
                f"reached maximum number of custom fields: Each object can have no more than {_MAX_EXTERNAL_IDS} external IDs",
            )
        )


def _check_reference(node: Node, field: Field, target: SObjectType, existing: Field | None, draft: Draft) -> None:
    parent_name = field.reference_to[0]
    parent = draft.sobject(parent_name)
    if parent is None or parent_name.lower() in _UNREFERABLE or parent.kind in ("event", "setting"):
        raise Rejected(_at(node, f"referenceTo value of '{parent_name}' does not resolve to a valid sObject type"))
    name = field.child_relationship_name
    if name:
        wanted = f"{name.lower()}__r"
        taken = any(
            (c.relationship_name or "").lower() == wanted
            and (c.child.lower(), c.field.lower()) != (target.name.lower(), field.name.lower())
            for c in parent.children
        )
        if taken:
            raise Rejected(_at(node, f"There is already a Child Relationship named {name} on {parent.label}."))
    others = [f for f in target.fields.values() if f.custom and f.reference_to and f.name.lower() != field.name.lower()]
    if len(others) >= _MAX_RELATIONSHIPS:
        raise Rejected(
            _at(
                node,
                f"reached maximum number of custom fields: Each object can have no more than {_MAX_RELATIONSHIPS} custom relationships",
            )
        )
    if not field.master_detail:
        return
    if not target.custom:
        raise Rejected(
            _at(
                node,
                "A standard object cannot be on the detail side of a custom object in a master-detail relationship",
            )
        )
    if sum(f.master_detail for f in others) >= _MAX_MASTER_DETAIL:
        raise Rejected(
            _at(
                node,
                f"reached maximum number of custom fields: Each object can have no more than {_MAX_MASTER_DETAIL} master-detail relationships",
            )
        )
    if target.sharing_model not in (None, "ControlledByParent"):
        text = f"Cannot set sharingModel to {target.sharing_model} on a CustomObject with a MasterDetail relationship field"
        raise Rejected(_at(node, text))


def _check_change(node: Node, old: Field, new: Field, target: SObjectType, draft: Draft) -> None:
    before, after = old.metadata_type or "", new.metadata_type or ""
    if (old.formula is None) != (new.formula is None):
        way = "from a Formula to something else" if old.formula is not None else "to a Formula from something else"
        raise Rejected(_at(node, f"Cannot update a field {way}"))
    if (old.summary is None) != (new.summary is None):
        way = "from a Summary to something else" if old.summary is not None else "to a Summary from something else"
        raise Rejected(_at(node, f"Cannot update a field {way}"))
    if before != after:
        _check_type_change(node, old, new, target, draft)
    if old.reference_to and new.reference_to and old.reference_to != new.reference_to:
        raise Rejected(_at(node, "Cannot change the referenceTo of an existing relationship field"))
    if not new.calculated and new.length < old.length and new.type in ("string", "textarea", "encryptedstring"):
        _check_shorter(node, old, new, target, draft)
    if new.unique and not (old.unique and old.case_sensitive <= new.case_sensitive):
        _check_distinct(node, old, new, target, draft)
    if not new.calculated and after in _NUMBERS and new.precision - new.scale < old.precision - old.scale:
        _check_smaller(node, old, new, target, draft)


def _rows(draft: Draft, target: SObjectType, where: str = "") -> int:
    """How many records, recycled ones too, meet a condition; none when the object is only coming."""
    if draft.tx.schema.sobject(target.name) is None or not target.queryable:
        return 0
    text = f"SELECT COUNT() FROM {target.name}{' WHERE ' + where if where else ''}"
    return draft.tx.query(text, access="system", all_rows=True).total


def _check_type_change(node: Node, old: Field, new: Field, target: SObjectType, draft: Draft) -> None:
    before, after = old.metadata_type or "", new.metadata_type or ""
    if target.kind == "event":
        raise Rejected(_at(node, f"Cannot change the type of the field {old.name} of a platform event"))
    if (before, after) == ("Lookup", "MasterDetail"):
        if draft.check_only:
            raise Rejected(_at(node, "Test only deployment cannot update a field from a Lookup to MasterDetail"))
        if _rows(draft, target, f"{old.name} = null"):
            raise Rejected(_at(node, f"Cannot change type due to existing data ({node.line}:{node.column})"))
        return
    fits = any(before in group and after in group for group in _SAME)
    currency = {before, after} & {"Currency"} and {before, after} & {"Number", "Percent"}
    if (not fits or currency) and _rows(draft, target):
        raise Rejected(_at(node, f"Cannot change type due to existing data ({node.line}:{node.column})"))


def _check_shorter(node: Node, old: Field, new: Field, target: SObjectType, draft: Draft) -> None:
    if draft.tx.schema.sobject(target.name) is None or not target.queryable:
        return
    text = f"SELECT {old.name} FROM {target.name}" + (f" WHERE {old.name} != null" if old.filterable else "")
    records = draft.tx.query(text, access="system", all_rows=True).records
    if any(len(r.fields.get(old.name) or "") > new.length for r in records):
        raise Rejected(
            _at(node, f"{new.label}: the length cannot be less than that of existing data ({node.line}:{node.column})")
        )


def _check_distinct(node: Node, old: Field, new: Field, target: SObjectType, draft: Draft) -> None:
    """A field becomes unique where no two records, recycled ones too, have the same value."""
    stored = draft.tx.schema.sobject(target.name)
    if stored is None or stored.field(old.name) is None or not old.stored or not draft.tx.has_table(target.name):
        return
    column = quote(old.name)
    key = f"{column} COLLATE BINARY" if new.case_sensitive else f"casefold({column}) COLLATE BINARY"
    sql = f"SELECT 1 FROM {quote(target.name)} WHERE {column} IS NOT NULL GROUP BY {key} HAVING COUNT(*) > 1 LIMIT 1"
    if draft.tx.sql(sql):
        raise Rejected(_at(node, "Duplicate value found when building unique index"))


def _check_smaller(node: Node, old: Field, new: Field, target: SObjectType, draft: Draft) -> None:
    limit = "1" + "0" * (new.precision - new.scale)
    if _rows(draft, target, f"{old.name} >= {limit} OR {old.name} <= -{limit}"):
        raise Rejected(_at(node, f"{new.label}: the precision cannot hold existing data ({node.line}:{node.column})"))
