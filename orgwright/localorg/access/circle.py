"""Who a user is to sharing: the owners whose records are open to him, and the shares and rules that reach him.

Follows the Record-Level Access documentation: whoever stands above a user in the role hierarchy has the access that
the user has; a share to a group reaches its members, and those above them unless the group says otherwise.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

EVERYBODY = "everybody"
"""Stands for all internal users."""
CHILDREN = {"Opportunity": "OpportunityAccessForAccountOwner", "Case": "CaseAccessForAccountOwner",
            "Contact": "ContactAccessForAccountOwner"}  # fmt: skip
"""Objects whose records the owner of their account sees, as far as the role says."""


@dataclass(frozen=True)
class Circle:
    """What sharing knows of one user."""

    owners: frozenset[str] = frozenset()
    """The user, those below in the hierarchy, and the queues of all of them."""
    reached: frozenset[str] = frozenset()
    """Users, groups and roles (see :func:`role`) such that what is shared with them is shared with the user."""
    account_owners: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """By child object and level (``Read``, ``Edit``): those of ``owners`` whose roles open the children of their accounts."""


def role(id: str) -> str:
    """The members of a role."""
    return f"role {id}"


def branch(id: str) -> str:
    """The members of a role and of all roles below."""
    return f"branch {id}"


@dataclass(frozen=True)
class _Group:
    kind: str
    related: str | None
    bosses: bool


class People:
    """All users, roles and groups of an org at one moment."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.roles: dict[str, str | None] = {}
        self._opens: dict[str, dict[str, str]] = {}
        columns = ", ".join(f'"{name}"' for name in CHILDREN.values())
        for id, parent, *levels in connection.execute(f'SELECT "Id", "ParentRoleId", {columns} FROM "UserRole"'):
            self.roles[id] = parent
            self._opens[id] = dict(zip(CHILDREN, levels, strict=True))
        self.users: dict[str, str | None] = dict(connection.execute('SELECT "Id", "UserRoleId" FROM "User"'))
        self._groups = {
            id: _Group(kind or "", related, bool(bosses))
            for id, kind, related, bosses in connection.execute(
                'SELECT "Id", "Type", "RelatedId", "DoesIncludeBosses" FROM "Group"'
            )
        }
        self._within: dict[str, list[str]] = defaultdict(list)
        """The groups that a user or group is a member of."""
        for group, member in connection.execute('SELECT "GroupId", "UserOrGroupId" FROM "GroupMember"'):
            self._within[member].append(group)
        self._of_role: dict[tuple[str, str], list[str]] = defaultdict(list)
        for id, one in self._groups.items():
            if one.related:
                self._of_role[one.kind, one.related].append(id)

    def above(self, role_id: str | None) -> list[str]:
        """A role and all roles over it."""
        found: list[str] = []
        while role_id is not None and role_id not in found and role_id in self.roles:
            found.append(role_id)
            role_id = self.roles[role_id]
        return found

    def below(self, user_id: str) -> set[str]:
        """The users under a user in the hierarchy."""
        own = self.users.get(user_id)
        if own is None:
            return set()
        return {user for user, held in self.users.items() if held != own and own in self.above(held)}

    def memberships(self, user_id: str) -> set[str]:
        """All that stands for the user in a share or rule: himself, his groups, his role."""
        held = self.users.get(user_id)
        found = {user_id, EVERYBODY}
        found.update(id for id, one in self._groups.items() if one.kind in ("Organization", "AllInternal"))
        for n, one in enumerate(self.above(held)):
            found.add(branch(one))
            found.update(self._of_role["RoleAndSubordinates", one])
            found.update(self._of_role["RoleAndSubordinatesInternal", one])
            if n == 0:
                found.add(role(one))
                found.update(self._of_role["Role", one])
        waiting = list(found)
        while waiting:
            for group in self._within.get(waiting.pop(), ()):
                if group not in found:
                    found.add(group)
                    waiting.append(group)
        return found

    def passes_up(self, token: str) -> bool:
        """Whether those above a member have what is shared with it."""
        group = self._groups.get(token)
        return group is None or group.kind != "Regular" or group.bosses

    def queue(self, token: str) -> bool:
        """Whether it is a queue, which may own records."""
        return token in self._groups and self._groups[token].kind == "Queue"

    def members(self, tokens: Iterable[str]) -> set[str]:
        """The users for whom one of these stands, and the queues among these."""
        wanted = set(tokens)
        found = {user for user in self.users if not wanted.isdisjoint(self.memberships(user))}
        return found | {token for token in wanted if self.queue(token)}

    def opens(self, user_id: str, child: str) -> str:
        """What the role of an account's owner lets him do with the children: None, Read or Edit."""
        held = self.users.get(user_id)
        return (self._opens.get(held, {}).get(child) if held else None) or "None"


def circle_of(people: People, user_id: str) -> Circle:
    """The circle of a user."""
    below = people.below(user_id)
    owners = {user_id, *below}
    reached = people.memberships(user_id)
    for user in below:
        reached.update(token for token in people.memberships(user) if people.passes_up(token))
    owners.update(token for token in reached if people.queue(token))
    opened = {
        (child, level): frozenset(o for o in owners if people.opens(o, child) in levels)
        for child in CHILDREN
        for level, levels in (("Read", ("Read", "Edit")), ("Edit", ("Edit",)))
    }
    return Circle(frozenset(owners), frozenset(reached), opened)
