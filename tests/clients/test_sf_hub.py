"""The sf CLI on the embedded Dev Hub: scratch orgs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orgwright.localorg import control
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


PROJECT_FILE = {
    "packageDirectories": [{"path": "force-app", "default": True, "package": "Meters", "versionNumber": "1.0.0.NEXT"}],
    "sourceApiVersion": "67.0",
}


@covers("sf", "package create", "package list", "package version create", "package version report", "package version list",
        "package version promote", "package install", "package installed list", "package uninstall")  # fmt: skip
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
