"""Source tracking: which components changed since when, as ``SourceMember`` tells it.

One row a component, the latest change only; every change takes the org's next revision. Scratch orgs and sandboxes
track, production and Developer Edition orgs do not (Salesforce DX Developer Guide, "Track Changes").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction

TABLE = """CREATE TABLE IF NOT EXISTS _source_member (
    type TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, component_id TEXT NOT NULL, revision INTEGER NOT NULL,
    obsolete INTEGER NOT NULL, is_new INTEGER NOT NULL, changed_by TEXT NOT NULL, changed TEXT NOT NULL,
    PRIMARY KEY (type, key)) WITHOUT ROWID"""
INDEX = "CREATE INDEX IF NOT EXISTS _source_member_revision ON _source_member (revision)"
KINDS = frozenset({"scratch", "sandbox"})
"""Kinds of org that track."""
_TOLD_BY_PARTS = frozenset({"CustomLabels"})
"""Documents that are tracked by what is in them only: each label is a member, their one file is none."""

_WRITE = """INSERT INTO _source_member VALUES (?, ?, ?, ?,
    (SELECT coalesce(max(revision), 0) + 1 FROM _source_member), ?, ?, ?, ?)
    ON CONFLICT (type, key) DO UPDATE SET name = excluded.name, component_id = excluded.component_id,
    revision = excluded.revision, is_new = excluded.is_new AND obsolete, obsolete = excluded.obsolete,
    changed_by = excluded.changed_by, changed = excluded.changed"""


def tracks(org: Org) -> bool:
    """Whether the org keeps track of changes."""
    return org.record.kind in KINDS


def changed(tx: Transaction, type: str, name: str, id: str, moment: str, *, created: bool) -> None:
    """A component was created or changed in this transaction."""
    _write(tx, type, name, id, moment, obsolete=False, created=created)


def deleted(tx: Transaction, type: str, name: str, id: str, moment: str) -> None:
    """A component was deleted in this transaction."""
    _write(tx, type, name, id, moment, obsolete=True, created=False)


def _write(tx: Transaction, type: str, name: str, id: str, moment: str, *, obsolete: bool, created: bool) -> None:
    if tracks(tx.org) and type not in _TOLD_BY_PARTS:
        tx.sql(_WRITE, (type, name.lower(), name, id, int(obsolete), int(created), tx.user_id, moment))
