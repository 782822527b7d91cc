"""Deployteq's checkbox at work: set by changes, not by its reset; marked once; beside publishers and the vendor's objects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orgwright.org import OrgClient
from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("checkbox")


@pytest.fixture(scope="module")
def deployteq(workplace: Workplace) -> Iterator[OrgClient]:
    done = workplace.orgwright("up", "deployteq", "--org", "local-dq", "--no-seed", "--json")
    assert done.code == 0, done.text
    assert done.json["tests"]["coverage"] == 100
    with workplace.client("local-dq") as org:
        yield org


def flag(org: OrgClient, id: str) -> bool:
    (row,) = org.query(f"SELECT SyncWithClang__c FROM Lead WHERE Id = '{id}'")
    return bool(row["SyncWithClang__c"])


def test_the_setter_is_not_fooled_by_the_reset(deployteq: OrgClient) -> None:
    id = deployteq.create("Lead", {"LastName": "Bakker", "Company": "Bakkerij"})
    assert flag(deployteq, id)
    deployteq.update("Lead", id, {"SyncWithClang__c": False})
    assert not flag(deployteq, id)
    deployteq.update("Lead", id, {"Company": "Bakkerij"})
    assert not flag(deployteq, id), "nothing has changed"
    deployteq.update("Lead", id, {"Company": "BAKKERIJ"})
    assert flag(deployteq, id)
    deployteq.update("Lead", id, {"SyncWithClang__c": False, "Phone": "1"})
    assert flag(deployteq, id), "a change that comes with the reset is not lost"


def test_mark_sets_every_flag_once(deployteq: OrgClient, workplace: Workplace) -> None:
    ids = [deployteq.create("Contact", {"LastName": f"Jansen {n}"}) for n in range(3)]
    for id in ids[:2]:
        deployteq.update("Contact", id, {"SyncWithClang__c": False})
    marked = workplace.orgwright("mark", "deployteq", "--org", "local-dq", "--json").json
    assert {item["object"]: item["marked"] for item in marked["objects"]}["Contact"] == 2
    assert deployteq.count("SELECT COUNT() FROM Contact WHERE SyncWithClang__c = false") == 0
    nothing = workplace.orgwright("mark", "deployteq", "--org", "local-dq", "--json").json
    assert {item["marked"] for item in nothing["objects"]} == {0}
    refused = workplace.orgwright("mark", "point_of_rental", "--org", "local-dq")
    assert (refused.code, "point_of_rental has no flags" in refused.err) == (2, True)


def test_the_package_is_told_or_asked_for(deployteq: OrgClient, workplace: Workplace) -> None:
    told = workplace.orgwright("validate", "deployteq", "--org", "local-dq")
    assert told.code == 0 and "04tA0000000M0MzIAK) is not installed" in told.out
    asked = workplace.orgwright(
        "up", "deployteq", "--org", "local-dq", "--set", "contact_moments=required", "--no-seed"
    )
    assert asked.code == 1 and "Deployteq contact moments" in asked.err


STAND_INS = """
orgwright: 1
connector: standins
label: Stand-ins for the vendor's package
objects:
  ClangLeadContactMoment__c: &moment
    name_field: {type: AutoNumber, display_format: "M-{0000}"}
    Lead__c: Lookup(Lead)
    Subject__c: Text(255)
    SentAt__c: DateTime
    Opened__c: Checkbox
    Clicked__c: Checkbox
    Bounced__c: Checkbox
    OnlineVersionUrl__c: Url
    Key__c: {type: Text(64), external_id: true, unique: true}
  ClangContactContactMoment__c:
    name_field: {type: AutoNumber, display_format: "M-{0000}"}
    Contact__c: Lookup(Contact)
    Subject__c: Text(255)
access:
  permission_sets:
    Standins: {objects: {ClangLeadContactMoment__c: read create edit, ClangContactContactMoment__c: read create edit}, fields: edit}
  deployer: [Standins]
"""


def test_contact_moments_leave_the_flag_alone(deployteq: OrgClient, workplace: Workplace) -> None:
    """The vendor's objects are stood in for: a contact moment that arrives does not make its lead wait again."""
    folder = workplace.project / "connectors" / "standins"
    folder.mkdir(parents=True)
    (folder / "connector.yml").write_text(STAND_INS)
    done = workplace.orgwright("up", "standins", "--org", "local-dq", "--json")
    assert done.code == 0, done.text
    id = deployteq.create("Lead", {"LastName": "Visser", "Company": "Vis"})
    deployteq.update("Lead", id, {"SyncWithClang__c": False})
    moment = {"Lead__c": id, "Subject__c": "Nieuwsbrief", "Opened__c": True, "Key__c": "1"}
    deployteq.create("ClangLeadContactMoment__c", moment)
    assert not flag(deployteq, id)


MIXED = """
orgwright: 1
connector: mixed
label: Mixed
objects:
  Lead: {Sync__c: Checkbox}
  Contact: {Sync__c: Checkbox, Mixed_Code__c: Text(10)}
  Machine__c: {label: Machine, Sync__c: Checkbox, Serial__c: "Number(5, 0)"}
events:
  Mixed_Change__e: {fields: {Op__c: Text(20), After__c: LongTextArea(32768)}}
publish:
  Mixed_Change__e: {from: [Contact, Account], set: {Op__c: $operation, After__c: $new}, unless: Mixed_Bypass}
flags:
  Sync__c:
    on: {Lead: {}, Contact: {when_changed: [Mixed_Code__c, Email]}, Machine__c: {}}
    echo: Mixed_Own
access:
  custom_permissions: {Mixed_Bypass: {}, Mixed_Own: {}}
  permission_sets: {Mixed_All: {objects: {Lead: read, Contact: read, Account: read, Machine__c: read}, fields: edit}}
  deployer: [Mixed_All]
"""


def test_flags_and_publishers_share_one_trigger_an_object(workplace: Workplace) -> None:
    folder = workplace.project / "connectors" / "mixed"
    folder.mkdir(parents=True)
    (folder / "connector.yml").write_text(MIXED)
    done = workplace.orgwright("up", "mixed", "--org", "local-mixed", "--json")
    assert done.code == 0, done.text
    classes = done.json["tests"]["classes"]
    assert {name for name in classes if name.endswith("Trigger")} == {
        "MixedAccountTrigger", "MixedContactTrigger", "MixedLeadTrigger", "MixedMachineTrigger",
    }  # fmt: skip
    assert set(classes.values()) == {100}
