"""Paths of the administration API."""

from __future__ import annotations

from orgwright.localorg.api.admin import copies, handlers
from orgwright.localorg.api.admin.errors import answer
from orgwright.localorg.api.routing import Route

ROUTES = (
    Route("GET", "/_orgwright/ping", handlers.ping, session=False),
    Route("POST", "/_orgwright/stop", handlers.stop, session=False),
    Route("GET", "/_orgwright/orgs", handlers.list_orgs, session=False),
    Route("POST", "/_orgwright/orgs", handlers.create, session=False),
    Route("GET", "/_orgwright/orgs/{alias}", handlers.show, session=False),
    Route("DELETE", "/_orgwright/orgs/{alias}", handlers.delete, session=False),
    Route("PATCH", "/_orgwright/orgs/{alias}", handlers.change, session=False),
    Route("POST", "/_orgwright/orgs/{alias}/snapshot", copies.snapshot, session=False),
    Route("POST", "/_orgwright/orgs/{alias}/restore", copies.restore, session=False),
    Route("POST", "/_orgwright/orgs/{alias}/clone", copies.clone, session=False),
    Route("POST", "/_orgwright/pubsub", handlers.open_pubsub, session=False),
    Route("GET", "/_orgwright/snapshots", copies.list_snapshots, session=False),
    Route("DELETE", "/_orgwright/snapshots/{name}", copies.delete_snapshot, session=False),
)
on_error = answer
