"""What a server does with whole orgs: keep one as it is, bring it back, make another of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orgwright.errors import OrgwrightError
from orgwright.localorg.copies import identity
from orgwright.localorg.copies.identity import MAX_USERNAME
from orgwright.localorg.copies.snapshots import Snapshot, Snapshots, copy_file, copy_snapshot, told
from orgwright.localorg.files import ORG_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from orgwright.localorg.org import Org, OrgKind
    from orgwright.localorg.registry import OrgEntry, Registry
    from orgwright.localorg.sessions import Sessions


@dataclass(frozen=True)
class Copied:
    """What a copy becomes: ``suffix`` goes behind its user names. Without ``data`` only metadata and set-up rows come along."""

    alias: str
    kind: OrgKind
    suffix: str
    data: bool = True
    dev_hub: bool = True
    sandbox: bool = False
    old_suffix: str = ""
    """The suffix that the copied org's user names have already; the new one takes its place."""


class OrgStates:
    """Snapshots, restores and copies of the orgs of one server."""

    def __init__(
        self,
        registry: Registry,
        sessions: Sessions,
        snapshots: Snapshots,
        clock: Callable[[], dt.datetime],
        url: Callable[[], str],
    ) -> None:
        self._registry, self._sessions, self._clock, self._url = registry, sessions, clock, url
        self.snapshots = snapshots

    def snapshot(self, alias: str, name: str = "") -> Snapshot:
        """Keep an org as it is. :class:`OrgwrightError`: a deploy runs, the name is taken, the disk is full."""
        org = self._registry.open(alias)
        _check_idle(org)
        return self.snapshots.take(org, name)

    def restore(self, alias: str, name: str = "") -> Snapshot:
        """Bring an org back to a snapshot of it, the newest if none is named; one that was deleted is made again.

        Raises:
            OrgwrightError: no such snapshot, it is one of another org, a deploy runs, the disk is full.
        """
        entry = self._registry.get(alias)
        if not name and entry is None and not self.snapshots.has(alias):
            raise OrgwrightError(
                f"there is neither an org nor a snapshot of one named {alias!r}",
                help="orgwright org list, orgwright org snapshots",
            )
        found = self.snapshots.get(name) if name else self.snapshots.latest(alias)
        other = self._registry.by_id(found.org_id)
        if (entry is None and other is not None) or (entry is not None and entry.org_id != found.org_id):
            raise OrgwrightError(
                f"the snapshot {found.name!r} is one of the org {found.alias!r}, not of {alias!r}",
                help=f"orgwright org clone {found.alias} NEW --snapshot {found.name} makes a new org of it",
            )
        file = self.snapshots.file(found)
        if entry is None:
            self._registry.adopt(alias, lambda folder: copy_snapshot(file, folder / ORG_FILE))
            return found
        _check_idle(self._registry.open(alias))
        with told(file):
            self._registry.replace(alias, file)
        self._sessions.keep_only(entry, self._users(alias))
        return found

    def clone(self, alias: str, new: str, *, snapshot: str = "") -> OrgEntry:
        """Make a new org of an org, or of one of its snapshots: the same rows and Ids, an org Id and user names of its own.

        Raises:
            OrgwrightError: no such snapshot, the name is taken or no file name, a deploy runs, the disk is full.
        """
        if snapshot:
            found = self.snapshots.get(snapshot)
            kind: OrgKind = found.kind  # type: ignore[assignment]  # as it was written
        else:
            kind = self._registry.open(alias).record.kind
        copied = Copied(new, kind, suffix_of(new))
        return self.copy(alias, copied, snapshot=snapshot)

    def copy(self, alias: str, copied: Copied, *, snapshot: str = "") -> OrgEntry:
        """A copy of an org, or of a snapshot, under a new identity."""
        made = self._clock().isoformat(timespec="seconds")
        who = identity.Identity(
            copied.alias,
            copied.kind,
            made,
            copied.suffix,
            self._url(),
            copied.dev_hub,
            copied.sandbox,
            copied.old_suffix,
        )

        def fill(folder: Path) -> None:
            target = folder / ORG_FILE
            if snapshot:
                copy_snapshot(self.snapshots.file(self.snapshots.get(snapshot)), target)
            else:
                self._copy_org(self._registry.open(alias), target, copied)
            with told(target):
                identity.rewrite(target, who)

        return self._registry.adopt(copied.alias, fill)

    def _copy_org(self, org: Org, target: Path, copied: Copied) -> None:
        _check_idle(org)
        if copied.data:
            copy_file(org, target)
            return
        bare = org.copy_for_tests()
        try:
            bare.write_identity()
            copy_file(bare, target)
        finally:
            bare.close()

    def _users(self, alias: str) -> set[str]:
        with self._registry.open(alias).read() as tx:
            return {row[0] for row in tx.sql("SELECT Id FROM User")}


def suffix_of(name: str) -> str:
    """What goes behind user names for an org of that name: at most half of what a user name may have."""
    letters = "".join(letter for letter in name.lower() if letter.isalnum())
    return letters[: MAX_USERNAME // 2] or "copy"


def _check_idle(org: Org) -> None:
    from orgwright.localorg.metadata import deploys

    if deploys.of(org).busy:
        raise OrgwrightError(
            f"a deploy runs in the org {org.record.alias!r}", help="wait for its end, or cancel it, and try again"
        )
