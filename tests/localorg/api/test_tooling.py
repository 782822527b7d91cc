"""The Tooling API over HTTP."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.org import Org
from orgwright.localorg.registry import OrgEntry
from tests.localorg.api.conftest import Site
from tests.localorg.deploying import apex, deploy, fields

T = "/services/data/v67.0/tooling"
CLASS = "public class Sum {\n    public static Integer of(Integer a, Integer b) {\n        if (a == null) {\n            return b;\n        }\n        return a + b;\n    }\n}"
TEST = (
    "@IsTest\nprivate class SumTest {\n    @TestSetup\n    static void make() {\n        insert new Account(Name = 'Setup');\n    }\n"
    "    @IsTest\n    static void adds() {\n        System.assertEquals(3, Sum.of(1, 2));\n        System.assertEquals(1, [SELECT COUNT() FROM Account]);\n        delete [SELECT Id FROM Account];\n    }\n"
    "    @IsTest\n    static void fails() {\n        System.assertEquals(1, [SELECT COUNT() FROM Account]);\n        System.assertEquals(4, Sum.of(1, 2));\n    }\n}"
)
FIELD = "<fullName>Tool__c</fullName><externalId>true</externalId><label>Tool</label><length>40</length><type>Text</type><unique>true</unique>"


@pytest.fixture(scope="module")
def tool_entry(site: Site) -> OrgEntry:
    made = site.runtime.registry.create("tooling", "scratch")
    org = site.runtime.registry.open("tooling")
    attach(org)
    files = {**apex("Sum", CLASS), **apex("SumTest", TEST), **fields("Account", FIELD)}
    result = deploy(org, files, {"ApexClass": ["Sum", "SumTest"], "CustomField": ["Account.Tool__c"]})
    assert result["success"], result
    return made


@pytest.fixture
def tool(site: Site, tool_entry: OrgEntry) -> httpx.Client:
    return site.client(tool_entry)


@pytest.fixture
def tool_org(site: Site, tool_entry: OrgEntry) -> Org:
    return site.runtime.registry.open("tooling")


def rows(client: httpx.Client, soql: str) -> list[dict[str, Any]]:
    answer = client.get(f"{T}/query", params={"q": soql})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["records"]
    return found


def test_shape_of_an_answer(tool: httpx.Client) -> None:
    answer = tool.get(
        f"{T}/query", params={"q": "SELECT Id, Name FROM ApexClass WHERE Name LIKE '%test' ORDER BY Name"}
    ).json()
    assert (answer["size"], answer["totalSize"], answer["done"], answer["queryLocator"]) == (1, 1, True, None)
    assert answer["entityTypeName"] == "ApexClass"
    record = answer["records"][0]
    assert record["attributes"] == {"type": "ApexClass", "url": f"{T}/sobjects/ApexClass/{record['Id']}"}
    assert record["Id"].startswith("01p") and len(record["Id"]) == 18


def test_classes_with_body_metadata_and_symbols(tool: httpx.Client) -> None:
    row = rows(
        tool,
        "SELECT Name, Body, ApiVersion, Status, IsValid, FullName, Metadata, SymbolTable FROM ApexClass WHERE Name = 'SumTest'",
    )[0]
    assert (row["Body"], row["ApiVersion"], row["Status"], row["IsValid"]) == (TEST, 67.0, "Active", True)
    assert row["Metadata"]["apiVersion"] == 67.0
    annotations = {m["name"]: m["annotations"][0]["name"] for m in row["SymbolTable"]["methods"]}
    assert annotations == {"adds": "IsTest", "fails": "IsTest", "make": "TestSetup"}


def test_symbols_are_those_of_the_source(tool: httpx.Client) -> None:
    body = (
        "public virtual class Shape extends Base implements Comparable {\n"
        "  private static final Integer A = 1, B;\n  @TestVisible public List<String> names { get; set; }\n"
        "  public Shape(Integer sides) {}\n  public Integer compareTo(Object other) { return 0; }\n  enum Kind { ROUND }\n}"
    )
    ids = []
    for name, text in (("Base", "public virtual class Base {}"), ("Shape", body)):
        made = tool.post(f"{T}/sobjects/ApexClass", json={"Name": name, "Body": text})
        assert made.status_code == 201, made.text
        ids.append(made.json()["id"])
    (row,) = rows(tool, "SELECT SymbolTable FROM ApexClass WHERE Name = 'Shape'")
    found = row["SymbolTable"]
    assert (found["parentClass"], found["interfaces"]) == ("Base", ["Comparable"])
    assert [(one["name"], one["type"]) for one in found["variables"]] == [("A", "Integer"), ("B", "Integer")]
    assert found["variables"][0]["modifiers"] == ["private", "static", "final"]
    (names,) = found["properties"]
    assert (names["type"], names["annotations"]) == ("List<String>", [{"name": "TestVisible"}])
    (constructor,), (method,) = found["constructors"], found["methods"]
    assert constructor["parameters"] == [{"name": "sides", "type": "Integer"}]
    assert (method["returnType"], method["location"]) == ("Integer", {"column": 18, "line": 5})
    assert [one["name"] for one in found["innerClasses"]] == ["Kind"]
    for id in reversed(ids):
        assert tool.delete(f"{T}/sobjects/ApexClass/{id}").status_code == 204


def test_metadata_of_several_rows_is_refused(tool: httpx.Client) -> None:
    answer = tool.get(f"{T}/query", params={"q": "SELECT FullName FROM ApexClass"})
    assert answer.status_code == 400
    assert answer.json()[0]["message"].endswith("no more than one row for retrieval. Result size: 2")


def test_fields_and_entities(tool: httpx.Client) -> None:
    row = rows(
        tool,
        "SELECT DeveloperName, TableEnumOrId, Length, FullName, Metadata FROM CustomField WHERE DeveloperName = 'Tool'",
    )[0]
    assert (row["TableEnumOrId"], row["Length"], row["FullName"]) == ("Account", 40, "Account.Tool__c")
    assert (row["Metadata"]["externalId"], row["Metadata"]["length"], row["Metadata"]["formula"]) == (True, 40, None)
    entity = rows(tool, "SELECT DurableId, KeyPrefix FROM EntityDefinition WHERE QualifiedApiName = 'Account'")[0]
    assert (entity["DurableId"], entity["KeyPrefix"]) == ("Account", "001")
    names = rows(
        tool, "SELECT QualifiedApiName, DataType, EntityDefinition.QualifiedApiName FROM FieldDefinition "
        "WHERE EntityDefinition.QualifiedApiName = 'Account' AND QualifiedApiName = 'Name'"
    )  # fmt: skip
    assert [(n["DataType"], n["EntityDefinition"]["QualifiedApiName"]) for n in names] == [("Text(255)", "Account")]
    of_account = "SELECT EntityDefinition.Label FROM CustomField WHERE EntityDefinition.DeveloperName = 'Account'"
    assert {one["EntityDefinition"]["Label"] for one in rows(tool, of_account)} == {"Account"}
    assert rows(tool, of_account.replace("Account'", "Contact'")) == []


def test_definitions_answer_to_any_query(tool: httpx.Client) -> None:
    """They are no Tooling objects only: REST and Apex ask for them as well."""
    soql = "SELECT QualifiedApiName, InternalSharingModel, ExternalSharingModel FROM EntityDefinition WHERE QualifiedApiName IN ('Account', 'Nope')"
    answer = tool.get(T.replace("/tooling", "/query"), params={"q": soql}).json()
    assert [list(one.values())[1:] for one in answer["records"]] == [["Account", "ReadWrite", "ReadWrite"]]
    apex = (
        "String wanted = 'Account'; "
        "List<FieldDefinition> f = [SELECT DeveloperName, DataType FROM FieldDefinition "
        "WHERE EntityDefinition.QualifiedApiName = :wanted AND QualifiedApiName = 'Name']; "
        "System.assertEquals('Text(255)', f[0].DataType); System.assertEquals(1, f.size());"
    )
    ran = tool.get(f"{T}/executeAnonymous", params={"anonymousBody": apex}).json()
    assert ran["success"], ran


def test_definitions_have_their_fields_particles_and_values(tool: httpx.Client) -> None:
    apex = """
        EntityDefinition account = [SELECT QualifiedApiName, (SELECT QualifiedApiName, DataType FROM Fields WHERE IsNameField = true),
            (SELECT QualifiedApiName FROM Particles WHERE DataType = 'reference' AND QualifiedApiName LIKE 'Parent%')
            FROM EntityDefinition WHERE QualifiedApiName = 'Account'];
        System.assertEquals('Text(255)', ((FieldDefinition) account.getSObjects('Fields')[0]).DataType);
        System.assertEquals('ParentId', account.Particles[0].QualifiedApiName);
        EntityParticle first = [SELECT DurableId, IsComponent, FieldDefinition.QualifiedApiName, EntityDefinition.DurableId,
            (SELECT Value, IsActive FROM PicklistValues WHERE Value = 'Mr.') FROM EntityParticle
            WHERE EntityDefinition.QualifiedApiName = 'Contact' AND QualifiedApiName = 'Salutation'];
        System.assertEquals('Contact.Salutation', first.DurableId);
        System.assertEquals('Contact', first.EntityDefinition.DurableId);
        System.assertEquals(true, first.IsComponent);
        System.assertEquals('Name', first.FieldDefinition.QualifiedApiName);
        System.assertEquals(true, first.PicklistValues[0].IsActive);
        List<FieldDefinition> found = [SELECT QualifiedApiName FROM FieldDefinition WHERE RelationshipName = 'Account'
            AND EntityDefinition.DeveloperName = 'Contact'];
        System.assertEquals('AccountId', found[0].QualifiedApiName);
        System.assertEquals(1, found.size());
        List<EntityDefinition> every = [SELECT QualifiedApiName, (SELECT DeveloperName FROM Fields WHERE IsCalculated = TRUE) FROM EntityDefinition];
        System.assert(every.size() > 100);
    """
    ran = tool.get(f"{T}/executeAnonymous", params={"anonymousBody": apex}).json()
    assert ran["success"], ran


@pytest.mark.parametrize(
    ("soql", "code", "text"),
    [
        ("SELECT DurableId FROM FieldDefinition WHERE QualifiedApiName = 'Name'", "MALFORMED_QUERY",
         "FieldDefinition: a filter on a reified column is required [EntityDefinitionId,DurableId]"),
        ("SELECT DurableId FROM EntityParticle", "MALFORMED_QUERY", "[EntityDefinitionId,FieldDefinitionId,DurableId]"),
        ("SELECT DurableId FROM RelationshipInfo", "NOT_SUPPORTED_BY_EMBEDDED_ORG", "RelationshipInfo"),
        ("SELECT DurableId FROM IconDefinition", "NOT_SUPPORTED_BY_EMBEDDED_ORG", "IconDefinition"),
    ],
)  # fmt: skip
def test_definitions_that_cannot_be_told_are_refused(tool: httpx.Client, soql: str, code: str, text: str) -> None:
    for url in (f"{T}/query", T.replace("/tooling", "/query")):
        (error,) = tool.get(url, params={"q": soql}).json()
        assert error["errorCode"] == code and text in error["message"], url


def test_settings_are_rows_of_one(tool: httpx.Client) -> None:
    row = rows(tool, "SELECT DurableId, IsChatterEnabled, Metadata FROM ChatterSettings")[0]
    assert (row["DurableId"], row["IsChatterEnabled"], row["Metadata"]["enableChatter"]) == ("Chatter", True, True)


def test_a_flow_is_active_in_the_version_that_its_definition_names(tool: httpx.Client) -> None:
    body = {"FullName": "Greet", "Metadata": {"label": "Greet", "processType": "AutoLaunchedFlow", "status": "Active",
            "start": {"locationX": 0, "locationY": 0}}}  # fmt: skip
    assert tool.post(f"{T}/sobjects/Flow", json=body).status_code == 201
    soql = "SELECT Id, DeveloperName, ActiveVersion.VersionNumber, LatestVersionId FROM FlowDefinition"
    (found,) = rows(tool, soql)
    assert (found["DeveloperName"], found["ActiveVersion"]["VersionNumber"]) == ("Greet", 1)
    place = f"{T}/sobjects/FlowDefinition/{found['Id']}"
    for number, status, active in ((0, "Obsolete", None), (1, "Active", found["LatestVersionId"])):
        assert tool.patch(place, json={"Metadata": {"activeVersionNumber": number}}).status_code == 204
        (flow,) = rows(tool, "SELECT Status, Definition.ActiveVersionId FROM Flow")
        assert (flow["Status"], flow["Definition"]["ActiveVersionId"]) == (status, active)
    assert tool.patch(place, json={"Metadata": {"activeVersionNumber": 7}}).status_code == 400
    assert tool.patch(f"{T}/sobjects/FlowDefinition/300000000000000AAA", json={"Metadata": {}}).status_code == 404


def run(tool: httpx.Client, body: Any) -> list[dict[str, Any]]:
    answer = tool.post(f"{T}/runTestsAsynchronous", json=body)
    assert answer.status_code == 200, answer.text
    job = answer.json()
    assert isinstance(job, str) and job.startswith("707")
    soql = f"SELECT Id, Status, ApexClassId, ExtendedStatus FROM ApexTestQueueItem WHERE ParentJobId = '{job}'"
    deadline = time.monotonic() + 60
    while (
        (items := rows(tool, soql)) and items[0]["Status"] in ("Queued", "Processing") and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    assert {i["Status"] for i in items} == {"Completed"}
    return rows(
        tool,
        "SELECT Id, ApexClassId, TestTimestamp, Message, MethodName, Outcome, RunTime, StackTrace, ApexClass.Name, "
        "(SELECT Id, Callouts, AsyncCalls, DmlRows, Email, LimitContext, LimitExceptions, MobilePush, QueryRows, Sosl, Cpu, Dml, Soql "
        f"FROM ApexTestResults) FROM ApexTestResult WHERE AsyncApexJobId = '{job}'",
    )


def test_test_runs_by_every_form_of_request(tool: httpx.Client) -> None:
    class_id = rows(tool, "SELECT Id FROM ApexClass WHERE Name = 'SumTest'")[0]["Id"]
    for body in (
        {"classids": class_id},
        {"classids": class_id[:15], "suiteids": ""},
        {"classNames": "SumTest"},
        {"tests": [{"classId": class_id}]},
        {"tests": [{"className": "SumTest", "testMethods": ["adds", "fails"]}]},
        {"testLevel": "RunLocalTests"},
    ):
        results = run(tool, body)
        assert {r["MethodName"]: r["Outcome"] for r in results} == {"adds": "Pass", "fails": "Fail"}, body
    failed = next(r for r in results if r["Outcome"] == "Fail")
    assert failed["Message"] == "System.AssertException: Assertion Failed: Expected: 4, Actual: 3"
    assert failed["StackTrace"].startswith("Class.SumTest.fails: line 16, column 1")
    assert failed["ApexClass"]["Name"] == "SumTest"
    assert [r["MethodName"] for r in run(tool, {"tests": [{"className": "SumTest", "testMethods": ["adds"]}]})] == [
        "adds"
    ]


def test_a_run_without_tests_is_refused(tool: httpx.Client) -> None:
    answer = tool.post(f"{T}/runTestsAsynchronous", json={"classNames": "Nope"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_INPUT")


def test_coverage_after_a_run(tool: httpx.Client) -> None:
    run(tool, {"classNames": "SumTest"})
    row = rows(tool, "SELECT ApexClassOrTrigger.Name, ApexClassOrTriggerId, NumLinesCovered, NumLinesUncovered, Coverage "
                     "FROM ApexCodeCoverageAggregate ORDER BY ApexClassOrTrigger.Name ASC")  # fmt: skip
    assert [(r["ApexClassOrTrigger"]["Name"], r["NumLinesCovered"], r["NumLinesUncovered"]) for r in row] == [
        ("Sum", 3, 1)
    ]
    assert row[0]["Coverage"] == {"coveredLines": [2, 3, 6], "uncoveredLines": [4]}
    assert rows(tool, "SELECT PercentCovered FROM ApexOrgWideCoverage")[0]["PercentCovered"] == 75
    each = rows(
        tool, "SELECT TestMethodName, NumLinesCovered, ApexTestClass.Name FROM ApexCodeCoverage ORDER BY TestMethodName"
    )
    assert [(r["TestMethodName"], r["NumLinesCovered"], r["ApexTestClass"]["Name"]) for r in each] == [
        ("adds", 3, "SumTest"), ("fails", 3, "SumTest"),
    ]  # fmt: skip


def test_tests_leave_no_data(tool: httpx.Client) -> None:
    run(tool, {"classNames": "SumTest"})
    assert tool.get("/services/data/v67.0/query", params={"q": "SELECT COUNT() FROM Account"}).json()["totalSize"] == 0


def test_synchronous_run(tool: httpx.Client) -> None:
    answer = tool.post(f"{T}/runTestsSynchronous", json={"tests": [{"className": "SumTest"}]}).json()
    assert (answer["numTestsRun"], answer["numFailures"]) == (2, 1)
    assert answer["failures"][0]["methodName"] == "fails"
    assert [(c["name"], c["numLocations"], c["numLocationsNotCovered"]) for c in answer["codeCoverage"]] == [
        ("Sum", 4, 1)
    ]


def test_anonymous_apex(tool: httpx.Client) -> None:
    def execute(source: str) -> dict[str, Any]:
        found: dict[str, Any] = tool.get(f"{T}/executeAnonymous", params={"anonymousBody": source}).json()
        return found

    fine = execute("System.assertEquals(3, Sum.of(1, 2));")
    assert fine == {
        "line": -1, "column": -1, "compiled": True, "success": True, "compileProblem": None,
        "exceptionStackTrace": None, "exceptionMessage": None,
    }  # fmt: skip
    broken = execute("Integer i = 1;\nString s = nope;")
    assert (broken["compiled"], broken["success"], broken["line"], broken["column"]) == (False, False, 2, 12)
    assert broken["compileProblem"] == "Variable does not exist: nope"
    thrown = execute("Integer i = 1;\nObject o = null;\no.toString();")
    assert (thrown["compiled"], thrown["success"], thrown["line"]) == (True, False, 3)
    assert thrown["exceptionMessage"].startswith("System.NullPointerException: Attempt to de-reference a null object")


def test_a_failed_block_leaves_nothing(tool: httpx.Client) -> None:
    tool.get(
        f"{T}/executeAnonymous", params={"anonymousBody": "insert new Account(Name = 'Ghost');\nInteger i = 1 / 0;"}
    )
    assert tool.get("/services/data/v67.0/query", params={"q": "SELECT COUNT() FROM Account"}).json()["totalSize"] == 0


def test_single_components(tool: httpx.Client) -> None:
    made = tool.post(f"{T}/sobjects/ApexClass", json={"Name": "Made", "Body": "public class Made {}"})
    assert made.status_code == 201, made.text
    id = made.json()["id"]
    assert (
        tool.patch(f"{T}/sobjects/ApexClass/{id}", json={"Body": "public class Made { Integer i; }"}).status_code == 204
    )
    assert tool.get(f"{T}/sobjects/ApexClass/{id}").json()["Body"] == "public class Made { Integer i; }"
    wrong = tool.patch(f"{T}/sobjects/ApexClass/{id}", json={"Body": "public class Made { Nope n; }"})
    assert (wrong.status_code, wrong.json()[0]["message"]) == (400, "Invalid type: Nope")
    assert tool.delete(f"{T}/sobjects/ApexClass/{id}").status_code == 204
    assert tool.get(f"{T}/sobjects/ApexClass/{id}").status_code == 404
    field = {
        "FullName": "Account.Later__c",
        "Metadata": {"label": "Later", "type": "Text", "length": 20, "required": False},
    }
    created = tool.post(f"{T}/sobjects/CustomField", json=field)
    assert created.status_code == 201, created.text
    assert tool.get(f"{T}/sobjects/CustomField/{created.json()['id']}").json()["Metadata"]["length"] == 20


def test_describes_say_what_can_be_written(tool: httpx.Client) -> None:
    found = tool.get(f"{T}/sobjects/ApexClass/describe").json()
    assert (found["label"], found["labelPlural"]) == ("Apex Class", "Apex Classes")
    assert all(found[flag] for flag in ("createable", "updateable", "deletable"))
    written = {one["name"] for one in found["fields"] if one["createable"]}
    assert written == {"Name", "Body", "ApiVersion"}
    read_only = tool.get(f"{T}/sobjects/ApexOrgWideCoverage/describe").json()
    assert not any(read_only[flag] for flag in ("createable", "updateable", "deletable"))


def test_production_tracks_no_source(site: Site) -> None:
    client = site.client(site.runtime.registry.create("untracked", "production"))
    assert client.get(f"{T}/sobjects/SourceMember/describe").status_code == 404
    answer = client.get(f"{T}/query", params={"q": "SELECT Id FROM SourceMember"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_TYPE")


def test_scratch_orgs_track_their_source(site: Site) -> None:
    client = site.client(site.runtime.registry.create("tracked", "scratch"))
    org = site.runtime.registry.open("tracked")
    soql = (
        "SELECT MemberType, MemberName, MemberIdOrName, RevisionCounter, IsNameObsolete, IsNewMember FROM SourceMember"
    )

    def members() -> list[tuple[Any, ...]]:
        names = ("MemberType", "MemberName", "RevisionCounter", "IsNameObsolete", "IsNewMember")
        return [tuple(row[name] for name in names) for row in rows(client, soql)]

    package = {"ApexClass": ["Sum"], "CustomField": ["Account.Tool__c"]}
    assert deploy(org, {**apex("Sum", CLASS), **fields("Account", FIELD)}, package)["success"]
    assert members() == [("CustomField", "Account.Tool__c", 1, False, True), ("ApexClass", "Sum", 2, False, True)]
    assert deploy(org, apex("Sum", CLASS), {"ApexClass": ["Sum"]})["success"]
    assert members()[1][2] == 2, "what did not change has no new revision"
    field = rows(client, "SELECT Id, FullName FROM CustomField WHERE DeveloperName = 'Tool' LIMIT 1")[0]
    assert client.delete(f"{T}/sobjects/CustomField/{field['Id']}").status_code == 204
    assert members() == [("ApexClass", "Sum", 2, False, True), ("CustomField", "Account.Tool__c", 3, True, False)]
    changed = rows(client, "SELECT MemberName FROM SourceMember WHERE RevisionCounter > 2")
    assert [row["MemberName"] for row in changed] == ["Account.Tool__c"]


def test_deploys_are_on_record(tool: httpx.Client) -> None:
    found = rows(
        tool, "SELECT Id, Status, CheckOnly, NumberComponentsDeployed FROM DeployRequest WHERE Status = 'Succeeded'"
    )
    assert found and found[0]["Id"].startswith("0Af") and found[0]["CheckOnly"] is False
