"""What strangers send: bombs, traversal, injection, smuggling; tokens and who may use them."""

from __future__ import annotations

import base64
import importlib
import io
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from orgwright.localorg import control, service
from orgwright.localorg.api.routing import MOUNTS
from tests.faults.conftest import House, V, count, query, wait_deploy

pytestmark = pytest.mark.xdist_group("faults")
ROOT = Path(__file__).parents[2]
WRONG = "00D000000000001!AQEAQwrong.token"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("security") / "home")
    made.client("victim").close()
    yield made
    service.stop(made.home)


@pytest.fixture(scope="module")
def http(house: House) -> Iterator[httpx.Client]:
    with house.client("victim") as client:
        yield client


def soap(
    http: httpx.Client, body: str, *, kind: str = "m", prolog: str = "", token: str | None = None
) -> httpx.Response:
    session = token if token is not None else http.headers["Authorization"].removeprefix("Bearer ")
    text = (
        f'<?xml version="1.0"?>{prolog}<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns="http://soap.sforce.com/2006/04/metadata"><e:Header><SessionHeader>'
        f"<sessionId>{session}</sessionId></SessionHeader></e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )
    return http.post(f"/services/Soap/{kind}/67.0", content=text.encode(), headers={"Content-Type": "text/xml"})


# ------------------------------------------------------------------------------------------ documents

LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    "prolog",
    [LAUGHS, '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/">'],
)
def test_document_types_are_refused_everywhere(http: httpx.Client, prolog: str) -> None:
    answers = [soap(http, "<describeMetadata><v>&e;</v></describeMetadata>", prolog=prolog)]
    job = f'<?xml version="1.0"?>{prolog}<jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload"><operation>&e;</operation></jobInfo>'
    session = {"X-SFDC-Session": http.headers["Authorization"].removeprefix("Bearer ")}
    answers.append(
        http.post(
            "/services/async/67.0/job", content=job.encode(), headers={**session, "Content-Type": "application/xml"}
        )
    )
    for answer in answers:
        assert answer.status_code in (400, 500)
        assert "root:" not in answer.text
        assert "UNKNOWN_EXCEPTION" not in answer.text
    told = deploy(http, {"package.xml": f'<?xml version="1.0"?>{prolog}<Package>&e;</Package>'.encode()})
    assert "root:" not in told
    assert "DOCTYPE" in told or "document type" in told.lower(), told


def deploy(http: httpx.Client, files: dict[str, bytes], data: bytes | None = None) -> str:
    """What the org says of a package in the end."""
    if data is None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        data = stream.getvalue()
    zipped = base64.b64encode(data).decode()
    answer = soap(
        http,
        f"<deploy><ZipFile>{zipped}</ZipFile><DeployOptions><singlePackage>true</singlePackage></DeployOptions></deploy>",
    )
    found = re.search(r"<id>(0Af\w+)</id>", answer.text)
    return answer.text if found is None else json.dumps(wait_deploy(http, found[1]))


@pytest.mark.parametrize(
    "name", ["../../escape.cls", "/etc/escape.cls", "classes/../../escape.cls", "classes\\..\\escape.cls"]
)
def test_zip_slip(house: House, http: httpx.Client, name: str) -> None:
    text = deploy(http, {"package.xml": b"<Package/>", name: b"x"})
    assert '"success": true' not in text
    assert "UNKNOWN_EXCEPTION" not in text
    assert not list(house.home.parent.rglob("escape*"))


