"""Debug logs of whoever is traced: blocks, triggers, jobs and test methods, with what they did."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from orgwright.apex.host import Record
from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.jobs import anonymous, asynchronous, debuglog, services, testruns
from orgwright.localorg.jobs.debuglog import DebugLog
from orgwright.localorg.jobs.runner import Selection
from orgwright.localorg.metadata.tooling import kept, logging
from orgwright.localorg.org import Org
from tests.localorg.deploying import apex, deploy

CLASSES = {
    "Later": "implements Queueable { public void execute(QueueableContext c) { System.debug('queued'); } }",
    "Many": (
        "implements Database.Batchable<SObject> {"
        " public Database.QueryLocator start(Database.BatchableContext c) { return Database.getQueryLocator('SELECT Id FROM Account'); }"
        " public void execute(Database.BatchableContext c, List<SObject> rows) { System.debug(rows.size()); }"
        " public void finish(Database.BatchableContext c) {} }"
    ),
    "Soon": "{ @future public static void run() { System.debug('future'); throw new IllegalArgumentException('late'); } }",
}
TEST = (
    "@IsTest private class Tests { @IsTest static void fine() { System.debug('in test'); }\n"
    "@IsTest static void wrong() { System.assertEquals(1, 2); } }"
)
TRIGGER = "trigger OnAccount on Account (before insert) {\n    System.debug('in trigger');\n}"


@pytest.fixture
def org(tmp_path: Path) -> Any:
    made = Org.create(tmp_path / "org", alias="logs", seed=1)
    attach(made)
    files: dict[str, bytes] = {}
    for name, body in CLASSES.items():
        files |= apex(name, f"public class {name} {body}", version="66.0")
    files |= apex("Tests", TEST, version="66.0")
    files["triggers/OnAccount.trigger"] = TRIGGER.encode()
    files["triggers/OnAccount.trigger-meta.xml"] = (
        b'<?xml version="1.0" encoding="UTF-8"?><ApexTrigger xmlns="http://soap.sforce.com/2006/04/metadata">'
        b"<apiVersion>66.0</apiVersion><status>Active</status></ApexTrigger>"
    )
    done = deploy(made, files, {"ApexClass": [*CLASSES, "Tests"], "ApexTrigger": ["OnAccount"]}, ignore_warnings=True)
    assert done["success"], done["details"]["componentFailures"]
    yield made
    made.close()


def trace(org: Org) -> None:
    """A trace flag for the administrator, with everything at INFO and Apex at DEBUG."""
    kinds = {kind.name: kind for kind in logging.kinds()}
    with org.transaction(org.record.admin_id) as tx:
        level = {
            "DeveloperName": "L",
            "MasterLabel": "L",
            "ApexCode": "DEBUG",
            "Database": "INFO",
            "ApexProfiling": "INFO",
        }
        level_id = kept.create(tx, kinds["DebugLevel"], level)
        flag = {"TracedEntityId": org.record.admin_id, "DebugLevelId": level_id, "LogType": "DEVELOPER_LOG"}
        kept.create(tx, kinds["TraceFlag"], flag)


def logs(org: Org) -> list[tuple[str, str, list[str]]]:
    """Operation, status and events of each log, oldest first."""
    with org.read() as tx:
        rows = tx.query("SELECT Id, Operation, Status, Location FROM ApexLog ORDER BY Id", access="system").records
        assert {row.fields["Location"] for row in rows} <= {"SystemLog"}
        found = []
        for row in rows:
            body = debuglog.body(tx, row.fields["Id"]) or ""
            events = [line.partition("|")[2] for line in body.splitlines() if "|" in line and line[:1].isdigit()]
            found.append((row.fields["Operation"], row.fields["Status"], events[2:]))
    return found


def shown(events: list[str]) -> list[str]:
    return [event for event in events if "LIMIT_USAGE" not in event]


def limits(org: Org) -> list[str]:
    """What the newest log says of the limits."""
    with org.read() as tx:
        (row,) = tx.query("SELECT Id FROM ApexLog ORDER BY Id DESC LIMIT 1", access="system").records
        text = debuglog.body(tx, row.fields["Id"]) or ""
    _, _, told = text.partition("|LIMIT_USAGE_FOR_NS|(default)|\n")
    return told.partition("\n\n")[0].splitlines()


def test_who_is_not_traced_has_no_logs(org: Org) -> None:
    assert anonymous.execute(org, org.record.admin_id, "insert new Account(Name = 'a');").success
    with org.transaction(org.record.admin_id) as tx:
        tx.save(SaveRequest("insert", [Record("Account", {"Name": "b"})]))
    testruns.of(org).run_now(org.record.admin_id, Selection(("Tests",)))
    assert logs(org) == []


def test_a_block_logs_its_queries_its_dml_and_the_triggers_inside(org: Org) -> None:
    trace(org)
    block = "insert new Account(Name = 'a');\nList<Account> found = [SELECT Id FROM Account];\nInteger i = 1 / 0;"
    assert not anonymous.execute(org, org.record.admin_id, block, operation="/here").success
    ((operation, status, events),) = logs(org)
    assert (operation, status) == ("/here", "System.MathException: Divide by 0")
    unit = "OnAccount on Account trigger event BeforeInsert|__sfdc_trigger/OnAccount"
    assert events[0] == "CODE_UNIT_STARTED|[EXTERNAL]|execute_anonymous_apex"
    assert events[1] == "DML_BEGIN|[1]|Op:Insert|Type:Account|Rows:1"
    assert events[2].startswith("CODE_UNIT_STARTED|[EXTERNAL]|01q") and events[2].endswith(f"|{unit}")
    assert shown(events)[3:] == [
        "USER_DEBUG|[2]|DEBUG|in trigger",
        f"CODE_UNIT_FINISHED|{unit}",
        "DML_END|[1]",
        "SOQL_EXECUTE_BEGIN|[2]|Aggregations:0|SELECT Id FROM Account",
        "SOQL_EXECUTE_END|[2]|Rows:1",
        "EXCEPTION_THROWN|[3]|System.MathException: Divide by 0",
        "FATAL_ERROR|System.MathException: Divide by 0",
        "CODE_UNIT_FINISHED|execute_anonymous_apex",
        "EXECUTION_FINISHED",
    ]
    used = limits(org)
    for line in ("SOQL queries: 1 out of 100", "query rows: 1 out of 50000", "DML statements: 1 out of 150",
                 "DML rows: 1 out of 10000", "callouts: 0 out of 100"):  # fmt: skip
        assert f"  Number of {line}" in used
    assert re.fullmatch(r"  Maximum CPU time: \d+ out of 10000", used[-1])
    last = [event.partition("|")[0] for event in events if "LIMIT_USAGE" in event or "FINISHED" in event][-5:]
    assert last == ["CUMULATIVE_LIMIT_USAGE", "LIMIT_USAGE_FOR_NS", "CUMULATIVE_LIMIT_USAGE_END",
                    "CODE_UNIT_FINISHED", "EXECUTION_FINISHED"]  # fmt: skip


def test_a_save_through_an_api_logs_its_triggers(org: Org) -> None:
    trace(org)
    with org.transaction(org.record.admin_id) as tx:
        tx.save(SaveRequest("insert", [Record("Contact", {"LastName": "no trigger"})]))
    with org.transaction(org.record.admin_id) as tx:
        tx.save(SaveRequest("insert", [Record("Account", {"Name": "b"})]))
    ((_, status, events),) = logs(org)
    assert status == "Success"
    assert "USER_DEBUG|[2]|DEBUG|in trigger" in events


FAILING = "trigger OnCase on Case (before insert) {\n    Integer i = 1 / 0;\n}"


@pytest.mark.parametrize("all_or_none", [True, False])
def test_a_save_whose_trigger_fails_is_logged_though_its_work_is_undone(org: Org, all_or_none: bool) -> None:
    files = {
        "triggers/OnCase.trigger": FAILING.encode(),
        "triggers/OnCase.trigger-meta.xml": (
            b'<?xml version="1.0" encoding="UTF-8"?><ApexTrigger xmlns="http://soap.sforce.com/2006/04/metadata">'
            b"<apiVersion>66.0</apiVersion><status>Active</status></ApexTrigger>"
        ),
    }
    done = deploy(org, files, {"ApexTrigger": ["OnCase"]}, ignore_warnings=True)
    assert done["success"], done["details"]["componentFailures"]
    trace(org)
    with org.transaction(org.record.admin_id) as tx:
        point = tx.savepoint()
        (outcome,) = tx.save(SaveRequest("insert", [Record("Case", {"Subject": "a"})], all_or_none=all_or_none))
        assert not outcome.success
        if all_or_none:
            tx.rollback(point)
    ((operation, status, events),) = logs(org)
    assert (operation, status) == ("Api", "System.MathException: Divide by 0")
    unit = "OnCase on Case trigger event BeforeInsert|__sfdc_trigger/OnCase"
    assert shown(events)[1:] == [
        "EXCEPTION_THROWN|[2]|System.MathException: Divide by 0",
        "FATAL_ERROR|System.MathException: Divide by 0",
        f"CODE_UNIT_FINISHED|{unit}",
        "EXECUTION_FINISHED",
    ]
    assert limits(org)[:2] == ["  Number of SOQL queries: 0 out of 100", "  Number of query rows: 0 out of 50000"]


def test_a_trigger_that_recovers_from_another_ones_failure_ends_well(org: Org) -> None:
    outer = (
        "trigger OnContact on Contact (before insert) {\n"
        "    try { insert new Case(Subject = 'b'); } catch (DmlException e) { System.debug('caught'); }\n}"
    )
    meta = (
        b'<?xml version="1.0" encoding="UTF-8"?><ApexTrigger xmlns="http://soap.sforce.com/2006/04/metadata">'
        b"<apiVersion>66.0</apiVersion><status>Active</status></ApexTrigger>"
    )
    files = {
        "triggers/OnCase.trigger": FAILING.encode(), "triggers/OnCase.trigger-meta.xml": meta,
        "triggers/OnContact.trigger": outer.encode(), "triggers/OnContact.trigger-meta.xml": meta,
    }  # fmt: skip
    done = deploy(org, files, {"ApexTrigger": ["OnCase", "OnContact"]}, ignore_warnings=True)
    assert done["success"], done["details"]["componentFailures"]
    trace(org)
    with org.transaction(org.record.admin_id) as tx:
        (outcome,) = tx.save(SaveRequest("insert", [Record("Contact", {"LastName": "b"})]))
        assert outcome.success
    ((_, status, events),) = logs(org)
    assert status == "Success"
    assert "EXCEPTION_THROWN|[2]|System.MathException: Divide by 0" in events
    assert "USER_DEBUG|[2]|DEBUG|caught" in events


def test_what_is_no_apex_failure_is_no_success_either(org: Org) -> None:
    trace(org)

    def refuse(execution: Any, program: Any) -> None:
        raise ValueError("no such parameter")

    with pytest.raises(ValueError, match="no such parameter"):
        services.run(org, org.record.admin_id, "Later.execute", "/services/apexrest/later", refuse)
    ((operation, status, _),) = logs(org)
    assert (operation, status) == ("/services/apexrest/later", "ValueError: no such parameter")


def test_jobs_log_each_of_their_transactions(org: Org) -> None:
    with org.transaction(org.record.admin_id) as tx:
        tx.save(SaveRequest("insert", [Record("Account", {"Name": str(i)}) for i in range(3)]))
    source = "System.enqueueJob(new Later()); Soon.run(); Database.executeBatch(new Many(), 2);"
    trace(org)
    assert anonymous.execute(org, org.record.admin_id, source).success
    asynchronous.of(org).run_due()
    done = [log for log in logs(org) if log[0] != "Api"]
    assert [(operation, status) for operation, status, _ in done] == [
        ("QueueableHandler", "Success"),
        ("FutureHandler", "System.IllegalArgumentException: late"),
        ("Batch Apex", "Success"),
        ("SerialBatchApexRangeChunkHandler", "Success"),
        ("SerialBatchApexRangeChunkHandler", "Success"),
        ("Batch Apex", "Success"),
    ]
    assert done[0][2][:2] == ["CODE_UNIT_STARTED|[EXTERNAL]|Later", "USER_DEBUG|[1]|DEBUG|queued"]
    assert done[1][2][:2] == ["CODE_UNIT_STARTED|[EXTERNAL]|Soon.run", "USER_DEBUG|[1]|DEBUG|future"]


def test_each_test_method_has_a_log_that_its_result_names(org: Org) -> None:
    trace(org)
    runs = testruns.of(org)
    job, work = runs.start(org.record.admin_id, Selection(("Tests",)))
    work()
    with org.read() as tx:
        soql = f"SELECT MethodName, ApexLogId FROM ApexTestResult WHERE AsyncApexJobId = '{job}' ORDER BY MethodName"
        by_method = {r.fields["MethodName"]: r.fields["ApexLogId"] for r in tx.query(soql, access="system").records}
        fine, wrong = (debuglog.body(tx, str(by_method[name])) or "" for name in ("fine", "wrong"))
    assert "|Tests.fine\n" in fine and "|USER_DEBUG|[1]|DEBUG|in test\n" in fine
    assert "|EXCEPTION_THROWN|[2]|System.AssertException: Assertion Failed: Expected: 1, Actual: 2\n" in wrong
    assert {(operation, status[:6]) for operation, status, _ in logs(org)} == {
        ("ApexTestHandler", "Succes"),
        ("ApexTestHandler", "System"),
    }


def test_a_log_has_an_end(org: Org) -> None:
    with org.read() as tx:
        log = DebugLog(tx.user())
    for _ in range(30):
        log.debug(1, "DEBUG", "x" * 1_000_000)
    assert len(log.text()) < debuglog.MAX_BYTES + 1000
    assert log.text().endswith("*********** MAXIMUM DEBUG LOG SIZE REACHED ***********\n")


def test_levels_leave_out_what_is_finer(org: Org) -> None:
    with org.read() as tx:
        log = DebugLog(tx.user(), {"APEX_CODE": "INFO", "DB": "NONE"})
    log.debug(1, "DEBUG", "unseen")
    log.debug(2, "ERROR", "seen")
    log.event("DB", "INFO", "SOQL_EXECUTE_BEGIN|[1]|unseen")
    assert [line.partition("|")[2] for line in log.lines[2:]] == ["USER_DEBUG|[2]|ERROR|seen"]
