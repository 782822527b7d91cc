"""The sf CLI on orgs and users: ways in, what it shows of them, passwords, licences."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization

from orgwright.cli.orgs import connection_to_embedded
from orgwright.localorg import control
from orgwright.localorg.control import OrgAccess
from orgwright.metadata import zip as archive
from orgwright.org import OrgClient
from orgwright.org.metadata import DeployOptions
from tests.clients.conftest import Sf
from tests.localorg.api.test_flows import KEY, certificate, xml
from tests.localorg.deploying import manifest

covers = pytest.mark.covers


@pytest.fixture(scope="module")
def office(state: Path, signed_in: Sf) -> OrgAccess:
    """An org of its own, which the CLI knows: these tests change its users and its tracking."""
    made = control.create_org("office", home=state)
    signed_in.login(made)
    return made


@pytest.fixture
def door(state: Path) -> OrgAccess:
    """An org that the CLI does not know yet, with an app that administrators are let into."""
    made = control.create_org("door", home=state)
    with OrgClient(connection_to_embedded(made)) as client:
        done = client.metadata.deploy(app(), DeployOptions())
    assert done.success, done.failures
    return made


def app() -> bytes:
    """An external client app, in metadata format."""
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
    named = manifest({kind: [Path(path).stem] for kind, path in files})
    return archive.write(
        {"package.xml": named, **{path: xml(kind, **values) for (kind, path), values in files.items()}}
    )


@covers("sf", "org login jwt", "org display", "org logout")
def test_a_deployed_app_lets_its_users_in_by_jwt(sf: Sf, door: OrgAccess) -> None:
    key = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (sf.home / "robots.pem").write_bytes(key)
    line = (
        f"org login jwt --client-id robots-key --jwt-key-file {sf.home}/robots.pem --instance-url {door.instance_url}"
    )
    assert sf.run(f"{line} --username {door.username}").result["username"] == door.username
    assert sf.run(f"org display --target-org {door.username}").result["connectedStatus"] == "Connected"
    sf.run(f"org logout --target-org {door.username} --no-prompt")


@covers("sf", "org open", "org list auth", "org auth show-access-token")
def test_what_is_known_of_an_org(sf: Sf, office: OrgAccess) -> None:
    setup = sf.run("org open --url-only --target-org office --path lightning/setup/SetupOneHome/home").result["url"]
    assert setup.startswith(f"{office.instance_url}/secur/frontdoor.jsp?")
    assert parse_qs(urlsplit(setup).query)["startURL"] == ["lightning/setup/SetupOneHome/home"]
    assert office.username in {one["username"] for one in sf.run("org list auth").result}
    shown = sf.run("org auth show-access-token --target-org office --no-prompt").result
    assert shown["accessToken"] == office.access_token


@covers(
    "sf", "org create user", "org list users", "org display user", "org generate password", "org assign permsetlicense"
)
def test_users_are_listed_and_get_passwords(sf: Sf, office: OrgAccess) -> None:
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
    assert sf.run("project reset tracking --no-prompt --target-org office").result["sourceMembersSynced"] >= 0
    assert sf.run("project delete tracking --no-prompt --target-org office").result["clearedFiles"]
    for word, tracks in (("disable", False), ("enable", True)):
        assert sf.run(f"org {word} tracking --target-org office").result["tracksSource"] is tracks
