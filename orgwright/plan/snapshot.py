"""What an org has of the components of a connector, read in few calls.

Declarative components come from ``readMetadata()``: it shows what is there whatever the caller's field-level security
(a describe hides fields that no permission set of the caller opens). Fields are read with their objects, ten objects a
call. Code, the service user and his permission sets are one composite call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote as url_quote

from orgwright.metadata import Component, xml
from orgwright.org import Answer, ApiError, Request, quote
from orgwright.plan.facts import Facts, facts_of
from orgwright.spec.model import Connector

CODE = ("ApexClass", "ApexTrigger")
_UNKNOWN = frozenset({"INVALID_TYPE"})


class MetadataReader(Protocol):
    """The part of the Metadata API that is needed."""

    def read(self, type: str, names: Sequence[str]) -> Mapping[str, xml.Element]:
        """Named components of a type; what is not there is absent."""


class Org(Protocol):
    """The part of ``OrgClient`` that is needed."""

    @property
    def metadata(self) -> MetadataReader:
        """The Metadata API."""

    def composite(self, requests: Sequence[Request]) -> list[Answer]:
        """Sub-requests in one call."""


@dataclass(frozen=True)
class Code:
    """An Apex class or trigger of the org."""

    status: str
    body: str | None = None


@dataclass(frozen=True)
class User:
    """The service user as the org has him."""

    active: bool
    email: str
    profile: str
    license: str
    permission_sets: frozenset[str]


@dataclass(frozen=True)
class Snapshot:
    """What the org has, by (type, name in lower case)."""

    components: Mapping[tuple[str, str], Facts]
    code: Mapping[tuple[str, str], Code] = field(default_factory=dict)
    user: User | None = None
    edition: str | None = None
    packages: frozenset[str] = frozenset()
    """Namespaces of the installed packages that were asked for, in lower case."""

    def facts(self, component: Component) -> Facts | None:
        """The facts that the org has of a component; None: it has no such component."""
        return self.components.get((component.type, component.name.lower()))


def take(org: Org, connector: Connector, components: Iterable[Component]) -> Snapshot:
    """Read from an org what it has of the given components, and of the connector's user.

    Raises:
        ApiError: the org refuses a call. A metadata type that the org does not know counts as absent.
    """
    every = list(components)
    found: dict[tuple[str, str], Facts] = {}
    for type, names in _wanted(every).items():
        for name, record in _read(org, type, names).items():
            found |= _records(type, name, record)
    namespaces = [package.namespace for package in connector.requires.packages if package.namespace]
    packages = _read(org, "InstalledPackage", namespaces) if namespaces else {}
    code, user, edition = _queried(org, connector, every)
    return Snapshot(found, code, user, edition, frozenset(name.lower() for name in packages))


def _read(org: Org, type: str, names: Sequence[str]) -> Mapping[str, xml.Element]:
    try:
        return org.metadata.read(type, names)
    except ApiError as fault:
        if fault.code.rpartition(":")[2] not in _UNKNOWN:
            raise
        return {}


def _wanted(components: Iterable[Component]) -> dict[str, list[str]]:
    """Names to read, by type: fields with their objects, settings by their own types."""
    wanted: dict[str, dict[str, None]] = {}
    for component in components:
        if component.type in CODE:
            continue
        if component.type == "CustomField":
            wanted.setdefault("CustomObject", {})[component.name.partition(".")[0]] = None
        elif component.type == "Settings":
            wanted.setdefault(f"{component.name}Settings", {})[component.name] = None
        else:
            wanted.setdefault(component.type, {})[component.name] = None
    return {type: list(names) for type, names in wanted.items()}


def _records(type: str, name: str, record: xml.Element) -> dict[tuple[str, str], Facts]:
    if type.endswith("Settings") and "." not in name and type == f"{name}Settings":
        return {("Settings", name.lower()): facts_of("Settings", record)}
    if type != "CustomObject":
        return {(type, name.lower()): facts_of(type, record)}
    found: dict[tuple[str, str], Facts] = {}
    for child in list(record):
        if not isinstance(child.tag, str):
            continue
        if xml.local(child) == "fields":
            own = xml.text(child, "fullName")
            found["CustomField", f"{name}.{own}".lower()] = facts_of("CustomField", child)
        if xml.local(child) in _CHILDREN:
            record.remove(child)
    found[type, name.lower()] = facts_of(type, record)
    return found


_CHILDREN = frozenset(
    [
        "actionOverrides",
        "businessProcesses",
        "compactLayouts",
        "fieldSets",
        "fields",
        "indexes",
        "listViews",
        "recordTypes",
        "searchLayouts",
        "sharingReasons",
        "sharingRecalculations",
        "validationRules",
        "webLinks",
        "profileSearchLayouts",
    ]
)


def _queried(
    org: Org, connector: Connector, components: Sequence[Component]
) -> tuple[dict[tuple[str, str], Code], User | None, str | None]:
    queries = {"org": "SELECT OrganizationType FROM Organization"}
    for type in CODE:
        names = [component.name for component in components if component.type == type]
        if names:
            queries[type] = (
                f"SELECT Name, Status, Body FROM {type} WHERE NamespacePrefix = null AND Name IN ({', '.join(map(quote, names))})"
            )
    user = connector.access.user
    if user is not None:
        name = quote(user.username)
        queries["user"] = (
            f"SELECT IsActive, Email, Profile.Name, Profile.UserLicense.Name FROM User WHERE Username = {name}"
        )
        queries["sets"] = f"SELECT PermissionSet.Name FROM PermissionSetAssignment WHERE Assignee.Username = {name}"
    answers = org.composite([Request(f"/query?q={url_quote(soql)}") for soql in queries.values()])
    rows = {key: _rows(answer, queries[key]) for key, answer in zip(queries, answers, strict=True)}
    code = {
        (type, row["Name"].lower()): Code(row["Status"], row["Body"]) for type in CODE for row in rows.get(type, ())
    }
    return (
        code,
        _user(rows.get("user", []), rows.get("sets", [])),
        rows["org"][0]["OrganizationType"] if rows["org"] else None,
    )


def _rows(answer: Answer, soql: str) -> list[dict[str, Any]]:
    if answer.status >= 400:
        first = answer.body[0] if isinstance(answer.body, list) and answer.body else {}
        raise ApiError(
            str(first.get("message", "the query failed")),
            code=str(first.get("errorCode", "UNKNOWN")),
            status=answer.status,
            request=soql,
        )
    rows: list[dict[str, Any]] = answer.body["records"]
    return rows


def _user(found: Sequence[Mapping[str, Any]], sets: Sequence[Mapping[str, Any]]) -> User | None:
    if not found:
        return None
    row = found[0]
    profile = row["Profile"] or {}
    return User(
        bool(row["IsActive"]),
        row["Email"] or "",
        profile.get("Name") or "",
        (profile.get("UserLicense") or {}).get("Name") or "",
        frozenset(item["PermissionSet"]["Name"] for item in sets if item["PermissionSet"]),
    )
