"""What each type of custom field needs and refuses, in the words of the Metadata API.

Follows "CustomField" of the Metadata API guide and the texts that orgs answer with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.model import Problem

ONLY_IN_METADATA = frozenset({
    "Case.MilestoneStatusIcon", "CaseComment.ParentOrigin", "EmailMessage.MessageSize", "Event.Attendees", "Event.Email",
    "Event.Phone", "Lead.CampaignId", "PricebookEntry.StandardPrice", "Task.Email", "Task.Phone",
})  # fmt: skip
"""Standard fields of objects' files and page layouts that no describe tells, as orgs that were retrieved whole have them."""

_NEEDS = {
    "Text": ("length",),
    "LongTextArea": ("length", "visibleLines"),
    "Html": ("length", "visibleLines"),
    "Number": ("precision", "scale"),
    "Currency": ("precision", "scale"),
    "Percent": ("precision", "scale"),
    "Checkbox": ("defaultValue",),
    "AutoNumber": ("displayFormat",),
    "Picklist": ("valueSet",),
    "MultiselectPicklist": ("valueSet", "visibleLines"),
    "Lookup": ("referenceTo",),
    "MasterDetail": ("referenceTo", "relationshipOrder"),
    "Summary": ("summaryForeignKey", "summaryOperation"),
    "EncryptedText": ("length", "maskChar", "maskType"),
    "Location": ("scale", "displayLocationInDecimal"),
    "MetadataRelationship": ("referenceTo",),
}
_NO_SIZE = ("length", "precision", "scale")
_REFUSES = {
    "Text": ("precision", "scale"),
    "TextArea": (*_NO_SIZE, "unique", "externalId"),
    "LongTextArea": ("required", "unique", "externalId", "precision", "scale"),
    "Html": ("required", "unique", "externalId", "precision", "scale"),
    "Number": ("length",),
    "Currency": ("length", "unique", "externalId"),
    "Percent": ("length", "unique", "externalId"),
    "Checkbox": ("required", "unique", "externalId", *_NO_SIZE),
    "Date": (*_NO_SIZE, "unique", "externalId"),
    "DateTime": (*_NO_SIZE, "unique", "externalId"),
    "Time": (*_NO_SIZE, "unique", "externalId"),
    "Phone": (*_NO_SIZE, "unique", "externalId"),
    "Url": (*_NO_SIZE, "unique", "externalId"),
    "Email": _NO_SIZE,
    "AutoNumber": ("required", "unique", *_NO_SIZE),
    "Picklist": (*_NO_SIZE, "unique", "externalId"),
    "MultiselectPicklist": ("required", "unique", "externalId", *_NO_SIZE),
    "Lookup": ("relationshipOrder", "unique", "externalId", *_NO_SIZE),
    "MasterDetail": ("required", "deleteConstraint", "unique", "externalId", *_NO_SIZE),
    "Hierarchy": ("referenceTo", "unique", "externalId", *_NO_SIZE),
    "Summary": ("required", "unique", "externalId", *_NO_SIZE),
    "EncryptedText": ("unique", "externalId", "precision", "scale"),
}
_OF_FORMULA = ("required", "unique", "externalId", "length", "valueSet", "referenceTo")
_BOUNDS: dict[tuple[str, str], tuple[int, int]] = {
    ("Text", "length"): (1, 255),
    ("LongTextArea", "length"): (256, 131072),
    ("Html", "length"): (256, 131072),
    ("EncryptedText", "length"): (1, 175),
    ("LongTextArea", "visibleLines"): (2, 50),
    ("Html", "visibleLines"): (10, 50),
    ("MultiselectPicklist", "visibleLines"): (3, 10),
}
_LABEL_LIMIT = 40
_DESCRIPTION_LIMIT = 1000
_HELP_LIMIT = 510
_EVENT_TYPES = frozenset({"Checkbox", "Date", "DateTime", "LongTextArea", "Number", "Text"})
_METADATA_TYPES = frozenset(
    {"Checkbox", "Date", "DateTime", "Email", "LongTextArea", "MetadataRelationship", "Number", "Percent", "Phone",
     "Picklist", "Text", "TextArea", "Url"}
)  # fmt: skip
_SETTING_TYPES = frozenset(
    {"Checkbox", "Currency", "Date", "DateTime", "Email", "Number", "Percent", "Phone", "Text", "TextArea", "Url"}
)
_BY_KIND = {"event": _EVENT_TYPES, "metadata": _METADATA_TYPES, "setting": _SETTING_TYPES}
_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*$")

Rule = Callable[[Node, str, Callable[[str, "Node | None"], Problem]], Iterator[Problem]]


def check(node: Node, object_kind: str) -> list[Problem]:
    """All problems of a custom field's declaration; ``object_kind`` is that of its object (``event`` ...)."""

    def problem(text: str, at: Node | None = None) -> Problem:
        place = at or node
        return Problem(f"{text} ({place.line}:{place.column})", place.line, place.column)

    found = list(_check_name(node, problem))
    kind = node.value("type")
    if not kind:
        found.append(problem("Must specify 'type' for a CustomField"))
        return found
    allowed = _BY_KIND.get(object_kind)
    if allowed is not None and kind not in allowed and not (kind == "Number" and node.has("formula")):
        found.append(problem(f"Field type {kind} is not supported on this object", node.find("type")))
    for rule in (_check_elements, _check_bounds, _check_numbers, _check_relationship, _check_values):
        found += rule(node, kind, problem)
    return found


