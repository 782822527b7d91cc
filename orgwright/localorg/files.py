"""The state folder: where it is, and how files in it are written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from orgwright.errors import OrgwrightError, Place

ORG_FILE = "org.db"
"""The SQLite file of an org, in the org's folder and in a snapshot's."""


def home_folder() -> Path:
    """``$ORGWRIGHT_HOME`` or ``~/.orgwright``."""
    return Path(os.environ.get("ORGWRIGHT_HOME") or Path.home() / ".orgwright").absolute()


def make_private(folder: Path) -> Path:
    """The folder, created if need be, readable by its owner only. :class:`OrgwrightError` when that cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as fault:
        raise OrgwrightError(
            f"the folder cannot be made or written: {fault.strerror}",
            where=Place(file=str(folder)),
            help="is the disk full or read-only? ORGWRIGHT_HOME names another state folder",
        ) from fault
    return folder


def write_private(path: Path, data: bytes) -> None:
    """Write a file in one step (a reader sees the old or the new content), mode 0600."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
