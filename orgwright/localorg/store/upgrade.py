"""Org files across versions: an older file is brought to what this program expects, a newer one is refused."""

from __future__ import annotations

import hashlib
import sqlite3
from functools import cache
from pathlib import Path

from orgwright.errors import OrgwrightError, Place
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.store import tables
from orgwright.localorg.store.forms import column_type
from orgwright.localorg.store.tables import quote

FORMAT = 1
"""The form of the file (``PRAGMA user_version``): raised when an older program could no longer use a newer file, for
instance because the kept schema (``schema/keep.py``) says more than it understands."""
_PACKAGE = Path(__file__).parent.parent
_SHAPING = ("data/*.pack", "schema/*.py", "store/*.py")
_ZERO = {"INTEGER": "0", "BLOB": "x''"}


class NewerFile(OrgwrightError):
    """The file was written by a later orgwright."""


def check_format(connection: sqlite3.Connection, path: Path | None) -> None:
    """Raise :class:`NewerFile` when this program is too old for the file; stamp one that has no format yet."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        raise NewerFile(
            f"the org's file has format {found}, this orgwright knows formats up to {FORMAT}",
            where=Place(file=str(path)),
            help="use the orgwright that wrote it, or a newer one; nothing was changed",
        )
    if found < FORMAT:
        connection.execute(f"PRAGMA user_version = {FORMAT}")


@cache
def shape() -> str:
    """What tells one program's tables from another's: a digest of everything that decides on columns."""
    digest = hashlib.sha256()
    for pattern in _SHAPING:
        for path in sorted(_PACKAGE.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def bring_up(connection: sqlite3.Connection, schema: Schema, known: set[str]) -> None:
    """Give the tables of SObjects what the schema has come to expect of them: columns, column types, indexes.

    A column that the schema no longer knows stays, with its values. ``known`` holds the tables by lower-case name.
    """
    for lower in sorted(known):
        sobject = None if lower.startswith(("_", "sqlite_")) else schema.sobject(lower)
        if sobject is not None:
            _bring_up(connection, sobject)


def _bring_up(connection: sqlite3.Connection, sobject: SObjectType) -> None:
    table = quote(sobject.name)
    have = {row[1].lower(): row[2].upper() for row in connection.execute(f"PRAGMA table_info({table})")}
    for field in tables.columns(sobject):
        type_ = have.get(field.name.lower())
        if type_ is None:
            tables.add_column(connection, sobject, field)
        elif type_ != column_type(field).partition(" ")[0]:
            tables.retype_column(connection, sobject, field)
        for statement in tables.index(sobject, field):
            connection.execute(statement)
    if sobject.recyclable and tables.BATCH not in have:
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {quote(tables.BATCH)} INTEGER")


def bring_up_own(connection: sqlite3.Connection, statement: str) -> None:
    """Make one of a package's own tables by its ``CREATE TABLE IF NOT EXISTS``, or add the columns that it lacks.

    Any other statement (``CREATE INDEX IF NOT EXISTS``) is run as it is.
    """
    connection.execute(statement)
    if not statement.lstrip().upper().startswith("CREATE TABLE"):
        return
    draft = sqlite3.connect(":memory:")
    try:
        draft.execute(statement)
        (name,) = draft.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchone()
        wanted = draft.execute(f"PRAGMA table_info({quote(name)})").fetchall()
    finally:
        draft.close()
    have = {row[1].lower() for row in connection.execute(f"PRAGMA table_info({quote(name)})")}
    for _, column, type_, required, default, _ in wanted:
        if column.lower() not in have:
            value = default if default is not None else _ZERO.get(type_.upper(), "''") if required else None
            rest = "" if value is None else f" DEFAULT {value}"
            rest += " NOT NULL" if required else ""
            connection.execute(f"ALTER TABLE {quote(name)} ADD COLUMN {quote(column)} {type_}{rest}")
