"""GROUP BY with its subtotals, aggregates and HAVING."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

from orgwright.localorg.soql import functions, problem
from orgwright.localorg.soql.conditions import Conditions, Expression
from orgwright.localorg.soql.result import Column
from orgwright.localorg.soql.shape import Slot
from orgwright.localorg.soql.tree import Call, Item, Path, Query


class Find(Protocol):
    """Finds the SQL of a path or function."""

    def __call__(self, what: Path | Call, use: str | None = None) -> Expression:
        """``use`` is what is done with it: filtered, sorted, grouped."""


@dataclass
class Grouped:
    """The parts of an aggregate query."""

    kind: str
    keys: list[Expression]
    outputs: list[Expression | int] = field(default_factory=list)
    """Selected expressions; a number stands for GROUPING of that key."""
    slots: list[Slot] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    having: str = ""

    def sql(self, source: str) -> str:
        """The SELECT of every grouping set, joined."""
        if self.kind == "plain" or not self.keys:
            return self._select(source, tuple(range(len(self.keys))))
        size = len(self.keys)
        if self.kind == "ROLLUP":
            sets = [tuple(range(n)) for n in range(size, -1, -1)]
        else:
            sets = [c for n in range(size, -1, -1) for c in combinations(range(size), n)]
        return "SELECT * FROM (" + " UNION ALL ".join(self._select(source, one) for one in sets) + ")"

    def _select(self, source: str, present: tuple[int, ...]) -> str:
        shown = {key.sql for n, key in enumerate(self.keys) if n in present}
        absent = {key.sql for n, key in enumerate(self.keys) if n not in present}
        parts = []
        for n, output in enumerate(self.outputs):
            if isinstance(output, int):
                parts.append(f"{int(output not in present)} AS c{n}")
            elif output.sql in absent and output.sql not in shown:
                parts.append(f"NULL AS c{n}")
            else:
                parts.append(f"{output.sql} AS c{n}")
        sql = f"SELECT {', '.join(parts)} {source}"
        if present:
            sql += " GROUP BY " + ", ".join(self.keys[n].sql for n in present)
        return sql + (f" HAVING {self.having}" if self.having else "")

    def ordering(self, find: Find) -> Callable[[Path | Call], Expression]:
        """Finds what ORDER BY may name."""

        def one(what: Path | Call) -> Expression:
            found = find(what, None if isinstance(what, Call) else "sorted")
            if not functions.is_aggregate(what) and all(found.sql != key.sql for key in self.keys):
                text = what.text if isinstance(what, Path) else what.name
                raise problem.malformed(f"Ordered field must be grouped or aggregated: {text}", what.at)
            if self.kind == "plain":
                return found
            for n, output in enumerate(self.outputs):
                if isinstance(output, Expression) and output.sql == found.sql:
                    return Expression(f"c{n}", found.type, found.scale, found.name)
            raise problem.unsupported("ordering subtotals by what is not selected", what.at)

        return one


def grouped_sql(query: Query, find: Find, conditions: Conditions) -> Grouped:
    """The aggregate query's parts, checked. Raises :class:`QueryProblem`."""
    by = query.group.by if query.group else ()
    for one in by:
        if functions.is_aggregate(one):
            name = one.name if isinstance(one, Call) else one.text
            raise problem.malformed(f"Grouped field should not be aggregated: {name}", one.at)
    keys = [find(one, "grouped" if isinstance(one, Path) else None) for one in by]
    grouped = Grouped(query.group.kind if query.group else "plain", keys)
    if grouped.kind != "plain" and len(keys) > 3:
        raise problem.malformed(f"GROUP BY {grouped.kind} takes at most 3 fields", query.at)
    unnamed = 0
    for item in query.select:
        if not isinstance(item, Item):
            raise problem.malformed("unexpected token: '('", query.at)
        if isinstance(item.what, Call) and item.what.name == "COUNT" and not item.what.arguments:
            raise problem.malformed("COUNT() stands alone, without GROUP BY: use COUNT(fieldName)", item.what.at)
        unnamed = _add(grouped, item, find, unnamed)
    if query.having is not None:
        grouped.having = conditions.sql(query.having, lambda what, use: _having(grouped, what, find))
    return grouped


def _add(grouped: Grouped, item: Item, find: Find, unnamed: int) -> int:
    what = item.what
    if isinstance(what, Call) and what.name == "GROUPING":
        key, unnamed = (item.alias, unnamed) if item.alias else (f"expr{unnamed}", unnamed + 1)
        grouped.slots.append(Slot(key, len(grouped.outputs), "int", 0))
        grouped.columns.append(Column(key, key, "int", text="" if item.alias else what.text, aggregate=True))
        grouped.outputs.append(_grouping(grouped, what, find))
        return unnamed
    found = find(what)
    aggregated = functions.is_aggregate(what)
    if not aggregated and all(found.sql != key.sql for key in grouped.keys):
        text = what.text if isinstance(what, Path) else what.name
        raise problem.malformed(f"Field must be grouped or aggregated: {text}", what.at)
    if item.alias:
        key = item.alias
    elif isinstance(what, Call):
        key, unnamed = f"expr{unnamed}", unnamed + 1
    else:
        key = found.field.name if found.field else found.name
    if any(slot.key.lower() == key.lower() for slot in grouped.slots):
        raise problem.malformed(f"duplicate alias: {key}", what.at)
    grouped.slots.append(Slot(key, len(grouped.outputs), found.type, found.scale))
    writable = found.field if isinstance(what, Path) else None
    grouped.columns.append(
        Column(
            key,
            key,
            found.type,
            field=found.field.name if found.field else None,
            text=what.text if aggregated and not item.alias else "",
            createable=writable is not None and writable.createable,
            updateable=writable is not None and writable.updateable,
            aggregate=aggregated,
        )
    )
    grouped.outputs.append(found)
    return unnamed


def _grouping(grouped: Grouped, call: Call, find: Find) -> int:
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    if isinstance(argument, Path):
        wanted = find(argument)
        for n, key in enumerate(grouped.keys):
            if key.sql == wanted.sql:
                return n
    raise problem.malformed("GROUPING takes a field of the GROUP BY clause", call.at)


def _having(grouped: Grouped, what: Path | Call, find: Find) -> Expression:
    found = find(what)
    if not functions.is_aggregate(what) and all(found.sql != key.sql for key in grouped.keys):
        text = what.text if isinstance(what, Path) else what.name
        raise problem.malformed(f"Field must be grouped or aggregated: {text}", what.at)
    return found
