"""What the constructors of platform classes that only hold data take: their declarations tell types, not names."""

from __future__ import annotations

_USER_DATA = (
    "identifier", "firstName", "lastName", "fullName", "email", "link", "username", "locale", "provider", "siteLoginUrl",
    "attributeMap",
)  # fmt: skip
_TOKEN = ("provider", "oauthToken", "oauthSecretOrRefreshToken", "state")
_NOTIFICATION = ("notificationTypeId", "senderId", "title", "body", "targetId", "targetPageRef")

ARGUMENTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "auth.authprovidercallbackstate": (("headers", "body", "queryParameters"),),
    "auth.authprovidertokenresponse": (_TOKEN, (*_TOKEN, "idToken")),
    "auth.headlessuserdiscoveryresponse": (("userIds", "customErrorMessage"),),
    "auth.oauthrefreshresult": (("accessToken", "refreshToken"), ("accessToken", "refreshToken", "error")),
    "auth.userdata": (_USER_DATA, (*_USER_DATA, "idToken", "userInfoJSONString")),
    "auth.verificationresult": (("redirect", "success", "message"),),
    "messaging.customnotification": ((), _NOTIFICATION),
    "process.plugindescriberesult.inputparameter": (
        ("name", "parameterType", "required"),
        ("name", "description", "parameterType", "required"),
    ),
    "process.plugindescriberesult.outputparameter": (
        ("name", "parameterType"),
        ("name", "description", "parameterType"),
    ),
    "process.pluginrequest": (("inputParameters",),),
    "txnsecurity.event": (
        ("organizationId", "userId", "entityName", "action", "resourceType", "entityId", "timeStamp", "data"),
    ),
}  # fmt: skip
"""The properties that each constructor fills, in its order."""

PARTLY = frozenset(("auth.jwt", "messaging.customnotification"))
"""Classes whose other methods are natives of their own, or not supported."""
