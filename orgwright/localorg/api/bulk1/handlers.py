"""The requests of Bulk API 1.0."""

from __future__ import annotations

from typing import Any

from orgwright.localorg.api.bulk1 import chunking, shapes, work
from orgwright.localorg.api.bulk1.errors import BulkError
from orgwright.localorg.api.bulk1.jobs import ENDED, Batch, Job, Jobs, batch_facts, job_facts
from orgwright.localorg.api.http import Answer, Request, parse_json
from orgwright.localorg.api.permissions import may_delete_for_good
from orgwright.localorg.org import Org
from orgwright.localorg.runtime import Runtime
from orgwright.localorg.store.forms import zulu_text
from orgwright.metadata import xml

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete", "query", "queryAll")
CONTENT_TYPES = ("CSV", "JSON", "XML")
SOON = 5.0
_RESULT = "752ow1000000001"


def create_job(request: Request) -> Answer:
    """``POST job``: 201."""
    _login(request)
    facts = _body(request)
    operation, name = facts.get("operation"), facts.get("object")
    if operation not in OPERATIONS:
        raise BulkError("InvalidJob", f"operation must be one of {', '.join(OPERATIONS)}")
    if operation == "hardDelete" and not may_delete_for_good(request):
        raise BulkError("FeatureNotEnabled", "hardDelete needs the user permission Bulk API Hard Delete")
    content_type = str(facts.get("contentType") or "XML")
    if content_type not in CONTENT_TYPES:
        raise BulkError("InvalidJob", f"contentType {content_type[:20]} is not supported by the embedded org")
    sobject = request.org.schema.sobject(str(name))
    if sobject is None or sobject.tooling or not request.org.rights_of(request.user_id).reads(sobject):
        raise BulkError("InvalidEntity", f"Entity '{name}' is not supported by the Bulk API.")
    key = facts.get("externalIdFieldName")
    if operation == "upsert" and not key:
        raise BulkError(
            "InvalidJob",
            f"External ID was blank for {sobject.name}. An External ID must be specified for upsert.",
        )
    queries = operation in ("query", "queryAll")
    header = request.headers.get(chunking.HEADER) if queries else None
    job = _jobs(request).add(
        operation=operation,
        object=sobject.name,
        user_id=request.user_id,
        version=request.params["api"],
        created=zulu_text(request.runtime.clock()),
        content_type=content_type,
        concurrency="Serial" if str(facts.get("concurrencyMode")) in ("Serial", "1") else "Parallel",
        external_id=_key(sobject.field(str(key)), key, sobject.name) if operation == "upsert" else None,
        chunking=chunking.read(header, sobject, request.org.schema),
    )
    return shapes.answer("jobInfo", job_facts(job), shapes.wants_json(request), 201)


def change_job(request: Request) -> Answer:
    """``POST job/ID``: ``Closed`` or ``Aborted``."""
    job = _job(request)
    state = _body(request).get("state")
    if state not in ("Closed", "Aborted"):
        raise BulkError("InvalidJobState", "state must be Closed or Aborted")
    if job.state not in ("Open", state):
        raise BulkError("InvalidJobState", f"Job is already {job.state}")
    job.state, job.modified = str(state), zulu_text(request.runtime.clock())
    return shapes.answer("jobInfo", job_facts(job), shapes.wants_json(request))


def show_job(request: Request) -> Answer:
    """``GET job/ID``."""
    return shapes.answer("jobInfo", job_facts(_job(request)), shapes.wants_json(request))


def add_batch(request: Request) -> Answer:
    """``POST job/ID/batch``: 201. A batch is told as queued, as Salesforce does, though a small one is done by then."""
    job = _job(request)
    jobs, runtime, org = _jobs(request), request.runtime, request.org
    batch = jobs.add_batch(job, request.body, runtime.clock())
    queued = batch_facts(job, batch)

    _submit(runtime, org, jobs, job, batch)
    batch.ended.wait(SOON)
    return shapes.answer("batchInfo", queued, _as_json(job), 201)


