"""The groups that stand for a role: the platform makes them with it, so that records can be shared with its members."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_KINDS = ("Role", "RoleAndSubordinates")


def make_groups(tx: Transaction, role_ids: list[str]) -> None:
    """Make the groups of roles that have none."""
    for id in role_ids:
        known = {kind for (kind,) in tx.connection.execute('SELECT "Type" FROM "Group" WHERE "RelatedId" = ?', (id,))}
        names = tx.column("UserRole", "DeveloperName", [id])
        for kind in _KINDS:
            if kind not in known:
                fields = {"Type": kind, "RelatedId": id, "DoesIncludeBosses": False, "DeveloperName": names.get(id)}
                tx.insert_setup("Group", fields)


def drop_groups(tx: Transaction, role_id: str) -> None:
    """Take the groups of a role away with it."""
    rows = tx.connection.execute('SELECT "Id" FROM "Group" WHERE "RelatedId" = ?', (role_id,)).fetchall()
    for (id,) in rows:
        tx.delete_setup(id)
