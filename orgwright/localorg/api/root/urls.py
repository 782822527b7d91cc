"""Paths outside Salesforce's APIs: there are none, every one is a 404 in REST's shape."""

from __future__ import annotations

from orgwright.localorg.api.rest import errors
from orgwright.localorg.api.routing import Route

ROUTES: tuple[Route, ...] = ()
on_error = errors.answer
