"""What stands around records, conditional requests, and what is not supported."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.localorg.deploying import NAMESPACE, deploy

from .conftest import Site, V, create

Unique = Callable[[], str]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("recent", []),
        ("search/scopeOrder", []),
        ("theme", {"themeItems": []}),
        ("tabs", []),
        ("quickActions", []),
        ("sobjects/Account/quickActions", []),
        (
            "sobjects/Contact/listviews",
            {"done": True, "listviews": [], "nextRecordsUrl": None, "size": 0, "sobjectType": "Contact"},
        ),
        ("appMenu/AppSwitcher", {"appMenuItems": []}),
        ("process/rules", {"rules": {}}),
        ("process/approvals", {"approvals": {}}),
    ],
)
def test_what_nobody_set_up_is_empty(http: httpx.Client, path: str, answer: object) -> None:
    assert http.get(f"{V}/{path}").json() == answer


@pytest.mark.parametrize(
    "path",
    ["chatter/users/me", "tooling/completions?type=apex", "ui-api/object-info/Account", "analytics/reports", "wave",
     "query?explain=00B000000000001"],
)  # fmt: skip
def test_what_is_not_supported_says_so(http: httpx.Client, path: str) -> None:
    answer = http.get(f"{V}/{path}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (501, "NOT_SUPPORTED_BY_EMBEDDED_ORG")


def test_deployed_list_views_and_actions(site: Site) -> None:
    entry = site.runtime.registry.create("views", "scratch")
    view = (
        f"<CustomObject {NAMESPACE}><listViews><fullName>Big</fullName><columns>ACCOUNT.NAME</columns>"
        "<filterScope>Everything</filterScope><label>Big ones</label></listViews></CustomObject>"
    )
    action = (
        f"<QuickAction {NAMESPACE}><label>Log it</label><optionsCreateFeedItem>false</optionsCreateFeedItem>"
        "<targetObject>Task</targetObject><type>LogACall</type></QuickAction>"
    )
    files = {"objects/Account.object": view.encode(), "quickActions/LogIt.quickAction": action.encode()}
    made = deploy(site.runtime.registry.open("views"), files, {"ListView": ["Account.Big"], "QuickAction": ["LogIt"]})
    assert made["success"], made
    with site.client(entry) as client:
        (found,) = client.get(f"{V}/sobjects/Account/listviews").json()["listviews"]
        assert (found["developerName"], found["label"]) == ("Big", "Big ones")
        answers = [client.get(path) for path in (found["url"], found["resultsUrl"], f"{V}/quickActions/LogIt/describe")]
        assert {one.json()[0]["errorCode"] for one in answers} == {"NOT_SUPPORTED_BY_EMBEDDED_ORG"}
        gone = [
            client.get(f"{V}/{path}") for path in ("sobjects/Account/listviews/00B000000000000", "quickActions/Nope")
        ]
        assert [one.status_code for one in gone] == [404, 404]


def test_deployed_tabs_are_listed_and_are_rows(site: Site) -> None:
    entry = site.runtime.registry.create("tabs", "scratch")
    thing = (
        f"<CustomObject {NAMESPACE}><deploymentStatus>Deployed</deploymentStatus><label>Thing</label><pluralLabel>Many things</pluralLabel>"
        "<nameField><label>Name</label><type>Text</type></nameField><sharingModel>ReadWrite</sharingModel></CustomObject>"
    )
    web = f"<CustomTab {NAMESPACE}><label>The docs</label><motif>Custom1: Heart</motif><url>https://docs.example</url></CustomTab>"
    own = f"<CustomTab {NAMESPACE}><customObject>true</customObject><motif>Custom1: Heart</motif></CustomTab>"
    files = {"objects/Thing__c.object": thing, "tabs/Thing__c.tab": own, "tabs/Docs.tab": web}
    members = {"CustomObject": ["Thing__c"], "CustomTab": ["Thing__c", "Docs"]}
    made = deploy(site.runtime.registry.open("tabs"), {path: text.encode() for path, text in files.items()}, members)
    assert made["success"], made
    with site.client(entry) as client:
        listed = {(one["name"], one["label"], one["sobjectName"]) for one in client.get(f"{V}/tabs").json()}
        assert listed == {("Thing__c", "Many things", "Thing__c"), ("Docs", "The docs", None)}
        soql = "SELECT Name, Label, SobjectName FROM TabDefinition WHERE IsCustom = true"
        rows = client.get(f"{V}/query", params={"q": soql}).json()["records"]
        assert {(one["Name"], one["Label"], one["SobjectName"]) for one in rows} == listed


def test_who_takes_only_xml_is_told(http: httpx.Client) -> None:
    answer = http.get(f"{V}/limits", headers={"Accept": "application/xml"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (406, "NOT_SUPPORTED_BY_EMBEDDED_ORG")
    assert http.get(f"{V}/limits", headers={"Accept": "application/xml, application/json;q=0.5"}).status_code == 200


def test_suggestions_and_layouts(http: httpx.Client, unique: Unique) -> None:
    name = unique()
    first, second = create(http, "Account", Name=f"{name} a%"), create(http, "Account", Name=f"{name} b")
    found = http.get(f"{V}/search/suggestions", params={"q": name, "sobject": "Account", "limit": "1"}).json()
    assert ([row["Id"] for row in found["autoSuggestResults"]], found["hasMoreResults"]) == ([first], True)
    both = http.get(f"{V}/search/suggestions", params={"q": name, "sobject": "Account"}).json()
    assert [row["Id"] for row in both["autoSuggestResults"]] == [first, second]
    assert (
        http.get(f"{V}/search/suggestions", params={"q": f"{name} %", "sobject": "Account"}).json()[
            "autoSuggestResults"
        ]
        == []
    )
    assert http.get(f"{V}/search/suggestions", params={"q": name}).status_code == 400
    layout = http.get(f"{V}/sobjects/Account/describe/compactLayouts").json()["compactLayouts"][0]
    assert (layout["name"], layout["fieldItems"][0]["layoutComponents"][0]["value"]) == ("SYSTEM", "Name")
    assert set(http.get(f"{V}/compactLayouts", params={"q": "Account,Contact"}).json()) == {"Account", "Contact"}


def test_records_by_their_last_change(http: httpx.Client, unique: Unique) -> None:
    url = f"{V}/sobjects/Account/{create(http, 'Account', Name=unique())}"
    stamp = http.get(url).headers["Last-Modified"]
    early, late = "Thu, 05 Jul 2001 15:31:30 GMT", "Thu, 05 Jul 2035 15:31:30 GMT"
    assert http.get(url, headers={"If-Modified-Since": stamp}).status_code == 304
    assert http.get(url, headers={"If-Modified-Since": early}).status_code == 200
    assert http.get(url, headers={"If-Modified-Since": "nonsense"}).status_code == 200
    refused = http.patch(url, json={"Name": "x"}, headers={"If-Unmodified-Since": early})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (412, "PRECONDITION_FAILED")
    assert http.delete(url, headers={"If-Unmodified-Since": early}).status_code == 412
    assert http.patch(url, json={"Name": "x"}, headers={"If-Unmodified-Since": late}).status_code == 204


def test_no_rule_runs_and_no_process_takes_a_record(http: httpx.Client) -> None:
    account = create(http, "Account", Name="Unapproved")
    ran = http.post(f"{V}/process/rules", json={"contextIds": [account]})
    assert (ran.status_code, ran.json()) == (200, [{"errors": None, "success": True}])
    asked = [
        {"actionType": "Submit", "contextId": account},
        {"actionType": "Approve", "contextId": "04i000000000001AAA"},
    ]
    refused = http.post(f"{V}/process/approvals", json={"requests": asked})
    codes = [one["errors"][0]["statusCode"] for one in refused.json()]
    assert (refused.status_code, codes) == (400, ["NO_APPLICABLE_PROCESS", "INVALID_CROSS_REFERENCE_KEY"])
    assert http.post(f"{V}/process/approvals", json={"requests": []}).status_code == 400
