"""Snapshots: the whole of an org as it was at one moment, kept under a name until somebody deletes it.

A snapshot is one SQLite file and what is known about the org it came from. It is taken with SQLite's online backup, so it
is consistent while others write: what was committed when it began is in it, the rest is not.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orgwright.errors import OrgwrightError
from orgwright.localorg.files import ORG_FILE, make_private, write_private

if TYPE_CHECKING:
    from orgwright.localorg.org import Org

_FACTS = "snapshot.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class Snapshot:
    """One snapshot. ``org_id`` and ``kind`` are those of the org it was taken of; ``size`` is in bytes."""

    name: str
    alias: str
    org_id: str
    kind: str
    created: str
    size: int


class Snapshots:
    """The folder ``snapshots/`` of a state folder."""

    def __init__(self, home: Path, clock: Callable[[], dt.datetime]) -> None:
        self._root, self._clock = home / "snapshots", clock

    def take(self, org: Org, name: str = "") -> Snapshot:
        """Keep an org as it is now; without a name it gets the org's and the time.

        Raises:
            OrgwrightError: the name is taken or no file name, or the disk is full.
        """
        now = self._clock()
        name = name or f"{org.record.alias[:60]}-{now:%Y%m%d-%H%M%S}"
        if not _NAME.fullmatch(name):
            raise OrgwrightError(
                f"{name!r} is no name for a snapshot", help="use letters, digits, '_', '-' and '.', at most 80"
            )
        if any(known.name.lower() == name.lower() for known in self.all()):
            raise OrgwrightError(
                f"a snapshot named {name!r} exists already", help=f"orgwright org snapshots --delete {name}"
            )
        folder = make_private(make_private(self._root) / name)
        try:
            copy_file(org, folder / ORG_FILE)
            size = (folder / ORG_FILE).stat().st_size
            found = Snapshot(
                name, org.record.alias, org.info.id, org.record.kind, now.isoformat(timespec="seconds"), size
            )
            with told(folder):
                write_private(folder / _FACTS, json.dumps(asdict(found), indent=1).encode())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return found

    def all(self) -> list[Snapshot]:
        """Every snapshot, oldest first; a folder without readable facts is none."""
        found = []
        for path in self._root.glob(f"*/{_FACTS}"):
            with contextlib.suppress(OSError, ValueError, TypeError):
                found.append(Snapshot(**json.loads(path.read_bytes())))
        return sorted(found, key=lambda one: (one.created, one.name))

    def get(self, name: str) -> Snapshot:
        """The snapshot of that name; :class:`OrgwrightError` when there is none."""
        found = next((one for one in self.all() if one.name == name), None)
        if found is None:
            raise OrgwrightError(f"there is no snapshot named {name!r}", help="orgwright org snapshots")
        return found

    def has(self, alias: str) -> bool:
        """Whether there is a snapshot of an org of that name."""
        return any(one.alias == alias for one in self.all())

    def latest(self, alias: str) -> Snapshot:
        """The newest snapshot of an org; :class:`OrgwrightError` when it has none."""
        own = [one for one in self.all() if one.alias == alias]
        if not own:
            raise OrgwrightError(f"the org {alias!r} has no snapshot", help=f"orgwright org snapshot {alias}")
        return own[-1]

    def file(self, snapshot: Snapshot) -> Path:
        """The SQLite file of a snapshot."""
        return self._root / snapshot.name / ORG_FILE

    def delete(self, name: str) -> None:
        """Forget a snapshot; :class:`OrgwrightError` when there is none."""
        shutil.rmtree(self._root / self.get(name).name)


def copy_file(org: Org, target: Path) -> None:
    """Copy an org's rows into a new file while others use it. :class:`OrgwrightError` when the disk is full."""
    with told(target), org.database.read() as source:
        _backup(source, target)


def copy_snapshot(source: Path, target: Path) -> None:
    """Copy a snapshot's file to a new place. :class:`OrgwrightError` when the disk is full or the file damaged."""
    with told(source):
        connection = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        try:
            _backup(connection, target)
        finally:
            connection.close()


def _backup(source: sqlite3.Connection, target: Path) -> None:
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        target.chmod(0o600)
        copy.execute("PRAGMA synchronous = OFF")
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    except BaseException:
        copy.close()
        target.unlink(missing_ok=True)
        raise
    copy.close()


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Say in words what the disk or a damaged file refuses."""
    try:
        yield
    except sqlite3.DatabaseError as fault:
        raise OrgwrightError(
            f"the copy cannot be made: {fault}", help=f"is the disk full, or {path} damaged? Nothing was changed"
        ) from fault
    except OSError as fault:
        raise OrgwrightError(
            f"the copy cannot be made: {fault.strerror}", help=f"is the disk full? {path} was not written"
        ) from fault
