"""Organization-wide defaults: how open the records of a type are, and which object holds its share records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.store.tables import quote

Rank = Literal[-1, 0, 1, 2]
OPEN: dict[str, Rank] = {"Private": -1, "Read": 0, "ReadWrite": 1, "ReadWriteTransfer": 1, "FullAccess": 2}
"""What everybody may do by the sharing model: -1 nothing, 0 read, 1 edit, 2 delete and transfer too."""

DEFAULTS = {
    "Account": "ReadWrite", "Contact": "ControlledByParent", "Opportunity": "ReadWrite", "Lead": "ReadWriteTransfer",
    "Case": "ReadWriteTransfer", "Campaign": "FullAccess", "Asset": "ControlledByParent", "Order": "ControlledByParent",
    "Contract": "ControlledByParent", "Quote": "ControlledByParent", "Task": "Private", "Event": "Private",
}  # fmt: skip
"""The sharing models of standard objects in a new org."""
MODELS = {
    "Account": ("Private", "Read", "ReadWrite"), "Contact": ("Private", "Read", "ReadWrite", "ControlledByParent"),
    "Opportunity": ("Private", "Read", "ReadWrite"), "Lead": ("Private", "Read", "ReadWrite", "ReadWriteTransfer"),
    "Case": ("Private", "Read", "ReadWrite", "ReadWriteTransfer"),
    "Campaign": ("Private", "Read", "ReadWrite", "FullAccess"),
    "Asset": ("Private", "Read", "ReadWrite", "ControlledByParent"),
    "Order": ("Private", "Read", "ReadWrite", "ControlledByParent"),
    "Contract": ("Private", "Read", "ReadWrite", "ControlledByParent"),
    "Quote": ("Private", "Read", "ReadWrite", "ControlledByParent"), "Activity": ("Private", "ControlledByParent"),
    "CampaignMember": ("ControlledByCampaign", "ControlledByLeadOrContact", "ControlledByParent"),
    "Pricebook2": ("Private", "Read", "ReadSelect"),
}  # fmt: skip
"""The sharing models that a standard object can have."""
_CONTROLLED = {
    "Contact": ("AccountId",), "Asset": ("AccountId",), "Order": ("AccountId",), "Contract": ("AccountId",),
    "Quote": ("OpportunityId",), "OpportunityLineItem": ("OpportunityId",), "OpportunityContactRole": ("OpportunityId",),
    "OpportunityHistory": ("OpportunityId",), "OpportunityFieldHistory": ("OpportunityId",), "CaseComment": ("ParentId",),
    "QuoteLineItem": ("QuoteId",), "OrderItem": ("OrderId",), "CampaignMember": ("CampaignId",),
    "AccountContactRelation": ("AccountId",), "AccountContactRole": ("AccountId",), "Attachment": ("ParentId",),
    "Note": ("ParentId",), "CampaignMemberStatus": ("CampaignId",), "EmailMessage": ("ParentId",),
}  # fmt: skip
_ALWAYS = frozenset(_CONTROLLED) - frozenset(DEFAULTS)
"""Standard objects that have no sharing model of their own: their parent decides."""
_ORGANIZATION = {
    "DefaultAccountAccess": "Account", "DefaultContactAccess": "Contact", "DefaultOpportunityAccess": "Opportunity",
    "DefaultLeadAccess": "Lead", "DefaultCaseAccess": "Case", "DefaultCampaignAccess": "Campaign",
}  # fmt: skip
_NOTHING = "'None'"
_WORDS = {"Private": "None", "ReadWrite": "Edit", "ReadWriteTransfer": "ReadEditTransfer", "FullAccess": "All"}


@dataclass(frozen=True)
class ShareFields:
    """The object that holds the share records of another one, and its fields."""

    sobject: str
    parent: str
    level: str


def model_of(schema: Schema, sobject: SObjectType) -> str | None:
    """The sharing model of a type; ``None`` when its records are not subject to sharing."""
    if sobject.kind in ("share", "history"):
        return "ControlledByParent"
    if sobject.kind != "object":
        return None
    if sobject.custom:
        if any(field.master_detail for field in sobject.fields.values()):
            return "ControlledByParent"
        return sobject.sharing_model or "ReadWrite"
    name = sobject.name
    if name in _ALWAYS or (name.endswith(("Share", "History")) and _family_parent(schema, name) is not None):
        return "ControlledByParent"
    return sobject.sharing_model or DEFAULTS.get(name)


def activities_follow(schema: Schema) -> bool:
    """Whether whoever may edit the record that a task or event is about may edit the activity too."""
    activity = schema.changes.get("activity")
    return activity is not None and activity.attributes.get("sharing_model") == "ControlledByParent"


def parents_of(schema: Schema, sobject: SObjectType) -> tuple[str, ...]:
    """The reference fields to the parents that control a type."""
    if sobject.kind in ("share", "history"):
        return ("ParentId",)
    if sobject.custom:
        return tuple(field.name for field in sobject.fields.values() if field.master_detail)
    if sobject.name in _CONTROLLED:
        return _CONTROLLED[sobject.name]
    parent = _family_parent(schema, sobject.name)
    return (f"{parent}Id",) if parent is not None else ()


def _family_parent(schema: Schema, name: str) -> str | None:
    """The standard object whose shares or history these are; users' own are open."""
    base = name.removesuffix("Share").removesuffix("History")
    return base if base != name and base in DEFAULTS and schema.sobject(base) is not None else None


