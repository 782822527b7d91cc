"""The sf CLI on records: org, data, sobject, limits, api."""

from __future__ import annotations

import json
from collections.abc import Iterator
from csv import reader
from typing import Any

import pytest

from orgwright.cli.orgs import connection_to_embedded
from orgwright.localorg.control import OrgAccess
from orgwright.org import OrgClient
from tests.clients.conftest import Sf

covers = pytest.mark.covers


@pytest.fixture(scope="module")
def records(dev: OrgAccess) -> Iterator[OrgClient]:
    """The org that the commands work on, asked without them."""
    with OrgClient(connection_to_embedded(dev)) as client:
        yield client


@covers("sf", "org login access-token", "org display", "org list")
def test_an_org_is_known_after_signing_in_with_a_token(sf: Sf, dev: OrgAccess, hub: OrgAccess) -> None:
    sf.login(dev)
    shown = sf.run("org display").result
    assert (shown["id"], shown["username"], shown["apiVersion"]) == (dev.org_id, dev.username, "67.0")
    assert shown["connectedStatus"] == "Connected"
    known = sf.run("org list").result
    assert [one["username"] for one in known["devHubs"]] == [hub.username]
    everywhere = json.dumps(known)
    assert dev.username in everywhere


@covers("sf", "org login access-token")
def test_a_wrong_token_is_refused(sf: Sf, dev: OrgAccess) -> None:
    env = {"SF_ACCESS_TOKEN": f"{dev.org_id[:15]}!wrong"}
    refused = sf.run(f"org login access-token --instance-url {dev.instance_url} --no-prompt", code=1, env=env)
    assert "Bad_OAuth_Token" in refused.out or "INVALID_SESSION_ID" in refused.out or "expired" in refused.out


@covers("sf", "data create record", "data get record", "data update record", "data delete record")
def test_one_record_lives_and_dies(sf: Sf, records: OrgClient) -> None:
    id = sf.run("data create record -s Account", "-v", "Name='One record' NumberOfEmployees=7").result["id"]
    assert sf.run(f"data get record -s Account -i {id}").result["NumberOfEmployees"] == 7
    sf.run("data update record -s Account", "-w", "Name='One record'", "-v", "Site=changed")
    assert [one["Site"] for one in records.query(f"SELECT Site FROM Account WHERE Id = '{id}'")] == ["changed"]
    sf.run(f"data delete record -s Account -i {id}")
    assert records.count(f"SELECT COUNT() FROM Account WHERE Id = '{id}'") == 0


@covers("sf", "data query")
def test_queries_are_shown_as_table_and_csv_and_errors_as_salesforce_words_them(sf: Sf) -> None:
    soql = "SELECT Name, Profile.Name FROM User WHERE Name = 'User User'"
    assert "System Administrator" in sf.run("data query", "-q", soql, as_json=False).out
    csv = sf.run("data query --result-format csv", "-q", soql, as_json=False).out
    assert csv.splitlines() == ["Name,Profile.Name", "User User,System Administrator"]
    counted = sf.run("data query --result-format csv", "-q", "SELECT COUNT(Id) n FROM Organization", as_json=False)
    assert counted.out.splitlines() == ["n", "1"]
    wrong = sf.run("data query", "-q", "SELECT Nope FROM Account", code=1).json
    assert "No such column 'Nope' on entity 'Account'" in wrong["message"]
    tooling = sf.run("data query --use-tooling-api", "-q", "SELECT Name FROM ApexClass WHERE Name = 'Nope'").result
    assert tooling["records"] == []


@covers("sf", "data search")
def test_a_search_finds_what_was_saved(sf: Sf, records: OrgClient) -> None:
    records.create("Account", {"Name": "Searchable Works"})
    found = sf.run("data search", "-q", "FIND {Searchable} IN NAME FIELDS RETURNING Account(Name)").result
    assert [one["Name"] for one in found["searchRecords"]] == ["Searchable Works"]
    everywhere = sf.run("data search", "-q", "FIND {Searchable}").result["searchRecords"]
    assert [one["attributes"]["type"] for one in everywhere] == ["Account"]


