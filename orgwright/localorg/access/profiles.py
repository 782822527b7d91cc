"""What the standard profiles of a new org grant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_RIGHTS = {"R": "Read", "C": "Create", "E": "Edit", "D": "Delete", "V": "ViewAllRecords", "M": "ModifyAllRecords"}

LICENSES = (
    # name, definition key, how many an Enterprise or Developer org has
    ("Salesforce", "SFDC", 10),
    ("Salesforce Platform", "AUL", 3),
    ("Salesforce Integration", "SalesforceIntegration", 5),
    ("Identity", "Identity", 10),
    ("Chatter Free", "CSN_User", 5000),
    ("Guest User License", "PID_Guest_User", 25),
    ("Analytics Cloud Integration User", "PID_Insights_Integration", 1),
)

BASES = {
    "Salesforce": "Standard User",
    "Salesforce Platform": "Standard Platform User",
    "Salesforce Integration": "Minimum Access - API Only Integrations",
    "Identity": "Identity User",
    "Chatter Free": "Chatter Free User",
    "Analytics Cloud Integration User": "Analytics Cloud Integration User",
}
"""The profile that a new one of a licence begins as: profiles are only ever cloned. Guests' ones come with their site."""
CLOSED_PROFILES = frozenset(("Minimum Access - Salesforce",))
CLOSED_LICENSES = frozenset(("Salesforce Integration",))
"""Profiles that open no field: these, and all of these licences, clones of the standard ones too."""


def _of(names: str) -> frozenset[str]:
    return frozenset(names.split())


_CHATTER = (
    "AddDirectMessageMembers AssignTopics ChatterEditOwnPost ChatterFileLink ChatterInternalUser ChatterInviteExternalUsers"
    " ChatterOwnGroups ContentWorkspaces CreateTopics DistributeFromPersWksp EditTopics EnableCommunityAppLauncher"
    " RemoveDirectMessageMembers SelectFilesFromSalesforce ShowCompanyNameAsUserBadge UseWebLink ViewHelpLink"
)
_LOOKING = (
    "ActivitiesAccess AllowUniversalSearch AllowViewKnowledge ApexRestServices ApiEnabled CreateCustomizeFilters"
    " CreateCustomizeReports EnableNotifications ExportReport LightningExperienceUser RunReports ViewRoles ViewSetup"
)
_SELLING = "EditOppLineItemUnitPrice LightningConsoleAllowedForUser SendSitRequests SubscribeToLightningReports"
_WORKING = "EditEvent EditTask EmailMass EmailSingle ImportPersonal ListEmailSend MassInlineEdit TransactionalEmailSend"
_EVERYDAY = f"{_CHATTER} {_LOOKING} {_SELLING} {_WORKING} ConvertLeads SubmitMacrosAllowed"
_NOT_READING = _of("AddDirectMessageMembers RemoveDirectMessageMembers DistributeFromPersWksp")
NOT_ADMIN = _of(
    "ApiUserOnly BulkApiHardDelete CreateAuditFields UpdateWithInactiveOwner PasswordNeverExpires ViewEncryptedData"
    " IsSsoEnabled TwoFactorApi ForceTwoFactor HeadlessCMSAccess"
)
"""Permissions that administrators do not have."""

_FULL = (
    "Account Asset AuthorizationForm AuthorizationFormConsent AuthorizationFormDataUse AuthorizationFormText BusinessBrand"
    " CommSubscription CommSubscriptionChannelType CommSubscriptionConsent CommSubscriptionTiming Contact"
    " ContactPointAddress ContactPointConsent ContactPointEmail ContactPointPhone ContactPointTypeConsent Contract Customer"
    " DataUseLegalBasis DataUsePurpose Document EngagementChannelType Individual Lead Opportunity Order PartyConsent Quote"
    " Seller SocialPersona StreamingChannel"
)
_STANDARD = dict.fromkeys(_FULL.split(), "RCED") | {
    "Campaign": "R", "Case": "RCE", "ContactRequest": "RCE", "ContractLineItem": "R", "DandBCompany": "R",
    "Entitlement": "R", "EntitlementContact": "R", "Idea": "RC", "Location": "RCE", "Macro": "R", "Pricebook2": "R",
    "Product2": "R", "QuickText": "R", "ServiceContract": "R", "Solution": "RC", "WorkOrder": "RCE",
}  # fmt: skip
_NOT_PLATFORM = _of(
    "Asset Campaign Case ContactPointAddress ContactRequest Contract ContractLineItem Entitlement EntitlementContact Lead"
    " Location Macro Opportunity Order Pricebook2 Product2 QuickText Quote ServiceContract Solution WorkOrder"
)
GRANTED_OBJECTS = frozenset(_STANDARD)
"""Standard objects that have permissions of their own."""
FOLLOWERS = {
    "AccountContactRelation": "Account", "CampaignMember": "Campaign", "OpportunityContactRole": "Opportunity",
    "OpportunityLineItem": "Opportunity", "OrderItem": "Order", "PricebookEntry": "Pricebook2", "QuoteLineItem": "Quote",
    "WorkOrderLineItem": "WorkOrder",
}  # fmt: skip
"""Objects without permissions of their own: who may read the other one reads them, who may edit it does the rest."""
ACTIVITIES = {"Task": "EditTask", "Event": "EditEvent"}
"""Activities are read with Access Activities and written with these."""


