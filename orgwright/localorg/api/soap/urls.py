"""Paths of the SOAP APIs. Clients add what they like behind the version: an org Id, a made-up name."""

from __future__ import annotations

from orgwright.localorg.api.routing import Route
from orgwright.localorg.api.soap import errors, handlers

_PATHS = tuple(f"/services/Soap/{kind}/{{api}}{tail}" for kind in "mucs" for tail in ("", "/{rest*}"))

ROUTES = (
    *(Route("POST", path, handlers.call, session=False) for path in _PATHS),
    Route("POST", "/services/Soap/class/{name*}", handlers.webservice, session=False),
)
on_error = errors.answer
