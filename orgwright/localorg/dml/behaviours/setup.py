"""Permission sets, groups, files: records with rules of their own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orgwright.localorg.access import roles
from orgwright.localorg.access.circle import CHILDREN
from orgwright.localorg.access.models import default_access
from orgwright.localorg.dml.behaviours.registry import after, after_delete, before, before_delete
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.store.tables import quote

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_RIGHTS = (
    "PermissionSetAssignment", "PermissionSet", "ObjectPermissions", "FieldPermissions", "SetupEntityAccess", "Profile",
    "UserRole", "Group", "GroupMember", "QueueSobject", "PermissionSetGroup", "PermissionSetGroupComponent",
)  # fmt: skip


@before("PermissionSetAssignment")
def assigned_once(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A user has a permission set once."""
    if not creating:
        return
    tx.ensure(plan.sobject)
    sql = 'SELECT "AssigneeId", COALESCE("PermissionSetId", "PermissionSetGroupId") FROM "PermissionSetAssignment"'
    taken = set(tx.connection.execute(sql))
    for row in rows:
        if not row.get("PermissionSetId") and not row.get("PermissionSetGroupId"):
            text = "Required fields are missing: [PermissionSetId]"
            row.fail("REQUIRED_FIELD_MISSING", text, "PermissionSetId")
            continue
        pair = (row.get("AssigneeId"), row.get("PermissionSetId") or row.get("PermissionSetGroupId"))
        if pair in taken:
            text = "Duplicate PermissionSetAssignment. Assignee: {}; Permission Set: {}"
            row.fail("DUPLICATE_VALUE", text.format(*pair))
        taken.add(pair)
        row.values.setdefault("IsActive", 1)


