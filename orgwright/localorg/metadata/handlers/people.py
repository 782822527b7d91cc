"""Roles, queues and public groups: rows that sharing reads, with their members (Metadata API: Role, Queue, Group)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orgwright.localorg.access import roles
from orgwright.localorg.access.circle import CHILDREN
from orgwright.localorg.access.models import OPEN, default_access, model_of
from orgwright.localorg.dml.behaviours.setup import queueable_problem
from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.rows import RowHandler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item

_LEVELS = {"Opportunity": "opportunityAccessLevel", "Case": "caseAccessLevel", "Contact": "contactAccessLevel"}
_RANK = {"None": -1, "Read": 0, "Edit": 1}
_MEMBERS = {
    # element of queueMembers, its entries, the kind of group that stands for each; None for users
    "users": ("user", None), "publicGroups": ("publicGroup", "Regular"), "roles": ("role", "Role"),
    "roleAndSubordinates": ("roleAndSubordinate", "RoleAndSubordinates"),
    "roleAndSubordinatesInternal": ("roleAndSubordinateInternal", "RoleAndSubordinates"),
}  # fmt: skip


class RoleHandler(RowHandler):
    """Roles with their place in the hierarchy and what they open of an account's children."""

    def __init__(self) -> None:
        super().__init__("UserRole", lambda item: {}, rank=44)

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        fields: dict[str, Any] = {
            "Name": node.value("name"),
            "RollupDescription": node.value("description") or None,
            "MayForecastManagerShare": node.flag("mayForecastManagerShare"),
            "ParentRoleId": self._parent(item, draft),
        }
        for child, tag in _LEVELS.items():
            fields[CHILDREN[child]] = _level(node, tag, child, draft)
        id = old.id if old is not None else _role_row(item.name, draft)
        draft.tx.update_setup(id, fields)
        return id

    def _parent(self, item: Item, draft: Draft) -> str | None:
        """The row of the parent; one that the same deploy brings is made when it is first named."""
        node = item.node
        assert node is not None
        name = node.value("parentRole")
        if not name:
            return None
        if _id_of(draft, "UserRole", name) is None and ("Role", name.lower()) not in draft.items:
            raise Rejected(Problem(f"In field: parentRole - no Role named {name} found", node.line, node.column))
        if _circular(item.name, name, draft):
            raise Rejected(Problem(f"In field: parentRole - {name} is below {item.name}", node.line, node.column))
        return _role_row(name, draft)

    def delete(self, stored: Stored, draft: Draft) -> None:
        sql = 'SELECT 1 FROM "User" WHERE "UserRoleId" = ? UNION SELECT 1 FROM "UserRole" WHERE "ParentRoleId" = ?'
        if draft.tx.connection.execute(sql, (stored.id, stored.id)).fetchone() is not None:
            raise Rejected(Problem(f"Cannot delete role {stored.name}: it has users or roles below it"))
        roles.drop_groups(draft.tx, stored.id)
        draft.tx.delete_setup(stored.id)


def _role_row(name: str, draft: Draft) -> str:
    """The row of a role, made if it is not there."""
    found = _id_of(draft, "UserRole", name)
    if found is None:
        found = draft.tx.insert_setup("UserRole", {"DeveloperName": name, "Name": name})
        roles.make_groups(draft.tx, [found])
    return found


def _circular(name: str, parent: str, draft: Draft) -> bool:
    seen: set[str] = set()
    while parent and parent.lower() not in seen:
        if parent.lower() == name.lower():
            return True
        seen.add(parent.lower())
        item = draft.items.get(("Role", parent.lower()))
        stored = draft.components.get("Role", parent) if item is None else None
        node = item.node if item is not None else stored.node if stored is not None else None
        parent = node.value("parentRole") if node is not None else ""
    return False


def _level(node: Node, tag: str, child: str, draft: Draft) -> str:
    given = node.value(tag)
    if not given:
        return default_access(draft.schema, child)
    sobject = draft.sobject(child)
    default = OPEN.get(model_of(draft.schema, sobject) or "", -1) if sobject is not None else -1
    if _RANK.get(given, -1) < min(default, 1):
        text = f"field integrity exception: unknown ({child} access level below organization default)"
        raise Rejected(Problem(text, node.line, node.column))
    return given


