"""Loading again: what cannot be changed is left out where it is the same, and told by the org where it is not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from orgwright.errors import OrgwrightError
from orgwright.sync.fixed import fixed_columns, split

DESCRIBE = {
    "fields": [
        {"name": "Key__c", "createable": True, "updateable": True},
        {"name": "OrderId", "relationshipName": "Order", "createable": True, "updateable": False},
        {"name": "Pricebook2Id", "relationshipName": "Pricebook2", "createable": True, "updateable": False},
        {"name": "Hidden__c", "createable": False, "updateable": False},
        {"name": "Quantity", "createable": True, "updateable": True},
    ]
}


class Org:
    def __init__(self, rows: list[list[str]], describe: dict = DESCRIBE) -> None:
        self.rows, self.asked, self.described = rows, [], describe

    @property
    def bulk(self) -> Org:
        return self

    def describe(self, sobject: str) -> dict:
        return self.described

    def count(self, soql: str) -> int:
        return len(self.rows)

    def query(self, soql: str) -> list[list[str]]:
        self.asked.append(soql)
        return self.rows


def read(file: Path) -> list[list[str]]:
    return list(csv.reader(file.open(encoding="utf-8", newline="")))


@pytest.fixture
def part(tmp_path: Path) -> Path:
    file = tmp_path / "11-OrderItem-0001.csv"
    file.write_text("Key__c,Order.Key__c,Quantity\nA,O1,1\nb,O1,2\nC,O2,3\n", encoding="utf-8")
    return file


def test_which_columns_are_fixed() -> None:
    header = ["Key__c", "Order.Key__c", "Pricebook2Id", "Quantity", "Hidden__c"]
    assert fixed_columns(DESCRIBE, header, "Key__c") == ("Order.Key__c", "Pricebook2Id")


def test_fields_that_nobody_opened_are_told_before_the_load(part: Path) -> None:
    hidden = {"fields": [one for one in DESCRIBE["fields"] if one["name"] != "Quantity"]}
    with pytest.raises(OrgwrightError, match="sees no field OrderItem") as caught:
        split(Org([], hidden), "OrderItem", "Key__c", part, iter)
    assert caught.value.help is not None
    assert "access.deployer" in caught.value.help


def test_a_first_load_goes_as_it_is(part: Path) -> None:
    assert split(Org([]), "OrderItem", "Key__c", part, iter) == (part,)


def test_an_object_without_fixed_fields_is_never_asked_for_its_keys(part: Path) -> None:
    org = Org([["A", "O1"]], {"fields": [one for one in DESCRIBE["fields"] if "relationshipName" not in one]})
    assert split(org, "OrderItem", "Key__c", part, iter) == (part,)
    assert org.asked == []


def test_known_rows_go_without_and_changed_ones_as_they_are(part: Path) -> None:
    org = Org([["a", "O1"], ["C", "O9"]])
    new, known = split(org, "OrderItem", "Key__c", part, iter)
    assert read(known) == [["Key__c", "Quantity"], ["A", "1"]]
    assert read(new) == [["Key__c", "Order.Key__c", "Quantity"], ["b", "O1", "2"], ["C", "O2", "3"]]
    assert org.asked == ["SELECT Key__c, Order.Key__c FROM OrderItem WHERE Key__c != null"]
    assert sorted(path.name for path in part.parent.iterdir()) == sorted([part.name, new.name, known.name])


def test_when_all_are_known_one_file_is_left(part: Path) -> None:
    (only,) = split(Org([["A", "O1"], ["B", "O1"], ["C", "O2"]]), "OrderItem", "Key__c", part, iter)
    assert read(only) == [["Key__c", "Quantity"], ["A", "1"], ["b", "2"], ["C", "3"]]
    assert sorted(path.name for path in part.parent.iterdir()) == sorted([part.name, only.name])