@after(*_RIGHTS)
def rights_changed(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """What users may do must be worked out again."""
    tx.forget_rights()


@after_delete(*_RIGHTS)
def rights_gone(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """What users may do must be worked out again."""
    tx.forget_rights()


@after("Profile")
def profile_grants(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A new profile is blank: the permission set that holds its grants has none."""
    for row in rows:
        if creating and row.id is not None:
            own = {"Name": f"X{row.id}", "Label": row.id, "ProfileId": row.id, "IsOwnedByProfile": True}
            more = {"IsCustom": False, "LicenseId": row.get("UserLicenseId"), "Type": "Profile"}
            tx.insert_setup("PermissionSet", own | more)
            tx.update_setup(row.id, {"UserType": "Standard"})


@after_delete("FieldPermissions")
def fields_closed(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """Whoever deletes what a profile says of a field closes the field: the profile must not open it by itself again."""
    profiles = tx.column("PermissionSet", "ProfileId", {str((row.old or {}).get("ParentId")) for row in rows})
    for row in rows:
        old = row.old or {}
        if profiles.get(old.get("ParentId")):
            kept = {name: old[name] for name in ("ParentId", "SobjectType", "Field")}
            tx.insert_setup("FieldPermissions", {**kept, "PermissionsRead": False, "PermissionsEdit": False})


@before("UserRole")
def role_names(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A role's developer name is made from its name; what it leaves open follows the defaults."""
    for row in rows:
        if not creating:
            continue
        if not row.get("DeveloperName"):
            name = str(row.get("Name") or "")
            row.values["DeveloperName"] = "".join(c if c.isalnum() else "_" for c in name) or None
        for child, field in CHILDREN.items():
            if row.values.get(field) is None:
                row.values[field] = default_access(tx.schema, child)


@after("UserRole")
def role_groups(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A role comes with the groups that stand for its members."""
    if creating:
        roles.make_groups(tx, [row.id for row in rows if row.id is not None])


@before_delete("UserRole")
def role_free(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """A role that somebody has, or that has roles below, stays."""
    for row in rows:
        for sobject, field in (("User", "UserRoleId"), ("UserRole", "ParentRoleId")):
            sql = f"SELECT 1 FROM {quote(sobject)} WHERE {quote(field)} = ? LIMIT 1"
            if tx.connection.execute(sql, (row.id,)).fetchone() is not None:
                what = "users" if sobject == "User" else "roles below it"
                row.fail(
                    "DELETE_FAILED", f"Your attempt to delete the role could not be completed because it has {what}."
                )
                break
        else:
            roles.drop_groups(tx, row.id or "")


_UNOWNED = frozenset(("Contact", "Account", "Opportunity", "Asset", "Campaign"))


def queueable_problem(sobject: SObjectType | None, name: str) -> str | None:
    """Why a queue cannot own records of a type; ``None`` when it can."""
    if sobject is None:
        return f"In field: sobjectType - no CustomObject named {name} found"
    if sobject.kind != "object" or "ownerid" not in sobject.fields or sobject.name in _UNOWNED:
        return f"bad value for restricted picklist field: {name}"
    return None


@before("QueueSobject")
def queue_objects(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Queues own leads, cases, tasks and custom objects, not what always has a person."""
    for row in rows:
        name = str(row.get("SobjectType") or "")
        text = queueable_problem(tx.schema.sobject(name), name)
        if text is not None:
            row.fail("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"Sobject Type: {text}", "SobjectType")


@before("Group")
def group_names(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A group's developer name is made from its name."""
    for row in rows:
        if creating and not row.get("DeveloperName"):
            name = str(row.get("Name") or "")
            row.values["DeveloperName"] = "".join(c if c.isalnum() else "_" for c in name) or None


_FILE_TYPES = {
    "doc": "WORD", "docx": "WORD_X", "xls": "EXCEL", "xlsx": "EXCEL_X", "xlsm": "EXCEL_M", "ppt": "POWER_POINT",
    "pptx": "POWER_POINT_X", "txt": "TEXT", "htm": "HTML", "jpeg": "JPG", "rtf": "RTF", "tif": "TIFF", "ps": "POSTSCRIPT",
    "url": "LINK", "log": "TEXT", "md": "UNKNOWN", "vsd": "VISIO",
}  # fmt: skip
"""``FileType`` of a content version where it is not the extension (Object Reference, ContentVersion)."""


@before("Attachment", "Document")
def body_length(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """How many bytes the body has."""
    for row in rows:
        if creating or row.sets("Body"):
            row.values["BodyLength"] = len(row.get("Body") or b"")


@before("ContentVersion")
def file_versions(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A first version makes its document; size, type and checksum follow the content."""
    if not creating:
        return
    document = tx.schema.sobject("ContentDocument")
    for row in rows:
        data = row.get("VersionData") or b""
        name = str(row.get("PathOnClient") or row.get("Title") or "")
        extension = name.rpartition(".")[2] if "." in name else ""
        row.values.update(
            ContentSize=len(data),
            Checksum=hashlib.md5(data, usedforsecurity=False).hexdigest(),
            FileExtension=extension or None,
            FileType=_FILE_TYPES.get(extension.lower(), extension.upper() or "UNKNOWN")[:20],
            IsLatest=1,
            VersionNumber=str(_versions(tx, row.get("ContentDocumentId")) + 1),
        )
        if not row.get("Title"):
            row.values["Title"] = name.rpartition("/")[2].removesuffix(f".{extension}") or None
        if row.get("ContentDocumentId") is None and document is not None and row.get("Title"):
            values = {"Title": row.get("Title"), "OwnerId": tx.user_id, "LatestPublishedVersionId": row.id,
                      "ContentSize": len(data), "FileExtension": extension or None, "FileType": row.values["FileType"]}  # fmt: skip
            row.values["ContentDocumentId"] = tx.insert_setup("ContentDocument", values)


def _versions(tx: Transaction, document: Any) -> int:
    """How many versions a document has."""
    if document is None or not tx.has_table("ContentVersion"):
        return 0
    sql = f'SELECT count(*) FROM {quote("ContentVersion")} WHERE "ContentDocumentId" = ?'
    (count,) = tx.connection.execute(sql, (document,)).fetchone()
    return int(count)


@after("ContentVersion")
def latest_version(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A new version takes the place of the latest one."""
    if not creating:
        return
    listed = json.dumps([row.id for row in rows])
    for row in rows:
        document = row.get("ContentDocumentId")
        if document is None:
            continue
        sql = (
            f'UPDATE {quote("ContentVersion")} SET "IsLatest" = 0 WHERE "ContentDocumentId" = ?'
            ' AND "Id" NOT IN (SELECT value FROM json_each(?))'
        )
        tx.connection.execute(sql, (document, listed))
        latest = {"LatestPublishedVersionId": row.id} | {
            name: row.get(name) for name in ("Title", "ContentSize", "FileType", "FileExtension")
        }
        tx.update_setup(document, latest)
        _link(tx, row, document)


def _link(tx: Transaction, row: Row, document: str) -> None:
    """A new file is shared with its owner, and with the record where it was first published."""
    if tx.schema.sobject("ContentDocumentLink") is None:
        return
    place = row.get("FirstPublishLocationId")
    first = row.get("VersionNumber") == "1"
    entities = ([(tx.user_id, "I")] if first else []) + ([(place, "V")] if place and place != tx.user_id else [])
    for entity, share in entities:
        values = {"ContentDocumentId": document, "LinkedEntityId": entity, "ShareType": share, "Visibility": "AllUsers"}
        tx.insert_setup("ContentDocumentLink", values)


@before("ContentDistribution")
def public_links(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A content delivery knows its document and gets its addresses; no server answers there."""
    if not creating:
        return
    documents = tx.column("ContentVersion", "ContentDocumentId", [str(row.get("ContentVersionId")) for row in rows])
    for row in rows:
        version = row.get("ContentVersionId")
        row.values["ContentDocumentId"] = documents.get(version)
        token = f"{tx.org.random_bits(160):040x}"
        base, delivery = tx.org.info.instance_url.replace(".my.", ".file."), f"/a/{row.id or ''}/{token}"
        row.values["DistributionPublicUrl"] = f"{base}/sfc/p/{tx.org.info.id[:15]}{delivery}"
        shown = f"{base}/sfc/dist/version/download/?oid={tx.org.info.id[:15]}&ids={version}&d={delivery}&asPdf="
        if row.get("PreferencesAllowOriginalDownload"):
            row.values["ContentDownloadUrl"] = f"{shown}false"
        if row.get("PreferencesAllowPDFDownload"):
            row.values["PdfDownloadUrl"] = f"{shown}true"
        if row.get("PreferencesPasswordRequired"):
            row.values["Password"] = token[:8]
