"""OAuth: tokens, approval, userinfo, identity, revocation; what is stored of a token."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from orgwright.localorg.registry import OrgEntry

from .conftest import Site, V

Unique = Callable[[], str]
OAUTH = "/services/oauth2"
BACK = "http://localhost:8080/callback"


def token(site: Site, **form: str) -> httpx.Response:
    return site.http.post(f"{OAUTH}/token", data=form)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_a_refresh_token_gives_a_session(site: Site, entry: OrgEntry) -> None:
    refresh = site.runtime.open_session(entry)["refresh_token"]
    found = token(site, grant_type="refresh_token", refresh_token=refresh, client_id="PlatformCLI").json()
    assert found["access_token"].startswith(entry.org_id[:15] + "!")
    assert found["instance_url"] == str(site.http.base_url)
    assert found["id"] == f"{site.http.base_url}/id/{entry.org_id}/{entry.user_id}"
    assert found["token_type"] == "Bearer"
    assert found["issued_at"].isdigit()
    assert "refresh_token" not in found
    assert site.http.get(f"{V}/limits", headers=bearer(found["access_token"])).status_code == 200


def authorize(site: Site, entry: OrgEntry, **more: str) -> httpx.Response:
    asked = {
        "response_type": "code",
        "client_id": "PlatformCLI",
        "redirect_uri": BACK,
        "login_hint": entry.alias,
        "prompt": "login",
        **more,
    }
    return site.http.get(f"{OAUTH}/authorize", params=asked)


def code_of(found: httpx.Response) -> str:
    assert found.status_code == 302, found.text
    return parse_qs(urlsplit(found.headers["Location"]).query)["code"][0]


def test_a_local_approval_gives_a_code_that_is_good_once(site: Site, entry: OrgEntry) -> None:
    found = authorize(site, entry, state="s 1")
    assert found.headers["Location"].startswith(BACK + "?code=")
    assert parse_qs(urlsplit(found.headers["Location"]).query)["state"] == ["s 1"]
    form = {
        "grant_type": "authorization_code",
        "code": code_of(found),
        "redirect_uri": BACK,
        "client_id": "PlatformCLI",
    }
    first = token(site, **form)
    assert {"access_token", "refresh_token", "instance_url", "id"} <= set(first.json())
    again = token(site, **form)
    assert (again.status_code, again.json()) == (
        400,
        {"error": "invalid_grant", "error_description": "invalid authorization code"},
    )


def test_a_code_is_bound_to_address_client_and_verifier(site: Site, entry: OrgEntry) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    good = {
        "grant_type": "authorization_code",
        "redirect_uri": BACK,
        "client_id": "PlatformCLI",
        "code_verifier": verifier,
    }
    for wrong, error in (
        ({"redirect_uri": "http://localhost/other"}, "redirect_uri_mismatch"),
        ({"client_id": "other"}, "invalid_client_id"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
    ):
        code = code_of(authorize(site, entry, code_challenge=challenge))
        assert token(site, **{**good, **wrong}, code=code).json()["error"] == error
    code = code_of(authorize(site, entry, code_challenge=challenge))
    assert token(site, **good, code=code).status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/cb", "javascript:alert(1)", "", "http://localhost.evil.example"]
)
def test_a_code_never_leaves_this_machine(site: Site, entry: OrgEntry, target: str) -> None:
    found = authorize(site, entry, redirect_uri=target)
    assert (found.status_code, found.json()["error"]) == (400, "redirect_uri_mismatch")


def test_with_several_orgs_and_no_hint_there_is_a_choice(site: Site, entry: OrgEntry, unique: Unique) -> None:
    site.runtime.registry.create(unique(), "sandbox")
    found = authorize(site, entry, login_hint="")
    assert found.status_code == 200
    assert f"login_hint={entry.alias}" in found.text
    code_of(authorize(site, entry, login_hint=entry.username))


@pytest.mark.parametrize(
    ("form", "error", "description"),
    [
        ({}, "invalid_request", "missing required parameter: grant_type"),
        ({"grant_type": "nonsense"}, "unsupported_grant_type", "grant type not supported"),
        ({"grant_type": "password", "username": "u", "password": "p"}, "invalid_grant", "authentication failure"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant", "expired access/refresh token"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_grant", "invalid authorization code"),
    ],
)
def test_errors_of_the_token_endpoint(site: Site, form: dict[str, str], error: str, description: str) -> None:
    found = token(site, **form)
    assert found.status_code == 400
    assert found.json() == {"error": error, "error_description": description}


def test_userinfo_and_identity_name_the_user(http: httpx.Client, entry: OrgEntry, site: Site) -> None:
    found = http.get(f"{OAUTH}/userinfo").json()
    assert (found["user_id"], found["organization_id"]) == (entry.user_id, entry.org_id)
    assert found["preferred_username"] == entry.username
    found = http.get(f"/id/{entry.org_id}/{entry.user_id}").json()
    assert found["username"] == entry.username
    assert "{version}" in found["urls"]["rest"]
    other = http.get(f"/id/00D000000000000AAA/{entry.user_id}")
    assert (other.status_code, other.text) == (403, "Bad_OAuth_Token")
    assert site.http.get(f"{OAUTH}/userinfo").text == "Missing_OAuth_Token"
    assert site.http.get(f"{OAUTH}/userinfo", headers=bearer("00Dx!y")).text == "Bad_OAuth_Token"


def test_a_revoked_token_is_no_session(site: Site, entry: OrgEntry) -> None:
    tokens = site.runtime.open_session(entry)
    assert site.http.post(f"{OAUTH}/introspect", data={"token": tokens["access_token"]}).json()["active"] is True
    assert site.http.post(f"{OAUTH}/revoke", data={"token": tokens["access_token"]}).status_code == 200
    assert site.http.get(f"{V}/limits", headers=bearer(tokens["access_token"])).status_code == 401
    assert site.http.post(f"{OAUTH}/introspect", data={"token": tokens["access_token"]}).json() == {"active": False}
    assert site.http.post(f"{OAUTH}/revoke", data={"token": tokens["access_token"]}).status_code == 400
    site.http.post(f"{OAUTH}/revoke", data={"token": tokens["refresh_token"]})
    assert token(site, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 400


def test_no_token_is_kept_in_the_store_of_sessions(site: Site, entry: OrgEntry) -> None:
    tokens = site.runtime.open_session(entry)
    kept = (site.runtime.registry.folder(entry.alias) / "sessions.json").read_text()
    for text in tokens.values():
        assert text not in kept
        assert text.partition("!")[2] not in kept or "!" not in text


def test_sessions_do_not_pile_up(site: Site, unique: Unique) -> None:
    entry = site.runtime.registry.create(unique(), "scratch")
    refresh = site.runtime.open_session(entry)["refresh_token"]
    for _ in range(250):
        last = token(site, grant_type="refresh_token", refresh_token=refresh, client_id="PlatformCLI").json()[
            "access_token"
        ]
    kept = (site.runtime.registry.folder(entry.alias) / "sessions.json").read_text()
    assert kept.count('"access"') <= 200
    assert site.http.get(f"{V}/limits", headers=bearer(last)).status_code == 200
    assert token(site, grant_type="refresh_token", refresh_token=refresh, client_id="PlatformCLI").status_code == 200


def test_single_access_leads_to_a_page_that_says_what_this_is(http: httpx.Client) -> None:
    url = http.get(f"{OAUTH}/singleaccess").json()["frontdoor_uri"]
    assert "embedded org" in http.get(url).text
