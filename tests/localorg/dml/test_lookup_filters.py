"""Lookup filters: what they compare, when a save is refused, what a deploy refuses."""

from __future__ import annotations

from typing import Any

import pytest

from orgwright.apex.host import Record, SaveOutcome
from orgwright.localorg.api.rest.describe import field_json
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.jobs import anonymous
from orgwright.localorg.org import Org
from tests.localorg.deploying import NAMESPACE, apex, deploy, failures, fields, make_org

MESSAGE = "Value does not exist or does not match filter criteria."
MEMBERS = {"CustomField": ["Contact.Boss__c"]}


@pytest.fixture
def org() -> Org:
    return make_org()


def item(field: str, operation: str, value: str = "", value_field: str = "") -> str:
    given = f"<valueField>{value_field}</valueField>" if value_field else f"<value>{value}</value>"
    return f"<filterItems><field>{field}</field><operation>{operation}</operation>{given}</filterItems>"


def filtered(*items: str, logic: str = "", message: str = "", active: str = "true", optional: str = "false") -> str:
    text = f"<errorMessage>{message}</errorMessage>" if message else ""
    joined = f"<booleanFilter>{logic}</booleanFilter>" if logic else ""
    return (
        f"<lookupFilter><active>{active}</active>{joined}{text}{''.join(items)}<isOptional>{optional}</isOptional>"
        "</lookupFilter>"
    )


def lookup(filter_: str) -> str:
    return (
        f"<fullName>Boss__c</fullName><label>Boss</label>{filter_}<referenceTo>Account</referenceTo>"
        "<relationshipName>Bosses</relationshipName><type>Lookup</type>"
    )


def deployed(org: Org, *items: str, **options: str) -> list[tuple[str, str, str]]:
    return failures(deploy(org, fields("Contact", lookup(filtered(*items, **options))), MEMBERS))


def save(org: Org, operation: Any, sobject: str, **values: Any) -> SaveOutcome:
    with org.transaction() as tx:
        (found,) = tx.save(SaveRequest(operation, [Record(sobject, values)], access="system"))
    return found


def made(org: Org, sobject: str, **values: Any) -> str:
    found = save(org, "insert", sobject, **values)
    assert found.id is not None, found.errors
    return found.id


def takes(org: Org, boss: str, **values: Any) -> bool:
    found = save(org, "insert", "Contact", LastName="x", Boss__c=boss, **values)
    if not found.success:
        assert [(e.code, e.message, e.fields) for e in found.errors] == [
            ("FIELD_FILTER_VALIDATION_EXCEPTION", MESSAGE, ("Boss__c",))
        ]
    return found.success


@pytest.mark.parametrize(
    ("field", "operation", "value", "good", "bad"),
    [
        ("Name", "equals", "Acme, Umbrella", {"Name": "Umbrella"}, {"Name": "acme"}),
        ("Name", "equals", "&quot;Acme, Inc.&quot;, B", {"Name": "Acme, Inc."}, {"Name": "Acme"}),
        ("Name", "notEqual", "Acme,B", {"Name": "C"}, {"Name": "B"}),
        ("Name", "contains", "cm,zz", {"Name": "Acme"}, {"Name": "Other"}),
        ("Name", "notContain", "cm,zz", {"Name": "Other"}, {"Name": "Acme"}),
        ("Name", "startsWith", "A", {"Name": "Ab"}, {"Name": "bA"}),
        ("Industry", "equals", "", {"Name": "x"}, {"Name": "x", "Industry": "Energy"}),
        ("Industry", "notEqual", "", {"Name": "x", "Industry": "Energy"}, {"Name": "x"}),
        ("Industry", "notContain", "En", {"Name": "x"}, {"Name": "x", "Industry": "Energy"}),
        ("NumberOfEmployees", "greaterOrEqual", "1,000", {"Name": "x", "NumberOfEmployees": 1000}, {"Name": "x"}),
        ("AnnualRevenue", "lessThan", "10.5", {"Name": "x", "AnnualRevenue": 10}, {"Name": "x", "AnnualRevenue": 11}),
        ("Parent.Name", "equals", "", {"Name": "x"}, None),
        ("Owner.Username", "notEqual", "", {"Name": "x"}, None),
        ("OwnerId", "equals", "Nobody", None, {"Name": "x"}),
    ],
)
def test_a_filter_compares_fields_with_values(
    org: Org, field: str, operation: str, value: str, good: dict[str, Any] | None, bad: dict[str, Any] | None
) -> None:
    assert deployed(org, item(f"Account.{field}", operation, value)) == []
    if good is not None:
        assert takes(org, made(org, "Account", **good))
    if bad is not None:
        assert not takes(org, made(org, "Account", **bad))


