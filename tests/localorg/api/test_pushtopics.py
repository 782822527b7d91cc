"""PushTopics: which changes make a notification, what is in it, who gets it, which queries are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from orgwright.localorg.registry import OrgEntry
from orgwright.localorg.schema import edit
from tests.localorg.access.people import make_user
from tests.localorg.api.conftest import Site, V, create, query
from tests.localorg.api.test_access import sign_in
from tests.localorg.api.test_streaming import Listener
from tests.localorg.deploying import deploy, fields, manifest

OPERATIONS = tuple(f"NotifyForOperation{name}" for name in ("Create", "Update", "Delete", "Undelete"))


@pytest.fixture(scope="module")
def wire(site: Site) -> OrgEntry:
    return site.runtime.registry.create("wire", "scratch")


@pytest.fixture
def http(site: Site, wire: OrgEntry) -> Iterator[httpx.Client]:
    with site.client(wire) as client:
        yield client


def told(listener: Listener) -> list[tuple[str, dict[str, Any]]]:
    return [(one["data"]["event"]["type"], one["data"]["sobject"]) for one in listener.events(0)]


def test_a_record_is_followed_from_its_creation_to_its_return(http: httpx.Client) -> None:
    query = "SELECT Id, Name FROM Account WHERE Name LIKE 'Tele%' OR Name = 'x'"
    topic = create(http, "PushTopic", Name="Life", Query=query, ApiVersion=62.0)
    row = http.get(f"{V}/sobjects/PushTopic/{topic}").json()
    assert [row[name] for name in ("IsActive", *OPERATIONS)] == [True] * 5 and row["NotifyForFields"] == "Referenced"
    listener = Listener(http)
    assert listener.subscribe("/topic/Life")["successful"]
    id = create(http, "Account", Name="Telegraph")
    create(http, "Account", Name="Semaphore")
    (event,) = listener.events()
    assert (event["channel"], event["data"]["sobject"]) == ("/topic/Life", {"Id": id, "Name": "Telegraph"})
    assert event["data"]["event"]["type"] == "created" and event["data"]["event"]["createdDate"].endswith("Z")
    url = f"{V}/sobjects/Account/{id}"
    http.patch(url, json={"Site": "not referenced"})
    http.patch(url, json={"Name": "Telex"})
    http.patch(url, json={"Name": "matches no more"})
    http.patch(url, json={"Name": "Teletype"})
    http.delete(url)
    undelete = f"Id i = '{id}'; undelete [SELECT Id FROM Account WHERE Id = :i ALL ROWS];"
    assert http.get(f"{V}/tooling/executeAnonymous", params={"anonymousBody": undelete}).json()["success"]
    assert told(listener) == [
        ("updated", {"Id": id, "Name": "Telex"}),
        ("updated", {"Id": id, "Name": "Teletype"}),
        ("deleted", {"Id": id}),
        ("undeleted", {"Id": id, "Name": "Teletype"}),
    ]
    again = Listener(http)
    again.subscribe("/topic/Life", event["data"]["event"]["replayId"])
    assert len(told(again)) == 4


@pytest.mark.parametrize(
    ("fields", "sites"),
    [("All", ["a", "b", "b"]), ("Referenced", ["a", "b"]), ("Select", ["b"]), ("Where", ["a"])],
)
def test_which_fields_are_looked_at(http: httpx.Client, fields: str, sites: list[str]) -> None:
    name = f"Looks{fields}"
    id = create(http, "Account", Name="looked at", Site="first", Type=None)
    query = f"SELECT Id, Site FROM Account WHERE Id = '{id}' AND AnnualRevenue > 1"
    create(http, "PushTopic", Name=name, Query=query, ApiVersion=62.0, NotifyForFields=fields)
    listener = Listener(http)
    listener.subscribe(f"/topic/{name}")
    for change in ({"Site": "a"}, {"AnnualRevenue": 2}, {"Site": "b"}, {"Description": "else"}):
        http.patch(f"{V}/sobjects/Account/{id}", json=change)
    assert [fields["Site"] for _, fields in told(listener)] == sites


def test_operations_and_inactive_topics(http: httpx.Client) -> None:
    quiet = {name: name == OPERATIONS[1] for name in OPERATIONS}
    topic = create(http, "PushTopic", Name="Quiet", Query="SELECT Id, LastName FROM Contact", ApiVersion=62.0, **quiet)
    listener = Listener(http)
    listener.subscribe("/topic/Quiet")
    id = create(http, "Contact", LastName="first")
    http.patch(f"{V}/sobjects/Contact/{id}", json={"LastName": "second"})
    http.delete(f"{V}/sobjects/Contact/{id}")
    assert told(listener) == [("updated", {"Id": id, "LastName": "second"})]
    http.patch(f"{V}/sobjects/PushTopic/{topic}", json={"IsActive": False})
    assert Listener(http).subscribe("/topic/Quiet")["error"].startswith("404::")
    assert Listener(http).subscribe("/topic/Nobody")["error"].startswith("404::")


def test_what_is_rolled_back_is_not_told(http: httpx.Client) -> None:
    create(http, "PushTopic", Name="Undone", Query="SELECT Id, Name FROM Campaign", ApiVersion=62.0)
    listener = Listener(http)
    listener.subscribe("/topic/Undone")
    block = "Savepoint s = Database.setSavepoint(); insert new Campaign(Name = 'a'); Database.rollback(s); insert new Campaign(Name = 'b');"
    assert http.get(f"{V}/tooling/executeAnonymous", params={"anonymousBody": block}).json()["success"]
    assert [fields["Name"] for _, fields in told(listener)] == ["b"]


def test_only_who_may_see_a_record_is_told(http: httpx.Client, site: Site, wire: OrgEntry) -> None:
    create(http, "PushTopic", Name="Shared", Query="SELECT Id, Name FROM Lead", ApiVersion=62.0)
    user = make_user(site.runtime.registry.open("wire"), "wired", None)
    org = site.runtime.registry.open("wire")
    with org.transaction() as tx:
        tx.set_schema(edit.with_object(tx.schema, "Lead", sharing_model="Private"))
    with sign_in(site, wire, user) as clerk:
        listener = Listener(clerk)
        assert listener.subscribe("/topic/Shared")["successful"]
        create(http, "Lead", LastName="hidden", Company="c")
        own = create(clerk, "Lead", LastName="own", Company="c")
        assert [fields["Id"] for _, fields in told(listener)] == [own]


@pytest.mark.parametrize(
    "query",
    ["SELECT Name FROM Account", "SELECT Id, Owner.Name FROM Account", "SELECT Id FROM Account ORDER BY Name",
     "SELECT Id FROM Account LIMIT 1", "SELECT COUNT() FROM Account", "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
     "SELECT Id FROM User", "SELECT Id, Nope__c FROM Account", "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)",
     "nothing"],
)  # fmt: skip
def test_queries_that_no_topic_can_have(http: httpx.Client, query: str) -> None:
    answer = http.post(f"{V}/sobjects/PushTopic", json={"Name": "Wrong", "Query": query, "ApiVersion": 62.0})
    assert (answer.status_code, answer.json()[0]["errorCode"], answer.json()[0]["fields"]) == (
        400,
        "INVALID_FIELD",
        ["Query"],
    )


def test_names_are_unique(http: httpx.Client) -> None:
    topic = {"Name": "Once", "Query": "SELECT Id FROM Account", "ApiVersion": 62.0}
    assert http.post(f"{V}/sobjects/PushTopic", json=topic).status_code == 201
    again = http.post(f"{V}/sobjects/PushTopic", json={**topic, "Name": "once"})
    assert again.json()[0]["errorCode"] == "DUPLICATE_VALUE"


def test_the_org_tells_of_its_logs(http: httpx.Client, wire: OrgEntry) -> None:
    listener = Listener(http)
    assert listener.subscribe("/systemTopic/Logging")["successful"]
    tooling = f"{V}/tooling/sobjects"
    level = {"DeveloperName": "Told", "MasterLabel": "Told", "ApexCode": "DEBUG"}
    flag = {
        "TracedEntityId": wire.user_id,
        "DebugLevelId": http.post(f"{tooling}/DebugLevel", json=level).json()["id"],
        "LogType": "DEVELOPER_LOG",
    }
    assert http.post(f"{tooling}/TraceFlag", json=flag).status_code == 201
    block = {"anonymousBody": "System.debug('told');"}
    assert http.get(f"{V}/tooling/executeAnonymous", params=block).json()["success"]
    ((kind, fields),) = told(listener)
    assert (kind, "|told" in http.get(f"{tooling}/ApexLog/{fields['Id']}/Body").text) == ("created", True)


def test_a_subscription_is_refused_for_what_is_really_wrong(http: httpx.Client, site: Site) -> None:
    org = site.runtime.registry.open("wire")
    own = {"CustomField": ["Account.Meter__c"]}
    body = "<fullName>Meter__c</fullName><label>Meter</label><type>Text</type><length>20</length>"
    assert deploy(org, fields("Account", body), own)["success"]
    create(http, "PushTopic", Name="Meters", Query="SELECT Id, Meter__c FROM Account", ApiVersion=62.0)
    closed = Listener(http).subscribe("/topic/Meters")  # no permission opens the new field
    assert closed["error"].startswith("403::")
    assert deploy(org, {"destructiveChanges.xml": manifest(own)}, {})["success"]
    gone = Listener(http).subscribe("/topic/Meters")
    assert gone["error"].startswith("400::") and "No such column 'Meter__c' on entity 'Account'" in gone["error"]
    assert create(http, "Account", Name="saved all the same")


def test_the_org_tells_of_test_runs_that_ended(http: httpx.Client) -> None:
    listener = Listener(http)
    assert listener.subscribe("/systemTopic/TestResult")["successful"]
    body = "@IsTest class Told { @IsTest static void passes() { Assert.areEqual(1, 1); } }"
    assert http.post(f"{V}/tooling/sobjects/ApexClass", json={"Name": "Told", "Body": body}).status_code == 201
    job = http.post(f"{V}/tooling/runTestsAsynchronous", json={"tests": [{"className": "Told"}]}).json()
    (event,) = listener.events(30)
    assert event["channel"] == "/systemTopic/TestResult"
    assert (event["data"]["event"]["type"], event["data"]["sobject"]) == ("updated", {"Id": job})
    (row,) = query(http, f"SELECT Status FROM AsyncApexJob WHERE Id = '{job}'")
    assert row["Status"] == "Completed"
