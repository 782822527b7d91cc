"""Users as Apex and the APIs show them."""

from __future__ import annotations

import sqlite3

from orgwright.apex.host import User

_COLUMNS = (
    '"Id", "Username", "Name", "FirstName", "LastName", "Email", "ProfileId", "UserRoleId", "TimeZoneSidKey",'
    ' "LocaleSidKey", "LanguageLocaleKey", "UserType"'
)


class UnknownUser(LookupError):
    """The org has no user of that Id."""


def read_user(connection: sqlite3.Connection, user_id: str) -> User:
    """The user of that Id (18 characters)."""
    row = connection.execute(f'SELECT {_COLUMNS} FROM "User" WHERE "Id" = ?', (user_id,)).fetchone()
    if row is None:
        raise UnknownUser(user_id)
    id, username, name, first, last, email, profile, role, zone, locale, language, kind = row
    return User(
        id, username, name, first, last, email or "", profile or "", role, zone or "GMT", locale or "en_US",
        language or "en_US", kind or "Standard",
    )  # fmt: skip