@covers("sf", "sobject list", "sobject describe", "org list limits", "org list sobject record-counts")
def test_describes_and_limits(sf: Sf, deployed: Any) -> None:
    tooling = sf.run("sobject describe -s ApexClass --use-tooling-api").result
    assert "SymbolTable" in [one["name"] for one in tooling["fields"]]
    assert "Meter__c" in sf.run("sobject list -s custom").result
    names = [one["name"] for one in sf.run("sobject describe -s Meter__c").result["fields"]]
    assert {"Id", "Name", "Serial__c"} <= set(names)
    limits = {one["name"]: one for one in sf.run("org list limits").result}
    assert limits["DailyApiRequests"]["max"] == 15_000
    counts = sf.run("org list sobject record-counts -s Account").result
    assert counts[0]["name"] == "Account"


@covers("sf", "api request rest")
def test_any_path_can_be_asked(sf: Sf) -> None:
    found = json.loads(sf.run("api request rest /services/data/v67.0/sobjects/Account", as_json=False).out)
    assert found["objectDescribe"]["name"] == "Account"


@covers("sf", "api request graphql")
def test_graphql_makes_and_finds_a_record(sf: Sf) -> None:
    (sf.project / "make.graphql").write_text(
        'mutation make {\n uiapi { AccountCreate(input: {Account: {Name: "By GraphQL"}}) { Record { Id } } } }'
    )
    made = json.loads(sf.run("api request graphql --body make.graphql", as_json=False).out)
    made_id = made["data"]["uiapi"]["AccountCreate"]["Record"]["Id"]
    text = '{ uiapi { query { Account(where: {Name: {eq: "By GraphQL"}}) { edges { node { Id } } } } } }'
    found = json.loads(sf.run("api request graphql --body", text, as_json=False).out)
    assert found["data"]["uiapi"]["query"]["Account"]["edges"] == [{"node": {"Id": made_id}}]


