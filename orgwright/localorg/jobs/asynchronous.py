"""Apex that runs after its transaction: future methods, queueable, batch and scheduled jobs.

Each has its row of AsyncApexJob, a scheduled one of CronTrigger and CronJobDetail as well, and one in the table ``_job``,
which is what is run: written in the transaction that enqueues, so that a job is there exactly when its transaction is.
Follows "Asynchronous Apex" of the Apex Developer Guide.
"""

from __future__ import annotations

import datetime as dt
import logging
import pickle
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orgwright.apex.host import ApexFailure, AsyncJob
from orgwright.localorg.jobs import cron
from orgwright.localorg.jobs.running import LONGEST, publish_error, run_job

if TYPE_CHECKING:
    from orgwright.localorg.apexhost.host import OrgHost
    from orgwright.localorg.apexhost.program import Built
    from orgwright.localorg.org import Org, Transaction

log = logging.getLogger("orgwright.apex")
TABLE = """CREATE TABLE IF NOT EXISTS _job (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, class_name TEXT NOT NULL, user_id TEXT NOT NULL,
    due TEXT NOT NULL, cron_id TEXT, cron TEXT, payload BLOB)"""
MAX_BATCHES = 5
"""Batch jobs that a test may submit (Apex Developer Guide, "Using Batch Apex")."""
CUT_OFF = "The server ended while this job ran. What its finished transactions saved is there, the rest is not."
_JOB_TYPES = {"future": "Future", "queueable": "Queueable", "batch": "BatchApex", "scheduled": "ScheduledApex"}
_SCHEDULED_APEX, _BATCH_JOB = "7", "9"
_LONGEST_SLEEP = 30.0
MAX_SCHEDULED = 100


@dataclass(frozen=True)
class Waiting:
    """A row of ``_job``; ``cron_id`` and ``cron`` belong to scheduled jobs."""

    number: int
    id: str
    kind: str
    user_id: str
    due: str
    cron_id: str | None
    cron: str | None
    payload: bytes | None


