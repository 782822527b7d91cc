"""The orgs in the state folder: created, opened, listed, deleted."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from orgwright.errors import OrgwrightError, Place
from orgwright.localorg.files import ORG_FILE, make_private, write_private

if TYPE_CHECKING:
    from orgwright.localorg.org import Hub, Org
    from orgwright.localorg.schema.schema import Schema
    from orgwright.localorg.sessions import Sessions

log = logging.getLogger("orgwright.localorg")
Kind = Literal["scratch", "sandbox", "developer", "production"]
KINDS: tuple[Kind, ...] = ("scratch", "sandbox", "developer", "production")
EDITIONS = ("Group", "Professional", "Enterprise", "Unlimited", "Performance", "Developer")
DEV_HUB = "DevHubSettings.enableScratchOrgManagementPref"
_ENTRY = "entry.json"
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


@dataclass(frozen=True)
class Asked:
    """What a new org's administrator, company, features and edition shall be; ``None``: made up."""

    username: str | None = None
    name: str | None = None
    features: tuple[str, ...] = ()
    edition: str | None = None


class Registry:
    """The folder ``orgs/``: one sub-folder for each org, ``entry.json`` in it."""

    def __init__(self, home: Path, clock: Callable[[], dt.datetime]) -> None:
        self._root = make_private(make_private(home) / "orgs")
        self._clock = clock
        self._lock = threading.RLock()
        self._open: dict[str, Org] = {}
        self._entries: dict[str, OrgEntry] = {}
        self._by_id: dict[str, OrgEntry] = {}
        self.hub: Hub | None = None
        """Given to every org that is opened."""
        self.sessions: Sessions | None = None
        """Gives a user of an org an access token."""
        self._broken: dict[str, str] = {}
        for folder in sorted(path for path in self._root.iterdir() if path.is_dir()):
            if (folder / _ENTRY).exists() or (folder / ORG_FILE).exists():
                self._load(folder / _ENTRY)

    def _load(self, path: Path) -> None:
        """Keep the entry of a file; a damaged or lost one is written anew from what the org itself says."""
        alias = path.parent.name
        try:
            entry = _entry_of(json.loads(path.read_bytes()), alias)
        except (OSError, ValueError, TypeError, KeyError) as fault:
            log.warning("%s is damaged (%s): made anew from the org's file, limits are the default ones", path, fault)
            try:
                self._write(self._rescue(alias))
            except (OrgwrightError, OSError) as second:
                log.error("%s cannot be made anew: %s", path, second)
                self._broken[alias] = f"the org {alias!r} cannot be opened: {second}"
        else:
            self._keep(entry)

    def _rescue(self, alias: str) -> OrgEntry:
        from orgwright.localorg.org import Org

        org = Org.open(self.folder(alias), clock=self._clock)
        try:
            record = org.record
        finally:
            org.close()
        return OrgEntry(alias, record.id, record.kind, record.admin_username, record.admin_id, record.created)

    def check(self, alias: str) -> None:
        """Raise :class:`OrgwrightError` when the files of that org are damaged."""
        if alias in self._broken:
            raise OrgwrightError(
                self._broken[alias], help=f"put a copy of {self.folder(alias)} back, or remove that folder"
            )

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
        self,
        alias: str,
        kind: str,
        limits: Mapping[str, int] | None = None,
        *,
        instance_url: str = "",
        asked: Asked = Asked(),
    ) -> OrgEntry:
        """A new org; :class:`OrgwrightError` when the alias is taken or no file name, or the kind unknown."""
        known_kind = next((known for known in KINDS if known == kind), None)
        if known_kind is None:
            raise OrgwrightError(f"{kind!r} is no kind of org", help=f"use one of {', '.join(KINDS)}")
        from orgwright.localorg.org import Org

        with self._new_folder(alias) as folder:
            org = Org.create(
                folder,
                alias=alias,
                kind=known_kind,
                clock=self._clock,
                instance_url=instance_url,
                username=asked.username,
                name=asked.name,
                schema=_schema(known_kind, asked.features),
                edition=_edition(asked.edition),
            )
            entry = OrgEntry(
                alias,
                org.info.id,
                known_kind,
                org.record.admin_username,
                org.record.admin_id,
                self._clock().isoformat(timespec="seconds"),
                dict(limits or {}),
            )
            self._open[alias] = self._attached(org, entry)
            self._write(entry)
        return entry

    def adopt(self, alias: str, fill: Callable[[Path], None]) -> OrgEntry:
        """An org whose file ``fill`` puts into the folder that it is given.

        :class:`OrgwrightError` when the alias is taken or no file name; then, and when ``fill`` raises, nothing stays.
        """
        with self._new_folder(alias) as folder:
            fill(folder)
            entry = self._rescue(alias)
            self._write(entry)
        return entry

    @contextmanager
    def _new_folder(self, alias: str) -> Iterator[Path]:
        """A folder for a new org, which goes again when making the org fails.

        :class:`OrgwrightError` when the alias is taken or no file name, or when files are in the way that nobody knows.
        """
        if not _ALIAS.fullmatch(alias):
            raise OrgwrightError(
                f"{alias!r} is no name for an org", help="use letters, digits, '_', '-' and '.', at most 80"
            )
        self.check(alias)
        with self._lock:
            if any(alias.lower() == known.lower() for known in self._entries):
                raise OrgwrightError(f"an org named {alias!r} exists already")
            folder = make_private(self.folder(alias))
            if any(folder.iterdir()):
                raise OrgwrightError(
                    "the folder of the new org holds files already",
                    where=Place(file=str(folder)),
                    help="stop the server, which takes in the org there when it starts again, or move the folder away",
                )
            try:
                yield folder
            except BaseException:
                opened = self._open.pop(alias, None)
                if opened is not None:
                    opened.close()
                shutil.rmtree(folder, ignore_errors=True)
                raise

    def replace(self, alias: str, file: Path) -> None:
        """Put the content of another file in place of an org's; who asks for the org next gets it newly opened."""
        old = self.open(alias)
        with self._lock:
            old.end_work()
            old.database.replace_with(file)
            self._open.pop(alias, None)
            old.database.close()

    def open(self, alias: str) -> Org:
        """The open org; opened at first use."""
        org = self._open.get(alias)
        if org is None:
            with self._lock:
                org = self._open.get(alias)
                if org is None:
                    from orgwright.localorg.org import Org

                    opened = Org.open(self.folder(alias), clock=self._clock)
                    org = self._open[alias] = self._attached(opened, self._entries[alias])
        return org

    def is_open(self, alias: str) -> bool:
        """Whether :meth:`open` answers at once."""
        return alias in self._open

    def _attached(self, org: Org, entry: OrgEntry) -> Org:
        org.hub = self.hub
        if self.sessions is not None:
            org.open_session = partial(self.sessions.of_user, entry)
            org.session_book = self.sessions.book(entry, org)
        return _with_apex(org, entry)

    def set_limits(self, alias: str, limits: Mapping[str, int]) -> OrgEntry:
        """Override figures of the org's limits."""
        with self._lock:
            old = self._entries[alias]
            entry = OrgEntry(**{**asdict(old), "limits": {**old.limits, **limits}})
            self._write(entry)
            if alias in self._open:
                _allow(self._open[alias], entry)
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
        write_private(self.folder(entry.alias) / _ENTRY, json.dumps(asdict(entry), indent=1).encode())
        self._keep(entry)

    def _keep(self, entry: OrgEntry) -> None:
        self._entries[entry.alias] = entry
        self._by_id[entry.org_id[:15]] = entry