def test_zip_bomb(http: httpx.Client) -> None:
    stream, zeros = io.BytesIO(), b"\0" * 1_000_000
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for n in range(4):
            with archive.open(f"classes/Bomb{n}.cls", "w", force_zip64=True) as entry:
                for _ in range(160):
                    entry.write(zeros)
    text = deploy(http, {}, stream.getvalue())
    assert '"success": true' not in text
    assert "UNKNOWN_EXCEPTION" not in text


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":['])
def test_deeply_nested_json(http: httpx.Client, opening: str) -> None:
    for path in ("/sobjects/Account", "/composite", "/composite/tree/Account", "/jobs/ingest"):
        answer = http.post(f"{V}{path}", content=opening * 100_000, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, (path, answer.text[:200])


def test_a_hundred_megabytes_of_json(http: httpx.Client) -> None:
    def blocks() -> Iterator[bytes]:
        yield b'{"Name":"'
        for _ in range(100):
            yield b"x" * 1_000_000
        yield b'"}'

    try:
        answer = http.post(f"{V}/sobjects/Account", content=blocks(), headers={"Content-Type": "application/json"})
    except httpx.WriteError:
        return  # the server hung up, as it may
    assert answer.status_code == 413


# ------------------------------------------------------------------------------------------ names and queries

NASTY = [
    "..",
    "../x",
    "..%2f..%2fx",
    "a/b",
    "a\\b",
    "",
    ".hidden",
    "-x",
    "a" * 81,
    "nul\0",
    "ünicode",
    "a b",
    "a\nb",
    "CON:",
]


@pytest.mark.parametrize("alias", NASTY)
def test_names_of_orgs_stay_in_their_folder(house: House, alias: str) -> None:
    from orgwright.errors import OrgwrightError

    before = sorted(house.home.parent.rglob("org.db"))
    with pytest.raises(OrgwrightError):
        control.create_org(alias, home=house.home)
    for act in (control.delete_org, control.show_org):
        with pytest.raises((OrgwrightError, ValueError)):
            act(alias, home=house.home)
    assert sorted(house.home.parent.rglob("org.db")) == before


INJECTIONS = [
    "' OR Name != '",
    "x') FROM User --",
    "Account; DROP TABLE Account",
    "\\' OR 1=1",
    'x"; DROP TABLE "Account',
    "%27%20OR%201=1",
]
PLACES = [
    "/limits/recordCount?sObjects={}", "/sobjects/{}", "/sobjects/Account/{}", "/sobjects/Account/Name/{}",
    "/sobjects/Account/{}/Contacts", "/sobjects/Account/001000000000001AAA?fields={}", "/sobjects/{}/describe",
    "/composite/sobjects/Account?ids={}&fields=Name", "/composite/sobjects/Account?ids=001000000000001AAA&fields={}",
    "/query?q=SELECT Id FROM Account WHERE Name = '{}", "/query/{}", "/tooling/sobjects/{}", "/tooling/query?q=SELECT {} FROM ApexClass",
    "/jobs/ingest/{}", "/jobs/query/{}", "/jobs/query/{}/results?locator={}", "/metadata/deployRequest/{}",
    "/sobjects/Account/updated?start={}&end={}", "/tooling/runTestsAsynchronous?classids={}",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_injection(http: httpx.Client, place: str) -> None:
    before = query(http, "SELECT Id FROM User")
    for text in INJECTIONS:
        answer = http.get(V + place.replace("{}", text))
        assert answer.status_code < 500 or "NOT_SUPPORTED" in answer.text, (text, answer.text[:300])
        if answer.status_code == 200:
            assert before[0]["Id"] not in answer.text, "rows that were not asked for"
            assert "recordCount" in place, (text, answer.text[:200])
    assert query(http, "SELECT Id FROM User") == before


# ------------------------------------------------------------------------------------------ the wire


def raw(http: httpx.Client, text: bytes) -> bytes:
    with socket.create_connection((http.base_url.host, http.base_url.port or 80), timeout=3) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        got = b""
        while block := connection.recv(65536):
            got += block
    return got


SMUGGLED = b"GET /_orgwright/ping HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"POST /services/data HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /services/data HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"POST /services/data HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
        b"POST /services/data HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc",
        b"POST /services/data HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST /services/data HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n",
        b"POST /services/data HTTP/1.1\r\nHost: x\r\nContent-Length: 0\n\n",
    ],
)
def test_requests_with_two_lengths_carry_no_second_request(http: httpx.Client, head: bytes) -> None:
    answers = raw(http, head + SMUGGLED)
    assert b"instance" not in answers, answers


