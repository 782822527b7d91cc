"""Types whose rows exist only for one query."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from orgwright.localorg.soql.context import VirtualTable
from orgwright.localorg.store.forms import column_type
from orgwright.localorg.store.tables import quote


@contextmanager
def visible(connection: sqlite3.Connection, tables: Mapping[str, VirtualTable]) -> Iterator[None]:
    """Keep the rows in temporary tables, which SQLite finds before others of the same name."""
    made: list[str] = []
    try:
        for table in tables.values():
            name = quote(table.sobject.name)
            fields = [f for f in table.sobject.fields.values() if f.stored]
            columns = ", ".join(f"{quote(f.name)} {column_type(f)}" for f in fields)
            connection.execute(f"CREATE TEMP TABLE {name} ({columns})")
            made.append(name)
            marks = ", ".join("?" * len(fields))
            rows = ([row.get(f.name) for f in fields] for row in table.rows)
            connection.executemany(f"INSERT INTO temp.{name} VALUES ({marks})", rows)
        yield
    finally:
        for name in made:
            connection.execute(f"DROP TABLE temp.{name}")
