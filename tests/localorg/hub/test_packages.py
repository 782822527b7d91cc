"""Packages and sandboxes of the embedded Dev Hub, over the Tooling API: built, promoted, installed, refused in words."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from orgwright.localorg import control, service
from tests.localorg.deploying import apex, fields, manifest

FIELD = "<fullName>Meter__c</fullName><label>Meter</label><type>Text</type><length>20</length>"
ADDER = "public class Adder { public static Integer add(Integer a, Integer b) { return a + b; } }"
TEST = "@IsTest private class AdderTest { @IsTest static void adds() { Assert.areEqual(3, Adder.add(1, 2)); } }"
BASE = ({"CustomField": ["Account.Meter__c"]}, fields("Account", FIELD))
CODE = ({"ApexClass": ["Adder", "AdderTest"]}, {**apex("Adder", ADDER), **apex("AdderTest", TEST)})


class Client:
    """The Tooling API of one org."""

    def __init__(self, home: Path, alias: str, kind: str) -> None:
        self.org = control.create_org(alias, kind, home=home)
        base = f"{self.org.instance_url}/services/data/v67.0/tooling"
        headers = {"Authorization": f"Bearer {self.org.access_token}"}
        self.http = httpx.Client(base_url=base, headers=headers, timeout=60)

    def create(self, sobject: str, expected: int = 201, **given: Any) -> Any:
        answer = self.http.post(f"/sobjects/{sobject}", json=given)
        assert answer.status_code == expected, answer.text
        return answer.json()["id"] if expected == 201 else answer.json()[0]

    def change(self, sobject: str, id: str, expected: int = 204, **given: Any) -> Any:
        answer = self.http.patch(f"/sobjects/{sobject}/{id}", json=given)
        assert answer.status_code == expected, answer.text
        return answer.json()[0] if answer.content else None

    def get(self, sobject: str, id: str) -> Any:
        return self.http.get(f"/sobjects/{sobject}/{id}").json()

    def query(self, soql: str) -> Any:
        return self.http.get("/query", params={"q": soql}).json()["records"]

    def records(self, soql: str) -> Any:
        """What the REST API finds."""
        url = f"{self.org.instance_url}/services/data/v67.0/query"
        return httpx.get(url, params={"q": soql}, headers=self.http.headers).json()["records"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home") / "state"
    yield folder
    service.stop(folder)


@pytest.fixture(scope="module")
def hub(home: Path) -> Client:
    return Client(home, "hub", "production")


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in files.items():
            target.writestr(name, data)
    return out.getvalue()


def request(
    hub: Client, package: str, content: tuple[dict[str, list[str]], dict[str, bytes]], number: str = "1.0.0.NEXT",
    needs: tuple[str, ...] = (), coverage: bool = True, **more: Any,
) -> Any:  # fmt: skip
    members, files = content
    descriptor = {"id": package, "versionName": "v", "versionNumber": number,
                  "dependencies": [{"subscriberPackageVersionId": need} for need in needs]}  # fmt: skip
    info = zipped({"package.zip": zipped({"package.xml": manifest(members), **files}),
                   "package2-descriptor.json": json.dumps(descriptor).encode()})  # fmt: skip
    given = {
        "Package2Id": package,
        "VersionInfo": base64.b64encode(info).decode(),
        "CalculateCodeCoverage": coverage,
        **more,
    }
    id = hub.create("Package2VersionCreateRequest", **given)
    ends = time.monotonic() + 120
    while (made := hub.get("Package2VersionCreateRequest", id))["Status"] in ("Queued", "InProgress"):
        assert time.monotonic() < ends, made  # a version is built beside the request that asks for it
        time.sleep(0.05)
    return made


def version(hub: Client, package: str, content: Any, number: str = "1.0.0.NEXT", **more: Any) -> Any:
    made = request(hub, package, content, number, **more)
    assert made["Status"] == "Success", errors(hub, made)
    return hub.get("Package2Version", made["Package2VersionId"])


def errors(hub: Client, made: Any) -> str:
    assert made["Status"] == "Error"
    rows = hub.query(f"SELECT Message FROM Package2VersionCreateRequestError WHERE ParentRequestId = '{made['Id']}'")
    return " ".join(row["Message"] for row in rows)


def package(hub: Client, name: str) -> str:
    return str(hub.create("Package2", Name=name, ContainerOptions="Unlocked"))


def install(client: Client, id: str, **more: Any) -> Any:
    return client.get(
        "PackageInstallRequest", client.create("PackageInstallRequest", SubscriberPackageVersionKey=id, **more)
    )


def why(asked: Any) -> str:
    assert asked["Status"] == "ERROR"
    return str(asked["Errors"]["errors"][0]["message"])


def test_versions_are_numbered_measured_and_promoted(hub: Client) -> None:
    own = package(hub, "Code")
    first, second = version(hub, own, CODE), version(hub, own, CODE)
    assert [one["BuildNumber"] for one in (first, second)] == [1, 2]
    assert (first["CodeCoverage"], first["HasPassedCodeCoverageCheck"]) == ({"apexCodeCoveragePercentage": 100}, True)
    hub.change("Package2Version", first["Id"], IsReleased=True)
    assert "already released" in hub.change("Package2Version", second["Id"], 400, IsReleased=True)["message"]
    assert "already released" in errors(hub, request(hub, own, CODE))
    skipped = version(hub, own, CODE, "2.0.0.NEXT", coverage=False, SkipValidation=True)
    assert "validation skipped" in hub.change("Package2Version", skipped["Id"], 400, IsReleased=True)["message"]
    unmeasured = version(hub, own, CODE, "2.0.0.NEXT", coverage=False)
    assert "75%" in hub.change("Package2Version", unmeasured["Id"], 400, IsReleased=True)["message"]


def test_a_version_that_does_not_deploy_or_whose_tests_fail_is_an_error(hub: Client) -> None:
    own = package(hub, "Broken")
    members, files = CODE
    assert "Adder" in errors(
        hub, request(hub, own, (members, {**files, **apex("Adder", "public class Adder { X y; }")}))
    )
    wrong = {**files, **apex("AdderTest", TEST.replace("3", "4"))}
    assert "AdderTest.adds" in errors(hub, request(hub, own, (members, wrong)))
    assert "is no version number" in errors(hub, request(hub, own, CODE, "1.0"))
    assert "no package version" in errors(hub, request(hub, own, CODE, needs=("04t000000000000",)))


def test_installation_upgrade_and_uninstallation(hub: Client, home: Path) -> None:
    base, code = package(hub, "Base"), package(hub, "Upper")
    below = version(hub, base, BASE)["SubscriberPackageVersionId"]
    uses = {**CODE[1], **apex("Adder", ADDER.replace("return", "Account meter = new Account(Meter__c = 'x'); return"))}
    first = version(hub, code, (CODE[0], uses), needs=(below,), InstallKey="S3cret")["SubscriberPackageVersionId"]
    target = Client(home, "target", "scratch")
    assert "Invalid package version" in why(install(target, "04t000000000000"))
    assert "key is missing or wrong" in why(install(target, first))
    assert "key is missing or wrong" in why(install(target, first, Password="s3cret"))
    assert "requires the following package" in why(install(target, first, Password="S3cret"))
    for id, more in ((below, {}), (first, {"Password": "S3cret"})):
        assert install(target, id, **more)["Status"] == "SUCCESS"
    assert "not released" in why(install(hub, below))
    held = target.create("SubscriberPackageVersionUninstallRequest", SubscriberPackageVersionId=below)
    assert target.get("SubscriberPackageVersionUninstallRequest", held)["Status"] == "Error"
    second = version(hub, code, ({"ApexClass": ["Adder"]}, apex("Adder", ADDER)), "1.1.0.NEXT", coverage=False)
    assert install(target, second["SubscriberPackageVersionId"])["Status"] == "SUCCESS"
    assert [row["Name"] for row in target.query("SELECT Name FROM ApexClass")] == ["Adder"]
    assert "newer version" in why(install(target, first, Password="S3cret"))
    soql = "SELECT SubscriberPackage.Name, SubscriberPackageVersion.MinorVersion n FROM InstalledSubscriberPackage"
    rows = target.query(soql.replace(" n ", " "))
    assert sorted(row["SubscriberPackage"]["Name"] for row in rows) == ["Base", "Upper"]
    for id in (second["SubscriberPackageVersionId"], below):
        gone = target.create("SubscriberPackageVersionUninstallRequest", SubscriberPackageVersionId=id)
        assert target.get("SubscriberPackageVersionUninstallRequest", gone)["Status"] == "Success"
    assert target.query("SELECT Id FROM InstalledSubscriberPackage") == []
    assert target.query("SELECT Id FROM CustomField") == target.query("SELECT Id FROM ApexClass") == []


def test_a_component_is_one_package_s_until_that_leaves_it_out(hub: Client, home: Path) -> None:
    first, second = package(hub, "First home"), package(hub, "Second home")
    both = version(hub, first, CODE, coverage=False)["SubscriberPackageVersionId"]
    adder = version(hub, second, ({"ApexClass": ["adder"]}, apex("adder", ADDER)), coverage=False)
    moved = adder["SubscriberPackageVersionId"]
    twice = errors(hub, request(hub, first, CODE, "2.0.0.NEXT", needs=(moved,), coverage=False))
    assert "trying to include ApexClass Adder" in twice
    mover = Client(home, "mover", "scratch")
    assert install(mover, both)["Status"] == "SUCCESS"
    refused = why(install(mover, moved))
    assert "Cannot add component of type:ApexClass named:adder" in refused
    assert "installed component in another package" in refused
    rest = version(hub, first, ({"ApexClass": ["AdderTest"]}, apex("AdderTest", TEST)), "1.1.0.NEXT", coverage=False,
                   SkipValidation=True)["SubscriberPackageVersionId"]  # fmt: skip
    assert install(mover, rest, UpgradeType="deprecate-only")["Status"] == "SUCCESS"
    assert install(mover, moved)["Status"] == "SUCCESS"
    gone = mover.create("SubscriberPackageVersionUninstallRequest", SubscriberPackageVersionId=rest)
    assert mover.get("SubscriberPackageVersionUninstallRequest", gone)["Status"] == "Success"
    assert [row["Name"].lower() for row in mover.query("SELECT Name FROM ApexClass")] == ["adder"]


def test_packages_that_were_made_are_listed_with_their_subscribers(hub: Client, home: Path) -> None:
    own = package(hub, "Listed")
    id = version(hub, own, BASE)["SubscriberPackageVersionId"]
    subscriber = Client(home, "subscriber", "scratch")
    assert install(subscriber, id)["Status"] == "SUCCESS"
    soql = "SELECT Id, PackageCategory, (SELECT Id, ReleaseState, BuildNumber FROM MetadataPackageVersions) FROM MetadataPackage"
    (row,) = hub.query(f"{soql} WHERE Name = 'Listed'")
    (made,) = row["MetadataPackageVersions"]["records"]
    assert (row["PackageCategory"], made["Id"], made["ReleaseState"], made["BuildNumber"]) == (
        "Package2",
        id,
        "Beta",
        1,
    )
    fields = "OrgKey, OrgType, MetadataPackageVersionId, MetadataPackageVersion.Name"
    (found,) = hub.records(f"SELECT {fields} FROM PackageSubscriber WHERE MetadataPackageId = '{row['Id']}'")
    assert (found["OrgKey"], found["OrgType"], found["MetadataPackageVersionId"]) == (
        subscriber.org.org_id,
        "Sandbox",
        id,
    )
    assert found["MetadataPackageVersion"]["Name"] == "v"
    for name in (
        "MetadataPackage",
        "MetadataPackageVersion",
        "PackageSubscriber",
        "PackagePushRequest",
        "PackagePushError",
    ):
        assert subscriber.records(f"SELECT Id FROM {name}") == []
    rest = f"{hub.org.instance_url}/services/data/v67.0/sobjects"
    given = {"PackageVersionId": id}
    (refused,) = httpx.post(f"{rest}/PackagePushRequest", json=given, headers=hub.http.headers).json()
    assert refused["errorCode"] == "NOT_SUPPORTED_BY_EMBEDDED_ORG"
    described = httpx.get(f"{rest}/MetadataPackageVersion/describe", headers=hub.http.headers).json()
    assert (described["keyPrefix"], described["createable"]) == ("04t", False)


def test_what_is_not_supported_is_refused(hub: Client) -> None:
    refused = hub.create("Package2", 400, Name="M", ContainerOptions="Managed", NamespacePrefix="ns")
    assert refused["errorCode"] == "NOT_SUPPORTED_BY_EMBEDDED_ORG"
    package(hub, "Once")
    assert hub.create("Package2", 400, Name="once", ContainerOptions="Unlocked")["errorCode"] == "DUPLICATE_VALUE"
    assert hub.create("Package2Version", 400)["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def test_sandboxes_are_made_refreshed_cloned_and_deleted(hub: Client, home: Path) -> None:
    rest = f"{hub.org.instance_url}/services/data/v67.0/sobjects/Account"
    httpx.post(rest, json={"Name": "a"}, headers=hub.http.headers).raise_for_status()
    dev = hub.create("SandboxInfo", SandboxName="dev1", LicenseType="DEVELOPER")
    full = hub.create("SandboxInfo", SandboxName="full1", LicenseType="FULL")
    copy = hub.create("SandboxInfo", SandboxName="copy1", SourceId=full)
    counts = {}
    for name in ("dev1", "full1", "copy1"):
        (row,) = hub.query(
            f"SELECT Status, EndDate, SandboxOrganization FROM SandboxProcess WHERE SandboxName = '{name}'"
        )
        org = control.show_org(f"hub--{name}", home=home)
        assert (row["Status"], row["SandboxOrganization"]) == ("Completed", org.org_id[:15])
        assert (org.kind, org.username) == ("sandbox", f"{hub.org.username}.{name}")
        bearer = {"Authorization": f"Bearer {org.access_token}"}
        asked = {"q": "SELECT COUNT() FROM Account"}
        counts[name] = httpx.get(f"{org.instance_url}/services/data/v67.0/query", params=asked, headers=bearer).json()[
            "totalSize"
        ]
    assert counts == {"dev1": 0, "full1": 1, "copy1": 1}
    before = control.show_org("hub--dev1", home=home).org_id
    hub.change("SandboxInfo", dev, LicenseType="FULL")
    assert control.show_org("hub--dev1", home=home).org_id != before
    assert hub.http.delete(f"/sobjects/SandboxInfo/{copy}").status_code == 204
    assert "hub--copy1" not in {one.alias for one in control.list_orgs(home)}


def test_a_sandbox_that_cannot_be_is_refused(hub: Client) -> None:
    for given, code in (
        ({"SandboxName": "muchtoolong1", "LicenseType": "FULL"}, "INVALID_INPUT"),
        ({"SandboxName": "x", "LicenseType": "HUGE"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (
            {"SandboxName": "x", "LicenseType": "FULL", "ApexClassId": "01p000000000001"},
            "NOT_SUPPORTED_BY_EMBEDDED_ORG",
        ),
        ({"SandboxName": "x"}, "REQUIRED_FIELD_MISSING"),
    ):
        assert hub.create("SandboxInfo", 400, **given)["errorCode"] == code
    answer = hub.http.post("/sandboxAuth", json={"sandboxName": "none"})
    assert answer.json()[0]["errorCode"] == "INVALID_STATUS"
