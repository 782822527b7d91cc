"""The life of the server process, seen from a client: start it on demand, find it, stop it."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orgwright import __version__
from orgwright.errors import OrgwrightError
from orgwright.localorg.files import home_folder, make_private

START_SECONDS = 30.0


@dataclass(frozen=True)
class Service:
    """A running server. ``key`` opens its administration API."""

    http_url: str
    https_url: str
    ca_bundle: Path
    pid: int
    home: Path
    key: str = field(repr=False)
    instance: str = ""
    version: str = ""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the administration API; :class:`OrgwrightError` with its words when it refuses."""
        status, answer = _call(self.http_url, method, path, self.key, body)
        if status >= 400:
            error = answer[0] if isinstance(answer, list) and answer else {}
            raise OrgwrightError(
                str(error.get("message", f"the embedded org answered {status}")), help=error.get("help")
            )
        return answer


def ensure(home: Path | None = None) -> Service:
    """The running server of that state folder, started first when there is none.

    Two callers at once start one server. A server of another version of orgwright is replaced. :class:`OrgwrightError` when it does not come up.
    """
    home = home or home_folder()
    running = find(home)
    if running is not None and running.version == __version__:
        return running
    make_private(home)
    with _locked(home / "service.lock"):
        running = find(home)
        if running is not None and running.version == __version__:
            return running
        stop(home)
        return _start(home)


def find(home: Path | None = None) -> Service | None:
    """The running server of that state folder, or ``None``; a stale ``service.json`` counts as none."""
    home = home or home_folder()
    try:
        facts = json.loads((home / "service.json").read_text())
        service = Service(
            f"http://127.0.0.1:{facts['http_port']}",
            f"https://127.0.0.1:{facts['https_port']}",
            Path(facts["ca_bundle"]),
            facts["pid"],
            home,
            facts["key"],
            facts["instance"],
            facts.get("version", ""),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        status, answer = _call(service.http_url, "GET", "/_orgwright/ping", "", None, timeout=5)
    except (OSError, http.client.HTTPException, ValueError):
        return None
    return service if status == 200 and answer.get("instance") == service.instance else None


def stop(home: Path | None = None, *, seconds: float = 15.0) -> bool:
    """Stop the server of that state folder and wait for its end; ``False`` when none ran."""
    home = home or home_folder()
    service = find(home)
    if service is None:
        return False
    service.call("POST", "/_orgwright/stop")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _alive(service.pid):
            return True
        time.sleep(0.02)
    raise OrgwrightError(f"the embedded org (process {service.pid}) does not stop", help=f"see {home / 'service.log'}")


def _start(home: Path) -> Service:
    (home / "service.json").unlink(missing_ok=True)
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(p for p in (root, os.environ.get("PYTHONPATH")) if p)
    with (home / "service.out").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "orgwright.localorg.server", str(home)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=home,
            env={**os.environ, "PYTHONPATH": path},
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if (home / "service.json").exists():
            service = find(home)
            if service is not None:
                return service
        if process.poll() is not None:
            raise OrgwrightError(
                f"the embedded org did not start (exit code {process.returncode})",
                help=_last_line(home / "service.out") or f"see {home / 'service.log'}",
            )
        time.sleep(0.005)
    process.kill()
    raise OrgwrightError(f"the embedded org did not start in {START_SECONDS:.0f} s", help=f"see {home / 'service.log'}")


def _call(url: str, method: str, path: str, key: str, body: Any, *, timeout: float | None = 120) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=timeout)
    try:
        headers = {"X-Orgwright-Key": key, "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data else None
    finally:
        connection.close()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _last_line(path: Path) -> str | None:
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else None
