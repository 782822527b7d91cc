"""Permission sets, profiles and custom permissions: the rows that rights are read from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from orgwright.localorg.access.profiles import BASES, LICENSES
from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.document import Node, make
from orgwright.localorg.metadata.draft import Draft
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.schema.model import Field, SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_OBJECT_FLAGS = {
    "allowRead": ("PermissionsRead", "Read"),
    "allowCreate": ("PermissionsCreate", "Create"),
    "allowEdit": ("PermissionsEdit", "Edit"),
    "allowDelete": ("PermissionsDelete", "Delete"),
    "viewAllRecords": ("PermissionsViewAllRecords", "View All"),
    "modifyAllRecords": ("PermissionsModifyAllRecords", "Modify All"),
}
_NEEDS = {
    "allowCreate": ("allowRead",),
    "allowEdit": ("allowRead",),
    "allowDelete": ("allowRead", "allowEdit"),
    "viewAllRecords": ("allowRead",),
    "modifyAllRecords": ("allowRead", "allowEdit", "allowDelete", "viewAllRecords"),
}
_READ_NEEDS = {
    "Opportunity": "Account",
    "Contract": "Account",
    "Order": "Account",
    "Quote": "Opportunity",
}
_GRANTED_WHEN_OFF = frozenset({"Order"})
"""Objects that public projects grant in orgs whose settings leave them off, and deploy: the grant waits for the setting."""
# What a list of a permission set names, and the component that it must find there.
_REFERENCES = {
    "classAccesses": ("apexClass", "ApexClass"),
    "pageAccesses": ("apexPage", "ApexPage"),
    "customPermissions": ("name", "CustomPermission"),
    "applicationVisibilities": ("application", "CustomApplication"),
    "recordTypeVisibilities": ("recordType", "RecordType"),
}
_ACCESS_TYPES = {"classAccesses": "ApexClass", "pageAccesses": "ApexPage", "customPermissions": "CustomPermission"}
_KEYS = {
    "objectPermissions": "object", "fieldPermissions": "field", "userPermissions": "name", "tabSettings": "tab",
    "tabVisibilities": "tab", "layoutAssignments": "layout", "externalCredentialPrincipalAccesses": "externalCredentialPrincipal",
    **{tag: key for tag, (key, _) in _REFERENCES.items()},
}  # fmt: skip
_TAB_SETTINGS = {
    "Visible": "DefaultOn",
    "DefaultOn": "DefaultOn",
    "Available": "DefaultOff",
    "DefaultOff": "DefaultOff",
}
"""``Visibility`` of a PermissionSetTabSetting by what permission sets and profiles say; a hidden tab has no row."""
PROFILE_NAMES = {
    "Admin": "System Administrator",
    "Standard": "Standard User",
    "ReadOnly": "Read Only",
    "ContractManager": "Contract Manager",
    "MarketingProfile": "Marketing User",
    "SolutionManager": "Solution Manager",
    "Guest": "Guest",
}
"""Metadata names of standard profiles and the names of their rows."""
_METADATA_NAMES = {row: name for name, row in PROFILE_NAMES.items()}


def profile_row_name(name: str) -> str:
    """The name of a profile's row by its metadata name: ``Standard``, ``Custom%3A Sales Profile``."""
    return PROFILE_NAMES.get(name) or unquote(name)


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def profile_metadata_name(row_name: str) -> str:
    """The metadata name of a profile by its row's name: ``Standard``, ``Custom%3A Sales Profile``."""
    return _METADATA_NAMES.get(row_name) or re.sub(r"[^\w -]", _escaped, row_name)


@cache
def user_permissions() -> frozenset[str]:
    """The names of all user permissions."""
    text = resources.files("orgwright.localorg.metadata").joinpath("data/user_permissions.txt").read_text("utf-8")
    return frozenset(text.split())


def check(node: Node, draft: Draft) -> Iterator[Problem]:
    """All that is wrong with the grants of a permission set or profile."""
    for grant in node.all("objectPermissions"):
        yield from _check_object(grant, node, draft)
    for grant in node.all("fieldPermissions"):
        yield from _check_field(grant, draft)
    for grant in node.all("userPermissions"):
        if grant.value("name") not in user_permissions():
            text = f"Unknown user permission: {grant.value('name')}"
            yield Problem(text, grant.line, grant.column, unknown=True)
    for tag, (key, kind) in _REFERENCES.items():
        for grant in node.all(tag):
            name = grant.value(key)
            if kind == "CustomApplication" and name.startswith("standard__"):
                continue
            if not draft.has(kind, name):
                text = f"In field: {key} - no {kind} named {name} found"
                yield Problem(text, grant.line, grant.column, unknown=True)
    for grant in node.all("externalCredentialPrincipalAccesses"):
        yield from _check_principal(grant, draft)


