"""The packages that a Dev Hub has made, as the objects of push upgrades show them: with their versions, and who has them installed.

Object Reference, ``MetadataPackage``, ``MetadataPackageVersion`` and ``PackageSubscriber``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from orgwright.localorg.hub.packages.tables import INSTALLED
from orgwright.localorg.metadata.tooling.kept import all_of
from orgwright.localorg.soql.context import VirtualTable
from orgwright.localorg.soql.tree import Query

if TYPE_CHECKING:
    from orgwright.localorg.org import Org
    from orgwright.localorg.transaction import Transaction

Row = dict[str, Any]
_PACKAGE, _VERSION, _SUBSCRIBER = "MetadataPackage", "MetadataPackageVersion", "PackageSubscriber"
NAMES = (_PACKAGE, _VERSION, _SUBSCRIBER)
_NUMBERS = ("MajorVersion", "MinorVersion", "PatchVersion", "BuildNumber")
_PREFIX = "ZVH"
"""Of PackageSubscriber in the facts; no source tells the real one."""
_STATUS = {"scratch": "Trial", "developer": "Free"}


def tables(tx: Transaction, soql: str, query: Query, binds: Mapping[str, Any]) -> dict[str, VirtualTable]:
    """The tables of a query that names one of these objects."""
    versions = [one for one in all_of(tx, "Package2Version") if not one["IsDeleted"]]
    packages = {one["Id"]: one for one in all_of(tx, "Package2") if not one["IsDeleted"]}
    made: dict[str, Iterator[Row]] = {
        _PACKAGE: (_package(one) for one in packages.values()),
        _VERSION: (_version(one, packages[one["Package2Id"]]) for one in versions if one["Package2Id"] in packages),
    }
    if _SUBSCRIBER.lower() in soql.lower():
        made[_SUBSCRIBER] = _subscribers(tx, {one["SubscriberPackageId"] for one in packages.values()})
    found = {}
    for name, rows in made.items():
        sobject = tx.schema.sobject(name)
        if sobject is not None:
            found[name.lower()] = VirtualTable(sobject, list(rows))
    return found


def _package(one: Row) -> Row:
    return {"Id": one["SubscriberPackageId"], "Name": one["Name"], "NamespacePrefix": one["NamespacePrefix"],
            "PackageCategory": "Package2", "SystemModstamp": one["SystemModstamp"]}  # fmt: skip


def _version(one: Row, package: Row) -> Row:
    return {"Id": one["SubscriberPackageVersionId"], "Name": one["Name"], "MetadataPackageId": package["SubscriberPackageId"],
            "ReleaseState": "Released" if one["IsReleased"] else "Beta", "IsDeprecated": one["IsDeprecated"],
            "SystemModstamp": one["SystemModstamp"], **{name: one[name] for name in _NUMBERS}}  # fmt: skip


def _subscribers(tx: Transaction, own: set[str]) -> Iterator[Row]:
    """The installations of these packages in the orgs of the server."""
    if tx.org.hub is None or not own:
        return
    for org in tx.org.hub.orgs():
        with org.read(org.record.admin_id) as other:
            installed = [one for one in all_of(other, INSTALLED) if one["SubscriberPackageId"] in own]
            facts = _org(other, org) if installed else {}
        for one in installed:
            yield {"Id": _PREFIX + one["Id"][3:], "MetadataPackageId": one["SubscriberPackageId"], "InstalledStatus": "i",
                   "MetadataPackageVersionId": one["SubscriberPackageVersionId"], "SystemModstamp": one["SystemModstamp"],
                   **facts}  # fmt: skip


def _org(tx: Transaction, org: Org) -> Row:
    row = tx.query("SELECT Name, InstanceName FROM Organization", access="system").records[0].fields
    kind = org.record.kind
    return {"OrgKey": org.record.id, "OrgName": row["Name"], "InstanceName": row["InstanceName"],
            "OrgStatus": _STATUS.get(kind, "Active"), "OrgType": "Sandbox" if kind in ("sandbox", "scratch") else "Production",
            "ParentOrg": None}  # fmt: skip
