"""What an org has of the components of a connector, read in few calls.

Components come by one ``retrieve()``, however many they are: it shows what is there whatever the caller's field-level
security (a describe hides fields that no permission set of the caller opens), and says who changed what. The org itself, the
service user, licences and the records of earlier applies are queries in composite calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote as url_quote

from orgwright.metadata import Component, xml
from orgwright.org import Answer, ApiError, Request, quote
from orgwright.org.metadata import DeployOptions, DeployResult, MetadataItem, Retrieved
from orgwright.plan import facts
from orgwright.plan.facts import Facts
from orgwright.plan.record import CODE, PREFIX, Key, Record, key_of, parse
from orgwright.plan.requirements import Asked
from orgwright.spec.model import Connector, ServiceUser

_INSTALLED = "installed"


class MetadataReader(Protocol):
    """The part of the Metadata API that is needed."""

    def retrieve(self, wanted: Mapping[str, Sequence[str]]) -> Retrieved:
        """Named components by type; what is not there is absent."""

    def list(self, types: Sequence[str]) -> Sequence[MetadataItem]:
        """All components of some types."""

    def deploy(self, package: bytes, options: DeployOptions) -> DeployResult:
        """Deploy a package, or only find out whether the org would take it."""


class Org(Asked, Protocol):
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
class Licence:
    """A kind of user licence: how many there are, how many are taken."""

    total: int
    used: int


@dataclass(frozen=True)
class Custom:
    """A custom field that an object of the connector has already, ours or not."""

    name: str
    type: str
    external_id: bool

    @classmethod
    def of(cls, name: str, found: Facts) -> Custom:
        """The field that has these facts."""
        return cls(name, found.get("type", ""), found.get("externalId") == "true")


class Declared(Mapping[Key, Facts]):
    """The declarative components of an org. Their facts are worked out when somebody asks: an object has hundreds of fields
    that a connector never names."""

    def __init__(self, components: Iterable[Component]) -> None:
        self._components = {key_of(component): component for component in components}

    def __getitem__(self, key: Key) -> Facts:
        return facts.of_component(self._components[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._components)

    def __len__(self) -> int:
        return len(self._components)


@dataclass(frozen=True)
class Snapshot:
    """What the org has, by (type, name in lower case)."""

    components: Mapping[Key, Facts]
    code: Mapping[Key, Code] = field(default_factory=dict)
    user: User | None = None
    edition: str | None = None
    packages: frozenset[str] = frozenset()
    """Namespaces of the installed packages that were asked for, in lower case."""
    objects: frozenset[str] = frozenset()
    """Names in lower case: custom objects, events and metadata types of the org, and the standard objects asked for."""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of the custom fields by object in lower case, of the objects asked for."""
    packaged: frozenset[Key] = frozenset()
    """Components that an installed package alone can change."""
    modified: Mapping[Key, tuple[str, str]] = field(default_factory=dict)
    """Who changed a component last, and when."""
    licences: Mapping[str, Licence] = field(default_factory=dict)
    profile: bool | None = None
    """Whether the profile of the service user is there; None: nobody asked."""
    records: Mapping[str, Record] = field(default_factory=dict)
    """Records of the last applies, by connector."""

    def facts(self, component: Component) -> Facts | None:
        """The facts that the org has of a component; None: it has no such component."""
        return self.components.get(key_of(component))

    def custom_fields(self, owner: str) -> dict[str, Custom]:
        """The custom fields of an object, those of packages left out, by name in lower case."""
        names = [name for name in self.fields.get(owner.lower(), ()) if name.count("__") == 1]
        return {
            name.lower(): Custom.of(name, self.components["CustomField", f"{owner}.{name}".lower()]) for name in names
        }

    def has(self, key: Key) -> bool:
        """Whether the org has a component."""
        return key in (self.code if key[0] in CODE else self.components)


def take(org: Org, connector: Connector, components: Iterable[Component]) -> Snapshot:
    """Read from an org what it has of the given components, of the connector's user, and of what it requires.

    Raises:
        ApiError: the org refuses a call. A metadata type that the org does not know counts as absent.
        RecordUnreadable: a record of an earlier apply cannot be read.
    """
    answers = _Asked(org, connector.access.user)
    wanted = _wanted([component.key for component in components])
    namespaces = [package.namespace for package in connector.requires.packages if package.namespace]
    found = _retrieve(org, wanted, answers.records, namespaces)
    every = [item for item in org.metadata.list(["CustomObject"]) if item.type == "CustomObject"]
    return _snapshot(found, answers, every)


def read(org: Org, connectors: Sequence[str] = ()) -> Snapshot:
    """Read the records of earlier applies, and what the org has of the components that they name.

    Args:
        connectors: only these; empty: all that the org has.

    Raises:
        ApiError, RecordUnreadable: as with ``take``.
    """
    answers = _Asked(org, None)
    known = _snapshot(_retrieve(org, {}, answers.records, ()), answers, ()).records
    chosen = [record for name, record in known.items() if not connectors or name in connectors]
    wanted = _wanted([(one.type, one.name) for record in chosen for one in record.components.values()])
    return _snapshot(_retrieve(org, wanted, answers.records, ()), answers, ())


