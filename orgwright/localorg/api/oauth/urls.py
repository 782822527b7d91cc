"""Paths of OAuth."""

from __future__ import annotations

from orgwright.localorg.api.oauth import errors, handlers
from orgwright.localorg.api.routing import Route

_O = "/services/oauth2"

ROUTES = (
    Route("POST", f"{_O}/token", handlers.token, session=False, max_body=1_000_000),
    Route("GET", f"{_O}/authorize", handlers.authorize, session=False),
    Route("GET", f"{_O}/userinfo", handlers.userinfo, counted=False),
    Route("POST", f"{_O}/userinfo", handlers.userinfo, counted=False),
    Route("GET", f"{_O}/revoke", handlers.revoke, session=False),
    Route("POST", f"{_O}/revoke", handlers.revoke, session=False, max_body=1_000_000),
    Route("POST", f"{_O}/introspect", handlers.introspect, session=False, max_body=1_000_000),
    Route("GET", f"{_O}/singleaccess", handlers.single_access, counted=False),
    Route("POST", f"{_O}/singleaccess", handlers.single_access, counted=False),
    Route("GET", "/id/{org}/{user}", handlers.identity, counted=False),
    Route("GET", "/secur/frontdoor.jsp", handlers.front_door, session=False),
)
on_error = errors.answer
