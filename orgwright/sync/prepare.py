"""Turn a source into the CSV files of the load, and refuse it before anything was sent if it cannot work.

The files are what Bulk API 2.0 takes: UTF-8, LF, a header of field names, parents as ``Account.Key__c``. Keys go through
a small database on disk, so that memory stays flat whatever the size of the source.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from collections.abc import Mapping as Table
from contextlib import closing
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from orgwright.errors import OrgwrightError, Place
from orgwright.spec.model import Mapping
from orgwright.sync.columns import Found, Unmapped, Used, used
from orgwright.sync.source import Row, Source, SourceError

PART_BYTES: Final = 20 * 1024 * 1024
"""Size of one part: far below what a job may hold, small enough to show progress and to resume from."""

_BATCH: Final = 5_000


@dataclass(frozen=True)
class Part:
    """One CSV file of the load: rows of one object."""

    sobject: str
    key: str
    path: Path
    rows: int


class BadSource(SourceError):
    """A source whose content cannot be loaded as it is."""


Constants = Table[str, Table[str, str]]
"""Object -> field -> the value that each row gets."""


Parents = Table[str, Table[str, str]]
"""Object -> column that names a parent by its key -> the parent's object."""


@dataclass(frozen=True)
class Aids:
    """What the load knows besides the source: values for every row, Ids that were looked up, whose children the objects are."""

    constants: Constants = field(default_factory=dict)
    found: Table[str, Found] = field(default_factory=dict)
    parents: Parents = field(default_factory=dict)


def prepare(mappings: tuple[Mapping, ...], source: Source, aids: Aids, folder: Path) -> tuple[Part, ...]:
    """Write the parts of all mapped tables that the source has into ``folder``, in load order.

    Rows that are left out (``blank: leave_out``), and the children of those, end in ``left-out-<Object>.csv``.

    Raises :class:`BadSource` for a missing column or key, a blank or repeated key, broken encoding, a value that no translation
    has. Nothing was sent then.
    """
    tables = _present(mappings, source)
    for mapping in tables:
        _check_columns(mapping, source)
    parts: list[Part] = []
    with closing(_Keys(folder / "keys.db")) as keys:
        for number, mapping in enumerate(tables, start=1):
            names = _columns_in(mapping, source)
            writer = _Writer(mapping, names, aids, folder, number)
            sieve = _Sieve(mapping, writer.used, aids.parents.get(mapping.api_name, {}), keys, folder)
            for batch in _batches(source.rows(mapping.table, names)):
                keys.add(mapping, source, [(row.values[writer.key_index], row.line) for row in batch])
                _check_values(writer, source, batch)
                writer.write(sieve.kept(batch, writer.key_index))
            parts += writer.close()
    (folder / "keys.db").unlink()
    return tuple(parts)


def _present(mappings: tuple[Mapping, ...], source: Source) -> list[Mapping]:
    """A source need not have every table, but it has to have one."""
    tables = set(source.tables())
    present = [mapping for mapping in mappings if mapping.table in tables]
    if not present:
        known = ", ".join(mapping.table for mapping in mappings)
        raise BadSource(
            "the source has none of the connector's tables",
            where=Place(file=source.name),
            help=f"expected at least one of: {known}",
        )
    return present


