"""Running an ingest job: CSV to records to saves, batch by batch.

The upload lies on disk; at no time are more rows than one batch in memory. Where triggers or flows run, every 200 rows are a
transaction of their own, with limits of their own, as in Salesforce; where none run, a batch is one transaction. Other
writers get their turn in between.
"""

from __future__ import annotations

import codecs
import csv
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import TextIO, get_args

from orgwright.apex.host import Record, SaveOutcome, TriggerEvent
from orgwright.localorg.api.bulk2.errors import JobFailed, unforeseen
from orgwright.localorg.api.bulk2.jobs import DELIMITERS, LINE_ENDINGS, Job, Jobs
from orgwright.localorg.dml.automation import Moment
from orgwright.localorg.dml.request import SaveRequest, Table
from orgwright.localorg.org import Org, Transaction
from orgwright.localorg.runtime import Runtime
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.store import forms

BATCH = 5_000
FIRST_BATCH = 1_000
CHUNK = 200
_COLUMN = re.compile(r"(?:(?P<type>\w+):)?(?P<relation>\w+)\.(?P<field>\w+)")


def run(runtime: Runtime, org: Org, jobs: Jobs, job: Job) -> None:
    """Work a job off and put it into its last state. Whatever goes wrong ends the job, not the server."""
    started = time.monotonic()
    state = "Failed"
    try:
        _Ingest(org, jobs, job).work()
        state = "Aborted" if job.aborted.is_set() else "JobComplete"
    except JobFailed as failure:
        job.error = str(failure)
    except Exception as error:
        job.error = unforeseen(error)
        raise
    finally:
        job.milliseconds = int((time.monotonic() - started) * 1000)
        jobs.finish(job, state, forms.datetime_text(runtime.clock()))


class _Ingest:
    """One run of one job."""

    def __init__(self, org: Org, jobs: Jobs, job: Job) -> None:
        self._org, self._jobs, self._job = org, jobs, job

    def work(self) -> None:
        """Check the file, then save it batch by batch; what was not reached is ``unprocessed.csv``."""
        job = self._job
        check_text(job.path("data.csv"), job.line_ending)
        with ExitStack() as stack:
            source = stack.enter_context(job.path("data.csv").open(encoding="utf-8", newline=""))
            lines = _Lines(source)
            rows = csv.reader(lines, delimiter=DELIMITERS[job.delimiter], strict=True)
            header = _read_header(rows)
            self._check_header(header)
            good = _Results(stack, job, "successful.csv", ["sf__Id", "sf__Created", *header])
            bad = _Results(stack, job, "failed.csv", ["sf__Id", "sf__Error", *header])
            lines.drop(rows.line_num)
            try:
                for batch in _batches(rows, len(header)):
                    if job.aborted.is_set():
                        break
                    self._save(header, batch, good, bad)
                    lines.drop(rows.line_num)
            finally:
                self._keep_rest(header, lines)
        if job.processed == 0 and not job.aborted.is_set():
            raise JobFailed("InvalidBatch : Records not found")

    def _check_header(self, header: list[str]) -> None:
        sobject = self._org.schema.sobject(self._job.object)
        if sobject is None:
            raise JobFailed(f"InvalidEntity : Entity '{self._job.object}' is not supported by the Bulk API.")
        for index, name in enumerate(header):
            header[index] = known_column(self._org.schema, sobject, name)
        if len({name.lower() for name in header}) != len(header):
            twice = next(name for name in header if [n.lower() for n in header].count(name.lower()) > 1)
            raise JobFailed(f"InvalidBatch : Duplicate field name : {twice}")
        if self._job.operation in ("update", "delete", "hardDelete") and "Id" not in header:
            raise JobFailed("InvalidBatch : Field name not found : Id")
        key = self._job.external_id
        if self._job.operation == "upsert" and key and key.lower() not in {name.lower() for name in header}:
            raise JobFailed(f"InvalidBatch : Field name not found : {key}")

    def _save(self, header: list[str], rows: list[list[str]], good: _Results, bad: _Results) -> None:
        job = self._job
        table = Table(job.object, header, rows)
        outcomes = save_rows(self._org, job.user_id, job.operation, table, job.external_id)
        pairs = list(zip(outcomes, rows, strict=True))
        good.write((o.id or "", "true" if o.created else "false", *row) for o, row in pairs if o.success)
        bad.write((o.id or "", error_text(o), *row) for o, row in pairs if not o.success)
        job.processed += len(rows)
        job.failed += sum(not outcome.success for outcome in outcomes)
        self._jobs.save(job)

    def _keep_rest(self, header: Sequence[str], lines: _Lines) -> None:
        """The rows that were not saved, as they came."""
        with ExitStack() as stack:
            rest = _Results(stack, self._job, "unprocessed.csv", header)
            rest.file.writelines(lines.held)
            while chunk := lines.source.read(1_000_000):
                rest.file.write(chunk)


def save_rows(
    org: Org,
    user_id: str,
    operation: str,
    records: Sequence[Record],
    external_id: str | None,
) -> list[SaveOutcome]:
    """Save rows of a CSV of one type in as many transactions as Salesforce would have, or fewer when no trigger
    could tell the difference."""
    outcomes: list[SaveOutcome] = []
    key = None if external_id in (None, "Id") else external_id
    start, size = 0, len(records)
    while start < len(records):
        with org.transaction(user_id) as tx:
            if start == 0 and _triggered(tx, records[0].type):
                size = CHUNK
            rows = records[start : start + size]
            if rows[0].type.endswith("__e"):
                outcomes += tx.publish(rows, raw="csv", api=True)
            else:
                outcomes += tx.save(SaveRequest(operation, rows, external_id=key, raw="csv"))  # type: ignore[arg-type]
        start += size
    return outcomes


