"""Flows and processes that saves of records start."""

from __future__ import annotations

from typing import Any

import pytest

from orgwright.apex.host import Record, SaveOutcome
from orgwright.localorg.dml.request import SaveOperation, SaveRequest
from orgwright.localorg.org import Org
from tests.localorg.deploying import apex, deploy, failures, make_org
from tests.localorg.flows.building import assign, bring, decide, document, element, on, value, variable

STATE = "<filterLogic>and</filterLogic><filters><field>BillingState</field><operator>{}</operator>{}</filters>"
TASK = "<inputAssignments><field>Subject</field>{}</inputAssignments><inputAssignments><field>WhatId</field>{}</inputAssignments><object>Task</object>"


@pytest.fixture
def org() -> Org:
    return make_org()


def save(org: Org, operation: SaveOperation, *records: dict[str, Any], whole: bool = False) -> list[SaveOutcome]:
    with org.transaction() as tx:
        made = [Record("Account", one) for one in records]
        return tx.save(SaveRequest(operation, made, all_or_none=whole, access="system"))


def read(org: Org, soql: str) -> list[dict[str, Any]]:
    with org.read() as tx:
        return [one.fields for one in tx.query(soql, access="system").records]


def task(name: str, subject: object, next: str = "") -> str:
    return element("recordCreates", name, TASK.format(value(subject), value("=$Record.Id")), next)


def test_a_before_save_flow_changes_the_record_ahead_of_triggers(org: Org) -> None:
    trigger = (
        "trigger Shows on Account (before insert) { for (Account a : Trigger.new) a.Site = 'seen ' + a.Description; }"
    )
    assert failures(deploy(org, apex("Shows", trigger, kind="trigger"), {"ApexTrigger": ["Shows"]})) == []
    body = on("Do", "Account", "RecordBeforeSave", "CreateAndUpdate") + assign(
        "Do", ("$Record.Description", "Assign", "of {!$Record.Name}")
    )
    bring(org, Before=document(body))
    save(org, "insert", {"Name": "A"}, {"Name": "B"})
    rows = read(org, "SELECT Id, Description, Site FROM Account ORDER BY Name")
    assert [(one["Description"], one["Site"]) for one in rows] == [("of A", "seen of A"), ("of B", "seen of B")]
    save(org, "update", {"Id": rows[0]["Id"], "Name": "C"})
    assert read(org, "SELECT Description FROM Account WHERE Name = 'C'") == [{"Description": "of C"}]


def test_an_after_save_flow_writes_for_all_records_at_once(org: Org) -> None:
    trigger = "trigger Counts on Task (after insert) { insert new Contact(LastName = 'n' + Trigger.new.size()); }"
    assert failures(deploy(org, apex("Counts", trigger, kind="trigger"), {"ApexTrigger": ["Counts"]})) == []
    body = on("Make", "Account", "RecordAfterSave", "Create") + task("Make", "Call {!$Record.Name}")
    bring(org, After=document(body), Idle=document(body, status="Draft"))
    save(org, "insert", {"Name": "A"}, {"Name": "B"})
    assert [one["Subject"] for one in read(org, "SELECT Subject FROM Task ORDER BY Subject")] == ["Call A", "Call B"]
    assert read(org, "SELECT LastName FROM Contact") == [{"LastName": "n2"}]


def test_entry_conditions_and_what_changed(org: Org) -> None:
    start = on(
        "Make", "Account", "RecordAfterSave", "CreateAndUpdate",
        STATE.format("EqualTo", value("NY")) + "<doesRequireRecordChangedToMeetCriteria>true</doesRequireRecordChangedToMeetCriteria>",
    )  # fmt: skip
    changed = on("Which", "Account", "RecordAfterSave", "Update")
    which = decide("Which", "Moved", "$Record.BillingState", "IsChanged", True, "Tell") + task(
        "Tell", "{!$Record__Prior.BillingState} to {!$Record.BillingState}"
    )
    bring(org, Meets=document(start + task("Make", "meets")), Moves=document(changed + which))
    (one,) = save(org, "insert", {"Name": "A", "BillingState": "CA"})
    save(org, "update", {"Id": one.id, "Phone": "1"})
    assert read(org, "SELECT Subject FROM Task") == []
    save(org, "update", {"Id": one.id, "BillingState": "NY"})
    save(org, "update", {"Id": one.id, "Phone": "2"})
    subjects = sorted(found["Subject"] for found in read(org, "SELECT Subject FROM Task"))
    assert subjects == ["CA to NY", "meets"]


