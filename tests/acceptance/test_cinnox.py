"""The CINNOX connector on embedded orgs, and the classes of the vendor's own document next to what is generated."""

from __future__ import annotations

import http.server
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orgwright import generate, spec
from orgwright.errors import OrgwrightError
from orgwright.localorg import control
from orgwright.metadata import Component, mdapi
from orgwright.org.metadata import DeployOptions
from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("cinnox")
DOCUMENTS = sorted((Path(__file__).parents[3] / "shared/documents").glob("004*.txt"))
META = "<ApexClass xmlns='http://soap.sforce.com/2006/04/metadata'><apiVersion>58.0</apiVersion><status>Active</status></ApexClass>"


@pytest.fixture(scope="module")
def org(workplace: Workplace) -> str:
    control.create_org("cinnox", "sandbox", home=workplace.home)
    done = workplace.orgwright("up", "cinnox", "--org", "cinnox", "--no-seed", "--json")
    assert done.code == 0, done.text
    return "cinnox"


@pytest.fixture(scope="module")
def web_service() -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A web service on loopback that keeps what is posted to it."""
    posted: list[dict[str, object]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", posted
    server.shutdown()


def until(true: Callable[[], bool]) -> bool:
    for _ in range(100):
        if true():
            return True
        time.sleep(0.1)
    return False


def test_changes_reach_the_web_service(
    org: str, workplace: Workplace, web_service: tuple[str, list[dict[str, object]]]
) -> None:
    url, posted = web_service
    connector = spec.load(spec.find("cinnox"))
    site = {"CINNOX": connector.remote_sites["CINNOX"].model_copy(update={"url": url, "plain_http": True})}
    hook = {"Webhook": connector.webhooks["Webhook"].model_copy(update={"url": url, "path": "/hook"})}
    here = connector.model_copy(update={"remote_sites": site, "webhooks": hook})
    with workplace.client(org) as client:
        done = client.metadata.deploy(mdapi.to_zip(generate.components(here)), DeployOptions())
        assert done.success, done.failures
        contact = client.create("Contact", {"LastName": "Told"})
        assert until(lambda: len(posted) == 1)
        client.update("Contact", contact, {"Department": "Nobody asks for it"})
        client.update("Contact", contact, {"LastName": "Told again"})
        assert until(lambda: len(posted) == 2)
        client.delete(f"/sobjects/Contact/{contact}")
        assert until(lambda: len(posted) == 3)
        assert next(client.query("SELECT COUNT(Id) n FROM CINNOX_Failure__c"))["n"] == 0
    assert [body["operation"] for body in posted] == ["insert", "update", "delete"]
    assert [set(body) for body in posted] == [{"operation", "new", "old", "userId", "orgId"}] * 3
    old, new = posted[1]["old"], posted[1]["new"]
    assert isinstance(old, list) and isinstance(new, list)
    assert (old[0]["LastName"], new[0]["LastName"], new[0]["Id"]) == ("Told", "Told again", contact)


def test_the_eleventh_contact_of_one_external_contact_is_refused(org: str, workplace: Workplace) -> None:
    with workplace.client(org) as client:
        for number in range(10):
            client.create("Contact", {"LastName": f"Linked {number}", "CINNOX_Contact_Id__c": "cx-1"})
        with pytest.raises(OrgwrightError, match="At most 10 records may share one value: cx-1"):
            client.create("Contact", {"LastName": "Eleven", "CINNOX_Contact_Id__c": "cx-1"})
        client.create("Contact", {"LastName": "Eleven", "CINNOX_Contact_Id__c": "cx-2"})


def code_of(text: str, start: str) -> bytes:
    """A class of the document: from its first line to the brace that closes it."""
    begin = text.index(start)
    end = re.compile(r"^\}", re.MULTILINE).search(text, begin)
    assert end is not None
    return text[begin : end.end()].encode()


@pytest.mark.skipif(not DOCUMENTS, reason="the vendor's document is not here")
def test_the_documents_five_items_pass_in_production(workplace: Workplace) -> None:
    text = DOCUMENTS[0].read_text("utf-8").replace("\r\n", "\n")
    starts = {
        "WebhookMockImpl": "global class WebhookMockImpl",
        "TestContactTrigger": "@isTest\npublic class TestContactTrigger",
        "TestWebhook": "@isTest\npublic class TestWebhook",
    }
    theirs = [Component("ApexClass", name, code_of(text, start), META.encode()) for name, start in starts.items()]
    made = {c.key: c for c in generate.components(spec.load(spec.find("cinnox"), {"trigger_name": "Triggercode1"}))}
    ours = [made["ApexClass", "Webhook"], made["ApexTrigger", "Triggercode1"]]
    control.create_org("cinnox-change-set", "production", home=workplace.home)
    brought_up = workplace.orgwright(
        "up", "cinnox", "--org", "cinnox-change-set", "--no-seed", "--json", "--set", "trigger_name=Triggercode1"
    )
    assert brought_up.code == 0, brought_up.text
    with workplace.client("cinnox-change-set") as client:
        for options in (
            DeployOptions(),
            DeployOptions(test_level="RunLocalTests"),
            DeployOptions(test_level="RunSpecifiedTests", tests=("TestContactTrigger", "TestWebhook", "WebhookTest")),
        ):
            done = client.metadata.deploy(mdapi.to_zip([*ours, *theirs]), options)
            assert done.success, (done.failures, done.test_failures, done.warnings)
            assert done.test_failures == ()
            assert len([c for c in done.components if c.type in ("ApexClass", "ApexTrigger")]) == 5
        assert done.tests_run >= 2