def _check_object(grant: Node, node: Node, draft: Draft) -> Iterator[Problem]:
    name = grant.value("object")
    target = draft.sobject(name)
    if target is None:
        if name in _GRANTED_WHEN_OFF:
            return
        text = f"In field: object - no CustomObject named {name} found"
        yield Problem(text, grant.line, grant.column, unknown=True)
        return
    label = target.label
    for flag, needed in _NEEDS.items() if target.kind != "big" else ():
        missing = [n for n in needed if grant.flag(flag) and not grant.flag(n)]
        if missing:
            wants = ", ".join(f"{_OBJECT_FLAGS[n][1]} {label}" for n in missing)
            text = f"Permission {_OBJECT_FLAGS[flag][1]} {label} depends on permission(s): {wants}"
            yield Problem(text, grant.line, grant.column)
    parents = {f.reference_to[0] for f in target.fields.values() if f.custom and f.master_detail}
    if target.name in _READ_NEEDS:
        parents.add(_READ_NEEDS[target.name])
    for parent in sorted(parents):
        granted = any(
            g.value("object").lower() == parent.lower() and g.flag("allowRead") for g in node.all("objectPermissions")
        )
        other = draft.sobject(parent)
        if grant.flag("allowRead") and not granted and other is not None:
            yield Problem(
                f"Permission Read {label} depends on permission(s): Read {other.label}", grant.line, grant.column
            )


def _check_field(grant: Node, draft: Draft) -> Iterator[Problem]:
    name = grant.value("field")
    sobject_name, _, field_name = name.partition(".")
    target = draft.sobject(sobject_name)
    field = target.field(field_name) if target else None
    if target is None or field is None:
        if target is not None and (field_name in ("Name", "Address") or target.field(f"{field_name}Id") is not None):
            return
        text = f"In field: field - no CustomField named {name} found"
        yield Problem(text, grant.line, grant.column, unknown=True)
    elif field.master_detail or _must_stay(field, target):
        yield Problem(f"You cannot deploy to a required field: {name}", grant.line, grant.column)


def _must_stay(field: Field, target: SObjectType) -> bool:
    """Whether everybody may edit the field in any case. Projects do name the name of a custom object, and deploy."""
    return (field.required and not field.name_field) or (
        field.name_field and not field.auto_number and not target.custom
    )


def _check_principal(grant: Node, draft: Draft) -> Iterator[Problem]:
    name = grant.value("externalCredentialPrincipal")
    credential, _, principal = name.rpartition("-")
    stored = draft.components.get("ExternalCredential", credential)
    principals = set()
    if stored is not None:
        principals = {
            p.value("parameterName")
            for p in stored.node.all("externalCredentialParameters")
            if p.value("parameterType").endswith("Principal")
        }
    if principal not in principals:
        text = f"In field: externalCredentialPrincipal - no ExternalCredentialPrincipal named {name} found"
        yield Problem(text, grant.line, grant.column)


