"""jsforce, unmodified, against an embedded org."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orgwright.localorg import control
from orgwright.localorg.control import OrgAccess
from orgwright.metadata import zip as archive
from tests.localorg.deploying import NAMESPACE, apex, manifest

pytestmark = pytest.mark.xdist_group("sf")
covers = pytest.mark.covers
SCRIPT = Path(__file__).parent / "node" / "jsforce.cjs"


@pytest.fixture(scope="module")
def org(state: Path) -> OrgAccess:
    """An org of its own: what jsforce makes in it is no change that the sf CLI's tests have to track."""
    return control.create_org("jsforce", home=state)


def package() -> str:
    """What the script deploys: a REST resource, an invocable method, an event, a selected object."""
    rest = (
        "@RestResource(urlMapping='/js/*') global class JsApi { @HttpPost global static String make(String name) "
        "{ return 'hello ' + name; } @HttpGet global static Map<String, Object> read() "
        "{ return new Map<String, Object>{'uri' => RestContext.request.requestURI}; } }"
    )
    action = (
        "public class JsAction { @InvocableMethod public static List<String> run(List<String> text) { return text; } }"
    )
    event = (
        f"<CustomObject {NAMESPACE}><deploymentStatus>Deployed</deploymentStatus><eventType>HighVolume</eventType>"
        "<fields><fullName>Text__c</fullName><label>Text</label><length>20</length><type>Text</type></fields>"
        "<label>Js</label><pluralLabel>Js</pluralLabel><publishBehavior>PublishImmediately</publishBehavior></CustomObject>"
    )
    member = (
        f"<PlatformEventChannelMember {NAMESPACE}><eventChannel>ChangeEvents</eventChannel>"
        "<selectedEntity>AccountChangeEvent</selectedEntity></PlatformEventChannelMember>"
    )
    files = {
        **apex("JsApi", rest),
        **apex("JsAction", action),
        "objects/Js__e.object": event.encode(),
        "platformEventChannelMembers/Js.platformEventChannelMember": member.encode(),
    }
    members = {"ApexClass": ["JsApi", "JsAction"], "CustomObject": ["Js__e"], "PlatformEventChannelMember": ["Js"]}
    return base64.b64encode(archive.write({"package.xml": manifest(members), **files})).decode()


@pytest.fixture(scope="module")
def found(node_modules: Path, org: OrgAccess) -> dict[str, Any]:
    """What the script printed."""
    done = subprocess.run(
        ["node", str(SCRIPT), org.instance_url, org.access_token, package()],
        env={**os.environ, "NODE_PATH": str(node_modules)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    answer: dict[str, Any] = json.loads(done.stdout.partition("FOUND")[2])
    return answer


@covers("jsforce", "identity", "query", "sobject.create", "sobject.destroy")
def test_records(found: dict[str, Any], org: OrgAccess) -> None:
    assert found["identity"] == org.username
    assert (found["created"], found["queried"]) == ([True, True], ["js 1", "js 2"])
    assert (found["streamed"] >= 2, found["error"]) == (True, "INVALID_FIELD")


@covers("jsforce", "describe", "describeGlobal", "request")
def test_describes(found: dict[str, Any]) -> None:
    assert (found["fields"], found["global"], found["limit"]) == (True, True, 15_000)


@covers("jsforce", "find.explain")
def test_a_query_is_explained(found: dict[str, Any]) -> None:
    assert found["plans"] == [["Index", ["ParentId"]], ["TableScan", []]]


@covers("jsforce", "bulk.load", "bulk2.loadAndWaitForResults", "bulk2.query")
def test_bulk_jobs_of_both_kinds(found: dict[str, Any]) -> None:
    assert (found["bulk2"], found["bulk2query"], found["bulk1"]) == (1, ["bulk 2"], [True])


@covers("jsforce", "metadata.list", "metadata.upsert", "metadata.read", "tooling.executeAnonymous")
def test_metadata(found: dict[str, Any]) -> None:
    assert (found["metadata"], found["upserted"], found["read"]) == (True, [True], "Js")
    assert found["anonymous"]


@covers("jsforce", "metadata.deploy", "apex.get", "apex.post", "recent", "tabs", "search", "sobject.updated")
def test_apex_rest_actions_and_the_rest_of_rest(found: dict[str, Any]) -> None:
    apis = found["apis"]
    assert (apis["deployed"], apis["apexPost"], apis["apexGet"]) == (True, "hello you", {"uri": "/js/x"})
    assert (apis["action"], apis["recent"], apis["tabs"], apis["updated"]) == (["a"], [], True, True)


@covers(
    "jsforce", "login", "logout", "soap.setPassword", "soap.getServerTimestamp", "soap.getUserInfo", "soap.convertLead"
)
def test_login_and_records_over_soap(found: dict[str, Any]) -> None:
    assert found["apis"]["login"] and found["apis"]["serverTime"] and found["apis"]["user"]
    assert found["apis"]["converted"] == [True]


@covers("jsforce", "sobject.layouts")
def test_layouts(found: dict[str, Any]) -> None:
    assert found["apis"]["layouts"] == 1


@covers("jsforce", "streaming (platform events with replay, change events, generic events)")
def test_streaming(found: dict[str, Any]) -> None:
    assert (found["apis"]["event"], found["apis"]["change"]) == ("before", ["CREATE", "streamed"])
    assert found["apis"]["pushed"] == "to all"
