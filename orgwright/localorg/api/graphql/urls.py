"""Path of the GraphQL API."""

from __future__ import annotations

from orgwright.localorg.api.graphql import errors, handlers
from orgwright.localorg.api.routing import Route

ROUTES = (Route("POST", "/services/data/{version}/graphql", handlers.run),)
on_error = errors.answer
