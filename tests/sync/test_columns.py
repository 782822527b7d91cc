"""Values of several columns, strict translations, lookups through a table of the source, rows that are left out."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from orgwright import spec
from orgwright.spec.model import Connector
from orgwright.sync import SourceError, open_source
from orgwright.sync.columns import converter, key_form
from orgwright.sync.duplicates import mark
from orgwright.sync.lookups import NotAligned, find_all
from orgwright.sync.prepare import Aids, prepare

SPEC = """
orgwright: 1
connector: acme
label: Acme
objects:
  Account: {Acme_Id__c: {type: Text(20), external_id: true, unique: true}}
  Opportunity: {Acme_Id__c: {type: Text(20), external_id: true, unique: true}}
seed:
  key: Acme_Id__c
  objects:
    Account:
      table: customers
      columns:
        Acme_Id__c: no
        Name: name
        OwnerId:
          source: rep
          default: "house@acme.example"
          blank: leave_out
          lookup: {object: User, by: Username, where: IsActive = true, through: {table: reps, source: rep, target: user}}
    Opportunity:
      table: contracts
      columns:
        Acme_Id__c: no
        Account.Acme_Id__c: customer
        Name: no
        CloseDate: closes
        StageName:
          source: type
          also: [status]
          unmapped: refuse
          translate: {"Quote / Won": Closed Won, "* / Cancelled": Closed Lost, "Quote / *": Prospecting}
"""


class Users:
    """An org that knows users: username -> (Id, active)."""

    def __init__(self, **users: tuple[str, bool]) -> None:
        self.users = {f"{name}@acme.example": found for name, found in users.items()}

    def query(self, soql: str, *, tooling: bool = False) -> list[dict[str, Any]]:
        active = "IsActive = true" in soql
        rows = [(name, id) for name, (id, on) in self.users.items() if f"'{name}'" in soql and (on or not active)]
        return [{"Id": id, "Username": name.upper()} for name, id in rows]


def load(text: str = SPEC) -> Connector:
    return spec.loads(text)


def source(folder: Path, **files: str) -> Any:
    data = folder / "data"
    data.mkdir()
    for name, text in files.items():
        (data / f"{name}.csv").write_text(text)
    return open_source(str(data))


def test_lookups_go_through_the_table_and_the_default_does_not(tmp_path: Path) -> None:
    given = source(tmp_path, reps="rep,user\nR1,Ann@acme.example\n", customers="no,name,rep\n1,A,r1\n2,B,\n")
    found = find_all(Users(ann=("005A", True), Ann=("005A", True), house=("005H", True)), load().seed.ordered, given)  # type: ignore[arg-type]
    assert found == {"Account": {"OwnerId": {"r1": "005A", "house@acme.example": "005H"}}}
    folder = tmp_path / "work"
    folder.mkdir()
    (part,) = prepare(load().seed.ordered, given, Aids(found=found), folder)
    assert list(csv.reader(part.path.open()))[1:] == [["1", "A", "005A"], ["2", "B", "005H"]]


def test_every_value_that_is_not_aligned_is_told_at_once(tmp_path: Path) -> None:
    reps = "rep,user\nR1,ann@acme.example\nR2,old@acme.example\nR3,\nR4,who@acme.example\n"
    given = source(tmp_path, reps=reps, customers="no,name,rep\n1,A,R1\n2,B,R9\n")
    with pytest.raises(NotAligned) as caught:
        find_all(Users(ann=("005A", True), old=("005B", False)), load().seed.ordered, given)  # type: ignore[arg-type]
    assert caught.value.what == (
        "4 of rep are not aligned with a User: R3 has no user in reps; R9 is not in reps; "
        "R2: the User old@acme.example does not meet IsActive = true; "
        "R4: there is no User with Username who@acme.example"
    )


def test_a_lookup_without_its_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no table reps"):
        find_all(Users(), load().seed.ordered, source(tmp_path, customers="no,name,rep\n1,A,R1\n"))  # type: ignore[arg-type]


def test_rows_without_a_value_and_their_children_are_left_out_with_the_reason(tmp_path: Path) -> None:
    connector = load(SPEC.replace('default: "house@acme.example"', "required: true"))
    given = source(
        tmp_path,
        customers="no,name,rep\n1,A,R1\n2,B,\n",
        contracts="no,customer,closes,type,status\nC1,1,2026-01-01,Quote,Won\nC2,2,2026-01-01,Quote,Won\n",
    )
    folder = tmp_path / "work"
    folder.mkdir()
    parents = {"Opportunity": {"Account.Acme_Id__c": "Account"}}
    aids = Aids(found={"Account": {"OwnerId": {"r1": "005A"}}}, parents=parents)
    parts = prepare(connector.seed.ordered, given, aids, folder)
    assert [(part.sobject, part.rows) for part in parts] == [("Account", 1), ("Opportunity", 1)]
    assert (folder / "left-out-Account.csv").read_text() == "2,3,no rep\n"
    assert (folder / "left-out-Opportunity.csv").read_text() == "C2,3,Account 2 is left out\n"


def test_a_value_of_several_columns_takes_the_first_translation_that_fits() -> None:
    convert = converter(load().seed.objects["Opportunity"].columns["StageName"], None)
    assert convert is not None
    values = ["Quote / Won", "Quote / Cancelled", "Quote / Open", "Lease / Cancelled", ""]
    assert [convert(value) for value in values] == ["Closed Won", "Closed Lost", "Prospecting", "Closed Lost", ""]


def test_a_value_that_is_not_mapped_stops_the_load(tmp_path: Path) -> None:
    given = source(tmp_path, contracts="no,customer,closes,type,status\nC1,1,2026-01-01,Lease,Open\n")
    folder = tmp_path / "work"
    folder.mkdir()
    with pytest.raises(SourceError, match=r"type and status 'Lease / Open' is not mapped to Opportunity\.StageName"):
        prepare(load().seed.ordered, given, Aids(), folder)


def test_keys_are_compared_as_their_field_does() -> None:
    describe = {"fields": [{"name": "No__c", "type": "double"}, {"name": "Key__c", "type": "string"}]}
    number, text = key_form(describe, "No__c"), key_form(describe, "Key__c")
    assert {number("7"), number("7.0"), number("007")} == {"7"}
    assert number("100") == "100"
    assert text("007") == "007" and text("Ab") == "ab"


def test_values_are_alike_without_case_blanks_and_punctuation() -> None:
    assert mark(["Müller & Co.", "10-11"]) == mark(["MÜLLER CO", "1011"])
    assert mark(["A", ""]) == mark(["--"]) == "", "no value is like no other"
    assert mark(["ab", "c"]) != mark(["a", "bc"])
