from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgwright.apex.host import Record
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.org import Org
from tests.localorg.conftest import NOW, Query, Save, grant_everything, rich_schema

texts = st.none() | st.sampled_from(["a", "A", "b", "ab", "Äb", "äB", "x%y", "x_y", "o'k"])
sizes = st.none() | st.decimals(-50, 50, places=2)
rows = st.fixed_dictionaries({"Site": texts, "Size__c": sizes, "Active__c": st.booleans()})


def folded(value: str | None) -> str | None:
    return None if value is None else value.casefold()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.lists(rows, min_size=1, max_size=8), texts.filter(bool), sizes.filter(lambda v: v is not None), st.booleans())
def test_filters_agree_with_a_plain_filter(data: list[dict[str, Any]], text: str, size: Decimal, flag: bool) -> None:
    org = Org.create(None, alias="p", seed=1, clock=lambda: NOW, schema=_SCHEMA)
    grant_everything(org)
    given_rows = [Record("Account", {"Name": str(n), **row}) for n, row in enumerate(data)]
    with org.transaction() as tx:
        assert all(o.success for o in tx.save(SaveRequest("insert", given_rows, raw="typed")))
    binds = {"t": text, "s": size, "many": [text, None]}
    expectations = {
        "Site = :t": lambda r: folded(r["Site"]) == folded(text),
        "Site != :t": lambda r: folded(r["Site"]) != folded(text),
        "NOT (Site = :t)": lambda r: folded(r["Site"]) != folded(text),
        "Site = null": lambda r: r["Site"] is None,
        "Site IN :many": lambda r: folded(r["Site"]) in (folded(text), None),
        "Site NOT IN :many": lambda r: folded(r["Site"]) not in (folded(text), None),
        "Size__c > :s": lambda r: r["Size__c"] is not None and r["Size__c"] > size,
        "Size__c <= :s": lambda r: r["Size__c"] is not None and r["Size__c"] <= size,
        "Size__c != :s": lambda r: r["Size__c"] != size,
        f"Active__c = {flag}": lambda r: r["Active__c"] is flag,
        f"Active__c != {flag} AND Site != null": lambda r: r["Active__c"] is not flag and r["Site"] is not None,
    }
    with org.read() as tx:
        for condition, keeps in expectations.items():
            found = tx.query(f"SELECT Name FROM Account WHERE {condition}", binds=binds).records
            wanted = {str(n) for n, row in enumerate(data) if keeps(row)}
            assert {r.fields["Name"] for r in found} == wanted, condition
        total = tx.query("SELECT SUM(Size__c) s, COUNT(Size__c) n, MIN(Size__c) low FROM Account").records[0].fields
        known = [row["Size__c"] for row in data if row["Size__c"] is not None]
        assert total == {"s": sum(known) if known else None, "n": len(known), "low": min(known, default=None)}
    org.close()


_SCHEMA = rich_schema()


@pytest.fixture
def world(org: Org, save: Save) -> dict[str, str]:
    """Two accounts, contacts, a case, parts."""
    a, b = (
        o.id
        for o in save(
            "insert",
            "Account",
            {"Name": "Acme", "Ext__c": "A1", "Color__c": "Green", "Tags__c": "Blue;Red"},
            {"Name": "Beta", "Industry": "Energy", "BillingCity": "Wien", "BillingCountry": "AT"},
        )
    )
    c, d, e = (
        o.id
        for o in save(
            "insert",
            "Contact",
            {"LastName": "Ada", "FirstName": "L", "AccountId": a},
            {"LastName": "Bob", "AccountId": a},
            {"LastName": "Zoe"},
        )
    )
    (case,) = save("insert", "Case", {"Subject": "Help", "ContactId": c})
    save("insert", "Part__c", {"Account__c": a, "Weight__c": "1.25"}, {"Account__c": a, "Weight__c": 2})
    assert a and b and c and d and e and case.id
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "case": case.id}


