"""What a user without rights meets at every door, and that no door opens for a wrong token."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import httpx
import pytest

from orgwright.apex.host import Record
from orgwright.localorg.api.routing import MOUNTS, Route
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.registry import OrgEntry
from orgwright.localorg.schema import edit
from orgwright.localorg.schema.custom import custom_field
from orgwright.localorg.sessions import Grant
from tests.localorg.access.people import make_user
from tests.localorg.api.conftest import Site, V, create

_NAMES = itertools.count(1)


def sign_in(site: Site, entry: OrgEntry, user_id: str) -> httpx.Client:
    grant = Grant("access", user_id, "PlatformCLI", "full", site.runtime.clock().timestamp())
    token = site.runtime.sessions.issue(entry, grant)
    headers = {"Authorization": f"Bearer {token}", "X-Token": token}
    return httpx.Client(base_url=site.http.base_url, headers=headers, timeout=60)


@pytest.fixture(scope="module")
def office(site: Site) -> OrgEntry:
    """An org of its own: private accounts, an object and a field that nobody but the administrator has."""
    made = site.runtime.registry.create("office", "scratch")
    org = site.runtime.registry.open("office")
    schema = edit.with_object(org.schema, "Account", sharing_model="Private")
    schema = edit.with_object(schema, "Secret__c", label="Secret", label_plural="Secrets", sharing_model="Private")
    schema = edit.with_field(schema, "Account", custom_field("Hidden__c", "Text", length=9))
    with org.transaction() as tx:
        tx.set_schema(schema)
    return made


@pytest.fixture
def clerk(site: Site, office: OrgEntry) -> Iterator[httpx.Client]:
    """A Standard User."""
    user = make_user(site.runtime.registry.open("office"), f"clerk{next(_NAMES)}", None)
    with sign_in(site, office, user) as client:
        yield client


def code(answer: httpx.Response) -> tuple[int, str]:
    found: Any = answer.json()
    return answer.status_code, (found[0] if isinstance(found, list) else found)["errorCode"]


def test_records_that_are_not_shared_are_not_there(site: Site, office: OrgEntry, clerk: httpx.Client) -> None:
    with site.client(office) as boss:
        account = create(boss, "Account", Name="Closed to clerks")
        contact = create(boss, "Contact", LastName="Also closed", AccountId=account)
    for kind, id in (("Account", account), ("Contact", contact)):
        assert code(clerk.get(f"{V}/sobjects/{kind}/{id}")) == (404, "NOT_FOUND")
        assert code(clerk.patch(f"{V}/sobjects/{kind}/{id}", json={"Description": "x"})) == (
            403, "INSUFFICIENT_ACCESS_OR_READONLY",
        )  # fmt: skip
        assert code(clerk.delete(f"{V}/sobjects/{kind}/{id}")) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert clerk.get(f"{V}/query", params={"q": "SELECT COUNT() FROM Account"}).json()["totalSize"] == 0
    found = clerk.get(f"{V}/search", params={"q": "FIND {Closed} RETURNING Account(Id)"}).json()
    assert found["searchRecords"] == []
    rows = clerk.get(f"{V}/composite/sobjects/Account", params={"ids": account, "fields": "Id"})
    assert rows.json() == [None]
    refused = clerk.post(f"{V}/sobjects/Contact", json={"LastName": "x", "AccountId": account})
    assert refused.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    own = create(clerk, "Account", Name="Own")
    assert clerk.get(f"{V}/sobjects/Account/{own}").status_code == 200


def test_objects_and_fields_that_are_not_granted_are_not_there(clerk: httpx.Client) -> None:
    assert code(clerk.get(f"{V}/query", params={"q": "SELECT Id FROM Secret__c"})) == (400, "INVALID_TYPE")
    assert code(clerk.get(f"{V}/query", params={"q": "SELECT Hidden__c FROM Account"})) == (400, "INVALID_FIELD")
    assert code(clerk.get(f"{V}/sobjects/Secret__c/describe")) == (404, "NOT_FOUND")
    described = clerk.get(f"{V}/sobjects/Account/describe").json()
    assert "Hidden__c" not in [field["name"] for field in described["fields"]]
    assert described["createable"]
    campaign = clerk.get(f"{V}/sobjects/Campaign/describe").json()
    assert campaign["queryable"] and not campaign["createable"] and not campaign["deletable"]
    assert not next(f for f in campaign["fields"] if f["name"] == "Name")["updateable"]
    names = [one["name"] for one in clerk.get(f"{V}/sobjects").json()["sobjects"]]
    assert "Account" in names and "Secret__c" not in names
    assert code(clerk.post(f"{V}/sobjects/Secret__c", json={"Name": "x"}))[1] in ("NOT_FOUND", "INVALID_TYPE")
    refused = clerk.post(f"{V}/sobjects/Account", json={"Name": "x", "Hidden__c": "y"})
    assert refused.json()[0]["message"] == "No such column 'Hidden__c' on sobject of type Account"
    job = {"operation": "insert", "object": "Secret__c", "contentType": "CSV"}
    assert code(clerk.post(f"{V}/jobs/ingest", json=job)) == (400, "INVALIDENTITY")
    job = {"operation": "hardDelete", "object": "Account", "contentType": "CSV"}
    assert code(clerk.post(f"{V}/jobs/ingest", json=job)) == (400, "FEATURENOTENABLED")


def test_what_needs_a_user_permission(clerk: httpx.Client) -> None:
    body = {"anonymousBody": "System.debug(1);"}
    assert code(clerk.get(f"{V}/tooling/executeAnonymous", params=body)) == (403, "INSUFFICIENT_ACCESS")
    new = {"Name": "X", "Body": "public class X {}"}
    assert code(clerk.post(f"{V}/tooling/sobjects/ApexClass", json=new)) == (403, "INSUFFICIENT_ACCESS")
    files = {"json": (None, '{"deployOptions": {}}', "application/json"), "file": ("x.zip", b"x", "application/zip")}
    assert code(clerk.post(f"{V}/metadata/deployRequest", files=files)) == (403, "INSUFFICIENT_ACCESS")
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{ns}"><e:Header><SessionHeader>'
        "<sessionId>{token}</sessionId></SessionHeader></e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )
    token = clerk.headers["X-Token"]
    metadata = "http://soap.sforce.com/2006/04/metadata"
    text = envelope.format(ns=metadata, token=token, body="<deleteMetadata><type>CustomObject</type><fullNames>A__c</fullNames></deleteMetadata>")  # fmt: skip
    answer = clerk.post("/services/Soap/m/67.0", content=text, headers={"SOAPAction": '""'})
    assert answer.status_code == 500 and "INSUFFICIENT_ACCESS" in answer.text
    user = {"LastName": "N", "Username": "n@n.example.com", "Alias": "n", "Email": "n@n.example.com"}
    assert clerk.post(f"{V}/sobjects/User", json=user).json()[0]["errorCode"] in (
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "INSUFFICIENT_ACCESS_OR_READONLY",
    )  # fmt: skip


def test_a_user_without_api_access_or_deactivated_gets_nowhere(site: Site, office: OrgEntry) -> None:
    org = site.runtime.registry.open("office")
    user = make_user(org, f"quiet{next(_NAMES)}", None, "Minimum Access - Salesforce")
    with sign_in(site, office, user) as client:
        assert code(client.get(f"{V}/query", params={"q": "SELECT Id FROM User"})) == (403, "API_CURRENTLY_DISABLED")
        token = {"X-SFDC-Session": client.headers["X-Token"]}
        job = {"operation": "insert", "object": "Account", "contentType": "CSV"}
        answer = client.post("/services/async/67.0/job", json=job, headers=token)
        assert answer.status_code in (400, 403) and "disabled" in answer.text
    active = make_user(org, f"gone{next(_NAMES)}", None)
    with sign_in(site, office, active) as client:
        assert client.get(f"{V}/limits").status_code == 200
        with org.transaction() as tx:
            assert tx.save(SaveRequest("update", [Record("User", {"Id": active, "IsActive": False})]))[0].success
        assert code(client.get(f"{V}/limits")) == (401, "INVALID_SESSION_ID")


# --- no door opens for a wrong token ---

OPEN = {
    # routes that need no session, by what they are for
    "/services/data", "/services/oauth2/token", "/services/oauth2/authorize", "/services/oauth2/revoke",
    "/services/oauth2/introspect", "/secur/frontdoor.jsp",
}  # fmt: skip


def routes() -> list[tuple[str, Route]]:
    """Every route of every API, but for the local ones of the command line."""
    packages = sorted(set(MOUNTS.values()) - {"admin"})
    return [(name, one) for name in packages for one in import_module(f"orgwright.localorg.api.{name}.urls").ROUTES]


def path_of(route: Route) -> str:
    def given(match: re.Match[str]) -> str:
        return {"version": "v67.0", "api": "67.0"}.get(match[1].rstrip("*"), "x")

    return re.sub(r"\{(\w+\*?)\}", given, route.path)


@pytest.mark.parametrize("wrong", ["none", "made up", "of another org's shape"])
def test_every_route_refuses_a_wrong_token(site: Site, entry: OrgEntry, wrong: str) -> None:
    made: dict[str, str] = {"made up": "x" * 40, "of another org's shape": f"{entry.org_id[:15]}!{'A' * 64}"}
    token = made.get(wrong)
    headers = {"Authorization": f"Bearer {token}", "X-SFDC-Session": token} if token else {}
    walked = 0
    for package, route in routes():
        if route.path in OPEN:
            continue
        answer = site.http.request(route.method, path_of(route), headers=headers, content=body_of(package, route))
        walked += 1
        assert refused(package, answer), (package, route.method, route.path, answer.status_code, answer.text[:200])
    assert walked > 80


def body_of(package: str, route: Route) -> bytes:
    if package == "soap":
        operation = {"m": "describeMetadata", "s": "executeAnonymous"}.get(route.path.split("/")[3], "getUserInfo")
        return SOAP.format(operation).encode()
    return BODIES.get(package, b"{}")


SOAP = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><SessionHeader><sessionId>x</sessionId>'
    "</SessionHeader></e:Header><e:Body><{}/></e:Body></e:Envelope>"
)
BODIES: dict[str, bytes] = {
    "streaming": b'[{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}]',
}


def refused(package: str, answer: httpx.Response) -> bool:
    """Whether the answer says that the session is not valid, in the words of its API."""
    texts: dict[str, Callable[[str], bool]] = {
        "soap": lambda text: "INVALID_SESSION_ID" in text or "NOT_SUPPORTED_BY_EMBEDDED_ORG" in text,
        "bulk1": lambda text: "InvalidSessionId" in text,
        "streaming": lambda text: "401" in text or "403" in text or "Unknown" in text,
        "oauth": lambda text: "OAuth_Token" in text or "invalid" in text.lower(),
    }
    if package in texts:
        return texts[package](answer.text) and '"successful":true' not in answer.text.replace(" ", "")
    return answer.status_code == 401