def _entry_of(raw: Mapping[str, object], alias: str) -> OrgEntry:
    """The entry that a file holds; one that names another org or a field of a wrong type raises ValueError."""
    entry = OrgEntry(**raw)  # type: ignore[arg-type]
    texts = (entry.alias, entry.org_id, entry.kind, entry.username, entry.user_id, entry.created)
    if not all(isinstance(text, str) and text for text in texts) or entry.alias != alias or entry.kind not in KINDS:
        raise ValueError("not the entry of this org")
    if not isinstance(entry.limits, dict) or not all(type(amount) is int for amount in entry.limits.values()):
        raise ValueError("limits are no whole numbers")
    return entry


def _edition(asked: str | None) -> str | None:
    """The edition as Salesforce writes it; the variants that partners get are not told apart."""
    if not asked:
        return None
    word = asked.lower().removeprefix("partner-").removeprefix("partner ")
    known = next((known for known in EDITIONS if known.lower() == word), None)
    if known is None:
        raise OrgwrightError(f"{asked!r} is no edition", help=f"use one of {', '.join(EDITIONS)}")
    return known


def _allow(org: Org, entry: OrgEntry) -> None:
    """Let the org know those of its limits that it keeps itself."""
    from orgwright.localorg.events.bus import HOURLY_EVENTS

    org.events.hourly = entry.limits.get("HourlyPublishedPlatformEvents", HOURLY_EVENTS)


def _schema(kind: Kind, features: Sequence[str]) -> Schema:
    """What a new org starts with: production orgs are Dev Hubs."""
    from orgwright.localorg.schema import edit
    from orgwright.localorg.schema.schema import Schema

    found = edit.with_features(Schema(), features) if features else Schema()
    return edit.with_setting(found, DEV_HUB, True) if kind == "production" else found


def _with_apex(org: Org, entry: OrgEntry) -> Org:
    """The org with the tables of its metadata, its Apex triggers and event subscribers."""
    from orgwright.localorg.apexhost.attach import attach as attach_apex
    from orgwright.localorg.metadata.attach import attach as attach_metadata

    _allow(org, entry)
    try:
        attach_metadata(org)
        attach_apex(org)
    except BaseException:
        org.close()
        raise
    return org