def test_parents_children_and_order(world: dict[str, str], query: Query) -> None:
    found = query(
        "SELECT Name, (SELECT FirstName, Account.Name FROM Contacts ORDER BY LastName DESC LIMIT 1) FROM Account ORDER BY Name"
    )
    assert found[0]["Contacts"] == [
        Record("Contact", {"FirstName": None, "Account": Record("Account", {"Name": "Acme"})})
    ]
    assert found[1]["Contacts"] == []
    found = query("SELECT LastName, Account.Name FROM Contact ORDER BY Account.Name NULLS LAST, LastName DESC")
    assert [(r["LastName"], r["Account"] and r["Account"].fields["Name"]) for r in found] == [
        ("Bob", "Acme"),
        ("Ada", "Acme"),
        ("Zoe", None),
    ]
    assert [r["LastName"] for r in query("SELECT LastName FROM Contact WHERE Account.Name = null")] == ["Zoe"]
    assert [
        r["LastName"]
        for r in query("SELECT LastName FROM Contact WHERE Account.Name != 'beta' ORDER BY LastName OFFSET 1")
    ] == ["Bob", "Zoe"]


def test_semi_and_anti_joins(world: dict[str, str], query: Query) -> None:
    assert [r["Name"] for r in query("SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact)")] == [
        "Acme"
    ]
    assert [r["Name"] for r in query("SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact)")] == [
        "Beta"
    ]


def test_picklists_labels_and_multiselects(world: dict[str, str], query: Query) -> None:
    assert query("SELECT toLabel(Color__c), Tags__c FROM Account WHERE Tags__c INCLUDES ('red;blue', 'Green')") == [
        {"Color__c": "Grün", "Tags__c": "Red;Blue"}
    ]
    assert query("SELECT Name FROM Account WHERE Tags__c EXCLUDES ('Red')") == [{"Name": "Beta"}]


def test_polymorphic_parents(org: Org, world: dict[str, str], save: Save, query: Query) -> None:
    save("insert", "Task", {"Subject": "t", "WhatId": world["a"]}, {"Subject": "u", "WhatId": world["case"]})
    found = query("SELECT Subject, What.Name, What.Type FROM Task ORDER BY Subject")
    assert [(r["What"].fields["Type"], r["What"].type) for r in found] == [("Account", "Name"), ("Case", "Name")]
    found = query("SELECT TYPEOF What WHEN Account THEN BillingCity, Name ELSE Name END FROM Task ORDER BY Subject")
    assert found[0]["What"] == Record("Account", {"BillingCity": None, "Name": "Acme"})
    assert found[1]["What"].type == "Name"
    assert [r["Subject"] for r in query("SELECT Subject FROM Task WHERE What.Type = 'Account'")] == ["t"]


def test_json_rows(org: Org, world: dict[str, str]) -> None:
    with org.read() as tx:
        result = tx.query(
            "SELECT Name, Weight__c, CreatedDate, BillingAddress, Owner.Name, (SELECT Id FROM Contacts) FROM Account WHERE Name = 'Beta'",
            form="json", url="/services/data/v67.0",
        )  # fmt: skip
    row = result.records[0]
    admin = org.record.admin_id
    assert row == {
        "attributes": {"type": "Account", "url": f"/services/data/v67.0/sobjects/Account/{world['b']}"},
        "Name": "Beta",
        "Weight__c": 0.0,
        "CreatedDate": "2026-11-22T12:30:00.000+0000",
        "BillingAddress": {
            "street": None, "city": "Wien", "state": None, "postalCode": None, "country": "AT", "latitude": None,
            "longitude": None, "geocodeAccuracy": None,
        },
        "Owner": {"attributes": {"type": "User", "url": f"/services/data/v67.0/sobjects/User/{admin}"}, "Name": "User User"},
        "Contacts": None,
    }  # fmt: skip
    assert list(row) == ["attributes", "Name", "Weight__c", "CreatedDate", "BillingAddress", "Owner", "Contacts"]
    assert [(c.name, c.path, c.type) for c in result.columns[:2]] == [
        ("Name", "Name", "string"),
        ("Weight__c", "Weight__c", "double"),
    ]


