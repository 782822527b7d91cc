"""Queries over REST: pages, columns, errors, describe, limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from .conftest import Site, V, create, query

Unique = Callable[[], str]


@pytest.fixture(scope="module")
def many(http: httpx.Client) -> Iterator[str]:
    """The site of 450 accounts."""
    for start in range(0, 450, 150):
        rows = [
            {"attributes": {"type": "Account"}, "Name": f"m{number:04}", "Site": "many"}
            for number in range(start, start + 150)
        ]
        found = http.post(f"{V}/composite/sobjects", json={"allOrNone": True, "records": rows}).json()
        assert all(row["success"] for row in found), found[0]
    yield "many"


def test_rows_keep_the_order_of_the_select(http: httpx.Client, unique: Unique) -> None:
    name = unique()
    record_id = create(http, "Account", Name=name)
    found = http.get(f"{V}/query/", params={"q": f"SELECT Name, Id, Owner.Name FROM Account WHERE Name = '{name}'"})
    body = found.json()
    assert list(body) == ["totalSize", "done", "records"]
    assert list(body["records"][0]) == ["attributes", "Name", "Id", "Owner"]
    assert body["records"][0]["attributes"]["url"] == f"{V}/sobjects/Account/{record_id}"


def test_children_and_missing_parents_are_null(http: httpx.Client, unique: Unique) -> None:
    account = create(http, "Account", Name=unique())
    create(http, "Contact", LastName="solo", Title=account)
    row = query(http, f"SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Id = '{account}'")[0]
    assert row["Contacts"] is None
    assert query(http, f"SELECT Account.Name FROM Contact WHERE Title = '{account}'")[0]["Account"] is None
    create(http, "Contact", LastName="child", AccountId=account)
    row = query(http, f"SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Id = '{account}'")[0]
    assert row["Contacts"]["records"][0]["LastName"] == "child"
    assert (row["Contacts"]["totalSize"], row["Contacts"]["done"]) == (1, True)


def test_counts_and_aggregates(http: httpx.Client, many: str) -> None:
    found = http.get(f"{V}/query", params={"q": "SELECT COUNT() FROM Account WHERE Site = 'many'"}).json()
    assert found == {"totalSize": 450, "done": True, "records": []}
    found = http.get(f"{V}/query", params={"q": "SELECT COUNT(Id) FROM Account WHERE Site = 'many'"}).json()
    assert found["records"] == [{"attributes": {"type": "AggregateResult"}, "expr0": 450}]


def test_pages_follow_one_another(http: httpx.Client, many: str) -> None:
    names: list[str] = []
    url: str | None = f"{V}/query"
    params = {"q": "SELECT Name FROM Account WHERE Site = 'many' ORDER BY Name"}
    sizes = []
    while url is not None:
        body = http.get(url, params=params, headers={"Sforce-Query-Options": "batchSize=200"}).json()
        assert body["totalSize"] == 450
        assert body["done"] is ("nextRecordsUrl" not in body)
        sizes.append(len(body["records"]))
        names += [row["Name"] for row in body["records"]]
        url, params = body.get("nextRecordsUrl"), {}
    assert sizes == [200, 200, 50]
    assert names == [f"m{number:04}" for number in range(450)]


def test_a_page_belongs_to_its_user_and_locators_run_out(
    http: httpx.Client, site: Site, many: str, unique: Unique
) -> None:
    def first() -> str:
        headers = {"Sforce-Query-Options": "batchSize=200"}
        body = http.get(f"{V}/query", params={"q": "SELECT Id FROM Account WHERE Site = 'many'"}, headers=headers)
        return str(body.json()["nextRecordsUrl"])

    url = first()
    other = site.client(site.runtime.registry.create(unique(), "scratch"))
    assert other.get(url).json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    assert http.get(url).status_code == 200
    for _ in range(10):
        first()
    for gone in (url, f"{V}/query/01gxx-200", f"{V}/query/{'01g' + 'x' * 15}-99999999"):
        found = http.get(gone)
        assert (found.status_code, found.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_query_all_sees_what_was_deleted(http: httpx.Client, unique: Unique) -> None:
    name = unique()
    record_id = create(http, "Account", Name=name)
    http.delete(f"{V}/sobjects/Account/{record_id}")
    soql = f"SELECT Id, IsDeleted FROM Account WHERE Name = '{name}'"
    assert query(http, soql) == []
    found = http.get(f"{V}/queryAll", params={"q": soql}).json()
    assert found["records"][0]["IsDeleted"] is True


def test_columns_are_described(http: httpx.Client) -> None:
    params = {"q": "SELECT Id, Owner.Name, (SELECT LastName FROM Contacts) FROM Account", "columns": "true"}
    found = http.get(f"{V}/query", params=params).json()["columnMetadata"]
    assert [column["columnName"] for column in found] == ["Id", "Owner", "Contacts"]
    assert found[1]["joinColumns"][0]["columnName"] == "Name"
    assert (found[1]["foreignKeyName"], found[1]["apexType"], found[0]["apexType"]) == ("OwnerId", None, "Id")
    assert (found[2]["aggregate"], found[2]["joinColumns"][0]["columnName"]) == (True, "LastName")
    last_name = found[2]["joinColumns"][0]
    assert (last_name["textType"], last_name["insertable"], last_name["updatable"]) == (True, True, True)


def test_columns_of_aggregates_are_shown_as_written(http: httpx.Client) -> None:
    params = {"q": "SELECT Type, Avg(AnnualRevenue), COUNT(Id) n FROM Account GROUP BY Type", "columns": "true"}
    found = http.get(f"{V}/query", params=params).json()["columnMetadata"]
    shown = [(one["columnName"], one["displayName"], one["aggregate"], one["numberType"]) for one in found]
    assert shown == [
        ("Type", "Type", False, False),
        ("expr0", "Avg(AnnualRevenue)", True, True),
        ("n", "n", True, True),
    ]


def test_an_error_shows_where_it_is(http: httpx.Client) -> None:
    found = http.get(f"{V}/query", params={"q": "select count() from XYZZY"})
    assert found.status_code == 400
    assert found.json()[0]["errorCode"] == "INVALID_TYPE"
    assert found.json()[0]["message"].startswith(
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
        "sObject type 'XYZZY' is not supported."
    )
    found = http.get(f"{V}/query", params={"q": "SELECT Id\nFROM Account\nWHERE Nope__c = 1"})
    assert found.json()[0]["errorCode"] == "INVALID_FIELD"
    assert "\nERROR at Row:3:Column:7\n" in found.json()[0]["message"]


@pytest.mark.parametrize(
    "soql", ["", "   ", "SELECT", "DROP TABLE Account", "SELECT Id FROM Account WHERE", "SELECT (", "'"]
)
def test_what_is_no_query_is_refused(http: httpx.Client, soql: str) -> None:
    found = http.get(f"{V}/query", params={"q": soql})
    assert (found.status_code, found.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")


def test_the_global_describe_lists_what_is_there(http: httpx.Client) -> None:
    found = http.get(f"{V}/sobjects").json()
    assert (found["encoding"], found["maxBatchSize"]) == ("UTF-8", 200)
    by_name = {item["name"]: item for item in found["sobjects"]}
    assert by_name["Account"]["keyPrefix"] == "001"
    assert by_name["Account"]["urls"]["describe"] == f"{V}/sobjects/Account/describe"
    assert "Note__e" in by_name
    assert "Quote" not in by_name


def test_describe_says_everything_of_a_field(http: httpx.Client) -> None:
    found = http.get(f"{V}/sobjects/Account/describe").json()
    fields = {field["name"]: field for field in found["fields"]}
    assert (fields["Name"]["type"], fields["Name"]["length"], fields["Name"]["nillable"]) == ("string", 255, False)
    assert (fields["Ext__c"]["externalId"], fields["Ext__c"]["custom"], fields["Ext__c"]["length"]) == (True, True, 40)
    assert fields["OwnerId"]["referenceTo"] == ["User"]
    assert {"childSObject": "Contact", "field": "AccountId", "relationshipName": "Contacts"}.items() <= next(
        child for child in found["childRelationships"] if child["relationshipName"] == "Contacts"
    ).items()


def test_junction_id_lists_are_written_and_read_but_no_fields_of_describe(http: httpx.Client, unique: Unique) -> None:
    contact = create(http, "Contact", LastName=unique())
    mail = create(http, "EmailMessage", Subject=unique(), Status="3", ToIds=[contact])
    (row,) = query(http, f"SELECT ToIds, CcIds FROM EmailMessage WHERE Id = '{mail}'")
    assert (row["ToIds"], row["CcIds"]) == ([contact], None)
    found = http.get(f"{V}/sobjects/EmailMessage/describe").json()
    assert not {"ToIds", "CcIds"} & {field["name"] for field in found["fields"]}
    (kept,) = (one for one in found["childRelationships"] if one["relationshipName"] == "EmailMessageRelations")
    assert (kept["junctionIdListNames"], kept["junctionReferenceTo"]) == (
        ["BccIds", "CcIds", "ToIds"],
        ["Contact", "Lead", "User"],
    )
    refused = http.get(f"{V}/query", params={"q": f"SELECT Id FROM EmailMessage WHERE ToIds = '{contact}'"})
    assert refused.status_code == 400


def test_a_describe_that_did_not_change_is_304(http: httpx.Client) -> None:
    for path in (f"{V}/sobjects", f"{V}/sobjects/Account/describe"):
        first = http.get(path)
        again = http.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]})
        assert (again.status_code, again.content) == (304, b"")
        old = http.get(path, headers={"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"})
        assert old.status_code == 200
        assert http.get(path, headers={"If-Modified-Since": "nonsense"}).status_code == 200


def test_limits_are_counted_and_refuse(site: Site, unique: Unique) -> None:
    entry = site.runtime.registry.create(unique(), "scratch", {"DailyApiRequests": 3})
    client = site.client(entry)
    found = client.get(f"{V}/limits")
    assert found.headers["Sforce-Limit-Info"] == "api-usage=1/3"
    assert found.json()["DailyApiRequests"] == {"Max": 3, "Remaining": 2}
    assert "HourlyPublishedPlatformEvents" in found.json()
    client.get(f"{V}/sobjects")
    assert client.get(f"{V}/nothing").status_code == 404
    assert client.get(f"{V}/limits").json()["DailyApiRequests"]["Remaining"] == 0
    refused = client.get(f"{V}/limits")
    assert refused.status_code == 403
    assert refused.json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]


def test_records_are_counted(http: httpx.Client, many: str) -> None:
    found = http.get(f"{V}/limits/recordCount", params={"sObjects": "Account,Lead,Nonsense__c"}).json()["sObjects"]
    counts = {row["name"]: row["count"] for row in found}
    assert counts["Account"] >= 450
    assert counts["Lead"] == 0
    assert "Nonsense__c" not in counts


def test_resources_name_the_identity(http: httpx.Client) -> None:
    found = http.get(V).json()
    assert found["sobjects"] == f"{V}/sobjects"
    assert "/id/00D" in found["identity"]


def test_sosl_over_rest(http: httpx.Client) -> None:
    name = "Zyzzogeton Works"
    id = http.post(f"{V}/sobjects/Account", json={"Name": name}).json()["id"]
    found = http.get(f"{V}/search", params={"q": "FIND {zyzzo*} IN NAME FIELDS RETURNING Account(Id, Name)"}).json()
    assert [(r["Id"], r["Name"], r["attributes"]["type"]) for r in found["searchRecords"]] == [(id, name, "Account")]
    asked = {"q": "zyzzogeton", "in": "NAME", "sobjects": [{"name": "Account", "fields": ["Name"], "limit": 1}]}
    found = http.post(f"{V}/parameterizedSearch", json=asked).json()
    assert [r["Name"] for r in found["searchRecords"]] == [name]
    short = http.get(f"{V}/search", params={"q": "FIND {x} RETURNING Account"})
    assert (short.status_code, short.json()[0]["errorCode"]) == (400, "MALFORMED_SEARCH")
    everywhere = http.get(f"{V}/search", params={"q": "FIND {zyzzogeton}"}).json()["searchRecords"]
    url = f"{V}/sobjects/Account/{id}"
    assert everywhere == [{"attributes": {"type": "Account", "url": url}, "Id": id}]
    assert http.post(f"{V}/parameterizedSearch", json={"q": "zyzzogeton"}).json()["searchRecords"] == everywhere


def plans(http: httpx.Client, soql: str) -> list[dict[str, Any]]:
    answer = http.get(f"{V}/query", params={"explain": soql})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["plans"]
    return found


def test_a_plan_tells_index_and_numbers(http: httpx.Client, many: str) -> None:
    rows = query(http, "SELECT COUNT(Id) n FROM Account WHERE ParentId = null")[0]["n"]
    parent = query(http, "SELECT Id FROM Account WHERE Site = 'many' LIMIT 1")[0]["Id"]
    create(http, "Account", Name="below", ParentId=parent)
    index, scan = plans(
        http, f"SELECT Name FROM Account WHERE ParentId = '{parent}' AND Site = null ORDER BY Name LIMIT 5"
    )
    assert (index["leadingOperationType"], index["fields"], index["cardinality"]) == ("Index", ["ParentId"], 1)
    assert (scan["leadingOperationType"], scan["fields"]) == ("TableScan", [])
    assert index["sobjectCardinality"] == scan["sobjectCardinality"] > rows
    assert index["relativeCost"] == round(1 / (0.3 * index["sobjectCardinality"]), 4)
    assert index["relativeCost"] < 1 < scan["relativeCost"]
    assert [note["fields"] for note in index["notes"]] == [["IsDeleted"], ["Site"]]


def test_a_plan_without_an_index_reads_all(http: httpx.Client, many: str) -> None:
    (scan,) = plans(http, "SELECT Site, COUNT(Id) FROM Account WHERE Site = 'many' GROUP BY Site HAVING COUNT(Id) > 1")
    assert (scan["leadingOperationType"], scan["cardinality"], scan["sobjectType"]) == ("TableScan", 450, "Account")
    answer = http.get(f"{V}/query", params={"explain": "SELECT Nope FROM Account"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
