"""Rows that are there already: fields that Salesforce takes only on creation are left out of their update.

An upsert that names such a field (``OrderItem.OrderId``, ``PricebookEntry.Pricebook2Id``) is refused for every record that
exists. A row whose fixed values are the org's goes without them; one whose values differ is sent as it is, so that
the org says that it cannot be changed. The org's keys are kept in a small database on disk: memory stays flat.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from orgwright.errors import OrgwrightError
from orgwright.org import OrgClient
from orgwright.sync.columns import Convert, key_form

_SEPARATOR = "\x1f"


def fixed_columns(describe: Mapping[str, Any], header: Sequence[str], key: str) -> tuple[str, ...]:
    """The columns of a load that can be written on creation only.

    Args:
        describe: of the object.
        header: columns of the file: fields, or parents as ``Order.Key__c``.
        key: the external ID, which always stays.
    """
    fixed = [f for f in describe["fields"] if f["createable"] and not f["updateable"]]
    names = {field["name"].lower() for field in fixed}
    names |= {field["relationshipName"].lower() for field in fixed if field.get("relationshipName")}
    return tuple(column for column in header if column != key and column.partition(".")[0].lower() in names)


def need_fields(describe: Mapping[str, Any], sobject: str, header: Sequence[str]) -> None:
    """Refuse a file with fields that the user does not see, which the org would tell of each row."""
    seen = {str(field["name"]).lower() for field in describe["fields"]}
    hidden = [f"{sobject}.{column}" for column in header if "." not in column and column.lower() not in seen]
    if hidden:
        raise OrgwrightError(
            f"the loading user sees no field {', '.join(hidden)}",
            help="a new field is open to nobody: open it in a permission set of the spec, and name that in access.deployer "
            "or outage.bypass; then bring the org up again",
        )


def columns_of(file: Path) -> list[str]:
    """The header of a part."""
    with file.open(encoding="utf-8", newline="") as source:
        return next(csv.reader(source))


def split(
    org: OrgClient, sobject: str, key: str, file: Path, rows_of: Callable[[Iterable[bytes]], Iterator[list[str]]]
) -> tuple[Path, ...]:
    """The files that a part is sent as: itself when nothing is fixed or nothing is there yet, else new rows and known rows.

    Args:
        org: the org.
        sobject: object that is loaded.
        key: its external ID.
        file: CSV of the part.
        rows_of: reads the rows, without header, from the answer of a bulk query.

    Raises :class:`OrgwrightError` when the loading user does not see a field of the file.
    """
    header = columns_of(file)
    describe = org.describe(sobject)
    need_fields(describe, sobject, header)
    fixed = fixed_columns(describe, header, key)
    if not fixed or not org.count(f"SELECT COUNT() FROM {sobject} WHERE {key} != null"):
        return (file,)
    there = file.with_suffix(".there.db")
    there.unlink(missing_ok=True)
    with closing(sqlite3.connect(there)) as database:
        database.execute("CREATE TABLE there (key TEXT COLLATE NOCASE PRIMARY KEY, fixed TEXT) WITHOUT ROWID")
        soql = f"SELECT {', '.join((key, *fixed))} FROM {sobject} WHERE {key} != null"
        form = key_form(describe, key)
        found = ((form(row[0]), _SEPARATOR.join(row[1:])) for row in rows_of(org.bulk.query(soql)) if row[0] != key)
        database.executemany("INSERT OR REPLACE INTO there VALUES (?, ?)", found)
        files = _written(database, file, header, key, fixed, form)
    there.unlink()
    return files


def _written(
    database: sqlite3.Connection, file: Path, header: list[str], key: str, fixed: Sequence[str], form: Convert
) -> tuple[Path, ...]:
    at, places = header.index(key), [header.index(column) for column in fixed]
    kept = [number for number in range(len(header)) if number not in places]
    fresh, known = file.with_suffix(".new.csv"), file.with_suffix(".known.csv")
    counts = [0, 0]
    with (
        file.open(encoding="utf-8", newline="") as source,
        fresh.open("w", encoding="utf-8", newline="") as first,
        known.open("w", encoding="utf-8", newline="") as second,
    ):
        new, old = csv.writer(first, lineterminator="\n"), csv.writer(second, lineterminator="\n")
        new.writerow(header)
        old.writerow([header[number] for number in kept])
        rows = csv.reader(source)
        next(rows)
        for row in rows:
            found = database.execute("SELECT fixed FROM there WHERE key = ?", (form(row[at]),)).fetchone()
            same = found is not None and found[0] == _SEPARATOR.join(row[number] for number in places)
            counts[same] += 1
            if same:
                old.writerow([row[number] for number in kept])
            else:
                new.writerow(row)
    for path, count in zip((fresh, known), counts, strict=True):
        if not count:
            path.unlink()
    return tuple(path for path, count in zip((fresh, known), counts, strict=True) if count)
