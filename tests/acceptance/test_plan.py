"""Plan, apply, drift and remove: each kind of difference is made by hand in the org, named, and applied away."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from orgwright import generate, spec
from orgwright.metadata import Component, mdapi, xml
from orgwright.org.metadata import DeployOptions
from tests.acceptance.conftest import Ended, Workplace

pytestmark = pytest.mark.xdist_group("plan")
ORG = "local-plan"
ACME = """orgwright: 1
connector: acme
label: Acme billing
parameters:
  length: {default: 64}
  extra: {default: true}
objects:
  Account:
    Acme_Id__c: {type: "Text({{ length }})", external_id: true, unique: true, help: Key in Acme}
    Acme_Note__c: LongTextArea(2000)
    Acme_Score__c: Number(6, 2)
    Acme_Size__c: {type: Picklist, values: [small, large], restricted: true}
    Acme_Extra__c: {type: Text(20), when: {extra: true}}
  Acme_Meter__c:
    label: Meter
    Account__c: Lookup(Account)
    Total__c: {type: "Number(12, 3)", formula: "1 + 1"}
events:
  Acme_Change__e:
    fields: {Operation__c: Text(16), Object__c: Text(80), Before__c: LongTextArea(32768), After__c: LongTextArea(32768)}
publish:
  Acme_Change__e:
    from: [Account]
    set: {Operation__c: $operation, Object__c: $object, Before__c: $old, After__c: $new}
    unless: Acme_Bypass
access:
  custom_permissions: {Acme_Bypass: {}}
  permission_sets: {Acme_User: {label: Acme user, objects: {Account: edit, Acme_Meter__c: edit}, fields: edit}}
  deployer: [Acme_User]
