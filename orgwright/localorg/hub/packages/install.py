"""Package versions in subscribers' orgs: installed, brought to another version, uninstalled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orgwright.localorg.hub.packages import contents, ownership
from orgwright.localorg.hub.packages.store import PackageVersion, digest
from orgwright.localorg.hub.packages.tables import INSTALLED
from orgwright.localorg.metadata.tooling import kept

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction

Row = dict[str, Any]
_REQUEST, _UNINSTALL = "PackageInstallRequest", "SubscriberPackageVersionUninstallRequest"
_KEEPING = ("deprecate-only", "DeprecateOnly")


class Refused(Exception):
    """The installation cannot be."""


def install(org: Org, user_id: str, id: str, given: Mapping[str, Any]) -> None:
    """Do what a ``PackageInstallRequest`` asks for; its row becomes SUCCESS, or ERROR with the reasons."""
    errors = ["An unexpected error occurred while the package was installed"]
    try:
        errors = _install(org, user_id, given)
    except Refused as refused:
        errors = [str(refused)]
    finally:
        with org.transaction(user_id) as tx:
            request = kept.get(tx, id)
            assert request is not None
            told = {"errors": [{"message": text} for text in errors]} if errors else None
            kept.put(tx, _REQUEST, {**request, "Status": "ERROR" if errors else "SUCCESS", "Errors": told})


def _install(org: Org, user_id: str, given: Mapping[str, Any]) -> list[str]:
    version = org.hub.packages.get(str(given["SubscriberPackageVersionKey"])) if org.hub is not None else None
    if version is None:
        raise Refused(f"Invalid package version: {given['SubscriberPackageVersionKey']}")
    if version.key and digest(str(given.get("Password") or "")) != version.key:
        raise Refused("The installation key is missing or wrong")
    if org.record.kind == "production" and not version.released:
        raise Refused(
            f"The package version {version.package_name} {version.version} is not released: it can be installed in scratch "
            "orgs and sandboxes only"
        )
    with org.read(user_id) as tx:
        rows = {row["SubscriberPackageId"]: row for row in kept.all_of(tx, INSTALLED)}
    _check_needs(org, version, rows)
    old = rows.get(version.package_id)
    if old is not None:
        _check_upgrade(org, version, old)
    package = contents.read(org.hub.packages.zip(version)) if org.hub is not None else None
    assert package is not None
    brought = contents.members(package)
    with org.read(user_id) as tx:
        errors = ownership.conflicts(tx, version.package_id, brought)
    if errors:
        return errors
    before = [(kind, name) for kind, name in old["Members"]] if old is not None else []
    mine = {ownership.key(one) for one in brought}
    removed = [one for one in before if ownership.key(one) not in mine]
    keeps = str(given.get("UpgradeType") or "") in _KEEPING
    errors = contents.deploy(org, user_id, package, [] if keeps else removed)
    if errors:
        return errors
    deprecated = removed if keeps else []
    with org.transaction(user_id) as tx:
        ownership.take(tx, version.package_id, brought)
        own = old["Id"] if old is not None else next(tx.new_ids("0A3", 1))
        row = {"Id": own, "SubscriberPackageId": version.package_id, "SubscriberPackageVersionId": version.id,
               "MinPackageVersionId": version.id, "Members": [*brought, *deprecated], "Deprecated": deprecated,
               "Needs": list(version.needs)}  # fmt: skip
        kept.put(tx, INSTALLED, row)
    return []


def _check_needs(org: Org, version: PackageVersion, rows: Mapping[str, Row]) -> None:
    assert org.hub is not None
    for need in version.needs:
        wanted = org.hub.packages.get(need)
        row = rows.get(wanted.package_id) if wanted is not None else None
        have = org.hub.packages.get(row["SubscriberPackageVersionId"]) if row is not None else None
        if wanted is None:
            raise Refused(f"This package requires a package version that does not exist: {need}")
        if have is None or have.number < wanted.number:
            raise Refused(
                f"This package requires the following package to be installed: {wanted.package_name}, Version "
                f"{'.'.join(str(part) for part in wanted.number[:3])} or later ({wanted.id})"
            )


def _check_upgrade(org: Org, version: PackageVersion, old: Row) -> None:
    assert org.hub is not None
    have = org.hub.packages.get(old["SubscriberPackageVersionId"])
    if have is not None and have.number > version.number:
        raise Refused(
            f"A newer version of {version.package_name} is installed already: {have.version}. Uninstall it before you "
            f"install {version.version}"
        )


def uninstall(org: Org, user_id: str, id: str, given: Mapping[str, Any]) -> None:
    """Do what an uninstall request asks for; its row becomes Success, or Error with the reasons beside it."""
    errors = ["An unexpected error occurred while the package was uninstalled"]
    try:
        errors = _uninstall(org, user_id, str(given["SubscriberPackageVersionId"])[:15])
    finally:
        with org.transaction(user_id) as tx:
            request = kept.get(tx, id)
            assert request is not None
            kept.put(tx, _UNINSTALL, {**request, "Status": "Error" if errors else "Success"})
            for text in errors:
                own = next(tx.new_ids("0HU", 1))
                kept.put(tx, "PackageVersionUninstallRequestError", {"Id": own, "ParentRequestId": id, "Message": text})


def _uninstall(org: Org, user_id: str, version: str) -> list[str]:
    with org.read(user_id) as tx:
        rows = kept.all_of(tx, INSTALLED)
        row = next((one for one in rows if one["SubscriberPackageVersionId"][:15] == version), None)
        if row is None:
            return [f"The package version {version} is not installed"]
        users = _users_of(tx, row, rows)
    if users:
        return [f"This package can't be uninstalled: it is used by {name}" for name in users]
    errors = contents.remove(org, user_id, [(kind, name) for kind, name in row["Members"]])
    if not errors:
        with org.transaction(user_id) as tx:
            kept.forget(tx, INSTALLED, row["Id"])
    return errors


def _users_of(tx: Transaction, row: Row, rows: list[Row]) -> list[str]:
    """The installed packages that need this one."""
    assert tx.org.hub is not None
    store = tx.org.hub.packages
    found = []
    for other in rows:
        needed = (store.get(need) for need in other.get("Needs", ()))
        if any(one is not None and one.package_id == row["SubscriberPackageId"] for one in needed):
            version = store.get(other["SubscriberPackageVersionId"])
            found.append(version.package_name if version is not None else other["SubscriberPackageId"])
    return found
