"""Token answers, userinfo and identity."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from typing import Any

from orgwright.apex.host import User
from orgwright.localorg.store import forms

_PATHS = {
    "enterprise": "/services/Soap/c/{version}/",
    "metadata": "/services/Soap/m/{version}/",
    "partner": "/services/Soap/u/{version}/",
    "rest": "/services/data/v{version}/",
    "sobjects": "/services/data/v{version}/sobjects/",
    "query": "/services/data/v{version}/query/",
    "tooling_soap": "/services/Soap/T/{version}/",
    "tooling_rest": "/services/data/v{version}/tooling/",
}


def tokens(
    base_url: str, org_id: str, user_id: str, found: dict[str, str], scope: str, now: dt.datetime, client_secret: str
) -> dict[str, str]:
    """A successful answer of the token endpoint. ``found`` holds the tokens."""
    identity = f"{base_url}/id/{org_id}/{user_id}"
    issued_at = str(int(now.timestamp() * 1000))
    mac = hmac.new(client_secret.encode(), f"{identity}{issued_at}".encode(), hashlib.sha256).digest()
    return {
        **found,
        "signature": base64.b64encode(mac).decode(),
        "scope": scope,
        "instance_url": base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }


def userinfo(user: User, org_id: str, base_url: str, now: dt.datetime) -> dict[str, Any]:
    """``/services/oauth2/userinfo``."""
    urls = {name: base_url + path for name, path in _PATHS.items()}
    return {
        "sub": f"{base_url}/id/{org_id}/{user.id}",
        "user_id": user.id,
        "organization_id": org_id,
        "preferred_username": user.username,
        "nickname": user.username.partition("@")[0],
        "name": user.name,
        "email": user.email,
        "email_verified": True,
        "given_name": user.first_name,
        "family_name": user.last_name,
        "zoneinfo": user.time_zone,
        "photos": {},
        "profile": f"{base_url}/{user.id}",
        "picture": "",
        "address": {},
        "urls": {**urls, "profile": f"{base_url}/{user.id}"},
        "active": True,
        "user_type": user.user_type.upper(),
        "language": user.language,
        "locale": user.locale,
        "utcOffset": 0,
        "updated_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "is_app_installed": True,
    }


def identity(user: User, org_id: str, base_url: str, now: dt.datetime) -> dict[str, Any]:
    """The identity URL's answer."""
    return {
        "id": f"{base_url}/id/{org_id}/{user.id}",
        "asserted_user": True,
        "user_id": user.id,
        "organization_id": org_id,
        "username": user.username,
        "nick_name": user.username.partition("@")[0],
        "display_name": user.name,
        "email": user.email,
        "email_verified": True,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "timezone": user.time_zone,
        "photos": {},
        "addr_street": None,
        "addr_city": None,
        "addr_state": None,
        "addr_country": None,
        "addr_zip": None,
        "mobile_phone": None,
        "mobile_phone_verified": False,
        "is_lightning_login_user": False,
        "status": {"created_date": None, "body": None},
        "urls": {name: base_url + path for name, path in _PATHS.items()},
        "active": True,
        "user_type": user.user_type.upper(),
        "language": user.language,
        "locale": user.locale,
        "utcOffset": 0,
        "last_modified_date": forms.datetime_text(now),
        "is_app_installed": True,
    }
