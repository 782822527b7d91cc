"""Apex that runs after its transaction: future methods, queueable and batch jobs, with their AsyncApexJob rows.

Scheduled jobs run in tests only: outside of them nothing would start them, so they are refused.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import ApexFailure, AsyncJob
from orgwright.localorg.apexhost.program import PROGRAMS

if TYPE_CHECKING:
    from orgwright.localorg.apexhost.host import OrgHost
    from orgwright.localorg.apexhost.program import Built
    from orgwright.localorg.org import Org, Transaction

log = logging.getLogger("orgwright.apex")
_JOB_TYPES = {"future": "Future", "queueable": "Queueable", "batch": "BatchApex", "scheduled": "ScheduledApex"}
# One worker keeps the order in which jobs were enqueued; a job that enqueues another goes behind it.
_WORKER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="apex-job")


def enqueue(tx: Transaction, built: Built, job: AsyncJob, *, run: bool) -> str:
    """Write the job's row down; with ``run`` it starts when the transaction has committed. The row's Id."""
    if job.kind == "scheduled" and run:
        raise ApexFailure(
            "System.AsyncException", "Scheduled Apex outside of tests is not supported by the embedded org"
        )
    unit = built.units.get(("class", job.class_name.partition(".")[0].lower()))
    fields: dict[str, Any] = {
        "JobType": _JOB_TYPES[job.kind],
        "Status": "Queued",
        "MethodName": job.method_name,
        "ApexClassId": unit.id if unit else None,
        "JobItemsProcessed": 0,
        "TotalJobItems": 0,
        "NumberOfErrors": 0,
    }
    id = tx.insert_setup("AsyncApexJob", fields)
    if run:
        org, user_id = tx.org, tx.user_id

        def submit() -> None:
            _WORKER.submit(_run, org, user_id, id, job)

        tx.on_commit(submit)
    return id


def _run(org: Org, user_id: str, id: str, job: AsyncJob) -> None:
    """Run one job in its own transaction; its row tells how it went."""
    from orgwright.localorg.apexhost.host import OrgHost

    outcome: dict[str, Any] = {"Status": "Completed"}
    try:
        with org.transaction(user_id) as tx:
            OrgHost(tx, PROGRAMS.current(org, tx)).execution.run_job(job.payload, job_id=id)
    except ApexFailure as error:
        outcome = {"Status": "Failed", "NumberOfErrors": 1, "ExtendedStatus": str(error)[:1000]}
    except Exception as error:
        log.exception("job %s failed inside the engine", id)
        outcome = {"Status": "Failed", "NumberOfErrors": 1, "ExtendedStatus": f"Internal error: {error}"[:1000]}
    with org.transaction(user_id) as tx:
        tx.update_setup(id, {**outcome, "CompletedDate": tx.now()})


def wait_for_jobs() -> None:
    """Return when every job that is queued now has ended."""
    _WORKER.submit(lambda: None).result()


def run_in_test(host: OrgHost, jobs: list[tuple[str, AsyncJob]]) -> None:
    """Run jobs at ``Test.stopTest``: each its own Apex transaction on the test's rows; what they enqueue waits.

    A job's exception leaves through ``stopTest``.
    """
    for id, job in jobs:
        other = host.other().host
        try:
            other.execution.run_job(job.payload, job_id=id)
        except ApexFailure as error:
            host.tx.update_setup(id, {"Status": "Failed", "NumberOfErrors": 1, "ExtendedStatus": str(error)[:1000]})
            raise
        host.tx.update_setup(id, {"Status": "Completed", "CompletedDate": host.tx.now()})
