"""Settings, global value sets, standard value sets, custom labels: what the schema knows by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orgwright.localorg.metadata.catalog import catalog
from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.handlers.custom_field import entry
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.schema import edit

_IRREVERSIBLE = frozenset({"AccountSettings.enableAccountTeams", "CurrencySettings.enableMultiCurrency"})


class SettingsHandler(Handler):
    """Org settings; some switch objects and fields on (Quote, Order, contacts of several accounts)."""

    rank = 0

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        expected = f"{item.name}Settings"
        if node.tag != expected or not catalog().is_subtype(node.tag, "Metadata"):
            raise Rejected(Problem(f"Unknown settings type: {node.tag}", node.line, node.column))
        types = catalog().type(node.tag)
        for child in node.children:
            if child.tag == "sessionSettings" and child.value("sessionTimeout"):
                name = f"{node.tag}.{child.tag}.sessionTimeout"
                draft.schema = edit.with_setting(draft.schema, name, child.value("sessionTimeout"))
            value: Any = child.text
            element = types.elements.get(child.tag) if types else None
            if child.children or element is None:
                continue
            if element.type == "boolean":
                value = child.text in ("true", "1")
            elif element.type == "int":
                value = int(child.text or 0)
            name = f"{node.tag}.{child.tag}"
            if name in _IRREVERSIBLE and draft.schema.setting(name) and not value:
                raise Rejected(Problem(f"You cannot disable {child.tag} once it is enabled.", child.line, child.column))
            draft.schema = edit.with_setting(draft.schema, name, value)
        return None

    def exists(self, name: str, draft: Draft) -> bool:
        return catalog().type(f"{name}Settings") is not None


class GlobalValueSetHandler(Handler):
    """Global value sets; values that the file leaves out stay, as in inline value sets."""

    rank = 15

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        entries = [entry(value) for value in node.all("customValue")]
        if node.flag("sorted"):
            entries.sort(key=lambda e: e.label.lower())
        given = {e.value.lower() for e in entries}
        known = draft.schema.value_sets.get(item.name.lower())
        if known is not None:
            entries += [e for e in known.values if e.value.lower() not in given]
        draft.schema = edit.with_value_set(draft.schema, item.name, node.value("masterLabel"), tuple(entries))
        return None


class CustomLabelHandler(Handler):
    """Custom labels; the file of all labels is the frame around them."""

    rank = 15

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        assert item.node is not None
        if len(item.node.value("value")) > 1000:
            text = f"Value: data value too large: {item.node.value('value')} (max length=1000)"
            raise Rejected(Problem(text, item.line, item.column))
        draft.schema = edit.with_label(draft.schema, item.name, item.node.value("value"))
        return None

    def delete(self, stored: Stored, draft: Draft) -> None:
        draft.schema = edit.with_label(draft.schema, stored.name, None)
        draft.apex_changed = True


class NamedHandler(Handler):
    """Components that are kept, and that Apex can name: ``Page.X``, ``Flow.Interview.X``, ``DataWeaveScriptResource.X``."""

    def __init__(self, kind: str, rank: int = Handler.rank) -> None:
        self.kind, self.rank = kind, rank

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        draft.schema = edit.with_component(draft.schema, self.kind, item.name)
        return None

    def delete(self, stored: Stored, draft: Draft) -> None:
        draft.schema = edit.with_component(draft.schema, self.kind, stored.name, False)
        draft.apex_changed = True


STANDARD_VALUE_SETS = {
    "AccountType": (("Account", "Type"),),
    "AccountOwnership": (("Account", "Ownership"),),
    "AccountRating": (("Account", "Rating"),),
    "CampaignMemberStatus": (("CampaignMember", "Status"),),
    "CampaignStatus": (("Campaign", "Status"),),
    "CampaignType": (("Campaign", "Type"),),
    "CaseOrigin": (("Case", "Origin"),),
    "CasePriority": (("Case", "Priority"),),
    "CaseReason": (("Case", "Reason"),),
    "CaseStatus": (("Case", "Status"),),
    "CaseType": (("Case", "Type"),),
    "ContactRole": (("OpportunityContactRole", "Role"),),
    "ContractStatus": (("Contract", "Status"),),
    "Industry": (("Account", "Industry"), ("Lead", "Industry")),
    "LeadSource": (
        ("Lead", "LeadSource"),
        ("Contact", "LeadSource"),
        ("Opportunity", "LeadSource"),
        ("Account", "AccountSource"),
    ),
    "LeadStatus": (("Lead", "Status"),),
    "OpportunityStage": (("Opportunity", "StageName"),),
    "OpportunityType": (("Opportunity", "Type"),),
    "OrderStatus": (("Order", "Status"),),
    "OrderType": (("Order", "Type"),),
    "Product2Family": (("Product2", "Family"),),
    "QuoteStatus": (("Quote", "Status"),),
    "Salutation": (("Contact", "Salutation"), ("Lead", "Salutation")),
    "AssetStatus": (("Asset", "Status"),),
    "TaskPriority": (("Task", "Priority"),),
    "TaskStatus": (("Task", "Status"),),
    "TaskType": (("Task", "Type"),),
    "EventType": (("Event", "Type"),),
    "EventSubject": (("Event", "Subject"),),
    "TaskSubject": (("Task", "Subject"),),
}
"""Standard value sets and the fields that use them (page StandardValueSet Names and Standard Picklist Fields)."""


class StandardValueSetHandler(Handler):
    """Values of standard picklists: the file holds all of them."""

    rank = 15

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        assert item.node is not None
        entries = tuple(entry(value) for value in item.node.all("standardValue"))
        for sobject, name in STANDARD_VALUE_SETS.get(item.name, ()):
            target = draft.sobject(sobject)
            field = target.field(name) if target else None
            if field is not None:
                draft.schema = edit.with_field(draft.schema, sobject, replace(field, picklist=entries))
        return None

    def exists(self, name: str, draft: Draft) -> bool:
        return name in STANDARD_VALUE_SETS
