"""The server process: start on demand, twice at once, stale files, taken ports, stop."""

from __future__ import annotations

import concurrent.futures
import json
import socket
import ssl
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from orgwright.errors import OrgwrightError
from orgwright.localorg import service


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    yield folder
    service.stop(folder)


def test_a_server_starts_on_demand_and_is_found_again(home: Path) -> None:
    assert service.find(home) is None
    running = service.ensure(home)
    assert service.ensure(home) == running
    assert running.call("GET", "/_orgwright/orgs") == []
    assert service.stop(home)
    assert service.find(home) is None
    assert not service.stop(home)


def test_starters_at_the_same_time_start_one_server(home: Path) -> None:
    code = "import sys, pathlib; from orgwright.localorg import service; print(service.ensure(pathlib.Path(sys.argv[1])).pid)"
    root = Path(__file__).parents[2]

    def start(_: int) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, str(home)], capture_output=True, text=True, cwd=root, check=True
        )
        return done.stdout.strip()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(4)))) == 1


def test_a_stale_pid_file_is_no_server(home: Path) -> None:
    first = service.ensure(home)
    facts = (home / "service.json").read_text()
    service.stop(home)
    (home / "service.json").write_text(facts)
    assert service.find(home) is None
    second = service.ensure(home)
    assert second.pid != first.pid
    assert (second.http_url, second.https_url) == (first.http_url, first.https_url)


def test_another_process_on_the_old_port_is_not_taken_for_the_server(home: Path) -> None:
    first = service.ensure(home)
    facts = (home / "service.json").read_text()
    service.stop(home)
    (home / "service.json").write_text(facts)
    port = int(first.http_url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        second = service.ensure(home)
        assert second.http_url != first.http_url
        assert second.call("GET", "/_orgwright/orgs") == []


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    home = tmp_path / "state"
    home.mkdir()
    (home / "orgs").write_text("not a folder")
    with pytest.raises(OrgwrightError) as caught:
        service.ensure(home)
    assert "did not start" in caught.value.what
    assert caught.value.help


def test_files_are_private(home: Path) -> None:
    service.ensure(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for name in ("service.json", "service.log", "tls/ca.pem", "tls/ca.key", "tls/server.pem"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600, name


def test_https_is_trusted_through_the_bundle_and_the_authority_is_used_again(home: Path) -> None:
    running = service.ensure(home)
    before = running.ca_bundle.read_bytes()
    for host in ("127.0.0.1", "localhost"):
        url = running.https_url.replace("127.0.0.1", host) + "/services/data"
        with urllib.request.urlopen(url, context=ssl.create_default_context(cafile=running.ca_bundle)) as answer:
            assert json.load(answer)[-1]["version"] == "67.0"
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(running.https_url + "/services/data", context=ssl.create_default_context())
    service.stop(home)
    assert service.ensure(home).ca_bundle.read_bytes() == before


def test_only_loopback_listens(home: Path) -> None:
    running = service.ensure(home)
    addresses = Path(f"/proc/{running.pid}/net/tcp")
    if not addresses.exists():
        pytest.skip("no /proc")
    ports = {f"{int(url.rpartition(':')[2]):04X}" for url in (running.http_url, running.https_url)}
    listening = [
        line.split()[1].split(":") for line in addresses.read_text().splitlines()[1:] if line.split()[3] == "0A"
    ]
    assert {address for address, port in listening if port in ports} == {"0100007F"}


def test_administration_needs_the_key(home: Path) -> None:
    running = service.ensure(home)
    for path in ("/_orgwright/orgs", "/_orgwright/orgs/x"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(running.http_url + path)
        assert caught.value.code == 403
    assert running.key not in repr(running)


def test_the_home_comes_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGWRIGHT_HOME", str(home))
    running = service.ensure()
    assert running.home == home
    assert (home / "service.json").exists()


def test_a_server_of_another_version_is_replaced(home: Path) -> None:
    old = service.ensure(home)
    facts = json.loads((home / "service.json").read_text())
    (home / "service.json").write_text(json.dumps({**facts, "version": "0.0.0"}))
    new = service.ensure(home)
    assert new.pid != old.pid
    assert service.ensure(home) == new