@dataclass(frozen=True)
class StandardProfile:
    """A profile that every org has."""

    name: str
    license: str
    permissions: frozenset[str] | None = frozenset()
    """``None``: all but :data:`NOT_ADMIN`."""
    objects: Mapping[str, str] = field(default_factory=dict)
    """Rights by object: letters of Read, Create, Edit, Delete, View All, Modify All."""

    def has(self, permission: str) -> bool:
        """Whether the profile has the system permission."""
        return permission not in NOT_ADMIN if self.permissions is None else permission in self.permissions

    def grants(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The rights by object, as ``Read`` and ``ViewAllRecords``."""
        for name in sorted(self.objects):
            yield name, tuple(_RIGHTS[letter] for letter in self.objects[name])


def _all(letters: str) -> dict[str, str]:
    return dict.fromkeys(_STANDARD, letters)


PROFILES = (
    StandardProfile("System Administrator", "Salesforce", None, _all("RCEDVM")),
    StandardProfile("Standard User", "Salesforce", _of(_EVERYDAY), _STANDARD),
    StandardProfile(
        "Solution Manager",
        "Salesforce",
        _of(f"{_EVERYDAY} ManageSolutions SolutionImport"),
        _STANDARD | {"Solution": "RCED"},
    ),
    StandardProfile(
        "Marketing User",
        "Salesforce",
        _of(f"{_EVERYDAY} EditBrandTemplates EditHtmlTemplates EditPublicDocuments EditPublicTemplates ImportLeads"),
        _STANDARD | {"Campaign": "RCED"},
    ),
    StandardProfile(
        "Contract Manager",
        "Salesforce",
        _of(f"{_EVERYDAY} ActivateContract ActivateOrder EditActivatedOrders"),
        _STANDARD,
    ),
    StandardProfile(
        "Read Only",
        "Salesforce",
        _of(f"{_CHATTER} {_LOOKING} {_SELLING} SubmitMacrosAllowed") - _NOT_READING,
        _all("R"),
    ),
    StandardProfile(
        "Minimum Access - Salesforce",
        "Salesforce",
        _of("ActivitiesAccess AllowViewKnowledge ChatterInternalUser LightningConsoleAllowedForUser ViewHelpLink"),
    ),
    StandardProfile(
        "Standard Platform User",
        "Salesforce Platform",
        _of(f"{_CHATTER} {_LOOKING} {_WORKING} CustomMobileAppsAccess SubscribeToLightningDashboards"),
        {name: rights for name, rights in _STANDARD.items() if name not in _NOT_PLATFORM},
    ),
    StandardProfile("Salesforce API Only System Integrations", "Salesforce Integration", _of("ApiEnabled ApiUserOnly")),
    StandardProfile("Minimum Access - API Only Integrations", "Salesforce Integration", _of("ApiEnabled ApiUserOnly")),
    StandardProfile("Identity User", "Identity", _of(f"{_CHATTER} ApexRestServices ApiEnabled IdentityEnabled")),
    StandardProfile(
        "Chatter Free User", "Chatter Free", _of(f"{_CHATTER} ApexRestServices ApiEnabled LightningExperienceUser")
    ),
    StandardProfile(
        "Analytics Cloud Integration User",
        "Analytics Cloud Integration User",
        _of("ActivitiesAccess ApiEnabled ApiUserOnly RunReports ViewAllData ViewRoles ViewSetup"),
        _all("RV"),
    ),
)
