"""What integrations need: remote sites, credentials, apps."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item

_SCOPES = frozenset({
    "Address", "Api", "Basic", "Chatter", "CustomApplications", "CustomPermissions", "Email", "Full", "Lightning",
    "OfflineAccess", "OpenID", "PardotApi", "Phone", "Profile", "RefreshToken", "VisualForce", "Wave", "Web", "Content",
    "CDPIngest", "CDPProfile", "CDPQuery", "Chatbot", "Interaction", "Scrt", "UserRegistration", "ForgotPassword",
    "PwdlessLogin", "EinsteinGpt", "SFAP", "McpApi",
})  # fmt: skip


def _at(item: Item, text: str) -> Rejected:
    return Rejected(Problem(text, item.line, item.column))


class RemoteSiteHandler(Handler):
    """Addresses that Apex may call."""

    rank = 45

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        parts = urlsplit(node.value("url"))
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise _at(item, "Remote Site URL: invalid URL")
        if parts.scheme == "http" and not node.flag("disableProtocolSecurity"):
            raise _at(item, "Remote Site URL: the protocol must be https unless protocol security is disabled")
        for other in draft.components.all("RemoteSiteSetting"):
            if other.name.lower() != item.name.lower() and other.node.value("url") == node.value("url"):
                raise _at(item, "This Remote Site Name already exists or has been previously used")
        return None


class NamedCredentialHandler(Handler):
    """Named credentials, legacy and on an external credential."""

    rank = 46

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        if node.value("namedCredentialType") in ("", "Legacy"):
            for needed in ("principalType", "protocol"):
                if not node.value(needed):
                    raise _at(item, f"Required field is missing: {needed}")
            return None
        for parameter in node.all("namedCredentialParameters"):
            name = parameter.value("externalCredential")
            if parameter.value("parameterType") == "Authentication" and not draft.has("ExternalCredential", name):
                raise _at(item, f"In field: externalCredential - no ExternalCredential named {name} found")
        if not any(p.value("parameterType") == "Url" for p in node.all("namedCredentialParameters")):
            raise _at(item, "Required field is missing: parameterType Url")
        return None


class ConnectedAppHandler(Handler):
    """Connected apps: an org of today creates none (existing ones keep working)."""

    rank = 46

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        if old is None:
            raise _at(
                item,
                "You can't create a connected app. To enable connected app creation, contact Salesforce Customer Support. "
                "We recommend that you use an external client app instead.",
            )
        return None


class ExternalClientAppPartHandler(Handler):
    """Settings and policies of an external client app: the app must exist, scopes must be known."""

    rank = 47

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        app = node.value("externalClientApplication")
        if not draft.has("ExternalClientApplication", app):
            raise _at(item, f"In field: externalClientApplication - no ExternalClientApplication named {app} found")
        for scope in re.split(r"\s*,\s*", node.value("commaSeparatedOauthScopes")):
            if scope and scope not in _SCOPES:
                raise _at(item, f"Invalid scope: {scope}")
        for tag, kind in (("commaSeparatedPermissionSet", "PermissionSet"),):
            for name in re.split(r"\s*,\s*", node.value(tag)):
                if name and not draft.has(kind, name) and (kind, name.lower()) not in draft.items:
                    raise _at(item, f"In field: {tag} - no {kind} named {name} found")
        return None


class InstalledPackageHandler(Handler):
    """A managed package, which a real org fetches from Salesforce; an embedded one has nowhere to get it from."""

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        raise _at(
            item,
            f"NOT_SUPPORTED_BY_EMBEDDED_ORG: the managed package {item.name} cannot be installed: packages of AppExchange and of "
            "other Dev Hubs are not to be had here",
        )