class Grants:
    """Writes the rows of one permission set; of a profile's own one if ``profile``."""

    def __init__(self, draft: Draft, parent: str, *, profile: bool = False) -> None:
        self._draft, self._parent, self._profile = draft, parent, profile
        self._tx = draft.tx

    def rows(self, sobject: str, field: str) -> dict[str, str]:
        """The Ids of the stored rows by one of their fields."""
        if not self._tx.has_table(sobject):
            return {}
        sql = f'SELECT "{field}", "Id" FROM "{sobject}" WHERE "ParentId" = ?'
        return {str(key): str(id) for key, id in self._tx.sql(sql, (self._parent,))}

    def clear(self) -> None:
        """Take every grant away."""
        for sobject in _GRANTS:
            for id in self.rows(sobject, "Id"):
                self._tx.delete_setup(id)

    def write(self, node: Node) -> None:
        """Add the grants of a document; a grant that is there already is changed."""
        self._objects(node)
        self._fields(node)
        self._accesses(node)
        self._tabs(node)
        flags = {f"Permissions{g.value('name')}": g.flag("enabled") for g in node.all("userPermissions")}
        kind = self._tx.schema.sobject("PermissionSet")
        known = {name: value for name, value in flags.items() if kind is not None and kind.field(name) is not None}
        if known:
            self._tx.update_setup(self._parent, known)

    def _objects(self, node: Node) -> None:
        known = self.rows("ObjectPermissions", "SobjectType")
        for grant in node.all("objectPermissions"):
            target = self._draft.sobject(grant.value("object"))
            name = grant.value("object") if target is None else target.name
            values: dict[str, Any] = {column: grant.flag(flag) for flag, (column, _) in _OBJECT_FLAGS.items()}
            if name in known:
                self._tx.update_setup(known[name], values)
            elif any(values.values()):
                self._tx.insert_setup("ObjectPermissions", {"ParentId": self._parent, "SobjectType": name, **values})

    def _fields(self, node: Node) -> None:
        known = self.rows("FieldPermissions", "Field")
        for grant in node.all("fieldPermissions"):
            sobject_name, _, name = grant.value("field").partition(".")
            target = self._draft.sobject(sobject_name)
            assert target is not None
            field = target.field(name) or target.field(f"{name}Id")
            full = f"{target.name}.{field.name if field else name}"
            edit = grant.flag("editable")
            values = {"PermissionsRead": grant.flag("readable") or edit, "PermissionsEdit": edit}
            if field is not None and (field.calculated or field.auto_number):
                values["PermissionsEdit"] = False  # taken without a word: nobody can edit such a field
            if full in known:
                self._tx.update_setup(known[full], values)
            elif any(values.values()) or (self._profile and field is not None and not field.custom):
                # a profile opens standard fields by itself: that it does not is worth a row
                row = {"ParentId": self._parent, "SobjectType": target.name, "Field": full, **values}
                self._tx.insert_setup("FieldPermissions", row)

    def _tabs(self, node: Node) -> None:
        known = self.rows("PermissionSetTabSetting", "Name")
        for grant in (*node.all("tabSettings"), *node.all("tabVisibilities")):
            name, shown = grant.value("tab"), _TAB_SETTINGS.get(grant.value("visibility"))
            if shown is None:
                if name in known:
                    self._tx.delete_setup(known[name])
            elif name in known:
                self._tx.update_setup(known[name], {"Visibility": shown})
            else:
                row = {"ParentId": self._parent, "Name": name, "Visibility": shown}
                self._tx.insert_setup("PermissionSetTabSetting", row)

    def _accesses(self, node: Node) -> None:
        known = self.rows("SetupEntityAccess", "SetupEntityId")
        for tag, kind in _ACCESS_TYPES.items():
            key = _REFERENCES[tag][0]
            for grant in node.all(tag):
                stored = self._draft.components.get(kind, grant.value(key))
                if stored is None:
                    continue
                enabled = grant.flag("enabled")
                if enabled and stored.id not in known:
                    row = {"ParentId": self._parent, "SetupEntityId": stored.id, "SetupEntityType": kind}
                    self._tx.insert_setup("SetupEntityAccess", row)
                elif not enabled and stored.id in known:
                    self._tx.delete_setup(known[stored.id])


class PermissionSetHandler(Handler):
    """Permission sets: a deploy replaces all that the set grants. Muting ones take away what their group grants."""

    rank = 80

    def __init__(self, kind: str = "Regular") -> None:
        self.kind = kind

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        problems = list(check(node, draft))
        if len(node.value("label")) > 80:
            problems.append(
                Problem(f"Label: data value too large: {node.value('label')} (max length=80)", node.line, node.column)
            )
        node = draft.accepted(item, problems)
        draft.flush()
        fields: dict[str, Any] = {"Label": node.value("label"), "Description": node.value("description") or None}
        if old is not None:
            id = old.id
            draft.tx.update_setup(id, fields)
        else:
            fields |= {"Name": item.name, "IsCustom": True, "IsOwnedByProfile": False, "Type": self.kind}
            fields["HasActivationRequired"] = node.flag("hasActivationRequired")
            id = draft.tx.insert_setup("PermissionSet", fields)
        grants = Grants(draft, id)
        grants.clear()
        grants.write(node)
        return id

    def delete(self, stored: Stored, draft: Draft) -> None:
        text = f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = '{stored.id}'"
        for row in draft.tx.query(text, access="system").records:
            draft.tx.delete_setup(row.fields["Id"])
        Grants(draft, stored.id).clear()
        draft.tx.delete_setup(stored.id)


class ProfileHandler(Handler):
    """Profiles: a deploy changes what it names and leaves the rest."""

    rank = 81

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        found = profile_of(draft.tx, profile_row_name(item.name))
        node = draft.accepted(item, [*check(node, draft), *_check_license(node, found)])
        draft.flush()
        profile_id, set_id = (found.id, found.set_id) if found is not None else _cloned(item.name, node, draft.tx)
        Grants(draft, set_id, profile=True).write(node)
        if old is not None:
            item.node = merge(old.node, node)
        return profile_id

    def exists(self, name: str, draft: Draft) -> bool:
        return profile_of(draft.tx, profile_row_name(name)) is not None


