"""Apex REST and invocable actions: classes of the org, called over HTTP."""

from __future__ import annotations

import httpx
import pytest

from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.registry import OrgEntry
from tests.localorg.api.conftest import Site, V, query
from tests.localorg.api.test_bulk2 import start
from tests.localorg.deploying import apex, deploy
from tests.localorg.flows.building import bring, document, element, on, value
from tests.localorg.flows.test_from_apex import FAILS, GREETS

R = "/services/apexrest"
ACCOUNTS = """
@RestResource(urlMapping='/accounts/*')
global with sharing class AccountsApi {
    global class Line { public String sku; public Integer count; public Boolean gift; }
    global class Order { public String name; public List<Line> lines; public String missing; }
    public class AppException extends Exception {}
    @HttpGet global static Account read() {
        RestRequest req = RestContext.request;
        String id = req.requestURI.substring(req.requestURI.lastIndexOf('/') + 1);
        RestContext.response.addHeader('X-Path', req.resourcePath + '|' + req.requestURI + '|' + req.httpMethod);
        return [SELECT Id, Name FROM Account WHERE Id = :id];
    }
    @HttpPost global static String make(String name, Account extra, Order bill) {
        extra.Name = name;
        insert extra;
        return extra.Name + ':' + (bill == null ? 0 : bill.lines[0].count) + ':' + RestContext.request.requestBody;
    }
    @HttpPut global static Order echo(Order bill) { return bill; }
    @HttpPatch global static void rename() {
        Map<String, Object> body = (Map<String, Object>) JSON.deserializeUntyped(RestContext.request.requestBody.toString());
        update new Account(Id = (String) body.get('id'), Name = (String) body.get('name'));
    }
    @HttpDelete global static void fail() {
        insert new Account(Name = 'Never kept');
        if (RestContext.request.params.get('own') == 'yes') { throw new AppException('Own trouble'); }
        String nothing;
        nothing.length();
    }
}
"""
FILES = """
@RestResource(urlMapping='/files/*/raw')
global class FilesApi {
    @HttpGet global static void read() {
        RestContext.response.statusCode = Integer.valueOf(RestContext.request.params.get('code'));
        RestContext.response.addHeader('Content-Type', 'text/csv');
        RestContext.response.responseBody = Blob.valueOf('a,b\\n' + RestContext.request.headers.get('x-mine'));
    }
}
"""
ANY = "@RestResource(urlMapping='/*') global class AnyApi { @HttpGet global static List<Integer> read() { return new List<Integer>{1, null}; } }"
EXACT = "@RestResource(urlMapping='/accounts/summary') global class SummaryApi { @HttpGet global static Map<String, Object> read() { return new Map<String, Object>{'n' => 1.5, 'none' => null}; } }"
ACTION = """
public class Discount {
    public class Input {
        @InvocableVariable(label='Account' description='Whose' required=true) public Account owner;
        @InvocableVariable public Decimal amount = 10;
        @InvocableVariable public List<String> tags;
        public String hidden;
    }
    public class Output { @InvocableVariable public Decimal price; @InvocableVariable public Account owner; public String secret = 'x'; }
    @InvocableMethod(label='Work out' description='A price' category='Sales')
    public static List<Output> work(List<Input> inputs) {
        List<Output> found = new List<Output>();
        for (Input one : inputs) {
            if (one.amount < 0) { throw new IllegalArgumentException('Below zero'); }
            if (one.amount == 0) { continue; }
            insert one.owner;
            Output result = new Output();
            result.price = one.amount * 2;
            result.owner = one.owner;
            found.add(result);
        }
        return found;
    }
}
"""
NAMES = "public class Names { @InvocableMethod public static List<String> names(List<Id> ids) { List<String> f = new List<String>(); for (Id i : ids) { f.add(i == null ? 'none' : String.valueOf(i.getSobjectType())); } return f; } }"


@pytest.fixture(scope="module")
def api_entry(site: Site) -> OrgEntry:
    made = site.runtime.registry.create("apexrest", "scratch")
    org = site.runtime.registry.open("apexrest")
    attach(org)
    classes = {"AccountsApi": ACCOUNTS, "FilesApi": FILES, "AnyApi": ANY, "SummaryApi": EXACT, "Discount": ACTION}
    classes["Names"] = NAMES
    files = {path: data for name, body in classes.items() for path, data in apex(name, body).items()}
    result = deploy(org, files, {"ApexClass": list(classes)})
    assert result["success"], result
    bring(org, Greets=document(GREETS), Fails=document(FAILS))
    return made