def test_a_filter_compares_with_fields_of_the_record_and_of_the_user(org: Org) -> None:
    of_record = item("Account.Id", "equals", value_field="$Source.AccountId")
    assert deployed(org, of_record, item("Account.OwnerId", "equals", value_field="$User.Id"), logic="1 AND 2") == []
    one, other = (made(org, "Account", Name=name) for name in "ab")
    assert takes(org, one, AccountId=one)
    assert not takes(org, one, AccountId=other)
    assert not takes(org, one)
    with org.transaction() as tx:
        user = tx.query("SELECT Id FROM User WHERE Id != :me LIMIT 1", binds={"me": tx.user_id}, access="system")
        owner = user.records[0].fields["Id"]
    assert not takes(org, made(org, "Account", Name="c", OwnerId=owner))


def test_blank_fields_are_equal(org: Org) -> None:
    assert deployed(org, item("$Source.Description", "equals", value_field="Account.Description")) == []
    boss = made(org, "Account", Name="a")
    assert takes(org, boss)
    assert not takes(org, boss, Description="x")


def test_profiles_and_logic(org: Org) -> None:
    admin = item("$Profile.Name", "equals", "System Administrator")
    parts = (item("Account.Name", "equals", "a"), item("Account.Name", "equals", "b"), admin)
    assert deployed(org, *parts, logic="(1 or 2) AND NOT(3)") == []
    boss = made(org, "Account", Name="a")
    assert not takes(org, boss)
    assert deployed(org, *parts, logic="(1 OR 2) AND 3") == []
    assert takes(org, boss)


def test_a_lookup_is_asked_about_at_every_save(org: Org) -> None:
    assert deployed(org, item("Account.Industry", "equals", "Energy"), message="No energy") == []
    boss = made(org, "Account", Name="a", Industry="Energy")
    low = made(org, "Contact", LastName="x", Boss__c=boss)
    assert save(org, "update", "Account", Id=boss, Industry="Banking").success
    found = save(org, "update", "Contact", Id=low, Title="t")
    assert [(e.code, e.message) for e in found.errors] == [("FIELD_FILTER_VALIDATION_EXCEPTION", "No energy")]
    assert save(org, "update", "Contact", Id=low, Title="t", Boss__c=None).success


def test_apex_sees_the_status_code_and_the_field(org: Org) -> None:
    assert deployed(org, item("Account.Industry", "equals", "Energy")) == []
    body = (
        "public class Hire { public static void now() { Account boss = new Account(Name = 'a'); insert boss;"
        " insert as system new Contact(LastName = 'x', Boss__c = boss.Id); } }"
    )
    assert failures(deploy(org, apex("Hire", body), {"ApexClass": ["Hire"]})) == []
    done = anonymous.execute(org, org.record.admin_id, "Hire.now();")
    assert f"FIELD_FILTER_VALIDATION_EXCEPTION, {MESSAGE}: [Boss__c]" in str(done.exception_message)


def test_inactive_and_optional_filters_refuse_nothing(org: Org) -> None:
    boss = made(org, "Account", Name="a")
    for options in ({"active": "false"}, {"optional": "true"}):
        assert deployed(org, item("Account.Name", "equals", "b"), **options) == []
        assert takes(org, boss)


def test_a_standard_lookup_has_a_filter_too(org: Org) -> None:
    own = f"<fullName>AccountId</fullName>{filtered(item('Account.Name', 'equals', 'a'))}"
    assert failures(deploy(org, fields("Contact", own), {"CustomField": ["Contact.AccountId"]})) == []
    good, bad = (made(org, "Account", Name=name) for name in "ab")
    assert save(org, "insert", "Contact", LastName="x", AccountId=good).success
    assert save(org, "insert", "Contact", LastName="x", AccountId=bad).errors[0].fields == ("AccountId",)


def test_describe_tells_the_controlling_fields(org: Org) -> None:
    assert deployed(org, item("$Source.AccountId", "equals", value_field="Account.Id"), optional="true") == []
    contact = org.schema.sobject("Contact")
    assert contact is not None
    infos = {name: field_json(contact.fields[name])["filteredLookupInfo"] for name in ("boss__c", "accountid")}
    assert infos["boss__c"] == {"controllingFields": ["AccountId"], "dependent": True, "optionalFilter": True}
    assert infos["accountid"] is None


