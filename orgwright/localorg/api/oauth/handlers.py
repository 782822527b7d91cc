"""Tokens, approval, userinfo, identity.

Approval is local: a request to ``authorize`` is approved at once for the administrator of the org, if it comes
from the same user of this machine and the code goes to a loopback address. The client must be one that every org
knows, or an app that was deployed to an org of this server.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
from urllib.parse import parse_qsl, urlencode, urlsplit

from orgwright.localorg.access.loginhours import may_log_in
from orgwright.localorg.api.http import Answer, Request, SessionError, json_answer
from orgwright.localorg.api.oauth import clients, flows, shapes
from orgwright.localorg.api.oauth.errors import OAuthError
from orgwright.localorg.api.oauth.peer import is_own_user
from orgwright.localorg.registry import OrgEntry
from orgwright.localorg.sessions import OWN, Grant, Kind

CODE_SECONDS = 900
_FLOWS = {flows.JWT_BEARER: flows.jwt_bearer, "client_credentials": flows.client_credentials}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def token(request: Request) -> Answer:
    """``POST /services/oauth2/token``."""
    form = request.form()
    grant_type = form.get("grant_type")
    if not grant_type:
        raise OAuthError("invalid_request", "missing required parameter: grant_type")
    if grant_type == "refresh_token":
        return _refresh(request, form)
    if grant_type == "authorization_code":
        return _redeem(request, form)
    if grant_type in _FLOWS:
        entry, grant = _FLOWS[grant_type](request, form)
        return _tokens(request, entry, grant, form, refresh=False)
    if grant_type == "password":
        raise OAuthError("invalid_grant", "authentication failure")
    raise OAuthError("unsupported_grant_type", "grant type not supported")


def authorize(request: Request) -> Answer:
    """``GET /services/oauth2/authorize``: approved at once, the answer leads back to the client."""
    asked = request.form()
    target = asked.get("redirect_uri", "")
    place = urlsplit(target)
    if place.hostname not in _LOOPBACK or place.scheme not in {"http", "https"}:
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration: a loopback address")
    asked_host = urlsplit(request.base_url).hostname
    if asked_host not in _LOOPBACK or not is_own_user(request.client):
        raise OAuthError("access_denied", "end-user denied authorization", 403)
    if asked.get("response_type") != "code":
        return _back(target, {"error": "unsupported_response_type", "state": asked.get("state", "")})
    app = clients.known(request, asked.get("client_id", ""))
    if app is not None and app.callbacks and target not in app.callbacks:
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    entry = _chosen(request, asked)
    if entry is None:
        return _choose(request, asked)
    grant = Grant(
        "code",
        entry.user_id,
        asked.get("client_id", ""),
        asked.get("scope") or "full refresh_token",
        request.runtime.clock().timestamp(),
        target,
        asked.get("code_challenge", ""),
    )
    return _back(target, {"code": request.runtime.sessions.issue(entry, grant), "state": asked.get("state", "")})


def userinfo(request: Request) -> Answer:
    """``GET|POST /services/oauth2/userinfo``."""
    session = request.need_session()
    with request.reading() as tx:
        user = tx.user(session.user_id)
    return json_answer(shapes.userinfo(user, session.entry.org_id, request.base_url, request.runtime.clock()))


def identity(request: Request) -> Answer:
    """``GET /id/ORG/USER``: only of the session's own org and user."""
    session = request.need_session()
    if request.params["org"][:15] != session.entry.org_id[:15] or request.params["user"][:15] != session.user_id[:15]:
        raise SessionError
    with request.reading() as tx:
        user = tx.user(session.user_id)
    return json_answer(shapes.identity(user, session.entry.org_id, request.base_url, request.runtime.clock()))


def revoke(request: Request) -> Answer:
    """``GET|POST /services/oauth2/revoke``: 200 and nothing, or 400 for a token that is not known."""
    text = request.form().get("token", "")
    sessions = request.runtime.sessions
    kinds: tuple[Kind, ...] = ("access", "refresh")
    for kind in kinds:
        entry, grant = sessions.find(text, kind)
        if entry is not None and grant is not None:
            sessions.revoke(entry, text)
            return Answer(200)
    raise OAuthError("invalid_token", "the token is not known")


def introspect(request: Request) -> Answer:
    """``POST /services/oauth2/introspect``."""
    text = request.form().get("token", "")
    kinds: tuple[tuple[Kind, str], ...] = (("access", "access_token"), ("refresh", "refresh_token"))
    for kind, name in kinds:
        entry, grant = request.runtime.sessions.find(text, kind)
        if entry is not None and grant is not None:
            with request.runtime.registry.open(entry.alias).read(grant.user_id) as tx:
                username = tx.user().username
            shown = {
                "active": True,
                "scope": grant.scope,
                "client_id": grant.client_id,
                "username": username,
                "sub": f"{request.base_url}/id/{entry.org_id}/{grant.user_id}",
                "token_type": name,
                "iat": int(grant.issued),
            }
            return json_answer(shown)
    return json_answer({"active": False})