@pytest.fixture(scope="module")
def api(site: Site, api_entry: OrgEntry) -> httpx.Client:
    return site.client(api_entry)


def error(answer: httpx.Response, status: int) -> tuple[str, str]:
    assert answer.status_code == status, answer.text
    (one,) = answer.json()
    return one["errorCode"], one["message"]


def test_parameters_come_from_json(api: httpx.Client) -> None:
    body = {"name": "Rest", "extra": {"Phone": "12"}, "bill": {"lines": [{"sku": "a", "count": 3}], "other": 1}}
    answer = api.post(f"{R}/accounts/", json=body)
    assert (answer.status_code, answer.json()) == (200, "Rest:3:null"), answer.text
    (row,) = query(api, "SELECT Id, Phone FROM Account WHERE Name = 'Rest'")
    found = api.get(f"{R}/accounts/{row['Id']}?x=1")
    assert found.json() == {
        "attributes": {"type": "Account", "url": row["attributes"]["url"]},
        "Id": row["Id"],
        "Name": "Rest",
    }
    assert found.headers["X-Path"] == f"/services/apexrest/accounts/*|/accounts/{row['Id']}|GET"
    assert "api-usage" in found.headers["Sforce-Limit-Info"]


def test_values_without_content_are_left_out_of_an_answer(api: httpx.Client) -> None:
    bill = {"name": "n", "lines": [{"sku": "a", "count": 3, "gift": True}]}
    assert api.put(f"{R}/accounts", json={"bill": bill}).json() == bill