def share_of(schema: Schema, sobject: SObjectType) -> ShareFields | None:
    """Where the share records of a type are, if it has any."""
    if sobject.custom:
        name = f"{sobject.name.removesuffix('__c')}__Share"
        return ShareFields(name, "ParentId", "AccessLevel") if schema.sobject(name) is not None else None
    name = f"{sobject.name}Share"
    if sobject.name not in DEFAULTS or schema.sobject(name) is None:
        return None
    return ShareFields(name, f"{sobject.name}Id", f"{sobject.name}AccessLevel")


def shared_object(schema: Schema, share: SObjectType) -> SObjectType | None:
    """The object whose share records these are."""
    if share.kind == "share":
        reference = share.field("ParentId")
        return schema.sobject(reference.reference_to[0]) if reference is not None else None
    parent = _family_parent(schema, share.name) if share.name.endswith("Share") else None
    return schema.sobject(parent) if parent is not None else None


def is_share(sobject: SObjectType) -> bool:
    """Whether the type holds share records."""
    return sobject.kind == "share" or (not sobject.custom and sobject.name.endswith("Share"))


def owner_rows(schema: Schema, share: SObjectType) -> str | None:
    """The SQL of the share records that the platform itself keeps for owners, in the order of the stored fields."""
    parent = shared_object(schema, share)
    fields = share_of(schema, parent) if parent is not None else None
    if parent is None or fields is None or "ownerid" not in parent.fields:
        return None
    values = {
        "Id": f"share_id('{share.key_prefix}', \"Id\")", fields.parent: '"Id"', fields.level: "'All'",
        "UserOrGroupId": '"OwnerId"', "RowCause": "'Owner'", "LastModifiedDate": '"LastModifiedDate"',
        "LastModifiedById": '"LastModifiedById"', "IsDeleted": '"IsDeleted"',
    }  # fmt: skip
    stored = [f.name for f in share.fields.values() if f.stored]
    columns = ", ".join(f"{values.get(name, _NOTHING)} AS {quote(name)}" for name in stored)
    return f"SELECT {columns} FROM {quote(parent.name)}"


def default_access(schema: Schema, name: str) -> str:
    """What everybody may do with the records of a standard object: None, Read or Edit."""
    sobject = schema.sobject(name)
    rank = OPEN.get(model_of(schema, sobject) or "", -1) if sobject is not None else -1
    return {-1: "None", 0: "Read"}.get(rank, "Edit")


def organization_access(schema: Schema) -> dict[str, str]:
    """What the organization's record says of the defaults."""
    found = {}
    for column, name in _ORGANIZATION.items():
        sobject = schema.sobject(name)
        if sobject is not None:
            model = model_of(schema, sobject) or ""
            found[column] = _WORDS.get(model, model)
    return found
