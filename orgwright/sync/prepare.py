"""Turn a source into the CSV files of the load, and refuse it before anything was sent if it cannot work.

The files are what Bulk API 2.0 takes: UTF-8, LF, a header of field names, parents as ``Account.Key__c``. Keys go through
a small database on disk, so that memory stays flat whatever the size of the source.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Table
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from orgwright.errors import OrgwrightError, Place
from orgwright.spec.model import Column, Mapping
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


def prepare(mappings: tuple[Mapping, ...], source: Source, constants: Constants, folder: Path) -> tuple[Part, ...]:
    """Write the parts of all mapped tables that the source has into ``folder``, in load order.

    Raises :class:`BadSource` for a missing column or key, a blank or repeated key, broken encoding. Nothing was sent then.
    """
    tables = _present(mappings, source)
    for mapping in tables:
        _check_columns(mapping, source)
    parts: list[Part] = []
    with closing(_Keys(folder / "keys.db")) as keys:
        for number, mapping in enumerate(tables, start=1):
            used = _columns_in(mapping, source)
            writer = _Writer(mapping, used, constants.get(mapping.api_name, {}), folder, number)
            for batch in _batches(source.rows(mapping.table, writer.source_columns)):
                keys.add(mapping, source, [(row.values[writer.key_index], row.line) for row in batch])
                writer.write(batch)
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

    def __init__(
        self, mapping: Mapping, columns: list[_Used], constants: Table[str, str], folder: Path, number: int
    ) -> None:
        self._mapping, self._folder, self._number = mapping, folder, number
        self.source_columns = [used.source for used in columns]
        self.key_index = self.source_columns.index(mapping.key_column)
        self._converters = [_converter(used) for used in columns]
        self._plain = not any(self._converters) and not constants
        self._constants = list(constants.values())
        self._header = [used.target for used in columns] + list(constants)
        self._parts: list[Part] = []
        self._file: IO[str] | None = None
        self._rows = 0

    def write(self, batch: list[Row]) -> None:
        """Append rows, to a new part when the one at hand is full."""
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
            values = [c(v) if c else v for c, v in zip(self._converters, row.values, strict=True)]
            yield values + self._constants

    def _open(self) -> None:
        self._path = self._folder / f"{self._number:02d}-{self._mapping.api_name}-{len(self._parts) + 1:04d}.csv"
        self._file = self._path.open("w", encoding="utf-8", newline="")
        self._csv: Any = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow(self._header)
        self._rows = 0

    def _finish(self) -> None:
        if self._file is not None:
            self._file.close()
            self._parts.append(Part(self._mapping.api_name, self._mapping.key, self._path, self._rows))
            self._file = None


@dataclass(frozen=True)
class _Used:
    """A column of the mapping that the source has."""

    source: str
    target: str
    column: Column


def _columns_in(mapping: Mapping, source: Source) -> list[_Used]:
    """Columns that are not required may be absent from the source."""
    has = set(source.columns(mapping.table))
    return [_Used(column.source, name, column) for name, column in mapping.columns.items() if column.source in has]


def _converter(used: _Used) -> Callable[[str], str] | None:
    table, default = used.column.translate, used.column.default
    if not table and default is None:
        return None
    return lambda value: table.get(value, value) or (default or "")


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

    def close(self) -> None:
        self._db.close()

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
