"""Running a query job: rows to CSV on disk, with the byte offset of every row for paging."""

from __future__ import annotations

import base64
import csv
import re
import time
from array import array
from collections.abc import Iterator
from typing import Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.api.bulk2.errors import JobFailed, unforeseen
from orgwright.localorg.api.bulk2.jobs import DELIMITERS, LINE_ENDINGS, Job, Jobs
from orgwright.localorg.api.http import ApiError
from orgwright.localorg.api.rest.saving import query_error
from orgwright.localorg.org import Org
from orgwright.localorg.runtime import Runtime
from orgwright.localorg.store import forms
from orgwright.localorg.virtual import need_table

PAGE = 250_000
_CHUNK = 1_000_000
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")


def check(org: Org, soql: str) -> str:
    """The object of a query that the Bulk API takes; an error with code ``API_ERROR`` for others."""
    try:
        shape = org.schema.check_query(soql)
        need_table(soql)
    except QueryProblem as problem:
        error = query_error(problem, soql)
        raise ApiError("API_ERROR", error.message) from None
    if shape.kind != "records":
        raise ApiError("API_ERROR", "Aggregate Relationships not supported in Bulk Query")
    for word, text in (
        (r"\bOFFSET\s+\d", "Offset not supported in Bulk Query"),
        (r"\bTYPEOF\s", "TYPEOF not supported in Bulk Query"),
        (r"^\s*SELECT\b.*?\(\s*SELECT\b.*?\)\s*(?:,.*?)?\bFROM\b", "Nested queries not supported in Bulk Query"),
    ):
        if re.search(word, _without_strings(soql), re.IGNORECASE | re.DOTALL):
            raise ApiError("API_ERROR", text)
    return shape.sobject


def run(runtime: Runtime, org: Org, jobs: Jobs, job: Job) -> None:
    """Write the results of a query job."""
    started = time.monotonic()
    state = "Failed"
    try:
        _write(org, job)
        state = "Aborted" if job.aborted.is_set() else "JobComplete"
    except QueryProblem as problem:
        job.error = f"InvalidQuery : {problem.message}"
    except JobFailed as failure:
        job.error = str(failure)
    except Exception as error:
        job.error = unforeseen(error)
        raise
    finally:
        job.milliseconds = int((time.monotonic() - started) * 1000)
        jobs.finish(job, state, forms.datetime_text(runtime.clock()))


def page(job: Job, locator: str | None, size: int | None) -> tuple[Iterator[bytes], str, int]:
    """One page of the results: its bytes, the locator of the next page (``null`` at the end), its rows."""
    start = _row_of(locator)
    offsets = array("Q")
    with job.path("rows.idx").open("rb") as file:
        offsets.frombytes(file.read())
    total = len(offsets) - 2
    if start > 0 and start >= total:
        raise ApiError("INVALIDJOB", f"InvalidJob : The locator {locator} is not valid")
    end = min(total, start + (size or PAGE))
    following = _locator(end) if end < total else "null"
    return _pieces(job, [(offsets[0], offsets[1]), (offsets[1 + start], offsets[1 + end])]), following, end - start


def pages(job: Job, size: int) -> list[str]:
    """The locators of all pages but the first."""
    total = job.path("rows.idx").stat().st_size // 8 - 2
    return [_locator(row) for row in range(size, total, size)]


def _write(org: Org, job: Job) -> None:
    """``rows.idx`` has the offsets of the header, of each row, and of the end."""
    offsets = array("Q", [0])
    delimiter, ending = DELIMITERS[job.delimiter], LINE_ENDINGS[job.line_ending]
    with (
        job.path("results.csv").open("wb") as file,
        org.read(job.user_id) as tx,
    ):
        header, rows = tx.rows(job.query or "", all_rows=job.operation == "queryAll")
        sink = _Line()
        writer = csv.writer(sink, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
        at = 0
        writer.writerow(header)
        at += file.write(sink.text.encode())
        offsets.append(at)
        for number, row in enumerate(rows):
            writer.writerow([cell(value) for value in row])
            at += file.write(sink.text.encode())
            offsets.append(at)
            if number % 10_000 == 9_999:
                job.processed = number + 1
                if job.aborted.is_set():
                    return
    job.processed = len(offsets) - 2
    job.path("rows.idx").write_bytes(offsets.tobytes())


class _Line:
    """A file that holds the last thing written to it."""

    text = ""

    def write(self, text: str) -> int:
        """Take a line."""
        self.text = text
        return len(text)


def cell(value: Any) -> Any:
    """A value as it stands in a CSV."""
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str) and value.endswith("+0000") and _STAMP.fullmatch(value):
        return value[:-5] + "Z"
    return value


def _pieces(job: Job, spans: list[tuple[int, int]]) -> Iterator[bytes]:
    with job.path("results.csv").open("rb") as file:
        for start, end in spans:
            file.seek(start)
            while start < end:
                chunk = file.read(min(_CHUNK, end - start))
                start += len(chunk)
                yield chunk


def _locator(row: int) -> str:
    return base64.urlsafe_b64encode(f"row{row}".encode()).decode().rstrip("=")


def _row_of(locator: str | None) -> int:
    if not locator:
        return 0
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
        return int(text.removeprefix("row")) if re.fullmatch(r"row\d{1,12}", text) else _no_row(locator)
    except ValueError:
        return _no_row(locator)


def _no_row(locator: str) -> int:
    raise ApiError("INVALIDJOB", f"InvalidJob : The locator {locator[:50]} is not valid")


def _without_strings(soql: str) -> str:
    return re.sub(r"'(?:[^'\\]|\\.)*'", "''", soql)