Report = Callable[..., Problem]


def _check_name(node: Node, problem: Report) -> Iterator[Problem]:
    name = node.value("fullName")
    stem = name.removesuffix("__c")
    if not name.endswith("__c"):
        yield problem("fullName must end with: __c or __kav or __x or __b or __e or __p or __mdt or __dll or __dlm")
    elif not _NAME.match(stem):
        yield problem(
            "The Field Name you provided on this field can only contain alphanumeric characters, must begin with a letter, "
            "cannot end with an underscore or contain two consecutive underscore characters, and must be unique"
        )
    elif len(stem) > _LABEL_LIMIT:
        yield problem(f"Field Name: data value too large: {stem} (max length={_LABEL_LIMIT})")
    for tag, title, limit in (
        ("label", "Field Label", _LABEL_LIMIT),
        ("description", "Description", _DESCRIPTION_LIMIT),
        ("inlineHelpText", "Help Text", _HELP_LIMIT),
    ):
        if len(node.value(tag)) > limit:
            yield problem(f"{title}: data value too large: {node.value(tag)} (max length={limit})", node.find(tag))
    if not node.value("label"):
        yield problem("Must specify a non-empty label for the CustomField")


def _check_elements(node: Node, kind: str, problem: Report) -> Iterator[Problem]:
    formula = node.has("formula")
    needs = _NEEDS.get(kind, ())
    if formula:
        needs = tuple(n for n in needs if n in ("precision", "scale"))
    for element in needs:
        if not node.value(element) and not (node.find(element) and node.find(element).children):  # type: ignore[union-attr]
            yield problem(f"Must specify '{element}' for a CustomField of type {kind}")
    for element in _OF_FORMULA if formula else _REFUSES.get(kind, ()):
        given = node.find(element)
        if given is not None and not (given.text == "false" and element not in ("required",)):
            if element == "required" and given.text == "false" and kind != "MasterDetail":
                continue
            if element == "required" and kind == "MasterDetail":
                yield problem("Master-Detail Relationship Fields Cannot be Optional or Required")
            else:
                yield problem(f"Can not specify '{element}' for a CustomField of type {kind}")


def _check_bounds(node: Node, kind: str, problem: Report) -> Iterator[Problem]:
    for (of_kind, element), (low, high) in _BOUNDS.items():
        value = node.number(element) if of_kind == kind and not node.has("formula") else None
        if value is not None and not low <= value <= high:
            yield problem(
                f"{element} must be between {low} and {high} for a CustomField of type {kind}", node.find(element)
            )


def _check_numbers(node: Node, kind: str, problem: Report) -> Iterator[Problem]:
    precision, scale = node.number("precision"), node.number("scale")
    if kind not in ("Number", "Currency", "Percent") or precision is None or scale is None:
        return
    if not 1 <= precision <= 18:
        yield problem("precision must be between 1 and 18", node.find("precision"))
    elif not 0 <= scale <= precision:
        yield problem("scale must be between 0 and the precision", node.find("scale"))


def _check_relationship(node: Node, kind: str, problem: Report) -> Iterator[Problem]:
    if kind in ("Lookup", "MasterDetail") and not node.value("relationshipName") and kind == "MasterDetail":
        yield problem("Must specify a non-null value for: relationshipName")
    if len(node.value("relationshipName")) > _LABEL_LIMIT:
        yield problem(
            f"Child Relationship Name: data value too large: {node.value('relationshipName')} (max length={_LABEL_LIMIT})"
        )
    constraint = node.value("deleteConstraint")
    if kind == "Lookup":
        if node.flag("required") and constraint not in ("Cascade", "Restrict"):
            yield problem(
                "field integrity exception: unknown (must specify either cascade delete or restrict delete for required "
                "lookup foreign key)"
            )
        target = node.value("referenceTo")
        if target in ("User", "Group", "Profile", "RecordType") and constraint in ("Cascade", "Restrict"):
            yield problem(f"Cannot add a lookup relationship child with cascade or restrict options to {target}")
    if kind == "Summary" and node.value("summaryOperation") != "count" and not node.value("summarizedField"):
        yield problem("Must specify 'summarizedField' for a CustomField of type Summary")
    for element in ("summaryForeignKey", "summarizedField"):
        text = node.value(element)
        if kind == "Summary" and text and text.count(".") != 1:
            yield problem(
                "Must specify the name in the CustomObject.CustomField format (e.g. Account.MyNewCustomField)"
            )


def _check_values(node: Node, kind: str, problem: Report) -> Iterator[Problem]:
    values = node.find("valueSet")
    if values is None or kind not in ("Picklist", "MultiselectPicklist"):
        return
    definition, name = values.find("valueSetDefinition"), values.value("valueSetName")
    if (definition is None) == (not name):
        yield problem("Value set must reference a value set name or define a value set, but not both.")
    if definition is None:
        return
    labels: set[str] = set()
    names: set[str] = set()
    for value in definition.all("value"):
        label, full = value.value("label") or value.value("fullName"), value.value("fullName")
        if full.lower() in names:
            yield problem(f"duplicate value found: [{full}] is defined multiple times", value)
        elif label.lower() in labels:
            yield problem(f"Duplicate label: {label}", value)
        labels.add(label.lower())
        names.add(full.lower())