class _Asked:
    """The queries, answered."""

    def __init__(self, org: Org, user: ServiceUser | None) -> None:
        queries = {
            "org": "SELECT OrganizationType FROM Organization",
            "records": "SELECT Name, LastModifiedDate, LastModifiedBy.Name FROM StaticResource "
            f"WHERE NamespacePrefix = null AND Name LIKE '{PREFIX[:-1]}\\_%'",
            "licences": "SELECT Name, TotalLicenses, UsedLicenses FROM UserLicense WHERE Status = 'Active'",
        }
        if user is not None:
            name = quote(user.username)
            queries["user"] = (
                f"SELECT IsActive, Email, Profile.Name, Profile.UserLicense.Name FROM User WHERE Username = {name}"
            )
            queries["sets"] = f"SELECT PermissionSet.Name FROM PermissionSetAssignment WHERE Assignee.Username = {name}"
            queries["profile"] = (
                f"SELECT Id FROM Profile WHERE Name = {quote(user.profile)} AND UserLicense.Name = {quote(user.license)}"
            )
        answers = org.composite([Request(f"/query?q={url_quote(soql)}") for soql in queries.values()])
        rows = {key: _rows(answer, queries[key]) for key, answer in zip(queries, answers, strict=True)}
        self.edition = rows["org"][0]["OrganizationType"] if rows["org"] else None
        self.records = {
            row["Name"]: (row["LastModifiedDate"] or "", (row["LastModifiedBy"] or {}).get("Name") or "")
            for row in rows["records"]
        }
        self.licences = {r["Name"]: Licence(int(r["TotalLicenses"]), int(r["UsedLicenses"])) for r in rows["licences"]}
        self.user = _user(rows.get("user", []), rows.get("sets", []))
        self.profile = bool(rows["profile"]) if "profile" in rows else None


def _wanted(keys: Iterable[Key]) -> dict[str, list[str]]:
    """Names to retrieve, by type: fields with their whole objects, which also tell how many there are."""
    wanted: dict[str, dict[str, None]] = {}
    for type, name in keys:
        wanted.setdefault(type, {})[name] = None
        if type == "CustomField":
            wanted.setdefault("CustomObject", {})[name.partition(".")[0]] = None
    return {type: list(names) for type, names in wanted.items()}


def _retrieve(
    org: Org, wanted: Mapping[str, Sequence[str]], records: Iterable[str], namespaces: Sequence[str]
) -> Retrieved:
    more = {"InstalledPackage": list(namespaces), "StaticResource": list(records)}
    members = {type: [*wanted.get(type, ()), *more.get(type, ())] for type in dict.fromkeys((*wanted, *more))}
    return org.metadata.retrieve({type: names for type, names in members.items() if names})


def _snapshot(found: Retrieved, asked: _Asked, every: Iterable[MetadataItem]) -> Snapshot:
    declared: list[Component] = []
    code: dict[Key, Code] = {}
    fields: dict[str, list[str]] = {}
    records: dict[str, Record] = {}
    for component in found.components:
        key = key_of(component)
        if component.type in CODE:
            code[key] = _code(component)
        elif component.type == "StaticResource" and component.name in asked.records:
            modified, by = asked.records[component.name]
            record = parse(component.body, component.name, modified=modified, modified_by=by)
            records[record.connector] = record
        else:
            declared.append(component)
            if component.type == "CustomField" and component.name.endswith("__c"):
                owner, _, name = component.name.partition(".")
                fields.setdefault(owner.lower(), []).append(name)
    components = Declared(declared)
    own = {key[1] for key in components if key[0] == "CustomObject"}
    return Snapshot(
        components=components,
        code=code,
        user=asked.user,
        edition=asked.edition,
        packages=frozenset(name for type, name in components if type == "InstalledPackage"),
        objects=frozenset({item.name.lower() for item in every if "__" in item.name} | own),
        fields={owner: tuple(seen) for owner, seen in fields.items()},
        packaged=frozenset((i.type, i.name.lower()) for i in found.items if i.managed == _INSTALLED),
        modified={(i.type, i.name.lower()): (i.last_modified_by, i.last_modified) for i in found.items},
        licences=asked.licences,
        profile=asked.profile,
        records=records,
    )


def _code(component: Component) -> Code:
    meta = xml.parse(component.meta, name=component.name) if component.meta else None
    status = (xml.text(meta, "status") if meta is not None else "") or "Active"
    return Code(status, component.body.decode("utf-8", "replace"))


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


def names(snapshot: Snapshot, suffix: str) -> Iterator[str]:
    """Names of the org's own and its packages' objects with a suffix (``__e``)."""
    yield from (name for name in snapshot.objects if name.endswith(suffix))
