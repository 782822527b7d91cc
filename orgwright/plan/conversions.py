"""Which changes of a field Salesforce makes on deploy, and which it refuses."""

from __future__ import annotations

from orgwright.plan.facts import Facts
from orgwright.plan.model import Cause, Reason

# Type in the org -> types that it can become without loss (platform rules on "Changing Custom Field Types").
_BECOMES: dict[str, frozenset[str]] = {
    "Text": frozenset({"TextArea", "LongTextArea", "Email", "Phone", "Url", "Picklist", "AutoNumber"}),
    "TextArea": frozenset({"Text", "LongTextArea", "Email", "Phone", "Url"}),
    "Email": frozenset({"Text", "TextArea", "Phone", "Url"}),
    "Phone": frozenset({"Text", "TextArea", "Email", "Url"}),
    "Url": frozenset({"Text", "TextArea", "Email", "Phone"}),
    "LongTextArea": frozenset({"Html"}),
    "Html": frozenset({"LongTextArea"}),
    "Number": frozenset({"Currency", "Percent"}),
    "Currency": frozenset({"Number", "Percent"}),
    "Percent": frozenset({"Number", "Currency"}),
    "Picklist": frozenset({"MultiselectPicklist", "Text"}),
    "AutoNumber": frozenset({"Text"}),
    "MasterDetail": frozenset({"Lookup"}),
    "Lookup": frozenset({"MasterDetail"}),
}

# ... and those that only work while the object has no rows ("Cannot change type due to existing data").
_WHILE_EMPTY = frozenset(
    {
        ("Number", "Currency"),
        ("Percent", "Currency"),
        ("Currency", "Number"),
        ("Currency", "Percent"),
        ("Text", "Number"),
        ("Text", "Currency"),
        ("Text", "Percent"),
    }
)
# Fields of these types cannot be external IDs, nor unique: those flags have to go first.
_WITHOUT_KEY = frozenset({"TextArea", "LongTextArea"})


def only_while_empty(expected: Facts, actual: Facts) -> bool:
    """Whether Salesforce changes the type only as long as the object has no rows."""
    return (actual.get("type", ""), expected.get("type", "")) in _WHILE_EMPTY


def refused(name: str, expected: Facts, actual: Facts) -> Reason | None:
    """Why Salesforce would not turn the org's field into the spec's, or None.

    Args:
        name: ``Account.Acme_Id__c``; the object decides too: event fields keep their type for ever.
        expected: facts of the spec's field.
        actual: facts of the org's field.
    """
    old, new = actual.get("type", ""), expected.get("type", "")
    is_event = name.partition(".")[0].lower().endswith("__e")
    if bool(actual.get("formula")) != bool(expected.get("formula")):
        old, new = ("a formula", "no formula") if actual.get("formula") else ("no formula", "a formula")
        return Reason(
            Cause.FORMULA, f"is {old} in the org, {new} in the spec: a field cannot be changed from or to a formula"
        )
    if (old == "Summary") != (new == "Summary"):
        return Reason(
            Cause.SUMMARY,
            f"is {old} in the org, {new} in the spec: a field cannot be changed from or to a roll-up summary",
        )
    if old != new and is_event:
        return Reason(
            Cause.TYPE_OF_EVENT_FIELD,
            f"is {old} in the org, {new} in the spec: the type of an event field cannot be changed",
        )
    allowed = new in _BECOMES.get(old, frozenset()) or (old, new) in _WHILE_EMPTY
    if old != new and not allowed:
        return Reason(
            Cause.TYPE, f"is {old} in the org, {new} in the spec: Salesforce does not change the one to the other"
        )
    if old != new and new in _WITHOUT_KEY and "true" in (actual.get("externalId"), actual.get("unique")):
        return Reason(
            Cause.TYPE_OF_KEY,
            f"is an external ID or unique {old} in the org, {new} in the spec: take that from the field first",
        )
    if (
        old == new
        and new in ("Lookup", "MasterDetail")
        and actual.get("referenceTo", "").lower() != expected.get("referenceTo", "").lower()
    ):
        return Reason(
            Cause.TARGET,
            f"points to {actual.get('referenceTo')} in the org, to {expected.get('referenceTo')} in the spec: it cannot be changed",
        )
    if "valueSetName" in actual and actual.get("valueSetName") != expected.get("valueSetName"):
        return Reason(Cause.VALUE_SET, f"uses the value set {actual['valueSetName']} in the org: it cannot be changed")
    return None
