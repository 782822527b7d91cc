"""Embedded orgs in a server process of their own, which tests may kill."""

from __future__ import annotations

import base64
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from orgwright.localorg import control, service
from orgwright.metadata import zip as archive

V = "/services/data/v67.0"


@dataclass
class House:
    """A state folder and the server on it."""

    home: Path

    def client(self, alias: str) -> httpx.Client:
        """A client of an org, made first if there is none; the server is started if it does not run."""
        access = control.ensure_org(alias, home=self.home)
        headers = {"Authorization": f"Bearer {access.access_token}"}
        return httpx.Client(base_url=access.instance_url, headers=headers, timeout=60, trust_env=False)

    def kill(self) -> None:
        """``kill -9``."""
        running = service.find(self.home)
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
        os.waitpid(running.pid, 0)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "home")
    yield made
    service.stop(made.home)


def count(http: httpx.Client, sobject: str) -> int:
    """How many records there are."""
    answer = http.get(f"{V}/query", params={"q": f"SELECT COUNT() FROM {sobject}"})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["totalSize"])


def query(http: httpx.Client, soql: str, *, tooling: bool = False) -> list[dict[str, Any]]:
    """The records of a query."""
    answer = http.get(f"{V}{'/tooling' if tooling else ''}/query", params={"q": soql})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["records"])


def classes(bodies: Mapping[str, str]) -> str:
    """The zip of a package of Apex classes, in base64."""
    files: dict[str, bytes] = {}
    for name, body in bodies.items():
        files[f"classes/{name}.cls"] = body.encode()
        files[f"classes/{name}.cls-meta.xml"] = (
            b'<ApexClass xmlns="http://soap.sforce.com/2006/04/metadata"><apiVersion>66.0</apiVersion></ApexClass>'
        )
    members = "".join(f"<members>{name}</members>" for name in bodies)
    files["package.xml"] = (
        '<Package xmlns="http://soap.sforce.com/2006/04/metadata"><types>'
        f"{members}<name>ApexClass</name></types><version>67.0</version></Package>"
    ).encode()
    return base64.b64encode(archive.write(files)).decode()


def start_deploy(http: httpx.Client, bodies: Mapping[str, str]) -> str:
    """Hand a deploy in over REST; its Id."""
    boundary = "part"
    data = base64.b64decode(classes(bodies))
    body = (
        b'--part\r\nContent-Disposition: form-data; name="json"\r\nContent-Type: application/json\r\n\r\n'
        b'{"deployOptions":{"singlePackage":true,"rollbackOnError":true}}\r\n'
        b'--part\r\nContent-Disposition: form-data; name="file"; filename="p.zip"\r\nContent-Type: application/zip\r\n\r\n'
        + data
        + b"\r\n--part--\r\n"
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = http.post(f"{V}/metadata/deployRequest", content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def until(met: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def deploy_status(http: httpx.Client, id: str) -> dict[str, Any]:
    """What the org says of a deploy."""
    answer = http.get(f"{V}/metadata/deployRequest/{id}", params={"includeDetails": "true"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["deployResult"])


def wait_deploy(http: httpx.Client, id: str, seconds: float = 60) -> dict[str, Any]:
    """The end of a deploy."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = deploy_status(http, id)
        if found["done"]:
            return found
        time.sleep(0.02)
    raise AssertionError(f"deploy {id} did not end")
