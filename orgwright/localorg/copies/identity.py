"""What tells a copied org from the one that it was copied of: Id, name, kind, user names.

Ids of records stay, as they do in a sandbox; the Id of the org is its own ("Sandbox Types and Templates",
"Considerations for Sandboxes" in Salesforce Help).
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orgwright.localorg.schema import edit, keep
from orgwright.localorg.store import ids
from orgwright.localorg.store.database import Database

if TYPE_CHECKING:
    import sqlite3

    from orgwright.localorg.org import OrgKind, OrgRecord

MAX_USERNAME = 80
_ORDERS = ("ActiveScratchOrg", "ScratchOrgInfo", "NamespaceRegistry")
_SCHEDULES = ("CronTrigger", "CronJobDetail", "AsyncApexJob")


@dataclass(frozen=True)
class Identity:
    """What a copy shall be. ``suffix`` goes behind each user name; ``sandbox``: addresses and jobs are switched off."""

    alias: str
    kind: OrgKind
    created: str
    suffix: str
    instance_url: str
    dev_hub: bool
    sandbox: bool = False
    old_suffix: str = ""

    def username(self, old: str) -> str:
        """The user name that a user of the copied org gets."""
        return suffixed(old.removesuffix(f".{self.old_suffix}") if self.old_suffix else old, self.suffix)


def suffixed(username: str, suffix: str) -> str:
    """A user name with a suffix, no longer than user names may be."""
    return f"{username[: MAX_USERNAME - len(suffix) - 1]}.{suffix}"


def _unique(username: str, taken: set[str]) -> str:
    """The user name, with a number at its end when cutting made it that of another user."""
    found, number = username, 1
    while found.lower() in taken:
        number += 1
        found = f"{username[: MAX_USERNAME - len(str(number))]}{number}"
    taken.add(found.lower())
    return found


def rewrite(path: Path, identity: Identity) -> None:
    """Make the copied file at ``path`` an org of its own."""
    database = Database(path)
    try:
        with database.write() as connection:
            connection.execute("BEGIN IMMEDIATE")
            _rewrite(connection, identity, database.tables)
            connection.execute("COMMIT")
    finally:
        database.close()


def _rewrite(connection: sqlite3.Connection, identity: Identity, known: set[str]) -> None:
    meta: dict[str, str] = dict(connection.execute("SELECT key, value FROM _meta"))
    raw: dict[str, Any] = json.loads(meta["record"])
    pod = meta["pod"]
    org_id = next(ids.make("00D", pod, random.SystemRandom().randrange(62**4), 1))
    from orgwright.localorg.org import OrgRecord

    old = OrgRecord(**{name: value for name, value in raw.items() if name in OrgRecord.__dataclass_fields__})
    new = replace(
        old, alias=identity.alias, kind=identity.kind, id=org_id, created=identity.created,
        admin_username=identity.username(old.admin_username), instance_url=identity.instance_url,
    )  # fmt: skip
    _put(connection, "record", json.dumps(asdict(new)))
    if not identity.dev_hub:
        schema = edit.with_setting(keep.loads(meta["schema"]), "DevHubSettings.enableScratchOrgManagementPref", False)
        _put(connection, "schema", keep.dumps(schema))
    _organization(connection, old, new)
    _users(connection, identity, new)
    _secrets(connection, identity, known)
    # What the first org ordered stays the first org's: deleting a copied row must not delete its scratch org.
    for name in (*_ORDERS, *(_SCHEDULES if identity.sandbox else ())):
        if name.lower() in known:
            connection.execute(f'DELETE FROM "{name}"')
    if identity.sandbox and "_job" in known:
        connection.execute("DELETE FROM _job")


def _secrets(connection: sqlite3.Connection, identity: Identity, known: set[str]) -> None:
    """Take out what would open other systems, or this org: a copy sets its credentials anew.

    Passwords go with a sandbox, as Salesforce has it, but not with another copy. Tokens are in no org's file.
    """
    connection.execute("PRAGMA secure_delete = ON")
    if "_credential" in known:
        connection.execute("DELETE FROM _credential")
    if not identity.sandbox:
        connection.execute("DELETE FROM _meta WHERE key LIKE 'password:%'")


def _put(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO _meta VALUES (?, ?)", (key, value))


def _organization(connection: sqlite3.Connection, old: OrgRecord, new: OrgRecord) -> None:
    sandbox = new.kind in ("sandbox", "scratch")
    connection.execute("UPDATE Organization SET Id = ?, IsSandbox = ? WHERE Id = ?", (new.id, int(sandbox), old.id))
    if new.kind == "sandbox":
        connection.execute("UPDATE Organization SET TrialExpirationDate = NULL")


def _users(connection: sqlite3.Connection, identity: Identity, new: OrgRecord) -> None:
    rows = connection.execute("SELECT Id, Username, Email FROM User ORDER BY Id <> ?", (new.admin_id,)).fetchall()
    taken: set[str] = set()
    for id, username, email in rows:
        address = f"{email}.invalid" if identity.sandbox and email and not email.endswith(".invalid") else email
        name = _unique(identity.username(username), taken)
        connection.execute("UPDATE User SET Username = ?, Email = ? WHERE Id = ?", (name, address, id))