def test_aggregates_subtotals_and_having(world: dict[str, str], save: Save, query: Query) -> None:
    save(
        "insert",
        "Account",
        {"Name": "C", "Industry": "Energy", "Type": "Other"},
        {"Name": "D", "Industry": "Media", "Type": "Other"},
    )
    assert query(
        "SELECT Industry, COUNT(Id) FROM Account WHERE Industry != null GROUP BY Industry HAVING COUNT(Id) > 1"
    ) == [{"Industry": "Energy", "expr0": 2}]
    found = query(
        "SELECT Industry i, GROUPING(Industry) g, COUNT(Id) n FROM Account WHERE Industry != null GROUP BY ROLLUP(Industry)"
    )
    assert {(r["i"], r["g"], r["n"]) for r in found} == {("Energy", 0, 2), ("Media", 0, 1), (None, 1, 3)}
    cube = query("SELECT Industry, Type, COUNT(Id) n FROM Account WHERE Industry != null GROUP BY CUBE(Industry, Type)")
    assert len(cube) == 3 + 2 + 2 + 1
    assert query(
        "SELECT CALENDAR_YEAR(CreatedDate) y, COUNT(Id) n FROM Account GROUP BY CALENDAR_YEAR(CreatedDate)"
    ) == [{"y": 2026, "n": 4}]


def test_roll_ups_are_always_right(world: dict[str, str], save: Save, query: Query) -> None:
    weight = "SELECT Weight__c FROM Account WHERE Name = 'Acme'"
    assert query(weight) == [{"Weight__c": Decimal("3.250")}]
    (part,) = query("SELECT Id FROM Part__c WHERE Weight__c = 2")
    save("delete", "Part__c", {"Id": part["Id"]})
    assert query(weight) == [{"Weight__c": Decimal("1.250")}]


DATES = [
    ("TODAY", "2026-11-22", True), ("YESTERDAY", "2026-11-22", False), ("THIS_WEEK", "2026-11-22", True),
    ("LAST_WEEK", "2026-11-21", True), ("THIS_MONTH", "2026-11-01", True), ("LAST_MONTH", "2026-10-31", True),
    ("THIS_QUARTER", "2026-10-01", True), ("LAST_YEAR", "2025-12-31", True), ("LAST_N_DAYS:3", "2026-11-19", True),
    ("LAST_N_DAYS:3", "2026-11-18", False), ("NEXT_N_DAYS:2", "2026-11-22", False), ("NEXT_N_DAYS:2", "2026-11-24", True),
    ("LAST_90_DAYS", "2026-08-24", True), ("NEXT_90_DAYS", "2026-11-22", False), ("N_DAYS_AGO:1", "2026-11-21", True),
    ("LAST_N_MONTHS:2", "2026-11-01", False), ("LAST_N_MONTHS:2", "2026-09-01", True), ("N_YEARS_AGO:1", "2025-06-01", True),
    ("NEXT_N_QUARTERS:1", "2027-03-31", True), ("NEXT_FISCAL_YEAR", "2027-01-01", True),
]  # fmt: skip


@pytest.mark.parametrize(("literal", "day", "inside"), DATES)
def test_date_literals(literal: str, day: str, inside: bool, save: Save, query: Query) -> None:
    (outcome,) = save("insert", "Opportunity", {"Name": "o", "StageName": "Prospecting", "CloseDate": day})
    assert outcome.success
    counts = {
        op: len(query(f"SELECT Id FROM Opportunity WHERE CloseDate {op} {literal}"))
        for op in ("=", "!=", "<", ">", "<=", ">=")
    }
    assert counts["="] == int(inside) and counts["!="] == int(not inside)
    assert counts["<="] == counts["<"] + counts["="] and counts[">="] == counts[">"] + counts["="]
    assert counts["<"] + counts["="] + counts[">"] == 1