def test_no_header_of_a_client_comes_back_as_a_header(http: httpx.Client) -> None:
    target = "http://localhost/cb%0d%0aSet-Cookie:%20a=b"
    answer = httpx.get(
        http.base_url.join("/services/oauth2/authorize"),
        params={"redirect_uri": "http://localhost/cb\r\nSet-Cookie: a=b", "response_type": "code", "state": "\r\nX: y"},
        follow_redirects=False,
        trust_env=False,
    )
    assert "set-cookie" not in answer.headers and "x" not in answer.headers, target
    rebound = httpx.get(
        http.base_url.join("/services/oauth2/authorize"),
        params={"redirect_uri": "http://localhost/cb", "response_type": "code"},
        headers={"Host": "evil.example"},
        trust_env=False,
    )
    assert rebound.status_code == 403
    for bad in ("http://evil.example/", "//evil.example/", "javascript:alert(1)", "http://localhost.evil.example/"):
        answer = httpx.get(
            http.base_url.join("/services/oauth2/authorize"),
            params={"redirect_uri": bad, "response_type": "code"},
            trust_env=False,
        )
        assert answer.status_code == 400, bad


# ------------------------------------------------------------------------------------------ tokens

OPEN = {
    ("GET", "/services/data"), ("POST", "/services/oauth2/token"), ("GET", "/services/oauth2/authorize"),
    ("POST", "/services/oauth2/introspect"), ("GET", "/services/oauth2/revoke"), ("POST", "/services/oauth2/revoke"),
    ("GET", "/secur/frontdoor.jsp"), ("GET", "/_orgwright/ping"),
}  # fmt: skip
"""What needs no session: versions, logging in, and asking which process answers."""


def routes() -> Iterator[tuple[str, str]]:
    for package in sorted(set(MOUNTS.values())):
        for route in importlib.import_module(f"orgwright.localorg.api.{package}.urls").ROUTES:
            yield route.method, route.path


def test_every_endpoint_refuses_a_wrong_token(house: House, http: httpx.Client) -> None:
    running = service.find(house.home)
    assert running is not None
    checked = 0
    old = control.show_org("victim", home=house.home).access_token
    tokens = [WRONG, old[:-1], old + "x", old.partition("!")[0] + "!", "", "null"]
    with httpx.Client(base_url=http.base_url, trust_env=False, timeout=20) as stranger:
        for method, path in routes():
            if (method, path) in OPEN:
                continue
            text = path.replace("{version}", "v67.0").replace("{api}", "67.0").replace("*}", "}")
            text = re.sub(r"{\w+}", "x", text)
            for token in tokens:
                headers = {
                    "Authorization": f"Bearer {token}".strip(),
                    "X-SFDC-Session": token,
                    "X-Orgwright-Key": token or "x",
                }
                if path.lower().startswith("/services/soap"):
                    answer = soap(stranger, "<describeMetadata/>" if "/m/" in path.lower() else "<getUserInfo/>",
                                  kind=path.split("/")[3], token=token)  # fmt: skip
                    assert answer.status_code in (401, 500)
                    assert "INVALID_SESSION_ID" in answer.text or "UNKNOWN" not in answer.text
                    assert "<result>" not in answer.text, path
                else:
                    body: Any = b'[{"channel":"/meta/handshake"}]' if "cometd" in path else b"{}"
                    headers["Content-Type"] = "application/json"
                    answer = stranger.request(method, text, headers=headers, content=body if method != "GET" else None)
                    assert answer.status_code in (401, 403), (
                        method,
                        path,
                        token[:20],
                        answer.status_code,
                        answer.text[:200],
                    )
                checked += 1
    assert checked > 200