def _triggered(tx: Transaction, sobject: str) -> bool:
    """Whether triggers or flows run: then each chunk is a transaction, with limits of its own."""
    runner, flows = tx.triggers, tx.flows
    if runner is not None and any(runner.has(sobject, event) for event in TriggerEvent):
        return True
    return flows is not None and any(
        flows.has(sobject, moment, creating=creating) for moment in get_args(Moment) for creating in (True, False)
    )


class _Lines:
    """The lines of a file; those that were read and not dropped are ``held``."""

    def __init__(self, source: TextIO) -> None:
        self.source = source
        self.held: list[str] = []
        self._dropped = 0

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._blocks())

    def _blocks(self) -> Iterator[list[str]]:
        while block := list(islice(self.source, 1000)):
            self.held += block
            yield block

    def drop(self, until: int) -> None:
        """Forget the lines before that number, which are done with."""
        del self.held[: until - self._dropped]
        self._dropped = until


class _Results:
    """A file of results: header, then rows, every value quoted, in the job's own delimiter and line ending."""

    def __init__(self, stack: ExitStack, job: Job, name: str, header: Sequence[str]) -> None:
        self.file = stack.enter_context(job.path(name).open("w", encoding="utf-8", newline=""))
        self._between, self._end = f'"{DELIMITERS[job.delimiter]}"', f'"{LINE_ENDINGS[job.line_ending]}'
        self._marks = 2 * len(header) - 2
        self.write([header])

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Add rows; they are in the file when this returns."""
        self.file.write("".join(map(self._line, rows)))
        self.file.flush()

    def _line(self, values: Sequence[str]) -> str:
        """What :mod:`csv` writes with ``QUOTE_ALL``, in a fifth of its time."""
        text = self._between.join(values)
        if text.count('"') != self._marks:
            text = self._between.join(value.replace('"', '""') for value in values)
        return f'"{text}{self._end}'


def check_text(path: Path, line_ending: str) -> None:
    """That the file is UTF-8 without a mark at its start and has the job's line ending."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        at = 0
        while chunk := file.read(1_000_000):
            if at == 0:
                _check_start(chunk, line_ending)
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _not_utf8(at - (len(error.object) - len(chunk)) + error.start) from None
            at += len(chunk)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise _not_utf8(at - len(error.object)) from None


def _not_utf8(at: int) -> JobFailed:
    return JobFailed(f"InvalidBatch : Failed to parse CSV. The data is not valid UTF-8 near byte {at}")


def _check_start(chunk: bytes, line_ending: str) -> None:
    if chunk.startswith(codecs.BOM_UTF8):
        raise JobFailed(
            "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote"
        )
    end = chunk.find(b"\n")
    if end >= 0 and chunk[:end].count(b'"') % 2 == 0:
        found = "CRLF" if chunk[end - 1 : end] == b"\r" else "LF"
        if found != line_ending:
            raise JobFailed(
                f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {line_ending}"
            )


def known_column(schema: Schema, sobject: SObjectType, name: str) -> str:
    """The column of a header in the schema's spelling; :class:`JobFailed` when there is none of that name."""
    field = sobject.field(name)
    if field is not None:
        return field.name
    matched = _COLUMN.fullmatch(name)
    parent = sobject.parent_field(matched["relation"]) if matched else None
    if matched is not None and parent is not None:
        wanted = [matched["type"]] if matched["type"] else parent.reference_to
        for target_name in wanted:
            target = schema.sobject(target_name)
            key = target.field(matched["field"]) if target is not None else None
            if key is not None and (key.external_id or key.id_lookup or key.type == "id"):
                prefix = f"{target_name}:" if matched["type"] else ""
                return f"{prefix}{parent.relationship_name}.{key.name}"
    raise JobFailed(f"InvalidBatch : Field name not found : {name}")


def error_text(outcome: SaveOutcome) -> str:
    """``sf__Error`` of a row."""
    return ";".join(f"{e.code}:{e.message}:{','.join(e.fields)}{' ' if e.fields else ''}--" for e in outcome.errors)


def _read_header(rows: Iterator[list[str]]) -> list[str]:
    try:
        header = next(rows, None)
    except csv.Error as error:
        raise _malformed(error) from None
    if not header or not any(header):
        raise JobFailed("InvalidBatch : Records not found")
    return [name.strip() for name in header]


def _batches(rows: Iterator[list[str]], width: int) -> Iterator[list[list[str]]]:
    """Rows in batches, the first one smaller so that progress shows early; blank lines are skipped."""
    size, line = FIRST_BATCH, 1
    while True:
        try:
            read = list(islice(rows, size))
        except csv.Error as error:
            raise _malformed(error) from None
        if not read:
            return
        batch = list(filter(None, read))
        if set(map(len, batch)) - {width}:
            number, row = next((n, row) for n, row in enumerate(batch, line) if len(row) != width)
            raise JobFailed(
                f"InvalidBatch : Failed to parse CSV. Row {number} has {len(row)} columns, the header has {width}"
            )
        line += len(batch)
        yield batch
        size = BATCH


def _malformed(error: csv.Error) -> JobFailed:
    return JobFailed(f"InvalidBatch : Failed to parse CSV. {error}")
