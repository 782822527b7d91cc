"""The embedded Dev Hub: scratch orgs signed up, logged in to, deleted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest

from tests.localorg.api.conftest import Site, V

ORDER = {
    "OrgName": "Demo",
    "Edition": "Developer",
    "DurationDays": 3,
    "Features": "PersonAccounts;EnableSetPasswordInApi",
    "AdminEmail": "me@example.com",
    "ConnectedAppConsumerKey": "PlatformCLI",
    "ConnectedAppCallbackUrl": "http://localhost:1717/OauthRedirect",
}


@pytest.fixture(scope="module")
def hub(site: Site) -> httpx.Client:
    return site.client(site.runtime.registry.create("dev-hub", "production"))


def rows(client: httpx.Client, soql: str) -> list[dict[str, Any]]:
    answer = client.get(f"{V}/query", params={"q": soql})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["records"]
    return found


def order(hub: httpx.Client, **more: Any) -> dict[str, Any]:
    made = hub.post(f"{V}/sobjects/ScratchOrgInfo", json={**ORDER, **more})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = hub.get(f"{V}/sobjects/ScratchOrgInfo/{made.json()['id']}").json()
    return found


def test_a_scratch_org_is_signed_up_used_and_deleted(site: Site, hub: httpx.Client) -> None:
    info = order(hub)
    assert info["Status"] == "Active", info
    assert info["SignupInstance"].endswith("S"), "or clients ask salesforce.com for the token"
    assert dt.date.fromisoformat(info["ExpirationDate"]) > dt.date.today()
    form = {
        "grant_type": "authorization_code",
        "code": info["AuthCode"],
        "client_id": "PlatformCLI",
        "redirect_uri": ORDER["ConnectedAppCallbackUrl"],
    }
    tokens = httpx.post(f"{info['LoginUrl']}/services/oauth2/token", data=form).json()
    assert tokens["id"].split("/")[-2][:15] == info["ScratchOrg"]
    scratch = httpx.Client(
        base_url=tokens["instance_url"], headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    (organization,) = rows(scratch, "SELECT Name, IsSandbox, TrialExpirationDate FROM Organization")
    assert (organization["Name"], organization["IsSandbox"]) == ("Demo", True)
    assert organization["TrialExpirationDate"]
    assert rows(scratch, "SELECT IsPersonAccount FROM Account") == [], "the features are on"
    (active,) = rows(hub, f"SELECT Id FROM ActiveScratchOrg WHERE SignupUsername = '{info['SignupUsername']}'")
    assert hub.delete(f"{V}/sobjects/ActiveScratchOrg/{active['Id']}").status_code == 204
    assert scratch.get(f"{V}/limits").status_code == 401
    assert site.runtime.registry.by_id(info["ScratchOrg"]) is None
    (left,) = rows(hub, f"SELECT Status FROM ScratchOrgInfo WHERE Id = '{info['Id']}'")
    assert left["Status"] == "Deleted"


def test_a_taken_user_name_is_an_error_of_the_order(hub: httpx.Client) -> None:
    assert order(hub, Username="one@scratch.example.com")["SignupUsername"] == "one@scratch.example.com"
    again = order(hub, Username="One@scratch.example.com")
    assert (again["Status"], again["ErrorCode"]) == ("Error", "C-1007")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Namespace": "demo"}, "NOT_SUPPORTED_BY_EMBEDDED_ORG"),
        ({"HasSampleData": True}, "NOT_SUPPORTED_BY_EMBEDDED_ORG"),
        ({"DurationDays": 31}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"Edition": None}, "REQUIRED_FIELD_MISSING"),
    ],
)
def test_what_cannot_be_ordered(hub: httpx.Client, more: dict[str, Any], code: str) -> None:
    answer = hub.post(f"{V}/sobjects/ScratchOrgInfo", json={**ORDER, **more})
    assert answer.status_code == (501 if code.startswith("NOT_SUPPORTED") else 400)
    assert answer.json()[0]["errorCode"] == code


def test_only_production_orgs_are_hubs(site: Site) -> None:
    client = site.client(site.runtime.registry.create("no-hub", "scratch"))
    answer = client.get(f"{V}/query", params={"q": "SELECT Id FROM ScratchOrgInfo"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_TYPE")
