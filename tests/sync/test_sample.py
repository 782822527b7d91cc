"""Sample data: the same size gives the same rows, parents exist, sizes scale."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orgwright import spec
from orgwright.spec.model import Connector
from orgwright.sync import SampleSource


@pytest.fixture(scope="module")
def gentrack() -> Connector:
    return spec.load(spec.find("gentrack", Path(__file__).parents[2]))


def tables(connector: Connector, size: int) -> dict[str, list[dict[str, str]]]:
    source = SampleSource(connector.sample, size)
    return {
        table: [
            dict(zip(source.columns(table), row.values, strict=True))
            for row in source.rows(table, source.columns(table))
        ]
        for table in source.tables()
    }


def test_default_size_is_a_thousand_accounts_and_two_thousand_contacts(gentrack: Connector) -> None:
    made = tables(gentrack, gentrack.sample.size)
    assert (len(made["accounts"]), len(made["contacts"])) == (1000, 2000)


def test_same_size_same_rows(gentrack: Connector) -> None:
    assert tables(gentrack, 50) == tables(gentrack, 50)


@settings(max_examples=15, deadline=None)
@given(size=st.integers(0, 300))
def test_every_parent_exists_and_every_key_is_unique(size: int) -> None:
    connector = spec.load(spec.find("gentrack", Path(__file__).parents[2]))
    made = tables(connector, size)
    for mapping in connector.seed.ordered:
        keys = [row[mapping.key_column] for row in made.get(mapping.table, [])]
        assert len(set(keys)) == len(keys)
    for name, table in connector.sample.tables.items():
        for column, recipe in table.columns.items():
            if recipe.parent is None:
                continue
            known = {row[recipe.column or next(iter(row))] for row in made[recipe.parent]}
            assert {row[column] for row in made[name]} <= known | {""}


def test_a_further_relation_is_never_the_contacts_own_account(gentrack: Connector) -> None:
    made = tables(gentrack, 200)
    own = {row["customer_number"]: row["account_number"] for row in made["contacts"]}
    pairs = {(r["customer_number"], r["account_number"]) for r in made["account_contacts"]}
    assert len(pairs) == len(made["account_contacts"])
    assert not [pair for pair in pairs if own[pair[0]] == pair[1]]
