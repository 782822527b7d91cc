"""Records locked by ``Approval.lock``: only who may modify all data changes or deletes them (Apex Reference Guide, Approval Class)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.dml.rows import Row

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_TEXT = "This record is locked. If you need to edit it, contact your admin."


def set_locked(tx: Transaction, id: str, locked: bool) -> None:
    """Lock or unlock a record."""
    if locked:
        tx.sql("INSERT OR IGNORE INTO _locked (id) VALUES (?)", (id,))
    else:
        tx.sql("DELETE FROM _locked WHERE id = ?", (id,))


def any_locked(tx: Transaction) -> bool:
    """Whether there is a locked record that the running user may not change."""
    return bool(tx.sql("SELECT 1 FROM _locked LIMIT 1")) and not tx.rights.has("ModifyAllData")


def locked(tx: Transaction, ids: Sequence[str]) -> set[str]:
    """Those of the records that are locked."""
    listed = json.dumps(list(ids))
    return {id for (id,) in tx.sql("SELECT id FROM _locked WHERE id IN (SELECT value FROM json_each(?))", (listed,))}


def refuse_locked(tx: Transaction, rows: Sequence[Row]) -> None:
    """Fail the rows of locked records, for who may not modify all data."""
    ids = [row.id for row in rows if row.id is not None and not row.errors]
    if not ids or not any_locked(tx):
        return
    found = locked(tx, ids)
    for row in rows:
        if row.id in found:
            row.fail("ENTITY_IS_LOCKED", _TEXT)
