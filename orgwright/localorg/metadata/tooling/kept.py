"""Tooling records that clients write and that are no components: trace flags, containers, requests.

A record is a JSON document in table ``_kept``; its virtual table shows it to queries. A kind says which fields there
are, which of them clients may set, and what must hold; what a record sets in motion (a deploy, an installation) is not
done here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.tooling.table import AUDIT, Asked, Table, column, reference, table
from orgwright.localorg.schema.model import Field
from orgwright.localorg.store import ids

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction

TABLE = """CREATE TABLE IF NOT EXISTS _kept (
    sobject TEXT NOT NULL, id TEXT PRIMARY KEY, fields TEXT NOT NULL) WITHOUT ROWID"""
Row = dict[str, Any]


class Refusal(Exception):
    """A record that the org refuses: Salesforce's code and text, and the fields it is about."""

    def __init__(self, code: str, message: str, *fields: str) -> None:
        super().__init__(message)
        self.code, self.message, self.fields = code, message, fields


Check = Callable[["Transaction", Row], None]
Started = Callable[["Org", str, str, Mapping[str, Any]], None]
"""What a new record sets in motion, once it is committed: org, user, Id, and the fields as the client gave them."""


@dataclass(frozen=True)
class Kind:
    """One object. ``given`` are the fields that clients may set, ``required`` those that they must; ``check`` may fill fields in or refuse."""

    table: Table
    given: frozenset[str]
    required: tuple[str, ...]
    check: Check | None = None
    withheld: frozenset[str] = frozenset()
    """Fields that are given to what the record sets in motion and are not kept."""
    started: Started | None = None
    createable: bool = True
    changed: Started | None = None
    """The same for a record that a client changed."""
    removed: Started | None = None
    """The same for one that a client deleted; the fields are those that it had."""
    permission: str = ""
    """The user permission that writing takes; empty for none."""

    @property
    def name(self) -> str:
        return self.table.sobject.name


def kind(
    name: str,
    prefix: str,
    *columns: Field,
    given: Collection[str],
    required: Iterable[str] = (),
    check: Check | None = None,
    kinds: frozenset[str] = frozenset(),
    withheld: Iterable[str] = (),
    started: Started | None = None,
    createable: bool = True,
    changed: Started | None = None,
    removed: Started | None = None,
    permission: str = "",
) -> Kind:
    """Declare an object; the audit fields come by themselves."""

    def rows(tx: Transaction, fields: Asked) -> Iterable[Row]:
        return all_of(tx, name)

    own = table(name, rows, *columns, *AUDIT, prefix=prefix, kinds=kinds, given=given if createable else ())
    more = (frozenset(withheld), started, createable, changed, removed, permission)
    return Kind(own, frozenset(given), tuple(required), check, *more)


def all_of(tx: Transaction, name: str, **values: Any) -> list[Row]:
    """The records of an object, in the order of their Ids: every one, or those that have these values."""
    conditions = "".join(f" AND json_extract(fields, '$.{field}') = ?" for field in values)
    rows = tx.sql(f"SELECT fields FROM _kept WHERE sobject = ?{conditions} ORDER BY id", (name, *values.values()))
    return [json.loads(row[0]) for row in rows]


def get(tx: Transaction, id: str, *of: str) -> Row | None:
    """The record of that Id (15 or 18 characters), if it is one of these objects (none named: of any)."""
    rows = tx.sql("SELECT sobject, fields FROM _kept WHERE id = ?", (ids.to18(id),))
    return json.loads(rows[0][1]) if rows and (not of or rows[0][0] in of) else None


def create(tx: Transaction, kind: Kind, given: Mapping[str, Any]) -> str:
    """Write a new record of a client; its Id. Raises :class:`Refusal`."""
    if not kind.createable:
        raise Refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type {kind.name} does not support create")
    fields = _named(kind, given)
    missing = [name for name in kind.required if fields.get(name) in (None, "")]
    if missing:
        raise Refusal("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", *missing)
    if kind.check is not None:
        kind.check(tx, fields)
    fields = {name: value for name, value in fields.items() if name not in kind.withheld}
    prefix = kind.table.sobject.key_prefix
    assert prefix is not None
    id = next(tx.new_ids(prefix, 1))
    now = tx.now_text
    audit = {"CreatedDate": now, "CreatedById": tx.user_id, "LastModifiedDate": now, "LastModifiedById": tx.user_id}
    _write(tx, kind.name, {"Id": id, **audit, "SystemModstamp": now, **fields})
    return id


def change(tx: Transaction, kind: Kind, id: str, given: Mapping[str, Any]) -> bool:
    """Change a record of a client; False when there is none. Raises :class:`Refusal`."""
    old = get(tx, id, kind.name)
    if old is None:
        return False
    fields = {**old, **_named(kind, given)}
    if kind.check is not None:
        kind.check(tx, fields)
    put(tx, kind.name, fields)
    return True


def put(tx: Transaction, name: str, row: Row) -> None:
    """Write a record as the platform does itself; ``Id`` is in it."""
    now = tx.now_text
    _write(tx, name, {**row, "LastModifiedDate": now, "LastModifiedById": tx.user_id, "SystemModstamp": now})


def _write(tx: Transaction, name: str, row: Row) -> None:
    tx.sql("INSERT OR REPLACE INTO _kept VALUES (?, ?, ?)", (name, row["Id"], json.dumps(row)))


def delete(tx: Transaction, kind: Kind, id: str) -> bool:
    """Delete a record; False when there is none."""
    return bool(tx.sql("DELETE FROM _kept WHERE sobject = ? AND id = ? RETURNING id", (kind.name, ids.to18(id))))


def forget(tx: Transaction, name: str, id: str) -> None:
    """Take a record away, as the platform does itself."""
    tx.sql("DELETE FROM _kept WHERE sobject = ? AND id = ?", (name, id))


def _named(kind: Kind, given: Mapping[str, Any]) -> Row:
    """The fields under the schema's names; an unknown or read-only one is refused."""
    found: Row = {}
    for name, value in given.items():
        if name == "attributes":
            continue
        field = kind.table.sobject.field(name)
        if field is None:
            text = f"No such column '{name}' on sobject of type {kind.name}"
            raise Refusal("INVALID_FIELD", text)
        if field.name not in kind.given:
            text = (
                f"Unable to create/update fields: {field.name}. Please check the security settings of this field and "
                "verify that it is read/write for your profile or permission set."
            )
            raise Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", text, field.name)
        found[field.name] = value
    return found


def picklist(*names: str) -> tuple[Field, ...]:
    """Picklist columns."""
    return tuple(column(name, "picklist") for name in names)


def lookup(name: str, to: str | tuple[str, ...]) -> Field:
    """A reference column whose relationship has the field's name."""
    return reference(name, to, name.removesuffix("Id"))
