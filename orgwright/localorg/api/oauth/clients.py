"""The clients that may ask for tokens: Salesforce's own tools, and the apps that were deployed to an org.

An external client app is four components with one name in common (Metadata API: ExtlClntAppGlobalOauthSettings,
ExtlClntAppOauthSettings, ExtlClntAppOauthConfigurablePolicies); a connected app is one.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from orgwright.localorg.api.http import Request
from orgwright.localorg.api.oauth.errors import OAuthError
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.registry import OrgEntry
from orgwright.localorg.transaction import Transaction

BUILT_IN = frozenset(
    [
        "PlatformCLI",
        "SalesforceDevelopmentExperience",
        "3MVG9i1HRpGLXp.or6OVlWVWyn8DXi9xueKNM4npq_AWh.yqswojK9sE5WY7f.biP0w7bNJIENfXc7JMDZGO1",
    ]
)
"""Client ids that every org knows: the sf CLI, its editors, CumulusCI's connected app."""


@dataclass(frozen=True)
class App:
    """What a deployed app says of itself and of its users."""

    key: str
    entry: OrgEntry
    secret: str = ""
    secret_optional: bool = False
    secret_to_refresh: bool = False
    certificate: str = ""
    callbacks: tuple[str, ...] = ()
    scopes: str = ""
    admin_approved: bool = False
    permission_sets: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    credentials_flow: bool = False
    credentials_user: str = ""


def known(request: Request, client_id: str) -> App | None:
    """The app of a client id, ``None`` for a built-in client; raises OAuthError when nobody has it."""
    if client_id in BUILT_IN:
        return None
    found = next((app for app in _apps(request) if hmac.compare_digest(app.key.encode(), client_id.encode())), None)
    if found is None:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    return found


def check_secret(app: App | None, given: str, *, refreshing: bool = False) -> None:
    """Refuse a client without its secret, where the app asks for one."""
    if app is None or not app.secret:
        return
    needed = app.secret_to_refresh if refreshing else not app.secret_optional
    if (needed or given) and not hmac.compare_digest(app.secret.encode(), given.encode()):
        raise OAuthError("invalid_client", "invalid client credentials")


def _apps(request: Request) -> Iterator[App]:
    registry = request.runtime.registry
    for entry in registry.entries():
        with registry.open(entry.alias).read() as tx:
            if Components(tx).there:
                yield from [*_connected(tx, entry), *_external(tx, entry)]


def _connected(tx: Transaction, entry: OrgEntry) -> Iterator[App]:
    for stored in Components(tx).all("ConnectedApp"):
        node = stored.node
        config = node.find("oauthConfig")
        if config is None or not config.value("consumerKey"):
            continue
        yield App(
            config.value("consumerKey"),
            entry,
            config.value("consumerSecret"),
            config.flag("isConsumerSecretOptional"),
            config.flag("isSecretRequiredForRefreshToken"),
            config.value("certificate"),
            tuple(config.value("callbackUrl").split()),
            " ".join(one.text.strip().lower() for one in config.all("scopes")),
            config.flag("isAdminApproved"),
            tuple(one.text.strip() for one in node.all("permissionsetName")),
            tuple(one.text.strip() for one in node.all("profileName")),
            config.flag("isClientCredentialEnabled"),
            config.value("oauthClientCredentialUser"),
        )


def _external(tx: Transaction, entry: OrgEntry) -> Iterator[App]:
    components = Components(tx)

    def part(kind: str, app: str) -> Node:
        nodes = (stored.node for stored in components.all(kind))
        return next((node for node in nodes if node.value("externalClientApplication") == app), Node(kind))

    for stored in components.all("ExtlClntAppGlobalOauthSettings"):
        node = stored.node
        if not node.value("consumerKey"):
            continue
        name = node.value("externalClientApplication")
        policies = part("ExtlClntAppOauthConfigurablePolicies", name)
        scopes = part("ExtlClntAppOauthSettings", name).value("commaSeparatedOauthScopes")
        yield App(
            node.value("consumerKey"),
            entry,
            node.value("consumerSecret"),
            node.flag("isConsumerSecretOptional"),
            node.flag("isSecretRequiredForRefreshToken"),
            node.value("certificate"),
            tuple(node.value("callbackUrl").split()),
            " ".join(_words(scopes)).lower(),
            policies.value("permittedUsersPolicyType") == "AdminApprovedPreAuthorized",
            _words(policies.value("commaSeparatedPermissionSet")),
            _words(policies.value("commaSeparatedProfile")),
            policies.flag("isClientCredentialsFlowEnabled"),
            policies.value("clientCredentialsFlowUser"),
        )


def _words(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())
