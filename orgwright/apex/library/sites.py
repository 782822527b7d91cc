"""``Site``, ``Network`` and ``Communities`` outside of a site, where code of an embedded org always runs.

What a site has is null or empty then, as the Apex Reference Guide says of each (Site Class, Network Class). In tests, signing in
and registering lead nowhere, which Salesforce's own controllers for sites and their tests rely on; outside of tests nobody
can sign in here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.registry import native
from orgwright.apex.runtime.exceptions import NotSupported

_USERNAME = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_SIGNING_IN = (
    "Site.login", "Site.changePassword", "Site.createExternalUser", "Site.createPersonAccountPortalUser", "Site.createPortalUser",
    "Communities.login", "Communities.internalLogin",
)  # fmt: skip


@native(
    "Site.getAdminEmail", "Site.getAdminId", "Site.getAnalyticsTrackingCode", "Site.getCurrentSiteUrl",
    "Site.getCustomWebAddress", "Site.getDomain", "Site.getExperienceId", "Site.getMasterLabel", "Site.getName",
    "Site.getOriginalUrl", "Site.getPrefix", "Site.getSiteId", "Site.getSiteType", "Site.getSiteTypeLabel", "Site.getTemplate",
    "Network.communitiesLanding", "Network.forwardToAuthPage", "Network.getNetworkId", "Communities.communitiesLanding",
    "Communities.forwardToAuthPage",
)  # fmt: skip
def nothing(*arguments: Any) -> None:
    """What only a site has."""


@native(
    "Site.getBaseCustomUrl", "Site.getBaseInsecureUrl", "Site.getBaseRequestUrl", "Site.getBaseSecureUrl", "Site.getBaseUrl",
    "Site.getErrorDescription", "Site.getErrorMessage", "Site.getPathPrefix",
)  # fmt: skip
def empty() -> str:
    """What is an empty text outside of a site."""
    return ""


@native("Site.isLoginEnabled", "Site.isPasswordExpired", "Site.isRegistrationEnabled")
def switched_off() -> bool:
    """What only a site can have switched on."""
    return False


def _refusing(method: str) -> Callable[..., None]:
    def refused(execution: Any, *arguments: Any) -> None:
        if not execution.in_test:
            raise NotSupported(f"{method} outside of tests")

    return refused


for _method in _SIGNING_IN:
    native(_method, context=True)(_refusing(_method))


@native("Site.forgotPassword")
def forgot_password(username: str | None, template: str | None = None) -> bool:
    """No site sends a new password."""
    return False


@native("Site.isValidUsername")
def is_valid_username(username: str | None) -> bool:
    """Whether a text has the form of a user name."""
    if username is None:
        raise null_argument(1)
    return _USERNAME.fullmatch(username) is not None
