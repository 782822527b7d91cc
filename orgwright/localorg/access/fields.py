"""Field-level security: which fields a profile opens without a word, and how grants are named.

Custom fields and some standard ones are closed to everybody until a permission opens them. The other standard fields
that have permissions are open to every standard profile, Minimum Access excepted: so say the profiles that new orgs
hand out. Fields without permissions (required ones, names, owners, system fields) are open to everybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from orgwright.localorg.schema.model import Field, SObjectType

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
