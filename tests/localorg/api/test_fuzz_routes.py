"""Every route of every API takes junk without an unexpected error: the route tables are walked, so that no endpoint is forgotten."""

from __future__ import annotations

import importlib
import json
import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgwright.localorg.api.routing import MOUNTS

from .conftest import Site, prepare

WORDS = [
    "Account", "account", "Contact", "ApexClass", "ApexTrigger", "CustomField", "EntityDefinition", "User", "Note__e", "Group", "x", "..", "%", "'",
    "001000000000001AAA", "005000000000001", "707000000000001AAA", "0Af000000000001AAA", "01p000000000001AAA", "750000000000001AAA",
    "describe", "Id", "Name", "true", "null", "-1", "99999999999999999999", "1e999", "2026-01-01T00:00:00Z", "2026-13-45", "a" * 300, "é\U0001f600", "\x00", "\ud7ff",
    "SELECT Id FROM Account", "SELECT FROM", "FIND {x}", "FIND {x} RETURNING Account(Id, Name)", "<a/>", "{}", "SELECT Id, Metadata FROM ApexClass", "@{a.id}", "0/0",
]  # fmt: skip
KEYS = [
    "q", "fields", "ids", "sObjects", "start", "end", "locator", "maxRecords", "columns", "explain", "allOrNone", "classids", "id", "type", "limit",
    "records", "attributes", "Name", "Id", "LastName", "Body", "Metadata", "FullName", "operation", "object", "state", "compositeRequest", "batchRequests", "graphs",
    "tests", "testLevel", "deployOptions", "inputs", "method", "url", "referenceId", "body", "richInput", "query", "externalIdFieldName", "contentType", "channel", "clientId",
    "subscription", "grant_type", "assertion", "token", "anonymousBody", "includeDetails", "ContentEntityId", "MetadataContainerId", "sobjects", "in", "sObjectType",
]  # fmt: skip
KINDS = [
    "application/json",
    "text/xml",
    "application/xml",
    "text/csv",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "",
    "x/y",
]
STOPS = {"/_orgwright/stop"}


def packages() -> list[str]:
    return sorted(set(MOUNTS.values()))


def routes(package: str) -> Iterator[tuple[str, str]]:
    for route in importlib.import_module(f"orgwright.localorg.api.{package}.urls").ROUTES:
        yield route.method, route.path


@pytest.fixture(scope="module")
def junk(site: Site) -> httpx.Client:
    """A client of an org of its own, as junk may delete what other tests need."""
    entry = site.runtime.registry.create("junk", "scratch")
    prepare(site.runtime, entry)
    return site.client(entry)


def value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(9 if depth < 3 else 6)
    if kind < 4:
        return chance.choice(WORDS)
    if kind < 6:
        return chance.choice([None, True, False, 0, -1, 1.5, 10**30, ""])
    if kind == 6:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(KEYS): value(chance, depth + 1) for _ in range(chance.randrange(5))}


def xml(chance: random.Random, session: str, depth: int = 0) -> str:
    if depth == 0:
        space = chance.choice(
            [
                "urn:partner.soap.sforce.com",
                "http://soap.sforce.com/2006/04/metadata",
                "http://soap.sforce.com/2006/08/apex",
                "x",
            ]
        )
        operation = chance.choice(
            ["create", "update", "upsert", "delete", "query", "queryMore", "retrieve", "describeSObjects", "describeGlobal", "search", "deploy", "listMetadata",
             "checkDeployStatus", "checkRetrieveStatus", "readMetadata", "createMetadata", "updateMetadata", "upsertMetadata", "deleteMetadata", "renameMetadata",
             "describeValueType", "describeMetadata", "executeAnonymous", "runTests", "compileClasses", "login", "logout", "getUserInfo", "cancelDeploy", "nope"]
        )  # fmt: skip
        inner = "".join(xml(chance, session, 1) for _ in range(chance.randrange(4)))
        head = f"<e:Header><SessionHeader xmlns='{space}'><sessionId>{session}</sessionId></SessionHeader></e:Header>"
        call = f"<{operation} xmlns='{space}'>{inner}</{operation}>"
        return f"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>{head}<e:Body>{call}</e:Body></e:Envelope>"
    name = chance.choice(
        [
            *KEYS,
            "sObjects",
            "metadata",
            "fullNames",
            "queries",
            "queryString",
            "ZipFile",
            "asyncProcessId",
            "typesPackage",
            "retrieveRequest",
        ]
    )
    text = re.sub(r"[<&\x00\ud7ff]", "", chance.choice(WORDS))
    inner = (
        text
        if depth > 3 or chance.random() < 0.6
        else "".join(xml(chance, session, depth + 1) for _ in range(chance.randrange(4)))
    )
    kind = chance.choice(["", "", " xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='CustomObject'"])
    return f"<{name}{kind}>{inner}</{name}>"


def content(chance: random.Random, kind: str, session: str) -> bytes:
    if kind.endswith("xml"):
        return xml(chance, session).encode("utf-8", "replace") if chance.random() < 0.9 else b"<a><b></a>"
    if kind.startswith("multipart"):
        part = json.dumps(value(chance))
        name = chance.choice(["json", "entity_content", "file", "VersionData"])
        return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: application/json\r\n\r\n{part}\r\n--b--\r\n'.encode()
    if kind == "text/csv":
        return "\n".join(",".join(chance.choice(WORDS) for _ in range(2)) for _ in range(3)).encode("utf-8", "replace")
    if kind == "application/json" and chance.random() < 0.9:
        return json.dumps(value(chance)).encode()
    return chance.randbytes(chance.randrange(40))


def address(chance: random.Random, path: str) -> str:
    def part(found: re.Match[str]) -> str:
        if found[1] == "version":
            return "v67.0"
        return "67.0" if found[1] == "api" else quote(chance.choice(WORDS).encode("utf-8", "replace"), safe="")

    return re.sub(r"{(\w+)\*?}", part, path)


@pytest.mark.parametrize("package", packages())
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(0, 2**64))
def test_no_route_fails(junk: httpx.Client, package: str, seed: int) -> None:
    chance = random.Random(seed)
    session = junk.headers["Authorization"].removeprefix("Bearer ")
    for method, path in routes(package):
        if path in STOPS or "revoke" in path:
            continue
        kind = "text/xml" if package == "soap" else chance.choice(KINDS)
        query = {chance.choice(KEYS): chance.choice(WORDS) for _ in range(chance.randrange(4))}
        headers = {"Content-Type": kind, "SOAPAction": '""', "X-SFDC-Session": session}
        body = content(chance, kind, session) if method != "GET" or chance.random() < 0.1 else None
        target = address(chance, path)
        answer = junk.request(method, target, params=query, content=body, headers=headers)
        told = f"{method} {target} {query} {kind} {body!r}: {answer.status_code} {answer.text[:300]}"
        assert "unexpected error" not in answer.text, told
        fine = answer.status_code < 500 or "NOT_SUPPORTED" in answer.text or "Fault>" in answer.text
        assert fine, told
