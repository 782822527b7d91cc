"""Test runs of an org: started, recorded in the rows that clients query, coverage kept for the whole org.

Rows: AsyncApexJob, ApexTestRunResult, ApexTestQueueItem, ApexTestResult. Coverage: table ``_coverage``, one row a
test method and unit; the latest run of a method counts ("ApexCodeCoverage", Tooling API).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.localorg.apexhost.program import PROGRAMS, Built
from orgwright.localorg.events.publish import tell
from orgwright.localorg.events.pushtopics import TEST_RESULT
from orgwright.localorg.jobs import debuglog
from orgwright.localorg.jobs.debuglog import DebugLog
from orgwright.localorg.jobs.runner import MethodOutcome, Run, Selection, run
from orgwright.localorg.metadata.model import TestResult

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction

TABLE = """CREATE TABLE IF NOT EXISTS _coverage (
    unit_id TEXT NOT NULL, test_id TEXT NOT NULL, method TEXT NOT NULL, covered TEXT NOT NULL,
    PRIMARY KEY (unit_id, test_id, method)) WITHOUT ROWID"""
LINES_TABLE = "CREATE TABLE IF NOT EXISTS _coverable (unit_id TEXT PRIMARY KEY, lines TEXT NOT NULL) WITHOUT ROWID"

Work = Callable[[], None]


class NoTests(Exception):
    """A request for tests that names none that exist."""


@dataclass
class _Started:
    job_id: str
    run_id: str
    user_id: str
    selection: Selection
    items: dict[str, str]
    skip_coverage: bool
    done: threading.Event


class TestRuns:
    """Starts and records the test runs of one org; one runs at a time."""

    __test__ = False

    def __init__(self, org: Org) -> None:
        self._org = org
        self._turn = threading.Lock()
        self._started: dict[str, _Started] = {}

    def start(self, user_id: str, selection: Selection, *, skip_coverage: bool = False) -> tuple[str, Work]:
        """Record a run as queued. The Id of its job (707), and the work that runs it.

        Raises:
            NoTests: no class of the selection exists.
        """
        with self._org.transaction(user_id) as tx:
            built = PROGRAMS.current(self._org, tx)
            names = self._names(built, selection)
            if not names:
                raise NoTests
            job_id = tx.insert_setup(
                "AsyncApexJob", {"JobType": "TestRequest", "Status": "Queued", "TotalJobItems": len(names)}
            )
            run_id = _insert(
                tx,
                "ApexTestRunResult",
                {
                    "AsyncApexJobId": job_id,
                    "UserId": user_id,
                    "IsAllTests": selection.classes is None,
                    "Source": "Tooling",
                    "StartTime": tx.now(),
                    "Status": "Queued",
                    "ClassesEnqueued": len(names),
                    "ClassesCompleted": 0,
                    "MethodsEnqueued": 0,
                    "MethodsCompleted": 0,
                    "MethodsFailed": 0,
                },
            )
            items = {
                name: tx.insert_setup(
                    "ApexTestQueueItem",
                    {
                        "ApexClassId": built.id_of("class", name),
                        "ParentJobId": job_id,
                        "Status": "Queued",
                        "TestRunResultId": run_id,
                    },
                )
                for name in names
            }
        started = _Started(job_id, run_id, user_id, selection, items, skip_coverage, threading.Event())
        self._started[job_id] = started
        return job_id, lambda: self._work(started)

    def _names(self, built: Built, selection: Selection) -> list[str]:
        if selection.classes is None:
            return [test.name for test in built.program.test_classes()]
        known = {
            unit.source.name.lower(): unit.source.name for (kind, _), unit in built.units.items() if kind == "class"
        }
        return [known[name.lower()] for name in dict.fromkeys(selection.classes) if name.lower() in known]

    def wait(self, job_id: str, seconds: float) -> None:
        """Return when the run is done, at the latest after ``seconds``."""
        started = self._started.get(job_id)
        if started is not None:
            started.done.wait(seconds)

    def run_now(self, user_id: str, selection: Selection) -> TestResult:
        """Run tests and give their result at once; coverage is recorded as of any run."""
        with self._turn:
            found, built = self._execute(user_id, selection)
            with self._org.transaction(user_id) as tx:
                record_coverage(tx, built, found)
                for outcome in found.methods:
                    _keep_log(tx, outcome)
        return found.result()

    def _execute(self, user_id: str, selection: Selection) -> tuple[Run, Built]:
        copy = self._org.copy_for_tests()
        try:
            with self._org.read(user_id) as tx:
                built = PROGRAMS.current(self._org, tx)
                traced = debuglog.opened(tx, user_id)
            new = None if traced is None else lambda: DebugLog(traced.user, traced.levels, location=traced.location)
            return run(copy, user_id, built, selection, by_method=True, new_log=new or (lambda: None)), built
        finally:
            copy.close()

    def _work(self, started: _Started) -> None:
        try:
            with self._turn:
                with self._org.transaction(started.user_id) as tx:
                    for item in started.items.values():
                        tx.update_setup(item, {"Status": "Processing"})
                    tx.update_setup(started.run_id, {"Status": "Processing"})
                found, built = self._execute(started.user_id, started.selection)
                with self._org.transaction(started.user_id) as tx:
                    self._record(tx, started, found, built)
        except Exception as error:
            # Who polls must learn that the run ended; the caller logs the cause.
            with self._org.transaction(started.user_id) as tx:
                for item in started.items.values():
                    tx.update_setup(item, {"Status": "Failed", "ExtendedStatus": f"Internal error: {error}"[:1000]})
                tx.update_setup(started.run_id, {"Status": "Failed", "EndTime": tx.now()})
                tx.update_setup(started.job_id, {"Status": "Failed", "CompletedDate": tx.now()})
            raise
        finally:
            started.done.set()
            self._started.pop(started.job_id, None)

    def _record(self, tx: Transaction, started: _Started, found: Run, built: Built) -> None:
        now = tx.now()
        by_class: dict[str, list[MethodOutcome]] = {}
        for outcome in found.methods:
            by_class.setdefault(outcome.class_name.lower(), []).append(outcome)
        for name, item in started.items.items():
            outcomes = by_class.get(name.lower(), [])
            failed = any(o.compile_failure for o in outcomes)
            passed = sum(o.message is None for o in outcomes)
            fields = {"Status": "Failed" if failed else "Completed", "ExtendedStatus": f"({passed}/{len(outcomes)})"}
            tx.update_setup(item, fields)
            for outcome in outcomes:
                row = _result_row(outcome, started, item, now)
                tx.insert_setup("ApexTestResult", {**row, "ApexLogId": _keep_log(tx, outcome)})
        failures = sum(o.message is not None for o in found.methods)
        tx.update_setup(
            started.run_id,
            {
                "Status": "Failed" if failures else "Completed",
                "EndTime": now,
                "TestTime": found.milliseconds,
                "ClassesCompleted": len(started.items),
                "MethodsEnqueued": len(found.methods),
                "MethodsCompleted": len(found.methods) - failures,
                "MethodsFailed": failures,
            },
        )
        tx.update_setup(
            started.job_id,
            {"Status": "Completed", "CompletedDate": now, "JobItemsProcessed": len(started.items), "NumberOfErrors": 0},
        )
        if not started.skip_coverage:
            record_coverage(tx, built, found)
        tell(tx, TEST_RESULT, "updated", {"Id": started.job_id})


def _keep_log(tx: Transaction, outcome: MethodOutcome) -> str | None:
    """Keep the debug log of a method; its Id."""
    if outcome.log is None:
        return None
    return debuglog.keep(tx, outcome.log, "ApexTestHandler", outcome.message or "Success")


def _insert(tx: Transaction, sobject: str, fields: dict[str, Any]) -> str:
    known = tx.schema.sobject(sobject)
    assert known is not None, sobject
    return tx.insert_setup(sobject, {name: value for name, value in fields.items() if known.field(name) is not None})


def _result_row(outcome: MethodOutcome, started: _Started, item: str, now: Any) -> dict[str, Any]:
    failure = "CompileFail" if outcome.compile_failure else "Fail"
    return {
        "ApexClassId": outcome.class_id,
        "ApexTestRunResultId": started.run_id,
        "AsyncApexJobId": started.job_id,
        "MethodName": outcome.method,
        "Message": outcome.message,
        "Outcome": "Pass" if outcome.message is None else failure,
        "QueueItemId": item,
        "RunTime": outcome.milliseconds,
        "StackTrace": outcome.stack or None,
        "TestTimestamp": now,
    }


def record_coverage(tx: Transaction, built: Built, found: Run) -> None:
    """Keep what each test method covered, in place of its last run; forget units that are gone."""
    for one in found.coverage:
        lines = json.dumps(sorted(one.lines))
        tx.sql("INSERT OR REPLACE INTO _coverable VALUES (?, ?)", (one.id, lines))
    ids = [unit.id for unit in built.units.values()]
    keep = ",".join("?" * len(ids))
    tx.sql(f"DELETE FROM _coverable WHERE unit_id NOT IN ({keep})", ids)
    tx.sql(f"DELETE FROM _coverage WHERE unit_id NOT IN ({keep}) OR test_id NOT IN ({keep})", [*ids, *ids])
    counted = {one.id for one in found.coverage}
    for outcome in found.methods:
        tx.sql("DELETE FROM _coverage WHERE test_id = ? AND method = ?", (outcome.class_id, outcome.method))
        for key, lines_run in outcome.lines.items():
            unit_id = built.units[key].id
            if unit_id in counted:
                row = (unit_id, outcome.class_id, outcome.method, json.dumps(sorted(lines_run)))
                tx.sql("INSERT INTO _coverage VALUES (?, ?, ?, ?)", row)


def select(ids: Sequence[str], built: Built) -> tuple[str, ...]:
    """Names of the classes with those Ids (15 or 18 characters)."""
    names = {unit.id[:15]: unit.source.name for (kind, _), unit in built.units.items() if kind == "class"}
    return tuple(names[id[:15]] for id in ids if id[:15] in names)


def of(org: Org) -> TestRuns:
    """The test runs of an org."""
    return org.part(TestRuns)
