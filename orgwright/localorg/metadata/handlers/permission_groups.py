"""Permission set groups: permission sets together, less what a muting permission set takes away."""

from __future__ import annotations

from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item

_PARTS = (("permissionSets", "PermissionSet"), ("mutingPermissionSets", "MutingPermissionSet"))


class PermissionSetGroupHandler(Handler):
    """Writes the row of a group and its components anew."""

    rank = 82

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        members: list[str] = []
        problems: list[Problem] = []
        for tag, kind in _PARTS:
            for one in node.all(tag):
                stored = draft.components.get(kind, one.text.strip())
                if stored is None:
                    text = f"In field: {tag} - no {kind} named {one.text.strip()} found"
                    problems.append(Problem(text, one.line, one.column))
                else:
                    members.append(stored.id)
        if problems:
            raise Rejected(*problems)
        fields = {
            "MasterLabel": node.value("label"),
            "Description": node.value("description") or None,
            "Status": "Updated",
            "HasActivationRequired": node.flag("hasActivationRequired"),
        }
        if old is not None:
            id = old.id
            draft.tx.update_setup(id, fields)
            _clear(draft, id)
        else:
            named = {"DeveloperName": item.name, "Language": "en_US", **fields}
            id = draft.tx.insert_setup("PermissionSetGroup", named)
        for member in members:
            draft.tx.insert_setup(
                "PermissionSetGroupComponent", {"PermissionSetGroupId": id, "PermissionSetId": member}
            )
        draft.tx.forget_rights()
        return id

    def delete(self, stored: Stored, draft: Draft) -> None:
        _clear(draft, stored.id)
        sql = 'SELECT "Id" FROM "PermissionSetAssignment" WHERE "PermissionSetGroupId" = ?'
        for (one,) in draft.tx.connection.execute(sql, (stored.id,)).fetchall():
            draft.tx.delete_setup(one)
        draft.tx.delete_setup(stored.id)
        draft.tx.forget_rights()


def _clear(draft: Draft, id: str) -> None:
    sql = 'SELECT "Id" FROM "PermissionSetGroupComponent" WHERE "PermissionSetGroupId" = ?'
    for (one,) in draft.tx.connection.execute(sql, (id,)).fetchall():
        draft.tx.delete_setup(one)
