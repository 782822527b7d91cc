"""One record over REST: create, read, update, upsert, delete, relationships, updated and deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx
import pytest

from orgwright.localorg.registry import OrgEntry

from .conftest import Site, V, create, query

Unique = Callable[[], str]


def test_a_record_lives_and_dies(http: httpx.Client, unique: Unique) -> None:
    name = unique()
    made = http.post(f"{V}/sobjects/account/", json={"name": name, "attributes": {"type": "Account"}})
    assert made.status_code == 201
    body = made.json()
    assert body == {"id": body["id"], "success": True, "errors": []}
    assert len(body["id"]) == 18
    assert made.headers["Location"] == f"{V}/sobjects/Account/{body['id']}"

    path = f"{V}/sobjects/Account/{body['id'][:15]}"
    found = http.get(path, params={"fields": "Name,Owner.Name"}).json()
    assert found["Name"] == name
    assert found["attributes"] == {"type": "Account", "url": f"{V}/sobjects/Account/{body['id']}"}
    assert found["Owner"]["attributes"]["type"] == "User"

    whole = http.get(path).json()
    assert {"Id", "Name", "IsDeleted", "CreatedDate", "BillingAddress"} <= set(whole)
    assert whole["IsDeleted"] is False

    changed = http.patch(path, json={"Name": f"{name}x", "NumberOfEmployees": 7})
    assert (changed.status_code, changed.content) == (204, b"")
    assert http.get(path, params={"fields": "NumberOfEmployees"}).json()["NumberOfEmployees"] == 7

    assert http.delete(path).status_code == 204
    for method in ("GET", "DELETE"):
        gone = http.request(method, path)
        assert gone.status_code == 404
        assert gone.json()[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_what_a_save_refuses_is_told_with_its_fields(http: httpx.Client) -> None:
    found = http.post(f"{V}/sobjects/Contact", json={"FirstName": "Ada"})
    assert found.status_code == 400
    assert found.json() == [
        {
            "message": "Required fields are missing: [LastName]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["LastName"],
        }
    ]
    found = http.post(f"{V}/sobjects/Account", json={"Name": "x", "Nonsense__c": 1})
    assert found.json()[0]["errorCode"] == "INVALID_FIELD"
    assert "No such column 'Nonsense__c' on sobject of type Account" in found.json()[0]["message"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("record_id", "message"),
    [
        ("001000000000000AAA", None),
        ("nonsense", "Provided external ID field does not exist or is not accessible: nonsense"),
    ],
)
def test_an_unknown_id_is_404(http: httpx.Client, method: str, record_id: str, message: str | None) -> None:
    body = {"json": {"Name": "x"}} if method == "PATCH" else {}
    found = http.request(method, f"{V}/sobjects/Account/{record_id}", **body)  # type: ignore[arg-type]
    assert found.status_code == 404
    assert message is None or found.json()[0]["message"] == message


def test_a_record_tells_when_it_was_changed(http: httpx.Client, unique: Unique) -> None:
    path = f"{V}/sobjects/Account/{create(http, 'Account', Name=unique())}"
    asked = [http.get(path, params=params) for params in ({}, {"fields": "Name"}, {"fields": "name,systemmodstamp"})]
    whole, name, both = (answer.json() for answer in asked)
    stamp = asked[0].headers["Last-Modified"]
    assert [answer.headers["Last-Modified"] for answer in asked] == [stamp] * 3
    assert parsedate_to_datetime(stamp) == dt.datetime.fromisoformat(whole["SystemModstamp"])
    assert (set(name), set(both)) == ({"attributes", "Name"}, {"attributes", "Name", "SystemModstamp"})
    again = http.get(path, headers={"If-Modified-Since": stamp})
    assert (again.status_code, again.content, again.headers["Last-Modified"]) == (304, b"", stamp)
    http.delete(path)
    assert http.get(path, headers={"If-Modified-Since": stamp}).json()[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_records_are_read_while_somebody_writes(
    site: Site, entry: OrgEntry, http: httpx.Client, unique: Unique
) -> None:
    path = f"{V}/sobjects/Account/{create(http, 'Account', Name=unique())}"
    with site.runtime.registry.open(entry.alias).transaction() as tx:
        tx.insert_setup("Account", {"Name": unique()})
        assert [http.get(path, timeout=5).status_code for _ in range(2)] == [200, 200]


def test_an_unknown_object_is_404(http: httpx.Client) -> None:
    for found in (
        http.get(f"{V}/sobjects/Nothing__c/001000000000000AAA"),
        http.post(f"{V}/sobjects/Nothing__c", json={}),
        http.get(f"{V}/sobjects/Nothing__c/describe"),
    ):
        assert found.status_code == 404
        assert found.json() == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]


def test_a_value_of_the_wrong_kind_is_a_json_error(http: httpx.Client) -> None:
    for body in ({"Name": {"a": 1}}, {"Name": ["a"]}, [], "text"):
        found = http.post(f"{V}/sobjects/Account", json=body)
        assert found.status_code == 400, found.text
        assert found.json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_the_id_stands_in_the_url_only(http: httpx.Client, unique: Unique) -> None:
    made = create(http, "Account", Name=unique())
    found = http.patch(f"{V}/sobjects/Account/{made}", json={"Id": made, "Name": "x"})
    assert found.json()[0]["errorCode"] == "INVALID_FIELD"


def test_upsert_by_external_id(http: httpx.Client, unique: Unique) -> None:
    key = unique() + "/slash %"
    path = f"{V}/sobjects/Account/Ext__c/{key.replace('/', '%2F').replace(' ', '%20').replace('% ', '%25')}"
    path = f"{V}/sobjects/Account/Ext__c/" + "".join(c if c.isalnum() else f"%{ord(c):02X}" for c in key)
    made = http.patch(path, json={"Name": "one"})
    assert made.status_code == 201
    record_id = made.json()["id"]
    assert made.json() == {"id": record_id, "success": True, "errors": [], "created": True}
    again = http.patch(path, json={"Name": "two"})
    assert (again.status_code, again.json()) == (
        200,
        {"id": record_id, "success": True, "errors": [], "created": False},
    )
    old = http.patch(path.replace("v67.0", "v45.0"), json={"Name": "three"})
    assert (old.status_code, old.content) == (204, b"")
    assert http.get(path).json()["Name"] == "three"
    assert http.get(path).json()["Ext__c"] == key
    refused = http.patch(path, json={"Ext__c": key})
    assert refused.json()[0] == {
        "message": "The Ext__c field should not be specified in the sobject data.",
        "errorCode": "INVALID_FIELD",
    }
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404


def test_an_external_id_that_several_records_have_is_300(http: httpx.Client, unique: Unique) -> None:
    key = unique()
    ids = {create(http, "Account", Name="a", Ext__c=key), create(http, "Account", Name="b", Ext__c=key)}
    for found in (
        http.get(f"{V}/sobjects/Account/Ext__c/{key}"),
        http.patch(f"{V}/sobjects/Account/Ext__c/{key}", json={"Name": "c"}),
        http.delete(f"{V}/sobjects/Account/Ext__c/{key}"),
    ):
        assert found.status_code == 300
        assert set(found.json()) == {f"{V}/sobjects/Account/{record_id}" for record_id in ids}


def test_a_field_that_is_no_external_id_is_404(http: httpx.Client) -> None:
    found = http.patch(f"{V}/sobjects/Account/Site/x", json={"Name": "x"})
    assert found.status_code == 404
    assert found.json()[0]["message"] == "Provided external ID field does not exist or is not accessible: Site"


def test_a_parent_is_set_by_external_id(http: httpx.Client, unique: Unique) -> None:
    key = unique()
    account = create(http, "Account", Name="parent", Ext__c=key)
    contact = create(http, "Contact", LastName="child", Account={"Ext__c": key})
    assert query(http, f"SELECT AccountId FROM Contact WHERE Id = '{contact}'")[0]["AccountId"] == account
    found = http.post(f"{V}/sobjects/Contact", json={"LastName": "x", "Account": {"Ext__c": "missing"}})
    assert found.status_code == 400
    assert found.json()[0]["message"] == (
        "Foreign key external ID: missing not found for field Ext__c in entity Account"
    )


def test_relationships_are_paths(http: httpx.Client, unique: Unique) -> None:
    account = create(http, "Account", Name=unique())
    contact = create(http, "Contact", LastName="child", AccountId=account)
    parent = http.get(f"{V}/sobjects/Contact/{contact}/Account", params={"fields": "Name"}).json()
    assert parent["attributes"]["url"].endswith(account)
    children = http.get(f"{V}/sobjects/Account/{account}/Contacts").json()
    assert (children["totalSize"], children["records"][0]["Id"]) == (1, contact)
    for path in (f"Contact/{contact}/ReportsTo", f"Account/{account}/Nonsense", f"Account/{account}/Contacts/deeper"):
        assert http.get(f"{V}/sobjects/{path}").status_code == 404


def test_changes_in_a_span_of_time(http: httpx.Client, unique: Unique) -> None:
    kept, gone = create(http, "Account", Name=unique()), create(http, "Account", Name=unique())
    http.delete(f"{V}/sobjects/Account/{gone}")
    now = dt.datetime.now(dt.UTC)
    span = {
        "start": (now - dt.timedelta(minutes=5)).isoformat(timespec="seconds"),
        "end": (now + dt.timedelta(minutes=5)).isoformat(timespec="seconds"),
    }
    updated = http.get(f"{V}/sobjects/Account/updated", params=span).json()
    assert kept in updated["ids"] and gone not in updated["ids"]
    deleted = http.get(f"{V}/sobjects/Account/deleted", params=span).json()
    assert gone in [row["id"] for row in deleted["deletedRecords"]]
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    for wrong in ({}, {"start": "x", "end": "y"}, {"start": span["end"], "end": span["start"]}):
        assert http.get(f"{V}/sobjects/Account/updated", params=wrong).status_code == 400


def test_a_platform_event_is_published(http: httpx.Client) -> None:
    found = http.post(f"{V}/sobjects/Note__e", json={"Text__c": "hello"})
    assert found.status_code == 201
    body = found.json()
    assert body["success"] is True
    assert body["id"].startswith("e0")
    assert [error["statusCode"] for error in body["errors"]] == ["OPERATION_ENQUEUED"]
    refused = http.post(f"{V}/sobjects/Note__e", json={"Text__c": "x" * 21})
    assert refused.status_code == 400
    assert refused.json()[0]["errorCode"] == "STRING_TOO_LONG"


def test_another_orgs_session_sees_nothing_of_this_one(site, http: httpx.Client, unique: Unique) -> None:  # type: ignore[no-untyped-def]
    record_id = create(http, "Account", Name=unique())
    other = site.client(site.runtime.registry.create(unique(), "developer"))
    assert other.get(f"{V}/sobjects/Account/{record_id}").status_code == 404


def test_a_file_comes_in_a_multipart_body_and_is_read_back(http: httpx.Client) -> None:
    content = bytes(range(256)) * 4
    files = {
        "entity_content": (None, '{"Title":"f","PathOnClient":"f.bin"}', "application/json"),
        "VersionData": ("f.bin", content, "application/octet-stream"),
    }
    made = http.post(f"{V}/sobjects/ContentVersion", files=files)
    assert made.status_code == 201, made.text
    path = f"{V}/sobjects/ContentVersion/{made.json()['id']}/VersionData"
    assert http.get(path).content == content
    row = query(http, f"SELECT VersionData, ContentSize FROM ContentVersion WHERE Id = '{made.json()['id']}'")[0]
    assert (row["VersionData"], row["ContentSize"]) == (path, 1024)


def test_a_post_may_stand_for_another_method(http: httpx.Client, unique: Unique) -> None:
    record_id = create(http, "Account", Name=unique())
    path = f"{V}/sobjects/Account/{record_id}"
    assert http.post(path, params={"_HttpMethod": "PATCH"}, json={"Name": "by post"}).status_code == 204
    assert http.get(path).json()["Name"] == "by post"
