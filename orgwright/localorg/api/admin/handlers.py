"""Create, list, show, delete orgs; stop the server."""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from orgwright.errors import OrgwrightError
from orgwright.localorg.api.admin.errors import AdminError
from orgwright.localorg.api.http import Answer, Request, json_answer
from orgwright.localorg.api.pubsub.gateway import Gateway
from orgwright.localorg.files import write_private
from orgwright.localorg.registry import Asked, OrgEntry


def ping(request: Request) -> Answer:
    """Which process answers."""
    return json_answer({"instance": request.runtime.instance})


def stop(request: Request) -> Answer:
    """End the process after this answer."""
    check_key(request)
    request.runtime.on_stop()
    return Answer(202)


def list_orgs(request: Request) -> Answer:
    """All orgs."""
    check_key(request)
    return json_answer([asdict(entry) for entry in request.runtime.registry.entries()])


def create(request: Request) -> Answer:
    """A new org: ``{"alias", "kind", "limits"?, "edition"?}``; its tokens are written to ``credentials.json``."""
    check_key(request)
    body = request.json_object()
    try:
        entry = request.runtime.registry.create(
            str(body.get("alias", "")),
            str(body.get("kind", "scratch")),
            _limits(body.get("limits")),
            instance_url=request.runtime.url,
            asked=Asked(edition=str(body.get("edition") or "") or None),
        )
    except OrgwrightError as error:
        raise AdminError("INVALID_ORG", error.what, help=error.help) from None
    hand_out(request, entry)
    return json_answer(asdict(entry), 201)


def show(request: Request) -> Answer:
    """One org; tokens that no longer work are replaced in ``credentials.json``."""
    check_key(request)
    entry = entry_of(request)
    path = request.runtime.registry.folder(entry.alias) / "credentials.json"
    try:
        request.runtime.registry.open(entry.alias)
        if request.runtime.sessions.resolve(_kept_token(path)) is None:
            hand_out(request, entry)
    except OrgwrightError as error:
        raise AdminError("INVALID_ORG", str(error), help=error.help) from None
    return json_answer({**asdict(entry), "credentials": str(path)})


def open_pubsub(request: Request) -> Answer:
    """Open the port of the Pub/Sub API."""
    check_key(request)
    try:
        address = request.runtime.state("pubsub", Gateway).open(request.runtime)
    except OrgwrightError as error:
        raise AdminError("NOT_AVAILABLE", error.what, help=error.help) from None
    return json_answer({"address": address})


def change(request: Request) -> Answer:
    """Override limits: ``{"limits": {"DailyApiRequests": 100}}``."""
    check_key(request)
    entry = entry_of(request)
    return json_answer(
        asdict(request.runtime.registry.set_limits(entry.alias, _limits(request.json_object().get("limits"))))
    )


def delete(request: Request) -> Answer:
    """Remove an org."""
    check_key(request)
    entry = entry_of(request)
    request.runtime.registry.delete(entry.alias)
    request.runtime.sessions.forget(entry.alias)
    return Answer(204)


def hand_out(request: Request, entry: OrgEntry) -> None:
    """Write fresh tokens of an org's administrator where local clients find them."""
    tokens = request.runtime.open_session(entry)
    path = request.runtime.registry.folder(entry.alias) / "credentials.json"
    write_private(path, json.dumps(tokens, indent=1).encode())


def _kept_token(path: Path) -> str:
    """The access token that lies ready for local clients; a damaged file holds none."""
    try:
        return str(json.loads(path.read_bytes())["access_token"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def check_key(request: Request) -> None:
    """Refuse who does not know the administration key."""
    given = request.headers.get("x-orgwright-key", "")
    if not hmac.compare_digest(given.encode(), request.runtime.key.encode()):
        raise AdminError("FORBIDDEN", "The administration key is missing or wrong", 403)


def entry_of(request: Request) -> OrgEntry:
    """The org that the path names."""
    registry, alias = request.runtime.registry, request.params["alias"]
    try:
        registry.check(alias)
    except OrgwrightError as error:
        raise AdminError("INVALID_ORG", error.what, help=error.help) from None
    entry = registry.get(alias)
    if entry is None:
        raise AdminError(
            "NOT_FOUND", f"there is no org named {request.params['alias']!r}", 404, help="orgwright org list"
        )
    return entry


def _limits(value: Any) -> dict[str, int]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(type(v) is int and v >= 0 for v in value.values()):
        raise AdminError("INVALID_LIMITS", "limits are an object of whole numbers")
    return {str(name): amount for name, amount in value.items()}
