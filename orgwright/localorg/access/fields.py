"""Field-level security: which fields a profile opens without a word, and how grants are named.

Custom fields and some standard ones are closed to everybody until a permission opens them. The other standard fields
that have permissions are open to every standard profile, Minimum Access excepted: so say the profiles that new orgs
hand out. Fields without permissions (required ones, names, owners, system fields) are open to everybody.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from orgwright.localorg.access.profiles import (
    ACTIVITIES,
    CLOSED_LICENSES,
    CLOSED_PROFILES,
    FOLLOWERS,
    GRANTED_OBJECTS,
)
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.store.tables import quote

FieldKey = tuple[str, str]
"""Lower-case names of object and field."""
FieldRight = Literal["read", "edit"]

_READ_ONLY = frozenset(
    (sobject.lower(), name.lower())
    for sobject, names in {
        "Account": ("CleanStatus", "DandbCompanyId", "DunsNumber", "NaicsCode", "NaicsDesc", "Tradestyle", "YearStarted"),
        "Case": ("IsEscalated", "SuppliedCompany", "SuppliedEmail", "SuppliedName", "SuppliedPhone"),
        "Contact": ("CleanStatus",),
        "Contract": ("ActivatedById", "ActivatedDate"),
        "Idea": ("Status",),
        "Lead": ("CleanStatus", "CompanyDunsNumber", "DandbCompanyId"),
        "Order": ("ActivatedById", "ActivatedDate"),
    }.items()
    for name in names
)  # fmt: skip
"""Standard fields that profiles open for reading only. ``Case.AccountId`` is left out, though profiles list it so: users
do set it."""


def has_permissions(sobject: SObjectType, field: Field) -> bool:
    """Whether profiles and permission sets decide on the field; others are open to everybody."""
    return sobject.kind in ("object", "big") and field.permissionable


def _opened_by_profiles(sobject: SObjectType, field: Field, right: FieldRight) -> bool:
    """Whether a profile that opens fields and says nothing about this one gives that right to it."""
    if field.custom or sobject.custom or field.hidden:
        return False
    if right == "read":
        return True
    writable = field.createable or field.updateable or field.type == "address"
    return writable and not any(key in _READ_ONLY for key in grant_keys(sobject, field))


def grant_keys(sobject: SObjectType, field: Field) -> Iterator[FieldKey]:
    """The names under which a field is granted: its own, and for a part of an address or location the whole."""
    owner = sobject.name.lower()
    yield owner, field.name.lower()
    if field.compound_field_name:
        yield owner, field.compound_field_name.lower()


def _texts(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


_OPENS = (
    f'p."Name" NOT IN ({_texts(CLOSED_PROFILES)}) AND COALESCE(p."UserLicenseId", \'\') NOT IN'
    f' (SELECT "Id" FROM "UserLicense" WHERE "Name" IN ({_texts(CLOSED_LICENSES)}))'
)
"""The SQL of whether a profile ``p`` opens standard fields."""


@dataclass(frozen=True)
class ProfileFields:
    """What one profile gives of fields: ``said`` holds the rights to those that it says something about."""

    opens: bool
    said: Mapping[FieldKey, frozenset[FieldRight]]

    def gives(self, sobject: SObjectType, field: Field, right: FieldRight) -> bool:
        """Whether the profile gives that right to a field that has permissions."""
        told = [self.said[key] for key in grant_keys(sobject, field) if key in self.said]
        if told:
            return any(right in rights for rights in told)
        return self.opens and _opened_by_profiles(sobject, field, right)


NO_PROFILE = ProfileFields(opens=False, said={})


def of_profile(connection: sqlite3.Connection, profile_id: str | None) -> ProfileFields:
    """Read what a profile gives; nobody's profile (``None``) gives nothing."""
    found = connection.execute(f'SELECT {_OPENS} FROM "Profile" p WHERE p."Id" = ?', (profile_id,)).fetchone()
    said = connection.execute(
        'SELECT f."SobjectType", f."Field", f."PermissionsRead", f."PermissionsEdit" FROM "FieldPermissions" f'
        ' JOIN "PermissionSet" s ON s."Id" = f."ParentId" WHERE s."ProfileId" = ?',
        (profile_id,),
    )
    rights = {field_key(name, path): field_rights(read, edit) for name, path, read, edit in said}
    return ProfileFields(bool(found and found[0]), rights)


def field_key(sobject: str, path: str) -> FieldKey:
    """The names in a row of FieldPermissions, whose field is ``Account.Phone``."""
    return sobject.lower(), path.rpartition(".")[2].lower()


def field_rights(read: object, edit: object) -> frozenset[FieldRight]:
    """The rights that a row of FieldPermissions gives: who may edit a field may read it."""
    return frozenset(("read", "edit")) if edit else frozenset(("read",)) if read else frozenset()


def rows(schema: Schema, sobject: SObjectType) -> str:
    """The SQL of FieldPermissions as queries see them: what is stored and grants something, and what profiles open."""
    opened = json.dumps(list(_opened(schema))).replace("'", "''")
    values = {
        "Id": "text_id('01k', s.\"Id\" || f.path)", "ParentId": 's."Id"', "SobjectType": "f.sobject", "Field": "f.path",
        "PermissionsEdit": "f.editable", "PermissionsRead": "1", "SystemModstamp": 's."SystemModstamp"',
    }  # fmt: skip
    stored = [f.name for f in sobject.fields.values() if f.stored]
    return (
        "(WITH f(sobject, path, editable) AS MATERIALIZED (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'),"
        f" json_extract(value, '$[2]') FROM json_each('{opened}'))"
        f' SELECT {", ".join(map(quote, stored))} FROM "FieldPermissions" WHERE "PermissionsRead" OR "PermissionsEdit"'
        f" UNION ALL SELECT {', '.join(f'{values[name]} AS {quote(name)}' for name in stored)}"
        ' FROM "PermissionSet" s JOIN "Profile" p ON p."Id" = s."ProfileId" JOIN f'
        ' LEFT JOIN "FieldPermissions" x ON x."ParentId" = s."Id" AND x."Field" = f.path'
        f' WHERE {_OPENS} AND x."Id" IS NULL)'
    )


def _opened(schema: Schema) -> Iterator[tuple[str, str, int]]:
    """Object, field as FieldPermissions names it, and whether it is editable: what profiles open by themselves."""
    for name in sorted((*GRANTED_OBJECTS, *FOLLOWERS, *ACTIVITIES)):
        sobject = schema.sobject(name)
        for field in sobject.fields.values() if sobject is not None else ():
            if sobject is None or not has_permissions(sobject, field) or field.compound_field_name:
                continue
            if _opened_by_profiles(sobject, field, "read"):
                editable = _opened_by_profiles(sobject, field, "edit")
                yield sobject.name, f"{sobject.name}.{field.name}", int(editable)
