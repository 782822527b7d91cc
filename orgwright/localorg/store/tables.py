"""The table of an SObject type: its definition, and how it follows a change of the type."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from orgwright.localorg.schema.model import DECIMAL_TYPES, Field, SObjectType
from orgwright.localorg.store.forms import column_type

BATCH = "_batch"
"""Column of recyclable tables: the number of the delete that took the row, so that undelete restores its cascade."""

_UNINDEXED = frozenset(("User", "Group", "RecordType", "BusinessHours", "Individual"))


def quote(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def columns(sobject: SObjectType) -> list[Field]:
    """The fields that have a column."""
    return [f for f in sobject.fields.values() if f.stored]


def create(sobject: SObjectType) -> Iterator[str]:
    """The statements that make the table and its indexes."""
    parts = [_column(f) for f in columns(sobject)]
    if "id" not in sobject.fields:
        parts.insert(0, '"Id" TEXT PRIMARY KEY NOT NULL')
    if sobject.recyclable:
        parts.append(f"{quote(BATCH)} INTEGER")
    yield f"CREATE TABLE IF NOT EXISTS {quote(sobject.name)} ({', '.join(parts)})"
    for field in columns(sobject):
        yield from index(sobject, field)


def _column(field: Field) -> str:
    if field.type == "id":
        return f"{quote(field.name)} TEXT PRIMARY KEY NOT NULL"
    default = ""
    if field.type == "boolean":
        default = f" NOT NULL DEFAULT {int(bool(field.default_value))}"
    return f"{quote(field.name)} {column_type(field)}{default}"


def is_indexed(field: Field) -> bool:
    """Whether queries by the field are common enough for an index."""
    if field.type == "id":
        return False
    if field.unique or field.external_id or (field.auto_number and field.id_lookup):
        return True
    return bool(field.reference_to) and not _UNINDEXED.issuperset(field.reference_to)


def index_name(sobject: SObjectType, field: Field) -> str:
    """The name of a field's index."""
    return quote(f"{sobject.name}.{field.name}")


def index(sobject: SObjectType, field: Field) -> Iterator[str]:
    """The statement that makes a field's index, if it has one. Uniqueness is judged by the save path."""
    if is_indexed(field):
        column = quote(field.name)
        name = index_name(sobject, field)
        yield f"CREATE INDEX IF NOT EXISTS {name} ON {quote(sobject.name)} ({column}) WHERE {column} IS NOT NULL"


def change(connection: sqlite3.Connection, old: SObjectType, new: SObjectType) -> None:
    """Bring an existing table to the new type, keeping its rows."""
    table = quote(new.name)
    before = {f.name.lower(): f for f in columns(old)}
    after = {f.name.lower(): f for f in columns(new)}
    for key, field in before.items():
        kept = after.get(key)
        if kept is not None and is_indexed(field) and not is_indexed(kept):
            connection.execute(f"DROP INDEX IF EXISTS {index_name(old, field)}")
        if kept is None or column_type(kept) != column_type(field):
            _drop_or_convert(connection, old, field, kept)
        elif kept.scale != field.scale and field.type in DECIMAL_TYPES:
            _rescale(connection, table, field, kept)
    have = {row[1].lower() for row in connection.execute(f"PRAGMA table_info({table})")}
    for key, field in after.items():
        if key not in have:
            add_column(connection, new, field)
        for statement in index(new, field):
            connection.execute(statement)


def add_column(connection: sqlite3.Connection, sobject: SObjectType, field: Field) -> None:
    """Add the column of a field; rows that are there get its default."""
    connection.execute(f"ALTER TABLE {quote(sobject.name)} ADD COLUMN {_column(field)}")


def retype_column(connection: sqlite3.Connection, sobject: SObjectType, field: Field) -> None:
    """Give a column the type of its field; values stay where SQLite's own conversion keeps them whole."""
    table, column, spare = quote(sobject.name), quote(field.name), quote(f"_old_{field.name}")
    connection.execute(f"DROP INDEX IF EXISTS {index_name(sobject, field)}")
    connection.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO {spare}")
    connection.execute(f"ALTER TABLE {table} ADD COLUMN {_column(field)}")
    target = column_type(field).partition(" ")[0]
    cast = f"CAST({spare} AS {target})"
    connection.execute(
        f"UPDATE {table} SET {column} = {cast} WHERE {spare} IS NOT NULL AND CAST({cast} AS TEXT) = CAST({spare} AS TEXT)"
    )
    connection.execute(f"ALTER TABLE {table} DROP COLUMN {spare}")


def _drop_or_convert(connection: sqlite3.Connection, old: SObjectType, field: Field, new: Field | None) -> None:
    table, column = quote(old.name), quote(field.name)
    connection.execute(f"DROP INDEX IF EXISTS {index_name(old, field)}")
    if new is None:
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        return
    spare = quote(f"_old_{field.name}")
    connection.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO {spare}")
    connection.execute(f"ALTER TABLE {table} ADD COLUMN {_column(new)}")
    if column_type(field).startswith("TEXT") and column_type(new).startswith("TEXT"):
        connection.execute(f"UPDATE {table} SET {column} = {spare}")
    connection.execute(f"ALTER TABLE {table} DROP COLUMN {spare}")


def _rescale(connection: sqlite3.Connection, table: str, old: Field, new: Field) -> None:
    column, steps = quote(new.name), new.scale - old.scale
    if steps > 0:
        connection.execute(f"UPDATE {table} SET {column} = {column} * {10**steps} WHERE {column} IS NOT NULL")
    else:
        half, power = 5 * 10 ** (-steps - 1), 10**-steps
        rounded = f"({column} + CASE WHEN {column} < 0 THEN -{half} ELSE {half} END) / {power}"
        connection.execute(f"UPDATE {table} SET {column} = {rounded} WHERE {column} IS NOT NULL")
