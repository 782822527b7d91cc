"""Deployteq and Point of Rental on every kind of org, and again; flags and the checks of a first load at work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orgwright.localorg import control
from orgwright.org import OrgClient
from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("connectors")

ROWS = {"deployteq": 704, "point_of_rental": 1299}
KINDS = ("scratch", "sandbox", "developer", "production")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(ROWS))
def test_up_and_again(workplace: Workplace, name: str, kind: str) -> None:
    alias = f"local-{name.replace('_', '-')}-{kind}"
    control.create_org(alias, kind, home=workplace.home)
    first = workplace.orgwright("up", name, "--org", alias, "--json")
    assert first.code == 0, first.text
    done = first.json
    assert (done["status"], done["data_model"]["differences"]) == ("ok", [])
    assert {unit: percent for unit, percent in done["tests"]["classes"].items() if percent < 100} == {}
    assert (done["rows"]["created"], done["rows"]["failed"]) == (ROWS[name], 0)
    again = workplace.orgwright("up", name, "--org", alias, "--json").json
    assert (again["components"]["created"], again["components"]["changed"]) == (0, 0)
    assert (again["rows"]["created"], again["rows"]["updated"], again["rows"]["failed"]) == (0, ROWS[name], 0)


# the checkbox of Deployteq


@pytest.fixture(scope="module")
def deployteq(workplace: Workplace) -> Iterator[OrgClient]:
    done = workplace.orgwright("up", "deployteq", "--org", "local-dq", "--no-seed", "--json")
    assert done.code == 0, done.text
    assert done.json["tests"]["coverage"] == 100
    with workplace.client("local-dq") as org:
        yield org


def flag(org: OrgClient, id: str) -> bool:
    (row,) = org.query(f"SELECT SyncWithClang__c FROM Lead WHERE Id = '{id}'")
    return bool(row["SyncWithClang__c"])


def test_the_setter_is_not_fooled_by_the_reset(deployteq: OrgClient) -> None:
    id = deployteq.create("Lead", {"LastName": "Bakker", "Company": "Bakkerij"})
    assert flag(deployteq, id)
    deployteq.update("Lead", id, {"SyncWithClang__c": False})
    assert not flag(deployteq, id)
    deployteq.update("Lead", id, {"Company": "Bakkerij"})
    assert not flag(deployteq, id), "nothing has changed"
    deployteq.update("Lead", id, {"Company": "BAKKERIJ"})
    assert flag(deployteq, id)
    deployteq.update("Lead", id, {"SyncWithClang__c": False, "Phone": "1"})
    assert flag(deployteq, id), "a change that comes with the reset is not lost"


def test_mark_sets_every_flag_once(deployteq: OrgClient, workplace: Workplace) -> None:
    ids = [deployteq.create("Contact", {"LastName": f"Jansen {n}"}) for n in range(3)]
    for id in ids[:2]:
        deployteq.update("Contact", id, {"SyncWithClang__c": False})
    marked = workplace.orgwright("mark", "deployteq", "--org", "local-dq", "--json").json
    assert {item["object"]: item["marked"] for item in marked["objects"]}["Contact"] == 2
    assert deployteq.count("SELECT COUNT() FROM Contact WHERE SyncWithClang__c = false") == 0
    nothing = workplace.orgwright("mark", "deployteq", "--org", "local-dq", "--json").json
    assert {item["marked"] for item in nothing["objects"]} == {0}
    refused = workplace.orgwright("mark", "point_of_rental", "--org", "local-dq")
    assert (refused.code, "point_of_rental has no flags" in refused.err) == (2, True)


def test_the_package_is_told_or_asked_for(deployteq: OrgClient, workplace: Workplace) -> None:
    told = workplace.orgwright("validate", "deployteq", "--org", "local-dq")
    assert told.code == 0 and "04tA0000000M0MzIAK) is not installed" in told.out
    asked = workplace.orgwright(
        "up", "deployteq", "--org", "local-dq", "--set", "contact_moments=required", "--no-seed"
    )
    assert asked.code == 1 and "Deployteq contact moments" in asked.err


STAND_INS = """
orgwright: 1
connector: standins
label: Stand-ins for the vendor's package
objects:
  ClangLeadContactMoment__c: &moment
    name_field: {type: AutoNumber, display_format: "M-{0000}"}
    Lead__c: Lookup(Lead)
    Subject__c: Text(255)
    SentAt__c: DateTime
    Opened__c: Checkbox
    Clicked__c: Checkbox
    Bounced__c: Checkbox
    OnlineVersionUrl__c: Url
    Key__c: {type: Text(64), external_id: true, unique: true}
  ClangContactContactMoment__c:
    name_field: {type: AutoNumber, display_format: "M-{0000}"}
    Contact__c: Lookup(Contact)
    Subject__c: Text(255)
access:
  permission_sets:
    Standins: {objects: {ClangLeadContactMoment__c: read create edit, ClangContactContactMoment__c: read create edit}, fields: edit}
  deployer: [Standins]
"""


def test_contact_moments_leave_the_flag_alone(deployteq: OrgClient, workplace: Workplace) -> None:
    """The vendor's objects are stood in for: a contact moment that arrives does not make its lead wait again."""
    folder = workplace.project / "connectors" / "standins"
    folder.mkdir(parents=True)
    (folder / "connector.yml").write_text(STAND_INS)
    done = workplace.orgwright("up", "standins", "--org", "local-dq", "--json")
    assert done.code == 0, done.text
    id = deployteq.create("Lead", {"LastName": "Visser", "Company": "Vis"})
    deployteq.update("Lead", id, {"SyncWithClang__c": False})
    moment = {"Lead__c": id, "Subject__c": "Nieuwsbrief", "Opened__c": True, "Key__c": "1"}
    deployteq.create("ClangLeadContactMoment__c", moment)
    assert not flag(deployteq, id)


MIXED = """
orgwright: 1
connector: mixed
label: Mixed
objects:
  Lead: {Sync__c: Checkbox}
  Contact: {Sync__c: Checkbox, Mixed_Code__c: Text(10)}
  Machine__c: {label: Machine, Sync__c: Checkbox, Serial__c: "Number(5, 0)"}
events:
  Mixed_Change__e: {fields: {Op__c: Text(20), After__c: LongTextArea(32768)}}
publish:
  Mixed_Change__e: {from: [Contact, Account], set: {Op__c: $operation, After__c: $new}, unless: Mixed_Bypass}
flags:
  Sync__c:
    on: {Lead: {}, Contact: {when_changed: [Mixed_Code__c, Email]}, Machine__c: {}}
    echo: Mixed_Own
access:
  custom_permissions: {Mixed_Bypass: {}, Mixed_Own: {}}
  permission_sets: {Mixed_All: {objects: {Lead: read, Contact: read, Account: read, Machine__c: read}, fields: edit}}
  deployer: [Mixed_All]
"""


def test_flags_and_publishers_share_one_trigger_an_object(workplace: Workplace) -> None:
    folder = workplace.project / "connectors" / "mixed"
    folder.mkdir(parents=True)
    (folder / "connector.yml").write_text(MIXED)
    done = workplace.orgwright("up", "mixed", "--org", "local-mixed", "--json")
    assert done.code == 0, done.text
    classes = done.json["tests"]["classes"]
    assert {name for name in classes if name.endswith("Trigger")} == {
        "MixedAccountTrigger", "MixedContactTrigger", "MixedLeadTrigger", "MixedMachineTrigger",
    }  # fmt: skip
    assert set(classes.values()) == {100}


# the first load of Point of Rental

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
