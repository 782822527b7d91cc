from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.apex.host import Record
from orgwright.errors import OrgwrightError
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.org import Org
from orgwright.localorg.schema import custom, edit
from orgwright.localorg.store import forms, ids
from tests.localorg.conftest import NOW, grant_everything, rich_schema

base62 = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=15, max_size=15)


def test_known_suffixes() -> None:
    assert ids.to18("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert ids.to18("0001") is None and ids.to18("001D000000Iqh!L") is None
    assert ids.to18("001D000000IqhSLXXX") is None


@given(base62)
def test_an_id_survives_loss_of_case(id15: str) -> None:
    id18 = ids.to18(id15)
    assert id18 is not None and ids.to18(id18) == id18
    assert ids.to18(id18.lower()) == id18 and ids.to18(id18.upper()) == id18


@given(st.integers(1, 62**9 - 5000), st.integers(1, 4000))
def test_made_ids_are_new_ordered_and_well_formed(start: int, count: int) -> None:
    made = list(ids.make("001", "gL", start, count))
    assert len(set(made)) == count and made == sorted(made)
    assert all(ids.to18(one[:15]) == one for one in (made[0], made[-1]))
    assert made[-1] == next(ids.make("001", "gL", start + count - 1, 1))


@given(st.decimals(-(10**12), 10**12, places=4), st.integers(0, 6))
def test_decimals_come_back_rounded_half_up(value: Decimal, scale: int) -> None:
    stored = forms.scaled(value, scale)
    decode = forms.typed_decoder("double", scale)
    assert decode is not None
    assert decode(stored) == value.quantize(Decimal(1).scaleb(-scale), rounding="ROUND_HALF_UP")


def test_an_org_is_there_after_opening_again(tmp_path: Path) -> None:
    org = Org.create(tmp_path, alias="keep", kind="production", schema=rich_schema(), clock=lambda: NOW)
    with org.transaction() as tx:
        first = tx.save(SaveRequest("insert", [Record("Account", {"Name": "a"})]))[0].id
    record, print_ = org.record, org.schema.fingerprint
    org.close()
    again = Org.open(tmp_path, clock=lambda: NOW)
    assert again.record == record and again.schema.fingerprint == print_ and not again.info.is_sandbox
    with again.transaction() as tx:
        assert tx.query("SELECT Id FROM Account").records[0].fields["Id"] == first
        second = tx.save(SaveRequest("insert", [Record("Account", {"Name": "b"})]))[0].id
    assert second != first
    again.close()
    with pytest.raises(OrgwrightError):
        Org.create(tmp_path, alias="keep")
    with pytest.raises(OrgwrightError):
        Org.open(tmp_path / "none")


def test_schema_changes_follow_in_the_tables_and_roll_back(org: Org) -> None:
    with org.transaction() as tx:
        tx.save(
            SaveRequest("insert", [Record("Account", {"Name": "a", "Size__c": "1.25", "Ext__c": "e"})], access="system")
        )
    wider = edit.with_field(org.schema, "Account", custom.custom_field("Size__c", "Number", precision=10, scale=4))
    wider = edit.with_field(wider, "Account", custom.custom_field("New__c", "Text", length=9, external_id=True))
    with pytest.raises(RuntimeError), org.transaction() as tx:
        tx.set_schema(wider)
        assert tx.query("SELECT New__c FROM Account", access="system").records[0].fields == {"New__c": None}
        raise RuntimeError
    assert org.schema.sobject("Account").field("New__c") is None  # type: ignore[union-attr]
    with org.transaction() as tx:
        tx.set_schema(wider)
    narrow = edit.without_field(wider, "Account", "Ext__c")
    narrow = edit.with_field(narrow, "Account", custom.custom_field("Size__c", "Number", precision=10, scale=1))
    with org.transaction() as tx:
        assert tx.query("SELECT Size__c FROM Account", access="system").records[0].fields == {
            "Size__c": Decimal("1.2500")
        }
        tx.set_schema(narrow)
        assert tx.query("SELECT Size__c FROM Account", access="system").records[0].fields == {"Size__c": Decimal("1.3")}
        gone = edit.without_object(narrow, "Part__c")
        tx.set_schema(gone)
    assert "part__c" not in org.database.tables


def test_copies_for_tests_have_set_up_and_no_data(org: Org) -> None:
    with org.transaction() as tx:
        tx.save(SaveRequest("insert", [Record("Account", {"Name": "a"})]))
        tx.sql("CREATE TABLE _component (name TEXT)")
        tx.sql("INSERT INTO _component VALUES ('x')")
    copy = org.copy_for_tests()
    with copy.transaction() as tx:
        assert tx.query("SELECT COUNT() FROM Account").total == 0
        assert tx.query("SELECT COUNT() FROM User").total == 3
        assert tx.can("edit", "Account", "Ext__c")
        assert tx.sql("SELECT name FROM _component") == [("x",)]
        made = tx.save(SaveRequest("insert", [Record("Account", {"Name": "b"})]))
        assert made[0].success
    with org.read() as tx:
        assert tx.query("SELECT COUNT() FROM Account").total == 1
    copy.close()


def test_a_crash_leaves_the_last_commit(tmp_path: Path) -> None:
    org = Org.create(tmp_path, alias="c")
    with org.transaction() as tx:
        tx.save(SaveRequest("insert", [Record("Account", {"Name": "a"})]))
    grant_everything(org)
    org.database.writer.execute("BEGIN")
    org.database.writer.execute('DELETE FROM "Account"')
    other = sqlite3.connect(tmp_path / "org.db")  # as a process that comes after one that died
    assert other.execute('SELECT COUNT(*) FROM "Account"').fetchone() == (1,)
    other.close()
    org.close()
