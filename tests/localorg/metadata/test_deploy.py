"""Deploys from zip to org."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest

from orgwright.apex.host import Record
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.metadata import deploys, gates
from orgwright.localorg.metadata.model import DeployOptions, TestLevel
from orgwright.localorg.org import Org
from orgwright.metadata import zip as archive
from tests.localorg.deploying import NAMESPACE, NOW, apex, deploy, failures, fields, flags, make_org, manifest

TEXT = "<fullName>Ext__c</fullName><externalId>true</externalId><label>Ext</label><length>{}</length><type>Text</type><unique>true</unique>"
NOTE = "<fullName>Note__c</fullName><label>Note</label><length>300</length><type>LongTextArea</type><visibleLines>3</visibleLines>"
EVENT = f"""<CustomObject {NAMESPACE}>
    <deploymentStatus>Deployed</deploymentStatus>
    <eventType>HighVolume</eventType>
    <fields>
        <fullName>Text__c</fullName>
        <label>Text</label>
        <length>64</length>
        <type>Text</type>
    </fields>
    <label>Thing Event</label>
    <pluralLabel>Thing Events</pluralLabel>
    <publishBehavior>PublishImmediately</publishBehavior>
</CustomObject>""".encode()
OBJECT = f"""<CustomObject {NAMESPACE}>
    <deploymentStatus>Deployed</deploymentStatus>
    <label>Thing</label>
    <nameField><label>Thing Name</label><type>Text</type></nameField>
    <pluralLabel>Things</pluralLabel>
    <sharingModel>ReadWrite</sharingModel>
