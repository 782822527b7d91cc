"""Bulk API 2.0: ingest from a stream, results and queries to a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from orgwright.errors import OrgwrightError, Place
from orgwright.org.client import part

if TYPE_CHECKING:
    from orgwright.org.client import OrgClient

_STATUS: Final = "GET /jobs/ingest"
Operation = Literal["insert", "update", "upsert", "delete"]

MAX_UPLOAD: Final = 100 * 1024 * 1024
"""Bytes of CSV in one job: Salesforce takes 150 MB of base64, which is 100 MB of data."""

_SHORTEST: Final = 0.02
_LONGEST: Final = 5.0
_SHARE: Final = 0.1


@dataclass(frozen=True)
class IngestJob:
    """A job as the org sees it. ``state`` ends as ``JobComplete``, ``Failed`` or ``Aborted``."""

    id: str
    sobject: str
    state: str
    processed: int
    failed: int
    error: str | None


class JobFailed(OrgwrightError):
    """The org gave up a whole job, before or among its rows."""

    exit_code = 1


@dataclass
class BulkApi:
    """Bulk API 2.0 of one org. Follows the Bulk API 2.0 developer guide."""

    org: OrgClient

    def ingest(
        self,
        sobject: str,
        operation: Operation,
        csv: Path,
        *,
        external_id: str | None = None,
        progress: Callable[[IngestJob], None] = lambda _: None,
    ) -> IngestJob:
        """Send one CSV file (UTF-8, LF, comma; header first) as a job and wait for its end.

        The file is streamed and must stay below :data:`MAX_UPLOAD`. A job that could not be sent whole is aborted.
        Raises :class:`JobFailed` when the org fails or aborts it.
        """
        id = self._open(sobject, operation, external_id)
        try:
            self.org.transport.send(
                "PUT",
                f"{self.org.base}/jobs/ingest/{id}/batches",
                headers={"Content-Type": "text/csv; charset=UTF-8"},
                content=partial(_blocks, csv),
            )
            self.org.patch(f"/jobs/ingest/{id}", json={"state": "UploadComplete"})
        except BaseException:
            self._abort(id)
            raise
        return self.wait(id, progress=progress)

    def wait(self, id: str, *, progress: Callable[[IngestJob], None] = lambda _: None) -> IngestJob:
        """Wait for the end of a job."""
        pauses = _pauses()
        while True:
            job = _job(self.org.get(f"/jobs/ingest/{id}"))
            progress(job)
            if job.state == "JobComplete":
                return job
            if job.state in {"Failed", "Aborted"}:
                raise JobFailed(
                    f"the org ended the job as {job.state}: {job.error or 'no reason given'}",
                    where=Place(path=f"{job.sobject} (job {job.id})"),
                    help="nothing after the rows already processed was saved; run the seed again once mended",
                )
            self.org.pause(next(pauses))

    def failures(self, id: str) -> Iterator[bytes]:
        """The CSV of failed rows (``sf__Id``, ``sf__Error`` and the row), bit by bit."""
        return self._results(f"/jobs/ingest/{id}/failedResults")

    def successes(self, id: str) -> Iterator[bytes]:
        """The CSV of saved rows (``sf__Id``, ``sf__Created`` and the row), bit by bit."""
        return self._results(f"/jobs/ingest/{id}/successfulResults")

    def query(self, soql: str) -> Iterator[bytes]:
        """The CSV of a query, bit by bit; each page repeats the header."""
        id = self.org.post("/jobs/query", json={"operation": "query", "query": soql})["id"]
        pauses = _pauses()
        while (state := self.org.get(f"/jobs/query/{id}")["state"]) != "JobComplete":
            if state in {"Failed", "Aborted"}:
                raise JobFailed(f"the org ended the query job as {state}", where=Place(path=f"job {id}"))
            self.org.pause(next(pauses))
        locator: str | None = None
        while True:
            path = f"{self.org.base}/jobs/query/{id}/results"
            with self.org.transport.stream(path, params={"locator": locator} if locator else None) as page:
                yield from page.iter_bytes()
                locator = page.headers.get("Sforce-Locator")
            if not locator or locator == "null":
                return

    def _open(self, sobject: str, operation: Operation, external_id: str | None) -> str:
        job: dict[str, Any] = {
            "object": sobject,
            "operation": operation,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        if external_id is not None:
            job["externalIdFieldName"] = external_id
        return str(part(self.org.post("/jobs/ingest", json=job), "id", "POST /jobs/ingest"))

    def _abort(self, id: str) -> None:
        """Leave no open job behind; the fault that led here is the one to tell."""
        try:
            self.org.patch(f"/jobs/ingest/{id}", json={"state": "Aborted"})
        except OrgwrightError:
            return

    def _results(self, path: str) -> Iterator[bytes]:
        with self.org.transport.stream(self.org.base + path) as answer:
            yield from answer.iter_bytes()


def _pauses() -> Iterator[float]:
    """Seconds between two looks at a job: a share of what was waited already, so that the end is never noticed late."""
    waited = 0.0
    while True:
        pause = min(max(waited * _SHARE, _SHORTEST), _LONGEST)
        waited += pause
        yield pause


def _blocks(csv: Path) -> Iterator[bytes]:
    with csv.open("rb") as file:
        while block := file.read(1 << 18):
            yield block


def _job(entry: Mapping[str, Any]) -> IngestJob:
    return IngestJob(
        id=part(entry, "id", _STATUS),
        sobject=part(entry, "object", _STATUS),
        state=part(entry, "state", _STATUS),
        processed=int(entry.get("numberRecordsProcessed") or 0),
        failed=int(entry.get("numberRecordsFailed") or 0),
        error=entry.get("errorMessage"),
    )