class GroupHandler(RowHandler):
    """Public groups; their members are rows, not metadata."""

    def __init__(self) -> None:
        super().__init__("Group", _group)


class QueueHandler(RowHandler):
    """Queues with what they may own and who is in them."""

    def __init__(self) -> None:
        super().__init__("Group", _queue, rank=46)

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        owned = [one.value("sobjectType") for one in node.all("queueSobject")]
        found = [text for name in owned if (text := queueable_problem(draft.sobject(name), name)) is not None]
        members, unknown = _members(node, draft)
        if found or unknown:
            raise Rejected(*(Problem(text, node.line, node.column) for text in (*found, *unknown)))
        id = super().apply(item, draft, old)
        assert id is not None
        self.delete_parts(id, draft)
        for name in owned:
            target = draft.sobject(name)
            draft.tx.insert_setup("QueueSobject", {"QueueId": id, "SobjectType": target.name if target else name})
        for member in members:
            draft.tx.insert_setup("GroupMember", {"GroupId": id, "UserOrGroupId": member})
        return id

    def delete(self, stored: Stored, draft: Draft) -> None:
        self.delete_parts(stored.id, draft)
        super().delete(stored, draft)

    @staticmethod
    def delete_parts(id: str, draft: Draft) -> None:
        """Take away what the queue may own and who is in it."""
        for sobject, key in (("QueueSobject", "QueueId"), ("GroupMember", "GroupId")):
            rows = draft.tx.connection.execute(f'SELECT "Id" FROM "{sobject}" WHERE "{key}" = ?', (id,)).fetchall()
            for (one,) in rows:
                draft.tx.delete_setup(one)


def _group(item: Item) -> dict[str, Any]:
    assert item.node is not None
    bosses = item.node.flag("doesIncludeBosses") if item.node.has("doesIncludeBosses") else True
    return {"Name": item.node.value("name"), "Type": "Regular", "DoesIncludeBosses": bosses}


def _queue(item: Item) -> dict[str, Any]:
    assert item.node is not None
    node = item.node
    return {"Name": node.value("name"), "Type": "Queue", "Email": node.value("email") or None,
            "DoesSendEmailToMembers": node.flag("doesSendEmailToMembers"), "DoesIncludeBosses": False}  # fmt: skip


def _members(node: Node, draft: Draft) -> tuple[list[str], list[str]]:
    """The Ids of the members of a queue, and what is wrong with those that are none."""
    given = node.find("queueMembers")
    found: list[str] = []
    unknown: list[str] = []
    for tag, (entry, kind) in _MEMBERS.items():
        for name in _names(given, tag, entry):
            id = _member(draft, kind, name)
            if id is None:
                unknown.append(f"In field: {entry} - no {entry} named {name} found")
            else:
                found.append(id)
    return found, unknown


def _names(given: Node | None, tag: str, entry: str) -> Iterator[str]:
    for one in given.all(tag) if given is not None else ():
        for child in one.all(entry):
            yield child.text.strip()


def _member(draft: Draft, kind: str | None, name: str) -> str | None:
    if kind is None:
        sql = 'SELECT "Id" FROM "User" WHERE "Username" = ? COLLATE NOCASE'
        row = draft.tx.connection.execute(sql, (name,)).fetchone()
        return row[0] if row else None
    sql = 'SELECT "Id" FROM "Group" WHERE "Type" = ? AND "DeveloperName" = ? COLLATE NOCASE'
    row = draft.tx.connection.execute(sql, (kind, name)).fetchone()
    return row[0] if row else None


def _id_of(draft: Draft, sobject: str, name: str) -> str | None:
    sql = f'SELECT "Id" FROM "{sobject}" WHERE "DeveloperName" = ? COLLATE NOCASE'
    row = draft.tx.connection.execute(sql, (name,)).fetchone()
    return row[0] if row else None
