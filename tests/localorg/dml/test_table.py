"""Rows of a CSV that are saved column by column end up as they do row by row."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgwright.apex.host import SaveOutcome, TriggerErrors, TriggerEvent
from orgwright.localorg.dml import table
from orgwright.localorg.dml.request import SaveRequest, Table
from orgwright.localorg.org import Org, Transaction
from tests.localorg.conftest import NOW, grant_everything, rich_schema

COLUMNS = ("Ext__c", "Code__c", "Name", "Size__c", "Color__c", "Active__c", "ParentId", "NumberOfEmployees", "Opens__c")
PARENT, CHILD, NOBODY = "001000000000001AAA", "001000000000002AAA", "001000000000009AAA"
GOOD = (
    ["k1", "K2", "é", " k3 ", "k4", "k0", "K5"], ["", "x", "X", "#N/A"], ["n", " n ", "N"], ["1", "2.5", "", "#N/A", " 7 ", "-3", "007"],
    ["red", "Green", "", "#N/A"], ["true", "", "0", "#N/A"], ["", "#N/A", PARENT, PARENT[:15]], ["5", "", "#N/A", "12"],
    ["10:30:00Z", ""],
)  # fmt: skip
ODD = (
    ["K1", "É", "", "#N/A", "x" * 21], ["X", "c0"], ["", " ", "#N/A", "n" * 256], ["many", "123456789012"],
    ["pink"], ["maybe"], [NOBODY, "abc", "005000000000001AAA"], ["1.5", "-1", "9999999999"], ["noon"],
)  # fmt: skip


@pytest.fixture(scope="module")
def org() -> Org:
    """An org with two records that have the keys of some rows; what a test does to it is rolled back."""
    made = Org.create(None, alias="t", seed=1, schema=rich_schema(), clock=lambda: NOW)
    grant_everything(made)
    with made.transaction() as tx:
        tx.insert_setup("Account", {"Id": PARENT, "Name": "known", "Ext__c": "k0", "Code__c": "c0"})
        more = {"Size__c": Decimal(9), "Color__c": "Blue", "Active__c": False, "NumberOfEmployees": 3}
        tx.insert_setup("Account", {"Id": CHILD, "Name": "other", "Ext__c": "k5", "ParentId": PARENT, **more})
    return made


def cells(odd: int) -> st.SearchStrategy[Sequence[Sequence[str]]]:
    """Rows with a value of each column; in the column of that number some do not fit."""
    values = [st.sampled_from([*good, *ODD[at]] if at == odd else good) for at, good in enumerate(GOOD)]
    return st.lists(st.tuples(*values), min_size=1, max_size=4, unique_by=lambda row: row[0])


def saved(org: Org, request: SaveRequest) -> tuple[list[SaveOutcome], list[Any]]:
    with org.transaction(commit=False) as tx:
        return tx.save(request), tx.sql('SELECT * FROM "Account" ORDER BY "Id"')


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(-3, len(COLUMNS) - 1).flatmap(cells),
    st.sampled_from(["insert", "upsert"]),
    st.sets(st.sampled_from(COLUMNS[1:])),
)
def test_a_table_is_saved_as_its_records_are(
    org: Org, rows: Sequence[Sequence[str]], operation: Any, left_out: set[str]
) -> None:
    kept = [n for n, name in enumerate(COLUMNS) if name not in left_out]
    given_rows = Table("Account", [COLUMNS[n] for n in kept], [[row[n] for n in kept] for row in rows])
    key = "Ext__c" if operation == "upsert" else None
    by_column = saved(org, SaveRequest(operation, given_rows, external_id=key, raw="csv"))
    assert by_column == saved(org, SaveRequest(operation, list(given_rows), external_id=key, raw="csv"))


ROW = ("k1", "x", "n", "2.5", "red", "true", PARENT, "5", "")


def saved_by_column(tx: Transaction, *rows: Sequence[str], operation: Any = "upsert", sobject: str = "Account") -> Any:
    """Ids of the rows that were saved, with whether they are new; ``None`` for those that were not."""
    key = "Ext__c" if operation == "upsert" else None
    columns = COLUMNS[: len(rows[0])]
    outcomes = table.save(tx, SaveRequest(operation, (), external_id=key, raw="csv"), Table(sobject, columns, rows))
    return [outcome and outcome.created for outcome in outcomes]


def names(tx: Transaction) -> list[tuple[Any, ...]]:
    return tx.sql('SELECT "Ext__c", "Name", "Active__c", "OwnerId" = ? FROM "Account" ORDER BY "Ext__c"', (tx.user_id,))


def test_new_rows_are_inserted_by_column(org: Org) -> None:
    with org.transaction(commit=False) as tx:
        second = ("k2", "", " m ", "", "", "", "", "", "10:00:00Z")
        assert saved_by_column(tx, ROW, second, operation="insert") == [True, True]
        assert [row for row in names(tx) if row[3]] == [("k1", "n", 1, 1), ("k2", "m", 1, 1)]


def test_known_rows_are_updated_by_column_and_keep_what_is_blank(org: Org) -> None:
    with org.transaction(commit=False) as tx:
        columns = ("Ext__c", "Name", "Active__c")
        rows = (("k5", "", "true"), ("k9", "new", ""), ("k0", "seen", ""))
        outcomes = table.save(
            tx, SaveRequest("upsert", (), external_id="Ext__c", raw="csv"), Table("Account", columns, rows)
        )
        assert [outcome and outcome.created for outcome in outcomes] == [False, True, False]
        assert [row[:3] for row in names(tx)] == [("k0", "seen", 1), ("k5", "other", 1), ("k9", "new", 1)]


class _Trigger:
    def has(self, sobject: str, event: TriggerEvent) -> bool:
        return event is TriggerEvent.AFTER_UPDATE

    def run(self, sobject: str, event: TriggerEvent, new: Any, old: Any) -> TriggerErrors:
        return TriggerErrors()


def test_what_is_out_of_the_ordinary_is_left_to_the_rows(org: Org) -> None:
    with org.transaction(commit=False) as tx:
        before = names(tx)
        for odd in (("",), ("x" * 21,), ("k1", "c0"), ("k5", "c9"), (*ROW[:6], NOBODY), (*ROW[:3], "many")):
            assert saved_by_column(tx, odd) == [None], odd
        assert saved_by_column(tx, ROW, ("K1", *ROW[1:])) == [None, None], "a key twice"
        assert saved_by_column(tx, ("k1", "x"), sobject="Contact") == [None], "a type with behaviours"
        assert saved_by_column(tx, ROW, sobject="Nothing") == [None]
        assert names(tx) == before
        assert saved_by_column(tx, ROW) == [True]
    with org.transaction(commit=False) as tx:
        tx.triggers = _Trigger()
        assert saved_by_column(tx, ROW) == [None]
