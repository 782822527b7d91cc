"""What a refused record says, word by word."""

from __future__ import annotations

from typing import Any

import pytest

from orgwright.localorg.org import Org
from tests.localorg.conftest import Query, Save

LONG = "x" * 21

REFUSED: list[tuple[str, dict[str, Any], str, str, tuple[str, ...]]] = [
    ("Account", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ("Name",)),
    ("Account", {"Name": "  "}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ("Name",)),
    ("Opportunity", {"Name": "x"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [StageName, CloseDate]", ("StageName", "CloseDate")),
    ("Account", {"Name": "a", "Ext__c": LONG}, "STRING_TOO_LONG", f"External Id: data value too large: {LONG} (max length=20)", ("Ext__c",)),
    ("Account", {"Name": "a", "Color__c": "Pink"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Color: bad value for restricted picklist field: Pink", ("Color__c",)),
    ("Account", {"Name": "a", "Tags__c": "Red;Pink"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Tags: bad value for restricted picklist field: Pink", ("Tags__c",)),
    ("Account", {"Name": "a", "Size__c": 12345}, "NUMBER_OUTSIDE_VALID_RANGE", "Size: value outside of valid range on numeric field: 12345", ("Size__c",)),
    ("Contact", {"LastName": "a", "Email": "nobody"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nobody", ("Email",)),
    ("Account", {"Name": "a", "Nope__c": 1}, "INVALID_FIELD", "No such column 'Nope__c' on sobject of type Account", ()),
    ("Contact", {"LastName": "a", "AccountId": "005000000000001AAA"}, "MALFORMED_ID", "Account ID: id value of incorrect type: 005000000000001AAA", ("AccountId",)),
    ("Contact", {"LastName": "a", "AccountId": "001!!!!!!!!!!!!AAA"}, "MALFORMED_ID", "Account ID: id value of incorrect type: 001!!!!!!!!!!!!AAA", ("AccountId",)),
    ("Contact", {"LastName": "a", "AccountId": "abc"}, "MALFORMED_ID", "Account ID: id value of incorrect type: abc", ("AccountId",)),
    ("Contact", {"LastName": "a", "AccountId": "001000000000001AAA"}, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id: 001000000000001", ("AccountId",)),
    ("Account", {"Name": "a", "OwnerId": "005000000000001AAA"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ("OwnerId",)),
    ("Account", {"Name": "a", "Id": "001000000000001AAA"}, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ("Id",)),
    (
        "Account",
        {"Name": "a", "CreatedDate": "2026-01-01T00:00:00Z"},
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: CreatedDate. Please check the security settings of this field and verify that it "
        "is read/write for your profile or permission set.",
        ("CreatedDate",),
    ),
    (
        "Contact",
        {"LastName": "a", "Account": {"Ext__c": "none"}},
        "INVALID_FIELD",
        "Foreign key external ID: none not found for field Ext__c in entity Account",
        (),
    ),
    ("Asset", {"Name": "a"}, "FIELD_INTEGRITY_EXCEPTION", "Every asset needs an account, a contact, or both.", ()),
    (
        "Account",
        {"Name": {"a": 1}},
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of string from START_OBJECT value { or request may be missing a required field at [line:1, column:1]",
        (),
    ),
    (
        "Opportunity",
        {"Name": "a", "StageName": "x", "CloseDate": "tomorrow"},
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of date from VALUE_STRING value tomorrow or request may be missing a required field at "
        "[line:1, column:1]",
        (),
    ),
    ("Nope__c", {}, "INVALID_TYPE", "sObject type 'Nope__c' is not supported.", ()),
    ("AccountHistory", {}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "entity type cannot be inserted: Account History", ()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sobject", "row", "code", "message", "fields"), REFUSED, ids=[f"{r[0]}-{r[2]}-{n}" for n, r in enumerate(REFUSED)]
)
def test_refused(
    save: Save, sobject: str, row: dict[str, Any], code: str, message: str, fields: tuple[str, ...]
) -> None:
    (outcome,) = save("insert", sobject, row)
    assert not outcome.success and outcome.id is None
    first = outcome.errors[0]
    assert (first.code, first.message, first.fields) == (code, message, fields)


def test_csv_says_which_value_is_of_the_wrong_type(save: Save) -> None:
    (outcome,) = save("insert", "Account", {"Name": "a", "Size__c": "many"}, raw="csv")
    assert outcome.errors[0].code == "INVALID_TYPE_ON_FIELD_IN_RECORD"
    assert outcome.errors[0].message == "Size: value not of required type: many"


def test_duplicates_name_the_record_in_the_way(save: Save) -> None:
    (first,) = save("insert", "Account", {"Name": "a", "Ext__c": "Äx1"})
    second, third, fourth = save(
        "insert", "Account", {"Name": "b", "Ext__c": "äX1"}, {"Name": "c", "Ext__c": "n"}, {"Name": "d", "Ext__c": "N"}
    )
    text = "duplicate value found: Ext__c duplicates value on record with id: {}"
    assert second.errors[0].message == text.format((first.id or "")[:15])
    assert third.success and fourth.errors[0].message == text.format((third.id or "")[:15])
    one, two = save("insert", "Account", {"Name": "e", "Code__c": "q"}, {"Name": "f", "Code__c": "Q"})
    assert one.success and two.success  # a case-sensitive field


def test_unique_values_are_judged_as_they_will_be(save: Save, query: Query) -> None:
    a, b = save("insert", "Account", {"Name": "a", "Ext__c": "1"}, {"Name": "b", "Ext__c": "2"})
    swapped = save("update", "Account", {"Id": a.id, "Ext__c": "2"}, {"Id": b.id, "Ext__c": "1"})
    assert all(o.success for o in swapped)
    assert [r["Name"] for r in query("SELECT Name FROM Account ORDER BY Ext__c")] == ["b", "a"]


def test_update_and_delete_of_what_is_not_there(save: Save) -> None:
    (made,) = save("insert", "Account", {"Name": "a"})
    save("delete", "Account", {"Id": made.id})
    rows = [
        {"Name": "x"},
        {"Id": "001000000000001AAA", "Name": "x"},
        {"Id": made.id, "Name": "x"},
        {"Id": "zzz", "Name": "x"},
    ]
    codes = [o.errors[0].code for o in save("update", "Account", *rows)]
    assert codes == ["MISSING_ARGUMENT", "INVALID_CROSS_REFERENCE_KEY", "ENTITY_IS_DELETED", "MALFORMED_ID"]
    (gone,) = save("delete", "Account", {"Id": made.id})
    assert (gone.errors[0].code, gone.errors[0].message) == ("ENTITY_IS_DELETED", "entity is deleted")
    same = save("update", "Account", {"Id": "001000000000001AAA"}, {"Id": "001000000000001AAA"})
    assert same[0].errors[0].message == "Duplicate id in list: 001000000000001AAA"


def test_all_or_none_rolls_the_good_rows_back(save: Save, query: Query) -> None:
    good, bad = save("insert", "Account", {"Name": "a"}, {}, all_or_none=True)
    assert (good.errors[0].code, bad.errors[0].code) == ("ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING")
    assert good.id is None and query("SELECT Id FROM Account") == []


def test_delete_is_refused_while_cases_or_restricting_lookups_exist(save: Save) -> None:
    (contact,) = save("insert", "Contact", {"LastName": "Davis", "FirstName": "Josh"})
    save("insert", "Case", {"ContactId": contact.id})
    (refused,) = save("delete", "Contact", {"Id": contact.id})
    assert refused.errors[0].code == "DELETE_FAILED"
    assert refused.errors[0].message == (
        "Your attempt to delete Josh Davis could not be completed because it is associated with the following cases.: "
        "00000001\n"
    )
    (account,) = save("insert", "Account", {"Name": "a"})
    (keeper,) = save("insert", "Contact", {"LastName": "K"})
    save("insert", "Part__c", {"Account__c": account.id, "Keeper__c": keeper.id})
    (refused,) = save("delete", "Contact", {"Id": keeper.id})
    assert "following parts.: P-0001" in refused.errors[0].message


def test_hidden_fields_do_not_exist_for_the_user(org: Org, save: Save) -> None:
    with org.transaction() as tx:
        for row in tx.query("SELECT Id FROM PermissionSetAssignment", access="system").records:
            tx.delete_setup(str(row.fields["Id"]))
    (outcome,) = save("insert", "Account", {"Name": "a", "Ext__c": "1"})
    assert outcome.errors[0].message == "No such column 'Ext__c' on sobject of type Account"
    (outcome,) = save("insert", "Account", {"Name": "a", "Ext__c": "1"}, access="system")
    assert outcome.success