def test_binds_of_records_dates_and_lists(world: dict[str, str], query: Query) -> None:
    assert (
        len(
            query(
                "SELECT Id FROM Contact WHERE AccountId IN :accounts",
                binds={"Accounts": [Record("Account", {"Id": world["a"]})]},
            )
        )
        == 2
    )
    assert len(query("SELECT Id FROM Account WHERE CreatedDate >= :d", binds={"d": dt.date(2026, 11, 22)})) == 2
    assert query("SELECT Id FROM Account WHERE Id IN :none", binds={"none": []}) == []
    assert len(query("SELECT Id FROM Account LIMIT :n", binds={"n": 1})) == 1
    assert query("SELECT Name FROM Account WHERE Id = :id", binds={"id": world["b"][:15]}) == [{"Name": "Beta"}]


def test_like_is_blind_to_case_and_knows_escapes(save: Save, query: Query) -> None:
    save("insert", "Account", {"Name": "100% Ärger"}, {"Name": "1000 x"})
    assert len(query("SELECT Id FROM Account WHERE Name LIKE '100%'")) == 2
    assert query(r"SELECT Name FROM Account WHERE Name LIKE '100\% %'") == [{"Name": "100% Ärger"}]
    assert query("SELECT Name FROM Account WHERE Name LIKE '%äRGER'") == [{"Name": "100% Ärger"}]
    assert query("SELECT Name FROM Account WHERE (NOT Name LIKE '%x')") == [{"Name": "100% Ärger"}]


def test_bulk_rows_are_flat_and_streamed(org: Org, world: dict[str, str]) -> None:
    with org.read() as tx:
        header, found = tx.rows("SELECT LastName, Account.Name, Account.Active__c FROM Contact ORDER BY LastName")
        assert header == ["LastName", "Account.Name", "Account.Active__c"]
        assert list(found) == [("Ada", "Acme", True), ("Bob", "Acme", True), ("Zoe", None, None)]


def test_a_snapshot_does_not_see_later_writes(tmp_path: Any) -> None:
    org = Org.create(tmp_path, alias="f", seed=1)
    with org.transaction() as tx:
        tx.save(SaveRequest("insert", [Record("Account", {"Name": "a"})]))
    with org.read() as reader:
        assert reader.query("SELECT COUNT() FROM Account").total == 1
        with org.transaction() as tx:
            tx.save(SaveRequest("insert", [Record("Account", {"Name": "b"})]))
        assert reader.query("SELECT COUNT() FROM Account").total == 1
    with org.read() as reader:
        assert reader.query("SELECT COUNT() FROM Account").total == 2
    org.close()


def test_an_indexed_field_finds_its_rows_and_nulls(org: Org, save: Save, query: Query) -> None:
    parent = save("insert", "Account", {"Name": "parent"})[0].id
    save("insert", "Account", {"Name": "child", "ParentId": parent})
    for wanted, names in ((parent, ["child"]), (None, ["parent"]), ("", ["parent"]), (parent, ["child"])):
        found = query("SELECT Name FROM Account WHERE ParentId = :wanted", binds={"wanted": wanted})
        assert [row["Name"] for row in found] == names
    others = query("SELECT Name FROM Account WHERE NOT (ParentId = :parent)", binds={"parent": parent})
    assert [row["Name"] for row in others] == ["parent"]
    with org.read() as tx:
        assert tx.leading_fields(f"SELECT Name FROM Account WHERE ParentId = '{parent}' AND Site = null") == (
            "ParentId",
        )
        assert tx.leading_fields("SELECT Name FROM Account WHERE ParentId = null ORDER BY Id") == ()
