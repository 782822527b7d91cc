"""Many records and many requests in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .conftest import V, create, query

Unique = Callable[[], str]


def account(name: str | None, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account"}, **({} if name is None else {"Name": name}), **fields}


def post(http: httpx.Client, path: str, body: Any, status: int = 200) -> Any:
    found = http.post(f"{V}/composite{path}", json=body)
    assert found.status_code == status, found.text
    return found.json()


def test_a_collection_keeps_the_order_and_says_which_row_failed(http: httpx.Client, unique: Unique) -> None:
    name = unique()
    found = post(http, "/sobjects", {"records": [account(name), account(None), account(f"{name}b")]})
    assert [row["success"] for row in found] == [True, False, True]
    assert found[0]["errors"] == []
    assert found[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Name]",
                "fields": ["Name"],
            }
        ],
    }


def test_all_or_none_saves_nothing_when_one_fails(http: httpx.Client, unique: Unique) -> None:
    name = unique()
    rows = [account(name), {"attributes": {"type": "Contact"}}, account(name)]
    found = post(http, "/sobjects", {"allOrNone": True, "records": rows})
    codes = [row["errors"][0]["statusCode"] for row in found]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING", "ALL_OR_NONE_OPERATION_ROLLED_BACK"]
    assert not any("id" in row for row in found)
    assert query(http, f"SELECT Id FROM Account WHERE Name = '{name}'") == []


def test_a_collection_is_updated_upserted_deleted(http: httpx.Client, unique: Unique) -> None:
    first, second, key = create(http, "Account", Name="a"), create(http, "Account", Name="b"), unique()
    rows = [account("a2", id=first), account("b2", Id=second), account("c", id="001000000000000AAA")]
    found = http.patch(f"{V}/composite/sobjects", json={"records": rows}).json()
    assert [row["success"] for row in found] == [True, True, False]
    assert query(http, f"SELECT Name FROM Account WHERE Id = '{first}'")[0]["Name"] == "a2"

    rows = [account("k1", Ext__c=key), account("k2", Ext__c=f"{key}b")]
    found = http.patch(f"{V}/composite/sobjects/Account/Ext__c", json={"records": rows}).json()
    assert [row["created"] for row in found] == [True, True]
    found = http.patch(f"{V}/composite/sobjects/Account/Ext__c", json={"records": rows[:1]}).json()
    assert [row["created"] for row in found] == [False]

    found = http.request("DELETE", f"{V}/composite/sobjects", params={"ids": f"{first},{second},{first}"}).json()
    assert [row["success"] for row in found[:2]] == [True, True]
    assert found[0]["id"] == first
    assert query(http, f"SELECT Id FROM Account WHERE Id IN ('{first}','{second}')") == []


def test_records_are_read_by_id(http: httpx.Client, unique: Unique) -> None:
    first, second = create(http, "Account", Name="a"), create(http, "Account", Name="b")
    ids = [second, "001000000000000AAA", first]
    for found in (
        http.get(f"{V}/composite/sobjects/Account", params={"ids": ",".join(ids), "fields": "Name"}),
        http.post(f"{V}/composite/sobjects/Account", json={"ids": ids, "fields": ["Name"]}),
    ):
        names = [row and row["Name"] for row in found.json()]
        assert names == ["b", None, "a"]
    found = http.get(f"{V}/composite/sobjects/Account", params={"ids": first, "fields": "Nope"})
    assert found.json()[0]["errorCode"] == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"records": [account("x")] * 201}, "EXCEEDED_ID_LIMIT"),
        ({"records": []}, "INVALID_INPUT"),
        ({}, "INVALID_INPUT"),
        ({"records": [{"Name": "x"}]}, "INVALID_INPUT"),
        ({"records": [{"attributes": {"type": "Nope__c"}}]}, "INVALID_TYPE"),
        ({"records": [account("x"), {"attributes": {"type": "Contact"}, "LastName": "y"}] * 6}, "INVALID_FIELD"),
    ],
)
def test_a_collection_has_bounds(http: httpx.Client, body: Any, code: str) -> None:
    assert post(http, "/sobjects", body, 400)[0]["errorCode"] == code


def test_a_tree_is_planted_whole_or_not_at_all(http: httpx.Client, unique: Unique) -> None:
    name = unique()

    def tree(last_name: str | None) -> dict[str, Any]:
        child = {"attributes": {"type": "Contact", "referenceId": "c1"}}
        if last_name:
            child["LastName"] = last_name  # type: ignore[assignment]
        root = {"attributes": {"type": "Account", "referenceId": "a1"}, "Name": name, "Contacts": {"records": [child]}}
        return {"records": [root]}

    found = post(http, "/tree/Account", tree("Leaf"), 201)
    assert found["hasErrors"] is False
    ids = {row["referenceId"]: row["id"] for row in found["results"]}
    assert query(http, f"SELECT AccountId FROM Contact WHERE Id = '{ids['c1']}'")[0]["AccountId"] == ids["a1"]

    found = post(http, "/tree/Account", tree(None), 400)
    assert found["hasErrors"] is True
    assert [(row["referenceId"], row["errors"][0]["statusCode"]) for row in found["results"]] == [
        ("c1", "REQUIRED_FIELD_MISSING")
    ]
    assert len(query(http, f"SELECT Id FROM Account WHERE Name = '{name}'")) == 1


def test_a_composite_refers_to_earlier_answers(http: httpx.Client, unique: Unique) -> None:
    name = unique()
    requests = [
        {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": "acc", "body": {"Name": name}},
        {
            "method": "POST",
            "url": f"{V}/sobjects/Contact",
            "referenceId": "con",
            "body": {"LastName": "x", "AccountId": "@{acc.id}", "Title": "of @{acc.id}"},
        },
        {
            "method": "GET",
            "url": f"{V}/query?q=SELECT+Name,Title,Account.Name+FROM+Contact+WHERE+Id='@{{con.id}}'",
            "referenceId": "all",
        },
        {
            "method": "GET",
            "url": f"{V}/sobjects/Account/@{{all.records[0].Account.attributes.nope}}",
            "referenceId": "bad",
        },
        {
            "method": "GET",
            "url": f"{V}/query?q=SELECT%20Id%20FROM%20Contact%20WHERE%20Title%3D%27%40%7Ball.records%5B0%5D.Title%7D%27",
            "referenceId": "encoded",
        },
    ]
    found = post(http, "", {"compositeRequest": requests})["compositeResponse"]
    assert [part["httpStatusCode"] for part in found] == [201, 201, 200, 400, 200]
    assert [record["Id"] for record in found[4]["body"]["records"]] == [found[1]["body"]["id"]]
    assert found[0]["httpHeaders"] == {"Location": f"{V}/sobjects/Account/{found[0]['body']['id']}"}
    row = found[2]["body"]["records"][0]
    assert row["Account"]["Name"] == name
    assert row["Title"] == f"of {found[0]['body']['id']}"
    assert found[3]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert found[3]["body"][0]["message"].startswith("Invalid reference specified. No value for all.records[0]")


def test_an_all_or_none_composite_is_rolled_back(http: httpx.Client, unique: Unique) -> None:
    name = unique()
    requests = [
        {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": "one", "body": {"Name": name}},
        {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": "two", "body": {}},
        {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": "three", "body": {"Name": name}},
    ]
    found = post(http, "", {"allOrNone": True, "compositeRequest": requests})["compositeResponse"]
    halted = {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same transaction failed.",
    }
    assert [part["httpStatusCode"] for part in found] == [400, 400, 400]
    assert found[0]["body"] == found[2]["body"] == [halted]
    assert found[1]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert query(http, f"SELECT Id FROM Account WHERE Name = '{name}'") == []
    found = post(http, "", {"allOrNone": False, "compositeRequest": requests})["compositeResponse"]
    assert [part["httpStatusCode"] for part in found] == [201, 400, 201]


def test_headers_of_a_part_count(http: httpx.Client) -> None:
    describe = {"method": "GET", "url": f"{V}/sobjects/Account/describe", "referenceId": "d"}
    found = post(http, "", {"compositeRequest": [describe]})["compositeResponse"][0]
    since = found["httpHeaders"]["Last-Modified"]
    again = {**describe, "httpHeaders": {"If-Modified-Since": since}}
    found = post(http, "", {"compositeRequest": [again]})["compositeResponse"][0]
    assert (found["httpStatusCode"], found["body"]) == (304, None)


def test_graphs_succeed_and_fail_each_for_itself(http: httpx.Client, unique: Unique) -> None:
    def graph(graph_id: str, *bodies: dict[str, str]) -> dict[str, Any]:
        parts = [
            {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": f"r{at}", "body": body}
            for at, body in enumerate(bodies)
        ]
        return {"graphId": graph_id, "compositeRequest": parts}

    name = unique()
    found = post(http, "/graph", {"graphs": [graph("1", {"Name": name}), graph("2", {"Name": name}, {})]})["graphs"]
    assert [(part["graphId"], part["isSuccessful"]) for part in found] == [("1", True), ("2", False)]
    assert len(query(http, f"SELECT Id FROM Account WHERE Name = '{name}'")) == 1


def test_a_batch_runs_independent_requests(http: httpx.Client, unique: Unique) -> None:
    requests = [
        {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": unique()}},
        {"method": "GET", "url": "v67.0/sobjects/Nope__c/describe"},
        {"method": "GET", "url": "v67.0/limits"},
    ]
    found = post(http, "/batch", {"batchRequests": requests})
    assert found["hasErrors"] is True
    assert [part["statusCode"] for part in found["results"]] == [201, 404, 200]
    found = post(http, "/batch", {"haltOnError": True, "batchRequests": requests})
    assert [part["statusCode"] for part in found["results"]] == [201, 404, 412]


def part(**fields: Any) -> dict[str, Any]:
    return {"method": "GET", "url": f"{V}/limits", "referenceId": "a", **fields}


@pytest.mark.parametrize(
    "requests",
    [
        [],
        None,
        ["x"],
        [part(referenceId=f"r{at}") for at in range(26)],
        [part(), part()],
        [part(method="BREW")],
        [part(url="http://elsewhere/")],
        [part(url=f"{V}/query?q=x", referenceId=f"r{at}") for at in range(6)],
        [part(referenceId="no blank")],
    ],
)
def test_a_composite_has_bounds(http: httpx.Client, requests: Any) -> None:
    assert post(http, "", {"compositeRequest": requests}, 400)[0]["errorCode"] in {"INVALID_INPUT", "JSON_PARSER_ERROR"}


def test_uploads_and_long_polls_are_no_parts(http: httpx.Client) -> None:
    requests = [part(method="PUT", url=f"{V}/jobs/ingest/750/batches", body={})]
    assert post(http, "", {"compositeRequest": requests})["compositeResponse"][0]["httpStatusCode"] == 400
