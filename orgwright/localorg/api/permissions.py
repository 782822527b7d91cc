"""Requests that need a user permission, whatever the records are."""

from __future__ import annotations

from orgwright.localorg.api.http import ApiError, Request

_LABELS = {"AuthorApex": "Author Apex", "CustomizeApplication": "Customize Application",
           "ModifyMetadata": "Modify Metadata Through Metadata API Functions"}  # fmt: skip


def need(request: Request, permission: str) -> None:
    """Refuse the request (403 INSUFFICIENT_ACCESS) unless the user has the permission or may modify all data."""
    rights = request.org.rights_of(request.user_id)
    if not rights.has(permission) and not (permission != "AuthorApex" and rights.has("ModifyAllData")):
        label = _LABELS.get(permission, permission)
        raise ApiError("INSUFFICIENT_ACCESS", f"insufficient access rights: the user permission {label} is needed", 403)


def may_delete_for_good(request: Request) -> bool:
    """Whether the user may delete past the recycle bin by Bulk API (Bulk API Hard Delete)."""
    return request.org.rights_of(request.user_id).has("BulkApiHardDelete")
