"""``AuthSession``: the open sessions of an org as rows, which a delete ends (Object Reference, AuthSession).

A user sees and ends his own sessions; who manages users those of everybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from orgwright.localorg.dml.rows import Row
from orgwright.localorg.soql.context import VirtualTable
from orgwright.localorg.soql.tree import Query
from orgwright.localorg.store import forms, ids

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

NAME = "AuthSession"


@dataclass(frozen=True)
class OpenSession:
    """A session: its Id as a record, whose it is, when it began and was last renewed (seconds since the epoch)."""

    id: str
    user_id: str
    oauth: bool
    began: float
    renewed: float


class SessionBook(Protocol):
    """The open sessions of one org."""

    def all(self) -> Sequence[OpenSession]:
        """Those that have not timed out."""

    def end(self, id: str) -> None:
        """End the session of that record Id."""

    def seconds(self) -> int:
        """How long a session lives without being used."""


def tables(tx: Transaction, soql: str, query: Query, binds: Mapping[str, Any]) -> dict[str, VirtualTable]:
    """The rows that the running user may see; none in an org that has no such object."""
    sobject = tx.schema.sobject(NAME)
    return {NAME.lower(): VirtualTable(sobject, [_row(tx, one) for one in _seen(tx)])} if sobject is not None else {}


def end(tx: Transaction, rows: Sequence[Row]) -> None:
    """End the sessions that the rows name, once the transaction is committed."""
    seen = {one.id for one in _seen(tx)}
    book = tx.org.session_book
    for row in rows:
        given = next((value for name, value in row.raw.fields.items() if name.lower() == "id"), None)
        row.id = ids.to18(str(given)) if given else None
        if book is None or row.id not in seen:
            row.fail("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            continue
        tx.on_commit(_ending(book, row.id or ""))


def _ending(book: SessionBook, id: str) -> Callable[[], None]:
    return lambda: book.end(id)


def _seen(tx: Transaction) -> list[OpenSession]:
    book = tx.org.session_book
    everybody = tx.rights.has("ManageUsers")
    return [one for one in (book.all() if book is not None else ()) if everybody or one.user_id == tx.user_id]


def _row(tx: Transaction, one: OpenSession) -> dict[str, object]:
    book = tx.org.session_book
    began, renewed = (
        forms.datetime_text(dt.datetime.fromtimestamp(moment, dt.UTC)) for moment in (one.began, one.renewed)
    )
    return {
        "Id": one.id, "UsersId": one.user_id, "CreatedDate": began, "LastModifiedDate": renewed,
        "NumSecondsValid": book.seconds() if book is not None else 0, "UserType": "Standard", "SourceIp": "127.0.0.1",
        "LoginType": "Remote Access 2.0" if one.oauth else "Other Apex API", "SessionType": "Oauth2" if one.oauth else "API",
        "SessionSecurityLevel": "STANDARD", "IsCurrent": int(one.id == tx.session_id),
        "IsAssociatedWithJwtAccessToken": 0,
    }  # fmt: skip
