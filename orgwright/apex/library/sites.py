"""``Site``, ``Network`` and ``Communities`` outside of a site, where code of an embedded org always runs.

What Salesforce's own controllers for sites and their tests rely on: a site's properties are null, signing in and registering lead
nowhere (Apex Reference Guide, Site Class, Network Class).
"""

from __future__ import annotations

import re
from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.registry import native

_USERNAME = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@native(
    "Site.getAdminEmail", "Site.getAdminId", "Site.getAnalyticsTrackingCode", "Site.getBaseCustomUrl",
    "Site.getBaseInsecureUrl", "Site.getBaseRequestUrl", "Site.getBaseSecureUrl", "Site.getBaseUrl", "Site.getCurrentSiteUrl",
    "Site.getCustomWebAddress", "Site.getDomain", "Site.getErrorDescription", "Site.getErrorMessage", "Site.getExperienceId",
    "Site.getMasterLabel", "Site.getName", "Site.getOriginalUrl", "Site.getPathPrefix", "Site.getPrefix", "Site.getSiteId",
    "Site.getSiteType", "Site.getSiteTypeLabel", "Site.getTemplate", "Network.communitiesLanding",
    "Communities.communitiesLanding", "Network.getNetworkId",
)  # fmt: skip
def nothing(*arguments: Any) -> None:
    """What only a site has."""


@native("Site.isLoginEnabled", "Site.isPasswordExpired", "Site.isRegistrationEnabled")
def switched_off() -> bool:
    """What only a site can have switched on."""
    return False


@native(
    "Site.login", "Site.changePassword", "Site.createExternalUser", "Site.createPersonAccountPortalUser", "Site.createPortalUser",
    "Network.forwardToAuthPage", "Communities.forwardToAuthPage", "Communities.login", "Communities.internalLogin",
)  # fmt: skip
def refused(*arguments: Any) -> None:
    """Nobody signs in, registers or changes his password where there is no site."""


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
