"""What a user may do: profile and permission sets, worked out once and kept until they change.

System permissions are the names of the ``Permissions...`` fields without the prefix. Custom fields that were
deployed are hidden from everybody, administrators too, until a profile or permission set grants them: so do real
orgs when a field comes through the Metadata API. :mod:`.fields` tells which standard fields profiles open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from orgwright.localorg.access.fields import (
    NO_PROFILE,
    FieldKey,
    FieldRight,
    ProfileFields,
    field_key,
    field_rights,
    grant_keys,
    has_permissions,
    of_profile,
)
from orgwright.localorg.access.profiles import ACTIVITIES, FOLLOWERS, GRANTED_OBJECTS
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.store.tables import quote

_OBJECT_RIGHTS = {
    "read": "PermissionsRead",
    "create": "PermissionsCreate",
    "edit": "PermissionsEdit",
    "delete": "PermissionsDelete",
    "view all": "PermissionsViewAllRecords",
    "modify all": "PermissionsModifyAllRecords",
}
API_PERMISSION = "ApiEnabled"
_OPEN_KINDS = frozenset(("metadata", "setting"))
_SETS = (
    'SELECT "PermissionSetId" FROM "PermissionSetAssignment" WHERE "AssigneeId" = ?'
    ' UNION SELECT p."Id" FROM "PermissionSet" p JOIN "User" u ON u."ProfileId" = p."ProfileId" WHERE u."Id" = ?'
)
_USER = 'SELECT "IsActive", "ProfileId" FROM "User" WHERE "Id" = ?'


@dataclass(frozen=True)
class UserRights:
    """The rights of one user."""

    user_id: str
    permissions: frozenset[str]
    objects: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Rights (read, create ... view all, modify all) by lower-case object name."""
    readable: frozenset[FieldKey] = frozenset()
    editable: frozenset[FieldKey] = frozenset()
    profile: ProfileFields = NO_PROFILE
    """What the profile gives of fields by itself."""
    custom: frozenset[str] = frozenset()
    """Lower-case names of custom permissions."""
    version: int = 0
    entities: frozenset[str] = frozenset()
    """Ids of the Apex classes, pages and other set-up entities that the user may use."""
    active: bool = True
    _readable: dict[str, tuple[SObjectType, tuple[Field, ...]]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def key(self) -> tuple[str, int]:
        """What tells these rights from others, for caches."""
        return self.user_id, self.version

    def has(self, permission: str) -> bool:
        """Whether the user has a system permission such as ``ModifyAllData``."""
        return permission in self.permissions

    def can(self, right: str, sobject: SObjectType) -> bool:
        """Whether the user may ``read``, ``create``, ``edit`` or ``delete`` records of the type."""
        if sobject.kind in _OPEN_KINDS:
            return right == "read" or self.has("CustomizeApplication") or self.has("ModifyAllData")
        if self.has("ModifyAllData") or (right == "read" and self.has("ViewAllData")):
            return True
        if right in self.objects.get(sobject.name.lower(), ()):
            return True
        if sobject.custom or sobject.name in GRANTED_OBJECTS:
            return False
        if sobject.name in FOLLOWERS:
            needed = right if right == "read" else "edit"
            return needed in self.objects.get(FOLLOWERS[sobject.name].lower(), ())
        if sobject.name in ACTIVITIES:
            return self.has("ActivitiesAccess" if right == "read" else ACTIVITIES[sobject.name])
        return right == "read" or self._setup(sobject)

    def sees_all(self, sobject: SObjectType, level: str) -> bool:
        """Whether sharing does not matter: the user may ``read``, ``edit`` or dispose of (``full``) all records."""
        if self.has("ModifyAllData") or (level == "read" and self.has("ViewAllData")):
            return True
        granted = self.objects.get(sobject.name.lower(), frozenset())
        return "modify all" in granted or (level == "read" and "view all" in granted)

    def _setup(self, sobject: SObjectType) -> bool:
        return self.has("ManageUsers") if sobject.name in SETUP_OBJECTS else True

    def reads(self, sobject: SObjectType) -> bool:
        """Whether the user may read records of the type."""
        return self.can("read", sobject)

    def reads_field(self, sobject: SObjectType, name: str) -> bool:
        """Whether the user may read the field."""
        return self._field(sobject, name, "read")

    def readable_fields(self, sobject: SObjectType) -> tuple[Field, ...]:
        """The fields of a type that the user may read, worked out once: every record that is asked for whole needs them."""
        known = self._readable.get(sobject.name)
        if known is None or known[0] is not sobject:
            read = self.reads(sobject)
            found = tuple(f for f in sobject.fields.values() if read and self.reads_field(sobject, f.name))
            known = self._readable[sobject.name] = sobject, found
        return known[1]

    def edits_field(self, sobject: SObjectType, name: str) -> bool:
        """Whether the user may write the field, as far as rights go."""
        if self.has("EditReadonlyFields"):
            return self._field(sobject, name, "read")
        return self._field(sobject, name, "edit")

    def _field(self, sobject: SObjectType, name: str, right: FieldRight) -> bool:
        found = sobject.field(name)
        if found is None or not has_permissions(sobject, found):
            return True
        granted = self.readable if right == "read" else self.editable
        if any(key in granted for key in grant_keys(sobject, found)):
            return True
        return self.profile.gives(sobject, found, right)


SETUP_OBJECTS = frozenset(
    [
        "User",
        "Profile",
        "PermissionSet",
        "PermissionSetAssignment",
        "ObjectPermissions",
        "FieldPermissions",
        "SetupEntityAccess",
        "UserRole",
        "Group",
        "GroupMember",
        "QueueSobject",
        "CustomPermission",
    ]
)
"""Objects whose records are set-up: they need Manage Users to be written, and tests see them without SeeAllData."""


@dataclass(frozen=True)
class Grants:
    """What permission sets give together."""

    permissions: frozenset[str] = frozenset()
    objects: frozenset[tuple[str, str]] = frozenset()
    readable: frozenset[FieldKey] = frozenset()
    editable: frozenset[FieldKey] = frozenset()
    custom: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    """Ids of set-up entities: Apex classes, pages, custom permissions ..."""

    def __or__(self, other: Grants) -> Grants:
        return Grants(*(getattr(self, name) | getattr(other, name) for name in self.__dataclass_fields__))

    def __sub__(self, other: Grants) -> Grants:
        return Grants(*(getattr(self, name) - getattr(other, name) for name in self.__dataclass_fields__))


def load(connection: sqlite3.Connection, user_id: str, version: int) -> UserRights:
    """Read the rights of a user from profile, permission sets and permission set groups."""
    found = _grants(connection, _own_sets(connection, user_id))
    for members, muting in _groups(connection, user_id):
        found |= _grants(connection, members) - _grants(connection, muting)
    objects: dict[str, set[str]] = {}
    for name, right in found.objects:
        objects.setdefault(name, set()).add(right)
    active, profile = connection.execute(_USER, (user_id,)).fetchone() or (False, None)
    return UserRights(
        user_id,
        found.permissions,
        {name: frozenset(granted) for name, granted in objects.items()},
        found.readable,
        found.editable,
        of_profile(connection, profile),
        found.custom,
        version,
        found.entities,
        bool(active),
    )


def _own_sets(connection: sqlite3.Connection, user_id: str) -> list[str]:
    return [id for (id,) in connection.execute(_SETS, (user_id, user_id)) if id]


def sets_of(connection: sqlite3.Connection, user_id: str) -> list[str]:
    """The Ids of the permission sets that a user has: his own, his profile's and those of his groups."""
    grouped = (id for members, _ in _groups(connection, user_id) for id in members)
    return [*_own_sets(connection, user_id), *grouped]


def _groups(connection: sqlite3.Connection, user_id: str) -> list[tuple[list[str], list[str]]]:
    """For each permission set group of a user its permission sets, and those that mute some of them."""
    tables = "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('PermissionSetGroup', 'PermissionSetGroupComponent')"
    if connection.execute(tables).fetchone()[0] < 2:
        return []
    found: dict[str, tuple[list[str], list[str]]] = {}
    rows = connection.execute(
        'SELECT c."PermissionSetGroupId", c."PermissionSetId", p."Type" FROM "PermissionSetGroupComponent" c'
        ' JOIN "PermissionSetAssignment" a ON a."PermissionSetGroupId" = c."PermissionSetGroupId"'
        ' JOIN "PermissionSet" p ON p."Id" = c."PermissionSetId" WHERE a."AssigneeId" = ? AND c."IsDeleted" = 0',
        (user_id,),
    )
    for group, member, kind in rows:
        members, muting = found.setdefault(group, ([], []))
        (muting if kind == "Muting" else members).append(member)
    return list(found.values())


def _grants(connection: sqlite3.Connection, sets: list[str]) -> Grants:
    if not sets:
        return Grants()
    marks = ", ".join("?" * len(sets))
    objects: set[tuple[str, str]] = set()
    rows = connection.execute(
        f'SELECT "SobjectType", {", ".join(map(quote, _OBJECT_RIGHTS.values()))}'
        f' FROM "ObjectPermissions" WHERE "ParentId" IN ({marks})',
        sets,
    )
    for name, *flags in rows:
        objects.update((str(name).lower(), right) for right, flag in zip(_OBJECT_RIGHTS, flags, strict=True) if flag)
    readable: set[FieldKey] = set()
    editable: set[FieldKey] = set()
    rows = connection.execute(
        'SELECT "SobjectType", "Field", "PermissionsRead", "PermissionsEdit" FROM "FieldPermissions"'
        f' WHERE "ParentId" IN ({marks})',
        sets,
    )
    for name, path, read, edit in rows:
        given = field_rights(read, edit)
        if "read" in given:
            readable.add(field_key(name, path))
        if "edit" in given:
            editable.add(field_key(name, path))
    entities = connection.execute(
        f'SELECT "SetupEntityId" FROM "SetupEntityAccess" WHERE "ParentId" IN ({marks})', sets
    )
    return Grants(
        _permissions(connection, sets),
        frozenset(objects),
        frozenset(readable),
        frozenset(editable),
        _custom(connection, sets),
        frozenset(str(id) for (id,) in entities),
    )


def _permissions(connection: sqlite3.Connection, sets: list[str]) -> frozenset[str]:
    found: set[str] = set()
    marks = ", ".join("?" * len(sets))
    cursor = connection.execute(f'SELECT * FROM "PermissionSet" WHERE "Id" IN ({marks})', sets)
    names = [column[0] for column in cursor.description]
    for row in cursor:
        found.update(
            name.removeprefix("Permissions")
            for name, value in zip(names, row, strict=True)
            if value == 1 and name.startswith("Permissions")
        )
    return frozenset(found)


def _custom(connection: sqlite3.Connection, sets: list[str]) -> frozenset[str]:
    marks = ", ".join("?" * len(sets))
    rows = connection.execute(
        'SELECT c."DeveloperName" FROM "SetupEntityAccess" a JOIN "CustomPermission" c ON c."Id" = a."SetupEntityId"'
        f' WHERE a."ParentId" IN ({marks})',
        sets,
    )
    return frozenset(str(name).lower() for (name,) in rows)
