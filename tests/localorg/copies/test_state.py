"""Snapshots, restores and clones: whole, consistent, and refused in words where they cannot be."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orgwright.errors import OrgwrightError
from orgwright.localorg.access import passwords
from orgwright.localorg.apexhost import credentials
from orgwright.localorg.copies.state import Copied
from orgwright.localorg.metadata import deploys
from orgwright.localorg.runtime import Runtime
from tests.localorg.deploying import deploy, fields

FIELD = fields("Account", "<fullName>Meter__c</fullName><label>Meter</label><type>Text</type><length>20</length>")


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    made = Runtime(tmp_path / "state", clock=lambda: dt.datetime(2026, 11, 25, tzinfo=dt.UTC))
    made.registry.create("dev", "production")
    yield made
    made.close()


def accounts(runtime: Runtime, alias: str = "dev") -> list[str]:
    with runtime.registry.open(alias).read() as tx:
        rows = tx.query("SELECT Name FROM Account ORDER BY Name", access="system").records
        return [row.fields["Name"] for row in rows]


def add(runtime: Runtime, name: str, alias: str = "dev") -> None:
    with runtime.registry.open(alias).transaction() as tx:
        tx.insert_setup("Account", {"Name": name})


def meter(runtime: Runtime, alias: str = "dev") -> bool:
    found = runtime.registry.open(alias).schema.sobject("Account")
    return found is not None and found.field("Meter__c") is not None


def test_an_org_goes_back_to_its_rows_and_its_schema(runtime: Runtime) -> None:
    add(runtime, "before")
    runtime.states.snapshot("dev", "s1")
    add(runtime, "after")
    assert deploy(runtime.registry.open("dev"), FIELD, {"CustomField": ["Account.Meter__c"]})["success"]
    runtime.states.snapshot("dev", "s2")
    assert runtime.states.restore("dev", "s1").name == "s1"
    assert (accounts(runtime), meter(runtime)) == (["before"], False)
    add(runtime, "between")
    assert runtime.states.restore("dev", "s2").created
    assert (accounts(runtime), meter(runtime)) == (["after", "before"], True)


def test_tokens_stay_valid_but_not_those_of_users_who_are_gone(runtime: Runtime) -> None:
    entry = runtime.registry.get("dev")
    assert entry is not None
    token = runtime.open_session(entry)["access_token"]
    runtime.states.snapshot("dev", "s1")
    with runtime.registry.open("dev").transaction() as tx:
        user = tx.insert_setup("User", {"Username": "late@example.com", "LastName": "L", "Alias": "l"})
    from orgwright.localorg.sessions import Grant

    late = runtime.sessions.issue(entry, Grant("access", user, "x", "api", runtime.clock().timestamp()))
    runtime.states.restore("dev")
    assert runtime.sessions.resolve(token) is not None
    assert runtime.sessions.resolve(late) is None


def test_a_clone_has_the_same_records_and_another_identity(runtime: Runtime) -> None:
    add(runtime, "shared")
    made = runtime.states.clone("dev", "fork")
    source = runtime.registry.get("dev")
    assert source is not None and made.org_id != source.org_id
    assert made.username == f"{source.username}.fork"
    add(runtime, "only here", "fork")
    assert (accounts(runtime), accounts(runtime, "fork")) == (["shared"], ["only here", "shared"])
    with runtime.registry.open("fork").read() as tx:
        assert [row[0] for row in tx.sql("SELECT Id FROM Organization")] == [made.org_id]
    runtime.states.snapshot("dev", "s1")
    runtime.registry.delete("dev")
    assert runtime.states.clone("dev", "third", snapshot="s1").kind == "production"
    assert accounts(runtime, "third") == ["shared"]
    assert runtime.states.restore("dev").name == "s1"
    again = runtime.registry.get("dev")
    assert again is not None and (again.org_id, again.username) == (source.org_id, source.username)
    assert accounts(runtime) == ["shared"]


def test_user_names_that_are_cut_stay_apart(runtime: Runtime) -> None:
    long = f"{'x' * 60}@example.com"
    with runtime.registry.open("dev").transaction() as tx:
        for end in ("aaaaaaaa", "bbbbbbbb"):
            tx.insert_setup("User", {"Username": long + end, "LastName": end})
    alias = "n" * 80
    made = runtime.states.clone("dev", alias)
    with runtime.registry.open(alias).read() as tx:
        names = [name for (name,) in tx.sql("SELECT Username FROM User")]
    assert len({name.lower() for name in names}) == len(names) and made.username in names
    assert max(map(len, names)) == 80


def test_no_copy_has_the_secrets_of_the_first_org(runtime: Runtime) -> None:
    entry = runtime.registry.get("dev")
    assert entry is not None
    tokens = runtime.open_session(entry)
    with runtime.registry.open("dev").transaction() as tx:
        passwords.put(tx, entry.user_id, "passw0rd-of-dev")
        values = {"Key": credentials.Secret("s3cret-value", True)}
        credentials.write(tx, "Api", credentials.Principal("P", "NamedPrincipal"), values)
    runtime.states.snapshot("dev", "s1")
    runtime.states.clone("dev", "fork")
    runtime.states.clone("dev", "late", snapshot="s1")
    runtime.states.copy("dev", Copied("box", "sandbox", "box", sandbox=True))
    for alias, keeps_password in (("dev", True), ("fork", False), ("late", False), ("box", True)):
        with runtime.registry.open(alias).read() as tx:
            assert passwords.matches(tx, entry.user_id, "passw0rd-of-dev") is keeps_password
        runtime.registry.open(alias).close()
        files = [path for path in runtime.registry.folder(alias).iterdir() if path.is_file()]
        written = b"".join(path.read_bytes() for path in files)
        assert (b"s3cret-value" in written) is (alias == "dev")
        assert all(token.encode() not in written for token in tokens.values())
    for alias in ("fork", "late", "box"):
        assert not (runtime.registry.folder(alias) / "sessions.json").exists()
    assert runtime.sessions.resolve(tokens["access_token"]) is not None


def test_a_copy_without_data_keeps_metadata_and_users(runtime: Runtime) -> None:
    add(runtime, "left behind")
    assert deploy(runtime.registry.open("dev"), FIELD, {"CustomField": ["Account.Meter__c"]})["success"]
    copied = Copied("bare", "sandbox", "bare", data=False, dev_hub=False, sandbox=True)
    made = runtime.states.copy("dev", copied)
    assert (accounts(runtime, "bare"), meter(runtime, "bare")) == ([], True)
    with runtime.registry.open("bare").read() as tx:
        (row,) = tx.sql("SELECT Username, Email FROM User WHERE Id = ?", (made.user_id,))
        assert row[0].endswith(".bare") and row[1].endswith(".invalid")
        assert tx.sql("SELECT IsSandbox, TrialExpirationDate FROM Organization") == [(1, None)]
    add(runtime, "new", "bare")


def test_a_snapshot_taken_while_somebody_writes_is_whole(runtime: Runtime) -> None:
    org = runtime.registry.open("dev")
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with org.transaction() as tx:
                tx.insert_setup("Account", {"Name": "pair"})
                tx.insert_setup("Account", {"Name": "pair"})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        kept = [runtime.states.snapshot("dev", f"s{number}") for number in range(5)]
    finally:
        stop.set()
        writer.join()
    for one in kept:
        connection = sqlite3.connect(runtime.states.snapshots.file(one))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
        runtime.states.clone("dev", f"of-{one.name}", snapshot=one.name)
        assert len(accounts(runtime, f"of-{one.name}")) % 2 == 0


def test_who_wrote_before_a_restore_is_told_to_try_again(runtime: Runtime) -> None:
    org = runtime.registry.open("dev")
    runtime.states.snapshot("dev", "s1")
    runtime.states.restore("dev")
    with pytest.raises(OrgwrightError, match="restored from a snapshot"), org.transaction():
        pass


def test_what_cannot_be_is_refused_and_leaves_nothing(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    states = runtime.states
    runtime.registry.create("other", "scratch")
    states.snapshot("dev", "s1")
    calls: list[tuple[Any, str]] = [
        (lambda: states.snapshot("dev", "S1"), "exists already"),
        (lambda: states.snapshot("dev", "../x"), "is no name for a snapshot"),
        (lambda: states.restore("dev", "none"), "no snapshot named 'none'"),
        (lambda: states.restore("other"), "has no snapshot"),
        (lambda: states.restore("other", "s1"), "is one of the org 'dev'"),
        (lambda: states.restore("fresh", "s1"), "is one of the org 'dev'"),
        (lambda: states.restore("fresh"), "neither an org nor a snapshot of one named 'fresh'"),
        (lambda: states.clone("dev", "Other"), "exists already"),
        (lambda: states.clone("dev", "a/b"), "is no name for an org"),
        (lambda: states.snapshots.delete("none"), "no snapshot named"),
    ]
    for call, text in calls:
        with pytest.raises(OrgwrightError, match=text):
            call()
    monkeypatch.setattr(deploys.Deploys, "busy", True)
    for call in (lambda: states.snapshot("dev"), lambda: states.restore("dev"), lambda: states.clone("dev", "x")):
        with pytest.raises(OrgwrightError, match="a deploy runs in the org 'dev'"):
            call()
    assert [one.name for one in states.snapshots.all()] == ["s1"]
    assert {one.alias for one in runtime.registry.entries()} == {"dev", "other"}


def test_a_damaged_snapshot_is_told_and_leaves_the_org_as_it_was(runtime: Runtime) -> None:
    add(runtime, "kept")
    one = runtime.states.snapshot("dev", "s1")
    folder = runtime.states.snapshots.file(one).parent.parent
    file = runtime.states.snapshots.file(one)
    file.write_bytes(file.read_bytes()[:20_000])
    with pytest.raises(OrgwrightError, match="the copy cannot be made"):
        runtime.states.restore("dev", "s1")
    assert accounts(runtime) == ["kept"]
    (folder / "taken").write_text("a file where a folder has to be")
    with pytest.raises(OrgwrightError, match="cannot be made"):
        runtime.states.snapshot("dev", "taken")