def test_an_entry_formula_and_a_formula_of_the_change(org: Org) -> None:
    formula = "<filterFormula>AND(ISNEW(), LEN({!$Record.Name}) &gt; 2)</filterFormula>"
    changed = "<filterFormula>ISCHANGED({!$Record.Name})</filterFormula>"
    bring(
        org,
        New=document(
            on("Make", "Account", "RecordAfterSave", "CreateAndUpdate", formula) + task("Make", "new {!$Record.Name}")
        ),
        Named=document(on("Make", "Account", "RecordAfterSave", "Update", changed) + task("Make", "named")),
    )
    one, _ = save(org, "insert", {"Name": "long"}, {"Name": "s"})
    save(org, "update", {"Id": one.id, "Phone": "1"})
    save(org, "update", {"Id": one.id, "Name": "longer"})
    assert sorted(found["Subject"] for found in read(org, "SELECT Subject FROM Task")) == ["named", "new long"]


def test_a_flow_that_updates_its_record_does_not_start_itself_again(org: Org) -> None:
    update = "<inputAssignments><field>NumberOfEmployees</field><value><elementReference>Next</elementReference></value></inputAssignments><inputReference>$Record</inputReference>"
    body = (
        on("Up", "Account", "RecordAfterSave", "CreateAndUpdate")
        + element("recordUpdates", "Up", update)
        + "<formulas><name>Next</name><dataType>Number</dataType><expression>{!$Record.NumberOfEmployees} + 1</expression><scale>0</scale></formulas>"
    )
    bring(org, Counts=document(body))
    (one,) = save(org, "insert", {"Name": "A", "NumberOfEmployees": 1})
    assert read(org, "SELECT NumberOfEmployees FROM Account") == [{"NumberOfEmployees": 2}]
    save(org, "update", {"Id": one.id, "Phone": "1"})
    assert read(org, "SELECT NumberOfEmployees FROM Account") == [{"NumberOfEmployees": 3}]


def test_a_failing_flow_refuses_its_record_and_only_that(org: Org) -> None:
    body = (
        on("Which", "Account", "RecordAfterSave", "Create")
        + decide("Which", "Bad", "$Record.Name", "EqualTo", "bad", "Make")
        + element(
            "recordCreates",
            "Make",
            "<inputAssignments><field>Description</field><value><stringValue>x</stringValue></value></inputAssignments><object>Contact</object>",
        )
    )
    bring(org, Fails=document(body, label="Account: New"))
    good, bad = save(org, "insert", {"Name": "good"}, {"Name": "bad"})
    assert good.success and not bad.success
    (error,) = bad.errors
    assert error.code == "CANNOT_EXECUTE_FLOW_TRIGGER"
    head = "We can't save this record because the “Account: New” process failed. Give your Salesforce admin these details. "
    assert error.message.startswith(
        head + "This error occurred when the flow tried to create records: REQUIRED_FIELD_MISSING: "
    )
    assert read(org, "SELECT Name FROM Account") == [{"Name": "good"}]


def test_a_custom_error_shows_at_its_field(org: Org) -> None:
    message = "<customErrorMessages><errorMessage>No {!$Record.Name} here</errorMessage><fieldSelection>Name</fieldSelection><isFieldError>true</isFieldError></customErrorMessages>"
    bring(
        org,
        Refuses=document(on("No", "Account", "RecordBeforeSave", "Create") + element("customErrors", "No", message)),
    )
    (one,) = save(org, "insert", {"Name": "A"})
    assert [(e.code, e.message, e.fields) for e in one.errors] == [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "No A here", ("Name",))
    ]


def test_a_delete_starts_flows(org: Org) -> None:
    bring(
        org,
        Gone=document(
            on("Make", "Account", "RecordBeforeDelete", "Delete")
            + element("recordCreates", "Make", TASK.format(value("{!$Record.Name} goes"), value("")))
        ),
    )
    (one,) = save(org, "insert", {"Name": "A"})
    save(org, "delete", {"Id": one.id})
    assert read(org, "SELECT Subject FROM Task") == [{"Subject": "A goes"}]


