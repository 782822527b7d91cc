"""The sf CLI on the embedded Dev Hub: scratch orgs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orgwright.localorg import control
from orgwright.localorg.control import OrgAccess
from tests.clients.conftest import Sf

covers = pytest.mark.covers
DEFINITION = {
    "orgName": "Scratch",
    "edition": "Developer",
    "features": ["EnableSetPasswordInApi"],
    "settings": {"lightningExperienceSettings": {"enableS1DesktopEnabled": True}},
}


@covers("sf", "org create scratch", "org display", "project deploy start", "org delete scratch")
def test_a_scratch_org_from_order_to_deletion(sf: Sf, state: Path) -> None:
    (sf.project / "scratch.json").write_text(json.dumps(DEFINITION))
    line = "org create scratch --definition-file scratch.json --alias scratch --duration-days 3 --wait 5"
    made = sf.run(line).result
    assert made["scratchOrgInfo"]["Status"] == "Active"
    shown = sf.run("org display -o scratch").result
    assert (shown["status"], shown["orgName"], shown["edition"]) == ("Active", "Scratch", "Developer")
    assert sf.run("project deploy start -o scratch").result["success"]
    assert made["orgId"] in {one.org_id for one in control.list_orgs(state)}
    sf.run("org delete scratch -o scratch --no-prompt")
    assert made["orgId"] not in {one.org_id for one in control.list_orgs(state)}


PROJECT_FILE: dict[str, Any] = {
    "packageDirectories": [{"path": "force-app", "default": True, "package": "Meters", "versionNumber": "1.0.0.NEXT"}],
    "sourceApiVersion": "67.0",
}


@covers("sf", "package create", "package list", "package version create", "package version report", "package version list",
        "package version promote", "package install", "package installed list", "package uninstall", "package push-upgrade list",
        "package1 version list")  # fmt: skip
def test_a_package_from_its_first_version_to_its_uninstallation(sf: Sf, state: Path) -> None:
    before = (sf.project / "sfdx-project.json").read_text()
    try:
        made = sf.run("package create --name Meters --package-type Unlocked --path force-app").result
        (sf.project / "sfdx-project.json").write_text(
            json.dumps({**PROJECT_FILE, "packageAliases": {"Meters": made["Id"]}})
        )
        assert made["Id"] in {one["Id"] for one in sf.run("package list").result}
        line = "package version create --package Meters --code-coverage --wait 5 --installation-key k3y"
        version = sf.run(line).result
        assert (version["Status"], version["VersionNumber"]) == ("Success", "1.0.0.1")
        assert version["HasPassedCodeCoverageCheck"] is True
        id = version["SubscriberPackageVersionId"]
        assert sf.run(f"package version report --package {id}").result["CodeCoverage"] is not None
        sf.run(f"package version promote --package {id} --no-prompt")
        (listed,) = sf.run("package version list --packages Meters").result
        assert (listed["SubscriberPackageVersionId"], listed["IsReleased"]) == (id, True)
        assert id in {one["MetadataPackageVersionId"] for one in sf.run("package1 version list -o hub").result}
        assert sf.run(f"package push-upgrade list --package {made['Id']} -v hub").result == []
        sf.login(control.create_org("subscriber", home=state))
        refused = sf.run(f"package install --package {id} --wait 5 -o subscriber --no-prompt -k wrong", code=1)
        assert "key" in refused.out.lower()
        done = sf.run(f"package install --package {id} --wait 5 -o subscriber --no-prompt -k k3y").result
        assert done["Status"] == "SUCCESS"
        (installed,) = sf.run("package installed list -o subscriber").result
        assert (installed["SubscriberPackageVersionId"], installed["SubscriberPackageVersionNumber"]) == (id, "1.0.0.1")
        assert sf.run(f"package uninstall --package {id} --wait 5 -o subscriber").result["Status"] == "Success"
        assert sf.run("package installed list -o subscriber").result == []
    finally:
        (sf.project / "sfdx-project.json").write_text(before)


@covers(
    "sf",
    "org create sandbox",
    "org resume sandbox",
    "org refresh sandbox",
    "org list",
    "org display",
    "org delete sandbox",
)
def test_a_sandbox_from_order_to_deletion(sf: Sf, state: Path, hub: OrgAccess) -> None:
    ordered = sf.run(
        "org create sandbox --name try1 --license-type Developer -o hub --no-prompt --async", code=68
    ).result
    assert ordered["SandboxName"] == "try1"
    made = sf.run("org resume sandbox --name try1 -o hub --wait 2").result
    assert (made["Status"], made["SandboxUsername"]) == ("Completed", f"{hub.username}.try1")
    assert sf.run(f"org display -o {made['SandboxUsername']}").result["connectedStatus"] == "Connected"
    before = control.show_org("hub--try1", home=state).org_id
    sf.run("org refresh sandbox --name try1 -o hub --no-prompt --async", code=68)
    assert control.show_org("hub--try1", home=state).org_id != before
    assert sf.run("org resume sandbox --name try1 -o hub --wait 2").result["Status"] == "Completed"
    line = "org create sandbox --name try2 --source-sandbox-name try1 -o hub --no-prompt --wait 2 --poll-interval 15"
    assert sf.run(line).result["Status"] == "Completed"
    assert {f"{hub.username}.try1", f"{hub.username}.try2"} <= {
        one["username"] for one in sf.run("org list").result["sandboxes"]
    }
    for name in ("try1", "try2"):
        sf.run(f"org delete sandbox -o {hub.username}.{name} --no-prompt")
    assert not {"hub--try1", "hub--try2"} & {one.alias for one in control.list_orgs(state)}


@covers("sf", "package create", "package update", "package version create", "package version create list", "package version update",
        "package version displaydependencies", "package version displayancestry", "package version delete", "package delete")  # fmt: skip
def test_a_package_is_renamed_and_deleted(sf: Sf) -> None:
    before = (sf.project / "sfdx-project.json").read_text()
    try:
        made = sf.run("package create --name Gone --package-type Unlocked --path force-app").result["Id"]
        own = [{**PROJECT_FILE["packageDirectories"][0], "package": "Gone"}]
        project = {**PROJECT_FILE, "packageDirectories": own, "packageAliases": {"Gone": made}}
        (sf.project / "sfdx-project.json").write_text(json.dumps(project))
        sf.run("package update --package Gone --name Went --description words")
        version = sf.run("package version create --package Gone --installation-key-bypass --wait 5").result
        listed = sf.run("package version create list").result
        assert version["Id"] in {one["Id"] for one in listed if one["Status"] == "Success"}
        id = version["SubscriberPackageVersionId"]
        sf.run(f"package version update --package {id} --tag t1 --version-name First")
        graph = sf.run(f"package version displaydependencies --package {id}", as_json=False).out
        assert "Went@1.0.0.1" in graph
        refused = sf.run("package version displayancestry --package Gone", code=1).json
        assert refused["name"] == "UnlockedPackageError"
        sf.run(f"package version delete --package {id} --no-prompt")
        sf.run("package delete --package Gone --no-prompt")
        assert made not in {one["Id"] for one in sf.run("package list").result}
    finally:
        (sf.project / "sfdx-project.json").write_text(before)
