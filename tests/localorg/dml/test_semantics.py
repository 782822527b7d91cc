"""What the platform refuses beside plain validation: mixed DML, record types' values, secure queries."""

from __future__ import annotations

from typing import Any

import pytest

from orgwright.apex.host import QueryProblem, Record
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.jobs import anonymous
from orgwright.localorg.org import Org
from tests.localorg.deploying import NAMESPACE, apex, deploy, failures, fields, make_org


@pytest.fixture
def org() -> Org:
    return make_org()


def run(org: Org, source: str) -> Any:
    return anonymous.execute(org, org.record.admin_id, source)


ACCOUNT = "insert new Account(Name = 'A');"
GROUP = "insert new PermissionSet(Name = 'G', Label = 'G');"
MIXED = (
    "DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): "
    "{}, original object: {}"
)


def test_setup_and_other_objects_do_not_mix(org: Org) -> None:
    for first, second, named in [
        (ACCOUNT, GROUP, ("PermissionSet", "Account")),
        (GROUP, ACCOUNT, ("Account", "PermissionSet")),
    ]:
        done = run(org, first + second)
        assert not done.success
        assert f"MIXED_DML_OPERATION, {MIXED.format(*named)}" in str(done.exception_message)
    assert run(org, ACCOUNT).success and run(org, GROUP).success


def test_run_as_and_start_test_part_what_may_not_mix(org: Org) -> None:
    body = (
        "@IsTest class T {"
        " @IsTest static void apart() { insert new Account(Name = 'A');"
        f"  System.runAs(new User(Id = UserInfo.getUserId())) {{ {GROUP} }} insert new Account(Name = 'B'); }}"
        f" @IsTest static void mixed() {{ {ACCOUNT} try {{ {GROUP} Assert.fail('mixed'); }}"
        "  catch (DmlException e) { Assert.areEqual(StatusCode.MIXED_DML_OPERATION, e.getDmlType(0)); } } "
        f" @IsTest static void started() {{ {GROUP} Test.startTest(); {ACCOUNT} Test.stopTest(); }} }}"
    )
    result = deploy(org, apex("T", body), {"ApexClass": ["T"]}, test_level="RunSpecifiedTests", run_tests=("T",))
    assert failures(result) == []
    tests = result["details"]["runTestResult"]
    assert (tests["numTestsRun"], tests["numFailures"]) == (3, 0), tests["failures"]


def test_a_record_type_offers_its_values_only(org: Org) -> None:
    values = "".join(
        f"<value><fullName>{v}</fullName><default>false</default><label>{v}</label></value>" for v in ("A", "B")
    )
    field = (
        "<fullName>Kind__c</fullName><label>Kind</label><type>Picklist</type><valueSet><restricted>true</restricted>"
        f"<valueSetDefinition><sorted>false</sorted>{values}</valueSetDefinition></valueSet>"
    )
    assert failures(deploy(org, fields("Account", field), {"CustomField": ["Account.Kind__c"]})) == []
    record_type = (
        f"<CustomObject {NAMESPACE}><recordTypes><fullName>Only</fullName><active>true</active><label>Only</label>"
        "<picklistValues><picklist>Kind__c</picklist><values><fullName>A</fullName><default>false</default></values>"
        "</picklistValues></recordTypes></CustomObject>"
    )
    files = {"objects/Account.object": record_type.encode()}
    assert failures(deploy(org, files, {"RecordType": ["Account.Only"]})) == []
    with org.transaction() as tx:
        id = tx.query("SELECT Id FROM RecordType", access="system").records[0].fields["Id"]
        records = [
            Record("Account", {"Name": "x", "RecordTypeId": id, "Kind__c": value}) for value in ("A", "B")
        ] + [Record("Account", {"Name": "x", "Kind__c": "B"})]  # fmt: skip
        found = tx.save(SaveRequest("insert", records, access="system"))
    assert [[(e.code, e.message) for e in one.errors] for one in found] == [
        [],
        [("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Kind: bad value for restricted picklist field: B")],
        [],
    ]


def test_security_enforced_asks_the_users_rights(org: Org) -> None:
    text = "<fullName>Secret__c</fullName><label>Secret</label><type>Text</type><length>5</length>"
    assert failures(deploy(org, fields("Account", text), {"CustomField": ["Account.Secret__c"]})) == []
    with org.read() as tx:
        assert tx.query("SELECT Secret__c FROM Account", access="system").total == 0
        assert tx.query("SELECT Name FROM Account WITH SECURITY_ENFORCED", access="system").total == 0
        for soql in ["SELECT Secret__c FROM Account", "SELECT Account.Secret__c FROM Contact"]:
            with pytest.raises(QueryProblem, match="secure query included inaccessible field"):
                tx.query(f"{soql} WITH SECURITY_ENFORCED", access="system")


def test_a_before_trigger_may_shorten_a_text(org: Org) -> None:
    body = "trigger T on Account (before insert) { for (Account a : Trigger.new) { a.Name = a.Name.left(9); } }"
    assert failures(deploy(org, apex("T", body, kind="trigger"), {"ApexTrigger": ["T"]})) == []
    long = Record("Account", {"Name": "n" * 300})
    both = Record("Account", {"Name": "n" * 300, "Site": "s" * 81})
    with org.transaction() as tx:
        short, refused = tx.save(SaveRequest("insert", [long, both], all_or_none=False, access="system"))
        names = [r.fields["Name"] for r in tx.query("SELECT Name FROM Account", access="system").records]
    assert short.success and names == ["n" * 9]
    assert [(e.code, e.fields) for e in refused.errors] == [("STRING_TOO_LONG", ("Site",))]


def test_a_default_that_its_field_cannot_hold_fails_the_records_that_need_it(org: Org) -> None:
    digit = (
        "<fullName>Digit__c</fullName><label>Digit</label><defaultValue>10</defaultValue>"
        "<precision>1</precision><scale>0</scale><type>Number</type>"
    )
    text = (
        "<fullName>Short__c</fullName><label>Short</label><defaultValue>&quot;four&quot;</defaultValue>"
        "<length>3</length><type>Text</type>"
    )
    members = {"CustomField": ["Account.Digit__c", "Account.Short__c"]}
    assert failures(deploy(org, fields("Account", digit, text), members)) == []
    with org.transaction() as tx:
        rows = [
            Record("Account", {"Name": "A"}),
            Record("Account", {"Name": "B", "Digit__c": 1, "Short__c": "abc"}),
            Record("Account", {"Name": "C", "Digit__c": 1}),
        ]
        none, both, one = tx.save(SaveRequest("insert", rows, access="system"))
    assert [(e.code, e.fields) for e in none.errors] == [
        ("NUMBER_OUTSIDE_VALID_RANGE", ("Digit__c",)),
        ("STRING_TOO_LONG", ("Short__c",)),
    ]
    assert both.success
    assert [e.fields for e in one.errors] == [("Short__c",)]
