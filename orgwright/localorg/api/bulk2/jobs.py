"""Jobs and where they are kept: one folder for each below ``bulk/`` in the org's folder.

``job.json`` is the job, ``data.csv`` what was uploaded, ``successful.csv``, ``failed.csv`` and
``unprocessed.csv`` the results of an ingest job, ``results.csv`` and ``rows.idx`` (byte offsets of the rows) those
of a query job.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from orgwright.localorg.api.bulk2.errors import bad_state
from orgwright.localorg.api.http import NotFound
from orgwright.localorg.files import make_private, write_private
from orgwright.localorg.store.forms import exact_text

Kind = Literal["ingest", "query"]
TERMINAL = ("JobComplete", "Failed", "Aborted")
DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
KEPT_DAYS = 7
_COUNTER = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass
class Job:
    """One job. ``processed`` counts rows, failed ones included; ``finished`` is set in a terminal state."""

    id: str
    kind: Kind
    operation: str
    object: str
    user_id: str
    version: str
    created: str
    state: str = "Open"
    external_id: str | None = None
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    query: str | None = None
    modified: str = ""
    processed: int = 0
    failed: int = 0
    error: str | None = None
    milliseconds: int = 0
    uploaded: bool = False
    folder: Path = field(default=Path(), repr=False)
    finished: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)
    aborted: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    def path(self, name: str) -> Path:
        """A file of the job."""
        return self.folder / name


_PLAIN = tuple(f.name for f in fields(Job) if f.name not in {"folder", "finished", "aborted"})


class Jobs:
    """The jobs of one org."""

    def __init__(self, folder: Path) -> None:
        self._folder = make_private(folder)
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._next = 0
        for path in sorted(self._folder.glob("*/job.json")):
            job = Job(**json.loads(path.read_text()))
            job.folder = path.parent
            self._jobs[job.id] = job
            self._next = max(self._next, _number(job.id))
            if job.state in TERMINAL:
                job.finished.set()
            elif job.state in ("UploadComplete", "InProgress"):
                job.error = "InternalServerError : The server was stopped while the job was running"
                self.finish(job, "Failed", job.modified)

    def create(self, now: dt.datetime, **values: Any) -> Job:
        """A new job; jobs older than a week are dropped."""
        with self._lock:
            self._drop_old(now)
            self._next += 1
            stamp = exact_text(now)
            job = Job(id=job_id_of("750ow0", self._next), created=stamp, modified=stamp, **values)
            job.folder = make_private(self._folder / job.id)
            self._jobs[job.id] = job
            self.save(job)
        return job

    def get(self, job_id: str, kind: Kind) -> Job:
        """The job of that Id (15 or 18 characters); 404 when there is none."""
        job = self._jobs.get(job_id) or next((j for j in self._jobs.values() if j.id[:15] == job_id), None)
        if job is None or job.kind != kind:
            raise NotFound
        return job

    def all(self, kind: Kind) -> list[Job]:
        """All jobs, oldest first."""
        return sorted((job for job in self._jobs.values() if job.kind == kind), key=lambda job: job.id)

    def move(self, job: Job, state: str, now: dt.datetime, *, allowed: tuple[str, ...], message: str) -> None:
        """Change the state, if it is one of ``allowed``; else ``INVALIDJOBSTATE`` with the message."""
        with self._lock:
            if job.state not in allowed:
                raise bad_state(message)
            job.state, job.modified = state, exact_text(now)
            self.save(job)

    def finish(self, job: Job, state: str, stamp: str) -> None:
        """Put the job into a terminal state, unless it is in one already."""
        with self._lock:
            if job.state not in TERMINAL:
                job.state, job.modified = state, stamp
            self.save(job)
        job.finished.set()

    def save(self, job: Job) -> None:
        """Write ``job.json``."""
        plain = {name: getattr(job, name) for name in _PLAIN}
        write_private(job.path("job.json"), json.dumps(plain, indent=1).encode())

    def delete(self, job: Job, *, allowed: tuple[str, ...], message: str) -> None:
        """Remove a job and its files."""
        with self._lock:
            if job.state not in allowed:
                raise bad_state(message)
            del self._jobs[job.id]
            shutil.rmtree(job.folder, ignore_errors=True)

    def _drop_old(self, now: dt.datetime) -> None:
        oldest = exact_text(now - dt.timedelta(days=KEPT_DAYS))
        for job in [job for job in self._jobs.values() if job.created < oldest]:
            self.delete(job, allowed=(job.state,), message="")


def shown(job: Job) -> dict[str, Any]:
    """A job as the API writes it."""
    facts: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.user_id,
        "createdDate": job.created,
        "systemModstamp": job.modified,
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version),
    }
    if job.kind == "ingest":
        facts["contentUrl"] = f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"
        if job.external_id is not None:
            facts["externalIdFieldName"] = job.external_id
    facts |= {
        "jobType": "V2Ingest" if job.kind == "ingest" else "V2Query",
        "lineEnding": job.line_ending,
        "columnDelimiter": job.delimiter,
    }
    return facts


def shown_fully(job: Job) -> dict[str, Any]:
    """A job with its progress."""
    facts = {
        **shown(job),
        "numberRecordsProcessed": job.processed,
        "retries": 0,
        "totalProcessingTime": job.milliseconds,
    }
    if job.kind == "ingest":
        facts |= {
            "numberRecordsFailed": job.failed,
            "apiActiveProcessingTime": job.milliseconds,
            "apexProcessingTime": 0,
        }
    elif job.state == "JobComplete":
        facts["isPkChunkingSupported"] = False
    if job.error is not None:
        facts["errorMessage"] = job.error
    return facts


def job_id_of(prefix: str, number: int) -> str:
    """An Id of that prefix (six characters) and number, with its three check characters."""
    digits = ""
    while number:
        number, rest = divmod(number, len(_COUNTER))
        digits = _COUNTER[rest] + digits
    short = prefix + digits.rjust(9, _COUNTER[0])
    check = ""
    for start in (0, 5, 10):
        bits = sum(1 << at for at, char in enumerate(short[start : start + 5]) if "A" <= char <= "Z")
        check += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
    return short + check


def _number(job_id: str) -> int:
    number = 0
    for char in job_id[6:15]:
        number = number * len(_COUNTER) + _COUNTER.index(char)
    return number
