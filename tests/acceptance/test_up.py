"""The main job on a fresh org, and again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests
from simple_salesforce import Salesforce

from orgwright import spec
from orgwright.localorg import control
from orgwright.org.events import NEW_ONLY
from orgwright.sync import SampleSource
from tests.acceptance.conftest import Ended, Workplace

pytestmark = pytest.mark.xdist_group("up")
ORG = "local"


@pytest.fixture(scope="module")
def first(workplace: Workplace) -> Ended:
    return workplace.orgwright("up", "gentrack", "--org", ORG, "--json", "--junit", "build/tests.xml")


def test_fresh_org_is_brought_up(first: Ended, workplace: Workplace) -> None:
    assert first.code == 0, first.text
    result = first.json
    assert (result["status"], result["org"]) == ("ok", ORG)
    assert result["components"]["created"] > 30
    assert result["components"]["changed"] == 3, "the three settings are there before, switched off"
    assert result["tests"]["run"] == result["tests"]["passed"] > 10
    assert result["tests"]["failed"] == 0
    assert result["data_model"]["checked"] > 40
    assert result["data_model"]["differences"] == []
    assert result["rows"]["sent"] == result["rows"]["created"]
    assert result["rows"]["failed"] == 0
    page = (workplace.project / result["report"]).read_text()
    assert "GentrackAccount" in page
    assert "http" not in page.split("<body>")[0].replace("http-equiv", "")
    assert (workplace.project / "build/tests.xml").read_text().count("<testcase") == result["tests"]["run"]


def test_every_generated_line_is_covered(first: Ended) -> None:
    tests = first.json["tests"]
    assert tests["coverage"] == 100
    assert {name: percent for name, percent in tests["classes"].items() if percent < 100} == {}


def test_no_event_was_published_by_the_load(first: Ended) -> None:
    assert first.json["rows"]["events"] == 0


def test_rows_are_in_the_org(first: Ended, workplace: Workplace) -> None:
    org = control.show_org(ORG, home=workplace.home)
    session = requests.Session()
    session.trust_env = False
    session.verify = str(org.ca_bundle)
    salesforce = Salesforce(instance_url=org.https_url, session_id=org.access_token, session=session, version="67.0")
    connector = spec.load(spec.find("gentrack"))
    source = SampleSource(connector.sample, connector.sample.size)
    for mapping in connector.seed.ordered:
        keyed = f"SELECT COUNT() FROM {mapping.api_name} WHERE {mapping.key} != null"
        assert salesforce.query(keyed)["totalSize"] == source.count(mapping.table), mapping.api_name


def test_up_again_changes_nothing(first: Ended, workplace: Workplace) -> None:
    again = workplace.orgwright("up", "gentrack", "--org", ORG, "--json")
    assert again.code == 0, again.text
    assert again.json["components"] == {
        "created": 0,
        "changed": 0,
        "unchanged": sum(first.json["components"].values()),
    }
    assert again.json["rows"]["created"] == 0
    assert again.json["rows"]["failed"] == 0
    assert again.json["rows"]["events"] == 0


def test_one_change_gives_one_event(first: Ended, workplace: Workplace) -> None:
    with workplace.client(ORG) as org:
        account = next(org.query("SELECT Id, Name FROM Account WHERE Gentrack_External_Id__c = 'A00000007'"))
        with org.events.subscribe("/event/Gentrack_Object_Event__e", replay=NEW_ONLY) as channel:
            org.update("Account", account["Id"], {"Name": "Renamed"})
            events = list(channel.read(1.0))
    assert len(events) == 1
    payload = events[0].payload
    assert (payload["Operation_Type__c"], payload["Object_Type__c"]) == ("update", "Account")
    assert json.loads(payload["Old_Payload__c"])["Name"] == account["Name"]
    assert json.loads(payload["New_Payload__c"])["Name"] == "Renamed"


def test_people_see_the_steps(first: Ended, workplace: Workplace) -> None:
    shown = workplace.orgwright("up", "gentrack", "--org", ORG, "--no-seed")
    assert shown.code == 0, shown.text
    for step in ("generate", "plan", "deploy", "access", "test", "validate"):
        assert f"\n {step}" in shown.out
    assert "Report: build/report/gentrack-local.html" in shown.out


@pytest.mark.parametrize("kind", ["sandbox", "developer", "production"])
def test_other_kinds_of_org(kind: str, workplace: Workplace) -> None:
    control.create_org(f"local-{kind}", kind, home=workplace.home)
    for changed in (True, False):
        done = workplace.orgwright("up", "gentrack", "--org", f"local-{kind}", "--json", "--no-seed")
        assert done.code == 0, done.text
        assert bool(done.json["components"]["created"]) is changed
        assert done.json["tests"]["coverage"] == 100


def test_generated_source_is_the_committed_one(workplace: Workplace, first: Ended) -> None:
    committed, made = (
        {
            path.relative_to(root): path.read_bytes()
            for path in (root / "force-app/main/gentrack").rglob("*")
            if path.is_file()
        }
        for root in (Path(__file__).parents[2], workplace.project)
    )
    assert sorted(made) == sorted(committed)
    assert [str(path) for path in made if made[path] != committed[path]] == []
