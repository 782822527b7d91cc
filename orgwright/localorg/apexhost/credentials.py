"""Credentials of external credentials' principals: kept apart from metadata, never retrieved, listed or logged.

Follows "Named Credentials Resources" of the Connect REST API Developer Guide. Copies of an org for tests have none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgwright.localorg.access.rights import sets_of
from orgwright.localorg.metadata.components import Components

if TYPE_CHECKING:
    from orgwright.localorg.metadata.components import Stored
    from orgwright.localorg.transaction import Transaction

TABLE = (
    "CREATE TABLE IF NOT EXISTS _credential (external TEXT NOT NULL, principal TEXT NOT NULL, owner TEXT NOT NULL,"
    " content TEXT NOT NULL, PRIMARY KEY (external, principal, owner))"
)
PER_USER = "PerUserPrincipal"


@dataclass(frozen=True)
class Secret:
    """One value of a credential; ``revision`` counts its changes."""

    value: str = field(repr=False)
    encrypted: bool
    revision: int = 1


@dataclass(frozen=True)
class Principal:
    """A principal of an external credential: its name, and ``NamedPrincipal`` or ``PerUserPrincipal``."""

    name: str
    kind: str


def external(tx: Transaction, name: str) -> Stored | None:
    """The external credential of that developer name."""
    return Components(tx).get("ExternalCredential", name)


def principals(stored: Stored) -> list[Principal]:
    """The principals that an external credential declares, in their order."""
    found = []
    for one in stored.node.all("externalCredentialParameters"):
        kind = one.value("parameterType")
        if kind.endswith("Principal"):
            found.append((one.number("sequenceNumber") or 0, Principal(one.value("parameterName"), kind)))
    return [principal for _, principal in sorted(found, key=lambda pair: pair[0])]


def read(tx: Transaction, name: str, principal: Principal) -> dict[str, Secret]:
    """The values that are set, by name; of a per-user principal those of the running user."""
    rows = tx.sql(
        "SELECT content FROM _credential WHERE external = ? AND principal = ? AND owner = ?", _key(tx, name, principal)
    )
    return {label: Secret(**one) for label, one in json.loads(rows[0][0]).items()} if rows else {}


def write(tx: Transaction, name: str, principal: Principal, values: Mapping[str, Secret]) -> None:
    """Set the values of a principal."""
    content = {k: {"value": s.value, "encrypted": s.encrypted, "revision": s.revision} for k, s in values.items()}
    tx.sql("INSERT OR REPLACE INTO _credential VALUES (?, ?, ?, ?)", (*_key(tx, name, principal), json.dumps(content)))


def remove(tx: Transaction, name: str, principal: Principal) -> None:
    """Forget the values of a principal."""
    tx.sql("DELETE FROM _credential WHERE external = ? AND principal = ? AND owner = ?", _key(tx, name, principal))


def _key(tx: Transaction, name: str, principal: Principal) -> tuple[str, str, str]:
    return name.lower(), principal.name.lower(), tx.user_id if principal.kind == PER_USER else ""


def usable(tx: Transaction, stored: Stored) -> Principal | None:
    """The first principal that the running user may use by profile or permission sets, administrators too."""
    granted: set[str] = set()
    rows = tx.sql(
        'SELECT COALESCE("ProfileId", "Id") FROM "PermissionSet" WHERE "Id" IN (SELECT value FROM json_each(?))',
        (json.dumps(sets_of(tx.connection, tx.user_id)),),
    )
    components = Components(tx)
    for (id,) in rows:
        holder = components.by_id(id)
        for grant in holder.node.all("externalCredentialPrincipalAccesses") if holder is not None else ():
            if grant.flag("enabled"):
                granted.add(grant.value("externalCredentialPrincipal").lower())
    return next((p for p in principals(stored) if f"{stored.name}-{p.name}".lower() in granted), None)
