"""Batch, scheduled and delayed jobs outside of tests; abort; what a restart makes of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.jobs import anonymous, asynchronous
from orgwright.localorg.org import Org
from tests.localorg.deploying import NOW, apex, deploy


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def org(tmp_path: Path, clock: Clock) -> Any:
    made = Org.create(tmp_path / "org", alias="jobs", seed=1, clock=clock)
    attach(made)
    yield made
    made.close()


def put(org: Org, **classes: str) -> None:
    files: dict[str, bytes] = {}
    for name, body in classes.items():
        files |= apex(name, f"public class {name} {body}", version="66.0")
    result = deploy(org, files, {"ApexClass": list(classes)}, ignore_warnings=True)
    assert result["success"], result["details"]["componentFailures"]


def run(org: Org, source: str) -> None:
    done = anonymous.execute(org, org.record.admin_id, source)
    assert done.success, done


def rows(org: Org, soql: str) -> list[tuple[Any, ...]]:
    with org.read() as tx:
        return [tuple(r.fields.values()) for r in tx.query(soql, access="system").records]


def work(org: Org) -> None:
    """All that is due has ended, whichever thread ran it."""
    asynchronous.of(org).run_due()


JOB = "SELECT Status, TotalJobItems, JobItemsProcessed, NumberOfErrors, ExtendedStatus FROM AsyncApexJob"
BATCH = """implements Database.Batchable<SObject>{stateful} {{
    Integer seen = 0;
    public Database.QueryLocator start(Database.BatchableContext c) {{
        return Database.getQueryLocator('SELECT Id, Name, NumberOfEmployees FROM Account ORDER BY Name');
    }}
    public void execute(Database.BatchableContext c, List<Account> rows) {{
        seen += rows.size();
        insert new Contact(LastName = 'chunk of ' + rows.size() + ' saw ' + seen);
        for (Account row : rows) {{
            if (row.Name == 'bad') {{ throw new DmlException('bad row'); }}
        }}
    }}
    public void finish(Database.BatchableContext c) {{ insert new Contact(LastName = 'finished ' + seen); }}
}}"""
ACCOUNTS = "List<Account> rows = new List<Account>(); for (Integer i = 0; i < 5; i++) { rows.add(new Account(Name = 'a' + i)); }"


@pytest.mark.parametrize(
    ("stateful", "told"),
    [
        ("", ["chunk of 1 saw 1", "chunk of 2 saw 2", "chunk of 2 saw 2", "finished 0"]),
        (", Database.Stateful", ["chunk of 1 saw 5", "chunk of 2 saw 2", "chunk of 2 saw 4", "finished 5"]),
    ],
)
def test_a_batch_runs_chunk_by_chunk(org: Org, stateful: str, told: list[str]) -> None:
    put(org, Loads=BATCH.format(stateful=stateful))
    run(org, ACCOUNTS + "insert rows; Database.executeBatch(new Loads(), 2);")
    work(org)
    assert sorted(name for (name,) in rows(org, "SELECT LastName FROM Contact")) == told
    assert rows(org, JOB) == [("Completed", 3, 3, 0, None)]


def test_a_failing_chunk_is_rolled_back_and_the_others_run(org: Org) -> None:
    put(org, Loads=BATCH.format(stateful=""))
    run(org, ACCOUNTS + "rows[3].Name = 'bad'; insert rows; Database.executeBatch(new Loads(), 2);")
    work(org)
    assert len(rows(org, "SELECT LastName FROM Contact WHERE LastName LIKE 'chunk%'")) == 2
    ((status, total, processed, errors, told),) = rows(org, JOB)
    assert (status, total, processed, errors) == ("Completed", 3, 3, 1)
    assert told.startswith("First error: System.DmlException: bad row")


def test_a_failing_start_fails_the_job(org: Org) -> None:
    put(org, Loads=BATCH.format(stateful="").replace("FROM Account ORDER", "FROM Nothing__c ORDER"))
    run(org, "Database.executeBatch(new Loads());")
    work(org)
    ((status, _, _, errors, told),) = rows(org, JOB)
    assert (status, errors) == ("Failed", 1)
    assert "Nothing__c" in told


SCHEDULED = """implements Schedulable {
    String text = 'tick';
    public void execute(SchedulableContext c) {
        insert new Account(Name = text + ' ' + (c.getTriggerId() != null));
    }
}"""
TRIGGERS = "SELECT CronJobDetail.Name, State, TimesTriggered, NextFireTime, PreviousFireTime FROM CronTrigger"


def test_a_scheduled_job_runs_when_it_is_due(org: Org, clock: Clock) -> None:
    put(org, Ticks=SCHEDULED)
    run(org, "System.schedule('every noon', '0 0 12 * * ?', new Ticks());")
    work(org)
    assert rows(org, "SELECT Name FROM Account") == []
    (found,) = rows(org, TRIGGERS)
    assert found[1:] == ("WAITING", 0, dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC), None)
    clock.now = NOW.replace(hour=12, minute=1)
    work(org)
    assert rows(org, "SELECT Name FROM Account") == [("tick true",)]
    (found,) = rows(org, TRIGGERS)
    assert found[1:4] == ("WAITING", 1, dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC))
    clock.now += dt.timedelta(days=3)
    work(org)
    assert len(rows(org, "SELECT Name FROM Account")) == 2, "what was missed runs once"


def test_the_same_name_cannot_be_scheduled_twice(org: Org) -> None:
    put(org, Ticks=SCHEDULED)
    run(org, "System.schedule('one', '0 0 12 * * ?', new Ticks());")
    again = anonymous.execute(org, org.record.admin_id, "System.schedule('one', '0 0 13 * * ?', new Ticks());")
    assert again.exception_message == (
        'System.AsyncException: The Apex job named "one" is already scheduled for execution.'
    )
    never = anonymous.execute(org, org.record.admin_id, "System.schedule('two', '0 0 13 1 1 ? 2020', new Ticks());")
    assert "will never fire" in (never.exception_message or "")


def test_abort(org: Org, clock: Clock) -> None:
    put(org, Ticks=SCHEDULED, Loads=BATCH.format(stateful=""))
    run(org, "System.abortJob(System.schedule('gone', '0 0 12 * * ?', new Ticks()));")
    assert rows(org, TRIGGERS) == []
    run(org, ACCOUNTS + "insert rows; System.scheduleBatch(new Loads(), 'later', 5, 2);")
    run(org, "for (AsyncApexJob j : [SELECT Id FROM AsyncApexJob WHERE Status = 'Queued']) { System.abortJob(j.Id); }")
    clock.now += dt.timedelta(days=1)
    work(org)
    assert rows(org, "SELECT LastName FROM Contact") == []
    assert {status for (status, *_) in rows(org, JOB)} == {"Aborted"}
    again = anonymous.execute(org, org.record.admin_id, "System.abortJob('08e000000000001AAA');")
    assert again.exception_message == "System.AsyncException: Job does not exist or is already aborted."


def test_a_batch_on_the_schedule_runs_once(org: Org, clock: Clock) -> None:
    put(org, Loads=BATCH.format(stateful=""))
    run(org, ACCOUNTS + "insert rows; System.scheduleBatch(new Loads(), 'later', 5, 2);")
    assert rows(org, "SELECT Name, JobType FROM CronJobDetail") == [("later", "9")]
    assert rows(org, "SELECT State, TimesTriggered FROM CronTrigger") == [("WAITING", 0)]
    work(org)
    assert rows(org, "SELECT LastName FROM Contact") == []
    clock.now += dt.timedelta(minutes=6)
    work(org)
    assert rows(org, "SELECT LastName FROM Contact") != []
    assert rows(org, "SELECT State, TimesTriggered FROM CronTrigger") == [("DELETED", 1)]


def test_a_delayed_job_waits(org: Org, clock: Clock) -> None:
    body = "implements Queueable { public void execute(QueueableContext c) { insert new Account(Name = 'late'); } }"
    put(org, Later=body)
    run(org, "System.enqueueJob(new Later(), 5);")
    work(org)
    assert rows(org, "SELECT Name FROM Account") == []
    clock.now += dt.timedelta(minutes=6)
    work(org)
    assert rows(org, "SELECT Name FROM Account") == [("late",)]


def test_jobs_outlive_a_restart_and_those_cut_off_say_so(org: Org, clock: Clock) -> None:
    body = (
        "implements Queueable { List<Account> rows = new List<Account>{ new Account(Name = 'kept') };"
        " Map<String, Integer> counts = new Map<String, Integer>{ 'a' => 1 };"
        " public void execute(QueueableContext c) { rows[0].Name += counts.get('a'); insert rows; } }"
    )
    put(org, Later=body, Ticks=SCHEDULED)
    run(org, "System.enqueueJob(new Later(), 5); System.enqueueJob(new Later(), 6);"
             "System.schedule('noon', '0 0 12 * * ?', new Ticks());")  # fmt: skip
    with org.transaction() as tx:
        ((second,),) = tx.sql("SELECT id FROM _job ORDER BY number LIMIT 1 OFFSET 1")
        tx.update_setup(second, {"Status": "Processing"})
    folder = org.database.path
    assert folder is not None
    org.close()
    clock.now += dt.timedelta(days=1)
    again = Org.open(folder.parent, clock=clock)
    attach(again)
    work(again)
    assert sorted(rows(again, "SELECT Name FROM Account")) == [("kept1",), ("tick true",)]
    told = rows(again, "SELECT Status, ExtendedStatus FROM AsyncApexJob WHERE JobType = 'Queueable'")
    assert sorted(told, key=str) == [("Completed", None), ("Failed", asynchronous.CUT_OFF)]
    again.close()


def test_a_job_that_can_no_longer_be_read_fails_and_those_behind_it_run(org: Org, clock: Clock) -> None:
    put(
        org, Work="implements Queueable { public void execute(QueueableContext c) { insert new Account(Name = 'w'); } }"
    )
    run(org, "for (Integer i = 1; i < 3; i++) { System.enqueueJob(new Work(), i); }")
    with org.transaction() as tx:
        tx.sql("UPDATE _job SET payload = ? WHERE number = (SELECT min(number) FROM _job)", (b"no pickle",))
    clock.now += dt.timedelta(minutes=3)
    work(org)
    (broken, good) = rows(org, "SELECT Status, ExtendedStatus FROM AsyncApexJob ORDER BY Id")
    assert broken[0] == "Failed" and broken[1].startswith("Internal error") and good == ("Completed", None)
    assert rows(org, "SELECT Name FROM Account") == [("w",)]
