"""A package version is built: its metadata is deployed into a throw-away org, its tests run there, and it gets a number.

Salesforce DX Developer Guide, "Create and Update Versions of an Unlocked Package".
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.errors import OrgwrightError
from orgwright.localorg.hub.packages import contents, ownership
from orgwright.localorg.hub.packages.store import PackageStore, PackageVersion, digest
from orgwright.localorg.metadata.package import Package
from orgwright.localorg.metadata.tooling import kept
from orgwright.localorg.schema import edit
from orgwright.localorg.schema.schema import Schema
from orgwright.metadata import zip as archive

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction

log = logging.getLogger("orgwright.localorg")
REQUIRED = 75.0
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})\.(\d{1,6}|NEXT)", re.IGNORECASE)
_REFUSED = ("snapshot", "sourceOrg", "release")
Row = dict[str, Any]


class Failed(Exception):
    """The version cannot be built; each text is an error record of the request."""

    def __init__(self, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


@dataclass(frozen=True)
class Built:
    """What building came to. ``coverage`` is in per cent, ``None`` when nobody asked for it or there is no Apex."""

    coverage: float | None
    percentages: Mapping[str, float]
    passed: bool


def build(org: Org, user_id: str, id: str, given: Mapping[str, Any]) -> None:
    """Build what a ``Package2VersionCreateRequest`` asks for: its row becomes Success with a version, or Error with the reasons."""
    try:
        with org.transaction(user_id) as tx:
            request = kept.get(tx, id)
            assert request is not None
            kept.put(tx, "Package2VersionCreateRequest", {**request, "Status": "InProgress"})
        _build(org, user_id, request, given)
    except (Failed, OrgwrightError) as fault:
        _fail(org, user_id, id, fault.errors if isinstance(fault, Failed) else (str(fault),))
    except Exception:
        _fail(org, user_id, id, ("An unexpected error occurred while the version was built",))
        raise


def _fail(org: Org, user_id: str, id: str, errors: tuple[str, ...]) -> None:
    with org.transaction(user_id) as tx:
        request = kept.get(tx, id)
        assert request is not None
        kept.put(tx, "Package2VersionCreateRequest", {**request, "Status": "Error"})
        for text in errors:
            own = next(tx.new_ids("0Hv", 1))
            kept.put(tx, "Package2VersionCreateRequestError", {"Id": own, "ParentRequestId": id, "Message": text})


def _build(org: Org, user_id: str, request: Row, given: Mapping[str, Any]) -> None:
    started = time.monotonic()
    files = _files(str(given["VersionInfo"]))
    try:
        descriptor: Row = json.loads(files["package2-descriptor.json"])
        data = files["package.zip"]
    except (KeyError, ValueError) as fault:
        raise Failed(f"The version info has no readable {fault}") from None
    for name in _REFUSED:
        if descriptor.get(name):
            raise Failed(f"NOT_SUPPORTED_BY_EMBEDDED_ORG: a package version with {name} is not supported")
    package = contents.read(data)
    if not package.items:
        raise Failed("The package has no metadata")
    assert org.hub is not None
    needs = _needs(org.hub.packages, descriptor)
    with org.read(user_id) as tx:
        _number(tx, request, descriptor)
    skipped = bool(request["SkipValidation"])
    built = Built(None, {}, passed=False)
    if not skipped:
        built = _try(
            org.hub.packages, files, package, descriptor, needs, coverage=bool(request["CalculateCodeCoverage"])
        )
    seconds = round(time.monotonic() - started)
    facts = {"BuildDurationInSeconds": seconds, "EndToEndBuildDurationInSeconds": seconds,
             "TotalSizeOfMetadataFiles": len(data), "TotalNumberOfMetadataFiles": len(package.items)}  # fmt: skip
    _publish(org, user_id, request, given, descriptor, (data, needs, built, facts))


def _files(encoded: str) -> dict[str, bytes]:
    try:
        return dict(archive.read(base64.b64decode(encoded, validate=True)))
    except (binascii.Error, ValueError, archive.ZipError) as fault:
        raise Failed(f"The version info is no zip file: {fault}") from None


def _needs(store: PackageStore, descriptor: Row) -> tuple[str, ...]:
    found = []
    for one in descriptor.get("dependencies") or ():
        id = str(one.get("subscriberPackageVersionId") or "")
        version = store.get(id)
        if version is None:
            raise Failed(f"The dependency {id or one} is no package version of this server")
        found.append(version.id)
    return tuple(found)


def _number(tx: Transaction, request: Row, descriptor: Row) -> tuple[int, int, int, int]:
    text = str(descriptor.get("versionNumber") or "")
    matched = _VERSION.fullmatch(text)
    if matched is None:
        raise Failed(f"{text!r} is no version number: write MAJOR.MINOR.PATCH.BUILD or MAJOR.MINOR.PATCH.NEXT")
    major, minor, patch = (int(part) for part in matched.groups()[:3])
    own = [one for one in kept.all_of(tx, "Package2Version") if one["Package2Id"] == request["Package2Id"]]
    same = [
        one for one in own if (one["MajorVersion"], one["MinorVersion"], one["PatchVersion"]) == (major, minor, patch)
    ]
    if any(one["IsReleased"] for one in same):
        text = f"Version {major}.{minor}.{patch} is already released. Increment the version number."
        raise Failed(text)
    builds = [one["BuildNumber"] for one in same]
    if matched[4].upper() == "NEXT":
        return major, minor, patch, max(builds, default=0) + 1
    if int(matched[4]) in builds:
        raise Failed(f"The build number of version {text} already exists")
    return major, minor, patch, int(matched[4])


def _try(
    store: PackageStore, files: Mapping[str, bytes], package: Package, descriptor: Row, needs: tuple[str, ...],
    *, coverage: bool,
) -> Built:  # fmt: skip
    """Deploy the package, with what it depends on, into a new org in memory; with ``coverage`` run its tests there."""
    from orgwright.localorg.apexhost.attach import attach
    from orgwright.localorg.org import Org

    features = descriptor.get("features") or ()
    names = re.split(r"[;,]", features) if isinstance(features, str) else [str(one) for one in features]
    schema = edit.with_features(Schema(), [name.strip() for name in names if name.strip()])
    org = Org.create(
        None, alias="package-build", kind="scratch", instance_url="https://build.my.salesforce.com", schema=schema
    )
    try:
        attach(org)
        admin = org.record.admin_id
        for version in _in_order(store, needs):
            dependency = contents.read(store.zip(version))
            _check_apart(
                package, dependency, version.package_name, str(descriptor.get("versionName") or "this version")
            )
            _deploy(org, admin, dependency, f"dependency {version.package_name}")
        for name, what in (("settings.zip", "settings"), ("seed-metadata-package.zip", "seed metadata")):
            if name in files:
                _deploy(org, admin, contents.read(files[name]), what)
        _deploy(org, admin, package, "")
        if not coverage:
            return Built(None, {}, passed=False)
        if "unpackaged-metadata-package.zip" in files:
            _deploy(org, admin, contents.read(files["unpackaged-metadata-package.zip"]), "unpackaged metadata")
        return _covered(org, admin, package)
    finally:
        org.close()


def _check_apart(package: Package, dependency: Package, needed: str, version: str) -> None:
    both = ownership.common(contents.members(package), contents.members(dependency))
    if both:
        raise Failed(*(
            f"You're trying to include {kind} {name} in Package {version}. This component already exists in Package {needed}, "
            f"which Package {version} depends on. You can't include the same component in both packages."
            for kind, name in both
        ))  # fmt: skip


def _deploy(org: Org, admin: str, package: Package, what: str) -> None:
    errors = contents.deploy(org, admin, package)
    if errors:
        raise Failed(*(f"{what}: {error}" if what else error for error in errors))


def _in_order(store: PackageStore, needs: tuple[str, ...]) -> list[PackageVersion]:
    """The versions with those they need themselves, each behind its own needs."""
    found: dict[str, PackageVersion] = {}

    def add(id: str) -> None:
        version = store.get(id)
        if version is not None and version.id not in found:
            for need in version.needs:
                add(need)
            found[version.id] = version

    for id in needs:
        add(id)
    return list(found.values())


def _covered(org: Org, admin: str, package: Package) -> Built:
    from orgwright.localorg.jobs import testruns
    from orgwright.localorg.jobs.runner import Selection

    own = {(i.type, i.name.lower()) for i in package.items if i.type in ("ApexClass", "ApexTrigger")}
    if not own:
        return Built(None, {}, passed=True)
    result = testruns.of(org).run_now(admin, Selection())
    if result.failures:
        raise Failed(*(f"{one.class_name}.{one.method}: {one.message}" for one in result.failures))
    counted = [one for one in result.coverage if one.lines and (f"Apex{one.kind}", one.name.lower()) in own]
    lines, hit = sum(len(one.lines) for one in counted), sum(len(one.covered) for one in counted)
    percent = 100.0 * hit / lines if lines else 100.0
    untouched = any(one.kind == "Trigger" and not one.covered for one in counted)
    return Built(percent, {one.name: round(one.percent, 2) for one in counted}, percent >= REQUIRED and not untouched)


def _publish(
    org: Org, user_id: str, request: Row, given: Mapping[str, Any], descriptor: Row,
    made: tuple[bytes, tuple[str, ...], Built, Row],
) -> None:  # fmt: skip
    data, needs, built, facts = made
    key = str(given.get("InstallKey") or "")
    hub = org.hub
    assert hub is not None
    with org.transaction(user_id) as tx:
        package = kept.get(tx, request["Package2Id"])
        assert package is not None
        number = _number(tx, request, descriptor)
        id, own = next(tx.new_ids("04t", 1)), next(tx.new_ids("05i", 1))
        name = str(descriptor.get("versionName") or f"ver {number[0]}.{number[1]}")
        version = PackageVersion(
            id, package["SubscriberPackageId"], package["Name"], package["Id"], name,
            str(descriptor.get("versionDescription") or ""), number, released=False,
            org_dependent=package["IsOrgDependent"], needs=needs, key=digest(key), key_lower=digest(key.lower()),
        )  # fmt: skip
        numbers = dict(zip(("MajorVersion", "MinorVersion", "PatchVersion", "BuildNumber"), number, strict=True))
        passed = {"apexCodeCoveragePercentage": round(built.coverage)} if built.coverage is not None else None
        each = [{"className": name, "codeCoveragePercentage": value} for name, value in built.percentages.items()]
        now = tx.now_text
        row = {
            "Id": own, "Package2Id": package["Id"], "SubscriberPackageVersionId": id, "Name": version.name,
            "Description": version.description or None, "Tag": request.get("Tag"), "Branch": request.get("Branch"),
            **numbers, **facts, "IsDeleted": False, "IsDeprecated": False, "ValidatedAsync": False, "IsReleased": False,
            "ValidationSkipped": request["SkipValidation"], "IsPasswordProtected": bool(key), "CodeCoverage": passed,
            "CodeCoveragePercentages": {"codeCoveragePercentages": each} if each else None, "HasMetadataRemoved": False,
            "HasPassedCodeCoverageCheck": built.passed, "DeveloperUsePkgZip": False, "HasVpi": False,
            "CreatedDate": now, "CreatedById": user_id, "Language": "en_US", "AncestorId": None,
        }  # fmt: skip
        kept.put(tx, "Package2Version", row)
        current = kept.get(tx, request["Id"])
        assert current is not None
        kept.put(tx, "Package2VersionCreateRequest", {**current, "Status": "Success", "Package2VersionId": own})
        hub.packages.put(version, data)
