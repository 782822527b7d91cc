"""Org files across versions of the program."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from orgwright.apex.host import Record
from orgwright.errors import OrgwrightError
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.org import Org
from orgwright.localorg.store import upgrade
from orgwright.localorg.store.database import BrokenFile
from tests.localorg.deploying import NOW, make_org


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    org = Org.create(tmp_path, alias="old", seed=1, clock=lambda: NOW)
    with org.transaction() as tx:
        (saved,) = tx.save(SaveRequest("insert", [Record("Account", {"Name": "Kept", "NumberOfEmployees": 7})]))
        assert saved.success
    org.close()
    return tmp_path


def execute(folder: Path, *statements: str) -> None:
    with sqlite3.connect(folder / "org.db") as connection:
        connection.create_function("casefold", 1, str)
        for statement in statements:
            connection.execute(statement)
    connection.close()


OLDER = "DELETE FROM _meta WHERE key = 'shape'"


def test_a_file_with_fewer_columns_gets_them(folder: Path) -> None:
    execute(folder, OLDER, 'DROP INDEX "Account.ParentId"', 'ALTER TABLE "Account" DROP COLUMN "ParentId"',
            'ALTER TABLE "Account" DROP COLUMN "Phone"', 'ALTER TABLE "Account" DROP COLUMN "_batch"',
            'ALTER TABLE "User" DROP COLUMN "UserPermissionsMarketingUser"')  # fmt: skip
    org = Org.open(folder, clock=lambda: NOW)
    with org.transaction() as tx:
        (row,) = tx.query("SELECT Id, Name, Phone, ParentId, NumberOfEmployees FROM Account").records
        assert (row.fields["Name"], row.fields["Phone"], row.fields["NumberOfEmployees"]) == ("Kept", None, 7)
        child = Record("Account", {"Name": "Child", "Phone": "1", "ParentId": row.fields["Id"]})
        assert tx.save(SaveRequest("insert", [child]))[0].success
        assert tx.save(SaveRequest("delete", [Record("Account", {"Id": row.fields["Id"]})]))[0].success
        users = tx.query("SELECT UserPermissionsMarketingUser FROM User").records
        assert {user.fields["UserPermissionsMarketingUser"] for user in users} == {False}
        assert tx.sql("SELECT count(*) FROM sqlite_master WHERE name = 'Account.ParentId'") == [(1,)]
    org.close()


def test_a_column_of_another_type_is_converted_and_a_gone_one_stays(folder: Path) -> None:
    execute(folder, OLDER, 'ALTER TABLE "Account" DROP COLUMN "NumberOfEmployees"',
            'ALTER TABLE "Account" ADD COLUMN "NumberOfEmployees" TEXT', 'ALTER TABLE "Account" ADD COLUMN "Gone" TEXT',
            'ALTER TABLE "Organization" ADD COLUMN "Gone" TEXT',
            """UPDATE "Account" SET "NumberOfEmployees" = '12', "Gone" = 'x'""")  # fmt: skip
    org = Org.open(folder, clock=lambda: NOW)
    with org.read() as tx:
        (row,) = tx.query("SELECT NumberOfEmployees FROM Account WHERE NumberOfEmployees > 11").records
        assert row.fields["NumberOfEmployees"] == 12
        assert tx.sql('SELECT "Gone" FROM "Account"') == [("x",)]
    trial = org.copy_for_tests()  # which has the columns that are known alone
    with trial.read() as tx:
        assert len(tx.query("SELECT Id FROM Organization").records) == 1
    trial.close()
    org.close()


def test_an_unchanged_file_is_left_alone(folder: Path) -> None:
    before = (folder / "org.db").read_bytes()
    Org.open(folder, clock=lambda: NOW).close()
    assert (folder / "org.db").read_bytes() == before


def test_a_newer_file_is_refused_and_not_touched(folder: Path) -> None:
    execute(folder, f"PRAGMA user_version = {upgrade.FORMAT + 1}", OLDER)
    before = (folder / "org.db").read_bytes()
    with pytest.raises(upgrade.NewerFile, match=f"format {upgrade.FORMAT + 1}.*up to {upgrade.FORMAT}"):
        Org.open(folder, clock=lambda: NOW)
    assert (folder / "org.db").read_bytes() == before


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 300])
def test_a_damaged_file_is_told(folder: Path, damage: bytes) -> None:
    for extra in ("org.db-wal", "org.db-shm"):
        (folder / extra).unlink(missing_ok=True)
    (folder / "org.db").write_bytes(damage)
    with pytest.raises(OrgwrightError) as caught:
        Org.open(folder, clock=lambda: NOW)
    assert "org.db" in str(caught.value)
    assert caught.value.help


def test_a_schema_that_cannot_be_read_is_told(folder: Path) -> None:
    execute(folder, "UPDATE _meta SET value = '{\"settings' WHERE key = 'schema'")
    with pytest.raises(BrokenFile, match="cannot be read"):
        Org.open(folder, clock=lambda: NOW)


def test_own_tables_get_their_columns() -> None:
    org = make_org()
    old = "CREATE TABLE _thing (id TEXT PRIMARY KEY, old INTEGER)"
    new = (
        "CREATE TABLE IF NOT EXISTS _thing (id TEXT PRIMARY KEY, old INTEGER, size INTEGER NOT NULL,"
        " note TEXT, name TEXT NOT NULL DEFAULT 'none') WITHOUT ROWID"
    )
    with org.transaction() as tx:
        tx.sql(old)
        tx.sql("INSERT INTO _thing VALUES ('a', 1)")
        tx.bring_up_own(new)
        assert tx.sql("SELECT id, old, size, note, name FROM _thing") == [("a", 1, 0, None, "none")]
        tx.bring_up_own(new)
    org.close()
