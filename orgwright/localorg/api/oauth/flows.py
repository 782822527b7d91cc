"""Tokens without a browser: JWT bearer and client credentials (Salesforce Help: OAuth Authorization Flows)."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from orgwright.localorg.access.users import read_user
from orgwright.localorg.api.http import Request
from orgwright.localorg.api.oauth.clients import App, check_secret, known
from orgwright.localorg.api.oauth.errors import OAuthError
from orgwright.localorg.registry import OrgEntry
from orgwright.localorg.sessions import Grant

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MAX_SECONDS = 300
_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
_SECONDS_END = 100_000_000_000
"""Times beyond this are milliseconds, as the sf CLI sends them."""


def jwt_bearer(request: Request, form: dict[str, str]) -> tuple[OrgEntry, Grant]:
    """Whom an assertion speaks for; raises OAuthError."""
    claims, signed, signature = _parts(form.get("assertion", ""))
    app = known(request, str(claims.get("iss") or ""))
    if app is None or not app.certificate:
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")
    _verify(app.certificate, signed, signature)
    _check_times(claims, request.runtime.clock().timestamp())
    audience = str(claims.get("aud") or "").rstrip("/")
    own = urlsplit(audience).netloc == urlsplit(request.base_url).netloc
    if audience not in _AUDIENCES and not own:
        raise OAuthError("invalid_grant", "audience is invalid")
    entry, user_id = _user(request, app, str(claims.get("sub") or claims.get("prn") or ""))
    _check_approval(request, app, entry, user_id)
    return entry, _grant(request, app, user_id)


def client_credentials(request: Request, form: dict[str, str]) -> tuple[OrgEntry, Grant]:
    """The user whom an app runs as; raises OAuthError."""
    client_id, secret = _credentials(request, form)
    app = known(request, client_id)
    if app is None:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if not app.secret or not secret:
        raise OAuthError("invalid_client", "invalid client credentials")
    check_secret(app, secret)
    if not app.credentials_flow:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    if not app.credentials_user:
        raise OAuthError("invalid_grant", "no client credentials user enabled")
    entry, user_id = _user(request, app, app.credentials_user)
    return entry, _grant(request, app, user_id)


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """Client id and secret, of the form or of a Basic Authorization header."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
        except ValueError:
            raise OAuthError("invalid_client", "invalid client credentials") from None
        return name, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _grant(request: Request, app: App, user_id: str) -> Grant:
    return Grant("access", user_id, app.key, app.scopes or "full", request.runtime.clock().timestamp())


def _parts(assertion: str) -> tuple[dict[str, Any], bytes, bytes]:
    """Claims, what is signed, and the signature of a JWT that says RS256."""
    try:
        head, body, mark = assertion.split(".")
        header, claims = (json.loads(_decoded(part)) for part in (head, body))
        signature = _decoded(mark)
    except ValueError:
        raise OAuthError("invalid_grant", "invalid assertion") from None
    if not isinstance(header, dict) or not isinstance(claims, dict) or header.get("alg") != "RS256":
        raise OAuthError("invalid_grant", "invalid assertion")
    return claims, f"{head}.{body}".encode(), signature


def _decoded(part: str) -> bytes:
    return base64.b64decode(
        part.encode().translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(part) % 4), validate=True
    )


def _verify(certificate: str, signed: bytes, signature: bytes) -> None:
    text = certificate.strip()
    if "BEGIN CERTIFICATE" not in text:
        text = f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----"
    try:
        key = load_pem_x509_certificate(text.encode()).public_key()
        if not isinstance(key, RSAPublicKey):
            raise ValueError("no RSA key")
        key.verify(signature, signed, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        raise OAuthError("invalid_grant", "invalid assertion") from None


def _check_times(claims: dict[str, Any], now: float) -> None:
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or isinstance(expires, bool):
        raise OAuthError("invalid_grant", "invalid assertion")
    seconds = expires / 1000 if expires > _SECONDS_END else float(expires)
    if not now <= seconds <= now + _MAX_SECONDS + 60:
        raise OAuthError("invalid_grant", "invalid assertion")


def _user(request: Request, app: App, username: str) -> tuple[OrgEntry, str]:
    """The org and Id of an active user: of the app's own org, or of another one of this server."""
    registry = request.runtime.registry
    for entry in (app.entry, *(one for one in registry.entries() if one.alias != app.entry.alias)):
        with registry.open(entry.alias).read() as tx:
            sql = 'SELECT "Id", "IsActive" FROM "User" WHERE "Username" = ? COLLATE NOCASE'
            row = tx.connection.execute(sql, (username,)).fetchone()
        if row is not None:
            if not row[1]:
                raise OAuthError("invalid_grant", "inactive user")
            return entry, str(row[0])
    raise OAuthError("invalid_grant", "user hasn't approved this consumer")


def _check_approval(request: Request, app: App, entry: OrgEntry, user_id: str) -> None:
    """A user must be allowed by the administrator, or have let the app in before."""
    if not app.admin_approved:
        if not request.runtime.sessions.approved(entry, user_id, app.key):
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        return
    with request.runtime.registry.open(entry.alias).read() as tx:
        profile = tx.column("Profile", "Name", [read_user(tx.connection, user_id).profile_id])
        sql = (
            'SELECT p."Name" FROM "PermissionSet" p JOIN "PermissionSetAssignment" a ON a."PermissionSetId" = p."Id"'
            ' WHERE a."AssigneeId" = ?'
        )
        sets = {name for (name,) in tx.connection.execute(sql, (user_id,))}
    allowed = {"System Administrator": "Admin"}
    names = set(profile.values()) | {allowed.get(str(name), str(name)) for name in profile.values()}
    if sets.isdisjoint(app.permission_sets) and names.isdisjoint(app.profiles):
        raise OAuthError("invalid_app_access", "user is not admin approved to access this app")
