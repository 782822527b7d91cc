"""What the sf CLI needs beyond the data and metadata APIs: debug logs, trace flags, users over SCIM, setPassword."""

from __future__ import annotations

import httpx
import pytest

from orgwright.localorg.registry import OrgEntry
from tests.localorg.api.conftest import Site, V

T = f"{V}/tooling"
BLOCK = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>
<a:SessionHeader xmlns:a="http://soap.sforce.com/2006/08/apex"><a:sessionId>{}</a:sessionId></a:SessionHeader>
<a:DebuggingHeader xmlns:a="http://soap.sforce.com/2006/08/apex"><a:debugLevel>DEBUGONLY</a:debugLevel></a:DebuggingHeader>
</e:Header><e:Body><executeAnonymous xmlns="http://soap.sforce.com/2006/08/apex"><{}>{}</{}></executeAnonymous></e:Body>
</e:Envelope>"""


@pytest.fixture
def own(site: Site) -> OrgEntry:
    found = site.runtime.registry.get("needs")
    return found or site.runtime.registry.create("needs", "scratch")


@pytest.fixture
def client(site: Site, own: OrgEntry) -> httpx.Client:
    return site.client(own)


def logs(client: httpx.Client) -> list[dict[str, str]]:
    answer = client.get(f"{T}/query", params={"q": "SELECT Id, Operation, Status, LogUser.Name FROM ApexLog"})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, str]] = answer.json()["records"]
    return found


@pytest.mark.parametrize("element", ["String", "apexcode"])
def test_the_block_is_found_by_its_place_and_its_log_comes_back(client: httpx.Client, element: str) -> None:
    token = client.headers["Authorization"].partition(" ")[2]
    source = "Integer i = 1;\nSystem.debug(LoggingLevel.WARN, 'second');\nSystem.debug(LoggingLevel.FINEST, 'unseen');"
    body = BLOCK.format(token, element, source, element)
    answer = client.post("/services/Soap/s/67.0", content=body, headers={"Content-Type": "text/xml"})
    assert "<success>true</success>" in answer.text
    assert "|USER_DEBUG|[2]|WARN|second" in answer.text
    assert "unseen" not in answer.text.replace("Execute Anonymous: System.debug(LoggingLevel.FINEST, 'unseen');", "")


def test_logs_are_kept_for_who_has_a_trace_flag(client: httpx.Client, own: OrgEntry) -> None:
    run = {"anonymousBody": "System.debug('kept');"}
    assert client.get(f"{T}/executeAnonymous", params=run).json()["success"]
    assert logs(client) == []
    level = client.post(f"{T}/sobjects/DebugLevel", json={"DeveloperName": "L", "MasterLabel": "L", "ApexCode": "FINE"})
    assert level.status_code == 201, level.text
    flag = {"TracedEntityId": own.user_id, "DebugLevelId": level.json()["id"], "LogType": "USER_DEBUG"}
    made = client.post(f"{T}/sobjects/TraceFlag", json=flag)
    assert made.status_code == 201, made.text
    assert client.get(f"{T}/executeAnonymous", params=run).json()["success"]
    (log,) = logs(client)
    assert (log["Status"], log["LogUser"]["Name"]) == ("Success", "User User")
    for base in (T, V):
        text = client.get(f"{base}/sobjects/ApexLog/{log['Id']}/Body")
        assert (text.status_code, text.headers["content-type"]) == (200, "text/plain;charset=UTF-8")
        assert "|USER_DEBUG|[1]|DEBUG|kept" in text.text
    past = {"StartDate": "2020-01-01T00:00:00Z", "ExpirationDate": "2020-01-01T01:00:00Z"}
    assert client.patch(f"{T}/sobjects/TraceFlag/{made.json()['id']}", json=past).status_code == 204
    assert client.get(f"{T}/executeAnonymous", params=run).json()["success"]
    assert len(logs(client)) == 1
    assert client.delete(f"{T}/sobjects/TraceFlag/{made.json()['id']}").status_code == 204
    assert client.get(f"{T}/sobjects/TraceFlag/{made.json()['id']}").status_code == 404


def test_trace_flags_are_checked(client: httpx.Client, own: OrgEntry) -> None:
    missing = client.post(f"{T}/sobjects/TraceFlag", json={"TracedEntityId": own.user_id})
    assert (missing.status_code, missing.json()[0]["errorCode"]) == (400, "REQUIRED_FIELD_MISSING")
    unknown = client.post(f"{T}/sobjects/DebugLevel", json={"Nope": 1})
    assert (unknown.status_code, unknown.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    level = client.post(f"{T}/sobjects/DebugLevel", json={"DeveloperName": "M", "MasterLabel": "M"}).json()["id"]
    flag = {
        "TracedEntityId": own.user_id,
        "DebugLevelId": level,
        "LogType": "USER_DEBUG",
        "StartDate": "2026-01-01T00:00:00Z",
        "ExpirationDate": "2026-01-03T00:00:00Z",
    }
    long = client.post(f"{T}/sobjects/TraceFlag", json=flag)
    assert (long.status_code, long.json()[0]["errorCode"]) == (400, "FIELD_INTEGRITY_EXCEPTION")
    worded = {"StartDate": "Thu, 01 Jan 2026 00:00:00 GMT", "ExpirationDate": "Thu, 01 Jan 2026 01:00:00 GMT"}
    id = client.post(f"{T}/sobjects/TraceFlag", json={**flag, **worded}).json()["id"]
    assert client.get(f"{T}/sobjects/TraceFlag/{id}").json()["ExpirationDate"] == "2026-01-01T01:00:00.000+0000"


def test_a_user_made_over_scim_can_log_in(site: Site, client: httpx.Client) -> None:
    profile = client.get(f"{V}/query", params={"q": "SELECT Id FROM Profile WHERE Name = 'Standard User'"}).json()
    user = {
        "username": "scim@example.com",
        "emails": ["scim@example.com"],
        "name": {"familyName": "Scim"},
        "entitlements": [{"value": profile["records"][0]["Id"]}],
    }
    made = client.post("/services/scim/v1/Users", json=user, headers={"Auto-Approve-User": "true"})
    assert made.status_code == 201, made.text
    approved = made.headers["auto-approve-user"]
    form = {"grant_type": "refresh_token", "refresh_token": approved, "client_id": "PlatformCLI"}
    tokens = site.http.post("/services/oauth2/token", data=form).json()
    session = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert site.http.get("/services/oauth2/userinfo", headers=session).json()["user_id"] == made.json()["id"]
    again = client.post("/services/scim/v1/Users", json=user)
    assert (again.status_code, bool(again.json()["Errors"][0]["description"])) == (400, True)
    assert site.http.post("/services/scim/v1/Users", json=user).status_code == 401
