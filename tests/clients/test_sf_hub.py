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
