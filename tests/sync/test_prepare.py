"""A source is refused before anything was sent, or written as the Bulk API takes it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from orgwright import spec
from orgwright.spec.model import Connector
from orgwright.sync import SourceError, open_source
from orgwright.sync import prepare as module
from orgwright.sync.prepare import Aids, prepare

SPEC = """
orgwright: 1
connector: acme
label: Acme
objects:
  Account: {Acme_Id__c: {type: Text(20), external_id: true, unique: true}}
  Contact: {Acme_Id__c: {type: Text(20), external_id: true, unique: true}}
seed:
  key: Acme_Id__c
  objects:
    Account:
      table: accounts
      columns:
        Acme_Id__c: no
        Name: {source: name, required: true}
        Industry: {source: trade, translate: {B: Banking}, default: Other}
        Fax: fax
    Contact:
      table: contacts
      columns: {Acme_Id__c: no, Account.Acme_Id__c: account, LastName: name}
      constants: {LeadSource: Web}
"""


@pytest.fixture
def connector() -> Connector:
    return spec.loads(SPEC)


def run(connector: Connector, tmp_path: Path, **files: str) -> dict[str, list[list[str]]]:
    data, work = tmp_path / "data", tmp_path / "work"
    data.mkdir()
    work.mkdir()
    for name, text in files.items():
        (data / f"{name}.csv").write_text(text)
    constants = {"Contact": {"LeadSource": "Web"}}
    parts = prepare(connector.seed.ordered, open_source(str(data)), Aids(constants), work)
    assert [p.path.exists() for p in parts] == [True] * len(parts)
    assert not list(work.glob("*.db"))
    return {p.path.name: list(csv.reader(p.path.open())) for p in parts}


def test_parts_hold_fields_parents_and_constants_in_load_order(connector: Connector, tmp_path: Path) -> None:
    parts = run(
        connector,
        tmp_path,
        contacts="no,account,name\nC1,A1,Lee\n",
        accounts="no,name,trade,extra\nA1,One,B,x\nA2,Two,,y\nA3,Three,Mining,z\n",
    )
    assert parts == {
        "01-Account-0001.csv": [
            ["Acme_Id__c", "Name", "Industry"],
            ["A1", "One", "Banking"],
            ["A2", "Two", "Other"],
            ["A3", "Three", "Mining"],
        ],
        "02-Contact-0001.csv": [
            ["Acme_Id__c", "Account.Acme_Id__c", "LastName", "LeadSource"],
            ["C1", "A1", "Lee", "Web"],
        ],
    }


def test_large_tables_become_several_parts(
    connector: Connector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART_BYTES", 100_000)
    rows = "".join(f"A{n},Name {n}\n" for n in range(20_000))
    parts = run(connector, tmp_path, accounts=f"no,name\n{rows}")
    assert len(parts) > 1
    assert [row[0] for part in parts.values() for row in part[1:]] == [f"A{n}" for n in range(20_000)]


@pytest.mark.parametrize(
    ("accounts", "message"),
    [
        ("no,nam\nA1,One\n", r"accounts\.csv:1: the column name is missing: Account needs it"),
        ("id,name\nA1,One\n", r"accounts\.csv:1: the column no is missing"),
        ("no,name\nA1,One\nA2,Two\nA1,Three\n", r"accounts\.csv:4: no 'A1' stands twice, first in line 2"),
        ("no,name\nA1,One\na1,Two\n", r"accounts\.csv:3: no 'a1' stands twice, first in line 2"),
        ("no,name\n,One\n", r"accounts\.csv:2: the row has no no"),
    ],
)
def test_what_cannot_be_loaded_is_refused_with_its_place(
    connector: Connector, tmp_path: Path, accounts: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        run(connector, tmp_path, accounts=accounts)


def test_a_misspelt_column_gets_a_suggestion(connector: Connector, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        run(connector, tmp_path, accounts="no,nmae\nA1,One\n")
    assert "did you mean nmae?" in (caught.value.help or "")


def test_a_source_without_any_table_is_refused(connector: Connector, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="none of the connector's tables"):
        run(connector, tmp_path, other="a\n1\n")
