"""Paths of the Metadata API's REST resources."""

from __future__ import annotations

from orgwright.localorg.api.metadata import handlers
from orgwright.localorg.api.rest import errors
from orgwright.localorg.api.routing import Route

_DEPLOY = "/services/data/{version}/metadata/deployRequest"

ROUTES = (
    Route("POST", _DEPLOY, handlers.start_deploy),
    Route("GET", f"{_DEPLOY}/{{id}}", handlers.status),
    Route("PATCH", f"{_DEPLOY}/{{id}}", handlers.cancel),
    Route("POST", f"{_DEPLOY}/{{id}}", handlers.quick_deploy),
)
on_error = errors.answer
