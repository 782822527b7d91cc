"""Passwords of users: only their hashes are kept; an org has none until one is set through the API."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from orgwright.localorg.store import ids

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

MIN_LENGTH = 8
_KEY = "password:"


class Refused(Exception):
    """A password that is not taken: Salesforce's error ``code`` and the HTTP ``status``."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


def known_user(tx: Transaction, user_id: str) -> bool:
    """Whether there is such a user."""
    id = ids.to18(user_id)
    return bool(id) and bool(tx.column("User", "Username", [id]))


def put(tx: Transaction, user_id: str, password: str) -> None:
    """Set a user's password: one's own, or anybody's by who manages users. Raises :class:`Refused`."""
    if not known_user(tx, user_id):
        raise Refused("INVALID_ID_FIELD", "invalid parameter value")
    id = ids.to18(user_id) or user_id
    if id != tx.user_id and not (tx.rights.has("ManageUsers") or tx.rights.has("ModifyAllData")):
        raise Refused("INSUFFICIENT_ACCESS", "insufficient access rights on object id", 403)
    if len(password) < MIN_LENGTH:
        raise Refused("INVALID_NEW_PASSWORD", f"Your password must be at least {MIN_LENGTH} characters long.")
    if not (any(c.isalpha() for c in password) and any(c.isdigit() for c in password)):
        raise Refused("INVALID_NEW_PASSWORD", "Your password must include letters and numbers")
    salt = secrets.token_bytes(16)
    tx.sql("INSERT OR REPLACE INTO _meta VALUES (?, ?)", (_KEY + id, f"{salt.hex()}:{_hash(password, salt).hex()}"))


def matches(tx: Transaction, user_id: str, password: str) -> bool:
    """Whether it is the user's password; False when none was set."""
    rows = tx.sql("SELECT value FROM _meta WHERE key = ?", (_KEY + user_id,))
    if not rows:
        return False
    salt, _, kept = str(rows[0][0]).partition(":")
    return hmac.compare_digest(_hash(password, bytes.fromhex(salt)), bytes.fromhex(kept))


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def any_set(tx: Transaction) -> bool:
    """Whether any user of the org has a password."""
    return bool(tx.sql("SELECT 1 FROM _meta WHERE key LIKE 'password:%' LIMIT 1"))
