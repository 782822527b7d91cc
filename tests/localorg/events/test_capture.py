"""Change data capture: what the bus gets of changes, and what Apex triggers see of them."""

from __future__ import annotations

from typing import Any

import pytest

from orgwright.apex.host import Record
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.events.bus import ALL
from orgwright.localorg.org import Org
from tests.localorg.deploying import NAMESPACE, apex, deploy, make_org

TRIGGER = """trigger OnContact on ContactChangeEvent (after insert) {
    List<Task> made = new List<Task>();
    for (ContactChangeEvent one : Trigger.new) {
        EventBus.ChangeEventHeader h = one.ChangeEventHeader;
        made.add(new Task(Subject = h.changeType + '|' + h.getEntityName() + '|' + h.getRecordIds().size() + '|'
            + String.join(h.changedFields, ',') + '|' + one.LastName + '|' + one.Email));
    }
    insert made;
}"""
TEST = """@IsTest private class OnContactTest {
    @IsTest static void hears() {
        Test.enableChangeDataCapture();
        Contact one = new Contact(LastName = 'A');
        insert one;
        System.assertEquals(0, [SELECT COUNT() FROM Task]);
        Test.getEventBus().deliver();
        System.assertEquals('CREATE|Contact|1||A|null', [SELECT Subject FROM Task].Subject);
        one.Email = 'a@example.com';
        update one;
        delete one;
        Test.getEventBus().deliver();
        System.assertEquals(3, [SELECT COUNT() FROM Task]);
        System.assertEquals(1, [SELECT COUNT() FROM Task WHERE Subject LIKE 'UPDATE%Email,LastModifiedDate|null|a@example.com']);
    }
    @IsTest static void isOff() {
        insert new Contact(LastName = 'A');
        Test.getEventBus().deliver();
        System.assertEquals(0, [SELECT COUNT() FROM Task]);
    }
}"""


def member(entity: str, channel: str = "ChangeEvents", extra: str = "") -> tuple[str, dict[str, bytes]]:
    name = f"{channel.removesuffix('__chn')}_{entity}"
    inner = f"<eventChannel>{channel}</eventChannel>{extra}<selectedEntity>{entity}</selectedEntity>"
    text = f"<PlatformEventChannelMember {NAMESPACE}>{inner}</PlatformEventChannelMember>"
    return name, {f"platformEventChannelMembers/{name}.platformEventChannelMember": text.encode()}


@pytest.fixture
def org() -> Org:
    made = make_org()
    name, files = member("ContactChangeEvent")
    files = {
        **files,
        **apex("OnContact", TRIGGER, kind="trigger", version="60.0"),
        **apex("OnContactTest", TEST, version="60.0"),
    }
    members = {"PlatformEventChannelMember": [name], "ApexTrigger": ["OnContact"], "ApexClass": ["OnContactTest"]}
    result = deploy(made, files, members)
    assert result["success"], result["details"]["componentFailures"]
    return made


def save(org: Org, operation: Any, sobject: str, **fields: Any) -> str:
    with org.transaction() as tx:
        (outcome,) = tx.save(SaveRequest(operation, [Record(sobject, fields)], raw="json"))
    assert outcome.success, outcome.errors
    return str(outcome.id)


def test_each_change_is_an_event(org: Org) -> None:
    id = save(org, "insert", "Contact", LastName="B", FirstName="A", MailingCity="Rome", Phone="1")
    save(org, "update", "Contact", Id=id, Phone=None, MailingCity="Oslo", LastName="B")
    save(org, "update", "Contact", Id=id, MailingCity="Oslo")  # nothing changes
    save(org, "delete", "Contact", Id=id)
    save(org, "undelete", "Contact", Id=id)
    save(org, "insert", "Account", Name="Not selected")
    made, changed, gone, back = (e.payload for e in org.events.after("/data/ContactChangeEvent", ALL))
    header = made.pop("ChangeEventHeader")
    assert (header["entityName"], header["changeType"], header["recordIds"]) == ("Contact", "CREATE", [id])
    assert (header["sequenceNumber"], header["changedFields"], header["commitUser"]) == (1, [], org.record.admin_id)
    assert made["Name"] == {"FirstName": "A", "LastName": "B"} and made["MailingAddress"] == {"City": "Rome"}
    assert "LastName" not in made and "Id" not in made and made["CreatedDate"].endswith("Z")
    second = changed.pop("ChangeEventHeader")
    assert set(changed) == {"Phone", "MailingAddress", "LastModifiedDate"} and changed["Phone"] is None
    assert set(second["changedFields"]) == {"Phone", "MailingAddress.City", "LastModifiedDate"}
    assert second["nulledFields"] == ["Phone"] and second["transactionKey"] != header["transactionKey"]
    assert second["commitNumber"] > header["commitNumber"]
    assert set(gone) == {"ChangeEventHeader"} and gone["ChangeEventHeader"]["changeType"] == "DELETE"
    assert back["ChangeEventHeader"]["changeType"] == "UNDELETE" and back["Name"]["LastName"] == "B"
    assert org.events.after("/data/AccountChangeEvent", ALL) == []


def test_what_is_rolled_back_was_no_change(org: Org) -> None:
    with org.transaction() as tx:
        point = tx.savepoint()
        tx.save(SaveRequest("insert", [Record("Contact", {"LastName": "Gone"})], raw="json"))
        tx.rollback(point)
        tx.save(SaveRequest("insert", [Record("Contact", {"LastName": n}) for n in "ab"], raw="json"))
    events = org.events.after("/data/ContactChangeEvent", ALL)
    headers = [event.payload["ChangeEventHeader"] for event in events]
    assert [header["sequenceNumber"] for header in headers] == [1, 2]
    assert len({header["transactionKey"] for header in headers}) == 1


def test_a_trigger_hears_after_the_commit(org: Org) -> None:
    id = save(org, "insert", "Contact", LastName="Heard")
    save(org, "update", "Contact", Id=id, Email="h@example.com")
    with org.read() as tx:
        rows = tx.query("SELECT Subject, CreatedBy.Name FROM Task ORDER BY CreatedDate, Id").records
    assert [row.fields["Subject"] for row in rows] == [
        "CREATE|Contact|1||Heard|null",
        "UPDATE|Contact|1|Email,LastModifiedDate|null|h@example.com",
    ]


def test_apex_tests_turn_capture_on(org: Org) -> None:
    from orgwright.localorg.jobs import testruns
    from orgwright.localorg.jobs.runner import Selection

    result = testruns.of(org).run_now(org.record.admin_id, Selection(classes=("OnContactTest",))).to_dict()
    assert [(f["methodName"], f["message"]) for f in result["failures"]] == []
    assert result["numTestsRun"] == 2


def test_a_selected_entity_must_exist(org: Org) -> None:
    name, files = member("NothingChangeEvent")
    result = deploy(org, files, {"PlatformEventChannelMember": [name]})
    assert not result["success"]
