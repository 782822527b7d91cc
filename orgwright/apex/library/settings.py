"""Static methods of custom settings and custom metadata types (Apex Reference Guide, Custom Settings Methods)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.registry import native
from orgwright.apex.runtime import types
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.sobject import SObject, from_record
from orgwright.apex.runtime.tokens import SObjectType, rtype_of
from orgwright.apex.runtime.values import Id, parse_id


def _rows(execution: Any, type_name: str) -> list[SObject]:
    """All records with all fields. They are read without counting a query, as from the org's cache."""
    token: SObjectType = execution.types.get(type_name)
    info = token.info
    assert info is not None
    fields = ", ".join(field.name for field in info.fields.values() if field.type not in ("address", "location"))
    records = execution.host.query(f"SELECT {fields} FROM {type_name}", {}, access="system", all_rows=False)
    return [from_record(record, execution.types) for record in records]


_NEW = 22.0
"""The API version since which a setting that nobody has is a new record."""


def _is_metadata(type_name: str) -> bool:
    return type_name.endswith("__mdt")


def _owner_of(rows: list[SObject], owner: str | None) -> SObject | None:
    wanted = None if owner is None else parse_id(owner)
    return next((row for row in rows if wanted is not None and row.fields.get("SetupOwnerId") == wanted), None)


def _merged(execution: Any, type_name: str, owner: str, levels: list[SObject | None]) -> SObject | None:
    """The record of an owner, the first of the levels; what it does not set comes from the levels above it.

    Where the owner has none it is a new record for the owner, which can be inserted; classes of API 21 and below get null
    where no level has one (Hierarchy Custom Setting Methods).
    """
    own, *above = levels
    if all(level is None for level in levels) and (execution.caller_version or _NEW) < _NEW:
        return None
    made = SObject(execution.types.get(type_name))
    if own is None:
        made.fields["SetupOwnerId"] = Id(owner)
    for level in reversed(above):
        for name, value in level.fields.items() if level is not None else ():
            if value is not None and name.endswith("__c"):
                made.fields[name] = value
    if own is not None:
        made.fields.update({name: value for name, value in own.fields.items() if value is not None})
    return made


@native("SObject.getInstance()", context=True)
def get_instance(execution: Any, type_name: str) -> SObject | None:
    """A hierarchy setting for the running user; an empty record when nothing is set."""
    return _for_user(execution, type_name, execution.host.user.id, execution.host.user.profile_id)


def _for_user(execution: Any, type_name: str, user: str | None, profile: str | None) -> SObject | None:
    rows = _rows(execution, type_name)
    org = execution.host.org.id
    owners = [owner for owner in (user, profile, org) if owner is not None]
    return _merged(execution, type_name, owners[0], [_owner_of(rows, owner) for owner in owners])


@native("SObject.getInstance(String)", "SObject.getInstance(Id)", context=True)
def get_instance_of(execution: Any, type_name: str, key: str | None) -> SObject | None:
    """A hierarchy setting for a user or profile, a list setting or metadata record by name; null if there is none."""
    if key is None:
        return None
    rows = _rows(execution, type_name)
    if _is_metadata(type_name):
        wanted = key.lower()
        return next(
            (
                row
                for row in rows
                if str(row.fields.get("QualifiedApiName") or row.fields.get("DeveloperName") or "").lower() == wanted
                or row.fields.get("Id") == parse_id(key)
            ),
            None,
        )
    owner = parse_id(key)
    if owner is None or execution.host.schema.sobject_of_id(owner) is None:
        return _by_name(rows, key)
    profile = None
    if owner.startswith("005"):
        found = execution.host.query(
            "SELECT ProfileId FROM User WHERE Id = :id", {"id": str(owner)}, access="system", all_rows=False
        )
        profile = found[0].fields.get("ProfileId") if found else None
        return _for_user(execution, type_name, owner, profile)
    return _for_user(execution, type_name, None, owner)


def _by_name(rows: list[SObject], name: str) -> SObject | None:
    return next((row for row in rows if str(row.fields.get("Name") or "").lower() == name.lower()), None)


@native("SObject.getValues(String)", "SObject.getValues(Id)", context=True)
def get_values(execution: Any, type_name: str, key: str | None) -> SObject | None:
    """The record of exactly that owner or name, with nothing merged in."""
    if key is None:
        return None
    rows = _rows(execution, type_name)
    return _owner_of(rows, key) or _by_name(rows, key)


@native("SObject.getOrgDefaults()", context=True)
def get_org_defaults(execution: Any, type_name: str) -> SObject | None:
    org = execution.host.org.id
    return _merged(execution, type_name, org, [_owner_of(_rows(execution, type_name), org)])


@native("SObject.getAll()", context=True)
def get_all(execution: Any, type_name: str) -> Map:
    """List settings by Name, metadata records by their qualified API name; read-only."""
    key = "QualifiedApiName" if _is_metadata(type_name) else "Name"
    pairs = []
    for row in _rows(execution, type_name):
        name = row.fields.get(key) or row.fields.get("DeveloperName")
        pairs.append((name, row))
    made = Map.of(types.map_of(types.STRING, rtype_of(execution.types.get(type_name).name)), pairs)
    made.read_only()
    return made
