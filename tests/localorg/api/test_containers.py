"""Working copies of Apex over the Tooling API, and several Tooling requests in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.registry import OrgEntry
from tests.localorg.access.people import make_user
from tests.localorg.api.conftest import Site
from tests.localorg.api.test_access import sign_in
from tests.localorg.deploying import apex, deploy

T = "/services/data/v67.0/tooling"


@pytest.fixture(scope="module")
def desk(site: Site) -> OrgEntry:
    made = site.runtime.registry.create("desk", "scratch")
    attach(site.runtime.registry.open("desk"))
    return made


@pytest.fixture
def http(site: Site, desk: OrgEntry) -> Iterator[httpx.Client]:
    """The org with two classes, of which one uses the other."""
    files = {
        **apex("Tariff", "public class Tariff { public static Integer rate() { return 1; } }"),
        **apex("Bill", "public class Bill { public Integer due() { return Tariff.rate(); } }"),
    }
    result = deploy(site.runtime.registry.open("desk"), files, {"ApexClass": ["Tariff", "Bill"]})
    assert result["success"], result
    with site.client(desk) as client:
        yield client


def made(client: httpx.Client, sobject: str, **fields: Any) -> str:
    answer = client.post(f"{T}/sobjects/{sobject}", json=fields)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


def class_id(client: httpx.Client, name: str) -> str:
    rows = client.get(f"{T}/query", params={"q": f"SELECT Id FROM ApexClass WHERE Name = '{name}'"}).json()["records"]
    return str(rows[0]["Id"])


def body(client: httpx.Client, name: str) -> str:
    return str(client.get(f"{T}/sobjects/ApexClass/{class_id(client, name)}").json()["Body"])


RENAMED = {
    "Tariff": "public class Tariff { public static Integer price() { return 2; } }",
    "Bill": "public class Bill { public Integer due() { return Tariff.price(); } }",
}


def container(client: httpx.Client, name: str, bodies: dict[str, str]) -> tuple[str, list[str]]:
    id = made(client, "MetadataContainer", Name=name)
    members = [
        made(client, "ApexClassMember", MetadataContainerId=id, ContentEntityId=class_id(client, one), Body=text)
        for one, text in bodies.items()
    ]
    return id, members


def asked(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    id = made(client, "ContainerAsyncRequest", **fields)
    found: dict[str, Any] = client.get(f"{T}/sobjects/ContainerAsyncRequest/{id}").json()
    return found


def test_what_only_compiles_together_is_saved_together(http: httpx.Client) -> None:
    id, _ = container(http, "together", RENAMED)
    checked = asked(http, MetadataContainerId=id, IsCheckOnly=True)
    assert (checked["State"], "rate()" in body(http, "Tariff")) == ("Completed", True)
    saved = asked(http, MetadataContainerId=id, IsCheckOnly=False)
    assert saved["State"] == "Completed", saved
    assert {one["fullName"] for one in saved["DeployDetails"]["componentSuccesses"]} == {"Tariff", "Bill"}
    assert (body(http, "Tariff"), body(http, "Bill")) == (RENAMED["Tariff"], RENAMED["Bill"])


def test_a_problem_is_told_with_its_line_and_nothing_is_saved(http: httpx.Client) -> None:
    before = body(http, "Tariff")
    id, members = container(http, "broken", {"Tariff": "public class Tariff {\n  Nope n;\n}"})
    for found in (
        asked(http, MetadataContainerId=id, IsCheckOnly=False),
        asked(http, MetadataContainerMemberId=members[0], IsCheckOnly=True),
    ):
        (problem,) = found["DeployDetails"]["componentFailures"][:1]
        assert (found["State"], problem["problem"], problem["lineNumber"]) == ("Failed", "Invalid type: Nope", 2)
    assert body(http, "Tariff") == before


def test_members_are_checked_and_go_with_their_container(http: httpx.Client) -> None:
    id, members = container(http, "checked", {"Tariff": RENAMED["Tariff"]})
    member = {"MetadataContainerId": id, "ContentEntityId": class_id(http, "Tariff"), "Body": "x"}
    for fields, code in (
        (member, "DUPLICATE_VALUE"),
        ({**member, "ContentEntityId": "01p000000000000AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({**member, "MetadataContainerId": members[0]}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"MetadataContainerId": id}, "REQUIRED_FIELD_MISSING"),
    ):
        answer = http.post(f"{T}/sobjects/ApexClassMember", json=fields)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    both = {"MetadataContainerId": id, "MetadataContainerMemberId": members[0]}
    refused = http.post(f"{T}/sobjects/ContainerAsyncRequest", json=both)
    assert refused.json()[0]["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    shown = http.get(
        f"{T}/query",
        params={"q": f"SELECT FullName, MetadataContainer.Name FROM ApexClassMember WHERE Id = '{members[0]}'"},
    )
    (row,) = shown.json()["records"]
    assert (row["FullName"], row["MetadataContainer"]["Name"]) == ("Tariff", "checked")
    assert http.delete(f"{T}/sobjects/MetadataContainer/{id}").status_code == 204
    assert http.get(f"{T}/sobjects/ApexClassMember/{members[0]}").status_code == 404


def test_who_may_not_write_apex_has_no_working_copies(site: Site, desk: OrgEntry) -> None:
    user = make_user(site.runtime.registry.open("desk"), "desk", None)
    with sign_in(site, desk, user) as clerk:
        answer = clerk.post(f"{T}/sobjects/MetadataContainer", json={"Name": "clerk"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS")


def test_several_tooling_requests_in_one(http: httpx.Client) -> None:
    create = {
        "method": "POST",
        "url": f"{T}/sobjects/MetadataContainer",
        "referenceId": "made",
        "body": {"Name": "one"},
    }
    read = {"method": "GET", "url": f"{T}/sobjects/MetadataContainer/@{{made.id}}", "referenceId": "read"}
    answer = http.post(f"{T}/composite", json={"compositeRequest": [create, read]}).json()["compositeResponse"]
    assert [one["httpStatusCode"] for one in answer] == [201, 200]
    assert answer[1]["body"]["Name"] == "one"
    asked = {"batchRequests": [{"method": "GET", "url": "v67.0/tooling/query?q=SELECT+Id+FROM+MetadataContainer"}]}
    assert http.post(f"{T}/composite/batch", json=asked).json()["results"][0]["statusCode"] == 200
    whole = http.post(
        f"{T}/composite", json={"allOrNone": True, "compositeRequest": [{**create, "body": {"Name": "two"}}]}
    )
    (refused,) = whole.json()["compositeResponse"]
    assert (refused["httpStatusCode"], refused["body"][0]["errorCode"]) == (501, "NOT_SUPPORTED_BY_EMBEDDED_ORG")


def test_an_id_of_another_object_is_nobody(http: httpx.Client) -> None:
    level = {"DeveloperName": "Other", "MasterLabel": "Other"}
    id = http.post(f"{T}/sobjects/DebugLevel", json=level).json()["id"]
    url = f"{T}/sobjects/MetadataContainer/{id}"
    assert http.patch(url, json={"Name": "taken over"}).status_code == 404
    assert http.delete(url).status_code == 404
    found = http.get(f"{T}/query", params={"q": f"SELECT DeveloperName FROM DebugLevel WHERE Id = '{id}'"}).json()
    assert [row["DeveloperName"] for row in found["records"]] == ["Other"]
