"""How one asynchronous job runs: its transactions, and what its AsyncApexJob row tells of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import ApexFailure
from orgwright.localorg.apexhost.program import PROGRAMS

if TYPE_CHECKING:
    from orgwright.apex.engine import Execution
    from orgwright.localorg.org import Org, Transaction

log = logging.getLogger("orgwright.apex")
LONGEST = 1000


def run_job(org: Org, user_id: str, id: str, kind: str, payload: Any, context_id: str) -> None:
    """Run one job to its end. What fails is told in the row, not raised."""
    try:
        if kind == "batch":
            _Batch(org, user_id, id, payload).run()
            return
        _note(org, user_id, id, Status="Processing")
        with org.transaction(user_id) as tx:
            _execution(org, tx).run_job(payload, job_id=context_id)
    except ApexFailure as error:
        _end(org, user_id, id, Status="Failed", NumberOfErrors=1, ExtendedStatus=str(error)[:LONGEST])
    except Exception as error:
        log.exception("job %s failed inside the engine", id)
        told = f"Internal error: {error}"[:LONGEST]
        _end(org, user_id, id, Status="Failed", NumberOfErrors=1, ExtendedStatus=told)
    else:
        _end(org, user_id, id, Status="Completed")


def _execution(org: Org, tx: Transaction) -> Execution:
    from orgwright.localorg.apexhost.host import OrgHost, Runner

    host = OrgHost(tx, PROGRAMS.current(org, tx))
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
        with self.org.transaction(self.user_id) as tx:
            started = _execution(self.org, tx).start_batch(self.payload, job_id=self.id)
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

    def _chunk(self, state: Any, chunk: Any) -> Any:
        try:
            with self.org.transaction(self.user_id) as tx:
                return _execution(self.org, tx).run_chunk(self.payload, state, chunk, job_id=self.id)
        except ApexFailure as error:
            self._failed(error)
            return state

    def _finish(self, state: Any) -> None:
        try:
            with self.org.transaction(self.user_id) as tx:
                _execution(self.org, tx).finish_batch(self.payload, state, job_id=self.id)
        except ApexFailure as error:
            self._failed(error)

    def _failed(self, error: ApexFailure) -> None:
        self.errors += 1
        if self.first_error is None:
            self.first_error = f"First error: {error}"[:LONGEST]
