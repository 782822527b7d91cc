"""Connect API for named credentials, and what Apex callouts make of it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.jobs import anonymous
from orgwright.localorg.org import Org
from tests.localorg.api.conftest import Site, V, query
from tests.localorg.deploying import NAMESPACE, deploy

C = f"{V}/named-credentials/credential"
E = f"{V}/named-credentials/external-credentials"
N = f"{V}/named-credentials/named-credential-setup"
WHO = {"externalCredential": "Ext", "principalName": "Main", "principalType": "NamedPrincipal"}
SECRET = "s3cret-value-1"


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    made = site.runtime.registry.create("named", "scratch")
    attach(site.runtime.registry.open("named"))
    yield site.client(made)
    site.runtime.registry.delete("named")


@pytest.fixture
def org(site: Site, client: httpx.Client) -> Org:
    return site.runtime.registry.open("named")


@pytest.fixture(scope="module")
def echo() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server on loopback: keeps what it is sent, and gives tokens at /token."""
    seen: list[dict[str, Any]] = []

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            seen.append({"path": self.path, "body": body, **{k.lower(): v for k, v in self.headers.items()}})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"access_token":"tok-1"}' if self.path == "/token" else b"{}")

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


def body(value: str = SECRET, **more: Any) -> dict[str, Any]:
    return {
        **WHO,
        "authenticationProtocol": "Custom",
        "credentials": {"Token": {"value": value, "encrypted": True}},
        **more,
    }


def call(org: Org, name: str = "Svc", extra: str = "") -> anonymous.Executed:
    return anonymous.execute(
        org,
        org.record.admin_id,
        f"HttpRequest r = new HttpRequest(); r.setMethod('POST'); r.setEndpoint('callout:{name}/a?b=c'); r.setBody('hi {{!$Credential.Ext.Token}}');"
        f"{extra} HttpResponse a = new Http().send(r); System.debug(r.getHeader('X-Auth') + a.getBody()); System.debug(r);",
    )


def test_from_the_credential_to_the_callout(
    client: httpx.Client, org: Org, echo: tuple[str, list[dict[str, Any]]]
) -> None:
    url, seen = echo
    made = client.post(
        E,
        json={
            "developerName": "Ext", "masterLabel": "Ext", "authenticationProtocol": "Custom",
            "principals": [{"principalName": "Main", "principalType": "NamedPrincipal", "sequenceNumber": 1}],
            "customHeaders": [{"headerName": "X-Auth", "headerValue": "{!'Key ' & $Credential.Ext.Token}", "sequenceNumber": 1}],
        },
    )  # fmt: skip
    assert made.status_code == 201, made.text
    assert made.json()["principals"][0]["authenticationStatus"] == "NotConfigured"
    named = {"developerName": "Svc", "masterLabel": "Svc", "type": "SecuredEndpoint", "calloutUrl": f"{url}/base",
             "externalCredentials": [{"developerName": "Ext"}], "calloutOptions": {"generateAuthorizationHeader": False}}  # fmt: skip
    assert client.post(N, json=named).status_code == 201
    assert client.get(f"{N}/svc").json()["externalCredentials"][0]["developerName"] == "Ext"
    assert [one["developerName"] for one in client.get(N).json()["namedCredentials"]] == ["Svc"]

    assert client.get(C, params=WHO).json()["credentials"] == {}
    answer = client.post(C, json=body())
    assert answer.status_code == 201 and SECRET not in answer.text
    assert answer.json()["credentials"] == {"Token": {"encrypted": True, "revision": 1, "value": None}}
    again = client.post(C, json=body())
    assert (again.status_code, again.json()[0]["errorCode"]) == (400, "DUPLICATE_VALUE")

    refused = call(org)
    assert "We couldn't access the credential(s)" in str(refused.exception_message)
    grant = (
        f"<PermissionSet {NAMESPACE}><externalCredentialPrincipalAccesses><enabled>true</enabled>"
        "<externalCredentialPrincipal>Ext-Main</externalCredentialPrincipal></externalCredentialPrincipalAccesses>"
        "<label>Use</label></PermissionSet>"
    )
    assert deploy(org, {"permissionsets/Use.permissionset": grant.encode()}, {"PermissionSet": ["Use"]})["success"]
    (found,) = query(client, "SELECT Id FROM PermissionSet WHERE Name = 'Use'")
    row = {"AssigneeId": org.record.admin_id, "PermissionSetId": found["Id"]}
    assert client.post(f"{V}/sobjects/PermissionSetAssignment", json=row).status_code == 201

    done = call(org)
    assert done.success, done
    assert (seen[-1]["path"], seen[-1]["x-auth"]) == ("/base/a?b=c", f"Key {SECRET}")
    assert seen[-1]["body"] == "hi {!$Credential.Ext.Token}"  # merge fields in the body are off
    assert SECRET not in done.log

    rotated = client.put(C, json=body("s3cret-2"))
    assert (rotated.status_code, rotated.json()["credentials"]["Token"]["revision"]) == (200, 2)
    assert client.get(f"{E}/Ext").json()["principals"][0]["authenticationStatus"] == "Configured"
    call(org)
    assert seen[-1]["x-auth"] == "Key s3cret-2"
    bad = client.put(C, json=body("two\r\nX-Evil: 1 s3cret-3"))
    assert bad.status_code == 200
    failed = call(org)
    assert not failed.success and "s3cret-3" not in f"{failed.exception_message}{failed.log}"

    assert client.delete(C, params=WHO).status_code == 204
    assert client.delete(C, params=WHO).status_code == 404
    assert client.put(C, json=body()).status_code == 404
    assert "is not configured" in str(call(org).exception_message)
    log = org.database  # nothing of it is in the metadata either
    assert log is not None
    listed = client.get(f"{V}/tooling/query", params={"q": "SELECT Id, DeveloperName FROM ExternalCredential"}).text
    assert SECRET not in listed


