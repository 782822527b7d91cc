"""The requests of Bulk API 2.0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orgwright.localorg.api.bulk2 import ingest, querying
from orgwright.localorg.api.bulk2.errors import bad_state, bad_value, unknown_entity
from orgwright.localorg.api.bulk2.jobs import DELIMITERS, LINE_ENDINGS, TERMINAL, Job, Jobs, shown, shown_fully
from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer, parse_json, unexpected_json
from orgwright.localorg.api.permissions import may_delete_for_good
from orgwright.localorg.store import forms

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
QUERY_OPERATIONS = ("query", "queryAll")
SOON = 2.0
POLL = 0.5
ABORT = 30.0
MAX_INLINE = 100_000
_PAGE_OF_JOBS = 1000
_CSV = "text/csv;charset=UTF-8"


def create_ingest(request: Request) -> Answer:
    """``POST jobs/ingest``: JSON, or a multipart of ``job`` and ``content`` that starts at once."""
    content: bytes | None = None
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        parts = {part.name: part.content for part in request.multipart()}
        body, content = parse_json(parts.get("job", b"")), parts.get("content", b"")
        if len(content) > MAX_INLINE:
            raise bad_value(f"InvalidJob : The content of a multipart request has at most {MAX_INLINE} characters")
    else:
        body = request.json()
    if not isinstance(body, dict):
        raise unexpected_json(body, "job")
    jobs = _jobs(request)
    job = jobs.create(request.runtime.clock(), **_ingest_values(request, body))
    if content is not None:
        job.path("data.csv").write_bytes(content)
        _start(request, jobs, job)
    return json_answer(shown(job))


def upload(request: Request) -> Answer:
    """``PUT jobs/ingest/ID/batches``: the CSV, once; 201."""
    job = _job(request)
    if job.state != "Open" or job.uploaded:
        raise bad_state("InvalidJobState : Data can be uploaded once, while the job is open")
    assert request.body_file is not None
    request.body_file.replace(job.path("data.csv"))
    request.body_file = None
    job.uploaded = True
    _jobs(request).save(job)
    return Answer(201)


def change_ingest(request: Request) -> Answer:
    """``PATCH jobs/ingest/ID``: ``UploadComplete`` starts the job, ``Aborted`` ends it."""
    job, jobs = _job(request), _jobs(request)
    state = request.json_object().get("state")
    if state == "UploadComplete":
        if not job.uploaded:
            raise bad_state("InvalidJobState : There is no data to process: upload it first")
        _start(request, jobs, job)
        return json_answer({**shown(job), "state": "UploadComplete"})
    if state == "Aborted":
        _abort(request, jobs, job)
        return json_answer(shown(job))
    raise ApiError("INVALIDJOBSTATE", f"InvalidJobState : {state!r} is no state that a client can set")


def show(request: Request) -> Answer:
    """``GET jobs/.../ID``. A job that is under way is waited for a moment, so that a short one ends in one poll."""
    job = _job(request)
    if job.state in ("UploadComplete", "InProgress"):
        job.finished.wait(POLL)
    return json_answer(shown_fully(job))


def list_jobs(request: Request) -> Answer:
    """``GET jobs/ingest`` and ``GET jobs/query``."""
    kind = _kind(request)
    if request.query.get("jobType") not in (None, "", "V2Ingest", "V2Query", "Classic", "BigObjectIngest"):
        raise bad_value("InvalidJob : jobType must be V2Ingest, V2Query, Classic or BigObjectIngest")
    found = [] if request.query.get("jobType") in ("Classic", "BigObjectIngest") else _jobs(request).all(kind)
    text = request.query.get("queryLocator") or "0"
    start = int(text) if text.isdigit() and len(text) < 10 else 0
    end = start + _PAGE_OF_JOBS
    more = end < len(found)
    url = f"/services/data/{request.params['version']}/jobs/{kind}?queryLocator={end}" if more else None
    return json_answer({"done": not more, "records": [shown(job) for job in found[start:end]], "nextRecordsUrl": url})


def delete(request: Request) -> Answer:
    """``DELETE jobs/.../ID``: 204; only a job that has ended or not begun."""
    job = _job(request)
    allowed = (*TERMINAL, "Open")
    message = f"InvalidJobState : A job that is {job.state} cannot be deleted"
    _jobs(request).delete(job, allowed=allowed, message=message)
    return Answer(204)


def results(request: Request) -> Answer:
    """``GET jobs/ingest/ID/successfulResults``, ``failedResults`` and ``unprocessedrecords``."""
    job = _job(request)
    if job.state not in TERMINAL:
        raise bad_state(f"InvalidJobState : Results are there when the job has ended; it is {job.state}")
    name = request.path.rsplit("/", 1)[1].lower()
    path = job.path({"successfulresults": "successful.csv", "failedresults": "failed.csv"}.get(name, "unprocessed.csv"))
    return Answer(200, path if path.exists() else b"", _CSV)


def create_query(request: Request) -> Answer:
    """``POST jobs/query``."""
    body = request.json_object()
    operation, soql = body.get("operation"), body.get("query")
    if operation not in QUERY_OPERATIONS:
        raise bad_value("InvalidJob : operation must be query or queryAll")
    if not isinstance(soql, str) or not soql.strip():
        raise bad_value("InvalidJob : A query must be specified")
    values = {
        "kind": "query",
        "operation": operation,
        "object": querying.check(request.org, soql),
        "query": soql,
        "user_id": request.user_id,
        "version": request.version,
        "state": "UploadComplete",
        **_layout(body),
    }
    jobs = _jobs(request)
    job = jobs.create(request.runtime.clock(), **values)
    answer = json_answer(shown(job))
    _run(request, jobs, job, querying.run)
    request.runtime.usage.add(request.need_session().entry.org_id, "DailyBulkV2QueryJobs")
    return answer


def change_query(request: Request) -> Answer:
    """``PATCH jobs/query/ID``: ``Aborted``."""
    job = _job(request)
    if request.json_object().get("state") != "Aborted":
        raise ApiError("INVALIDJOBSTATE", "InvalidJobState : A query job can only be set to Aborted")
    _abort(request, _jobs(request), job)
    return json_answer(shown(job))


def query_results(request: Request) -> Answer:
    """``GET jobs/query/ID/results?locator=&maxRecords=``."""
    job = _job(request)
    if job.state != "JobComplete":
        raise bad_state(f"InvalidJobState : Results are there when the job is complete; it is {job.state}")
    body, following, count = querying.page(job, request.query.get("locator"), _size(request))
    return Answer(200, body, _CSV, (("Sforce-Locator", following), ("Sforce-NumberOfRecords", str(count))))


def result_pages(request: Request) -> Answer:
    """``GET jobs/query/ID/resultPages``: links to all pages."""
    job = _job(request)
    if job.state != "JobComplete":
        raise bad_state(f"InvalidJobState : Results are there when the job is complete; it is {job.state}")
    base = f"/services/data/{request.params['version']}/jobs/query/{job.id}/results"
    links = [{"resultLink": base}]
    size = _size(request) or querying.PAGE
    links += [{"resultLink": f"{base}?locator={locator}"} for locator in querying.pages(job, size)]
    return json_answer({"resultPages": links, "nextRecordsUrl": None, "done": True})


def _ingest_values(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    operation, name = body.get("operation"), body.get("object")
    if operation not in OPERATIONS:
        raise bad_value(f"InvalidJob : operation must be one of {', '.join(OPERATIONS)}")
    if operation == "hardDelete" and not may_delete_for_good(request):
        raise ApiError(
            "FEATURENOTENABLED", "FeatureNotEnabled : hardDelete needs the user permission Bulk API Hard Delete"
        )
    if not isinstance(name, str) or not name:
        raise bad_value("InvalidJob : An object must be specified")
    if body.get("contentType", "CSV") != "CSV":
        raise bad_value("InvalidJob : contentType must be CSV")
    sobject = request.org.schema.sobject(name)
    if sobject is None or sobject.tooling or not (sobject.createable or sobject.updateable or sobject.deletable):
        raise unknown_entity(name)
    if not request.org.rights_of(request.user_id).reads(sobject):
        raise unknown_entity(name)
    key = body.get("externalIdFieldName")
    if operation == "upsert":
        if not isinstance(key, str) or not key:
            raise bad_value(
                f"InvalidJob : External ID was blank for {sobject.name}. An External ID must be specified for upsert."
            )
        found = sobject.field(key)
        if found is None or not (found.external_id or found.id_lookup or found.type == "id"):
            raise bad_value(
                f"InvalidJob : Field name provided, {key} does not match an External ID, Salesforce Id, "
                f"or indexed field for {sobject.name}"
            )
        key = found.name
    elif key is not None:
        raise bad_value("InvalidJob : externalIdFieldName is for upsert only")
    return {
        "kind": "ingest",
        "operation": operation,
        "object": sobject.name,
        "external_id": key,
        "user_id": request.user_id,
        "version": request.version,
        **_layout(body),
    }


def _layout(body: dict[str, Any]) -> dict[str, str]:
    delimiter, ending = body.get("columnDelimiter", "COMMA"), body.get("lineEnding", "LF")
    if delimiter not in DELIMITERS:
        raise bad_value(f"InvalidJob : columnDelimiter must be one of {', '.join(DELIMITERS)}")
    if ending not in LINE_ENDINGS:
        raise bad_value("InvalidJob : lineEnding must be LF or CRLF")
    return {"delimiter": delimiter, "line_ending": ending}


def _start(request: Request, jobs: Jobs, job: Job) -> None:
    now = request.runtime.clock()
    message = f"InvalidJobState : The job is {job.state}, it must be Open"
    jobs.move(job, "UploadComplete", now, allowed=("Open",), message=message)
    request.runtime.usage.add(request.need_session().entry.org_id, "DailyBulkApiBatches")
    _run(request, jobs, job, ingest.run)


def _run(request: Request, jobs: Jobs, job: Job, work: Callable[..., None]) -> None:
    runtime, org = request.runtime, request.org

    def begin() -> None:
        if job.aborted.is_set():
            job.finished.set()
            return
        job.state = "InProgress"
        work(runtime, org, jobs, job)

    runtime.submit(f"bulk job {job.id}", begin)
    job.finished.wait(SOON)


def _abort(request: Request, jobs: Jobs, job: Job) -> None:
    if job.state in TERMINAL:
        raise bad_state("Aborting already Completed Job not allowed")
    job.aborted.set()
    if job.state != "Open":
        job.finished.wait(ABORT)
    jobs.finish(job, "Aborted", forms.datetime_text(request.runtime.clock()))


def _kind(request: Request) -> Any:
    return "query" if "/jobs/query" in request.path.lower() else "ingest"


def _job(request: Request) -> Job:
    return _jobs(request).get(request.params["id"], _kind(request))


def _jobs(request: Request) -> Jobs:
    entry = request.need_session().entry
    folder = request.runtime.registry.folder(entry.alias) / "bulk"
    return request.runtime.state(f"bulk2:{entry.org_id}", lambda: Jobs(folder))


def _size(request: Request) -> int | None:
    text = request.query.get("maxRecords")
    if text is None:
        return None
    if not text.isdigit() or not int(text[:12]) > 0:
        raise bad_value("InvalidJob : maxRecords must be a number above 0")
    return int(text[:12])