def list_batches(request: Request) -> Answer:
    """``GET job/ID/batch``."""
    job = _job(request)
    return shapes.batch_list([batch_facts(job, batch) for batch in job.batches.values()], _as_json(job))


def show_batch(request: Request) -> Answer:
    """``GET job/ID/batch/ID``."""
    job = _job(request)
    return shapes.answer("batchInfo", batch_facts(job, _batch(request, job)), _as_json(job))


def batch_request(request: Request) -> Answer:
    """``GET job/ID/batch/ID/request``: what was sent."""
    job = _job(request)
    return Answer(200, _batch(request, job).request, _type(job))


def batch_result(request: Request) -> Answer:
    """``GET job/ID/batch/ID/result``: the rows' outcomes, or the result ids of a query."""
    job = _job(request)
    batch = _ended(_batch(request, job))
    if job.is_query:
        return shapes.result_list([_RESULT], _as_json(job))
    return Answer(200, batch.result, _type(job))


def query_result(request: Request) -> Answer:
    """``GET job/ID/batch/ID/result/ID``: rows of a query."""
    job = _job(request)
    batch = _ended(_batch(request, job))
    if not job.is_query or request.params["result"] != _RESULT:
        raise BulkError("InvalidBatch", "Unable to find the result")
    return Answer(200, batch.result, _type(job))


def _submit(runtime: Runtime, org: Org, jobs: Jobs, job: Job, batch: Batch) -> None:
    def begin() -> None:
        for chunk in work.run(runtime, org, jobs, job, batch):
            _submit(runtime, org, jobs, job, chunk)

    runtime.submit(f"bulk batch {batch.id}", begin)


def _login(request: Request) -> None:
    if request.session is None:
        request.login(request.headers.get("x-sfdc-session"))
    else:
        request.check_user()
        request.count()


def _jobs(request: Request) -> Jobs:
    return request.runtime.state(f"bulk1:{request.need_session().entry.org_id}", Jobs)


def _job(request: Request) -> Job:
    _login(request)
    return _jobs(request).get(request.params["id"])


def _batch(request: Request, job: Job) -> Batch:
    batch = job.batches.get(request.params["batch"])
    if batch is None:
        raise BulkError("InvalidBatch", f"Unable to find batch for id: {request.params['batch'][:18]}")
    return batch


def _ended(batch: Batch) -> Batch:
    if batch.state not in ENDED:
        raise BulkError("InvalidBatch", "Batch not completed")
    if batch.state != "Completed":
        raise BulkError("InvalidBatch", "Records not processed")
    return batch


def _as_json(job: Job) -> bool:
    """Whether its batches are told of in JSON: that follows the job, whatever the client says of its request."""
    return job.content_type == "JSON"


def _type(job: Job) -> str:
    return {"JSON": shapes.JSON_TYPE, "XML": shapes.XML_TYPE}.get(job.content_type, "text/csv")


def _key(field: Any, name: Any, sobject: str) -> str:
    if field is None or not (field.external_id or field.id_lookup or field.type == "id"):
        raise BulkError(
            "InvalidJob",
            f"Field name provided, {name} does not match an External ID, Salesforce Id, or indexed field for {sobject}",
        )
    return str(field.name)


def _body(request: Request) -> dict[str, Any]:
    """The job info of a request, JSON or XML."""
    if shapes.wants_json(request):
        facts = parse_json(request.body)
        if not isinstance(facts, dict):
            raise BulkError("InvalidJob", "The job info must be a JSON object")
        return facts
    try:
        root = xml.parse(request.body, name="jobInfo")
    except xml.XmlError as error:
        raise BulkError("InvalidXML", str(error)) from None
    return {str(child.tag).rpartition("}")[2]: child.text for child in root if isinstance(child.tag, str)}
