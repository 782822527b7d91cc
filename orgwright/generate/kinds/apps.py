"""The connector's OAuth client: an external client app and its parts, or a connected app where an org still allows one."""

from __future__ import annotations

from orgwright.generate.kinds.pairs import Pairs, document, flag
from orgwright.metadata import Component
from orgwright.spec.model import App, Connector

_REFRESH = {
    "infinite": "Infinite",
    "zero": "Zero",
    "specific_inactivity": "SpecificInactivity",
    "specific_lifetime": "SpecificLifetime",
}
_RELAXATION = {
    "enforce": "Enforce",
    "bypass": "Bypass",
    "bypass_2factor": "Bypass_2factor",
    "enforce_relax_refresh": "Enforce_RelaxRefresh",
}
_CONNECTED_RELAXATION = {
    "enforce": "ENFORCE",
    "bypass": "BYPASS",
    "bypass_2factor": "BYPASS_2FACTOR",
    "enforce_relax_refresh": "ENFORCE_RELAX_REFRESH",
}


def apps(item: App, connector: Connector) -> tuple[Component, ...]:
    """Every component of the app. No key or secret is ever part of it: Salesforce makes them."""
    return _external(item, connector) if item.kind == "external_client" else (_connected(item, connector),)


def _user(item: App, connector: Connector) -> str | None:
    return connector.access.user.username if item.client_credentials and connector.access.user else None


def _about(item: App) -> Pairs:
    return [
        ("contactEmail", item.contact_email),
        ("contactPhone", item.contact_phone),
        ("description", item.description),
        ("iconUrl", item.icon_url),
        ("infoUrl", item.info_url),
        ("label", item.label),
        ("logoUrl", item.logo_url),
    ]


def _external(item: App, connector: Connector) -> tuple[Component, ...]:
    header = [*_about(item), ("distributionState", item.distribution), ("isProtected", False)]
    of: Pairs = [("externalClientApplication", item.name)]
    settings: Pairs = [*of, ("commaSeparatedOauthScopes", ", ".join(item.scopes)), ("label", f"{item.name}_oauth")]
    shared: Pairs = [
        *of,
        ("callbackUrl", item.callback),
        ("isClientCredentialsFlowEnabled", item.client_credentials),
        ("isConsumerSecretOptional", not item.secret_for_web_server),
        ("isDeviceFlowEnabled", item.device_flow),
        ("isIntrospectAllTokens", item.introspect_all_tokens),
        ("isPkceRequired", item.pkce),
        ("isSecretRequiredForRefreshToken", item.secret_for_refresh),
        ("label", f"{item.name}_glbloauth"),
    ]
    policies: Pairs = [
        *of,
        ("clientCredentialsFlowUser", _user(item, connector)),
        ("ipRelaxationPolicyType", _RELAXATION[item.ip_relaxation]),
        ("isClientCredentialsFlowEnabled", item.client_credentials),
        ("label", f"{item.name}_oauthPlcy"),
        ("permittedUsersPolicyType", "AdminApprovedPreAuthorized" if item.admin_approved else "AllSelfAuthorized"),
        ("refreshTokenPolicyType", _REFRESH[item.refresh_policy]),
    ]
    plugins: Pairs = [*of, ("isEnabled", True), ("isOauthPluginEnabled", True), ("label", f"{item.name}_plcy")]
    parts: tuple[tuple[str, str, Pairs], ...] = (
        ("ExternalClientApplication", item.name, header),
        ("ExtlClntAppOauthSettings", f"{item.name}_oauth", settings),
        ("ExtlClntAppGlobalOauthSettings", f"{item.name}_glbloauth", shared),
        ("ExtlClntAppOauthConfigurablePolicies", f"{item.name}_oauthPlcy", policies),
        ("ExtlClntAppConfigurablePolicies", f"{item.name}_plcy", plugins),
    )
    return tuple(Component(kind, name, document(kind, content)) for kind, name, content in parts)


def _connected(item: App, connector: Connector) -> Component:
    oauth: Pairs = [
        ("callbackUrl", item.callback),
        ("isAdminApproved", item.admin_approved),
        ("isClientCredentialEnabled", item.client_credentials),
        ("isConsumerSecretOptional", not item.secret_for_web_server),
        ("isIntrospectAllTokens", item.introspect_all_tokens),
        ("isPkceRequired", item.pkce),
        ("isSecretRequiredForRefreshToken", item.secret_for_refresh),
        ("oauthClientCredentialUser", _user(item, connector)),
        *(("scopes", scope) for scope in item.scopes),
    ]
    content: Pairs = [
        *_about(item),
        ("oauthConfig", oauth),
        (
            "oauthPolicy",
            [("ipRelaxation", _CONNECTED_RELAXATION[item.ip_relaxation]), ("refreshTokenPolicy", item.refresh_policy)],
        ),
        *(("permissionSetName", name) for name in item.permission_sets if flag(item.admin_approved)),
    ]
    return Component("ConnectedApp", item.name, document("ConnectedApp", content))
