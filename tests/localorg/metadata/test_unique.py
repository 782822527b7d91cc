"""A field becomes unique where its values are: Salesforce builds a unique index over all records."""

from __future__ import annotations

import pytest

from orgwright.apex.host import Record
from orgwright.localorg.dml.remove import purge
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.org import Org
from tests.localorg.deploying import deploy, failures, fields, make_org

TWICE = "Duplicate value found when building unique index"
OWN = {"CustomField": ["Account.Code__c"]}


@pytest.fixture
def org() -> Org:
    made = make_org()
    assert code(made)["success"]
    return made


def code(org: Org, flags: str = "", **options: bool) -> dict[str, object]:
    body = f"<fullName>Code__c</fullName><label>Code</label><type>Text</type><length>20</length>{flags}"
    return deploy(org, fields("Account", body), OWN, **options)


def accounts(org: Org, *values: str | None) -> list[str]:
    rows = [Record("Account", {"Name": "a", "Code__c": value}) for value in values]
    with org.transaction() as tx:
        made = tx.save(SaveRequest("insert", rows, access="system"))
    assert all(one.success for one in made), made
    return [str(one.id) for one in made]


UNIQUE, EXACT = "<unique>true</unique>", "<unique>true</unique><caseSensitive>true</caseSensitive>"


@pytest.mark.parametrize("options", [{}, {"check_only": True}])
def test_values_that_are_there_twice_keep_a_field_from_being_unique(org: Org, options: dict[str, bool]) -> None:
    accounts(org, "Ähre", "ÄHRE", None, None)
    assert failures(code(org, UNIQUE, **options)) == [("CustomField", "Account.Code__c", TWICE)]
    assert code(org, EXACT, **options)["success"]


def test_records_in_the_recycle_bin_count(org: Org) -> None:
    first, _ = accounts(org, "a", "a")
    with org.transaction() as tx:
        tx.save(SaveRequest("delete", [Record("Account", {"Id": first})]))
    assert failures(code(org, UNIQUE)) == [("CustomField", "Account.Code__c", TWICE)]
    with org.transaction() as tx:
        assert purge(tx, first).success
    assert code(org, UNIQUE)["success"]


def test_what_differs_in_case_only_keeps_a_unique_field_from_ignoring_it(org: Org) -> None:
    assert code(org, EXACT)["success"]
    accounts(org, "a", "A")
    assert failures(code(org, UNIQUE)) == [("CustomField", "Account.Code__c", TWICE)]
    assert code(org, EXACT)["success"]
