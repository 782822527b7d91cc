"""Which handler serves which metadata type."""

from __future__ import annotations

from orgwright.localorg.metadata.handlers import (
    foldered,
    integration,
    layout,
    people,
    references,
    rows,
    sharing,
    values,
)
from orgwright.localorg.metadata.handlers.apex import ApexHandler, TestSuiteHandler
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.handlers.custom_field import CustomFieldHandler
from orgwright.localorg.metadata.handlers.custom_metadata import CustomMetadataHandler
from orgwright.localorg.metadata.handlers.custom_object import CustomObjectHandler
from orgwright.localorg.metadata.handlers.object_parts import RecordTypeHandler, ValidationRuleHandler
from orgwright.localorg.metadata.handlers.permission_groups import PermissionSetGroupHandler
from orgwright.localorg.metadata.handlers.permissions import (
    CustomPermissionHandler,
    PermissionSetHandler,
    ProfileHandler,
)

_KEPT = Handler()
_SHARING_RULE = sharing.SharingRuleHandler()
_ECA_PART = integration.ExternalClientAppPartHandler()

HANDLERS: dict[str, Handler] = {
    "Settings": values.SettingsHandler(),
    "CustomObject": CustomObjectHandler(),
    "GlobalValueSet": values.GlobalValueSetHandler(),
    "StandardValueSet": values.StandardValueSetHandler(),
    "CustomField": CustomFieldHandler(),
    "RecordType": RecordTypeHandler(),
    "ValidationRule": ValidationRuleHandler(),
    "CustomLabel": values.CustomLabelHandler(),
    "ApexPage": values.NamedHandler("ApexPage"),
    "Flow": values.NamedHandler("Flow", 74),
    "DataWeaveResource": values.NamedHandler("DataWeaveResource"),
    "CustomPermission": CustomPermissionHandler(),
    "RemoteSiteSetting": integration.RemoteSiteHandler(),
    "NamedCredential": rows.NamedCredentialRowHandler(),
    "InstalledPackage": integration.InstalledPackageHandler(),
    "ConnectedApp": integration.ConnectedAppHandler(),
    "ExtlClntAppOauthSettings": _ECA_PART,
    "ExtlClntAppGlobalOauthSettings": _ECA_PART,
    "ExtlClntAppConfigurablePolicies": _ECA_PART,
    "ExtlClntAppOauthConfigurablePolicies": _ECA_PART,
    "StaticResource": rows.RowHandler("StaticResource", rows.static_resource, name="Name"),
    "PlatformCachePartition": rows.RowHandler("PlatformCachePartition", rows.cache_partition),
    "Queue": people.QueueHandler(),
    "Group": people.GroupHandler(),
    "Role": people.RoleHandler(),
    "SharingOwnerRule": _SHARING_RULE,
    "SharingCriteriaRule": _SHARING_RULE,
    "SharingGuestRule": _SHARING_RULE,
    "SharingTerritoryRule": _SHARING_RULE,
    "SharingReason": sharing.SharingReasonHandler(),
    "ApexClass": ApexHandler("ApexClass"),
    "ApexTrigger": ApexHandler("ApexTrigger"),
    "ApexTestSuite": TestSuiteHandler(),
    "CustomMetadata": CustomMetadataHandler(),
    "CustomApplication": references.ReferenceHandler(references.application),
    "FlexiPage": references.ReferenceHandler(references.page),
    "FieldSet": references.ReferenceHandler(references.field_set),
    "ListView": references.ReferenceHandler(references.list_view),
    "Layout": layout.LayoutHandler(),
    "CustomTab": layout.TabHandler(),
    "PlatformEventChannelMember": layout.ChannelMemberHandler(),
    "PermissionSet": PermissionSetHandler(),
    "MutingPermissionSet": PermissionSetHandler("Muting"),
    "PermissionSetGroup": PermissionSetGroupHandler(),
    "Profile": ProfileHandler(),
    **foldered.handlers(),
}


class _Ranked(Handler):
    def __init__(self, rank: int) -> None:
        self.rank = rank


_EARLY, _LATE = _Ranked(29), _Ranked(74)
_EARLY_TYPES = frozenset({"ExternalCredential", "ExternalClientApplication", "CustomLabels", "BusinessProcess"})
_LATE_TYPES = frozenset({"QuickAction", "CompactLayout"})


def handler(type_name: str) -> Handler:
    """The handler of a metadata type."""
    found = HANDLERS.get(type_name)
    if found is not None:
        return found
    return _EARLY if type_name in _EARLY_TYPES else _LATE if type_name in _LATE_TYPES else _KEPT