@pytest.mark.parametrize(
    ("items", "logic", "problem"),
    [
        ([item("Account.Nowhere__c", "equals", "x")], "", "Field Boss__r.Nowhere__c does not exist. Check spelling."),
        ([item("Contact.Name", "equals", "x")], "", "Contact.Name is no field of Account"),
        ([item("Account.Name", "equals", value_field="$Source.HasOptedOutOfEmail")], "",
         "$Source.HasOptedOutOfEmail cannot be compared with Account.Name: their types differ"),
        ([item("Account.NumberOfEmployees", "equals", "many")], "", "many is no value for Account.NumberOfEmployees"),
        ([item("Account.Name", "equals", "x")], "1 AND 2", "Invalid filter logic: 1 AND 2"),
        ([item("Account.Name", "equals", "x")] * 3, "1 AND 2 OR 3", "Invalid filter logic: 1 AND 2 OR 3"),
        ([item("Account.Name", "equals", "x")], "1;", "Invalid filter logic: 1;"),
        ([item("Account.Name", "equals", "x")], "(1", "Invalid filter logic: (1"),
        ([], "", "Required field is missing: filterItems"),
        ([item("Account.Name", "equals", "x")] * 11, "", "A lookup filter can have no more than 10 filter items"),
    ],
)  # fmt: skip
def test_a_deploy_refuses_a_wrong_filter(org: Org, items: list[str], logic: str, problem: str) -> None:
    assert deployed(org, *items, logic=logic) == [("CustomField", "Contact.Boss__c", problem)]


def test_a_filter_names_fields_that_the_same_deploy_brings(org: Org) -> None:
    region = "<fullName>Region__c</fullName><label>Region</label><length>9</length><type>Text</type>"
    score = (
        "<fullName>Score__c</fullName><label>Score</label><formula>IF(ISBLANK(Boss__r.Name), 0, 1)</formula>"
        "<precision>9</precision><scale>0</scale><type>Number</type>"
    )
    items = [item("Account.Region__c", "equals", "EU"), item("$Source.Score__c", "equals", "1")]
    files = {**fields("Account", region), **fields("Contact", lookup(filtered(*items)), score)}
    members = {"CustomField": ["Account.Region__c", "Contact.Boss__c", "Contact.Score__c"]}
    assert failures(deploy(org, files, members)) == []
    assert takes(org, made(org, "Account", Name="a", Region__c="EU"))
    assert not takes(org, made(org, "Account", Name="a", Region__c="US"))
    gone = {"destructiveChanges.xml": f"<Package {NAMESPACE}><types><members>Account.Region__c</members>"
            "<name>CustomField</name></types></Package>".encode()}  # fmt: skip
    (problem,) = failures(deploy(org, gone, {}))
    assert (
        problem[2] == "This custom field is referenced elsewhere in salesforce.com. : Lookup Filter - Contact.Boss__c."
    )


@pytest.mark.parametrize("rollback", [True, False])
def test_a_filter_that_names_what_is_coming_is_checked_once_it_is_there(org: Org, rollback: bool) -> None:
    region = "<fullName>Region__c</fullName><label>Region</label><length>9</length><type>Text</type>"
    items = [item("Account.Region__c", "equals", "EU"), item("Account.NumberOfEmployees", "equals", "many")]
    files = {**fields("Account", region), **fields("Contact", lookup(filtered(*items)))}
    members = {"CustomField": ["Account.Region__c", "Contact.Boss__c"]}
    done = deploy(org, files, members, rollback_on_error=rollback)
    assert failures(done) == [
        ("CustomField", "Contact.Boss__c", "many is no value for Account.NumberOfEmployees")
    ]  # fmt: skip
    contact, account = org.schema.sobject("Contact"), org.schema.sobject("Account")
    assert contact is not None
    assert account is not None
    assert contact.field("Boss__c") is None
    assert (account.field("Region__c") is None) is rollback
    assert done["status"] == ("Failed" if rollback else "SucceededPartial")


def test_a_field_that_a_filter_reaches_by_relationships_stays(org: Org) -> None:
    region = "<fullName>Region__c</fullName><label>Region</label><length>9</length><type>Text</type>"
    assert failures(deploy(org, fields("Account", region), {"CustomField": ["Account.Region__c"]})) == []
    assert deployed(org, item("Account.Parent.Region__c", "equals", value_field="$Source.Account.Parent.Name")) == []
    gone = {"destructiveChanges.xml": f"<Package {NAMESPACE}><types><members>Account.Region__c</members>"
            "<name>CustomField</name></types></Package>".encode()}  # fmt: skip
    (problem,) = failures(deploy(org, gone, {}))
    assert problem[2].endswith(": Lookup Filter - Contact.Boss__c.")
