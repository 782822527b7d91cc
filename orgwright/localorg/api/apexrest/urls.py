"""Paths of Apex REST: whatever classes with ``@RestResource`` ask for."""

from __future__ import annotations

from orgwright.localorg.api.apexrest import errors, handlers
from orgwright.localorg.api.routing import Route

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_PATHS = ("/services/apexrest", "/services/apexrest/{rest*}")

ROUTES = tuple(Route(method, path, handlers.call, max_body=6_000_000) for method in _METHODS for path in _PATHS)
on_error = errors.answer