def _check_columns(mapping: Mapping, source: Source) -> None:
    has = source.columns(mapping.table)
    wanted = {c.source for c in mapping.columns.values() if c.required} | {mapping.key_column}
    for name in sorted(wanted - set(has)):
        near = get_close_matches(name, has, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise BadSource(
            f"the column {name} is missing: {mapping.api_name} needs it",
            where=source.place(mapping.table, 1),
            help=f"{hint}the columns are: {', '.join(has)}",
        )


class _Writer:
    """Writes rows of one mapping into parts."""

    def __init__(self, mapping: Mapping, names: list[str], aids: Aids, folder: Path, number: int) -> None:
        self.mapping, self._folder, self._number = mapping, folder, number
        self.key_index = names.index(mapping.key_column)
        constants = aids.constants.get(mapping.api_name, {})
        self.used = used(mapping.columns.values(), names, aids.found.get(mapping.api_name, {}))
        straight = [item.places for item in self.used] == [(place,) for place in range(len(names))]
        self._plain = straight and not any(item.convert for item in self.used) and not constants
        self._constants = list(constants.values())
        self._header = [item.column.api_name for item in self.used] + list(constants)
        self._parts: list[Part] = []
        self._file: IO[str] | None = None
        self._rows = 0

    def write(self, batch: list[Row]) -> None:
        """Append rows, to a new part when the one at hand is full."""
        if not batch:
            return
        if self._file is None or self._file.tell() > PART_BYTES:
            self._finish()
            self._open()
        self._csv.writerows(row.values for row in batch) if self._plain else self._csv.writerows(self._converted(batch))
        self._rows += len(batch)

    def close(self) -> list[Part]:
        """The parts, the last one closed."""
        self._finish()
        return self._parts

    def _converted(self, batch: list[Row]) -> Iterator[list[str]]:
        for row in batch:
            yield [item.value(row.values) for item in self.used] + self._constants

    def _open(self) -> None:
        self._path = self._folder / f"{self._number:02d}-{self.mapping.api_name}-{len(self._parts) + 1:04d}.csv"
        self._file = self._path.open("w", encoding="utf-8", newline="")
        self._csv: Any = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow(self._header)
        self._rows = 0

    def _finish(self) -> None:
        if self._file is not None:
            self._file.close()
            self._parts.append(Part(self.mapping.api_name, self.mapping.key, self._path, self._rows))
            self._file = None


def _columns_in(mapping: Mapping, source: Source) -> list[str]:
    """The source columns that are read. Columns that are not required may be absent from the source."""
    has = set(source.columns(mapping.table))
    return list(dict.fromkeys(name for column in mapping.columns.values() for name in column.sources if name in has))


def _check_values(writer: _Writer, source: Source, batch: list[Row]) -> None:
    """Refuse a value that a strict translation does not have."""
    strict = [item for item in writer.used if item.column.unmapped == "refuse"]
    for row in batch if strict else ():
        for item in strict:
            try:
                item.value(row.values)
            except Unmapped as fault:
                column = item.column
                raise BadSource(
                    f"{' and '.join(column.sources)} {str(fault)!r} is not mapped to {writer.mapping.api_name}.{column.field}",
                    where=source.place(writer.mapping.table, row.line),
                    help=f"add it to translate of that column; it has: {', '.join(column.translate)}",
                ) from None


class _Sieve:
    """Leaves out rows without a value that they have to have, and rows whose parent was left out."""

    def __init__(
        self, mapping: Mapping, columns: list[Used], parents: Table[str, str], keys: _Keys, folder: Path
    ) -> None:
        self._mapping, self._keys = mapping, keys
        self._path = folder / f"left-out-{mapping.api_name}.csv"
        self._needed = [item for item in columns if item.column.blank == "leave_out"]
        self._parents = [(item, parents[item.column.api_name]) for item in columns if item.column.api_name in parents]

    def kept(self, batch: list[Row], key_index: int) -> list[Row]:
        """The rows that are loaded."""
        if not self._needed and not (self._parents and self._keys.left_any):
            return batch
        reasons = [self._reason(row) for row in batch]
        gone = [(row, reason) for row, reason in zip(batch, reasons, strict=True) if reason is not None]
        if gone:
            self._keys.leave_out(self._mapping, [row.values[key_index] for row, _ in gone])
            with self._path.open("a", encoding="utf-8", newline="") as file:
                lines = ([row.values[key_index], row.line, reason] for row, reason in gone)
                csv.writer(file, lineterminator="\n").writerows(lines)
        return [row for row, reason in zip(batch, reasons, strict=True) if reason is None]

    def _reason(self, row: Row) -> str | None:
        for item in self._needed:
            if not item.value(row.values):
                return f"no {' and '.join(item.column.sources)}"
        for item, parent in self._parents:
            key = row.values[item.places[0]]
            if key and self._keys.left(parent, key):
                return f"{parent} {key} is left out"
        return None


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


class _Keys:
    """The external IDs seen so far, on disk."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._db = sqlite3.connect(path)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute(
            "CREATE TABLE seen (object TEXT, key TEXT COLLATE NOCASE, line INT, PRIMARY KEY (object, key)) WITHOUT ROWID"
        )
        self._db.execute(
            "CREATE TABLE gone (object TEXT, key TEXT COLLATE NOCASE, PRIMARY KEY (object, key)) WITHOUT ROWID"
        )
        self.left_any = False

    def close(self) -> None:
        self._db.close()

    def leave_out(self, mapping: Mapping, keys: list[str]) -> None:
        """Remember the keys of rows that are not loaded."""
        self.left_any = True
        self._db.executemany("INSERT INTO gone VALUES (?, ?)", [(mapping.api_name, key) for key in keys])

    def left(self, sobject: str, key: str) -> bool:
        """Whether the row with this key was left out."""
        found = self._db.execute("SELECT 1 FROM gone WHERE object = ? AND key = ?", (sobject, key)).fetchone()
        return found is not None

    def add(self, mapping: Mapping, source: Source, keys: list[tuple[str, int]]) -> None:
        """Remember keys; raise for one that is blank or was there before."""
        blank = next((line for key, line in keys if not key.strip()), None)
        if blank is not None:
            raise BadSource(
                f"the row has no {mapping.key_column}: {mapping.api_name} rows are matched by it",
                where=source.place(mapping.table, blank),
            )
        rows = [(mapping.api_name, key, line) for key, line in keys]
        before = self._db.total_changes
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        if self._db.total_changes - before != len(rows):
            raise self._repeated(mapping, source, keys)

    def _repeated(self, mapping: Mapping, source: Source, keys: list[tuple[str, int]]) -> BadSource:
        for key, line in keys:
            first = self._db.execute(
                "SELECT line FROM seen WHERE object = ? AND key = ?", (mapping.api_name, key)
            ).fetchone()[0]
            if first != line:
                return BadSource(
                    f"{mapping.key_column} {key!r} stands twice, first in line {first}",
                    where=source.place(mapping.table, line),
                    help="keys have to be unique (upper and lower case are the same): mend the source",
                )
        raise OrgwrightError(f"the keys of {mapping.api_name} could not be checked")
