"""Bulk API 1.0: jobs and batches in XML and JSON, CSV rows, queries, errors."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from xml.etree import ElementTree

import httpx
import pytest

from orgwright.localorg.registry import OrgEntry

from .conftest import Site, query

Unique = Callable[[], str]
JOBS = "/services/async/67.0/job"
NS = "{http://www.force.com/2009/06/asyncapi/dataload}"


@pytest.fixture(scope="module")
def bulk(site: Site, entry: OrgEntry) -> httpx.Client:
    token = site.runtime.open_session(entry)["access_token"]
    headers = {"X-SFDC-Session": token, "Content-Type": "application/xml; charset=UTF-8"}
    return httpx.Client(base_url=site.http.base_url, headers=headers, timeout=60)


def info(answer: httpx.Response) -> dict[str, str | None]:
    return {child.tag.removeprefix(NS): child.text for child in ElementTree.fromstring(answer.text)}


def job_xml(**facts: str) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in facts.items())
    return f'<?xml version="1.0"?><jobInfo xmlns="{NS[1:-1]}">{inner}</jobInfo>'


def make(bulk: httpx.Client, **facts: str) -> str:
    answer = bulk.post(JOBS, content=job_xml(contentType="CSV", **facts))
    assert answer.status_code == 201, answer.text
    assert info(answer)["state"] == "Open"
    return f"{JOBS}/{info(answer)['id']}"


def post(bulk: httpx.Client, job: str, content: bytes, kind: str = "text/csv") -> tuple[str, dict[str, str | None]]:
    answer = bulk.post(f"{job}/batch", content=content, headers={"Content-Type": f"{kind}; charset=UTF-8"})
    assert answer.status_code == 201, answer.text
    queued = info(answer)
    assert (queued["state"], queued["numberRecordsProcessed"]) == ("Queued", "0")
    facts = info(bulk.get(f"{job}/batch/{queued['id']}"))
    return f"{job}/batch/{facts['id']}", facts


def test_a_job_in_xml_with_csv_batches(bulk: httpx.Client, http: httpx.Client, unique: Unique) -> None:
    key = unique()
    job = make(bulk, operation="upsert", object="account", externalIdFieldName="ext__c")
    batch, facts = post(bulk, job, f"Ext__c,Name\n{key}1,a\n{key}2,\n".encode())
    assert (facts["state"], facts["numberRecordsProcessed"], facts["numberRecordsFailed"]) == ("Completed", "2", "1")
    as_json = {"Content-Type": "application/json"}
    assert info(bulk.get(batch, headers=as_json))["state"] == "Completed"  # the job's format, not the request's
    result = bulk.get(f"{batch}/result")
    assert result.headers["content-type"] == "text/csv"
    rows = list(csv.DictReader(io.StringIO(result.text)))
    assert [(row["Success"], row["Created"], bool(row["Id"])) for row in rows] == [
        ("true", "true", True),
        ("false", "false", False),
    ]
    assert rows[1]["Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"
    assert bulk.get(f"{batch}/request").text.startswith("Ext__c,Name")
    assert query(http, f"SELECT Name FROM Account WHERE Ext__c = '{key}1'")[0]["Name"] == "a"

    closed = info(bulk.post(job, content=job_xml(state="Closed")))
    assert (closed["state"], closed["numberBatchesCompleted"], closed["numberRecordsFailed"]) == ("Closed", "1", "1")
    late = bulk.post(f"{job}/batch", content=b"Ext__c\nx\n")
    assert (late.status_code, info(late)["exceptionCode"]) == (400, "InvalidJobState")
    listed = ElementTree.fromstring(bulk.get(f"{job}/batch").text)
    assert [state.text for state in listed.iter(f"{NS}state")] == ["Completed"]


def test_a_query(bulk: httpx.Client, http: httpx.Client, unique: Unique) -> None:
    name = unique()
    http.post("/services/data/v67.0/sobjects/Account", json={"Name": name})
    job = make(bulk, operation="query", object="Account")
    batch, facts = post(bulk, job, f"SELECT Name FROM Account WHERE Name = '{name}'".encode())
    assert facts["state"] == "Completed"
    ids = [one.text for one in ElementTree.fromstring(bulk.get(f"{batch}/result").text)]
    assert bulk.get(f"{batch}/result/{ids[0]}").text == f'"Name"\n"{name}"\n'
    _, failed = post(bulk, job, b"SELECT Nope FROM Account")
    assert failed["state"] == "Failed"
    assert "No such column 'Nope'" in str(failed["stateMessage"])


def documents(*records: str) -> bytes:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    inner = "".join(f"<sObject>{one}</sObject>" for one in records)
    return f'<?xml version="1.0"?><sObjects xmlns="{NS[1:-1]}" {xsi}>{inner}</sObjects>'.encode()


def xml_job(bulk: httpx.Client, content: bytes, **facts: str) -> tuple[str, dict[str, str | None]]:
    """A batch of a job in XML, and what is told of it."""
    made = bulk.post(JOBS, content=job_xml(**facts))  # without a content type: XML
    assert info(made)["contentType"] == "XML"
    return post(bulk, f"{JOBS}/{info(made)['id']}", content, "application/xml")


def test_batches_in_xml(bulk: httpx.Client, http: httpx.Client, unique: Unique) -> None:
    key = unique()
    sent = documents(
        f"<Ext__c>{key}</Ext__c><Name>A &amp; B</Name><Site>x</Site><NumberOfEmployees>3</NumberOfEmployees>",
        f"<Ext__c>{key}2</Ext__c>",
    )
    batch, facts = xml_job(bulk, sent, operation="upsert", object="Account", externalIdFieldName="Ext__c")
    assert (facts["state"], facts["numberRecordsProcessed"], facts["numberRecordsFailed"]) == ("Completed", "2", "1")
    answer = bulk.get(f"{batch}/result")
    assert answer.headers["content-type"] == "application/xml"
    good, bad = ([(e.tag.removeprefix(NS), e.text) for e in one.iter()] for one in ElementTree.fromstring(answer.text))
    record_id = query(http, f"SELECT Id FROM Account WHERE Ext__c = '{key}'")[0]["Id"]
    assert good[1:] == [("id", record_id), ("success", "true"), ("created", "true")]
    text = "Required fields are missing: [Name]"
    assert bad[1:] == [("errors", None), ("fields", "Name"), ("message", text), ("statusCode", "REQUIRED_FIELD_MISSING"),
                       ("success", "false"), ("created", "false")]  # fmt: skip

    cleared = documents(f'<Id>{record_id}</Id><Site xsi:nil="true"/><Name/>')
    assert xml_job(bulk, cleared, operation="update", object="Account")[1]["numberRecordsFailed"] == "0"
    child = documents(f"<LastName>L</LastName><Account><sObject><Ext__c>{key}</Ext__c></sObject></Account>")
    assert xml_job(bulk, child, operation="insert", object="Contact")[1]["numberRecordsFailed"] == "0"

    soql = f"SELECT Id, LastName, Account.Name, Account.Site FROM Contact WHERE Account.Ext__c = '{key}'"
    batch, _ = xml_job(bulk, soql.encode(), operation="query", object="Contact")
    (result,) = (one.text for one in ElementTree.fromstring(bulk.get(f"{batch}/result").text))
    (row,) = ElementTree.fromstring(bulk.get(f"{batch}/result/{result}").text)
    assert [one.tag.removeprefix(NS) for one in row] == ["type", "Id", "Id", "LastName", "Account"]
    account = [(one.tag.removeprefix(NS), one.text) for one in row[-1]]
    assert account == [("type", "Account"), ("Id", None), ("Name", "A & B"), ("Site", None)]
    nested = f"SELECT Id, (SELECT Id FROM Contacts) FROM Account WHERE Ext__c = '{key}'"
    _, facts = xml_job(bulk, nested.encode(), operation="query", object="Account")
    assert (facts["state"], "Contacts cannot be written to XML" in str(facts["stateMessage"])) == ("Failed", True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (documents(), "Records not found"),
        (documents("<Name>a</Name><Nope__c>b</Nope__c>"), "Field name not found : Nope__c"),
        (documents("<Name>a</Name><Name><sObject><Name>b</Name></sObject></Name>"), "Field name not found : Name.Name"),
        (b"Name\na\n", "Failed to parse XML"),
        (b"<rows/>", "The root element must be sObjects, not rows"),
        (b"<sObjects><row/></sObjects>", "Expected sObject, found row"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><sObjects>&a;</sObjects>', "Failed to parse XML"),
    ],
)
def test_a_bad_batch_in_xml_fails(bulk: httpx.Client, content: bytes, message: str) -> None:
    _, facts = xml_job(bulk, content, operation="insert", object="Account")
    assert facts["state"] == "Failed"
    assert message in str(facts["stateMessage"])


def chunked(
    bulk: httpx.Client, header: str, soql: str, name: str = "Account"
) -> tuple[str, list[dict[str, str | None]]]:
    """A query job with that header, closed, and its batches when all have ended."""
    chunking = {"Sforce-Enable-PKChunking": header}
    made = bulk.post(JOBS, content=job_xml(operation="query", object=name, contentType="CSV"), headers=chunking)
    assert made.status_code == 201, made.text
    job = f"{JOBS}/{info(made)['id']}"
    bulk.post(f"{job}/batch", content=soql.encode(), headers={"Content-Type": "text/csv"}).raise_for_status()
    bulk.post(job, content=job_xml(state="Closed")).raise_for_status()
    deadline = time.monotonic() + 60
    while True:
        listed = ElementTree.fromstring(bulk.get(f"{job}/batch").text)
        batches = [{child.tag.removeprefix(NS): child.text for child in one} for one in listed]
        if not {one["state"] for one in batches} & {"Queued", "InProgress"}:
            return job, batches
        assert time.monotonic() < deadline
        time.sleep(0.02)


def rows_of(bulk: httpx.Client, job: str, batch: dict[str, str | None]) -> list[str]:
    results = ElementTree.fromstring(bulk.get(f"{job}/batch/{batch['id']}/result").text)
    text = bulk.get(f"{job}/batch/{batch['id']}/result/{results[0].text}").text
    return [row["Name"] for row in csv.DictReader(io.StringIO(text))]


def test_a_query_is_split_into_chunks_of_ids(bulk: httpx.Client, http: httpx.Client, unique: Unique) -> None:
    mark = unique()
    new = [
        {"attributes": {"type": "Account"}, "Name": f"{mark} {at}", "Site": mark if at != 3 else "x"} for at in range(5)
    ]
    made = http.post("/services/data/v67.0/composite/sobjects", json={"records": new}).json()
    ids = [one["id"] for one in made]
    http.delete(f"/services/data/v67.0/sobjects/Account/{ids[1]}").raise_for_status()
    soql = f"SELECT Name FROM Account WHERE Site = '{mark}' OR Site = 'where'"
    job, batches = chunked(bulk, f"chunkSize=2; startRow={ids[0][:15]}", soql)
    first, *chunks = batches
    assert (first["state"], first["numberRecordsProcessed"]) == ("NotProcessed", "0")
    refused = bulk.get(f"{job}/batch/{first['id']}/result")
    assert (refused.status_code, info(refused)["exceptionCode"]) == (400, "InvalidBatch")
    assert {one["state"] for one in chunks} == {"Completed"}
    # the deleted record and the one that is left out count when the Ids are split
    assert [rows_of(bulk, job, one) for one in chunks] == [[f"{mark} 0"], [f"{mark} 2"], [f"{mark} 4"]]
    asked = bulk.get(f"{job}/batch/{chunks[1]['id']}/request").text
    assert asked == (
        f"SELECT Name FROM Account WHERE (Site = '{mark}' OR Site = 'where') AND Id >= '{ids[2]}' AND Id < '{ids[4]}'"
    )
    facts = info(bulk.get(job))
    assert (facts["numberBatchesTotal"], facts["numberBatchesCompleted"], facts["numberRecordsProcessed"]) == (
        "4",
        "3",
        "3",
    )


def test_chunks_follow_the_parent_of_shares(bulk: httpx.Client, http: httpx.Client, unique: Unique) -> None:
    account = http.post("/services/data/v67.0/sobjects/Account", json={"Name": unique()}).json()["id"]
    job, batches = chunked(
        bulk, f"parent=Account; startRow={account}", "SELECT RowCause FROM AccountShare", "AccountShare"
    )
    assert [one["state"] for one in batches] == ["NotProcessed", "Completed"]
    asked = bulk.get(f"{job}/batch/{batches[1]['id']}/request").text
    assert asked == f"SELECT RowCause FROM AccountShare WHERE AccountId >= '{account}'"


@pytest.mark.parametrize(
    ("header", "soql"),
    [
        ("FALSE", "SELECT Name FROM Account"),
        ("TRUE", "SELECT Name FROM Account ORDER BY Name"),
        ("TRUE", "SELECT Name FROM Account LIMIT 3"),
        ("TRUE", "SELECT Name FROM Account WHERE ParentId = null"),
    ],
)
def test_a_query_that_cannot_be_split_is_run_whole(bulk: httpx.Client, header: str, soql: str) -> None:
    _, batches = chunked(bulk, header, soql)
    assert [one["state"] for one in batches] == ["Completed"]


def test_a_wrong_query_fails_unsplit(bulk: httpx.Client) -> None:
    _, (failed,) = chunked(bulk, "TRUE", "SELECT Name FROM")
    assert failed["state"] == "Failed"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("chunkSize=250001", "Account"),
        ("chunkSize=many", "Account"),
        ("startRow=nobody", "Account"),
        ("chunks=2", "Account"),
        ("TRUE", "AccountShare"),
        ("parent=Contact", "AccountShare"),
        ("parent=Account", "Contact"),
    ],
)
def test_wrong_chunking_is_refused(bulk: httpx.Client, header: str, name: str) -> None:
    content = job_xml(operation="query", object=name, contentType="CSV")
    answer = bulk.post(JOBS, content=content, headers={"Sforce-Enable-PKChunking": header})
    assert (answer.status_code, info(answer)["exceptionCode"]) == (400, "InvalidJob")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Name,Nope__c\na,b\n", "Field name not found : Nope__c"),
        (b"Name\n", "Records not found"),
        (b"Name\n\xff\n", "not valid UTF-8"),
        (b'Name\n"a\n', "Failed to parse CSV"),
        (b"Name,Site\na\n", "Row 1 has 1 columns"),
        (b"Name\n" + b"a\n" * 10_001, "at most 10000 records"),
    ],
)
def test_a_bad_batch_fails(bulk: httpx.Client, content: bytes, message: str) -> None:
    batch, facts = post(bulk, make(bulk, operation="insert", object="Account"), content)
    assert facts["state"] == "Failed"
    assert message in str(facts["stateMessage"])
    assert bulk.get(f"{batch}/result").status_code == 400


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (job_xml(operation="brew", object="Account", contentType="CSV"), "InvalidJob"),
        (job_xml(operation="insert", object="Nope__c", contentType="CSV"), "InvalidEntity"),
        (job_xml(operation="insert", object="Account", contentType="ZIP_CSV"), "InvalidJob"),
        (job_xml(operation="upsert", object="Account", contentType="CSV"), "InvalidJob"),
        ("<jobInfo>", "InvalidXML"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><jobInfo>&a;</jobInfo>', "InvalidXML"),
    ],
)
def test_a_job_is_checked(bulk: httpx.Client, content: str, code: str) -> None:
    answer = bulk.post(JOBS, content=content)
    assert (answer.status_code, info(answer)["exceptionCode"]) == (400, code)


def test_no_session_and_unknown_jobs(bulk: httpx.Client) -> None:
    answer = bulk.post(JOBS, content=job_xml(), headers={"X-SFDC-Session": "00Dx!y"})
    assert answer.status_code == 401
    assert info(answer) == {"exceptionCode": "InvalidSessionId", "exceptionMessage": "Invalid session id"}
    assert info(bulk.get(f"{JOBS}/750000000000000AAA"))["exceptionCode"] == "InvalidJob"