def test_xml_both_ways(api: httpx.Client) -> None:
    text = "<request><bill><name>a &amp; b</name><lines><sku>x</sku><count>2</count><gift>true</gift></lines></bill></request>"
    headers = {"Content-Type": "application/xml", "Accept": "application/xml"}
    answer = api.put(f"{R}/accounts", content=text, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/xml")
    assert (
        "<name>a &amp; b</name><lines><sku>x</sku><count>2</count><gift>true</gift></lines></response>" in answer.text
    )
    refused = api.get(f"{R}/accounts/summary", headers={"Accept": "application/xml"})
    assert refused.status_code == 406 and "<errorCode>NOT_ACCEPTABLE</errorCode>" in refused.text


def test_a_body_that_does_not_fit(api: httpx.Client) -> None:
    code, text = error(api.put(f"{R}/accounts", json={"bil": {}}), 400)
    assert code == "JSON_PARSER_ERROR" and text.startswith(
        "Unexpected parameter encountered during deserialization: bil"
    )
    assert error(api.put(f"{R}/accounts"), 400)[1].startswith("The HTTP entity body is required")
    assert error(api.put(f"{R}/accounts", content="{"), 400)[0] == "JSON_PARSER_ERROR"
    wrong = api.put(f"{R}/accounts", content="a=b", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert error(wrong, 415)[0] == "UNSUPPORTED_MEDIA_TYPE"
    text = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><request><bill>&e;</bill></request>'
    outside = api.put(f"{R}/accounts", content=text, headers={"Content-Type": "application/xml"})
    assert error(outside, 400)[0] == "XML_PARSER_ERROR"


def test_a_void_method_and_its_body(api: httpx.Client) -> None:
    made = api.post("/services/data/v67.0/sobjects/Account", json={"Name": "Rest 1"}).json()
    answer = api.patch(f"{R}/accounts", json={"id": made["id"], "name": "Rest 2"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(query(api, "SELECT Id FROM Account WHERE Name = 'Rest 2'")) == 1


def test_exceptions_undo_and_are_told_with_their_place(api: httpx.Client) -> None:
    code, text = error(api.delete(f"{R}/accounts"), 500)
    assert code == "APEX_ERROR"
    assert text == (
        "System.NullPointerException: Attempt to de-reference a null object\n\n"
        "Class.AccountsApi.fail: line 27, column 1"
    )
    text = error(api.delete(f"{R}/accounts?own=yes"), 500)[1]
    assert text.startswith("AccountsApi.AppException: Own trouble\n\nClass.AccountsApi.fail: line 25")
    missing = error(api.get(f"{R}/accounts/001000000000000AAA"), 500)[1]
    assert missing.startswith("System.QueryException: List has no rows for assignment to SObject")
    assert query(api, "SELECT Id FROM Account WHERE Name = 'Never kept'") == []


def test_apex_makes_the_answer(api: httpx.Client) -> None:
    answer = api.get(f"{R}/files/one/two/raw?code=201", headers={"X-Mine": "me"})
    assert (answer.status_code, answer.text.partition("\n")[0]) == (201, "a,b")
    assert answer.headers["content-type"] == "text/csv"
    assert error(api.get(f"{R}/files/one/raw?code=299"), 500)[1] == "Invalid status code for HTTP response: 299"


def test_the_mapping_that_fits_best(api: httpx.Client) -> None:
    assert api.get(f"{R}/accounts/summary").json() == {"n": 1.5, "none": None}
    assert api.get(f"{R}/else/where").json() == [1, None]
    assert api.get(f"{R}/Accounts/summary").json() == [1, None]  # case counts
    code, text = error(api.post(f"{R}/else/where", json={}), 405)
    assert (code, text) == ("METHOD_NOT_ALLOWED", "HTTP Method 'POST' not allowed. Allowed are GET")


def test_without_a_class(http: httpx.Client) -> None:
    assert error(http.get(f"{R}/x"), 404) == ("NOT_FOUND", "Could not find a match for URL")
    bare = httpx.get(str(http.base_url) + f"{R}/x")
    assert error(bare, 401)[0] == "INVALID_SESSION_ID"


def test_who_has_no_access_to_the_class_is_refused(site: Site, api_entry: OrgEntry, api: httpx.Client) -> None:
    org = site.runtime.registry.open("apexrest")
    (profile,) = query(api, "SELECT Id FROM Profile WHERE Name = 'Standard User'")
    user = {
        "LastName": "Low", "Username": "low@apexrest.example", "Email": "low@example.com", "Alias": "low",
        "ProfileId": profile["Id"], "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "EmailEncodingKey": "UTF-8",
        "LanguageLocaleKey": "en_US",
    }  # fmt: skip
    made = api.post(f"{V}/sobjects/User", json=user)
    assert made.status_code == 201, made.text
    from orgwright.localorg.sessions import Grant

    low = site.runtime.sessions.issue(
        api_entry, Grant("access", made.json()["id"], "x", "full", site.runtime.clock().timestamp())
    )
    headers = {"Authorization": f"Bearer {low}"}
    text = "You do not have access to the Apex class named: AnyApi"
    assert error(api.get(f"{R}/else", headers=headers), 403) == ("FORBIDDEN", text)
    assert api.get(f"{V}/actions/custom/apex", headers=headers).json() == {"actions": []}
    meta = (
        '<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata"><classAccesses><apexClass>AnyApi</apexClass>'
        "<enabled>true</enabled></classAccesses><label>Any</label></PermissionSet>"
    )
    assert deploy(org, {"permissionsets/Any.permissionset": meta.encode()}, {"PermissionSet": ["Any"]})["success"]
    (found,) = query(api, "SELECT Id FROM PermissionSet WHERE Name = 'Any'")
    given = {"AssigneeId": made.json()["id"], "PermissionSetId": found["Id"]}
    assert api.post(f"{V}/sobjects/PermissionSetAssignment", json=given).status_code == 201
    assert api.get(f"{R}/else", headers=headers).json() == [1, None]


# --- invocable actions ---


def test_actions_are_listed_and_described(api: httpx.Client) -> None:
    assert api.get(f"{V}/actions").json()["custom"] == f"{V}/actions/custom"
    assert api.get(f"{V}/actions/standard").json() == {"actions": []}
    listed = api.get(f"{V}/actions/custom/apex").json()["actions"]
    assert [(a["name"], a["label"], a["type"]) for a in listed] == [
        ("Discount", "Work out", "APEX"),
        ("Names", "names", "APEX"),
    ]
    shown = api.get(f"{V}/actions/custom/apex/Discount").json()
    assert (shown["label"], shown["description"], shown["actionCategory"]) == ("Work out", "A price", "Sales")
    inputs = {
        one["name"]: (one["type"], one["required"], one["maxOccurs"], one["sobjectType"]) for one in shown["inputs"]
    }
    assert inputs == {
        "owner": ("SOBJECT", True, 1, "Account"),
        "amount": ("DOUBLE", False, 1, None),
        "tags": ("STRING", False, 2000, None),
    }
    assert [one["name"] for one in shown["outputs"]] == ["price", "owner"]


def test_an_action_runs_once_for_all_inputs(api: httpx.Client) -> None:
    owner = {"attributes": {"type": "Account"}, "Name": "Act"}
    answer = api.post(
        f"{V}/actions/custom/apex/Discount", json={"inputs": [{"owner": owner, "amount": 4}, {"owner": owner}]}
    )
    assert answer.status_code == 200, answer.text
    first, second = answer.json()
    assert (first["isSuccess"], first["actionName"], first["outputValues"]["price"]) == (True, "Discount", 8)
    assert second["outputValues"]["price"] == 20  # the class's own default
    assert set(first["outputValues"]) == {"price", "owner"}
    assert len(query(api, "SELECT Id FROM Account WHERE Name = 'Act'")) == 2
    names = api.post(f"{V}/actions/custom/apex/Names", json={"inputs": [{"ids": first["outputValues"]["owner"]["Id"]}]})
    assert [one["outputValues"] for one in names.json()] == [{"output": "Account"}]


def test_an_action_that_fails_keeps_nothing(api: httpx.Client) -> None:
    owner = {"Name": "Act failed"}
    url = f"{V}/actions/custom/apex/Discount"
    answer = api.post(url, json={"inputs": [{"owner": owner}, {"owner": owner, "amount": -1}]})
    assert answer.status_code == 400
    errors = [one["errors"][0] for one in answer.json()]
    assert [one["statusCode"] for one in errors] == ["INVALID_APEX_ACTION_EXCEPTION"] * 2
    assert "System.IllegalArgumentException: Below zero" in errors[0]["message"]
    assert query(api, "SELECT Id FROM Account WHERE Name = 'Act failed'") == []
    fewer = api.post(url, json={"inputs": [{"owner": owner, "amount": 0}]})
    assert fewer.status_code == 400 and "number of results" in fewer.json()[0]["errors"][0]["message"]
    missing = api.post(url, json={"inputs": [{"amount": 1}]}).json()[0]["errors"][0]
    assert missing["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert error(api.post(f"{V}/actions/custom/apex/Nothing", json={"inputs": []}), 404)[0] == "NOT_FOUND"


def test_what_does_not_run_says_so(api: httpx.Client) -> None:
    assert error(api.post(f"{V}/actions/standard/emailSimple", json={}), 501)[0] == "NOT_SUPPORTED_BY_EMBEDDED_ORG"
    assert error(api.post(f"{V}/actions/custom/flow/Nothing", json={}), 404)[0] == "NOT_FOUND"


def test_flows_are_actions(api: httpx.Client) -> None:
    assert [one["name"] for one in api.get(f"{V}/actions/custom/flow").json()["actions"]] == ["Fails", "Greets"]
    shown = api.get(f"{V}/actions/custom/flow/Greets").json()
    assert [(one["name"], one["type"], one["sobjectType"]) for one in shown["inputs"]] == [
        ("who", "SOBJECT", "Account"),
        ("number", "NUMBER", None),
    ]
    assert {"greeting", "parts", "Flow__InterviewStatus"} <= {one["name"] for one in shown["outputs"]}
    url = f"{V}/actions/custom/flow/Greets"
    answer = api.post(
        url, json={"inputs": [{"who": {"Name": "Ada"}, "number": 2.5}, {"who": {"Name": "Bob"}, "number": 1}]}
    )
    assert answer.status_code == 200, answer.text
    first, second = (one["outputValues"] for one in answer.json())
    assert (first["greeting"], first["parts"], first["twice"]) == ("Hello Ada", ["a", "b"], 5)
    assert second["who"] == {"attributes": {"type": "Account"}, "Name": "Bob", "Site": "seen"}
    assert second["Flow__InterviewStatus"] == "Finished"
    failed = api.post(f"{V}/actions/custom/flow/Fails", json={"inputs": [{}]})
    assert failed.status_code == 400 and "REQUIRED_FIELD_MISSING" in failed.json()[0]["errors"][0]["message"]
    unknown = api.post(url, json={"inputs": [{"nobody": 1}]})
    assert error(unknown, 400) == ("INVALID_API_INPUT", "Unknown input parameter: nobody")


def test_flows_that_a_load_starts_have_limits_for_each_chunk(site: Site, api: httpx.Client) -> None:
    body = """public class Asks { @InvocableMethod public static void ask(List<String> names) {
        for (Integer i = 0; i < 60; i++) { Integer n = [SELECT COUNT() FROM Lead]; }
    } }"""
    org = site.runtime.registry.open("apexrest")
    assert deploy(org, apex("Asks", body), {"ApexClass": ["Asks"]})["success"]
    given = f"<inputParameters><name>names</name>{value('=$Record.Name')}</inputParameters>"
    action = element("actionCalls", "Ask", f"<actionName>Asks</actionName><actionType>apex</actionType>{given}")
    bring(org, Loads=document(on("Ask", "Campaign", "RecordAfterSave", "Create") + action))
    data = "Name\n" + "".join(f"c{n}\n" for n in range(201))
    job = start(api, "insert", "Campaign", data.encode())
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (201, 0)
