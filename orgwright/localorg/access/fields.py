"""Field-level security: which fields a profile opens without a word, and how grants are named.

Custom fields and some standard ones are closed to everybody until a permission opens them. The other standard fields
that have permissions are open to every standard profile, Minimum Access excepted: so say the profiles that new orgs
hand out. Fields without permissions (required ones, names, owners, system fields) are open to everybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from orgwright.localorg.access.profiles import ACTIVITIES, FOLLOWERS, GRANTED_OBJECTS
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.store.tables import quote

FieldKey = tuple[str, str]
"""Lower-case names of object and field."""
FieldRight = Literal["read", "edit"]

CLOSED_PROFILES = frozenset(
    ("Minimum Access - Salesforce", "Minimum Access - API Only Integrations", "Salesforce API Only System Integrations")
)
"""Standard profiles that open no field."""

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


def opened_by_profiles(sobject: SObjectType, field: Field, right: FieldRight) -> bool:
    """Whether a profile that says nothing about the field gives that right to it."""
    if field.custom or sobject.custom or field.hidden:
        return False
    return right == "read" or not any(key in _READ_ONLY for key in grant_keys(sobject, field))


def grant_keys(sobject: SObjectType, field: Field) -> Iterator[FieldKey]:
    """The names under which a field is granted: its own, and for a part of an address or location the whole."""
    owner = sobject.name.lower()
    yield owner, field.name.lower()
    if field.compound_field_name:
        yield owner, field.compound_field_name.lower()


def rows(schema: Schema, sobject: SObjectType) -> str:
    """The SQL of FieldPermissions as queries see them: what is stored and grants something, and what profiles open."""
    opened = json.dumps(list(_opened(schema))).replace("'", "''")
    closed = ", ".join(f"'{name}'" for name in sorted(CLOSED_PROFILES))
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
        f' WHERE p."Name" NOT IN ({closed}) AND x."Id" IS NULL)'
    )


def _opened(schema: Schema) -> Iterator[tuple[str, str, int]]:
    """Object, field as FieldPermissions names it, and whether it is editable: what profiles open by themselves."""
    for name in sorted((*GRANTED_OBJECTS, *FOLLOWERS, *ACTIVITIES)):
        sobject = schema.sobject(name)
        for field in sobject.fields.values() if sobject is not None else ():
            if sobject is None or not has_permissions(sobject, field) or field.compound_field_name:
                continue
            if opened_by_profiles(sobject, field, "read"):
                writable = field.createable or field.updateable or field.type == "address"
                yield (
                    sobject.name,
                    f"{sobject.name}.{field.name}",
                    int(writable and opened_by_profiles(sobject, field, "edit")),
                )
