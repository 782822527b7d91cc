"""One server in a thread of this process, with orgs in a temporary state folder, asked over HTTP."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from orgwright.localorg.registry import OrgEntry
from orgwright.localorg.runtime import Runtime
from orgwright.localorg.schema import edit
from orgwright.localorg.schema.model import Field
from orgwright.localorg.server import listen, serve

V = "/services/data/v67.0"


@dataclass
class Site:
    """The server, and clients for its orgs."""

    runtime: Runtime
    http: httpx.Client
    https_url: str

    def client(self, entry: OrgEntry) -> httpx.Client:
        token = self.runtime.open_session(entry)["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.http.base_url, headers=headers, timeout=60)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    runtime = Runtime(tmp_path_factory.mktemp("state"))
    plain, secure = listen(None), listen(None)
    thread = threading.Thread(target=lambda: asyncio.run(serve(runtime, plain, secure)))
    thread.start()
    facts = runtime.home / "service.json"
    while not facts.exists():
        time.sleep(0.01)
    ports = json.loads(facts.read_text())
    with httpx.Client(base_url=f"http://127.0.0.1:{ports['http_port']}", timeout=60) as http:
        yield Site(runtime, http, f"https://127.0.0.1:{ports['https_port']}")
    runtime.on_stop()
    thread.join(20)
    runtime.close()


@pytest.fixture(scope="session")
def entry(site: Site) -> OrgEntry:
    """An org with an external id on Account, a unique one on Contact, and a platform event."""
    made = site.runtime.registry.create("local", "scratch")
    prepare(site.runtime, made)
    return made


def prepare(runtime: Runtime, entry: OrgEntry) -> None:
    org = runtime.registry.open(entry.alias)
    key = Field(name="Ext__c", label="Ext", type="string", length=40, custom=True, external_id=True, id_lookup=True)
    schema = edit.with_field(edit.with_field(org.schema, "Account", key), "Contact", key)
    schema = edit.with_object(
        schema, "Note__e", label="Note", label_plural="Notes", publish_behavior="PublishImmediately"
    )
    text = Field(name="Text__c", label="Text", type="string", length=20, custom=True)
    schema = edit.with_field(schema, "Note__e", text)
    with org.transaction() as tx:
        tx.set_schema(schema)
        sets = tx.query("SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true").records
        for row, name in itertools.product(sets, ("Account", "Contact")):
            grant = {"SobjectType": name, "Field": f"{name}.Ext__c", "PermissionsRead": True, "PermissionsEdit": True}
            tx.insert_setup("FieldPermissions", {"ParentId": row.fields["Id"], **grant})


@pytest.fixture(scope="session")
def http(site: Site, entry: OrgEntry) -> httpx.Client:
    """A client with a session."""
    return site.client(entry)


@pytest.fixture
def unique() -> Callable[[], str]:
    """Texts of which none is another one with something behind it."""
    return lambda: f"u{next(_NUMBERS)}x"


_NUMBERS = itertools.count(1)


def create(http: httpx.Client, sobject: str, **fields: Any) -> str:
    answer = http.post(f"{V}/sobjects/{sobject}", json=fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def query(http: httpx.Client, soql: str) -> list[dict[str, Any]]:
    answer = http.get(f"{V}/query", params={"q": soql})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["records"])
