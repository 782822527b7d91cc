"""Embedded orgs from outside: what ``orgwright org ...`` and the CumulusCI keychain call.

Every function takes the state folder (default: ``$ORGWRIGHT_HOME`` or ``~/.orgwright``) and starts the server
when it does not run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from orgwright.errors import OrgwrightError
from orgwright.localorg import service
from orgwright.localorg.service import Service


@dataclass(frozen=True)
class OrgAccess:
    """An embedded org and how to reach it. The tokens are secrets of the local user."""

    alias: str
    org_id: str
    kind: str
    username: str
    user_id: str
    instance_url: str
    https_url: str
    ca_bundle: Path
    created: str
    limits: Mapping[str, int]
    access_token: str = field(repr=False, default="")
    refresh_token: str = field(repr=False, default="")

    def public(self, *, token: bool = False) -> dict[str, Any]:
        """What may be printed; ``access_token`` only when asked for."""
        shown: dict[str, Any] = {
            "alias": self.alias,
            "org_id": self.org_id,
            "kind": self.kind,
            "username": self.username,
            "instance_url": self.instance_url,
            "https_url": self.https_url,
            "ca_bundle": str(self.ca_bundle),
        }
        return {**shown, "access_token": self.access_token} if token else shown


def list_orgs(home: Path | None = None) -> list[OrgAccess]:
    """All embedded orgs, by alias; without tokens."""
    running = service.ensure(home)
    return [_access(running, entry) for entry in running.call("GET", "/_orgwright/orgs")]


def create_org(
    alias: str,
    kind: str = "scratch",
    *,
    limits: Mapping[str, int] | None = None,
    edition: str | None = None,
    home: Path | None = None,
) -> OrgAccess:
    """A new org. :class:`~orgwright.errors.OrgwrightError` when the alias is taken or not valid."""
    running = service.ensure(home)
    running.call(
        "POST", "/_orgwright/orgs", {"alias": alias, "kind": kind, "limits": dict(limits or {}), "edition": edition}
    )
    return show_org(alias, home=home)


def show_org(alias: str, *, home: Path | None = None) -> OrgAccess:
    """One org with working tokens. :class:`~orgwright.errors.OrgwrightError` when there is none of that name."""
    running = service.ensure(home)
    return _access(running, running.call("GET", _path(alias)))


def pubsub_address(home: Path | None = None) -> str:
    """``127.0.0.1:PORT`` of the Pub/Sub API (gRPC with TLS), opened if it is not.
    :class:`~orgwright.errors.OrgwrightError` without the packages that it needs."""
    return str(service.ensure(home).call("POST", "/_orgwright/pubsub")["address"])


def ensure_org(alias: str, kind: str = "scratch", *, home: Path | None = None) -> OrgAccess:
    """The org of that name, created first when there is none."""
    running = service.ensure(home)
    if not any(entry["alias"] == alias for entry in running.call("GET", "/_orgwright/orgs")):
        return create_org(alias, kind, home=home)
    return show_org(alias, home=home)


def delete_org(alias: str, *, home: Path | None = None) -> None:
    """Remove an org and everything in it."""
    service.ensure(home).call("DELETE", _path(alias))


@dataclass(frozen=True)
class SnapshotFacts:
    """A snapshot of an org; ``size`` in bytes."""

    name: str
    alias: str
    org_id: str
    kind: str
    created: str
    size: int


def snapshot_org(alias: str, name: str = "", *, home: Path | None = None) -> SnapshotFacts:
    """Keep an org as it is now. :class:`~orgwright.errors.OrgwrightError`: unknown org, name taken, a deploy runs, disk full."""
    return SnapshotFacts(**service.ensure(home).call("POST", f"{_path(alias)}/snapshot", {"name": name}))


def restore_org(alias: str, name: str = "", *, home: Path | None = None) -> SnapshotFacts:
    """Bring an org back to a snapshot, the newest if none is named; an org that was deleted is made again."""
    return SnapshotFacts(**service.ensure(home).call("POST", f"{_path(alias)}/restore", {"name": name}))


def clone_org(alias: str, new: str, *, snapshot: str = "", home: Path | None = None) -> OrgAccess:
    """Make a new org of an org, or of a snapshot: the same records, an org Id and user names of its own."""
    service.ensure(home).call("POST", f"{_path(alias)}/clone", {"alias": new, "snapshot": snapshot})
    return show_org(new, home=home)


def list_snapshots(home: Path | None = None) -> list[SnapshotFacts]:
    """Every snapshot, oldest first."""
    return [SnapshotFacts(**one) for one in service.ensure(home).call("GET", "/_orgwright/snapshots")]


def delete_snapshot(name: str, *, home: Path | None = None) -> None:
    """Forget a snapshot."""
    if not name:
        raise OrgwrightError("a snapshot has a name", help="orgwright org snapshots")
    service.ensure(home).call("DELETE", f"/_orgwright/snapshots/{quote(name, safe='')}")


def set_limits(alias: str, limits: Mapping[str, int], *, home: Path | None = None) -> OrgAccess:
    """Override figures of the org's ``/limits``, for instance ``{"DailyApiRequests": 100}``."""
    path = _path(alias)
    service.ensure(home).call("PATCH", path, {"limits": dict(limits)})
    return show_org(alias, home=home)


def _path(alias: str) -> str:
    if not alias:
        raise OrgwrightError("an org has a name", help="orgwright org list")
    return f"/_orgwright/orgs/{quote(alias, safe='')}"


def _access(running: Service, entry: Mapping[str, Any]) -> OrgAccess:
    tokens = json.loads(Path(entry["credentials"]).read_text()) if "credentials" in entry else {}
    return OrgAccess(
        alias=entry["alias"],
        org_id=entry["org_id"],
        kind=entry["kind"],
        username=entry["username"],
        user_id=entry["user_id"],
        instance_url=running.http_url,
        https_url=running.https_url,
        ca_bundle=running.ca_bundle,
        created=entry["created"],
        limits=entry["limits"],
        access_token=tokens.get("access_token", ""),
        refresh_token=tokens.get("refresh_token", ""),
    )
