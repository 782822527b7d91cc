"""Who may call which Apex class from outside: by profile and permission sets (``classAccesses``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_GRANTED = (
    'SELECT 1 FROM "SetupEntityAccess" WHERE "SetupEntityId" = ? AND "ParentId" IN ('
    'SELECT "PermissionSetId" FROM "PermissionSetAssignment" WHERE "AssigneeId" = ?'
    ' UNION SELECT p."Id" FROM "PermissionSet" p JOIN "User" u ON u."ProfileId" = p."ProfileId" WHERE u."Id" = ?)'
)


def may_call(tx: Transaction, class_id: str) -> bool:
    """Whether the running user may call the class: those who write Apex may call every class."""
    if tx.rights.has("AuthorApex") or tx.rights.has("ModifyAllData"):
        return True
    if not tx.has_table("SetupEntityAccess"):
        return False
    return bool(tx.sql(_GRANTED, (class_id, tx.user_id, tx.user_id)))
