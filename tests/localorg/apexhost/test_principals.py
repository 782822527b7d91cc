"""Who may use the principal of an external credential: by permission set groups, too."""

from __future__ import annotations

import pytest

from orgwright.localorg.jobs import anonymous
from orgwright.localorg.org import Org
from tests.localorg.access.people import make_user
from tests.localorg.deploying import NAMESPACE, deploy, failures, make_org

ACCESS = (
    "<externalCredentialPrincipalAccesses><enabled>true</enabled><externalCredentialPrincipal>Ext-Main"
    "</externalCredentialPrincipal></externalCredentialPrincipalAccesses>"
)
CREDENTIALS = {
    "externalCredentials/Ext.externalCredential": f"<ExternalCredential {NAMESPACE}><authenticationProtocol>Custom"
    "</authenticationProtocol><externalCredentialParameters><parameterGroup>Main</parameterGroup><parameterName>Main"
    "</parameterName><parameterType>NamedPrincipal</parameterType><sequenceNumber>1</sequenceNumber>"
    f"</externalCredentialParameters><externalCredentialParameters><parameterGroup>DefaultGroup</parameterGroup>"
    "<parameterName>X-Auth</parameterName><parameterType>AuthHeader</parameterType><parameterValue>{!$Credential.Ext.Token}"
    "</parameterValue><sequenceNumber>1</sequenceNumber></externalCredentialParameters><label>Ext</label></ExternalCredential>",
    "namedCredentials/Svc.namedCredential": f"<NamedCredential {NAMESPACE}><label>Svc</label><namedCredentialParameters>"
    "<parameterName>Url</parameterName><parameterType>Url</parameterType><parameterValue>http://127.0.0.1:9</parameterValue>"
    "</namedCredentialParameters><namedCredentialParameters><externalCredential>Ext</externalCredential><parameterName>"
    "ExternalCredential</parameterName><parameterType>Authentication</parameterType></namedCredentialParameters>"
    "<namedCredentialType>SecuredEndpoint</namedCredentialType></NamedCredential>",
}


@pytest.fixture
def org() -> Org:
    made = make_org()
    put(made, CREDENTIALS, {"ExternalCredential": ["Ext"], "NamedCredential": ["Svc"]})
    return made


def put(org: Org, files: dict[str, str], members: dict[str, list[str]]) -> None:
    result = deploy(org, {name: text.encode() for name, text in files.items()}, members)
    assert result["success"], failures(result)


def refusal(org: Org, user: str) -> str:
    """What a callout of the user says: that he may not, or, once he may, that nobody set the credential."""
    block = "HttpRequest r = new HttpRequest(); r.setMethod('GET'); r.setEndpoint('callout:Svc/a'); new Http().send(r);"
    return str(anonymous.execute(org, user, block).exception_message)


def test_a_permission_set_group_opens_a_principal(org: Org) -> None:
    files = {
        "permissionsets/Use.permissionset": f"<PermissionSet {NAMESPACE}>{ACCESS}<label>Use</label></PermissionSet>",
        "permissionsetgroups/Team.permissionsetgroup": f"<PermissionSetGroup {NAMESPACE}><label>Team</label>"
        "<permissionSets>Use</permissionSets></PermissionSetGroup>",
    }
    put(org, files, {"PermissionSet": ["Use"], "PermissionSetGroup": ["Team"]})
    user = make_user(org, "member", None)
    assert "We couldn't access the credential(s)" in refusal(org, user)
    with org.transaction() as tx:
        group = tx.query("SELECT Id FROM PermissionSetGroup").records[0].fields["Id"]
        tx.insert_setup("PermissionSetAssignment", {"AssigneeId": user, "PermissionSetGroupId": group})
    assert "is not configured" in refusal(org, user)