def enqueue(tx: Transaction, built: Built, job: AsyncJob, *, run: bool) -> str:
    """Write a job down; with ``run`` it starts when the transaction has committed and it is due.

    The Id of its AsyncApexJob, of a job with a schedule that of its CronTrigger.
    """
    unit = built.units.get(("class", job.class_name.partition(".")[0].lower()))
    cron_id, due = None, tx.now() + dt.timedelta(minutes=job.delay_minutes)
    if job.name is not None:
        cron_id, due = _schedule(tx, job, None if job.kind == "scheduled" else due)
    fields: dict[str, Any] = {
        "JobType": _JOB_TYPES[job.kind],
        "Status": "Queued",
        "MethodName": job.method_name,
        "ApexClassId": unit.id if unit else None,
        "JobItemsProcessed": 0,
        "TotalJobItems": 0,
        "NumberOfErrors": 0,
        "CronTriggerId": cron_id,
    }
    id = tx.insert_setup("AsyncApexJob", fields)
    if run:
        queue = of(tx.org)
        row = (id, job.kind, job.class_name, tx.user_id, _text(due), cron_id, job.cron, queue.pack(id, job.payload))
        tx.sql(
            "INSERT INTO _job (id, kind, class_name, user_id, due, cron_id, cron, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        tx.on_commit(queue.wake)
    return cron_id or id


def _schedule(tx: Transaction, job: AsyncJob, once: dt.datetime | None) -> tuple[str, dt.datetime]:
    """The rows of a job that has a schedule, and when it runs first; ``once`` when it does so only then."""
    known = {name: id for id, (name,) in tx.setup_rows("CronJobDetail", "Id", ["Name"]).items()}
    if job.name in known:
        raise ApexFailure(
            "System.AsyncException", f'The Apex job named "{job.name}" is already scheduled for execution.'
        )
    if len(known) >= MAX_SCHEDULED:
        raise ApexFailure(
            "System.AsyncException", f"You have exceeded the maximum number ({MAX_SCHEDULED}) of Apex scheduled jobs."
        )
    zone = tx.user().time_zone
    expression = cron.at(once.astimezone(ZoneInfo(zone))) if once else job.cron or ""
    first = once or cron.next_time(expression, tx.now().astimezone(ZoneInfo(zone)))
    if first is None:
        raise ApexFailure(
            "System.AsyncException",
            f"Based on configured schedule, the given trigger '{job.name}' will never fire.",
        )
    detail = tx.insert_setup("CronJobDetail", {"Name": job.name, "JobType": _BATCH_JOB if once else _SCHEDULED_APEX})
    values = {
        "CronJobDetailId": detail,
        "CronExpression": expression,
        "NextFireTime": first,
        "StartTime": tx.now(),
        "State": "WAITING",
        "TimesTriggered": 0,
        "TimeZoneSidKey": zone,
        "OwnerId": tx.user_id,
    }
    return tx.insert_setup("CronTrigger", values), first


def abort(tx: Transaction, id: str) -> None:
    """``System.abortJob``: a job that waits never runs, a batch ends behind its current chunk, a schedule is removed."""
    rows = tx.sql(
        "SELECT number, id, cron_id FROM _job WHERE substr(id, 1, 15) = ? OR substr(cron_id, 1, 15) = ?",
        (id[:15], id[:15]),
    )
    found = tx.schema.sobject_of_id(id)
    name = None if found is None else found.name
    if name not in ("AsyncApexJob", "CronTrigger") or not _lives(tx, str(name), id):
        raise ApexFailure("System.AsyncException", "Job does not exist or is already aborted.")
    for number, job_id, cron_id in rows:
        tx.sql("DELETE FROM _job WHERE number = ?", (number,))
        _ended(tx, job_id, "Aborted")
        if cron_id is not None:
            _unschedule(tx, cron_id)
    if not rows and name == "CronTrigger":
        _unschedule(tx, id)


def _lives(tx: Transaction, sobject: str, id: str) -> bool:
    if not tx.has_table(sobject):
        return False
    column = '"Status"' if sobject == "AsyncApexJob" else "'Queued'"
    rows = tx.sql(f'SELECT {column} FROM "{sobject}" WHERE substr("Id", 1, 15) = ?', (id[:15],))
    return bool(rows) and rows[0][0] in ("Queued", "Holding", "Preparing", "Processing")


def _unschedule(tx: Transaction, cron_id: str) -> None:
    rows = tx.sql('SELECT "Id", "CronJobDetailId" FROM "CronTrigger" WHERE substr("Id", 1, 15) = ?', (cron_id[:15],))
    for id, detail in rows:
        tx.delete_setup(id)
        if detail:
            tx.delete_setup(detail)


def _ended(tx: Transaction, id: str, status: str, reason: str | None = None) -> None:
    tx.update_setup(id, {"Status": status, "ExtendedStatus": reason, "CompletedDate": tx.now()})


class JobQueue:
    """Runs the jobs of one org, one at a time, in the order in which they are due."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._unpacked: dict[str, Any] = {}

    def pack(self, id: str, payload: Any) -> bytes | None:
        """The payload as the org's file keeps it; what cannot be kept waits in memory and is lost with the server."""
        try:
            return pickle.dumps(payload)
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as fault:
            log.warning("job %s would not outlive the server: %s", id, fault)
            self._unpacked[id] = payload
            return None

    def wake(self) -> None:
        """Look again what is due; the thread that runs jobs is started first if need be."""
        with self._changed:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="apex-jobs", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Start nothing more; a job that runs comes to its end first."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        with self._turn:
            return

    def _work(self) -> None:
        while not self._closed:
            try:
                if self._due():
                    self.run_due()
            except Exception:
                # one broken job must not keep the others from running
                log.exception("running jobs failed")
                with self._changed:
                    self._changed.wait(1.0)

    def _due(self) -> bool:
        """Whether a job is due; waits for the next one, or for news, when none is."""
        with self._changed:
            seconds = 0.0 if self._closed else self._seconds()
            if seconds > 0:
                self._changed.wait(min(seconds, _LONGEST_SLEEP))
            return seconds <= 0

    def _seconds(self) -> float:
        """Until the next job is due."""
        with self._org.database.read() as connection:
            (due,) = connection.execute("SELECT min(due) FROM _job").fetchone()
        if due is None:
            return _LONGEST_SLEEP
        return (dt.datetime.fromisoformat(due) - self._org.clock()).total_seconds()

    def run_due(self) -> int:
        """Run, on this thread, all jobs that are due now, and those that they start; how many ran."""
        count = 0
        while not self._closed:
            with self._turn:
                waiting = self._next()
                if waiting is None or self._closed:
                    return count
                self._run(waiting)
            count += 1
        return count

    def _next(self) -> Waiting | None:
        with self._org.database.read() as connection:
            row = connection.execute(
                "SELECT number, id, kind, user_id, due, cron_id, cron, payload FROM _job WHERE due <= ?"
                " ORDER BY due, number LIMIT 1",
                (_text(self._org.clock()),),
            ).fetchone()
        return None if row is None else Waiting(*row)

    def _run(self, waiting: Waiting) -> None:
        context_id = waiting.cron_id if waiting.cron_id and waiting.kind == "scheduled" else waiting.id
        run_job(self._org, waiting.user_id, waiting.id, waiting.kind, lambda: self._payload(waiting), context_id)
        with self._org.transaction(waiting.user_id) as tx:
            self._settle(tx, waiting)

    def _payload(self, waiting: Waiting) -> Any:
        if waiting.payload is None:
            return self._unpacked.get(waiting.id)
        return pickle.loads(waiting.payload)  # noqa: S301  the org's own file, which only its owner can write

    def _settle(self, tx: Transaction, waiting: Waiting) -> None:
        """After a run: a scheduled job waits for its next time, any other is gone."""
        known = tx.sql("SELECT 1 FROM _job WHERE number = ?", (waiting.number,))
        if not known:  # aborted meanwhile
            self._unpacked.pop(waiting.id, None)
            return
        following = None
        if waiting.cron_id is not None:
            if waiting.cron is not None:
                zone = tx.user(waiting.user_id).time_zone
                following = cron.next_time(waiting.cron, tx.now().astimezone(ZoneInfo(zone)))
            self._triggered(tx, waiting, following)
        if following is None:
            tx.sql("DELETE FROM _job WHERE number = ?", (waiting.number,))
            self._unpacked.pop(waiting.id, None)
        else:
            tx.sql("UPDATE _job SET due = ? WHERE number = ?", (_text(following), waiting.number))

    def _triggered(self, tx: Transaction, waiting: Waiting, following: dt.datetime | None) -> None:
        assert waiting.cron_id is not None
        (times,) = tx.sql('SELECT "TimesTriggered" FROM "CronTrigger" WHERE "Id" = ?', (waiting.cron_id,))[0]
        values = {"TimesTriggered": (times or 0) + 1, "PreviousFireTime": tx.now(), "NextFireTime": following}
        tx.update_setup(waiting.cron_id, {**values, "State": "WAITING" if following else "DELETED"})
        if following is not None:
            tx.update_setup(waiting.id, {"Status": "Queued", "CompletedDate": None})

    def recover(self) -> None:
        """After a start: say of jobs that were cut off that they were; go on with those that wait."""
        with self._org.transaction() as tx:
            _tell_cut_off(tx)
            _tell_tests_cut_off(tx)
            (left,) = tx.sql("SELECT count(*) FROM _job")[0]
        if left:
            self.wake()


def _tell_cut_off(tx: Transaction) -> None:
    if not tx.has_table("AsyncApexJob"):
        return
    running = tx.sql(
        'SELECT "Id" FROM "AsyncApexJob" WHERE "Status" IN (\'Preparing\', \'Processing\') AND "JobType" <> \'TestRequest\''
    )
    for (id,) in running:
        _ended(tx, id, "Failed", CUT_OFF)
        tx.sql("DELETE FROM _job WHERE id = ? AND cron_id IS NULL", (id,))
    lost = tx.sql("SELECT number, id, cron_id FROM _job WHERE payload IS NULL")
    for number, id, cron_id in lost:
        _ended(tx, id, "Failed", CUT_OFF)
        tx.sql("DELETE FROM _job WHERE number = ?", (number,))
        if cron_id is not None:
            tx.update_setup(cron_id, {"State": "ERROR", "NextFireTime": None})


def _tell_tests_cut_off(tx: Transaction) -> None:
    """Test runs that had no end when the server ended were aborted."""
    for sobject, column in (
        ("ApexTestQueueItem", "Status"),
        ("ApexTestRunResult", "Status"),
        ("AsyncApexJob", "Status"),
    ):
        if not tx.has_table(sobject):
            continue
        only = " AND \"JobType\" = 'TestRequest'" if sobject == "AsyncApexJob" else ""
        rows = tx.sql(
            f"SELECT \"Id\" FROM \"{sobject}\" WHERE \"{column}\" IN ('Queued', 'Preparing', 'Processing'){only}"
        )
        for (id,) in rows:
            told = {} if sobject == "ApexTestRunResult" else {"ExtendedStatus": "The server ended while the tests ran."}
            tx.update_setup(id, {column: "Aborted", **told})


def run_in_test(host: OrgHost, jobs: list[tuple[str, AsyncJob]]) -> None:
    """Run jobs at ``Test.stopTest``: each its own Apex transaction on the test's rows; what they enqueue waits.

    A chain goes on where a batch starts the next one in ``finish``, or where queueable jobs have a depth of their own
    (``AsyncOptions.MaximumQueueableStackDepth``).
    A job's exception leaves through ``stopTest``; its finalizer has run before. What was enqueued behind a point that
    was rolled back to is not run.
    """
    waiting = deque(jobs)
    batches = 0
    while waiting:
        id, job = waiting.popleft()
        if job.kind == "batch" and job.name is not None:
            continue  # what System.scheduleBatch puts off is on the schedule and does not run in a test
        batches += job.kind == "batch"
        if batches > MAX_BATCHES:
            raise too_many_batches()
        if not _lives(host.tx, "CronTrigger" if job.kind == "scheduled" else "AsyncApexJob", id):
            continue
        other = host.other().host
        job_id = id
        if job.kind == "scheduled":
            ((job_id,),) = host.tx.sql('SELECT "Id" FROM "AsyncApexJob" WHERE "CronTriggerId" = ?', (id,))
        failure = _attempt(host, other, job.payload, id)
        finalizer = other.execution.finalizer(failure)
        if finalizer is not None:
            told = _attempt(host, host.other().host, finalizer, id)
            if told is not None:
                log.warning("finalizer of job %s failed: %s", id, told)
        if failure is not None:
            publish_error(host.tx, other.execution, job.payload, failure, id)
            ended = {"Status": "Failed", "NumberOfErrors": 1, "ExtendedStatus": str(failure)[:LONGEST]}
            host.tx.update_setup(job_id, ended)
            raise failure
        host.tx.update_setup(job_id, {"Status": "Completed", "CompletedDate": host.tx.now()})
        waiting.extend((chained_id, chained) for chained_id, chained in other.jobs if _goes_on(job, chained))


def too_many_batches() -> ApexFailure:
    """What ends a test that submits more batch jobs than a test may."""
    text = f"Attempted to schedule too many concurrent batch jobs in this org (limit is {MAX_BATCHES})."
    return ApexFailure("System.LimitException", text)


def _goes_on(job: AsyncJob, chained: AsyncJob) -> bool:
    """Whether ``Test.stopTest`` runs what a job enqueued, too."""
    return chained.payload.max_depth is not None or (job.kind == "batch" and chained.kind == "batch")


def _attempt(host: OrgHost, other: OrgHost, payload: Any, id: str) -> ApexFailure | None:
    """Run a payload; what it saved is gone when it fails."""
    point = host.tx.savepoint()
    try:
        with other.serving():
            other.execution.run_job(payload, job_id=id)
    except ApexFailure as error:
        host.tx.rollback(point)
        return error
    return None


def _text(moment: dt.datetime) -> str:
    """A moment that sorts as text."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def of(org: Org) -> JobQueue:
    """The jobs of an org."""
    return org.part(JobQueue)
