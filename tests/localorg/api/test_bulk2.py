"""Bulk API 2.0: ingest and query jobs, their files, their errors."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .conftest import V, create, query

Unique = Callable[[], str]
INGEST, QUERY = f"{V}/jobs/ingest", f"{V}/jobs/query"


def start(http: httpx.Client, operation: str, sobject: str, data: bytes, **more: Any) -> dict[str, Any]:
    made = http.post(INGEST, json={"operation": operation, "object": sobject, "contentType": "CSV", **more})
    assert made.status_code == 200, made.text
    job = made.json()
    assert (job["state"], job["contentUrl"]) == ("Open", f"services/data/v67.0/jobs/ingest/{job['id']}/batches")
    sent = http.put(f"/{job['contentUrl']}/", content=data, headers={"Content-Type": "text/csv"})
    assert (sent.status_code, sent.content) == (201, b"")
    closed = http.patch(f"{INGEST}/{job['id']}", json={"state": "UploadComplete"})
    assert closed.json()["state"] == "UploadComplete"
    return finish(http, f"{INGEST}/{job['id']}")


def finish(http: httpx.Client, path: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job: dict[str, Any] = http.get(path).json()
        if job["state"] in ("JobComplete", "Failed", "Aborted"):
            return job
    raise AssertionError("the job does not end")


def rows(http: httpx.Client, job: dict[str, Any], name: str, delimiter: str = ",") -> list[dict[str, str]]:
    text = http.get(f"{INGEST}/{job['id']}/{name}/").content.decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_rows_are_loaded_and_each_is_accounted_for(http: httpx.Client, unique: Unique) -> None:
    site = unique()
    data = f'Name,Site,NumberOfEmployees,Description\n"a, ""b""",{site},5,"two\nlines"\n,{site},,\nc,{site},x,\n'
    job = start(http, "insert", "Account", data.encode())
    assert job["state"] == "JobComplete"
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 2)
    good = rows(http, job, "successfulResults")
    assert [row["sf__Created"] for row in good] == ["true"]
    assert good[0]["Name"] == 'a, "b"'
    assert list(good[0])[:2] == ["sf__Id", "sf__Created"]
    bad = rows(http, job, "failedResults")
    assert [row["sf__Id"] for row in bad] == ["", ""]
    assert bad[0]["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"
    assert bad[1]["sf__Error"].startswith("INVALID_TYPE_ON_FIELD_IN_RECORD:")
    assert rows(http, job, "unprocessedrecords") == []
    stored = query(http, f"SELECT Id, Name, NumberOfEmployees, Description FROM Account WHERE Site = '{site}'")
    assert [(row["Id"], row["Name"], row["NumberOfEmployees"], row["Description"]) for row in stored] == [
        (good[0]["sf__Id"], 'a, "b"', 5, "two\nlines")
    ]


def test_upsert_with_parents_and_nulls(http: httpx.Client, unique: Unique) -> None:
    key = unique()
    parents = start(http, "upsert", "Account", f"ext__C,name\n{key},parent\n".encode(), externalIdFieldName="Ext__c")
    assert parents["externalIdFieldName"] == "Ext__c"
    data = f"Ext__c,LastName,Title,Account.Ext__c\n{key}1,Child,Dr,{key}\n{key}2,Orphan,,missing{key}\n"
    job = start(http, "upsert", "Contact", data.encode(), externalIdFieldName="Ext__c")
    assert [row["sf__Created"] for row in rows(http, job, "successfulResults")] == ["true"]
    error = rows(http, job, "failedResults")[0]["sf__Error"]
    assert f"Foreign key external ID: missing{key} not found for field Ext__c in entity Account" in error
    job = start(
        http, "upsert", "Contact", f"Ext__c,Title,LastName\n{key}1,#N/A,\n".encode(), externalIdFieldName="Ext__c"
    )
    assert [row["sf__Created"] for row in rows(http, job, "successfulResults")] == ["false"]
    found = query(http, f"SELECT LastName, Title, Account.Name FROM Contact WHERE Ext__c = '{key}1'")[0]
    assert (found["LastName"], found["Title"], found["Account"]["Name"]) == ("Child", None, "parent")


def test_update_and_delete_need_the_id(http: httpx.Client, unique: Unique) -> None:
    record_id = create(http, "Account", Name=unique())
    job = start(http, "update", "Account", f"Id,Name\n{record_id},new\n001000000000000AAA,x\n".encode())
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
    job = start(http, "delete", "Account", f"Id\n{record_id}\n".encode())
    assert rows(http, job, "successfulResults")[0]["sf__Id"] == record_id
    assert query(http, f"SELECT Id FROM Account WHERE Id = '{record_id}'") == []
    job = start(http, "update", "Account", b"Name\nx\n")
    assert (job["state"], job["errorMessage"]) == ("Failed", "InvalidBatch : Field name not found : Id")


@pytest.mark.parametrize(
    ("name", "char"), [("TAB", "\t"), ("SEMICOLON", ";"), ("PIPE", "|"), ("CARET", "^"), ("BACKQUOTE", "`")]
)
def test_delimiters_and_line_endings(http: httpx.Client, unique: Unique, name: str, char: str) -> None:
    site = unique()
    data = f"Name{char}Site\r\na,b{char}{site}\r\n"
    job = start(http, "insert", "Account", data.encode(), columnDelimiter=name, lineEnding="CRLF")
    assert (job["columnDelimiter"], job["lineEnding"], job["numberRecordsFailed"]) == (name, "CRLF", 0)
    found = rows(http, job, "successfulResults", char)
    assert found[0]["Name"] == "a,b"
    assert http.get(f"{INGEST}/{job['id']}/successfulResults").content.count(b"\r\n") == 2


def test_results_quote_what_the_upload_quoted(http: httpx.Client) -> None:
    lines = ["Name,Site,Description", '"say ""hi""",a,plain', '"a,b","x\ny","""\n"""', 'c,"{}",'.format("s" * 81)]
    job = start(http, "insert", "Account", "\n".join(lines).encode())
    sent = list(csv.DictReader(io.StringIO("\n".join(lines), newline="")))
    results = [rows(http, job, name) for name in ("successfulResults", "failedResults")]
    assert [[row[name] for name in sent[0]] for found in results for row in found] == [
        list(row.values()) for row in sent
    ]
    assert http.get(f"{INGEST}/{job['id']}/failedResults").text.startswith(
        '"sf__Id","sf__Error","Name","Site","Description"\n'
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Name,Nope__c\na,b\n", "InvalidBatch : Field name not found : Nope__c"),
        (b"Name,Owner.Nope\na,b\n", "InvalidBatch : Field name not found : Owner.Nope"),
        (b"Name\n", "InvalidBatch : Records not found"),
        (b"", "InvalidBatch : Records not found"),
        (b"Name\r\na\r\n", "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"),
        (b"\xef\xbb\xbfName\na\n", "Found unescaped quote. A value with quote should be within a quote"),
        (b"Name\na\xff\n", "The data is not valid UTF-8 near byte 6"),
        (b"Name\n" + b"a" * 999_994 + b"\xc3\x28\n", "The data is not valid UTF-8"),
        (b"Name\na\xc3", "The data is not valid UTF-8"),
        (b'Name\n"a\n', "Failed to parse CSV"),
        (b'Name\n"a"b\n', "Failed to parse CSV"),
        (b"Name,Site\na\n", "Row 1 has 1 columns, the header has 2"),
        (b"Name,name\na,b\n", "InvalidBatch : Duplicate field name : Name"),
        (b"Name\n" + b"a" * 140_000 + b"\n", "Failed to parse CSV"),
    ],
)
def test_what_is_wrong_with_the_file_fails_the_job(http: httpx.Client, data: bytes, message: str) -> None:
    job = start(http, "insert", "Account", data)
    assert job["state"] == "Failed"
    assert message in job["errorMessage"]
    assert rows(http, job, "successfulResults") == []