"""


@pytest.fixture(scope="module")
def place(workplace: Workplace) -> Workplace:
    folder = workplace.project / "connectors" / "acme"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "connector.yml").write_text(ACME)
    return workplace


@pytest.fixture(scope="module")
def applied(place: Workplace) -> Workplace:
    planned = place.orgwright("plan", "acme", "--org", ORG, "--out", "build/acme.plan", "--detailed-exitcode")
    assert planned.code == 2, planned.text
    assert "+ Account.Acme_Id__c" in planned.out
    done = place.orgwright("apply", "build/acme.plan")
    assert done.code == 0, done.text
    settled(place)
    return place


def plan(place: Workplace, *more: str) -> Ended:
    return place.orgwright("plan", "acme", "--org", ORG, "--detailed-exitcode", *more)


def settled(place: Workplace, *more: str) -> None:
    again = plan(place, *more)
    assert again.code == 0, again.text
    assert "No changes" in again.out


def by_hand(place: Workplace, *components: Component, delete: tuple[tuple[str, str], ...] = ()) -> None:
    """What somebody does in Setup: other components into the org, or components out of it."""
    with place.client(ORG) as org:
        result = org.metadata.deploy(mdapi.to_zip(components, destructive=delete), DeployOptions())
    assert result.success, result


def generated(place: Workplace, type: str, name: str) -> Component:
    made = generate.components(spec.load(place.project / "connectors" / "acme" / "connector.yml"))
    return next(component for component in made if component.key == (type, name))


def edited(component: Component, tag: str, text: str) -> Component:
    root = xml.parse(component.body, name=component.name)
    next(iter(xml.children(root, tag))).text = text
    return Component(component.type, component.name, xml.to_bytes(root), component.meta)


def _length(place: Workplace, length: str) -> None:
    by_hand(place, edited(generated(place, "CustomField", "Account.Acme_Id__c"), "length", length))


def changed_by_hand(place: Workplace) -> tuple[Component, ...]:
    key = generated(place, "CustomField", "Account.Acme_Id__c")
    for tag, text in (("length", "80"), ("externalId", "false"), ("unique", "false"), ("inlineHelpText", "?")):
        key = edited(key, tag, text)
    score = generated(place, "CustomField", "Account.Acme_Score__c")
    score = edited(edited(score, "label", "Points"), "scale", "3")
    total = edited(generated(place, "CustomField", "Acme_Meter__c.Total__c"), "formula", "1")
    event = edited(generated(place, "CustomObject", "Acme_Change__e"), "publishBehavior", "PublishImmediately")
    code = generated(place, "ApexClass", "AcmePublisher")
    code = replace(code, body=code.body + b"\n// by hand\n")
    trigger = generated(place, "ApexTrigger", "AcmeAccountTrigger")
    trigger = replace(trigger, meta=(trigger.meta or b"").replace(b"Active", b"Inactive"))
    rights = generated(place, "PermissionSet", "Acme_User")
    rights = replace(rights, body=rights.body.replace(b"<editable>true", b"<editable>false"))
    return key, score, total, event, code, trigger, rights


TOLD = {
    "Account.Acme_Id__c": [
        "length 80 -> 64", "externalId false -> true", "unique false -> true", "inlineHelpText ? -> Key in Acme",
    ],
    "Account.Acme_Score__c": ["label Points -> Acme Score", "scale 3 -> 2"],
    "Acme_Meter__c.Total__c": ["formula 1 -> 1 + 1"],
    "Acme_Change__e": ["publishBehavior PublishImmediately -> PublishAfterCommit"],
    "AcmePublisher": ["body another text -> as generated"],
    "AcmeAccountTrigger": ["status Inactive -> Active"],
    "Acme_User": ["editable false -> true"],
    "Account.Acme_Note__c": ["LongTextArea(2000)"],
}  # fmt: skip


def test_changes_by_hand_are_planned_drift_and_are_applied_away(applied: Workplace) -> None:
    by_hand(applied, *changed_by_hand(applied), delete=(("CustomField", "Account.Acme_Note__c"),))
    planned = plan(applied, "--out", "build/again.plan")
    assert planned.code == 2, planned.text
    for component, texts in TOLD.items():
        lines = planned.out[planned.out.index(f" {component} ") :]
        for text in texts:
            assert text in lines, (component, text, planned.out)
    drifted = applied.orgwright("drift", "acme", "--org", ORG, "--json")
    assert drifted.code == 1, drifted.text
    found = {one["component"]: one for one in drifted.json["drifted"]}
    assert set(found) == set(TOLD)
    for component, one in found.items():
        assert one["gone"] is (component == "Account.Acme_Note__c")
        if not one["gone"]:
            assert one["by"] == "User User"
            assert one["when"] >= drifted.json["applied"]["acme"][:19]
    done = applied.orgwright("apply", "build/again.plan")
    assert done.code == 0, done.text
    settled(applied)
    assert applied.orgwright("drift", "--all", "--org", ORG).code == 0


def test_an_org_that_moved_is_left_alone(applied: Workplace) -> None:
    _length(applied, "80")
    assert plan(applied, "--out", "build/moved.plan").code == 2
    _length(applied, "90")
    refused = applied.orgwright("apply", "build/moved.plan")
    assert refused.code == 1
    assert "the org has moved since the plan was made: CustomField:Account.Acme_Id__c" in refused.err
    assert "length 90 -> 64" in plan(applied, "--out", "build/new.plan").out
    assert applied.orgwright("apply", "build/new.plan").code == 0


def test_what_the_spec_no_longer_has_goes_only_when_allowed(applied: Workplace) -> None:
    less = ("--set", "extra=false")
    planned = plan(applied, *less, "--out", "build/less.plan")
    assert planned.code == 2, planned.text
    assert "- Account.Acme_Extra__c" in planned.out
    refused = applied.orgwright("apply", "build/less.plan")
    assert refused.code == 1
    assert "--allow-destroy" in refused.err
    done = applied.orgwright("apply", "build/less.plan", "--allow-destroy", "--json")
    assert done.json["components"]["deleted"] == 1, done.text
    settled(applied, *less)
    assert plan(applied, "--out", "build/more.plan").code == 2
    assert applied.orgwright("apply", "build/more.plan").code == 0
    settled(applied)


def test_data_that_is_too_long_is_in_the_way(applied: Workplace) -> None:
    with applied.client(ORG) as org:
        id = org.create(
            "Account", {"Name": "Long", "Acme_Id__c": "x" * 40, "Acme_Note__c": "y" * 1500, "Acme_Score__c": 999999}
        )
    short = applied.orgwright("plan", "acme", "--org", ORG, "--set", "length=32", "--detailed-exitcode")
    assert short.code == 1, short.text
    assert "! Account.Acme_Id__c: shortened from 64 to 32, but 1 rows hold more" in short.out
    assert plan(applied, "--set", "length=40").code == 2
    with applied.client(ORG) as org:
        org.remove("Account", id)


def test_two_connectors_that_disagree_clash_and_one_can_go(applied: Workplace) -> None:
    folder = applied.project / "connectors" / "other"
    folder.mkdir(parents=True, exist_ok=True)
    shared = '    Acme_Id__c: {type: "Text(%d)", external_id: true, unique: true, help: Key in Acme}\n'
    head = "orgwright: 1\nconnector: other\nlabel: Other\nobjects:\n  Account:\n    Other__c: Text(5)\n"
    (folder / "connector.yml").write_text(head + shared % 20)
    refused = applied.orgwright("plan", "other", "--org", ORG)
    assert refused.code == 1
    assert (
        "! Account.Acme_Id__c: the connector acme in this org has it otherwise: length is 64 there, 20 here"
        in refused.out
    )
    (folder / "connector.yml").write_text(head + shared % 64)
    assert applied.orgwright("plan", "other", "--org", ORG, "--out", "build/other.plan").code == 0
    assert applied.orgwright("apply", "build/other.plan").code == 0
    gone = applied.orgwright("remove", "acme", "--org", ORG, "--json")
    assert gone.code == 0, gone.text
    assert gone.json["shared"] == 1
    assert gone.json["kept"] >= 4
    whole = applied.orgwright("plan", "other", "--org", ORG, "--detailed-exitcode")
    assert whole.code == 0, whole.text
    with applied.client(ORG) as org:
        assert org.count("SELECT COUNT() FROM ApexTrigger WHERE Name = 'AcmeAccountTrigger'") == 0
        assert {f["name"] for f in org.describe("Acme_Meter__c")["fields"]} >= {"Id"}
    data = applied.orgwright("remove", "acme", "--org", ORG, "--with-data", "--yes")
    assert data.code == 0, data.text
    with applied.client(ORG) as org:
        names = [item.name for item in org.metadata.list(["CustomObject", "CustomField", "StaticResource"])]
    assert not [name for name in names if "Acme" in name and name != "Account.Acme_Id__c"]
    assert "Account.Acme_Id__c" in names
    assert applied.orgwright("plan", "other", "--org", ORG, "--detailed-exitcode").code == 0
    shutil.rmtree(folder)


def test_code_of_somebody_else_is_in_the_way(place: Workplace) -> None:
    other = "local-plan-stranger"
    body = b"public class AcmePublisher {\n}\n"
    meta = xml.document("ApexClass", [("apiVersion", "67.0"), ("status", "Active")])
    place.orgwright("plan", "acme", "--org", other)
    with place.client(other) as org:
        sent = mdapi.to_zip([Component("ApexClass", "AcmePublisher", body, meta)])
        assert org.metadata.deploy(sent, DeployOptions()).success
    planned = place.orgwright("plan", "acme", "--org", other)
    assert planned.code == 1
    assert "! AcmePublisher: the org has other code of that name, which no apply brought" in planned.out
    assert place.orgwright("plan", "acme", "--org", other, "--adopt").code == 0


def test_a_file_that_is_no_plan(place: Workplace, tmp_path: Path) -> None:
    (tmp_path / "x.plan").write_text("[]")
    refused = place.orgwright("apply", tmp_path / "x.plan")
    assert refused.code == 2
    assert "is no plan" in refused.err
