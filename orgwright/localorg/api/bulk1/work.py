"""Working a batch off: rows in CSV, JSON or XML to saves, SOQL to rows."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Sequence
from typing import Any

from orgwright.apex.host import QueryProblem, SaveOutcome
from orgwright.localorg.api.bulk1 import chunking, documents
from orgwright.localorg.api.bulk1.jobs import NOT_PROCESSED, Batch, Job, Jobs
from orgwright.localorg.api.bulk2.errors import JobFailed, unforeseen
from orgwright.localorg.api.bulk2.ingest import error_text, known_column, save_rows
from orgwright.localorg.api.bulk2.querying import cell
from orgwright.localorg.api.http import ApiError, parse_json
from orgwright.localorg.api.rest import shapes
from orgwright.localorg.api.rest.saving import query_error, record_of, save
from orgwright.localorg.dml.request import Table
from orgwright.localorg.org import Org
from orgwright.localorg.runtime import Runtime
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.soql.shape import Form
from orgwright.localorg.store.forms import zulu_text

MAX_ROWS = 10_000


def run(runtime: Runtime, org: Org, jobs: Jobs, job: Job, batch: Batch) -> Sequence[Batch]:
    """Work a batch off and put it into its last state; whatever goes wrong ends the batch, not the server.

    Gives the batches to work off instead when the batch is a query that is split into chunks.
    """
    if job.state == "Aborted":
        batch.state, batch.modified = NOT_PROCESSED, zulu_text(runtime.clock())
        batch.ended.set()
        return ()
    started = time.monotonic()
    batch.state, state = "InProgress", "Failed"
    chunks: Sequence[Batch] = ()
    try:
        queries = _split(org, job, batch)
        if queries is not None:
            chunks, state = jobs.add_chunks(job, queries, runtime.clock()), NOT_PROCESSED
        else:
            _work(org, job, batch)
            state = "Completed"
    except JobFailed as failure:
        batch.message = str(failure)
    except ApiError as error:
        batch.message = f"InvalidBatch : {error.message}"
    except Exception as error:
        batch.message = unforeseen(error)
        raise
    finally:
        batch.milliseconds = int((time.monotonic() - started) * 1000)
        batch.state, batch.modified = state, zulu_text(runtime.clock())
        batch.ended.set()
    return chunks


def _split(org: Org, job: Job, batch: Batch) -> Sequence[str] | None:
    if job.chunking is None or batch.chunk:
        return None
    soql = batch.request.decode("utf-8", "replace")
    try:
        return chunking.queries(org, job.user_id, soql, job.chunking)
    except QueryProblem as problem:
        raise JobFailed(f"InvalidBatch : Failed to chunk query: {query_error(problem, soql)}") from None


def _work(org: Org, job: Job, batch: Batch) -> None:
    if job.is_query:
        _query(org, job, batch)
    elif job.content_type == "JSON":
        _json(org, job, batch)
    elif job.content_type == "XML":
        _xml(org, job, batch)
    else:
        _csv(org, job, batch)


def _csv(org: Org, job: Job, batch: Batch) -> None:
    try:
        text = batch.request.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JobFailed(f"InvalidBatch : The data is not valid UTF-8 near byte {error.start}") from None
    try:
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise JobFailed(f"InvalidBatch : Failed to parse CSV. {error}") from None
    if len(lines) < 2:
        raise JobFailed("InvalidBatch : Records not found")
    sobject = _sobject(org, job)
    header = [known_column(org.schema, sobject, name.strip()) for name in lines[0]]
    rows = lines[1:]
    wrong = next((at for at, row in enumerate(rows, 1) if len(row) != len(header)), None)
    if wrong is not None:
        raise JobFailed(f"InvalidBatch : Row {wrong} has {len(rows[wrong - 1])} columns, the header has {len(header)}")
    _bound(rows)
    outcomes = save_rows(org, job.user_id, job.operation, Table(sobject.name, header, rows), job.external_id)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(("Id", "Success", "Created", "Error"))
    for outcome in outcomes:
        flags = [str(flag).lower() for flag in (outcome.success, outcome.created)]
        writer.writerow((outcome.id or "", *flags, "" if outcome.success else error_text(outcome)))
    _keep(batch, outcomes, out.getvalue().encode())


def _json(org: Org, job: Job, batch: Batch) -> None:
    rows = parse_json(batch.request)
    if not isinstance(rows, list) or not rows:
        raise JobFailed("InvalidBatch : Records not found")
    _bound(rows)
    sobject = _sobject(org, job)
    records = [record_of(sobject, row) for row in rows]
    key = None if job.external_id in (None, "Id") else job.external_id
    with org.transaction(job.user_id) as tx:
        outcomes = save(tx, job.operation, records, external_id=key)
    shown = [
        {
            "success": outcome.success,
            "created": outcome.created,
            "id": outcome.id,
            "errors": [] if outcome.success else shapes.row_errors(outcome.errors),
        }
        for outcome in outcomes
    ]
    _keep(batch, outcomes, json.dumps(shown).encode())


def _xml(org: Org, job: Job, batch: Batch) -> None:
    records = documents.records(batch.request, org.schema, _sobject(org, job))
    _bound(records)
    outcomes = save_rows(org, job.user_id, job.operation, records, job.external_id)
    _keep(batch, outcomes, documents.outcomes(outcomes))


def _query(org: Org, job: Job, batch: Batch) -> None:
    soql = batch.request.decode("utf-8", "replace")
    with org.read(job.user_id) as tx:
        try:
            if job.content_type != "CSV":
                as_json = job.content_type == "JSON"
                url = f"/services/data/v{job.version}"
                form: Form = "bulk" if as_json else "json"
                found: Sequence[Any] = tx.query(soql, all_rows=job.operation == "queryAll", form=form, url=url).records
                batch.result = json.dumps(found).encode() if as_json else documents.rows(found)
                batch.processed = len(found)
                return
            header, rows = tx.rows(soql, all_rows=job.operation == "queryAll")
        except QueryProblem as problem:
            raise JobFailed(f"InvalidBatch : Failed to process query: {query_error(problem, soql)}") from None
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        for row in rows:
            writer.writerow([cell(value) for value in row])
            batch.processed += 1
    batch.result = out.getvalue().encode()


def _sobject(org: Org, job: Job) -> SObjectType:
    sobject = org.schema.sobject(job.object)
    if sobject is None:
        raise JobFailed(f"InvalidEntity : Entity '{job.object}' is not supported by the Bulk API.")
    return sobject


def _bound(rows: Sequence[Any]) -> None:
    if len(rows) > MAX_ROWS:
        raise JobFailed(f"ExceededQuota : A batch has at most {MAX_ROWS} records")


def _keep(batch: Batch, outcomes: Sequence[SaveOutcome], result: bytes) -> None:
    batch.processed = len(outcomes)
    batch.failed = sum(1 for outcome in outcomes if not outcome.success)
    batch.result = result
