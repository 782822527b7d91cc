"""Jobs and batches of Bulk API 1.0: kept in memory, so they end with the server."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from orgwright.localorg.api.bulk1.chunking import Chunking
from orgwright.localorg.api.bulk1.errors import BulkError
from orgwright.localorg.api.bulk2.jobs import job_id_of
from orgwright.localorg.store.forms import zulu_text

MOST_JOBS = 500
NOT_PROCESSED = "NotProcessed"
ENDED = ("Completed", "Failed", NOT_PROCESSED)


@dataclass
class Batch:
    """One batch: ``request`` as it was sent, ``result`` as it is fetched; ``chunk``: made by the org of another batch."""

    id: str
    created: str
    request: bytes
    chunk: bool = False
    state: str = "Queued"
    message: str | None = None
    processed: int = 0
    failed: int = 0
    milliseconds: int = 0
    modified: str = ""
    result: bytes = b""
    ended: threading.Event = field(default_factory=threading.Event, repr=False)


@dataclass
class Job:
    """One job."""

    id: str
    operation: str
    object: str
    user_id: str
    version: str
    created: str
    content_type: str = "CSV"
    concurrency: str = "Parallel"
    external_id: str | None = None
    chunking: Chunking | None = None
    state: str = "Open"
    modified: str = ""
    batches: dict[str, Batch] = field(default_factory=dict)

    @property
    def is_query(self) -> bool:
        """Whether batches are SOQL texts."""
        return self.operation in ("query", "queryAll")


class Jobs:
    """The jobs of one org; the oldest go when there are too many."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, **values: Any) -> Job:
        """A new job."""
        with self._lock:
            job = Job(id=job_id_of("750ow1", next(self._numbers)), **values)
            self._jobs[job.id] = job
            while len(self._jobs) > MOST_JOBS:
                del self._jobs[next(iter(self._jobs))]
        return job

    def add_batch(self, job: Job, request: bytes, now: dt.datetime) -> Batch:
        """A new batch of an open job."""
        with self._lock:
            if job.state != "Open":
                raise BulkError("InvalidJobState", f"Job is not open: {job.state}")
            return self._append(job, request, now)

    def add_chunks(self, job: Job, queries: Sequence[str], now: dt.datetime) -> list[Batch]:
        """A batch for each chunk of a query that was sent while the job was open."""
        with self._lock:
            return [self._append(job, soql.encode(), now, chunk=True) for soql in queries]

    def _append(self, job: Job, request: bytes, now: dt.datetime, *, chunk: bool = False) -> Batch:
        moment = zulu_text(now)
        batch = Batch(job_id_of("751ow1", next(self._numbers)), moment, request, chunk, modified=moment)
        job.batches[batch.id] = batch
        return batch

    def get(self, job_id: str) -> Job:
        """The job of that Id."""
        job = self._jobs.get(job_id) or next((j for j in self._jobs.values() if j.id[:15] == job_id), None)
        if job is None:
            raise BulkError("InvalidJob", f"Unable to find job for id: {job_id[:18]}")
        return job


def job_facts(job: Job) -> dict[str, Any]:
    """A job as it is answered."""
    batches = list(job.batches.values())

    def count(state: str) -> int:
        return sum(1 for batch in batches if batch.state == state)

    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.user_id,
        "createdDate": job.created,
        "systemModstamp": job.modified or job.created,
        "state": job.state,
        "externalIdFieldName": job.external_id,
        "concurrencyMode": job.concurrency,
        "contentType": job.content_type,
        "numberBatchesQueued": count("Queued"),
        "numberBatchesInProgress": count("InProgress"),
        "numberBatchesCompleted": count("Completed"),
        "numberBatchesFailed": count("Failed"),
        "numberBatchesTotal": len(batches),
        "numberRecordsProcessed": sum(batch.processed for batch in batches),
        "numberRetries": 0,
        "apiVersion": job.version,
        "numberRecordsFailed": sum(batch.failed for batch in batches),
        "totalProcessingTime": sum(batch.milliseconds for batch in batches),
        "apiActiveProcessingTime": sum(batch.milliseconds for batch in batches),
        "apexProcessingTime": 0,
    }


def batch_facts(job: Job, batch: Batch) -> dict[str, Any]:
    """A batch as it is answered."""
    return {
        "id": batch.id,
        "jobId": job.id,
        "state": batch.state,
        "stateMessage": batch.message,
        "createdDate": batch.created,
        "systemModstamp": batch.modified,
        "numberRecordsProcessed": batch.processed,
        "numberRecordsFailed": batch.failed,
        "totalProcessingTime": batch.milliseconds,
        "apiActiveProcessingTime": batch.milliseconds,
        "apexProcessingTime": 0,
    }
