"""The orgs in the state folder: created, opened, listed, deleted."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from orgwright.errors import OrgwrightError
from orgwright.localorg.files import make_private, write_private

if TYPE_CHECKING:
    from orgwright.localorg.org import Org

Kind = Literal["scratch", "sandbox", "developer", "production"]
KINDS: tuple[Kind, ...] = ("scratch", "sandbox", "developer", "production")
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class OrgEntry:
    """One org as the registry knows it. ``limits`` overrides figures of ``/limits`` by name."""

    alias: str
    org_id: str
    kind: Kind
    username: str
    user_id: str
    created: str
    limits: Mapping[str, int] = field(default_factory=dict)


class Registry:
    """The folder ``orgs/``: one sub-folder for each org, ``entry.json`` in it."""

    def __init__(self, home: Path, clock: Callable[[], dt.datetime]) -> None:
        self._root = make_private(make_private(home) / "orgs")
        self._clock = clock
        self._lock = threading.RLock()
        self._open: dict[str, Org] = {}
        self._entries: dict[str, OrgEntry] = {}
        self._by_id: dict[str, OrgEntry] = {}
        for path in sorted(self._root.glob("*/entry.json")):
            self._keep(OrgEntry(**json.loads(path.read_text())))

    def folder(self, alias: str) -> Path:
        """The folder of an org."""
        return self._root / alias

    def entries(self) -> tuple[OrgEntry, ...]:
        """All orgs, by alias."""
        return tuple(sorted(self._entries.values(), key=lambda entry: entry.alias))

    def get(self, alias: str) -> OrgEntry | None:
        """The org of that alias."""
        return self._entries.get(alias)

    def by_id(self, org_id: str) -> OrgEntry | None:
        """The org of that Id (15 or 18 characters)."""
        return self._by_id.get(org_id[:15])

    def by_username(self, username: str) -> OrgEntry | None:
        """The org whose administrator has that user name."""
        return next((e for e in self._entries.values() if e.username.lower() == username.lower()), None)

    def create(
        self, alias: str, kind: str, limits: Mapping[str, int] | None = None, *, instance_url: str = ""
    ) -> OrgEntry:
        """A new org; :class:`OrgwrightError` when the alias is taken or no file name, or the kind unknown."""
        if not _ALIAS.fullmatch(alias):
            raise OrgwrightError(
                f"{alias!r} is no name for an org", help="use letters, digits, '_', '-' and '.', at most 80"
            )
        known_kind = next((known for known in KINDS if known == kind), None)
        if known_kind is None:
            raise OrgwrightError(f"{kind!r} is no kind of org", help=f"use one of {', '.join(KINDS)}")
        from orgwright.localorg.org import Org

        with self._lock:
            if any(alias.lower() == known.lower() for known in self._entries):
                raise OrgwrightError(f"an org named {alias!r} exists already")
            folder = make_private(self.folder(alias))
            try:
                org = Org.create(folder, alias=alias, kind=known_kind, clock=self._clock, instance_url=instance_url)
                entry = OrgEntry(
                    alias,
                    org.info.id,
                    known_kind,
                    org.record.admin_username,
                    org.record.admin_id,
                    self._clock().isoformat(timespec="seconds"),
                    dict(limits or {}),
                )
                self._open[alias] = _with_apex(org)
                self._write(entry)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        return entry

    def open(self, alias: str) -> Org:
        """The open org; opened at first use."""
        org = self._open.get(alias)
        if org is None:
            with self._lock:
                org = self._open.get(alias)
                if org is None:
                    from orgwright.localorg.org import Org

                    org = self._open[alias] = _with_apex(Org.open(self.folder(alias), clock=self._clock))
        return org

    def set_limits(self, alias: str, limits: Mapping[str, int]) -> OrgEntry:
        """Override figures of the org's limits."""
        with self._lock:
            old = self._entries[alias]
            entry = OrgEntry(**{**asdict(old), "limits": {**old.limits, **limits}})
            self._write(entry)
        return entry

    def delete(self, alias: str) -> None:
        """Remove an org and everything in it."""
        with self._lock:
            entry = self._entries.pop(alias)
            self._by_id.pop(entry.org_id[:15], None)
            org = self._open.pop(alias, None)
            if org is not None:
                org.close()
            shutil.rmtree(self.folder(alias))

    def close(self) -> None:
        """Close every org."""
        with self._lock:
            for org in self._open.values():
                org.close()
            self._open.clear()

    def _write(self, entry: OrgEntry) -> None:
        write_private(self.folder(entry.alias) / "entry.json", json.dumps(asdict(entry), indent=1).encode())
        self._keep(entry)

    def _keep(self, entry: OrgEntry) -> None:
        self._entries[entry.alias] = entry
        self._by_id[entry.org_id[:15]] = entry


def _with_apex(org: Org) -> Org:
    """The org with the tables of its metadata, its Apex triggers and event subscribers."""
    from orgwright.localorg.apexhost.attach import attach as attach_apex
    from orgwright.localorg.metadata.attach import attach as attach_metadata

    attach_metadata(org)
    attach_apex(org)
    return org
