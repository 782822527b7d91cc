"""Credentials and remote sites."""

from __future__ import annotations

from orgwright.generate.kinds.pairs import Pairs, document, ordered
from orgwright.metadata import Component, xml
from orgwright.spec.model import ExternalCredential, NamedCredential, RemoteSite

_PROTOCOLS = {
    "oauth_client_credentials": ("Oauth", "ClientCredentialsClientSecretPost"),
    "oauth_client_credentials_basic": ("Oauth", "ClientCredentialsClientSecretBasic"),
    "oauth_jwt": ("Oauth", "JwtBearer"),
    "basic": ("Basic", None),
    "custom": ("Custom", None),
}


def external_credentials(item: ExternalCredential) -> tuple[Component, ...]:
    """An external credential with one named principal. Its secret is entered in the org, never deployed."""
    protocol, variant = _PROTOCOLS[item.protocol]
    parameters: list[Pairs] = [
        [
            ("parameterGroup", item.principal),
            ("parameterName", item.principal),
            ("parameterType", "NamedPrincipal"),
            ("sequenceNumber", 1),
        ]
    ]
    if variant:
        parameters.append(_parameter("Oauth", "AuthProtocolVariant", variant))
    if item.token_url:
        parameters.append(_parameter("AuthProviderUrl", "AuthProviderUrl", item.token_url))
    if item.scope:
        parameters.append(_parameter("Scope", "AuthParameter", item.scope, item.principal))
    for number, (name, value) in enumerate(item.headers.items(), 1):
        parameters.append([*_parameter(name, "AuthHeader", value), ("sequenceNumber", number)])
    content: Pairs = [
        ("authenticationProtocol", protocol),
        ("description", item.description),
        *(("externalCredentialParameters", ordered(p)) for p in parameters),
        ("label", item.label),
    ]
    return (Component("ExternalCredential", item.api_name, document("ExternalCredential", content)),)


def _parameter(name: str, kind: str, value: str, group: str = "DefaultGroup") -> Pairs:
    return [("parameterGroup", group), ("parameterName", name), ("parameterType", kind), ("parameterValue", value)]


def named_credentials(item: NamedCredential) -> tuple[Component, ...]:
    """A named credential of the current kind (SecuredEndpoint)."""
    parameters: list[list[tuple[str, xml.Content]]] = [
        [("parameterName", "Url"), ("parameterType", "Url"), ("parameterValue", item.url)],
        [
            ("externalCredential", item.credential),
            ("parameterName", "ExternalCredential"),
            ("parameterType", "Authentication"),
        ],
    ]
    if item.namespaces:
        parameters.append(
            [
                ("parameterName", "AllowedManagedPackageNamespaces"),
                ("parameterType", "AllowedManagedPackageNamespaces"),
                ("parameterValue", ",".join(item.namespaces)),
            ]
        )
    content: Pairs = [
        ("allowMergeFieldsInBody", item.merge_in_body),
        ("allowMergeFieldsInHeader", item.merge_in_header),
        ("calloutStatus", "Enabled"),
        ("generateAuthorizationHeader", item.authorization_header),
        ("label", item.label),
        *(("namedCredentialParameters", ordered(p)) for p in parameters),
        ("namedCredentialType", "SecuredEndpoint"),
    ]
    return (Component("NamedCredential", item.api_name, document("NamedCredential", content)),)


def remote_sites(item: RemoteSite) -> tuple[Component, ...]:
    """A remote site."""
    content: Pairs = [
        ("description", item.description),
        ("disableProtocolSecurity", item.plain_http),
        ("isActive", item.active),
        ("url", item.url),
    ]
    return (Component("RemoteSiteSetting", item.api_name, document("RemoteSiteSetting", content)),)
