"""One org's SQLite database: a connection for the writer, a few for readers, tables made when first needed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orgwright.errors import OrgwrightError, Place
from orgwright.localorg.formula import programs
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.soql import local
from orgwright.localorg.store import ids, tables, upgrade

WAIT_SECONDS = 30.0

_OWN_TABLES = (
    "CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS _locked (id TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS _sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS _event (replay_id INTEGER PRIMARY KEY, channel TEXT NOT NULL, uuid TEXT NOT NULL,"
    " published TEXT NOT NULL, user_id TEXT NOT NULL, payload TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS _event_channel ON _event (channel, replay_id)",
)


class OrgBusy(OrgwrightError):
    """Another transaction kept the org for too long."""


class OrgReplaced(OrgBusy):
    """The org was restored from a snapshot while a request that began before it still wanted to write."""


class BrokenFile(OrgwrightError):
    """The org's file cannot be opened: it is damaged, or no file of an org, or the disk refuses."""


def casefold(value: Any) -> Any:
    """SQL function for comparing text that is not plain ASCII."""
    return value.casefold() if isinstance(value, str) else value


class Database:
    """Connections to one org's rows. ``path`` is ``None`` for an org in memory."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()
        self._replaced = False
        self.tables: set[str] = set()
        try:
            self.writer = self._connect()
            upgrade.check_format(self.writer, path)
            for statement in _OWN_TABLES:
                self.writer.execute(statement)
            self.forget_tables()
        except sqlite3.Error as fault:
            raise BrokenFile(
                f"the org's file cannot be opened: {fault}",
                where=Place(file=str(path)),
                help="is the disk full or read-only? A damaged file: put a copy of it back, or delete the org",
            ) from fault

    def _connect(self) -> sqlite3.Connection:
        target = ":memory:" if self.path is None else str(self.path)
        connection = sqlite3.connect(target, isolation_level=None, check_same_thread=False, cached_statements=512)
        connection.create_function("casefold", 1, casefold, deterministic=True)
        connection.create_function("share_id", 2, ids.like, deterministic=True)
        connection.create_function("text_id", 2, ids.of_text, deterministic=True)
        programs.register(connection)
        local.register(connection)
        connection.execute("PRAGMA case_sensitive_like = OFF")
        if self.path is not None:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA busy_timeout = {int(WAIT_SECONDS * 1000)}")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The writer's connection, for one thread at a time."""
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise OrgBusy("the org is busy with another transaction")
        try:
            if self._replaced:
                raise OrgReplaced("the org was restored from a snapshot meanwhile", help="try again")
            yield self.writer
        finally:
            self._lock.release()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection in a read transaction: a snapshot that writers do not disturb."""
        if self.path is None:
            with self.write() as connection:
                yield connection
            return
        with self._readers_lock:
            connection = self._readers.pop() if self._readers else self._connect()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")
            with self._readers_lock:
                self._readers.append(connection)

    def replace_with(self, path: Path) -> None:
        """Put the content of another file in place of this one's, and take no more writes: the org has to be opened anew.

        Readers that began before see what they began with.
        """
        with self.write() as connection:
            source = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            try:
                source.backup(connection)
            finally:
                source.close()
            self._replaced = True

    def ensure(self, sobject: SObjectType) -> None:
        """Make the table of ``sobject`` if it is not there; only the writer calls this."""
        if sobject.name.lower() in self.tables:
            return
        for statement in tables.create(sobject):
            self.writer.execute(statement)
        self.tables.add(sobject.name.lower())

    def follow(self, old: Schema, new: Schema) -> None:
        """Bring the tables that exist from one schema to another, inside the writer's transaction."""
        for lower in sorted(self.tables):
            if lower.startswith(("_", "sqlite_")):
                continue
            before, after = old.sobject(lower), new.sobject(lower)
            if before is after or before is None:
                continue
            if after is None:
                if before.custom:
                    self.writer.execute(f"DROP TABLE {tables.quote(before.name)}")
                    self.tables.discard(lower)
                continue
            if before.fields != after.fields:
                tables.change(self.writer, before, after)

    def bring_up(self, schema: Schema) -> None:
        """Bring a file that another version of the program wrote to the tables that this one expects."""
        found = self.writer.execute("SELECT value FROM _meta WHERE key = 'shape'").fetchone()
        if found is not None and found[0] == upgrade.shape():
            return
        with self.write() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                upgrade.bring_up(connection, schema, self.tables)
                connection.execute("INSERT OR REPLACE INTO _meta VALUES ('shape', ?)", (upgrade.shape(),))
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise

    def forget_tables(self) -> None:
        """Read the list of tables again, after a rollback took some away."""
        rows = self.writer.execute("SELECT lower(name) FROM sqlite_master WHERE type = 'table'")
        self.tables = {name for (name,) in rows}

    def close(self) -> None:
        """Close all connections."""
        with self._readers_lock:
            for connection in self._readers:
                connection.close()
            self._readers.clear()
        self.writer.close()


class Sequences:
    """Counters that live in ``_sequence``; kept in memory during a transaction, written when it commits."""

    def __init__(self, connection: Callable[[], sqlite3.Connection]) -> None:
        self._connection = connection
        self._values: dict[str, int] = {}
        self._dirty: set[str] = set()

    def take(self, name: str, count: int, start: int = 1) -> int:
        """The first of ``count`` new numbers."""
        value = self._values.get(name)
        if value is None:
            row = self._connection().execute("SELECT value FROM _sequence WHERE name = ?", (name,)).fetchone()
            value = row[0] if row else start
        self._values[name] = value + count
        self._dirty.add(name)
        return value

    def flush(self) -> None:
        """Write the counters that moved."""
        rows = [(name, self._values[name]) for name in self._dirty]
        self._connection().executemany("INSERT OR REPLACE INTO _sequence (name, value) VALUES (?, ?)", rows)
        self._dirty.clear()

    def forget(self) -> None:
        """Read the counters again; gaps in numbers are normal, so only a lost commit needs this."""
        self._values.clear()
        self._dirty.clear()