def test_basic_and_client_credentials(client: httpx.Client, org: Org, echo: tuple[str, list[dict[str, Any]]]) -> None:
    url, seen = echo

    def external(name: str, protocol: str, extra: str = "") -> dict[str, bytes]:
        text = (
            f"<ExternalCredential {NAMESPACE}><authenticationProtocol>{protocol}</authenticationProtocol>{extra}"
            "<externalCredentialParameters><parameterGroup>P</parameterGroup><parameterName>P</parameterName>"
            "<parameterType>NamedPrincipal</parameterType><sequenceNumber>1</sequenceNumber></externalCredentialParameters>"
            f"<label>{name}</label></ExternalCredential>"
        )
        named = (
            f"<NamedCredential {NAMESPACE}><label>{name}</label><namedCredentialParameters><parameterName>Url</parameterName>"
            f"<parameterType>Url</parameterType><parameterValue>{url}</parameterValue></namedCredentialParameters>"
            f"<namedCredentialParameters><externalCredential>{name}</externalCredential><parameterName>ExternalCredential</parameterName>"
            "<parameterType>Authentication</parameterType></namedCredentialParameters>"
            "<namedCredentialType>SecuredEndpoint</namedCredentialType></NamedCredential>"
        )
        return {
            f"externalCredentials/{name}.externalCredential": text.encode(),
            f"namedCredentials/{name}.namedCredential": named.encode(),
        }

    parts = "".join(
        f"<externalCredentialParameters><parameterGroup>DefaultGroup</parameterGroup><parameterName>{n}</parameterName>"
        f"<parameterType>{t}</parameterType><parameterValue>{v}</parameterValue></externalCredentialParameters>"
        for n, t, v in (
            ("Oauth", "AuthProtocolVariant", "ClientCredentialsClientSecretPost"),
            ("AuthProviderUrl", "AuthProviderUrl", f"{url}/token"),
        )
    )
    grants = "".join(
        "<externalCredentialPrincipalAccesses><enabled>true</enabled>"
        f"<externalCredentialPrincipal>{name}-P</externalCredentialPrincipal></externalCredentialPrincipalAccesses>"
        for name in ("Base", "Flow")
    )
    use = f"<PermissionSet {NAMESPACE}>{grants}<label>Use2</label></PermissionSet>"
    files = {
        **external("Base", "Basic"),
        **external("Flow", "Oauth", parts),
        "permissionsets/Use2.permissionset": use.encode(),
    }
    names = ["Base", "Flow"]
    result = deploy(org, files, {"ExternalCredential": names, "NamedCredential": names, "PermissionSet": ["Use2"]})
    assert result["success"], result["details"]["componentFailures"]
    (found,) = query(client, "SELECT Id FROM PermissionSet WHERE Name = 'Use2'")
    row = {"AssigneeId": org.record.admin_id, "PermissionSetId": found["Id"]}
    assert client.post(f"{V}/sobjects/PermissionSetAssignment", json=row).status_code == 201
    for name, protocol, values in (
        ("Base", "Basic", {"username": "u", "password": "p:w"}),
        ("Flow", "OAuth", {"clientId": "id", "clientSecret": "cs"}),
    ):
        given = {"externalCredential": name, "principalName": "P", "principalType": "NamedPrincipal"}
        content = {key: {"value": value, "encrypted": True} for key, value in values.items()}
        made = client.post(C, json={**given, "authenticationProtocol": protocol, "credentials": content})
        assert made.status_code == 201, made.text
    assert call(org, "Base").success
    assert seen[-1]["authorization"] == "Basic " + base64.b64encode(b"u:p:w").decode()
    assert call(org, "Flow").success
    assert seen[-1]["authorization"] == "Bearer tok-1"
    assert seen[-2]["path"] == "/token" and "client_secret=cs" in seen[-2]["body"]


def test_what_does_not_fit_is_refused(client: httpx.Client) -> None:
    def told(answer: httpx.Response) -> tuple[int, str]:
        return answer.status_code, answer.json()[0]["errorCode"]

    assert told(client.get(C, params={**WHO, "externalCredential": "None"})) == (404, "NOT_FOUND")
    assert told(client.get(C, params={**WHO, "principalType": "Some"})) == (400, "INVALID_INPUT")
    assert told(client.get(C)) == (400, "MISSING_ARGUMENT")
    principal = {"principalName": "Main", "principalType": "NamedPrincipal", "sequenceNumber": 1}
    external = {
        "developerName": "Ext",
        "masterLabel": "Ext",
        "authenticationProtocol": "Custom",
        "principals": [principal],
    }
    assert client.post(E, json=external).status_code == 201
    assert told(client.post(C, json=body(authenticationProtocol="OAuth"))) == (400, "INVALID_INPUT")
    assert told(client.post(C, json=body(credentials={"Token": {"value": 1}}))) == (400, "INVALID_INPUT")
    assert told(client.post(E, json={"developerName": "x y"}))[0] == 400
    text = json.dumps(client.get(E).json())
    assert "Token" not in text or "$Credential" in text
