"""The sf CLI on orgs and users: ways in, what it shows of them, passwords, licences."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization

from orgwright.localorg import control
from orgwright.localorg.control import OrgAccess
from tests.clients.conftest import Sf
from tests.localorg.api.test_flows import KEY, certificate, xml
from tests.localorg.deploying import NAMESPACE

covers = pytest.mark.covers


@pytest.fixture(scope="session")
def office(state: Path) -> OrgAccess:
    """An org of its own: these tests change how one signs in."""
    return control.create_org("office", home=state)


def write_app(folder: Path) -> None:
    """An external client app that administrators are let into, in metadata format."""
    app = {"externalClientApplication": "Robots", "label": "Robots"}
    files = {
        ("ExternalClientApplication", "externalClientApps/Robots.eca"): {
            "contactEmail": "a@example.com", "distributionState": "Local", "label": "Robots"},
        ("ExtlClntAppOauthSettings", "extlClntAppOauthSettings/Robots_oauth.ecaOauth"): {
            "commaSeparatedOauthScopes": "Api", **app},
        ("ExtlClntAppGlobalOauthSettings", "extlClntAppGlobalOauthSets/Robots_glbl.ecaGlblOauth"): {
            "callbackUrl": "http://localhost:1717/OauthRedirect", "certificate": certificate(), "consumerKey": "robots-key", **app},
        ("ExtlClntAppOauthConfigurablePolicies", "extlClntAppOauthPolicies/Robots_pol.ecaOauthPlcy"): {
            "commaSeparatedProfile": "System Administrator", "permittedUsersPolicyType": "AdminApprovedPreAuthorized", **app},
    }  # fmt: skip
    types = ""
    for (kind, path), values in files.items():
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_bytes(xml(kind, **values))
        types += f"<types><members>{Path(path).stem}</members><name>{kind}</name></types>"
    (folder / "package.xml").write_text(f"<Package {NAMESPACE}>{types}<version>67.0</version></Package>")


@covers("sf", "project deploy start", "org login jwt", "org display", "org logout")
def test_a_deployed_app_lets_its_users_in_by_jwt(sf: Sf, office: OrgAccess) -> None:
    sf.login(office)
    write_app(sf.project / "app")
    sf.run("project deploy start --metadata-dir app --target-org office")
    key = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (sf.home / "robots.pem").write_bytes(key)
    line = (
        f"org login jwt --client-id robots-key --jwt-key-file {sf.home}/robots.pem --instance-url {office.instance_url}"
    )
    assert sf.run(f"{line} --username {office.username}").result["username"] == office.username
    assert sf.run(f"org display --target-org {office.username}").result["connectedStatus"] == "Connected"
    sf.run(f"org logout --target-org {office.username} --no-prompt")


@covers("sf", "org open", "org list auth", "org auth show-access-token")
def test_what_is_known_of_an_org(sf: Sf, office: OrgAccess) -> None:
    sf.login(office)
    url = sf.run("org open --url-only --target-org office").result["url"]
    assert url.startswith(f"{office.instance_url}/secur/frontdoor.jsp?")
    setup = sf.run("org open --url-only --target-org office --path lightning/setup/SetupOneHome/home").result["url"]
    assert parse_qs(urlsplit(setup).query)["startURL"] == ["lightning/setup/SetupOneHome/home"]
    assert office.username in {one["username"] for one in sf.run("org list auth").result}
    shown = sf.run("org auth show-access-token --target-org office --no-prompt").result
    assert shown["accessToken"] == office.access_token


@covers(
    "sf", "org create user", "org list users", "org display user", "org generate password", "org assign permsetlicense"
)
def test_users_are_listed_and_get_passwords(sf: Sf, office: OrgAccess) -> None:
    sf.login(office)
    name = f"zed@{office.org_id.lower()}.example.com"
    made = sf.run(
        f"org create user --target-org office username={name} lastName=Zed email=z@example.com",
        "profileName=Standard User",
    )
    assert made.result["fields"]["lastname"] == "Zed"
    listed = {one["username"]: one["profileName"] for one in sf.run("org list users --target-org office").result}
    assert listed == {office.username: "System Administrator", name: "Standard User"}
    assert sf.run(f"org display user --target-org {name}").result["profileName"] == "Standard User"
    password = sf.run(f"org generate password --target-org office --on-behalf-of {name} --length 20").result["password"]
    assert len(password) == 20
    absent = sf.run("org assign permsetlicense --target-org office --name Nothing", code=1).json
    assert "PermissionSetLicense not found: Nothing" in str(absent)


@covers("sf", "project reset tracking", "project delete tracking", "org disable tracking", "org enable tracking")
def test_tracking_is_reset_and_switched(sf: Sf, office: OrgAccess) -> None:
    sf.login(office)
    assert sf.run("project reset tracking --no-prompt --target-org office").result["sourceMembersSynced"] >= 0
    assert sf.run("project delete tracking --no-prompt --target-org office").result["clearedFiles"]
    for word, tracks in (("disable", False), ("enable", True)):
        assert sf.run(f"org {word} tracking --target-org office").result["tracksSource"] is tracks
