"""Where data comes from: a folder of CSV files, one CSV file, a SQLite file, or any database that SQLAlchemy opens."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol

from orgwright.errors import OrgwrightError, Place

_SQLITE_MAGIC: Final = b"SQLite format 3\x00"
_FETCH: Final = 2_000


class SourceError(OrgwrightError):
    """A source that cannot be opened or read, or that lacks a table or a column."""


@dataclass(frozen=True)
class Row:
    """One row: where it stands in its table (line of the file, or number from 1 on) and its values as text."""

    line: int
    values: list[str]


class Source(Protocol):
    """Tables of rows. Values are text as Bulk API 2.0 takes it; an empty text is no value."""

    @property
    def name(self) -> str:
        """The source as a reader knows it, without secrets."""

    def tables(self) -> tuple[str, ...]:
        """The names of its tables."""

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table."""

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """The rows of a table, the named columns only, read bit by bit."""

    def place(self, table: str, line: int) -> Place:
        """Where a row stands."""


def open_source(address: str) -> Source:
    """The source at a path or SQLAlchemy URL. Raises :class:`SourceError`."""
    if "://" in address:
        return Database(address)
    path = Path(address)
    if path.is_dir():
        return CsvFiles(address, {file.stem: file for file in sorted(path.glob("*.csv"))})
    if not path.is_file():
        raise SourceError(
            "there is no such file or folder",
            where=Place(file=address),
            help="give a folder of CSV files, a CSV file, a SQLite file, or a SQLAlchemy URL such as postgresql://...",
        )
    with path.open("rb") as file:
        if file.read(16) == _SQLITE_MAGIC:
            return Database(f"sqlite:///{path}")
    return CsvFiles(address, {path.stem: path})


@dataclass(frozen=True)
class CsvFiles:
    """CSV files (UTF-8, comma, a header line), a table each, named after the file. ``name`` is the folder or file given."""

    name: str
    files: dict[str, Path]

    def tables(self) -> tuple[str, ...]:
        """The names of the files without ``.csv``."""
        return tuple(self.files)

    def columns(self, table: str) -> tuple[str, ...]:
        """The header line of a file."""
        for _, values in self._read(table):
            names = tuple(value.strip() for value in values)
            if len(set(names)) != len(names):
                twice = sorted({n for n in names if names.count(n) > 1})
                raise SourceError(f"the header names {', '.join(twice)} twice", where=self.place(table, 1))
            return names
        raise SourceError("the file is empty: the first line has to name the columns", where=self.place(table, 1))

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """The rows after the header; blank lines are passed over."""
        header = self.columns(table)
        wanted = [header.index(column) for column in columns]
        width = len(header)
        lines = self._read(table)
        next(lines)
        for line, values in lines:
            if len(values) != width:
                if not values:
                    continue
                raise SourceError(
                    f"the row has {len(values)} values, the header names {width} columns",
                    where=self.place(table, line),
                    help="put a value that holds a comma, a quote or a line break in double quotes",
                )
            yield Row(line, [values[index] for index in wanted])

    def place(self, table: str, line: int) -> Place:
        """File and line."""
        return Place(file=str(self.files[table]), line=line)

    def _read(self, table: str) -> Iterator[tuple[int, list[str]]]:
        path = self.files[table]
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            start = 1
            try:
                for values in reader:
                    yield start, values
                    start = reader.line_num + 1
            except UnicodeDecodeError as fault:
                line = _line_of_bad_byte(path)
                raise SourceError(
                    "the file is not valid UTF-8 here",
                    where=Place(file=str(path), line=line),
                    help="save the file as UTF-8, for instance: iconv -f WINDOWS-1252 -t UTF-8",
                ) from fault
            except csv.Error as fault:
                raise SourceError(
                    f"the file is not valid CSV here: {fault}", where=Place(file=str(path), line=reader.line_num)
                ) from fault


def _line_of_bad_byte(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1


class Database:
    """The tables and views of a database that SQLAlchemy opens. Passwords in the URL are never shown."""

    def __init__(self, url: str) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError

        try:
            parsed = make_url(url)
            self.name = parsed.render_as_string(hide_password=True)
            if parsed.drivername.startswith("sqlite") and parsed.database and not Path(parsed.database).is_file():
                raise SourceError("there is no such file", where=Place(file=parsed.database))
            self._engine = create_engine(parsed)
        except (ArgumentError, NoSuchModuleError) as fault:
            raise SourceError(
                "this is not a database URL that SQLAlchemy knows",
                where=Place(path=url.split("@")[-1]),
                help="for instance sqlite:///billing.db or postgresql://user@host/database",
            ) from fault
        except ImportError as fault:
            raise SourceError(
                f"the driver of this database is not installed: {fault}",
                where=Place(path=self.name),
                help="install it beside orgwright, for instance: pip install psycopg2-binary",
            ) from fault
        self._columns: dict[str, tuple[str, ...]] = {}

    def tables(self) -> tuple[str, ...]:
        """Tables and views of the default schema."""
        from sqlalchemy import inspect

        with self._told():
            inspector = inspect(self._engine)
            return (*inspector.get_table_names(), *inspector.get_view_names())

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table."""
        from sqlalchemy import inspect

        if table not in self._columns:
            with self._told():
                self._columns[table] = tuple(c["name"] for c in inspect(self._engine).get_columns(table))
        return self._columns[table]

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """The rows, fetched in parts."""
        from sqlalchemy import column, select
        from sqlalchemy import table as table_of

        statement = select(*[column(name) for name in columns]).select_from(table_of(table))
        with self._told(), self._engine.connect() as connection:
            result = connection.execution_options(stream_results=True).execute(statement)
            number = 0
            while part := result.fetchmany(_FETCH):
                for values in part:
                    number += 1
                    yield Row(number, [text_of(value) for value in values])

    def place(self, table: str, line: int) -> Place:
        """Table and number of the row."""
        return Place(file=self.name, path=f"{table}, row {line}")

    def _told(self) -> _Told:
        return _Told(self.name)


class _Told:
    """Turns a fault of the database into one that names the source and hides the statement."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, at: object) -> None:
        from sqlalchemy.exc import SQLAlchemyError

        if isinstance(fault, SQLAlchemyError):
            reason = str(getattr(fault, "orig", None) or fault).splitlines()[0]
            raise SourceError(f"the database cannot be read: {reason}", where=Place(path=self._name)) from fault


def text_of(value: Any) -> str:
    """A database value as Bulk API 2.0 takes it: ISO dates in UTC, ``true`` and ``false``, empty for NULL."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value)