def test_tokens_are_revoked_and_kept_as_digests(house: House, http: httpx.Client) -> None:
    org = control.ensure_org("tokens", home=house.home)
    other = control.ensure_org("tokens2", home=house.home)
    assert len({org.access_token, other.access_token, org.refresh_token}) == 3
    assert len(org.access_token) > 60
    kept = (house.home / "orgs" / "tokens" / "sessions.json").read_text()
    assert org.access_token not in kept and org.refresh_token not in kept
    with httpx.Client(base_url=http.base_url, trust_env=False) as client:
        form = {"grant_type": "refresh_token", "refresh_token": org.refresh_token, "client_id": "PlatformCLI"}
        fresh = client.post("/services/oauth2/token", data=form).json()["access_token"]
        headers = {"Authorization": f"Bearer {fresh}"}
        assert client.get(f"{V}/limits", headers=headers).status_code == 200
        assert client.post("/services/oauth2/revoke", data={"token": fresh}).status_code == 200
        assert client.get(f"{V}/limits", headers=headers).status_code == 401
        assert soap(client, "<describeMetadata/>", token=fresh).status_code in (401, 500)
        crossed = other.access_token.partition("!")[0] + "!" + org.access_token.partition("!")[2]
        assert client.get(f"{V}/limits", headers={"Authorization": f"Bearer {crossed}"}).status_code == 401
        assert client.post("/services/oauth2/revoke", data={"token": org.refresh_token}).status_code == 200
        assert client.post("/services/oauth2/token", data=form).json()["error"] == "invalid_grant"


def test_the_daily_limit_refuses_in_every_api(house: House) -> None:
    control.create_org("small", limits={"DailyApiRequests": 0}, home=house.home)
    with house.client("small") as http:
        session = http.headers["Authorization"].removeprefix("Bearer ")
        for answer in (
            http.get(f"{V}/query", params={"q": "SELECT Id FROM User"}),
            http.post(f"{V}/jobs/ingest", json={"object": "Account", "operation": "insert"}),
            http.get(f"{V}/tooling/query", params={"q": "SELECT Id FROM ApexClass"}),
            http.post(f"{V}/composite", json={"compositeRequest": []}),
        ):
            assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
        assert "REQUEST_LIMIT_EXCEEDED" in soap(http, "<describeMetadata/>").text
        assert "REQUEST_LIMIT_EXCEEDED" in soap(http, "<getUserInfo/>", kind="u").text
        bulk = {"operation": "insert", "object": "Account", "contentType": "CSV"}
        for headers in ({"X-SFDC-Session": session, "Authorization": ""}, {}):
            answer = http.post("/services/async/67.0/job", json=bulk, headers=headers)
            assert (answer.status_code, answer.json()["exceptionCode"]) == (403, "ExceededQuota"), answer.text


def test_secrets_never_show(house: House, tmp_path: Path) -> None:
    environment = {**os.environ, "ORGWRIGHT_HOME": str(house.home), "ORGWRIGHT_DEBUG": "1", "HOME": str(tmp_path)}

    def run(*arguments: str, cwd: Path) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "orgwright"), *arguments],
            env=environment, cwd=cwd, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.stdout + done.stderr

    said = run("init", "demo", cwd=tmp_path)
    project = tmp_path / "demo"
    for arguments in (
        ("up", "gentrack", "--org", "local-canary", "--no-seed", "--json"),
        ("seed", "gentrack", "--org", "local-canary", "--size", "3"), ("history", "--org", "local-canary"),
        ("org", "show", "local-canary"), ("seed", "gentrack", "--org", "local-canary", "--source", "nowhere.db"),
    ):  # fmt: skip
        said += run(*arguments, cwd=project)
    secrets = set()
    for path in house.home.glob("orgs/*/credentials.json"):
        secrets |= set(json.loads(path.read_text()).values())
    secrets.add(json.loads((house.home / "service.json").read_text())["key"])
    assert len(secrets) > 4
    keepers = {"credentials.json", "service.json"}
    texts = {"output": said.encode()}
    for path in itertools.chain(house.home.rglob("*"), project.rglob("*")):
        if path.is_file() and path.name not in keepers:
            texts[str(path)] = path.read_bytes()
    for name, text in texts.items():
        for secret in secrets:
            assert secret.encode() not in text, f"a secret shows in {name}"
    assert count(house.client("local-canary"), "Account") >= 1