def single_access(request: Request) -> Answer:
    """``GET|POST /services/oauth2/singleaccess?redirect_uri=``: where a browser would be let in, and go on to."""
    session = request.need_session()
    given = {**request.query, **(request.form() if request.method == "POST" else {})}
    asked = {"org": session.entry.alias}
    if given.get("redirect_uri"):
        asked["startURL"] = given["redirect_uri"]
    return json_answer({"frontdoor_uri": f"{request.base_url}/secur/frontdoor.jsp?{urlencode(asked)}"})


def front_door(request: Request) -> Answer:
    """What a browser sees: the embedded org has no pages."""
    text = "This is an embedded org of orgwright. It speaks Salesforce's APIs and has no pages."
    return Answer(200, f"<!doctype html><title>embedded org</title><p>{text}</p>".encode(), "text/html;charset=UTF-8")


def _refresh(request: Request, form: dict[str, str]) -> Answer:
    entry, grant = request.runtime.sessions.find(form.get("refresh_token", ""), "refresh")
    if entry is None or grant is None:
        raise OAuthError("invalid_grant", "expired access/refresh token")
    client_id = form.get("client_id", "")
    if client_id != grant.client_id and not (grant.client_id == OWN and client_id in clients.BUILT_IN):
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if not registered_user(request, entry, grant.user_id):
        raise OAuthError("invalid_grant", "inactive user")
    app = clients.known(request, client_id)
    clients.check_secret(app, form.get("client_secret", ""), refreshing=True)
    return _tokens(request, entry, grant, form, refresh=False)


def registered_user(request: Request, entry: OrgEntry, user_id: str) -> bool:
    """Whether the org still has the user, and he is active."""
    return request.runtime.registry.open(entry.alias).rights_of(user_id).active


def _redeem(request: Request, form: dict[str, str]) -> Answer:
    code = form.get("code", "")
    entry, grant = request.runtime.sessions.find(code, "code")
    if entry is None or grant is None:
        raise OAuthError("invalid_grant", "invalid authorization code")
    request.runtime.sessions.revoke(entry, code)
    if request.runtime.clock().timestamp() - grant.issued > CODE_SECONDS:
        raise OAuthError("invalid_grant", "expired authorization code")
    if grant.redirect_uri and form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    if form.get("client_id", grant.client_id) != grant.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    clients.check_secret(clients.known(request, grant.client_id), form.get("client_secret", ""))
    if grant.challenge and not _verified(form.get("code_verifier", ""), grant.challenge):
        raise OAuthError("invalid_grant", "invalid code verifier")
    return _tokens(request, entry, grant, form, refresh=True)


def _tokens(request: Request, entry: OrgEntry, grant: Grant, form: dict[str, str], *, refresh: bool) -> Answer:
    with request.runtime.registry.open(entry.alias).read(grant.user_id) as tx:
        if not may_log_in(tx, grant.user_id):
            raise OAuthError("invalid_grant", "ip restricted or invalid login hours")
    now = request.runtime.clock()
    kinds: tuple[Kind, ...] = ("access", "refresh") if refresh else ("access",)
    found = {
        f"{kind}_token": request.runtime.sessions.issue(
            entry, Grant(kind, grant.user_id, grant.client_id, grant.scope, now.timestamp())
        )
        for kind in kinds
    }
    secret = form.get("client_secret", "")
    shown = shapes.tokens(request.base_url, entry.org_id, grant.user_id, found, grant.scope, now, secret)
    return json_answer(shown, headers=(("Cache-Control", "no-store"),))


def _verified(verifier: str, challenge: str) -> bool:
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(digest, challenge.encode())


def _chosen(request: Request, asked: dict[str, str]) -> OrgEntry | None:
    """The org meant: by user name or alias (``login_hint``), or the only one there is."""
    registry = request.runtime.registry
    hint = asked.get("login_hint")
    if hint:
        return registry.by_username(hint) or registry.get(hint)
    entries = registry.entries()
    return entries[0] if len(entries) == 1 else None


def _choose(request: Request, asked: dict[str, str]) -> Answer:
    entries = request.runtime.registry.entries()
    if not entries:
        raise OAuthError("invalid_request", "there is no embedded org yet: orgwright org create NAME", 404)
    links = "".join(
        f'<li><a href="?{html.escape(urlencode({**asked, "login_hint": entry.alias}))}">{html.escape(entry.alias)}</a>'
        for entry in entries
    )
    page = f"<!doctype html><title>Choose an org</title><p>Which embedded org?</p><ul>{links}</ul>"
    return Answer(200, page.encode(), "text/html;charset=UTF-8")


def _back(target: str, values: dict[str, str]) -> Answer:
    place = urlsplit(target)
    query = urlencode([*parse_qsl(place.query), *((k, v) for k, v in values.items() if v)])
    return Answer(302, headers=(("Location", place._replace(query=query).geturl()),))
