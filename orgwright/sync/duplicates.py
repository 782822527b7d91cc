"""Duplicates before a load: rows of the source, and records of the org, that seem to be one and the same.

A load that finds any does not begin. It leaves a list of them for each object; they are resolved in the source (one row
removed, or looked at and settled) or in the org (the record gets the row's key, so that the load updates it).
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from orgwright.errors import OrgwrightError, Place
from orgwright.org import OrgClient
from orgwright.spec.data import Duplicates
from orgwright.spec.model import Mapping, Seed
from orgwright.sync.columns import Convert, key_form
from orgwright.sync.source import Source

_BATCH = 5_000
_SEPARATOR = "\x1f"

CsvRows = Callable[[Iterable[bytes]], Iterator[list[str]]]


class DuplicatesFound(OrgwrightError):
    """A load that has to wait until its duplicates are resolved; ``lists`` are CSV files, one an object."""

    exit_code = 1

    def __init__(self, counts: dict[str, int], lists: tuple[Path, ...]) -> None:
        self.lists = lists
        told = ", ".join(f"{number} of {sobject}" for sobject, number in counts.items())
        super().__init__(
            f"the load has to wait: {told} are duplicates",
            where=Place(file=str(lists[0])),
            help=f"nothing was loaded. Resolve what stands in {', '.join(map(str, lists))}: mend the source, or give the "
            "record of the org the row's key; then run the command again",
        )


def refuse_duplicates(org: OrgClient, seed: Seed, source: Source, folder: Path, rows_of: CsvRows) -> None:
    """Look for duplicates of every object that has a rule and a table in the source.

    Args:
        org: the org.
        seed: mappings and rules.
        source: the data.
        folder: where the lists are written, ``duplicates-<Object>.csv``; those of an earlier time go.
        rows_of: reads the rows, without header, from the answer of a bulk query.

    Raises:
        DuplicatesFound: there are some; nothing was sent.
    """
    tables = set(source.tables())
    counts: dict[str, int] = {}
    lists: list[Path] = []
    for rule in seed.duplicates.values():
        path = folder / f"duplicates-{rule.api_name}.csv"
        path.unlink(missing_ok=True)
        mapping = seed.objects[rule.api_name]
        if mapping.table not in tables:
            continue
        number = _list(org, mapping, rule, source, path, rows_of)
        if number:
            counts[rule.api_name] = number
            lists.append(path)
    if counts:
        raise DuplicatesFound(counts, tuple(lists))


def mark(values: Iterable[str]) -> str:
    """What values are compared by: letters and digits in lower case; empty if one of the values is."""
    bare = ["".join(c for c in value.casefold() if c.isalnum()) for value in values]
    return _SEPARATOR.join(bare) if all(bare) else ""


def _list(org: OrgClient, mapping: Mapping, rule: Duplicates, source: Source, path: Path, rows_of: CsvRows) -> int:
    """Write the list of one object; how many rows and records it has."""
    database = path.with_suffix(".db")
    database.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as db:
        db.execute("CREATE TABLE marks (rule INT, mark TEXT, owner TEXT, key TEXT, shown TEXT)")
        db.execute("CREATE TABLE keys (key TEXT PRIMARY KEY) WITHOUT ROWID")
        has = set(source.columns(mapping.table))
        rules = [names for names in rule.by if all(mapping.columns[name].source in has for name in names)]
        form = key_form(org.describe(mapping.api_name), mapping.key)
        _from_source(db, mapping, rule, rules, form, source)
        if rule.in_org and rules:
            _from_org(db, org, mapping, rules, form, rows_of)
        db.execute("CREATE INDEX by_mark ON marks (rule, mark)")
        number = _write(db, mapping, rules, path)
    database.unlink()
    return number


def _from_source(
    db: sqlite3.Connection,
    mapping: Mapping,
    rule: Duplicates,
    rules: list[tuple[str, ...]],
    form: Convert,
    source: Source,
) -> None:
    has = set(source.columns(mapping.table))
    wanted = [mapping.columns[name].source for names in rules for name in names]
    needed = [
        c.source for c in mapping.columns.values() if c.blank == "leave_out" and not c.default and c.source in has
    ]
    settled = [rule.settled] if rule.settled in has and rule.settled else []
    columns = list(dict.fromkeys([mapping.key_column, *wanted, *needed, *settled]))
    at = {name: number for number, name in enumerate(columns)}
    rows = source.rows(mapping.table, columns)
    while batch := list(islice(rows, _BATCH)):
        found = []
        keys = ((form(row.values[0]),) for row in batch)  # also of rows that are settled: their record is no stranger
        db.executemany("INSERT OR IGNORE INTO keys VALUES (?)", keys)
        for row in batch:
            if any(not row.values[at[name]] for name in needed) or any(
                row.values[at[name]].strip() for name in settled
            ):
                continue
            for number, names in enumerate(rules):
                values = [row.values[at[mapping.columns[name].source]] for name in names]
                if text := mark(values):
                    found.append(
                        (number, text, f"line {row.line}", row.values[at[mapping.key_column]], " / ".join(values))
                    )
        db.executemany("INSERT INTO marks VALUES (?, ?, ?, ?, ?)", found)


def _from_org(
    db: sqlite3.Connection,
    org: OrgClient,
    mapping: Mapping,
    rules: list[tuple[str, ...]],
    form: Convert,
    rows_of: CsvRows,
) -> None:
    """Records of the org that the load would not update: their key is none of the source's."""
    names = list(dict.fromkeys(name for each in rules for name in each))
    if not org.count(f"SELECT COUNT() FROM {mapping.api_name}"):
        return
    soql = f"SELECT {', '.join(('Id', mapping.key, *names))} FROM {mapping.api_name}"
    at = {name: number for number, name in enumerate(names, start=2)}
    for row in rows_of(org.bulk.query(soql)):
        if row[1] and db.execute("SELECT 1 FROM keys WHERE key = ?", (form(row[1]),)).fetchone():
            continue
        for number, each in enumerate(rules):
            values = [row[at[name]] for name in each]
            if text := mark(values):
                entry = (number, text, row[0], row[1], " / ".join(values))
                db.execute("INSERT INTO marks VALUES (?, ?, ?, ?, ?)", entry)


def _write(db: sqlite3.Connection, mapping: Mapping, rules: list[tuple[str, ...]], path: Path) -> int:
    """Groups of more than one, at least one of them a row of the source."""
    groups = db.execute(
        "SELECT rule, mark FROM marks GROUP BY rule, mark "
        "HAVING count(*) > 1 AND sum(owner LIKE 'line %') > 0 ORDER BY rule, mark"
    ).fetchall()
    if not groups:
        return 0
    number = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["group", "where", mapping.key, "same", "value"])
        for group, (rule, text) in enumerate(groups, start=1):
            rows = db.execute("SELECT owner, key, shown FROM marks WHERE rule = ? AND mark = ?", (rule, text))
            for owner, key, shown in rows:
                writer.writerow([group, owner, key, " / ".join(rules[rule]), shown])
                number += 1
    return number
