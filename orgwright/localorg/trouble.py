"""What goes wrong below the org - the disk, its file - in words that a client can use."""

from __future__ import annotations

import errno
import sqlite3
from dataclasses import dataclass

from orgwright.errors import OrgwrightError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}


@dataclass(frozen=True)
class Trouble:
    """Salesforce's code for it, what it says, and the status of an HTTP answer."""

    code: str
    text: str
    status: int

    def __str__(self) -> str:
        return self.text


DISK_FULL = Trouble("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded: the disk of the embedded org is full", 403)


def trouble_of(error: BaseException) -> Trouble | None:
    """What an error of the disk or of the org's file means; ``None`` for any other error.

    A full disk is Salesforce's STORAGE_LIMIT_EXCEEDED; an org that cannot be opened or written is SERVER_UNAVAILABLE.
    """
    if isinstance(error, OrgwrightError):
        help = f" ({error.help})" if error.help else ""
        return Trouble("SERVER_UNAVAILABLE", f"{error}{help}", 503)
    if isinstance(error, sqlite3.DatabaseError):
        return _of_sqlite(error)
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return DISK_FULL
        if error.errno in _CLOSED:
            return Trouble("SERVER_UNAVAILABLE", "the state folder of the embedded org cannot be written", 503)
    return None


def _of_sqlite(error: sqlite3.DatabaseError) -> Trouble | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return DISK_FULL
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return Trouble("SERVER_UNAVAILABLE", "the org's file cannot be written", 503)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return Trouble("SERVER_UNAVAILABLE", "the org's file is damaged: put a copy of it back", 503)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Trouble("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", 400)
    return None
