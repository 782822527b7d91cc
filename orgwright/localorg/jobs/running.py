"""How one asynchronous job runs: its transactions, and what its AsyncApexJob row tells of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import ApexFailure
from orgwright.localorg.apexhost.program import PROGRAMS
from orgwright.localorg.jobs import debuglog

if TYPE_CHECKING:
    from orgwright.apex.engine import Execution
    from orgwright.localorg.jobs.debuglog import DebugLog
    from orgwright.localorg.org import Org, Transaction

log = logging.getLogger("orgwright.apex")
LONGEST = 255


def run_job(org: Org, user_id: str, id: str, kind: str, load: Callable[[], Any], context_id: str) -> None:
    """Run one job, whose payload ``load`` gives, to its end. What fails is told in the row, not raised."""
    try:
        payload = load()
        if kind == "batch":
            _Batch(org, user_id, id, payload).run()
            return
        _note(org, user_id, id, Status="Processing")
        _run_once(org, user_id, payload, id, context_id)
    except ApexFailure as error:
        _end(org, user_id, id, Status="Failed", NumberOfErrors=1, ExtendedStatus=str(error)[:LONGEST])
    except Exception as error:
        log.exception("job %s failed inside the engine", id)
        told = f"Internal error: {error}"[:LONGEST]
        _end(org, user_id, id, Status="Failed", NumberOfErrors=1, ExtendedStatus=told)
    else:
        _end(org, user_id, id, Status="Completed")


def _run_once(org: Org, user_id: str, payload: Any, id: str, context_id: str) -> None:
    """A job of one transaction, and behind it, however it ended, the finalizer that it attached."""
    failure: ApexFailure | None = None
    execution: Execution | None = None
    try:
        with _logged(org, user_id, id, payload.kind) as written, org.transaction(user_id) as tx:
            execution = _execution(org, tx, written)
            execution.run_job(payload, job_id=context_id)
    except ApexFailure as error:
        failure = error
    finalizer = None if execution is None else execution.finalizer(failure)
    if finalizer is not None:
        try:
            with _logged(org, user_id, id, "finalizer") as written, org.transaction(user_id) as tx:
                _execution(org, tx, written).run_job(finalizer, job_id=context_id)
        except ApexFailure as error:
            # a finalizer that fails takes only its own work with it; the job stays what it was
            log.warning("finalizer of job %s failed: %s", context_id, error)
    if failure is not None:
        raise failure


def publish_error(tx: Transaction, execution: Execution, payload: Any, error: ApexFailure, id: str) -> None:
    """Publish the failure of a batch job whose class asks for it."""
    event = execution.batch_error(payload, error, id)
    if event is not None:
        tx.publish([event])


_OPERATIONS = {
    "future": "FutureHandler", "queueable": "QueueableHandler", "batch": "Batch Apex",
    "chunk": "SerialBatchApexRangeChunkHandler", "scheduled": "ScheduledApexHandler", "finalizer": "QueueableHandler",
}  # fmt: skip
"""``ApexLog.Operation`` by the part of a job that ran."""


def _logged(org: Org, user_id: str, id: str, part: str) -> AbstractContextManager[DebugLog | None]:
    return debuglog.logged(org, user_id, lambda tx: _unit_of(tx, id), _OPERATIONS[part])


def _unit_of(tx: Transaction, id: str) -> str:
    """The class of a job, with the method of a future call, as a debug log names it."""
    ((class_id, method),) = tx.sql('SELECT "ApexClassId", "MethodName" FROM "AsyncApexJob" WHERE "Id" = ?', (id,))
    units = PROGRAMS.current(tx.org, tx).units.values()
    name = next((unit.source.name for unit in units if unit.id == class_id), "")
    return f"{name}.{method}" if method else name


def _execution(org: Org, tx: Transaction, written: DebugLog | None) -> Execution:
    from orgwright.localorg.apexhost.host import OrgHost, Runner

    host = OrgHost(tx, PROGRAMS.current(org, tx), debug_log=written)
    tx.triggers = Runner(host)
    return host.execution


def _note(org: Org, user_id: str, id: str, **values: Any) -> None:
    with org.transaction(user_id) as tx:
        tx.update_setup(id, values)


def _end(org: Org, user_id: str, id: str, **values: Any) -> None:
    with org.transaction(user_id) as tx:
        if not _aborted(tx, id):
            tx.update_setup(id, {**values, "CompletedDate": tx.now()})


def _aborted(tx: Transaction, id: str) -> bool:
    rows = tx.sql('SELECT "Status" FROM "AsyncApexJob" WHERE "Id" = ?', (id,))
    return bool(rows) and rows[0][0] == "Aborted"


class _Batch:
    """A batch job: start, each chunk and finish in a transaction of its own ("Using Batch Apex")."""

    def __init__(self, org: Org, user_id: str, id: str, payload: Any) -> None:
        self.org, self.user_id, self.id, self.payload = org, user_id, id, payload
        self.errors = 0
        self.first_error: str | None = None

    def run(self) -> None:
        """A failing ``start`` fails the job; a failing chunk is rolled back and counted, and the next one runs."""
        _note(self.org, self.user_id, self.id, Status="Preparing")
        started = self._transaction("batch", lambda execution: execution.start_batch(self.payload, job_id=self.id))
        _note(self.org, self.user_id, self.id, Status="Processing", TotalJobItems=len(started.chunks))
        state = started.state
        for number, chunk in enumerate(started.chunks, 1):
            with self.org.read() as tx:
                if _aborted(tx, self.id):
                    return
            state = self._chunk(state, chunk)
            _note(self.org, self.user_id, self.id, JobItemsProcessed=number, NumberOfErrors=self.errors)
        self._finish(state)
        _end(
            self.org,
            self.user_id,
            self.id,
            Status="Completed",
            NumberOfErrors=self.errors,
            ExtendedStatus=self.first_error,
        )

    def _transaction(self, part: str, work: Callable[[Execution], Any]) -> Any:
        """One part of the job in a transaction of its own; its failure is published where the class asks for it."""
        execution: Execution | None = None
        try:
            logged = _logged(self.org, self.user_id, self.id, part)
            with logged as written, self.org.transaction(self.user_id) as tx:
                execution = _execution(self.org, tx, written)
                return work(execution)
        except ApexFailure as error:
            if execution is not None:
                with self.org.transaction(self.user_id) as tx:
                    publish_error(tx, execution, self.payload, error, self.id)
            raise

    def _chunk(self, state: Any, chunk: Any) -> Any:
        try:
            return self._transaction("chunk", lambda one: one.run_chunk(self.payload, state, chunk, job_id=self.id))
        except ApexFailure as error:
            self._failed(error)
            return state

    def _finish(self, state: Any) -> None:
        try:
            self._transaction("batch", lambda execution: execution.finish_batch(self.payload, state, job_id=self.id))
        except ApexFailure as error:
            self._failed(error)

    def _failed(self, error: ApexFailure) -> None:
        self.errors += 1
        if self.first_error is None:
            self.first_error = f"First error: {error}"[:LONGEST]
