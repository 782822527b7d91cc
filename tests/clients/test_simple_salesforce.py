"""simple-salesforce, unmodified, against an embedded org over https."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceError,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from orgwright.localorg import control, service
from orgwright.localorg.control import OrgAccess
from orgwright.metadata import zip as archive
from tests.localorg.deploying import apex, manifest

covers = pytest.mark.covers
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrgAccess]:
    home = tmp_path_factory.mktemp("home") / "state"
    yield control.create_org("local", home=home)
    service.stop(home)


def connect(org: OrgAccess, token: str | None = None) -> Salesforce:
    session = requests.Session()
    session.verify, session.trust_env = str(org.ca_bundle), False
    return Salesforce(instance_url=org.https_url, session_id=token or org.access_token, session=session, version="67.0")


@pytest.fixture(scope="module")
def sf(org: OrgAccess) -> Salesforce:
    return connect(org)


@covers("simple-salesforce", "create", "get", "update", "delete")
def test_records(sf: Salesforce) -> None:
    made = sf.Account.create({"Name": "Acme"})
    assert made["success"] is True
    assert sf.Account.get(made["id"])["Name"] == "Acme"
    assert sf.Account.update(made["id"], {"Name": "Acme 2"}) == 204
    found = sf.query(f"SELECT Name FROM Account WHERE Id = '{made['id']}'")
    assert found["records"][0]["Name"] == "Acme 2"
    assert sf.Account.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        sf.Account.get(made["id"])


def test_errors_keep_their_code(sf: Salesforce, org: OrgAccess) -> None:
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Contact.create({"FirstName": "Ada"})
    assert caught.value.content[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.query("SELECT Nope FROM Account")
    assert caught.value.content[0]["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceExpiredSession):
        connect(org, org.access_token[:-1] + "_").query("SELECT Id FROM Account")


@covers("simple-salesforce", "describe", "limits")
def test_describe_limits_and_collections(sf: Salesforce) -> None:
    assert "Account" in [item["name"] for item in sf.describe()["sobjects"]]
    assert sf.Account.describe()["fields"]
    assert sf.limits()["DailyApiRequests"]["Max"] > 0
    assert sf.api_usage["api-usage"].total > 0
    body = {"records": [{"attributes": {"type": "Account"}, "Name": "by rest"}]}
    assert sf.restful("composite/sobjects", method="POST", json=body)[0]["success"] is True


@covers("simple-salesforce", "query", "query_all_iter")
def test_queries_over_several_pages(sf: Salesforce) -> None:
    site = f"pages{next(_NUMBERS)}"
    assert (
        sf.bulk2.Account.insert(records=[{"Name": f"n{at}", "Site": site} for at in range(4100)])[0][
            "numberRecordsFailed"
        ]
        == 0
    )
    assert sum(1 for _ in sf.query_all_iter(f"SELECT Id FROM Account WHERE Site = '{site}'")) == 4100
    assert sf.query(f"SELECT COUNT() FROM Account WHERE Site = '{site}'")["totalSize"] == 4100


@covers("simple-salesforce", "bulk2")
def test_bulk_2(sf: Salesforce, tmp_path: Path) -> None:
    site = f"bulk{next(_NUMBERS)}"
    done = sf.bulk2.Account.insert(records=[{"Name": "a", "Site": site}, {"Name": "", "Site": site}])
    assert done[0]["numberRecordsFailed"] == 1
    job = done[0]["job_id"]
    assert "REQUIRED_FIELD_MISSING" in sf.bulk2.Account.get_failed_records(job)
    assert site in sf.bulk2.Account.get_successful_records(job)
    ids = [row["Id"] for row in sf.query(f"SELECT Id FROM Account WHERE Site = '{site}'")["records"]]
    assert len(ids) == 1
    sf.bulk2.Account.update(records=[{"Id": ids[0], "Name": "b"}])
    pages = list(sf.bulk2.Account.query(f"SELECT Id, Name FROM Account WHERE Site = '{site}'"))
    assert "\n".join(pages).splitlines()[1] == f'"{ids[0]}","b"'
    found = sf.bulk2.Account.download(f"SELECT Id FROM Account WHERE Site = '{site}'", path=str(tmp_path))
    assert found[0]["number_of_records"] == 1
    sf.bulk2.Account.delete(records=[{"Id": ids[0]}])
    assert sf.query(f"SELECT Id FROM Account WHERE Site = '{site}'")["totalSize"] == 0


@covers("simple-salesforce", "bulk")
def test_bulk_1(sf: Salesforce) -> None:
    site = f"bulk1{next(_NUMBERS)}"
    rows = [{"Name": "a", "Site": site}, {"Name": "b", "Site": site, "NumberOfEmployees": 5}, {"Site": site}]
    done = sf.bulk.Account.insert(rows, batch_size=10_000, use_serial=True)
    assert [row["success"] for row in done] == [True, True, False]
    assert done[2]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    found = sf.bulk.Account.query(
        f"SELECT Id, Name, NumberOfEmployees FROM Account WHERE Site = '{site}' ORDER BY Name"
    )
    assert [(row["Name"], row["NumberOfEmployees"]) for row in found] == [("a", None), ("b", 5)]
    assert all(row["success"] for row in sf.bulk.Account.delete([{"Id": row["Id"]} for row in found]))
    assert sf.query(f"SELECT COUNT() FROM Account WHERE Site = '{site}'")["totalSize"] == 0


@covers("simple-salesforce", "updated", "deleted", "search", "describe_layout")
def test_more_of_records(sf: Salesforce) -> None:
    made = sf.Contact.create({"LastName": "Zebrowski", "Email": "z@example.com"})
    now = datetime.now(UTC)
    since, until = now - timedelta(hours=1), now + timedelta(hours=1)
    assert made["id"] in sf.Contact.updated(since, until)["ids"]
    assert [one["Id"] for one in sf.search("FIND {Zebrowski} RETURNING Contact(Id)")["searchRecords"]] == [made["id"]]
    assert sf.Contact.delete(made["id"]) == 204
    assert made["id"] in [one["id"] for one in sf.Contact.deleted(since, until)["deletedRecords"]]
    assert sf.Contact.describe_layout("012000000000000AAA")["detailLayoutSections"]
    with pytest.raises(SalesforceError) as caught:
        sf.restful("analytics/reports")
    assert "NOT_SUPPORTED_BY_EMBEDDED_ORG" in str(caught.value)


@covers("simple-salesforce", "mdapi")
def test_metadata(sf: Salesforce, org: OrgAccess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "REQUESTS_CA_BUNDLE", str(org.ca_bundle)
    )  # zeep, which speaks SOAP there, has a session of its own
    field = sf.mdapi.CustomField(
        fullName="Account.Simple__c", label="Simple", type=sf.mdapi.FieldType("Text"), length=20
    )
    sf.mdapi.CustomField.create(field)
    assert sf.mdapi.CustomField.read("Account.Simple__c")["length"] == 20
    field.length = 30
    sf.mdapi.CustomField.update(field)
    assert sf.mdapi.CustomField.read("Account.Simple__c")["length"] == 30
    listed = sf.mdapi.list_metadata([{"type": "CustomField"}])
    assert "Account.Simple__c" in [one["fullName"] for one in listed]
    assert "CustomField" in [
        name for one in sf.mdapi.describe_metadata()["metadataObjects"] for name in one["childXmlNames"]
    ]
    with pytest.raises(Exception, match="DUPLICATE_DEVELOPER_NAME"):
        sf.mdapi.CustomField.create(field)
    sf.mdapi.CustomField.delete(["Account.Simple__c"])
    assert "Simple__c" not in [one["name"] for one in sf.Account.describe()["fields"]]


@covers("simple-salesforce", "apexecute", "toolingexecute", "restful")
def test_apex_rest(sf: Salesforce, org: OrgAccess) -> None:
    body = "@RestResource(urlMapping='/simple') global class SimpleApi { @HttpPost global static String go(String a) { return a + '!'; } }"
    data = archive.write({"package.xml": manifest({"ApexClass": ["SimpleApi"]}), **apex("SimpleApi", body)})
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(data)
        file.flush()
        client = connect(org)  # a deploy leaves its content type in the client's headers
        started = client.deploy(file.name, sandbox=True)
        while client.checkDeployStatus(started["asyncId"], sandbox=True)["state"] in ("Pending", "InProgress"):
            time.sleep(0.1)
    assert sf.apexecute("simple", method="POST", data={"a": "x"}) == "x!"
    names = sf.toolingexecute("query?q=SELECT+Name+FROM+ApexClass")["records"]
    assert "SimpleApi" in [one["Name"] for one in names]
    assert sf.restful("theme") == {"themeItems": []}