</CustomObject>""".encode()


@pytest.fixture
def org() -> Org:
    return make_org()


def ext(org: Org, length: int = 64, **options: Any) -> dict[str, Any]:
    return deploy(org, fields("Account", TEXT.format(length)), {"CustomField": ["Account.Ext__c"]}, **options)


def test_created_changed_unchanged(org: Org) -> None:
    first = ext(org)
    assert (first["status"], first["success"], first["done"]) == ("Succeeded", True, True)
    assert (first["numberComponentsTotal"], first["numberComponentsDeployed"]) == (1, 1)
    assert flags(first) == {"CustomField:Account.Ext__c": "created"}
    assert flags(ext(org)) == {"CustomField:Account.Ext__c": "unchanged"}
    assert flags(ext(org, 80)) == {"CustomField:Account.Ext__c": "changed"}
    field = org.schema.sobject("Account").field("ext__c")  # type: ignore[union-attr]
    assert field is not None and (field.length, field.unique, field.external_id) == (80, True, True)


def test_a_validation_changes_nothing(org: Org) -> None:
    result = ext(org, check_only=True)
    assert (result["status"], result["checkOnly"]) == ("Succeeded", True)
    assert org.schema.sobject("Account").field("Ext__c") is None  # type: ignore[union-attr]
    assert flags(ext(org)) == {"CustomField:Account.Ext__c": "created"}


def test_a_failure_rolls_everything_back(org: Org) -> None:
    wrong = "<fullName>Bad__c</fullName>\n        <label>Bad</label>\n        <type>Text</type>"
    files = fields("Account", TEXT.format(5), wrong)
    result = deploy(org, files, {"CustomField": ["Account.Ext__c", "Account.Bad__c"]})
    assert (result["status"], result["numberComponentErrors"], result["numberComponentsDeployed"]) == ("Failed", 1, 1)
    failure = result["details"]["componentFailures"][0]
    assert failure["problem"] == "Must specify 'length' for a CustomField of type Text (5:13)"
    assert (failure["lineNumber"], failure["columnNumber"], failure["problemType"]) == (5, 13, "Error")
    assert (failure["fileName"], failure["created"], failure["changed"], failure["deleted"]) == (
        "objects/Account.object", False, False, False,
    )  # fmt: skip
    assert org.schema.sobject("Account").field("Ext__c") is None  # type: ignore[union-attr]


def test_partial_success_without_rollback(org: Org) -> None:
    wrong = "<fullName>Bad__c</fullName><label>Bad</label><type>Text</type>"
    members = {"CustomField": ["Account.Ext__c", "Account.Bad__c"], "ApexClass": ["Good", "Broken"]}
    files = {
        **fields("Account", TEXT.format(5), wrong),
        **apex("Good", "public class Good {}"),
        **apex("Broken", "public class Broken { Nope x; }"),
    }
    result = deploy(org, files, members, rollback_on_error=False)
    assert result["status"] == "SucceededPartial"
    assert sorted(name for _, name, _ in failures(result)) == ["Account.Bad__c", "Broken"]
    assert org.schema.sobject("Account").field("Ext__c") is not None  # type: ignore[union-attr]
    assert (
        flags(deploy(org, files, {"ApexClass": ["Good"]}, rollback_on_error=False, ignore_warnings=True))[
            "ApexClass:Good"
        ]
        == "unchanged"
    )
    assert [r.fields["Name"] for r in _rows(org, "SELECT Name FROM ApexClass")] == ["Good"]


def test_platform_events_objects_and_settings(org: Org) -> None:
    assert org.schema.sobject("Order") is None
    files = {
        "objects/Thing__e.object": EVENT,
        "objects/Thing__c.object": OBJECT,
        "settings/Order.settings": f"<OrderSettings {NAMESPACE}><enableOrders>true</enableOrders></OrderSettings>".encode(),
        "settings/Account.settings": f"<AccountSettings {NAMESPACE}><enableRelateContactToMultipleAccounts>true"
        "</enableRelateContactToMultipleAccounts></AccountSettings>".encode(),
    }
    result = deploy(org, files, {"CustomObject": ["Thing__e", "Thing__c"], "Settings": ["Order", "Account"]})
    assert failures(result) == []
    event = org.schema.sobject("Thing__e")
    assert event is not None and (event.kind, event.publish_behavior) == ("event", "PublishImmediately")
    assert org.schema.sobject("Order") is not None and org.schema.sobject("AccountContactRelation") is not None
    # Settings always exist: they are changed, never created.
    assert flags(result)["Settings:Order"] == "changed"
    assert flags(result)["CustomField:Thing__e.Text__c"] == "created"


def test_the_three_switches_of_an_object_go_together_where_they_are_given(org: Org) -> None:
    def told(*switches: str) -> list[tuple[str, str]]:
        text = OBJECT.replace(b"<label>Thing<", "".join(switches).encode() + b"<label>Thing<")
        return failures(deploy(org, {"objects/Thing__c.object": text}, {"CustomObject": ["Thing__c"]}))

    bulk, not_shared = "<enableBulkApi>true</enableBulkApi>", "<enableSharing>false</enableSharing>"
    assert told(bulk) == []
    assert "must be all true or all false" in str(told(bulk, not_shared))


@pytest.mark.parametrize(
    ("files", "members", "problem"),
    [
        (fields("Quote", TEXT.format(5)), {"CustomField": ["Quote.Ext__c"]},
         "Entity Enumeration Or ID: bad value for restricted picklist field: Quote"),
        (fields("Account", "<fullName>Nope</fullName>"), {"CustomField": ["Account.Nope"]},
         "Could not resolve standard field's name. (2:13)"),
        ({"objects/X__c.object": f"<CustomObject {NAMESPACE}/>".encode()}, {"CustomObject": ["X__c"]},
         "Must specify a non-empty label for the CustomObject"),
        ({"objects/Individual2.object": f"<CustomObject {NAMESPACE}/>".encode()}, {"CustomObject": ["Individual2"]},
         "Invalid fullName, must end in a custom suffix ( for ex. __c )"),
        ({"objects/X__e.object": EVENT.replace(b"HighVolume", b"StandardVolume")}, {"CustomObject": ["X__e"]}, "standard-volume"),
        (fields("Account", "<fullName>L__c</fullName><label>L</label><referenceTo>Nope__c</referenceTo>"
                "<relationshipName>Ls</relationshipName><type>Lookup</type>"), {"CustomField": ["Account.L__c"]},
         "referenceTo value of 'Nope__c' does not resolve to a valid sObject type"),
        ({"connectedApps/A.connectedApp": f"<ConnectedApp {NAMESPACE}><contactEmail>a@b.co</contactEmail><label>A</label>"
          "</ConnectedApp>".encode()}, {"ConnectedApp": ["A"]}, "You can't create a connected app"),
        ({"remoteSiteSettings/R.remoteSite": f"<RemoteSiteSetting {NAMESPACE}><disableProtocolSecurity>false"
          "</disableProtocolSecurity><isActive>true</isActive><url>http://x.example</url></RemoteSiteSetting>".encode()},
         {"RemoteSiteSetting": ["R"]}, "Remote Site URL"),
        ({}, {"ApexClass": ["Gone"]},
         "An object 'Gone' of type ApexClass was named in package.xml, but was not found in zipped directory"),
        (apex("A", "class A {}", version="99.0"), {"ApexClass": ["A"]}, "Error: The A apiVersion can't be \"99.0\""),
    ],
)  # fmt: skip
def test_refusals(org: Org, files: dict[str, bytes], members: dict[str, list[str]], problem: str) -> None:
    result = deploy(org, files, members, ignore_warnings=True)
    assert result["status"] == "Failed"
    assert any(problem in text for _, _, text in failures(result)), failures(result)


def test_warnings_fail_unless_they_are_ignored(org: Org) -> None:
    files = {**fields("Account", TEXT.format(5), NOTE)}
    strict = deploy(org, files, {"CustomField": ["Account.Ext__c"]})
    assert failures(strict) == [("", "Account.Note__c", "Not in package.xml")]
    lenient = deploy(org, files, {"CustomField": ["Account.Ext__c"]}, ignore_warnings=True)
    warning = next(m for m in lenient["details"]["componentSuccesses"] if m["problem"])
    assert (lenient["status"], warning["problemType"], warning["success"]) == ("Succeeded", "Warning", True)
    assert org.schema.sobject("Account").field("Note__c") is None  # type: ignore[union-attr]


def test_data_protects_fields(org: Org) -> None:
    ext(org)
    with org.transaction() as tx:
        made = tx.save(SaveRequest("insert", [Record("Account", {"Name": "A", "Ext__c": "x" * 40})], access="system"))
        assert made[0].success
    shorter = ext(org, 20)
    assert shorter["status"] == "Failed" and "existing data" in failures(shorter)[0][2]
    number = "<fullName>Ext__c</fullName><label>Ext</label><precision>5</precision><scale>0</scale><type>Number</type>"
    changed = deploy(org, fields("Account", number), {"CustomField": ["Account.Ext__c"]})
    assert failures(changed)[0][2] == "Cannot change type due to existing data (2:13)"
    assert ext(org, 50)["status"] == "Succeeded"


def test_picklist_values_merge(org: Org) -> None:
    def picklist(*values: str) -> dict[str, Any]:
        inner = "".join(
            f"<value><fullName>{v}</fullName><default>false</default><label>{v}</label></value>" for v in values
        )
        body = (
            f"<fullName>P__c</fullName><label>P</label><type>Picklist</type><valueSet><restricted>true</restricted>"
            f"<valueSetDefinition><sorted>false</sorted>{inner}</valueSetDefinition></valueSet>"
        )
        return deploy(org, fields("Account", body), {"CustomField": ["Account.P__c"]})

    picklist("a", "b")
    assert picklist("c", "a")["status"] == "Succeeded"
    field = org.schema.sobject("Account").field("P__c")  # type: ignore[union-attr]
    assert field is not None and [e.value for e in field.picklist] == ["c", "a", "b"]


def test_deletions(org: Org) -> None:
    ext(org)
    gone = deploy(
        org,
        {"destructiveChanges.xml": manifest({"CustomField": ["Account.Ext__c", "Account.Never__c"]})},
        {},
        ignore_warnings=True,
    )
    assert flags(gone)["CustomField:Account.Ext__c"] == "deleted"
    warning = next(m for m in gone["details"]["componentSuccesses"] if m["fullName"] == "Account.Never__c")
    assert warning["problem"] == "No CustomField named: Account.Never__c found"
    assert org.schema.sobject("Account").field("Ext__c") is None  # type: ignore[union-attr]


def test_a_field_that_apex_uses_cannot_be_deleted(org: Org) -> None:
    ext(org)
    user = apex("User1", "public class User1 { String f(Account a) { return a.Ext__c; } }")
    assert deploy(org, user, {"ApexClass": ["User1"]})["status"] == "Succeeded"
    result = deploy(org, {"destructiveChanges.xml": manifest({"CustomField": ["Account.Ext__c"]})}, {})
    text = "This custom field is referenced elsewhere in salesforce.com. : Apex Class - User1."
    assert failures(result) == [("CustomField", "Account.Ext__c", text)]
    assert org.schema.sobject("Account").field("Ext__c") is not None  # type: ignore[union-attr]


def test_compile_errors_have_their_place(org: Org) -> None:
    body = "public class Broken {\n    public void f() {\n        Integer i = nope;\n    }\n}"
    result = deploy(org, apex("Broken", body), {"ApexClass": ["Broken"]})
    failure = result["details"]["componentFailures"][0]
    assert (failure["componentType"], failure["fullName"], failure["fileName"]) == (
        "ApexClass",
        "Broken",
        "classes/Broken.cls",
    )
    assert (failure["problem"], failure["lineNumber"], failure["columnNumber"]) == (
        "Variable does not exist: nope",
        3,
        21,
    )
    assert _rows(org, "SELECT Id FROM ApexClass") == []


def test_production_refuses_to_break_other_classes() -> None:
    org = make_org("production")
    base = apex("Base", "public class Base { public static Integer one() { return 1; } }")
    user = apex("User1", "public class User1 { public Integer f() { return Base.one(); } }")
    tests = apex("T", "@IsTest class T { @IsTest static void t() { System.assertEquals(1, new User1().f()); } }")
    first = deploy(org, {**base, **tests, **user}, {"ApexClass": ["Base", "User1", "T"]}, check_only=False)
    assert first["status"] == "Succeeded", first
    changed = apex("Base", "public class Base { public static Integer two() { return 2; } }")
    result = deploy(org, changed, {"ApexClass": ["Base"]})
    assert result["status"] == "Failed"
    assert any("Dependent class is invalid and needs recompilation" in text for _, _, text in failures(result))


COVERED = "public class C {\n    public static Integer f(Integer i) {\n        if (i > 0) {\n            return 1;\n        }\n        return 0;\n    }\n}"
FULL = "@IsTest\nprivate class CTest {\n    @IsTest\n    static void works() {\n        System.assertEquals(1, C.f(1));\n        System.assertEquals(0, C.f(0));\n    }\n}"
EMPTY = "@IsTest\nprivate class CTest {\n    @IsTest\n    static void works() {\n        System.assertEquals(1, 1);\n    }\n}"
FAILING = "@IsTest\nprivate class CTest {\n    @IsTest\n    static void works() {\n        System.assertEquals(2, C.f(1));\n    }\n}"


def code(test: str) -> tuple[dict[str, bytes], dict[str, list[str]]]:
    return {**apex("C", COVERED), **apex("CTest", test)}, {"ApexClass": ["C", "CTest"]}


def test_production_runs_local_tests_by_itself() -> None:
    org = make_org("production")
    result = deploy(org, *code(FULL))
    assert result["status"] == "Succeeded", result
    run = result["details"]["runTestResult"]
    assert (run["numTestsRun"], run["numFailures"], result["runTestsEnabled"], result["numberTestsTotal"]) == (
        1,
        0,
        True,
        1,
    )
    coverage = {c["name"]: (c["numLocations"], c["numLocationsNotCovered"]) for c in run["codeCoverage"]}
    assert coverage == {"C": (4, 0)}


def test_production_refuses_too_little_coverage() -> None:
    org = make_org("production")
    result = deploy(org, *code(EMPTY))
    assert (result["status"], failures(result)) == ("Failed", [])
    text = "Average test coverage across all Apex Classes and Triggers is 0%, at least 75% test coverage is required."
    warning = result["details"]["runTestResult"]["codeCoverageWarnings"][0]
    assert (warning["message"], warning["name"], result["errorMessage"]) == (text, None, text)
    assert _rows(org, "SELECT Id FROM ApexClass") == []


def test_a_failing_test_fails_the_deploy_anywhere(org: Org) -> None:
    result = deploy(org, *code(FAILING), test_level=TestLevel.RUN_LOCAL)
    assert (result["status"], result["numberTestErrors"]) == ("Failed", 1)
    failure = result["details"]["runTestResult"]["failures"][0]
    assert (failure["name"], failure["methodName"]) == ("CTest", "works")
    assert failure["message"] == "System.AssertException: Assertion Failed: Expected: 2, Actual: 1"
    assert failure["stackTrace"].startswith("Class.CTest.works: line 5, column 1")
    assert _rows(org, "SELECT Id FROM ApexClass") == []


def test_specified_tests_judge_each_class() -> None:
    org = make_org("production")
    files, members = code(EMPTY)
    result = deploy(org, files, members, test_level=TestLevel.RUN_SPECIFIED, run_tests=("CTest",))
    warning = result["details"]["runTestResult"]["codeCoverageWarnings"][0]
    assert warning["name"] == "C"
    assert warning["message"] == "Test coverage of selected Apex Class is 0%, at least 75% test coverage is required"


def test_a_trigger_needs_some_coverage() -> None:
    org = make_org("production")
    files, members = code(FULL)
    trigger = apex("T", "trigger T on Account (before insert) { C.f(1); }", kind="trigger")
    result = deploy(org, {**files, **trigger}, {**members, "ApexTrigger": ["T"]})
    texts = [w["message"] for w in result["details"]["runTestResult"]["codeCoverageWarnings"]]
    assert "Test coverage of selected Apex Trigger is 0%, at least 1% test coverage is required" in texts


def test_sandboxes_run_no_tests_by_themselves(org: Org) -> None:
    result = deploy(org, *code(FAILING))
    assert (result["status"], result["numberTestsTotal"], result["runTestsEnabled"]) == ("Succeeded", 0, False)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            DeployOptions(test_level=TestLevel.NO_TEST_RUN),
            "testLevel of NoTestRun cannot be used in production organizations",
        ),
        (DeployOptions(rollback_on_error=False), "rollbackOnError must be set to true"),
        (DeployOptions(test_level=TestLevel.RUN_LOCAL, run_tests=("A",)), "runTests can be used only with a testLevel"),
        (DeployOptions(test_level=TestLevel.RUN_SPECIFIED), "RunSpecifiedTests"),
    ],
)
def test_options_that_production_refuses(options: DeployOptions, text: str) -> None:
    org = make_org("production")
    with pytest.raises(gates.InvalidOptions, match=text):
        deploys.of(org).start(org.record.admin_id, archive.write({"package.xml": manifest({})}), options)


def test_quick_deploy() -> None:
    moment = [NOW]
    org = make_org("production", clock=lambda: moment[0])
    files, members = code(FULL)
    validation = deploy(org, files, members, check_only=True)
    assert validation["status"] == "Succeeded" and _rows(org, "SELECT Id FROM ApexClass") == []
    moment[0] += dt.timedelta(days=9)
    id, work = deploys.of(org).start_validated(org.record.admin_id, validation["id"])
    work()
    result = deploys.of(org).status(id)
    assert (result["status"], result["numberTestsTotal"], id != validation["id"]) == ("Succeeded", 0, True)
    assert len(_rows(org, "SELECT Id FROM ApexClass")) == 2
    with pytest.raises(deploys.UnknownDeploy):
        deploys.of(org).start_validated(org.record.admin_id, validation["id"])


def test_a_validation_expires_after_ten_days() -> None:
    moment = [NOW]
    org = make_org("production", clock=lambda: moment[0])
    validation = deploy(org, *code(FULL), check_only=True)
    moment[0] += dt.timedelta(days=11)
    with pytest.raises(deploys.UnknownDeploy, match="recent validation"):
        deploys.of(org).start_validated(org.record.admin_id, validation["id"])


def test_cancel_before_the_start(org: Org) -> None:
    data = archive.write(
        {"package.xml": manifest({"CustomField": ["Account.Ext__c"]}), **fields("Account", TEXT.format(5))}
    )
    found = deploys.of(org)
    id, work = found.start(org.record.admin_id, data, DeployOptions())
    assert found.status(id)["status"] == "Pending"
    assert found.cancel(id, org.record.admin_id) == {"id": id, "done": True}
    work()
    result = found.status(id)
    assert (result["status"], result["canceledBy"]) == ("Canceled", org.record.admin_id)
    assert org.schema.sobject("Account").field("Ext__c") is None  # type: ignore[union-attr]
    with pytest.raises(deploys.UnknownDeploy):
        found.cancel(id, org.record.admin_id)


def test_two_deploys_at_once_run_one_after_the_other(org: Org) -> None:
    found = deploys.of(org)
    works = []
    for length in (10, 20):
        data = archive.write(
            {"package.xml": manifest({"CustomField": ["Account.Ext__c"]}), **fields("Account", TEXT.format(length))}
        )
        works.append(found.start(org.record.admin_id, data, DeployOptions()))
    threads = [threading.Thread(target=work) for _, work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results = [found.status(id) for id, _ in works]
    assert [r["status"] for r in results] == ["Succeeded", "Succeeded"]
    created = [m["created"] for r in results for m in r["details"]["componentSuccesses"]]
    assert sorted(created) == [False, True]


def test_unknown_deploys(org: Org) -> None:
    with pytest.raises(deploys.UnknownDeploy):
        deploys.of(org).status("0Af000000000000AAA")


def _rows(org: Org, soql: str) -> list[Record]:
    with org.read() as tx:
        return tx.query(soql, access="system").records


def test_a_field_that_formulas_need_leaves_only_with_them(org: Org) -> None:
    def text(name: str, more: str = "<length>9</length><type>Text</type>") -> str:
        return f"<fullName>{name}</fullName><label>{name}</label>{more}"

    rule = (
        "    <validationRules><fullName>Short</fullName><active>true</active><errorConditionFormula>LEN(A__c) &gt; 3"
        "</errorConditionFormula><errorMessage>x</errorMessage></validationRules>\n</CustomObject>"
    )
    (name, account), *_ = fields("Account", text("A__c"), text("BA__c")).items()
    formulas = [
        text("OfBA__c", "<formula>Account.BA__c</formula><type>Text</type>"),
        text("OfA__c", "<formula>Account.A__c</formula><type>Text</type>"),
    ]
    names = {
        "CustomField": ["Account.A__c", "Account.BA__c", "Contact.OfBA__c", "Contact.OfA__c"],
        "ValidationRule": ["Account.Short"],
    }
    files = {name: account.replace(b"</CustomObject>", rule.encode()), **fields("Contact", *formulas)}
    assert failures(deploy(org, files, names)) == []

    def gone(*members: str, **more: list[str]) -> list[tuple[str, str, str]]:
        return failures(deploy(org, {"destructiveChanges.xml": manifest({"CustomField": [*members], **more})}, {}))

    need = "This custom field is referenced elsewhere in salesforce.com. : Custom Field - Contact.OfA__c, Validation Rule - Account.Short."
    assert gone("Account.A__c") == [("CustomField", "Account.A__c", need)]
    assert gone("Account.A__c", "Contact.OfA__c", ValidationRule=["Account.Short"]) == []
