"""Plans made once, run against a connection."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orgwright.localorg.soql.compile import Children, Plan, compile_query
from orgwright.localorg.soql.context import Against, Running
from orgwright.localorg.soql.literals import is_list, is_null, is_plain
from orgwright.localorg.soql.parse import parse
from orgwright.localorg.soql.problem import malformed
from orgwright.localorg.soql.result import QueryResult
from orgwright.localorg.soql.shape import Parent, Shape, Slot
from orgwright.localorg.store.forms import Decoder, json_decoder

_KEPT = 512
_PARENTS = 20_000


class Plans:
    """The plans of recent queries; a plan fits as long as schema, rights and the form of the binds are the same."""

    def __init__(self) -> None:
        self._plans: OrderedDict[tuple[Any, ...], Plan] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, soql: str, against: Against, rights_key: object) -> Plan:
        """The plan of ``soql``; raises :class:`QueryProblem`."""
        if against.virtual:
            return compile_query(parse(soql), against)
        key = (
            soql,
            id(against.schema),
            rights_key,
            against.all_rows,
            against.form,
            against.with_ids,
            against.url,
            _form(against.binds),
        )
        plan = self._plans.get(key)
        # tables come with their first row, and go when a rollback takes that row away
        if (
            plan is not None
            and all(map(against.has_table, plan.present))
            and not any(map(against.has_table, plan.missing))
        ):
            self._plans.move_to_end(key)
            return plan
        plan = compile_query(parse(soql), against)
        self._plans[key] = plan
        if len(self._plans) > _KEPT:
            self._plans.popitem(last=False)
        return plan

    def clear(self) -> None:
        """Forget all plans, because the schema changed."""
        with self._lock:
            self._plans.clear()


def _form(binds: Mapping[str, Any] | None) -> tuple[Any, ...]:
    """What of the binds a plan depends on: lists, nulls, text beyond ASCII."""
    return tuple((name, _one(value)) for name, value in sorted((binds or {}).items()))


def _one(value: Any) -> str:
    if is_list(value):
        values = list(value)
        mark = "l" + ("0" if any(map(is_null, values)) else "")
        return mark if all(map(is_plain, values)) else mark + "u"
    if is_null(value):
        return "0"
    return "" if is_plain(value) else "u"


def execute(plan: Plan, connection: sqlite3.Connection, running: Running) -> QueryResult:
    """Run a plan and build its rows."""
    parameters = {name: make(running) for name, make in plan.parameters.items()}
    cursor = connection.execute(plan.sql, parameters)
    if plan.kind == "count":
        return QueryResult([], cursor.fetchone()[0], "count", plan.sobject)
    build = plan.build
    if not plan.children:
        records = [build(row, ()) for row in cursor]
    else:
        rows = cursor.fetchall()
        records = _with_children(plan, rows, connection, parameters, running)
    return QueryResult(records, len(records), plan.kind, plan.sobject, plan.columns)


def _with_children(
    plan: Plan, rows: Sequence[Any], connection: sqlite3.Connection, parameters: dict[str, Any], running: Running
) -> list[Any]:
    column = plan.id_column or 0
    parents = [row[column] for row in rows]
    children = [_children(one, parents, connection, parameters, running) for one in plan.children]
    return [plan.build(row, children) for row in rows]


def _children(
    one: Children, parents: list[str], connection: sqlite3.Connection, parameters: dict[str, Any], running: Running
) -> dict[str, list[Any]]:
    plan = one.plan
    found: dict[str, list[Any]] = defaultdict(list)
    for start in range(0, len(parents), _PARENTS):
        values = {**parameters, "parents": json.dumps(parents[start : start + _PARENTS])}
        rows = connection.execute(plan.sql, values).fetchall()
        if plan.children:
            records = _with_children(plan, rows, connection, parameters, running)
        else:
            records = [plan.build(row, ()) for row in rows]
        for row, record in zip(rows, records, strict=True):
            found[row[-1]].append(record)
    first = _number(one.offset, running) or 0
    limit = _number(one.limit, running)
    if first or limit is not None:
        stop = None if limit is None else first + limit
        return {key: records[first:stop] for key, records in found.items()}
    return found


def _number(value: Any, running: Running) -> int | None:
    if value is None:
        return None
    return int(running.binds[str(value.value).lower()]) if value.kind == "bind" else int(value.value)


def flat(plan: Plan, connection: sqlite3.Connection, running: Running) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Header and streamed JSON values of a query without sub-queries, for bulk queries."""
    if plan.shape is None or plan.children:
        raise malformed("Aggregate and nested queries are not supported in bulk queries", 0)
    slots = list(_slots(plan.shape, ""))
    parameters = {name: make(running) for name, make in plan.parameters.items()}
    cursor = connection.execute(plan.sql, parameters)
    columns = [slot.column for _, slot in slots]
    decoders = [json_decoder(slot.type, slot.scale) for _, slot in slots]
    return [path for path, _ in slots], _stream(cursor, columns, decoders)


def _slots(shape: Shape, prefix: str) -> Iterator[tuple[str, Slot]]:
    for entry in shape.entries:
        if isinstance(entry, Slot):
            yield prefix + entry.key, entry
        elif isinstance(entry, Parent) and not entry.variants:
            yield from _slots(entry.shape, f"{prefix}{entry.key}.")
        else:
            raise malformed(f"{entry.key} is not supported in bulk queries", 0)


def _stream(
    cursor: sqlite3.Cursor, columns: Sequence[int], decoders: Sequence[Decoder | None]
) -> Iterator[tuple[Any, ...]]:
    wanted = [(n, decode) for n, decode in enumerate(decoders) if decode is not None]
    for row in cursor:
        values = [row[column] for column in columns]
        for n, decode in wanted:
            if values[n] is not None:
                values[n] = decode(values[n])
        yield tuple(values)
