"""What plug-ins of authentication providers and registration handlers are handed (Apex Reference Guide, Auth Namespace)."""

from __future__ import annotations

from typing import Any, ClassVar

from orgwright.apex.library.beans import Bean
from orgwright.apex.library.registry import platform
from orgwright.apex.runtime.exceptions import NotSupported


class _Given(Bean):
    """Data that its constructor takes in the order of ``order``; parameters at the end may be left out."""

    order: ClassVar[tuple[str, ...]] = ()
    properties: tuple[str, ...] = ()

    def __init__(self, *values: Any) -> None:
        for name in self.properties:
            setattr(self, name, None)
        if len(values) > len(self.order):
            raise NotSupported(f"new {self.apex_type} of {len(values)} values")
        for name, value in zip(self.order, values, strict=False):
            setattr(self, name, value)


@platform("Auth.UserData")
class UserData(_Given):
    """``Auth.UserData``: what an authentication provider tells of a user."""

    order = (
        "identifier", "firstName", "lastName", "fullName", "email", "link", "username", "locale", "provider",
        "siteLoginUrl", "attributeMap",
    )  # fmt: skip
    properties = (*order, "idToken", "userInfoJSONString", "idTokenJSONString")


@platform("Auth.AuthProviderTokenResponse")
class AuthProviderTokenResponse(_Given):
    """``Auth.AuthProviderTokenResponse``: what the provider answers to a request for a token."""

    order = ("provider", "oauthToken", "oauthSecretOrRefreshToken", "state")
    properties = (*order, "idToken")


@platform("Auth.AuthProviderCallbackState")
class AuthProviderCallbackState(_Given):
    """``Auth.AuthProviderCallbackState``: the request that comes back from the provider."""

    order = ("headers", "body", "queryParameters")
    properties = order


@platform("Auth.OAuthRefreshResult")
class OAuthRefreshResult(_Given):
    """``Auth.OAuthRefreshResult``: what refreshing a token gave."""

    order = ("accessToken", "refreshToken", "error")
    properties = order
