"""The rows that a new org has before anybody writes one."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.localorg.access.profiles import LICENSES, PROFILES, StandardProfile
from orgwright.localorg.dml.behaviours.people import count_seats
from orgwright.localorg.schema.model import SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

AUTOMATED_PROCESS = "Automated Process"
INTEGRATION_USER = "Integration User"
SEEDED = (
    "Organization", "User", "UserRole", "UserLicense", "Profile", "PermissionSet", "PermissionSetAssignment", "PermissionSetGroup",
    "PermissionSetGroupComponent",
    "ObjectPermissions", "FieldPermissions", "SetupEntityAccess", "PermissionSetTabSetting", "CustomPermission", "Group", "GroupMember",
    "QueueSobject", "RecordType", "Pricebook2", "OpportunityStage", "CaseStatus", "LeadStatus", "TaskStatus",
    "TaskPriority", "OrderStatus", "ContractStatus", "BusinessHours",
)  # fmt: skip
"""Objects with set-up rows: their tables exist from the start, and test copies of an org take their rows."""

_MIDNIGHT = dt.time()
_DEFAULT_HOURS: Mapping[str, Any] = {
    "Name": "Default", "IsActive": True, "IsDefault": True, "TimeZoneSidKey": "GMT",
    **{f"{day}{end}Time": _MIDNIGHT for day in calendar.day_name for end in ("Start", "End")},
}  # fmt: skip
"""The hours of a new org: around the clock."""
_STAGES = (
    # label, probability, forecast category, its label, closed, won
    ("Prospecting", 10, "Pipeline", "Pipeline", 0, 0),
    ("Qualification", 10, "Pipeline", "Pipeline", 0, 0),
    ("Needs Analysis", 20, "Pipeline", "Pipeline", 0, 0),
    ("Value Proposition", 50, "Pipeline", "Pipeline", 0, 0),
    ("Id. Decision Makers", 60, "Pipeline", "Pipeline", 0, 0),
    ("Perception Analysis", 70, "Pipeline", "Pipeline", 0, 0),
    ("Proposal/Price Quote", 75, "Pipeline", "Pipeline", 0, 0),
    ("Negotiation/Review", 90, "Pipeline", "Pipeline", 0, 0),
    ("Closed Won", 100, "Closed", "Closed", 1, 1),
    ("Closed Lost", 0, "Omitted", "Omitted", 1, 0),
)
_STATUSES: tuple[tuple[str, str, tuple[str, ...], Mapping[str, Mapping[str, Any]]], ...] = (
    ("CaseStatus", "New", ("New", "Working", "Escalated", "Closed"), {"Closed": {"IsClosed": True}}),
    (
        "LeadStatus",
        "Open - Not Contacted",
        ("Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted"),
        {"Closed - Converted": {"IsConverted": True}},
    ),
    (
        "TaskStatus",
        "Not Started",
        ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"),
        {"Completed": {"IsClosed": True}},
    ),
    ("TaskPriority", "Normal", ("High", "Normal", "Low"), {"High": {"IsHighPriority": True}}),
    (
        "ContractStatus",
        "Draft",
        ("Draft", "In Approval Process", "Activated"),
        {"Draft": {"StatusCode": "Draft"}, "In Approval Process": {"StatusCode": "InApproval"},
         "Activated": {"StatusCode": "Activated"}},
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """Who and what a new org is."""

    org_id: str
    name: str
    kind: str
    username: str
    email: str
    trial_ends: str | None
    edition: str | None = None
    """``Professional``; ``None``: what orgs of the kind usually are."""


def seed(tx: Transaction, identity: Identity) -> str:
    """Write the rows; the Id of the administrator."""
    for name in SEEDED:
        found = tx.schema.sobject(name)
        if found is not None:
            tx.ensure(found)
    admin = next(tx.new_ids("005", 1))
    tx.user_id = admin
    tx.insert_setup("Organization", _organization(identity))
    licenses = {
        name: tx.insert_setup(
            "UserLicense",
            {"Name": name, "MasterLabel": name, "LicenseDefinitionKey": key, "TotalLicenses": count, "UsedLicenses": 0,
             "Status": "Active"},
        )
        for name, key, count in LICENSES
    }  # fmt: skip
    profiles = {one.name: _profile(tx, one, licenses[one.license]) for one in PROFILES}
    user = {"Username": identity.username, "LastName": "User", "FirstName": "User", "Name": "User User",
            "Alias": "UUser", "Email": identity.email, "CommunityNickname": "test1234567890"}  # fmt: skip
    _user(tx, profiles["System Administrator"], {**user, "Id": admin, "UserType": "Standard"})
    _others(tx, identity, profiles)
    count_seats(tx)
    _statuses(tx)
    seed_switched_on(tx)
    tx.insert_setup("Pricebook2", {"Name": "Standard Price Book", "IsStandard": True, "IsActive": False})
    tx.insert_setup("Group", {"Type": "Organization", "DoesIncludeBosses": False})
    tx.insert_setup("BusinessHours", _DEFAULT_HOURS)
    return admin


def _organization(identity: Identity) -> dict[str, Any]:
    sandbox = identity.kind in ("sandbox", "scratch")
    usual = "Developer" if identity.kind in ("developer", "scratch") else "Enterprise"
    edition = f"{identity.edition or usual} Edition"
    return {
        "Id": identity.org_id, "Name": identity.name, "IsSandbox": sandbox, "OrganizationType": edition,
        "InstanceName": "LOCAL1", "LanguageLocaleKey": "en_US", "DefaultLocaleSidKey": "en_US", "TimeZoneSidKey": "GMT",
        "FiscalYearStartMonth": 1, "TrialExpirationDate": identity.trial_ends, "Country": "US",
        "DefaultAccountAccess": "Edit", "DefaultContactAccess": "ControlledByParent", "DefaultOpportunityAccess": "Edit",
        "DefaultLeadAccess": "ReadEditTransfer", "DefaultCaseAccess": "ReadEditTransfer",
        "DefaultCalendarAccess": "HideDetailsInsert", "DefaultCampaignAccess": "All", "DefaultPricebookAccess": "ReadSelect",
        "PrimaryContact": "User User", "ReceivesAdminInfoEmails": True, "ReceivesInfoEmails": True, "UiSkin": "Theme3",
        "SignupCountryIsoCode": "US", "MonthlyPageViewsUsed": 0, "MonthlyPageViewsEntitlement": 0, "NumKnowledgeService": 2,
        "WebToCaseDefaultOrigin": "Web", "PreferencesLightningLoginEnabled": True,
    }  # fmt: skip


def permission_names(sobject: SObjectType) -> list[str]:
    """The names of a type's permission fields."""
    return [field.name for field in sobject.fields.values() if field.name.startswith("Permissions")]


