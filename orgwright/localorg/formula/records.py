"""Formulas worked out for records that are being saved, which the store does not have yet."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from orgwright.localorg.formula.globals import Globals
from orgwright.localorg.formula.values import Source
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.soql.context import Against, Running
from orgwright.localorg.soql.literals import Parameter
from orgwright.localorg.soql.names import Scope
from orgwright.localorg.store.tables import quote

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

Stored = Mapping[str, Any]
_OWN = re.compile(r't0\."(\w+)"')


def read_sources(
    tx: Transaction,
    sobject: SObjectType,
    sources: Sequence[Source],
    rows: Sequence[Stored],
    olds: Sequence[Stored | None],
) -> list[list[Any]]:
    """The stored forms of what a formula reads, for each row; ``olds`` are the rows before the save."""
    columns: list[Sequence[Any]] = []
    globals_ = Globals(tx)
    joined = [s for s in sources if s.origin == "field" and not _own(s)]
    far = dict(zip((s.key for s in joined), _far(tx, sobject, joined, rows), strict=True)) if joined else {}
    for source in sources:
        name = source.field.name if source.field else ""
        if source.key in far:
            columns.append(far[source.key])
        elif source.origin == "field":
            columns.append([row.get(name) for row in rows])
        elif source.origin == "prior":
            columns.append([None if old is None else old.get(name) for old in olds])
        elif source.origin == "new":
            columns.append([old is None for old in olds])
        else:
            columns.append([globals_(source)] * len(rows))
    return [list(values) for values in zip(*columns, strict=True)] if columns else [[] for _ in rows]


def _own(source: Source) -> bool:
    return not source.steps and source.field is not None and source.field.stored


def _far(tx: Transaction, sobject: SObjectType, sources: Sequence[Source], rows: Sequence[Stored]) -> list[list[Any]]:
    """Fields of parents, and calculated fields."""
    reader = _Reader(tx, sobject)
    return reader.read([reader.scope.source(source, sobject, reader.scope.alias) for source in sources], rows)


def calculated(
    tx: Transaction, sobject: SObjectType, fields: Sequence[Field], rows: Sequence[Stored]
) -> list[list[Any]]:
    """The stored forms of calculated fields, a list for each field."""
    reader = _Reader(tx, sobject)
    return reader.read([reader.scope.column(field, sobject, reader.scope.alias) for field in fields], rows)


class _Reader:
    """SQL over rows that are handed in as JSON, joined to what is stored."""

    def __init__(self, tx: Transaction, sobject: SObjectType) -> None:
        self.tx = tx
        self.parameters: dict[str, Parameter] = {}
        aliases = count(1)
        against = Against(tx.schema, None, tx.has_table)
        self.scope = Scope(against, sobject, "t0", lambda: f"t{next(aliases)}", parameters=self.parameters)

    def read(self, expressions: Sequence[str], rows: Sequence[Stored]) -> list[list[Any]]:
        joins = " ".join(self.scope.joins)
        names = list(dict.fromkeys(_OWN.findall(" ".join(expressions) + joins)))
        columns = "".join(f", json_extract(value, '$[{n}]') AS {quote(name)}" for n, name in enumerate(names))
        data = json.dumps([[row.get(name) for name in names] for row in rows])
        base = f"(SELECT key AS at{columns} FROM json_each(:rows))"
        sql = f"SELECT {', '.join(expressions)} FROM {base} AS t0 {joins} ORDER BY t0.at"
        running = Running(self.tx.now(), {}, Globals(self.tx), self.tx.user)
        values = {name: make(running) for name, make in self.parameters.items()}
        found = self.tx.connection.execute(sql, {**values, "rows": data}).fetchall()
        return [list(column) for column in zip(*found, strict=True)]
