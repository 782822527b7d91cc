"""What goes wrong below the org - the disk, its file - as an error that a client can read."""

from __future__ import annotations

import errno
import sqlite3

from orgwright.errors import OrgwrightError
from orgwright.localorg.api.http import ApiError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}


def trouble_of(error: BaseException) -> ApiError | None:
    """The answer to an error that comes from the disk or the org's file; ``None`` for any other.

    A full disk is Salesforce's STORAGE_LIMIT_EXCEEDED; an org that cannot be opened or written is SERVER_UNAVAILABLE.
    """
    if isinstance(error, OrgwrightError):
        help = f" ({error.help})" if error.help else ""
        return ApiError("SERVER_UNAVAILABLE", f"{error}{help}", 503)
    if isinstance(error, sqlite3.DatabaseError):
        return _of_sqlite(error)
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return _full()
        if error.errno in _CLOSED:
            return ApiError("SERVER_UNAVAILABLE", "the state folder of the embedded org cannot be written", 503)
    return None


def _of_sqlite(error: sqlite3.DatabaseError) -> ApiError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return _full()
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return ApiError("SERVER_UNAVAILABLE", "the org's file cannot be written", 503)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ApiError("SERVER_UNAVAILABLE", "the org's file is damaged: put a copy of it back", 503)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ApiError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", 400)
    return None


def _full() -> ApiError:
    return ApiError("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded: the disk of the embedded org is full", 403)