def _profile(tx: Transaction, one: StandardProfile, license_id: str) -> str:
    sobject = tx.schema.sobject("PermissionSet")
    names = permission_names(sobject) if sobject else []
    granted = {name: True for name in names if one.has(name.removeprefix("Permissions"))}
    type_ = tx.schema.sobject("Profile")
    own = {name: True for name in granted if type_ is not None and type_.field(name) is not None}
    profile = tx.insert_setup("Profile", {"Name": one.name, "UserLicenseId": license_id, "UserType": "Standard", **own})
    parent = tx.insert_setup(
        "PermissionSet",
        {"Name": f"X{profile}", "Label": profile, "ProfileId": profile, "IsOwnedByProfile": True, "IsCustom": False,
         "LicenseId": license_id, "Type": "Profile", **granted},
    )  # fmt: skip
    for name, rights in one.grants():
        flags = {f"Permissions{right}": True for right in rights}
        tx.insert_setup("ObjectPermissions", {"ParentId": parent, "SobjectType": name, **flags})
    return profile


def _user(tx: Transaction, profile: str | None, fields: Mapping[str, Any]) -> str:
    common = {
        "IsActive": True, "ProfileId": profile, "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US",
        "EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US", "UserPermissionsMarketingUser": True,
        "DigestFrequency": "N", "DefaultGroupNotificationFrequency": "N",
    }  # fmt: skip
    return tx.insert_setup("User", {**common, **fields})


def _others(tx: Transaction, identity: Identity, profiles: Mapping[str, str]) -> None:
    domain = identity.org_id[:15].lower()
    automated = {"Username": f"autoproc@{identity.org_id.lower()}", "LastName": "Process", "FirstName": "Automated",
                 "Name": AUTOMATED_PROCESS, "Alias": "autoproc", "Email": identity.email,
                 "UserType": "AutomatedProcess", "CommunityNickname": "autoproc"}  # fmt: skip
    _user(tx, None, automated)
    integration = {"Username": f"integration@{domain}.example.com", "LastName": "User", "FirstName": "Integration",
                   "Name": INTEGRATION_USER, "Alias": "integ", "Email": identity.email, "UserType": "Standard",
                   "CommunityNickname": "integration"}  # fmt: skip
    _user(tx, profiles["Analytics Cloud Integration User"], integration)


def _statuses(tx: Transaction) -> None:
    for order, (label, chance, category, category_label, closed, won) in enumerate(_STAGES, 1):
        tx.insert_setup(
            "OpportunityStage",
            {"MasterLabel": label, "ApiName": label, "IsActive": True, "SortOrder": order, "IsClosed": bool(closed),
             "IsWon": bool(won), "ForecastCategory": category, "ForecastCategoryName": category_label,
             "DefaultProbability": chance},
        )  # fmt: skip
    for sobject, default, labels, more in _STATUSES:
        for order, label in enumerate(labels, 1):
            fields = {"MasterLabel": label, "ApiName": label, "SortOrder": order, "IsDefault": label == default}
            tx.insert_setup(sobject, {**fields, **more.get(label, {})})


def seed_switched_on(tx: Transaction) -> None:
    """Rows of objects that a setting switched on just now."""
    status = tx.schema.sobject("OrderStatus")
    if status is not None and not tx.setup_rows("OrderStatus", "ApiName", ("Id",)):
        for order, label in enumerate(("Draft", "Activated"), 1):
            tx.insert_setup(
                "OrderStatus",
                {
                    "MasterLabel": label,
                    "ApiName": label,
                    "SortOrder": order,
                    "IsDefault": order == 1,
                    "StatusCode": label,
                },
            )
