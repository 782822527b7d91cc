"""What the client sends, and what it makes of the answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from orgwright.org import Connection, OrgClient, Request, Secret, quote
from orgwright.org.bulk import JobFailed
from orgwright.org.metadata import DeployOptions


class Recorder:
    """An org that answers from a table and remembers what it was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers, self.requests = answers, []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        key = f"{request.method} {request.url.path.removeprefix('/services/data/v67.0')}"
        answer = self.answers[key]
        if isinstance(answer, list) and answer and isinstance(answer[0], httpx.Response):
            answer = answer.pop(0)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def org(answers: dict[str, Any]) -> tuple[OrgClient, Recorder]:
    recorder = Recorder(answers)
    connection = Connection("uat", "https://uat.example", Secret("t"), "00D000000000001AAA", "me@x.y")
    return OrgClient(connection, pause=lambda _: None, transport=httpx.MockTransport(recorder)), recorder


def test_query_reads_all_pages() -> None:
    following = "/services/data/v67.0/query/01g-2000"
    client, _ = org(
        {
            "GET /query": {"records": [{"Id": 1}], "done": False, "nextRecordsUrl": following},
            "GET /query/01g-2000": {"records": [{"Id": 2}], "done": True},
        }
    )
    assert [row["Id"] for row in client.query("SELECT Id FROM Account")] == [1, 2]


def test_composite_keeps_order_over_several_calls() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        parts = json.loads(request.content)["compositeRequest"]
        answers = [{"httpStatusCode": 200, "body": p["url"], "referenceId": p["referenceId"]} for p in parts]
        return httpx.Response(200, json={"compositeResponse": answers})

    connection = Connection("uat", "https://uat.example", Secret("t"), "00D", "me")
    client = OrgClient(connection, transport=httpx.MockTransport(answer))
    answers = client.composite([Request(f"/sobjects/X{n}/describe") for n in range(60)])
    assert [a.body for a in answers] == [f"/services/data/v67.0/sobjects/X{n}/describe" for n in range(60)]
    assert client.transport.calls == 3


def test_deploy_waits_and_tells_failures() -> None:
    failed = {
        "id": "0Af1",
        "done": True,
        "success": False,
        "status": "Failed",
        "checkOnly": False,
        "details": {
            "componentFailures": [
                {
                    "componentType": "ApexClass",
                    "fullName": "Foo",
                    "fileName": "classes/Foo.cls",
                    "created": False,
                    "changed": False,
                    "deleted": False,
                    "problem": "Variable does not exist: x",
                    "problemType": "Error",
                    "lineNumber": 3,
                    "columnNumber": 5,
                }
            ],
            "runTestResult": {"numTestsRun": 0, "codeCoverageWarnings": [{"message": "too little"}]},
        },
    }
    going = {"deployResult": {"id": "0Af1", "done": False, "status": "InProgress", "success": False}}
    client, recorder = org(
        {
            "POST /metadata/deployRequest": {"id": "0Af1"},
            "GET /metadata/deployRequest/0Af1": [
                httpx.Response(200, json=going),
                httpx.Response(200, json={"deployResult": failed}),
            ],
        }
    )
    result = client.metadata.deploy(b"PK", DeployOptions(test_level="RunSpecifiedTests", tests=("FooTest",)))
    assert not result.success
    assert [(f.name, f.line, f.column, f.problem) for f in result.failures] == [
        ("Foo", 3, 5, "Variable does not exist: x")
    ]
    assert result.warnings == ("too little",)
    assert b'"testLevel": "RunSpecifiedTests"' in recorder.requests[0].content


def test_bulk_ingest_streams_the_file_and_tells_the_end(tmp_path: Path) -> None:
    csv = tmp_path / "rows.csv"
    csv.write_bytes(b"Name\nA\n" * 100_000)
    job = {
        "id": "750",
        "object": "Account",
        "state": "JobComplete",
        "numberRecordsProcessed": 2,
        "numberRecordsFailed": 1,
    }
    client, recorder = org(
        {
            "POST /jobs/ingest": {"id": "750"},
            "PUT /jobs/ingest/750/batches": [httpx.Response(201)],
            "PATCH /jobs/ingest/750": {},
            "GET /jobs/ingest/750": job,
        }
    )
    done = client.bulk.ingest("Account", "upsert", csv, external_id="Key__c")
    assert (done.processed, done.failed) == (2, 1)
    assert json.loads(recorder.requests[0].content)["externalIdFieldName"] == "Key__c"
    assert recorder.requests[1].content == csv.read_bytes()


def test_bulk_job_that_could_not_be_sent_is_aborted(tmp_path: Path) -> None:
    csv = tmp_path / "rows.csv"
    csv.write_bytes(b"Name\nA\n")
    refused = httpx.Response(413, json=[{"message": "too big", "errorCode": "TOO_LARGE"}])
    client, recorder = org(
        {
            "POST /jobs/ingest": {"id": "750"},
            "PUT /jobs/ingest/750/batches": [refused],
            "PATCH /jobs/ingest/750": {},
        }
    )
    with pytest.raises(Exception, match="too big"):
        client.bulk.ingest("Account", "insert", csv)
    assert json.loads(recorder.requests[-1].content) == {"state": "Aborted"}


def test_failed_job_gives_the_orgs_reason(tmp_path: Path) -> None:
    csv = tmp_path / "rows.csv"
    csv.write_bytes(b"Nam\nA\n")
    job = {
        "id": "750",
        "object": "Account",
        "state": "Failed",
        "errorMessage": "InvalidBatch : Field name not found : Nam",
    }
    client, _ = org(
        {
            "POST /jobs/ingest": {"id": "750"},
            "PUT /jobs/ingest/750/batches": [httpx.Response(201)],
            "PATCH /jobs/ingest/750": {},
            "GET /jobs/ingest/750": job,
        }
    )
    with pytest.raises(JobFailed, match="Field name not found : Nam"):
        client.bulk.ingest("Account", "insert", csv)


@pytest.mark.parametrize(
    ("text", "literal"),
    [("a", "'a'"), ("o'neil", r"'o\'neil'"), ("back\\slash", r"'back\\slash'"), ("a\nb", r"'a\nb'")],
)
def test_quoted_text_cannot_leave_its_literal(text: str, literal: str) -> None:
    assert quote(text) == literal
