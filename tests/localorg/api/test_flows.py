"""Tokens for deployed apps: JWT bearer, client credentials, refresh with secrets, unknown clients."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from orgwright.localorg.org import Org
from orgwright.localorg.registry import OrgEntry
from tests.localorg.access.people import make_user
from tests.localorg.api.conftest import Site, V
from tests.localorg.deploying import NAMESPACE, deploy, failures

KEY = rsa.generate_private_key(65537, 2048)
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key()).serial_number(1)
        .not_valid_before(now).not_valid_after(now + dt.timedelta(days=1)).sign(KEY, hashes.SHA256())
    )  # fmt: skip
    return made.public_bytes(serialization.Encoding.PEM).decode()


def xml(root: str, **values: str) -> bytes:
    inner = "".join(f"<{tag}>{text}</{tag}>" for tag, text in values.items())
    return f"<{root} {NAMESPACE}>{inner}</{root}>".encode()


@pytest.fixture(scope="module")
def shop(site: Site) -> tuple[OrgEntry, Org]:
    """An org with an external client app that its administrator approves for the permission set Robots."""
    entry = site.runtime.registry.create("shop", "scratch")
    org = site.runtime.registry.open("shop")
    robot = make_user(org, "robot", None)
    make_user(org, "human", None)
    app = {"externalClientApplication": "Shop", "label": "Shop"}
    files = {
        "externalClientApps/Shop.eca": xml("ExternalClientApplication", contactEmail="a@example.com",
                                           distributionState="Local", label="Shop"),
        "extlClntAppOauthSettings/Shop_oauth.ecaOauth": xml("ExtlClntAppOauthSettings", commaSeparatedOauthScopes="Api", **app),
        "extlClntAppGlobalOauthSets/Shop_glbl.ecaGlblOauth": xml(
            "ExtlClntAppGlobalOauthSettings", callbackUrl="http://localhost:1717/OauthRedirect", certificate=certificate(),
            consumerKey="shop-key", consumerSecret="shop-secret", **app),
        "extlClntAppOauthPolicies/Shop_pol.ecaOauthPlcy": xml(
            "ExtlClntAppOauthConfigurablePolicies", clientCredentialsFlowUser="robot@office.example.com",
            commaSeparatedPermissionSet="Robots", isClientCredentialsFlowEnabled="true",
            permittedUsersPolicyType="AdminApprovedPreAuthorized", **app),
        "permissionsets/Robots.permissionset": xml("PermissionSet", label="Robots"),
    }  # fmt: skip
    members = {
        "ExternalClientApplication": ["Shop"], "ExtlClntAppOauthSettings": ["Shop_oauth"],
        "ExtlClntAppGlobalOauthSettings": ["Shop_glbl"], "ExtlClntAppOauthConfigurablePolicies": ["Shop_pol"],
        "PermissionSet": ["Robots"],
    }  # fmt: skip
    result = deploy(org, files, members)
    assert failures(result) == [] and result["success"], result
    with org.transaction() as tx:
        parent = tx.query("SELECT Id FROM PermissionSet WHERE Name = 'Robots'").records[0].fields["Id"]
        tx.insert_setup("PermissionSetAssignment", {"AssigneeId": robot, "PermissionSetId": parent})
    return entry, org


def ask(site: Site, **form: str) -> httpx.Response:
    return site.http.post("/services/oauth2/token", data=form)


def assertion(change: Callable[[dict[str, Any]], object] = lambda claims: None, *, alg: str = "RS256") -> str:
    claims: dict[str, Any] = {
        "iss": "shop-key", "sub": "robot@office.example.com", "aud": "https://login.salesforce.com",
        "exp": int(dt.datetime.now(dt.UTC).timestamp()) + 120,
    }  # fmt: skip
    change(claims)

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    signed = f"{part({'alg': alg})}.{part(claims)}"
    mark = KEY.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def username(site: Site, answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert "refresh_token" not in shown and shown["scope"] == "api"
    headers = {"Authorization": f"Bearer {shown['access_token']}"}
    assert site.http.get(f"{V}/limits", headers=headers).status_code == 200
    found: str = site.http.get("/services/oauth2/userinfo", headers=headers).json()["preferred_username"]
    return found


def test_a_jwt_speaks_for_its_user(site: Site, shop: tuple[OrgEntry, Org]) -> None:
    assert username(site, ask(site, grant_type=JWT, assertion=assertion())) == "robot@office.example.com"
    in_milliseconds = assertion(lambda claims: claims.update(exp=claims["exp"] * 1000))
    assert username(site, ask(site, grant_type=JWT, assertion=in_milliseconds)) == "robot@office.example.com"


@pytest.mark.parametrize(
    ("change", "error", "description"),
    [
        ({"iss": "nobody"}, "invalid_client_id", "client identifier invalid"),
        ({"iss": "PlatformCLI"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"sub": "nobody@example.com"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"sub": "human@office.example.com"}, "invalid_app_access", "user is not admin approved to access this app"),
        ({"aud": "https://example.com"}, "invalid_grant", "audience is invalid"),
        ({"exp": 1}, "invalid_grant", "invalid assertion"),
        ({"exp": "soon"}, "invalid_grant", "invalid assertion"),
    ],
)
def test_a_jwt_that_says_something_else(
    site: Site, shop: tuple[OrgEntry, Org], change: dict[str, Any], error: str, description: str
) -> None:
    found = ask(site, grant_type=JWT, assertion=assertion(lambda claims: claims.update(change)))
    assert (found.status_code, found.json()) == (400, {"error": error, "error_description": description})


def test_a_jwt_must_be_signed_by_the_app(site: Site, shop: tuple[OrgEntry, Org]) -> None:
    head, body, mark = assertion().split(".")
    other = assertion(lambda claims: claims.update(sub="human@office.example.com")).split(".")[1]
    for wrong in (f"{head}.{other}.{mark}", f"{head}.{body}.", f"{head}.{body}", "x", assertion(alg="none")):
        found = ask(site, grant_type=JWT, assertion=wrong).json()
        assert found == {"error": "invalid_grant", "error_description": "invalid assertion"}


def test_an_app_runs_as_its_user_with_its_secret(site: Site, shop: tuple[OrgEntry, Org]) -> None:
    form = {"grant_type": "client_credentials", "client_id": "shop-key", "client_secret": "shop-secret"}
    assert username(site, ask(site, **form)) == "robot@office.example.com"
    answer = site.http.post("/services/oauth2/token", data={"grant_type": "client_credentials"},
                            auth=("shop-key", "shop-secret"))  # fmt: skip
    assert username(site, answer) == "robot@office.example.com"
    for wrong in ("", "other"):
        assert ask(site, **{**form, "client_secret": wrong}).json()["error"] == "invalid_client"
    assert ask(site, **{**form, "client_id": "PlatformCLI"}).json()["error"] == "invalid_client_id"


def test_only_known_clients_are_approved_and_refreshed(site: Site, shop: tuple[OrgEntry, Org]) -> None:
    entry, _ = shop
    asked = {"response_type": "code", "client_id": "made-up", "redirect_uri": "http://localhost:1717/OauthRedirect",
             "login_hint": entry.alias}  # fmt: skip
    refused = site.http.get("/services/oauth2/authorize", params=asked)
    assert refused.status_code == 400 and refused.json()["error"] == "invalid_client_id"
    elsewhere = {**asked, "client_id": "shop-key", "redirect_uri": "http://localhost:1717/Other"}
    assert site.http.get("/services/oauth2/authorize", params=elsewhere).json()["error"] == "redirect_uri_mismatch"
    refresh = site.runtime.open_session(entry)["refresh_token"]
    assert ask(site, grant_type="refresh_token", refresh_token=refresh).json()["error"] == "invalid_client_id"
    assert ask(site, grant_type="refresh_token", refresh_token=refresh, client_id="shop-key").status_code == 400
    assert ask(site, grant_type="refresh_token", refresh_token=refresh, client_id="PlatformCLI").status_code == 200
