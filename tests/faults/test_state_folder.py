"""Disks that are full or read-only, files that are damaged, ports that are taken: told clearly, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orgwright.errors import OrgwrightError
from orgwright.localorg import control, service
from orgwright.localorg.registry import Registry
from tests.faults.conftest import House, V, count, query, start_deploy, until, wait_deploy

pytestmark = pytest.mark.xdist_group("faults")
ROOT = Path(__file__).parents[2]


def orgwright(house: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [Path(sys.executable).parent / "orgwright", *arguments],
        env={**os.environ, "ORGWRIGHT_HOME": str(house.home)},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def test_a_snapshot_on_a_full_disk(house: House) -> None:
    house.client("kept").close()
    running = service.find(house.home)
    assert running is not None
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    for arguments in (("snapshot", "kept", "--as", "none"), ("clone", "kept", "twin")):
        done = orgwright(house, "org", *arguments)
        assert done.returncode == 2 and "disk full" in done.stderr, done.stderr
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert not any((house.home / "snapshots").iterdir())
    assert orgwright(house, "org", "clone", "kept", "twin").returncode == 0


def test_a_full_disk(house: House) -> None:
    house.client("full").close()
    service.stop(house.home)
    with house.client("full") as http:
        running = service.find(house.home)
        assert running is not None
        size = (house.home / "orgs" / "full" / "org.db").stat().st_size
        saved = [http.post(f"{V}/sobjects/Account", json={"Name": "before"}).json()["id"]]
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (size + 3_000_000, resource.RLIM_INFINITY))
        refused = None
        for _ in range(60):
            rows = [
                {"attributes": {"type": "Account"}, "Name": "x" * 200, "Description": "d" * 30_000} for _ in range(20)
            ]
            answer = http.post(f"{V}/composite/sobjects", json={"records": rows, "allOrNone": True})
            if answer.status_code != 200:
                refused = answer
                break
            saved += [row["id"] for row in answer.json()]
        assert refused is not None, "the disk was never full"
        assert refused.json()[0]["errorCode"] == "STORAGE_LIMIT_EXCEEDED", refused.text
        assert "disk of the embedded org is full" in refused.json()[0]["message"]
        assert count(http, "Account") == len(saved), "reading goes on, and nothing is half there"
        big = http.post(f"{V}/sobjects/Account", content=b'{"Name":"' + b"x" * 4_000_000 + b'"}')
        assert big.status_code in (400, 403), big.text
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert http.post(f"{V}/sobjects/Account", json={"Name": "after"}).status_code == 201
    house.kill()
    with house.client("full") as http:
        assert count(http, "Account") == len(saved) + 1


def test_a_disk_that_fills_during_a_load_and_a_deploy(house: House) -> None:
    """What was saved is counted once, what was not is there to be sent again; a deploy is whole or not at all."""
    http, other = house.client("filling"), house.client("filling-too")
    running = service.find(house.home)
    assert running is not None
    databases = [house.home / "orgs" / alias / "org.db" for alias in ("filling", "filling-too")]

    def room(size: int) -> None:
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    total = 20_000
    job = f"{V}/jobs/ingest/" + http.post(
        f"{V}/jobs/ingest", json={"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
    ).json()["id"]  # fmt: skip
    rows = "Name\n" + "".join(f"row {n} {'x' * 150}\n" for n in range(total))
    http.put(f"{job}/batches", content=rows.encode(), headers={"Content-Type": "text/csv"})
    room(databases[0].stat().st_size + 3_500_000)
    http.patch(job, json={"state": "UploadComplete"})
    until(lambda: http.get(job).json()["state"] in ("Failed", "JobComplete"), 60)
    found = http.get(job).json()
    assert (found["state"], found["errorMessage"].partition(" : ")[2]) == (
        "Failed",
        "storage limit exceeded: the disk of the embedded org is full",
    )
    room(resource.RLIM_INFINITY)
    saved = count(http, "Account")
    sizes = [http.get(f"{job}/{kind}").text.count("\n") - 1 for kind in ("successfulResults", "unprocessedrecords")]
    assert 0 < saved < total and sizes == [saved, total - saved]

    bodies = {f"Large{n}": f"public class Large{n} {{ /* {'x' * 20_000} */ }}" for n in range(100)}
    room(databases[1].stat().st_size + 1_000_000)
    failed = wait_deploy(other, start_deploy(other, bodies))
    room(resource.RLIM_INFINITY)
    assert (failed["status"], failed["errorStatusCode"]) == ("Failed", "STORAGE_LIMIT_EXCEEDED")
    assert query(other, "SELECT Id FROM ApexClass") == []
    assert wait_deploy(other, start_deploy(other, bodies))["success"]
    http.close()
    other.close()


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "file" / "deeper", Path("/proc/orgwright")):
        done = orgwright(House(home), "org", "list")
        assert done.returncode == 2
        assert done.stderr.startswith("error: "), done.stderr
        assert "fault of its own" not in done.stderr, done.stderr
        assert str(home).split("/")[1] in done.stderr


def test_damaged_small_files_are_made_anew(house: House) -> None:
    with house.client("mended") as http:
        http.post(f"{V}/sobjects/Account", json={"Name": "kept"})
    service.stop(house.home)
    folder = house.home / "orgs" / "mended"
    for name in ("service.json", "ports.json", "usage.json"):
        (house.home / name).write_bytes(b"[]")
    (folder / "entry.json").write_bytes(b"")
    (folder / "credentials.json").write_bytes(b"{")
    (folder / "sessions.json").write_bytes(b'{"0": {"kind"')
    for path in (house.home / "tls").iterdir():
        path.write_bytes(b"damaged")
    assert [org.alias for org in control.list_orgs(house.home)] == ["mended"]
    with house.client("mended") as http:
        assert count(http, "Account") == 1
    assert (folder / "sessions.damaged").exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"alias": 3}', b"\xff\xfe", b'{"alias": "a", "surplus": 1}', b"null"]
)
def test_a_damaged_entry_is_rescued_from_the_org(tmp_path: Path, content: bytes) -> None:
    def clock() -> dt.datetime:
        return dt.datetime(2026, 11, 22, tzinfo=dt.UTC)

    registry = Registry(tmp_path, clock)
    made = registry.create("a", "sandbox", {"DailyApiRequests": 3})
    registry.close()
    (tmp_path / "orgs" / "a" / "entry.json").write_bytes(content)
    again = Registry(tmp_path, clock)
    assert again.get("a") == replace(made, limits={})
    again.close()
    (tmp_path / "orgs" / "a" / "entry.json").write_bytes(content)
    (tmp_path / "orgs" / "a" / "org.db").unlink()
    lost = Registry(tmp_path, clock)
    with pytest.raises(OrgwrightError, match="'a' cannot be opened"):
        lost.check("a")
    with pytest.raises(OrgwrightError, match="'a' cannot be opened"):
        lost.create("a", "scratch")


def test_an_org_whose_entry_is_lost_is_found_again_and_never_written_over(tmp_path: Path) -> None:
    def clock() -> dt.datetime:
        return dt.datetime(2026, 11, 22, tzinfo=dt.UTC)

    registry = Registry(tmp_path, clock)
    made = registry.create("a", "sandbox")
    registry.close()
    (tmp_path / "orgs" / "a" / "entry.json").unlink()
    again = Registry(tmp_path, clock)
    assert again.get("a") == made
    (tmp_path / "orgs" / "b").mkdir()
    file = tmp_path / "orgs" / "b" / "org.db"
    file.write_bytes(b"somebody's")
    for attempt in (lambda: again.create("b", "scratch"), lambda: again.adopt("b", lambda folder: None)):
        with pytest.raises(OrgwrightError, match="holds files already"):
            attempt()
        assert file.read_bytes() == b"somebody's"
    again.close()


def damage(path: Path, how: Callable[[bytes], bytes]) -> None:
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    path.write_bytes(how(path.read_bytes()))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (lambda data: b"x" * len(data), "not a database"),
        (lambda data: data[:4096] + b"\0" * (len(data) - 4096), "org.db"),
    ],
    ids=["other", "torn"],
)
def test_a_damaged_database_is_told_and_others_work(house: House, how: Callable[[bytes], bytes], told: str) -> None:
    house.client("good").close()
    house.client("bad").close()
    service.stop(house.home)
    damage(house.home / "orgs" / "bad" / "org.db", how)
    with pytest.raises(OrgwrightError) as caught:
        control.show_org("bad", home=house.home)
    assert told in str(caught.value)
    done = orgwright(house, "org", "show", "bad")
    assert done.returncode == 2
    assert "org.db" in done.stderr
    assert query(house.client("good"), "SELECT Id FROM Organization")
    control.delete_org("bad", home=house.home)
    assert [org.alias for org in control.list_orgs(house.home)] == ["good"]


def test_taken_ports_and_files_of_their_owner_only(house: House) -> None:
    house.client("modes").close()
    ports = service.find(house.home)
    assert ports is not None
    service.stop(house.home)
    with socket.create_server(("127.0.0.1", int(ports.http_url.rpartition(":")[2]))):
        assert control.list_orgs(house.home)[0].alias == "modes"
    shared = [
        (str(path.relative_to(house.home)), oct(path.stat().st_mode & 0o777))
        for path in [house.home, *house.home.rglob("*")]
        if path.stat().st_mode & 0o077
        and not any(p.stat().st_mode & 0o077 == 0 for p in path.parents if p != house.home.parent)
    ]
    assert shared == []
    assert house.home.stat().st_mode & 0o777 == 0o700
