"""Ids of components that have no row in an object's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

PREFIXES = {
    "ApexClass": "01p", "ApexComponent": "099", "ApexPage": "066", "ApexTestSuite": "05F", "ApexTrigger": "01q",
    "AuraDefinitionBundle": "0Ab", "BusinessProcess": "019", "CompactLayout": "0AH", "ConnectedApp": "0H4",
    "CspTrustedSite": "08y", "CustomApplication": "02u", "CustomField": "00N", "CustomLabel": "101",
    "CustomMetadata": "m00", "CustomNotificationType": "0ML", "CustomObject": "01I", "CustomPermission": "0CP",
    "CustomTab": "01r", "Dashboard": "01Z", "DeployRequest": "0Af", "DuplicateRule": "0Bm", "EmailTemplate": "00X",
    "ExternalClientApplication": "0xI", "ExternalCredential": "0pt", "ExtlClntAppConfigurablePolicies": "0xK",
    "ExtlClntAppGlobalOauthSettings": "0xJ", "ExtlClntAppOauthConfigurablePolicies": "0xL",
    "ExtlClntAppOauthSettings": "0xM", "FieldSet": "0IX", "FlexiPage": "0M0", "Flow": "301", "GlobalValueSet": "0Nt",
    "Group": "00G", "Layout": "00h", "LightningComponentBundle": "0Rb", "ListView": "00B", "MatchingRule": "0JD",
    "NamedCredential": "0XA", "PermissionSet": "0PS", "PermissionSetGroup": "0PG", "PlatformEventChannel": "0YL",
    "PlatformEventChannelMember": "0v8", "Profile": "00e", "Queue": "00G", "QuickAction": "09D", "RecordType": "012",
    "RemoteSiteSetting": "0rp", "Report": "00O", "Retrieve": "09S", "Role": "00E", "StaticResource": "081",
    "ValidationRule": "03d", "WebLink": "00b", "WorkflowRule": "01Q", "ApexTestRun": "707",
}  # fmt: skip

COUNTER = "CREATE TABLE IF NOT EXISTS _counter (prefix TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"


def to_18(id: str) -> str:
    """The 18-character form of a 15-character Id."""
    tail = ""
    for start in (0, 5, 10):
        tail += _CHECK[sum(1 << i for i, c in enumerate(id[start : start + 5]) if "A" <= c <= "Z")]
    return id + tail


def new_id(tx: Transaction, type: str) -> str:
    """The next Id of a metadata type."""
    prefix = PREFIXES.get(type, "0XX")
    tx.sql("INSERT INTO _counter VALUES (?, 1) ON CONFLICT (prefix) DO UPDATE SET value = value + 1", (prefix,))
    number = int(tx.sql("SELECT value FROM _counter WHERE prefix = ?", (prefix,))[0][0])
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = _DIGITS[rest] + text
    return to_18(f"{prefix}gL0{text:0>9}")
