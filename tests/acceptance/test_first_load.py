"""The checks of Point of Rental's first load: duplicates, sales representatives, customers without one, stages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orgwright.org import OrgClient
from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("first_load")

USER = "point-of-rental@example.com"


class Load:
    """A folder of CSV files and the command that loads it."""

    def __init__(self, workplace: Workplace, folder: Path) -> None:
        self.workplace, self.folder = workplace, folder
        self.write("sales_reps", "sales_rep,salesforce_user", f"R1,{USER}")
        self.write("customers", "cnum,name,phone,postal_code,sales_rep,not_a_duplicate", "000001,Alpha,1,10,R1,")

    def write(self, table: str, *lines: str) -> None:
        (self.folder / f"{table}.csv").write_text("\n".join(lines) + "\n")

    def customers(self, *lines: str) -> None:
        self.write("customers", "cnum,name,phone,postal_code,sales_rep,not_a_duplicate", *lines)

    def seed(self, *more: str) -> tuple[int, str]:
        done = self.workplace.orgwright(
            "seed", "point_of_rental", "--org", "local-por", "--source", str(self.folder), *more
        )
        return done.code, " ".join(done.text.split())


@pytest.fixture(scope="module")
def rental(workplace: Workplace) -> Iterator[OrgClient]:
    done = workplace.orgwright("up", "point_of_rental", "--org", "local-por", "--no-seed")
    assert done.code == 0, done.text
    with workplace.client("local-por") as org:
        yield org


@pytest.fixture
def load(workplace: Workplace, rental: OrgClient, tmp_path: Path) -> Load:
    return Load(workplace, tmp_path)


def test_duplicates_stop_the_load_until_they_are_resolved(load: Load, rental: OrgClient, tmp_path: Path) -> None:
    twins = ["000101,Crane Co.,1,10,R1,", "000102,crane co,2,10,R1,", "000103,Other,3,10,R1,"]
    load.customers(*twins)
    code, text = load.seed()
    assert (code, "2 of Account are duplicates" in text) == (1, True), text
    assert rental.count("SELECT COUNT() FROM Account WHERE POR_CNUM__c LIKE '0001%'") == 0
    load.customers(twins[0], twins[1] + "looked at", twins[2])
    for _ in range(2):
        code, text = load.seed()
        assert code == 0, f"settled, in the source and then in the org too: {text}"
    load.customers("000104,OTHER,3,99,R1,")
    code, text = load.seed()
    assert (code, "2 of Account are duplicates" in text) == (1, True), f"000103 is in the org under another key: {text}"


def test_a_record_of_the_org_without_key_is_a_duplicate_until_it_has_one(load: Load, rental: OrgClient) -> None:
    id = rental.create("Account", {"Name": "Digger", "Phone": "77"})
    load.customers("000201,DIGGER,77,,R1,")
    assert load.seed()[0] == 1
    rental.update("Account", id, {"POR_CNUM__c": "000201"})
    code, text = load.seed()
    assert (code, "1 updated" in text) == (0, True), text


def test_every_sales_representative_is_an_active_user(load: Load, rental: OrgClient) -> None:
    load.write("sales_reps", "sales_rep,salesforce_user", f"R1,{USER}", "R2,nobody@example.com", "R3,")
    code, text = load.seed()
    assert code == 1, text
    assert "3 of" not in text and "2 of sales_rep are not aligned with a User" in text
    assert "R2: there is no User with Username nobody@example.com" in text and "R3 has no salesforce_user" in text
    (user,) = rental.query(f"SELECT Id FROM User WHERE Username = '{USER}'")
    load.write("sales_reps", "sales_rep,salesforce_user", f"R1,{USER}")
    rental.update("User", user["Id"], {"IsActive": False})
    try:
        assert f"the User {USER} does not meet IsActive = true" in load.seed()[1]
    finally:
        rental.update("User", user["Id"], {"IsActive": True})
    load.customers("000301,Gamma,9,30,R9,")
    assert "R9 is not in sales_reps" in load.seed()[1]


def test_customers_without_representative_are_left_out_or_go_to_the_house_account(
    load: Load, rental: OrgClient
) -> None:
    load.customers("000401,House,41,40,,", "000402,Kept,42,40,R1,")
    load.write(
        "contacts", "auth,cnum,last_name,email", "401,000401,Left,l@example.com", "402,000402,Kept,k@example.com"
    )
    code, text = load.seed()
    assert code == 0 and "Left out: 1 rows of Account" in text and "1 rows of Contact" in text, text
    assert rental.count("SELECT COUNT() FROM Account WHERE POR_CNUM__c = '000401'") == 0
    assert rental.count("SELECT COUNT() FROM Contact WHERE POR_Auth__c = 401") == 0
    assert load.seed("--set", f"house_account={USER}")[0] == 0
    (row,) = rental.query("SELECT Owner.Username FROM Account WHERE POR_CNUM__c = '000401'")
    assert row["Owner"]["Username"] == USER


def test_types_and_statuses_become_stages_and_a_new_one_stops_the_load(load: Load, rental: OrgClient) -> None:
    head = "contract_number,cnum,contract_type,status,sales_rep,close_date,total"
    rows = [
        "Q1,000001,Quote,Open",
        "Q2,000001,Quote,Reservation",
        "Q3,000001,Normal,Cancelled",
        "Q4,000001,Work Order,Open",
    ]
    load.write("contracts", head, *(f"{row},R1,2026-01-31,10" for row in rows))
    assert load.seed()[0] == 0
    found = rental.query("SELECT POR_Contract_Number__c, StageName FROM Opportunity ORDER BY POR_Contract_Number__c")
    assert [row["StageName"] for row in found] == [
        "Proposal/Price Quote", "Closed Won", "Closed Lost", "Negotiation/Review",
    ]  # fmt: skip
    load.write("contracts", head, "Q5,000001,Normal,Lost in transit,R1,2026-01-31,10")
    code, text = load.seed()
    assert code != 0 and "'Normal / Lost in transit' is not mapped to Opportunity.StageName" in text, text
