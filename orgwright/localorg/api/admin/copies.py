"""Snapshots, restores and clones of orgs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

from orgwright.errors import OrgwrightError
from orgwright.localorg.api.admin.errors import AdminError
from orgwright.localorg.api.admin.handlers import check_key, entry_of, hand_out
from orgwright.localorg.api.http import Answer, Request, json_answer

T = TypeVar("T")


def snapshot(request: Request) -> Answer:
    """Keep an org: ``{"name"?}``."""
    check_key(request)
    alias, name = entry_of(request).alias, str(request.json_object().get("name") or "")
    return json_answer(asdict(_told(lambda: request.runtime.states.snapshot(alias, name))), 201)


def restore(request: Request) -> Answer:
    """Bring an org back: ``{"name"?}``; an org that was deleted comes back too."""
    check_key(request)
    alias, name = request.params["alias"], str(request.json_object().get("name") or "")
    return json_answer(asdict(_told(lambda: request.runtime.states.restore(alias, name))))


def clone(request: Request) -> Answer:
    """Make a new org of one: ``{"alias", "snapshot"?}``."""
    check_key(request)
    body = request.json_object()
    name, kept = str(body.get("alias") or ""), str(body.get("snapshot") or "")
    source = request.params["alias"] if kept else entry_of(request).alias
    made = _told(lambda: request.runtime.states.clone(source, name, snapshot=kept))
    hand_out(request, made)
    return json_answer(asdict(made), 201)


def list_snapshots(request: Request) -> Answer:
    """Every snapshot, oldest first."""
    check_key(request)
    return json_answer([asdict(one) for one in request.runtime.states.snapshots.all()])


def delete_snapshot(request: Request) -> Answer:
    """Forget a snapshot."""
    check_key(request)
    _told(lambda: request.runtime.states.snapshots.delete(request.params["name"]))
    return Answer(204)


def _told(work: Callable[[], T]) -> T:
    try:
        return work()
    except OrgwrightError as error:
        raise AdminError("INVALID_ORG", str(error), help=error.help) from None
