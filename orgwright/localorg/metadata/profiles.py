"""Profiles as a retrieve shows them: what they say about the components that are in the same package.

Metadata API Developer Guide, "Profile": a profile's file has its settings for exactly the classes, fields, objects, tabs and
so on that the manifest names, those that are off too; its user permissions come always.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from orgwright.localorg.access.fields import has_permissions, of_profile
from orgwright.localorg.access.profiles import GRANTED_OBJECTS
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.metadata.document import Node, make
from orgwright.localorg.metadata.handlers.permissions import (
    PROFILE_NAMES,
    profile_of,
    profile_row_name,
    user_permissions,
)
from orgwright.localorg.metadata.pagelayouts import own_layout
from orgwright.localorg.schema.schema import Schema
from orgwright.metadata.component import Component

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

_OBJECT_FLAGS = (
    ("allowCreate", "PermissionsCreate"),
    ("allowDelete", "PermissionsDelete"),
    ("allowEdit", "PermissionsEdit"),
    ("allowRead", "PermissionsRead"),
    ("modifyAllRecords", "PermissionsModifyAllRecords"),
    ("viewAllRecords", "PermissionsViewAllRecords"),
)
_ACCESSES = (("classAccesses", "apexClass", "ApexClass"), ("pageAccesses", "apexPage", "ApexPage"),
             ("customPermissions", "name", "CustomPermission"))  # fmt: skip
# Kept in the profile's document only: the list, its key, the type of what it names, and what it says when nobody said anything.
_KEPT: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
    ("applicationVisibilities", "application", "CustomApplication", {"default": "false", "visible": "false"}),
    ("tabVisibilities", "tab", "CustomTab", {"visibility": "Hidden"}),
    ("recordTypeVisibilities", "recordType", "RecordType", {"default": "false", "visible": "false"}),
)


def shown(tx: Transaction, name: str, package: Iterable[Component]) -> Node | None:
    """The document of a profile for a package with those components; ``None`` when there is no such profile."""
    found = profile_of(tx, profile_row_name(name))
    if found is None:
        return None
    parent = found.set_id
    names: dict[str, list[str]] = {}
    for component in package:
        names.setdefault(component.type, []).append(component.name)
    stored = Components(tx).get("Profile", name)
    kept = stored.node if stored is not None else Node("Profile")
    children = [*_accesses(tx, parent, names), *_objects(tx, parent, names), *_fields(tx, found.id, names)]
    children += [*_kept(kept, names, tx.schema), *_user_permissions(tx, parent)]
    children += [
        make("custom", "false" if name in PROFILE_NAMES else "true"),
        make("userLicense", found.license),
    ]
    children += [child for child in kept.children if child.tag == "description"]
    return make("Profile", "", *children)


def _rows(tx: Transaction, sobject: str, names: str, key: str, value: str) -> list[dict[str, Any]]:
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    found = tx.query(f"SELECT {names} FROM {sobject} WHERE {key} = '{quoted}'", access="system").records
    return [dict(row.fields) for row in found]


def _flag(value: object) -> str:
    return "true" if value else "false"


def _accesses(tx: Transaction, parent: str, names: Mapping[str, list[str]]) -> Iterator[Node]:
    granted = {row["SetupEntityId"] for row in _rows(tx, "SetupEntityAccess", "SetupEntityId", "ParentId", parent)}
    components = Components(tx)
    for tag, key, kind in _ACCESSES:
        for name in names.get(kind, ()):
            stored = components.get(kind, name)
            if stored is not None:
                yield make(tag, "", make(key, stored.name), make("enabled", _flag(stored.id in granted)))


def _objects(tx: Transaction, parent: str, names: Mapping[str, list[str]]) -> Iterator[Node]:
    columns = ", ".join(column for _, column in _OBJECT_FLAGS)
    rows = {
        row["SobjectType"]: row for row in _rows(tx, "ObjectPermissions", f"SobjectType, {columns}", "ParentId", parent)
    }
    (everything,) = _rows(tx, "PermissionSet", "PermissionsModifyAllData", "Id", parent) or ({},)
    for name in names.get("CustomObject", ()):
        target = tx.schema.sobject(name)
        if target is None or target.custom_setting:
            continue
        if target.name not in GRANTED_OBJECTS and not target.name.lower().endswith("__c"):
            continue
        row = rows.get(target.name)
        if row is None and not everything.get("PermissionsModifyAllData"):
            continue
        flags = (make(flag, _flag(row[column] if row else True)) for flag, column in _OBJECT_FLAGS)
        yield make("objectPermissions", "", *flags, make("object", target.name))


def _fields(tx: Transaction, profile_id: str, names: Mapping[str, list[str]]) -> Iterator[Node]:
    profile = of_profile(tx.connection, profile_id)
    for name in names.get("CustomField", ()):
        sobject, _, field_name = name.partition(".")
        target = tx.schema.sobject(sobject)
        field = target.field(field_name) if target is not None else None
        if target is None or field is None or not has_permissions(target, field):
            continue
        yield make(
            "fieldPermissions",
            "",
            make("editable", _flag(profile.gives(target, field, "edit"))),
            make("field", f"{target.name}.{field.name}"),
            make("readable", _flag(profile.gives(target, field, "read"))),
        )


def _kept(profile: Node, names: Mapping[str, list[str]], schema: Schema) -> Iterator[Node]:
    for tag, key, kind, default in _KEPT:
        said = {node.value(key).lower(): node for node in profile.all(tag)}
        for name in names.get(kind, ()):
            yield said.get(name.lower()) or make(tag, "", make(key, name), *(make(*pair) for pair in default.items()))
    yield from _layouts(profile, names.get("Layout", ()), schema)


def _layouts(profile: Node, names: Collection[str], schema: Schema) -> Iterator[Node]:
    """What the profile assigns of the layouts; an object for which it says nothing shows its own one."""
    known = {name.lower() for name in names}
    said = profile.all("layoutAssignments")
    yield from (node for node in said if node.value("layout").lower() in known)
    objects = {node.value("layout").partition("-")[0].lower() for node in said if not node.has("recordType")}
    for name in names:
        if name.partition("-")[0].lower() not in objects and own_layout(schema, name) is not None:
            yield make("layoutAssignments", "", make("layout", name))


def _user_permissions(tx: Transaction, parent: str) -> Iterator[Node]:
    sobject = tx.schema.sobject("PermissionSet")
    known = [f"Permissions{name}" for name in sorted(user_permissions())]
    columns = [name for name in known if sobject is not None and sobject.field(name) is not None]
    rows = _rows(tx, "PermissionSet", ", ".join(columns), "Id", parent) if columns else []
    for row in rows:
        for column in columns:
            if row[column]:
                yield make(
                    "userPermissions", "", make("enabled", "true"), make("name", column.removeprefix("Permissions"))
                )
