"""``login``, ``logout``, ``setPassword``, ``resetPassword`` of the partner and enterprise APIs (SOAP API Developer Guide)."""

from __future__ import annotations

import secrets
from typing import Any

from orgwright.localorg.access import passwords
from orgwright.localorg.access.loginhours import may_log_in
from orgwright.localorg.api.http import ApiError, Request
from orgwright.localorg.api.soap.envelope import Call
from orgwright.localorg.api.soap.shapes import shaped
from orgwright.localorg.registry import OrgEntry
from orgwright.localorg.sessions import SOAP_LOGIN, Grant, seconds_of

_LAST_VERSION = 64
_ATTACHMENT_BYTES = 5_242_880
_WRONG = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."


def login(request: Request, call: Call) -> Any:
    """``login(username, password)`` for a user whose password was set through the API.

    Salesforce has ended it with API 65, and it is off in new orgs: setting a password switches it on here. A security
    token behind the password is not asked for, as from a trusted network.
    """
    if int(request.params["api"].partition(".")[0]) > _LAST_VERSION:
        raise ApiError("UNSUPPORTED_API_VERSION", "SOAP login() is not available in this API version.", 500)
    username, password = call.body.value("username"), call.body.value("password")
    found = _user(request, username)
    if found is None:
        raise _refused()
    entry, user_id, switched_on = found
    if not switched_on:
        raise ApiError("INVALID_OPERATION", "SOAP API login() is disabled by default in this org.", 500)
    org = request.runtime.registry.open(entry.alias)
    with org.read(user_id) as tx:
        if not passwords.matches(tx, user_id, password):
            raise _refused()
        if not may_log_in(tx, user_id):
            raise ApiError("LOGIN_DURING_RESTRICTED_TIME", "You may not log in at this time.", 500)
    now = request.runtime.clock().timestamp()
    token = request.runtime.sessions.issue(entry, Grant("access", user_id, SOAP_LOGIN, "full", now))
    request.login(token)
    base = f"{request.base_url}/services/Soap"
    api, org_id = request.params["api"], entry.org_id
    kind = request.path.split("/")[3].lower()
    return {
        "metadataServerUrl": f"{base}/m/{api}/{org_id}",
        "passwordExpired": False,
        "sandbox": entry.kind in ("sandbox", "scratch"),
        "serverUrl": f"{base}/{kind}/{api}/{org_id}",
        "sessionId": token,
        "userId": user_id,
        "userInfo": user_info(request),
    }


def _user(request: Request, username: str) -> tuple[OrgEntry, str, bool] | None:
    """The active user of that name in any org, and whether any password was set there."""
    for entry in request.runtime.registry.entries():
        org = request.runtime.registry.open(entry.alias)
        with org.read() as tx:
            rows = tx.query(
                "SELECT Id, IsActive FROM User WHERE Username = :name", binds={"name": username}, access="system"
            ).records
            if rows and rows[0].fields["IsActive"]:
                return entry, str(rows[0].fields["Id"]), passwords.any_set(tx)
    return None


def _refused() -> ApiError:
    return ApiError("INVALID_LOGIN", _WRONG.partition(": ")[2], 500)


def logout(request: Request, call: Call) -> Any:
    """``logout()``: the session ends."""
    request.runtime.sessions.revoke(request.need_session().entry, call.session_id or "")
    return None


def set_password(request: Request, call: Call) -> Any:
    """``setPassword(userId, password)``."""
    with request.org.transaction(request.user_id) as tx:
        try:
            passwords.put(tx, call.body.value("userId"), call.body.value("password"))
        except passwords.Refused as refused:
            raise ApiError(refused.code, str(refused), 500) from None
    return {}


def reset_password(request: Request, call: Call) -> Any:
    """``resetPassword(userId)``: a new random password."""
    made = f"{secrets.token_urlsafe(9)}a1"
    with request.org.transaction(request.user_id) as tx:
        try:
            passwords.put(tx, call.body.value("userId"), made)
        except passwords.Refused as refused:
            raise ApiError(refused.code, str(refused), 500) from None
    return {"password": made}


def get_user_info(request: Request, call: Call) -> Any:
    """``getUserInfo()``."""
    return user_info(request)


def user_info(request: Request) -> dict[str, Any]:
    """Who asks, and of which org."""
    with request.org.read(request.user_id) as tx:
        user, org = tx.user(), tx.org.info
    values = {
        "accessibilityMode": False,
        "chatterExternal": False,
        "currencySymbol": "$",
        "orgAttachmentFileSizeLimit": _ATTACHMENT_BYTES,
        "orgDefaultCurrencyIsoCode": org.currency,
        "orgDefaultCurrencyLocale": "en_US",
        "orgDisallowHtmlAttachments": False,
        "orgHasPersonAccounts": False,
        "organizationId": org.id,
        "organizationMultiCurrency": org.multi_currency,
        "organizationName": org.name,
        "profileId": user.profile_id,
        "roleId": user.role_id,
        "sessionSecondsValid": seconds_of(request.org),
        "userDefaultCurrencyIsoCode": None,
        "userEmail": user.email,
        "userFullName": user.name,
        "userId": user.id,
        "userLanguage": user.language,
        "userLocale": user.locale,
        "userName": user.username,
        "userTimeZone": user.time_zone,
        "userType": user.user_type,
        "userUiSkin": "Theme3",
    }
    return shaped("GetUserInfoResult", values, request.params["api"])
