"""Sources: what they read, and what they say of a file that cannot be read."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.sync import SourceError, open_source
from orgwright.sync.source import CsvFiles, text_of


def folder(tmp_path: Path, **files: bytes) -> CsvFiles:
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_bytes(content)
    source = open_source(str(tmp_path))
    assert isinstance(source, CsvFiles)
    return source


def test_rows_keep_quotes_line_breaks_and_their_line(tmp_path: Path) -> None:
    source = folder(tmp_path, t=b'id,name,note\n1,"a, b","x\ny"\n\n2,"say ""hi""",\n')
    rows = list(source.rows("t", ["note", "id", "name"]))
    assert [(r.line, r.values) for r in rows] == [(2, ["x\ny", "1", "a, b"]), (5, ["", "2", 'say "hi"'])]


def test_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert folder(tmp_path, t="\ufeffid,name\n1,é\n".encode()).columns("t") == ("id", "name")


def test_broken_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    source = folder(tmp_path, t=b"id,name\n1,ok\n2,caf\xe9\n")
    with pytest.raises(SourceError, match=r"t\.csv:3: the file is not valid UTF-8 here"):
        list(source.rows("t", ["id"]))


def test_row_with_a_value_too_many_is_told(tmp_path: Path) -> None:
    source = folder(tmp_path, t=b"id,name\n1,a,b\n")
    with pytest.raises(SourceError, match=r"t\.csv:2: the row has 3 values, the header names 2 columns"):
        list(source.rows("t", ["id"]))


def test_open_quote_is_told(tmp_path: Path) -> None:
    source = folder(tmp_path, t=b'id,name\n1,"a\n2,b\n')
    with pytest.raises(SourceError, match="not valid CSV here"):
        list(source.rows("t", ["id"]))


def test_empty_file_and_doubled_header_are_told(tmp_path: Path) -> None:
    source = folder(tmp_path, empty=b"", twice=b"id,name,id\n")
    with pytest.raises(SourceError, match="the file is empty"):
        source.columns("empty")
    with pytest.raises(SourceError, match="the header names id twice"):
        source.columns("twice")


def test_missing_source_is_told() -> None:
    with pytest.raises(SourceError, match="no such file or folder"):
        open_source("/nowhere/at/all")


@pytest.mark.parametrize("by_url", [True, False])
def test_sqlite_is_read_by_path_and_by_url(tmp_path: Path, by_url: bool) -> None:
    path = tmp_path / "billing.db"
    with sqlite3.connect(path) as db:
        db.execute('CREATE TABLE accounts (no TEXT, "Trading Name" TEXT, since DATE)')
        db.executemany("INSERT INTO accounts VALUES (?, ?, ?)", [("A1", "Café", "2024-02-29"), ("A2", None, None)])
    source = open_source(f"sqlite:///{path}" if by_url else str(path))
    assert source.tables() == ("accounts",)
    assert [r.values for r in source.rows("accounts", ["Trading Name", "no"])] == [["Café", "A1"], ["", "A2"]]


def test_table_name_cannot_smuggle_sql(tmp_path: Path) -> None:
    path = tmp_path / "billing.db"
    sqlite3.connect(path).execute("CREATE TABLE a (x)")
    with pytest.raises(SourceError):
        list(open_source(str(path)).rows("a; DROP TABLE a; --", ["x"]))
    assert open_source(str(path)).tables() == ("a",)


def test_password_of_a_url_is_never_shown() -> None:
    with pytest.raises(SourceError) as caught:
        list(open_source("postgresql+nosuchdriver://me:canary@db.example/billing").tables())
    assert "canary" not in f"{caught.value} {caught.value.help}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (0, "0"),
        (Decimal("1E+3"), "1000"),
        (1e-7, "0.0000001"),
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.datetime(2024, 2, 29, 1, 2, 3, 456_789), "2024-02-29T01:02:03.456Z"),
        (dt.datetime(2024, 2, 29, 12, tzinfo=dt.timezone(dt.timedelta(hours=13))), "2024-02-28T23:00:00.000Z"),
    ],
)
def test_values_read_as_the_bulk_api_takes_them(value: object, text: str) -> None:
    assert text_of(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_keep_their_value_without_exponent(value: float) -> None:
    assert "e" not in text_of(value).lower()
    assert float(text_of(value)) == value