def test_a_flow_calls_apex_in_bulk_and_passes_records(org: Org) -> None:
    action = """public class Rates {
        public class Ask { @InvocableVariable public Account owner; @InvocableVariable public Integer base; }
        public class Answer { @InvocableVariable public String text; @InvocableVariable public Decimal rate; }
        @InvocableMethod public static List<Answer> rate(List<Ask> asked) {
            List<Answer> found = new List<Answer>();
            for (Ask one : asked) { Answer a = new Answer(); a.text = one.owner.Name + asked.size(); a.rate = one.base * 1.5; found.add(a); }
            return found;
        }
    }"""
    assert failures(deploy(org, apex("Rates", action), {"ApexClass": ["Rates"]})) == []
    call = (
        f"<actionName>Rates</actionName><actionType>apex</actionType><inputParameters><name>owner</name>{value('=$Record')}</inputParameters>"
        f"<inputParameters><name>base</name>{value(4)}</inputParameters><outputParameters><assignToReference>text</assignToReference><name>text</name>"
        "</outputParameters><outputParameters><assignToReference>rate</assignToReference><name>rate</name></outputParameters>"
    )
    body = (
        on("Call", "Account", "RecordAfterSave", "Create")
        + element("actionCalls", "Call", call, "Make")
        + task("Make", "{!text} at {!rate}")
        + variable("text")
        + variable("rate", "Number")
    )
    bring(org, Calls=document(body))
    save(org, "insert", {"Name": "A"}, {"Name": "B"})
    assert sorted(one["Subject"] for one in read(org, "SELECT Subject FROM Task")) == ["A2 at 6.0", "B2 at 6.0"]


def test_a_process_runs_for_what_it_is_about(org: Org) -> None:
    def note(name: str, given: object) -> str:
        return f"<processMetadataValues><name>{name}</name>{value(given)}</processMetadataValues>"

    update = "<filterLogic>and</filterLogic><filters><field>Id</field><operator>EqualTo</operator>{}</filters><inputAssignments><field>Site</field>{}</inputAssignments><object>Account</object>"
    body = (
        note("ObjectType", "Account")
        + note("ObjectVariable", "=myVariable_current")
        + note("OldObjectVariable", "=myVariable_old")
        + note("TriggerType", "onAllChanges")
        + "<startElementReference>Which</startElementReference>"
        + decide("Which", "Rule", "myVariable_current.BillingState", "EqualTo", "NY", "Up")
        + element("recordUpdates", "Up", update.format(value("=myVariable_current.Id"), value("by the process")))
        + variable("myVariable_current", "SObject", "in", object="Account")
        + variable("myVariable_old", "SObject", "in", object="Account")
    )
    bring(org, Process=document(body, kind="Workflow"))
    save(org, "insert", {"Name": "A", "BillingState": "NY"}, {"Name": "B"})
    assert [one["Site"] for one in read(org, "SELECT Site FROM Account ORDER BY Name")] == ["by the process", None]


def test_what_does_not_run_refuses_the_save(org: Org) -> None:
    bring(
        org,
        Stage=document(
            on("Post", "Account", "RecordAfterSave", "Create")
            + element("actionCalls", "Post", "<actionName>chatterPost</actionName><actionType>chatterPost</actionType>")
        ),
    )
    (one,) = save(org, "insert", {"Name": "A"})
    (error,) = one.errors
    assert (
        error.code == "NOT_SUPPORTED_BY_EMBEDDED_ORG"
        and "flow Stage" in error.message
        and "chatterPost" in error.message
    )
    assert read(org, "SELECT Id FROM Account") == []


def test_entry_conditions_that_cannot_be_worked_out_refuse_the_record(org: Org) -> None:
    formula = "<filterFormula>1 / {!$Record.NumberOfEmployees} &gt; 0</filterFormula>"
    bring(org, Divides=document(on("Make", "Account", "RecordAfterSave", "Create", formula) + task("Make", "x")))
    good, bad = save(org, "insert", {"Name": "A", "NumberOfEmployees": 1}, {"Name": "B", "NumberOfEmployees": 0})
    assert good.success
    assert [error.code for error in bad.errors] == ["CANNOT_EXECUTE_FLOW_TRIGGER"]
