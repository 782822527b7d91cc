"""By which fields' indexes a plan finds its records, as SQLite itself tells."""

from __future__ import annotations

import re
import sqlite3

from orgwright.localorg.soql.compile import Plan
from orgwright.localorg.soql.context import Running

_SEARCH = re.compile(r"SEARCH t0 USING (?:COVERING )?INDEX [^(]*\(([^)]*)\)")
_COLUMN = re.compile(r"(\w+)[=<>]")


def leading_fields(plan: Plan, connection: sqlite3.Connection, running: Running) -> tuple[str, ...]:
    """The fields of the main object whose indexes are used; empty when all its records are read."""
    parameters = {name: make(running) for name, make in plan.parameters.items()}
    rows = connection.execute(f"EXPLAIN QUERY PLAN {plan.sql}", parameters).fetchall()
    found = [column for row in rows for used in _SEARCH.findall(row[-1]) for column in _COLUMN.findall(used)]
    return tuple(dict.fromkeys(found))
