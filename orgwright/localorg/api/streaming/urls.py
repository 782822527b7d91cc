"""Paths of the Streaming API; clients add the message type to the path as they like."""

from __future__ import annotations

from orgwright.localorg.api.routing import Route
from orgwright.localorg.api.streaming import errors, handlers

ROUTES = (
    Route("POST", "/cometd/{api}", handlers.cometd, session=False, max_body=1_000_000),
    Route("POST", "/cometd/{api}/{message*}", handlers.cometd, session=False, max_body=1_000_000),
)
on_error = errors.answer
