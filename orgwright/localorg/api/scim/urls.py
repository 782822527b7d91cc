"""Paths of SCIM."""

from __future__ import annotations

from orgwright.localorg.api.routing import Route
from orgwright.localorg.api.scim import errors, handlers

_U = "/services/scim/v1/Users"

ROUTES = (
    Route("POST", _U, handlers.create),
    Route("GET", f"{_U}/{{id}}", handlers.read),
)
on_error = errors.answer