_DEFAULT_LICENSE = "Salesforce"
_GRANTS = ("ObjectPermissions", "FieldPermissions", "SetupEntityAccess", "PermissionSetTabSetting")
_OF_THE_ROW = ("Id", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")


@dataclass(frozen=True)
class ProfileRow:
    """A profile of the org: its Id, that of the permission set which holds its grants, the name of its licence."""

    id: str
    set_id: str
    license: str


def profile_of(tx: Transaction, row_name: str) -> ProfileRow | None:
    """The profile whose row has that name."""
    sql = (
        'SELECT p."Id", s."Id", l."Name" FROM "Profile" p JOIN "PermissionSet" s ON s."ProfileId" = p."Id"'
        ' LEFT JOIN "UserLicense" l ON l."Id" = p."UserLicenseId" WHERE p."Name" = ? COLLATE NOCASE'
    )
    found = tx.sql(sql, (row_name,))
    return ProfileRow(str(found[0][0]), str(found[0][1]), found[0][2] or _DEFAULT_LICENSE) if found else None


def _check_license(node: Node, found: ProfileRow | None) -> Iterator[Problem]:
    """A profile has its licence for good; a new one needs one that the org has."""
    given = node.find("userLicense")
    if given is None:
        return
    if found is not None:
        if found.license.lower() != given.text.lower():
            yield Problem("You can't change a profile's user license.", given.line, given.column, unknown=True)
    elif given.text not in {name for name, *_ in LICENSES}:
        text = f"In field: userLicense - no UserLicense named {given.text} found"
        yield Problem(text, given.line, given.column, unknown=True)
    elif given.text not in BASES:
        yield Problem("You can not create custom Guest profiles.", given.line, given.column, unknown=True)


def _cloned(name: str, node: Node, tx: Transaction) -> tuple[str, str]:
    """Clone the profile that new ones of the licence begin as; the Ids of the clone and of what holds its grants."""
    base = profile_of(tx, BASES[node.value("userLicense") or _DEFAULT_LICENSE])
    assert base is not None
    profile_id = _clone(tx, "Profile", base.id, {"Name": profile_row_name(name), "Description": None})
    own = {"Name": f"X{profile_id}", "Label": profile_id, "ProfileId": profile_id}
    set_id = _clone(tx, "PermissionSet", base.set_id, own)
    for sobject in _GRANTS:
        if not tx.has_table(sobject):
            continue
        for row in tx.sql(f'SELECT "Id" FROM "{sobject}" WHERE "ParentId" = ?', (base.set_id,)):
            _clone(tx, sobject, row[0], {"ParentId": set_id})
    return profile_id, set_id


def _clone(tx: Transaction, sobject: str, id: str, changes: Mapping[str, Any]) -> str:
    """A copy of a row with some other values; its Id."""
    kind = tx.schema.sobject(sobject)
    assert kind is not None
    plan = tx.type_plan(kind)
    record = plan.typed(tx.fetch(plan, [id])[id])
    values = {name: v for name, v in record.fields.items() if v is not None and name not in _OF_THE_ROW}
    return tx.insert_setup(sobject, {**values, **changes})


def merge(old: Node, new: Node) -> Node:
    """The old document with what the new one says: list entries by their key, other elements by name."""

    def key(node: Node) -> tuple[str, str]:
        return node.tag, node.value(_KEYS[node.tag]).lower() if node.tag in _KEYS else ""

    chosen = {_object_of(one) for one in new.all("recordTypeVisibilities") if one.flag("default")}
    merged = {key(child): _undone(child) if _object_of(child) in chosen else child for child in old.children}
    merged.update((key(child), child) for child in new.children)
    return Node(new.tag, new.line, new.column, children=list(merged.values()))


def _object_of(visibility: Node) -> str:
    """The lower-case object of a record type that a profile shows; empty for another element."""
    shows = visibility.tag == "recordTypeVisibilities"
    return visibility.value("recordType").partition(".")[0].lower() if shows else ""


def _undone(visibility: Node) -> Node:
    """The same record type, no more the default: an object has one."""
    if not visibility.flag("default"):
        return visibility
    rest = (child for child in visibility.children if child.tag != "default")
    return make(visibility.tag, "", make("default", "false"), *rest)


class CustomPermissionHandler(Handler):
    """Custom permissions: rows that permission sets give access to."""

    rank = 45

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        fields: dict[str, Any] = {
            "MasterLabel": node.value("label"),
            "Description": node.value("description") or None,
            "IsLicensed": node.flag("isLicensed"),
        }
        if old is not None:
            draft.tx.update_setup(old.id, fields)
            return old.id
        return draft.tx.insert_setup("CustomPermission", {"DeveloperName": item.name, "Language": "en_US", **fields})

    def delete(self, stored: Stored, draft: Draft) -> None:
        text = f"SELECT Id FROM SetupEntityAccess WHERE SetupEntityId = '{stored.id}'"
        for row in draft.tx.query(text, access="system").records:
            draft.tx.delete_setup(row.fields["Id"])
        draft.tx.delete_setup(stored.id)