def test_rows_after_a_broken_one_are_handed_back(http: httpx.Client, unique: Unique) -> None:
    site = unique()
    lines = [f"n{at},{site}" for at in range(1500)]
    lines[1200] = "broken"
    job = start(http, "insert", "Account", ("Name,Site\n" + "\n".join(lines) + "\n").encode())
    assert (job["state"], job["numberRecordsProcessed"]) == ("Failed", 1000)
    assert "Row 1201 has 1 columns" in job["errorMessage"]
    text = http.get(f"{INGEST}/{job['id']}/unprocessedrecords").text
    assert text.splitlines()[1:] == lines[1000:]
    assert len(query(http, f"SELECT Id FROM Account WHERE Site = '{site}'")) == 1000


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"operation": "insert", "object": "Nope__c"}, "INVALIDENTITY"),
        ({"operation": "brew", "object": "Account"}, "INVALIDJOB"),
        ({"operation": "insert"}, "INVALIDJOB"),
        ({"operation": "upsert", "object": "Account"}, "INVALIDJOB"),
        ({"operation": "upsert", "object": "Account", "externalIdFieldName": "Site"}, "INVALIDJOB"),
        ({"operation": "insert", "object": "Account", "externalIdFieldName": "Ext__c"}, "INVALIDJOB"),
        ({"operation": "insert", "object": "Account", "columnDelimiter": "DOT"}, "INVALIDJOB"),
        ({"operation": "insert", "object": "Account", "lineEnding": "CR"}, "INVALIDJOB"),
        ({"operation": "insert", "object": "Account", "contentType": "XML"}, "INVALIDJOB"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
def test_a_job_is_checked_when_it_is_made(http: httpx.Client, body: Any, code: str) -> None:
    found = http.post(INGEST, json=body)
    assert (found.status_code, found.json()[0]["errorCode"]) == (400, code)


def test_a_job_has_states(http: httpx.Client) -> None:
    job = http.post(INGEST, json={"operation": "insert", "object": "Account"}).json()
    path = f"{INGEST}/{job['id']}"
    assert http.patch(path, json={"state": "UploadComplete"}).json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert http.get(f"{path}/successfulResults").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    http.put(f"{path}/batches", content=b"Name\na\n")
    assert http.put(f"{path}/batches", content=b"Name\na\n").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert http.patch(path, json={"state": "Aborted"}).json()["state"] == "Aborted"
    again = http.patch(path, json={"state": "Aborted"})
    assert again.json() == [{"message": "Aborting already Completed Job not allowed", "errorCode": "INVALIDJOBSTATE"}]
    assert http.patch(path, json={"state": "JobComplete"}).status_code == 400
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404
    assert http.put(f"{path}/batches", content=b"x").status_code == 404


def test_a_multipart_request_runs_at_once(http: httpx.Client, unique: Unique) -> None:
    name = unique()
    files = {
        "job": (None, '{"object":"Account","operation":"insert","contentType":"CSV"}', "application/json"),
        "content": ("content", f"Name\n{name}\n", "text/csv"),
    }
    made = http.post(INGEST, files=files)
    assert made.status_code == 200, made.text
    assert finish(http, f"{INGEST}/{made.json()['id']}")["numberRecordsProcessed"] == 1


def test_jobs_are_listed(http: httpx.Client) -> None:
    job = start(http, "insert", "Account", b"Name\nlisted\n")
    found = http.get(INGEST, params={"jobType": "V2Ingest"}).json()
    assert found["done"] is True
    assert job["id"] in [one["id"] for one in found["records"]]
    assert http.get(INGEST, params={"jobType": "Classic"}).json()["records"] == []


def test_a_query_is_exported_in_pages(http: httpx.Client, unique: Unique) -> None:
    site = unique()
    start(
        http, "insert", "Account", ("Name,Site\n" + "".join(f'"n{at:03},""x""",{site}\n' for at in range(25))).encode()
    )
    soql = f"SELECT Id, Name, NumberOfEmployees, IsDeleted, CreatedDate, Owner.Name FROM Account WHERE Site = '{site}' ORDER BY Name"
    made = http.post(QUERY, json={"operation": "query", "query": soql}).json()
    assert made["object"] == "Account"
    job = finish(http, f"{QUERY}/{made['id']}")
    assert (job["state"], job["numberRecordsProcessed"], job["jobType"]) == ("JobComplete", 25, "V2Query")
    names: list[str] = []
    locator, sizes = "", []
    while locator != "null":
        params = {"maxRecords": "10", **({"locator": locator} if locator else {})}
        page = http.get(f"{QUERY}/{job['id']}/results", params=params)
        found = list(csv.DictReader(io.StringIO(page.text)))
        assert int(page.headers["Sforce-NumberOfRecords"]) == len(found)
        sizes.append(len(found))
        names += [row["Name"] for row in found]
        locator = page.headers["Sforce-Locator"]
    assert sizes == [10, 10, 5]
    assert names == [f'n{at:03},"x"' for at in range(25)]
    assert (found[0]["NumberOfEmployees"], found[0]["IsDeleted"]) == ("", "false")
    assert found[0]["CreatedDate"].endswith(".000Z")
    assert found[0]["Owner.Name"]
    links = http.get(f"{QUERY}/{job['id']}/resultPages", params={"maxRecords": "10"}).json()["resultPages"]
    assert len(links) == 3
    wrong = http.get(f"{QUERY}/{job['id']}/results", params={"locator": "nonsense"})
    assert wrong.status_code == 400
    assert http.delete(f"{QUERY}/{job['id']}").status_code == 204


def test_an_empty_export_has_its_header(http: httpx.Client) -> None:
    soql = "SELECT Id, Name FROM Lead WHERE Title = 'AuthSession'"
    made = http.post(QUERY, json={"operation": "queryAll", "query": soql}).json()
    finish(http, f"{QUERY}/{made['id']}")
    found = http.get(f"{QUERY}/{made['id']}/results")
    assert (found.text, found.headers["Sforce-Locator"]) == ('"Id","Name"\n', "null")


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT COUNT(Id) FROM Account",
        "SELECT Name, COUNT(Id) FROM Account GROUP BY Name",
        "SELECT Id FROM Account LIMIT 5 OFFSET 5",
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT Nope__c FROM Account",
        "SELECT Id FROM AuthSession",
        "SELECT DurableId FROM EntityDefinition",
        "nonsense",
    ],
)
def test_a_query_that_bulk_does_not_take_is_refused(http: httpx.Client, soql: str) -> None:
    found = http.post(QUERY, json={"operation": "query", "query": soql})
    assert (found.status_code, found.json()[0]["errorCode"]) == (400, "API_ERROR")


def test_an_upload_beyond_150_mb_is_refused_and_leaves_nothing(http: httpx.Client, site) -> None:  # type: ignore[no-untyped-def]
    job = http.post(INGEST, json={"operation": "insert", "object": "Account"}).json()

    def chunks() -> Any:
        for _ in range(151):
            yield b"x" * 1_048_576

    try:
        found = http.put(f"{INGEST}/{job['id']}/batches", content=chunks())
    except httpx.WriteError:
        pass
    else:
        assert found.status_code == 413
    assert http.get(f"{INGEST}/{job['id']}").json()["state"] == "Open"
    assert list(site.runtime.temporary_folder().iterdir()) == []
