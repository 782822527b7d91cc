"""Sharing in the save path: who may edit, delete or transfer a record, name a parent, own a record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from orgwright.apex.host import AccessMode
from orgwright.localorg.access.models import is_share
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.soql.context import Level

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_TRANSFER_ANY = {"Lead": "TransferAnyLead", "Case": "TransferAnyCase"}


def refuse_unreached(
    tx: Transaction, sobject: SObjectType, rows: Sequence[Row], level: Level, access: AccessMode
) -> None:
    """Fail the rows whose records the running user may not edit, or dispose of."""
    if access == "system":
        return
    wanted = {row.id for row in rows if row.id is not None and not row.errors}
    reached = tx.reachable(sobject, wanted, level)
    for row in rows:
        if row.id in wanted and row.id not in reached:
            row.fail("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


def refuse_transfers(tx: Transaction, sobject: SObjectType, rows: Sequence[Row], access: AccessMode) -> None:
    """Fail the rows that give a record to somebody else though the running user may only edit it."""
    moved = [row for row in rows if not row.errors and row.old is not None and row.sets("OwnerId")]
    if not moved or access == "system":
        return
    rights = tx.rights
    if rights.has("TransferAnyEntity") or rights.has(_TRANSFER_ANY.get(sobject.name, "TransferAnyEntity")):
        return
    sharing = tx.sharing
    if sharing is not None and sharing.transferable(sobject):
        return
    refuse_unreached(tx, sobject, moved, "full", access)


def refuse_owners(tx: Transaction, plan: TypePlan, rows: Sequence[Row], access: AccessMode) -> None:
    """Fail the rows whose new owner cannot own them: somebody inactive, without read permission, a foreign queue.

    Apex in system mode may make records for those who cannot read them.
    """
    if "ownerid" not in plan.fields:
        return
    users: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        owner = row.values.get("OwnerId")
        if owner is not None and owner != tx.user_id and row.sets("OwnerId"):
            users[owner].append(row)
    for owner, owned in users.items():
        must_read = access == "user" or any(row.old is not None for row in owned)
        refused = _refusal(tx, plan.sobject, owner, must_read)
        if refused is not None:
            for row in owned:
                row.fail(*refused, "OwnerId")


def _refusal(tx: Transaction, sobject: SObjectType, owner: str, must_read: bool) -> tuple[str, str] | None:
    if owner.startswith("00G"):
        sql = 'SELECT 1 FROM "QueueSobject" WHERE "QueueId" = ? AND "SobjectType" = ? COLLATE NOCASE'
        if tx.connection.execute(sql, (owner, sobject.name)).fetchone() is None:
            return "INVALID_OPERATION", "Queue not associated with this SObject type"
        return None
    found = tx.connection.execute('SELECT "IsActive", "UserType" FROM "User" WHERE "Id" = ?', (owner,)).fetchone()
    if found is None:
        return None  # the check of references says so
    active, kind = found
    if not active:
        text = f"operation performed with inactive user [{owner[:15]}] as owner of {sobject.name.lower()}"
        return "INACTIVE_OWNER_OR_USER", text
    if kind == "Standard" and must_read and not tx.rights_of(owner).can("read", sobject):
        return "TRANSFER_REQUIRES_READ", "The new owner must have read permission"
    return None


def unreached_parents(
    tx: Transaction, sobject: SObjectType, field: Field, ids: Iterable[str], access: AccessMode
) -> set[str]:
    """Of the parents that a reference names those that the running user may not name."""
    if access == "system" or field.name in ("OwnerId", "RecordTypeId") or tx.sharing is None:
        return set()
    shares = is_share(sobject) and field.name != "UserOrGroupId"
    level: Level = (
        "full" if shares else "edit" if field.master_detail and not field.write_requires_master_read else "read"
    )
    by_type: dict[str, set[str]] = defaultdict(set)
    for id in ids:
        target = tx.schema.sobject_of_id(id)
        if target is not None:
            by_type[target.name].add(id)
    found: set[str] = set()
    for name, wanted in by_type.items():
        target = tx.schema.sobject(name)
        if target is not None:
            found |= wanted - tx.reachable(target, wanted, level)
    return found