@covers("sf", "data import tree", "data export tree")
def test_trees_come_in_and_go_out(sf: Sf) -> None:
    contact = {"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "Leaf"}
    account = {
        "attributes": {"type": "Account", "referenceId": "a"},
        "Name": "Tree",
        "Contacts": {"records": [contact]},
    }
    (sf.project / "tree.json").write_text(json.dumps({"records": [account]}))
    made = sf.run("data import tree --files tree.json").result
    assert [one["type"] for one in made] == ["Account", "Contact"]
    soql = "SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Name = 'Tree'"
    exported = sf.run("data export tree --output-dir tree", "-q", soql).result
    assert exported["records"][0]["Contacts"]["records"][0]["LastName"] == "Leaf"


@covers("sf", "data upsert bulk", "data import bulk", "data update bulk", "data delete bulk", "data export bulk")
def test_bulk_jobs(sf: Sf, deployed: Any, records: OrgClient) -> None:
    csv = sf.project / "meters.csv"
    csv.write_text("Name,Serial__c\nOne,B1\nTwo,B2\n")
    job = sf.run("data upsert bulk -s Meter__c -i Serial__c -w 2 -f meters.csv").result
    assert (job["jobInfo"]["state"], job["jobInfo"]["numberRecordsProcessed"]) == ("JobComplete", 2)
    csv.write_text("Name,Serial__c\nThree,B3\n")
    assert sf.run("data import bulk -s Meter__c -w 2 -f meters.csv").result["processedRecords"] == 1
    found = list(records.query("SELECT Id, Name FROM Meter__c WHERE Serial__c LIKE 'B%' ORDER BY Serial__c"))
    assert [one["Name"] for one in found] == ["One", "Two", "Three"]
    csv.write_text("Id,Name\n" + "".join(f"{one['Id']},Renamed\n" for one in found))
    assert sf.run("data update bulk -s Meter__c -w 2 -f meters.csv").result["successfulRecords"] == 3
    soql = "SELECT Id, Name FROM Meter__c WHERE Serial__c LIKE 'B%'"
    exported = sf.run("data export bulk -w 2 --output-file out.csv --result-format csv", "-q", soql).result
    assert exported["totalSize"] == 3
    assert (sf.project / "out.csv").read_text().count("Renamed") == 3
    csv.write_text("Id\n" + "".join(f"{one['Id']}\n" for one in found))
    sf.run("data delete bulk -s Meter__c -w 2 -f meters.csv")
    assert list(records.query(soql)) == []


@covers("sf", "org assign permset", "org create user")
def test_users_are_made_and_given_permission_sets(sf: Sf, deployed: Any, records: OrgClient) -> None:
    made = sf.run(
        "org create user", "username=second@clients.example.com", "profileName=Standard User", "permsets=Meters",
        "generatepassword=true",
    ).result  # fmt: skip
    assert made["permissionSetAssignments"] == ["Meters"]
    soql = (
        "SELECT PermissionSet.Name FROM PermissionSetAssignment WHERE Assignee.Username = 'second@clients.example.com'"
    )
    assert "Meters" in [one["PermissionSet"]["Name"] for one in records.query(soql)]
    wrong = sf.run("org assign permset --name Nope", code=1).json
    assert "Nope" in json.dumps(wrong)


@covers("sf", "data import tree", "data export tree", "data query")
def test_three_levels_go_out_and_come_in_by_plan_with_columns_as_they_were_written(sf: Sf, records: OrgClient) -> None:
    folder = sf.project / "levels"
    folder.mkdir()
    account = {"attributes": {"type": "Account", "referenceId": "A"}, "Name": "Levels", "AnnualRevenue": 4}
    contact = {"attributes": {"type": "Contact", "referenceId": "C"}, "LastName": "Levels", "AccountId": "@A"}
    case = {
        "attributes": {"type": "Case", "referenceId": "K"},
        "Subject": "Levels",
        "ContactId": "@C",
        "AccountId": "@A",
    }
    tree = {"Account": account, "Contact": contact, "Case": case}
    for name, record in tree.items():
        (folder / f"{name}.json").write_text(json.dumps({"records": [record]}))
    (folder / "plan.json").write_text(json.dumps([{"sobject": name, "files": [f"{name}.json"]} for name in tree]))
    assert len(sf.run("data import tree --plan levels/plan.json").result) == 3
    soql = (
        "SELECT Name, (SELECT LastName, (SELECT Subject FROM Cases) FROM Contacts) FROM Account WHERE Name = 'Levels'"
    )
    exported = sf.run("data export tree --plan --output-dir levels/out", "-q", soql).result
    assert [one["sobject"] for one in exported] == ["Account", "Contact", "Case"]
    plan = next((folder / "out").glob("*-plan.json"))
    sf.run(f"data import tree --plan {plan.relative_to(sf.project)}")
    parents = records.query("SELECT Contact.Account.Name FROM Case WHERE Subject = 'Levels'")
    assert [one["Contact"]["Account"]["Name"] for one in parents] == ["Levels", "Levels"]
    soql = "SELECT Name, Max(AnnualRevenue) FROM Account WHERE Name = 'Levels' GROUP BY Name"
    shown = sf.run("data query", "-q", soql, as_json=False).out
    assert "MAX(ANNUALREVENUE)" in shown and "EXPR0" not in shown
    soql = "SELECT Account.Name, Account.Owner.Username FROM Contact WHERE LastName = 'Levels'"
    csv = sf.run("data query --result-format csv", "-q", soql, as_json=False).out
    assert csv.splitlines()[0] == "Account.Name,Account.Owner.Username"


@covers("sf", "data import bulk", "data import resume", "data bulk results", "data export bulk", "data export resume")
def test_bulk_jobs_are_resumed(sf: Sf) -> None:
    (sf.project / "later.csv").write_text("Name\nLater one\nLater two\n")
    job = sf.run("data import bulk -s Account -f later.csv").result["jobId"]
    assert sf.run(f"data import resume --job-id {job}").result["successfulRecords"] == 2
    results = sf.run(f"data bulk results --job-id {job}").result
    assert (results["status"], results["successfulRecords"]) == ("JobComplete", 2)
    line = "data export bulk --output-file exported.csv --result-format csv"
    export = sf.run(line, "-q", "SELECT Name FROM Account WHERE Name LIKE 'Later%'").result["jobId"]
    assert sf.run(f"data export resume --job-id {export}").result["totalSize"] == 2
    exported = reader((sf.project / "exported.csv").read_text().splitlines())
    assert sorted(exported) == [["Later one"], ["Later two"], ["Name"]]


@covers("sf", "data create file")
def test_files_are_uploaded(sf: Sf, records: OrgClient) -> None:
    (sf.project / "note.txt").write_text("noted")
    made = sf.run("data create file --file note.txt --title Note").result
    (found,) = records.query(f"SELECT Title, FileExtension FROM ContentVersion WHERE Id = '{made['Id']}'")
    assert (found["Title"], found["FileExtension"]) == ("Note", "txt")
