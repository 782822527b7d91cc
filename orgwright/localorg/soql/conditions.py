"""WHERE and HAVING as SQL."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from orgwright.apex.host import QueryProblem
from orgwright.localorg.schema.model import Field
from orgwright.localorg.soql import dates, problem
from orgwright.localorg.soql.context import Against, Running
from orgwright.localorg.soql.literals import Kind, Parameter, bound, constant, is_list, is_plain, literal, needs_folding
from orgwright.localorg.soql.tree import Call, Comparison, Condition, Path, Query, Value
from orgwright.localorg.store.forms import datetime_text
from orgwright.localorg.store.tables import is_indexed

_FLAT = 64
"""Conditions that stand side by side in one parenthesis."""


@dataclass(frozen=True)
class Expression:
    """SQL of something that can be compared, sorted or selected, with its type."""

    sql: str
    type: str
    scale: int
    name: str
    field: Field | None = None


class Expressions(Protocol):
    """Finds the SQL of a path or function; WHERE and HAVING differ in what they allow."""

    def __call__(self, what: Path | Call, use: str) -> Expression: ...


@dataclass
class Conditions:
    """Turns conditions into SQL; collects the parameters under ``:p0``, ``:p1`` ..."""

    against: Against
    parameters: dict[str, Parameter]
    subquery: Callable[[Query, Comparison], str]
    semi_joins: int = field(default=0)

    def sql(self, condition: Condition, find: Expressions, *, top: bool = True, within: str = "") -> str:
        """The SQL of ``condition``; true for a row that the query keeps."""
        if isinstance(condition, Comparison):
            return self._comparison(condition, find, within)
        if condition.operator == "NOT":
            return f"NOT COALESCE({self.sql(condition.parts[0], find, top=False, within='NOT')}, 0)"
        inner = "OR" if condition.operator == "OR" or within == "OR" else within
        parts = [self.sql(part, find, top=False, within=inner) for part in condition.parts]
        return _joined(condition.operator, parts)

    def add(self, parameter: Parameter) -> str:
        """The placeholder of a new parameter."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = parameter
        return f":{name}"

    def _comparison(self, condition: Comparison, find: Expressions, within: str) -> str:
        left = find(condition.left, "filtered")
        kind = Kind(left.type, left.scale, left.name)
        operator, right = condition.operator, condition.right
        if isinstance(right, Query):
            return self._semi_join(condition, right, left, within)
        if operator in ("IN", "NOT IN"):
            return self._in(left, kind, operator == "NOT IN", right)
        if operator in ("=", "!=") and isinstance(right, Value) and self._lists(right):
            return self._in(left, kind, operator == "!=", right)
        if operator in ("INCLUDES", "EXCLUDES"):
            return self._includes(left, operator, right if isinstance(right, tuple) else (right,))
        if isinstance(right, tuple):
            raise problem.malformed("unexpected token: '('", condition.at)
        if operator == "LIKE":
            return self._like(left, kind, right, condition.at)
        if left.type == "multipicklist" and operator in ("<", ">", "<=", ">="):
            raise QueryProblem(
                f"invalid operator on multiselect picklist field: {left.name}", "INVALID_FIELD", condition.at
            )
        if right.kind == "dateliteral":
            return self._date_range(left, operator, right)
        return self._plain(left, kind, operator, right, condition.at)

    # --- operators ---

    def _plain(self, left: Expression, kind: Kind, operator: str, right: Value, at: int) -> str:
        value = self._known(right, kind)
        if left.type == "boolean":
            if operator not in ("=", "!="):
                raise QueryProblem("invalid operator on boolean field", "INVALID_QUERY_FILTER_OPERATOR", at)
            return self._boolean(left, operator, right, kind)
        if left.type in ("id", "reference") and operator not in ("=", "!=", "<", ">", "<=", ">="):
            raise QueryProblem("invalid operator on id field", "INVALID_QUERY_FILTER_OPERATOR", at)
        placeholder = self._parameter(right, kind)
        column = left.sql
        if needs_folding(left.type) and not is_plain(value):
            column, placeholder = f"casefold({column})", f"casefold({placeholder})"
        if operator == "=" and value is not None and left.field is not None and is_indexed(left.field):
            # indexes leave nulls out: only a condition that does so too may use them
            return f"({column} IS {placeholder} AND {column} IS NOT NULL)"
        if operator == "=":
            return f"{column} IS {placeholder}"
        if operator == "!=":
            return f"{column} IS NOT {placeholder}"
        return f"{column} {operator} {placeholder}"

    def _boolean(self, left: Expression, operator: str, right: Value, kind: Kind) -> str:
        placeholder = self._parameter(right, kind)
        return f"COALESCE({left.sql}, 0) {operator} COALESCE({placeholder}, 0)"

    def _known(self, value: Value, kind: Kind) -> Any:
        """The value as far as it is known when the plan is made."""
        if value.kind != "bind":
            return literal(value, kind)
        if self.against.binds is None:
            return None
        return bound(self._bind(value), kind) if not is_list(self._bind(value)) else None

    def _lists(self, value: Value) -> bool:
        """Whether it is a bind that holds a list or a set: ``= :ids`` means IN, ``LIKE :patterns`` any of them."""
        return value.kind == "bind" and self.against.binds is not None and is_list(self._bind(value))

    def _bind(self, value: Value) -> Any:
        name = str(value.value).lower()
        binds = self.against.binds or {}
        if name not in binds:
            raise QueryProblem(f"Key '{value.value}' does not exist in the bindMap", "MALFORMED_QUERY", value.at)
        return binds[name]

    def _parameter(self, value: Value, kind: Kind) -> str:
        if value.kind == "bind":
            name = str(value.value).lower()
            return self.add(lambda running: bound(running.binds.get(name), kind))
        return self.add(constant(literal(value, kind)))

    def _like(self, left: Expression, kind: Kind, right: Value, at: int) -> str:
        if left.type in ("id", "reference"):
            raise QueryProblem("invalid operator on id field", "INVALID_QUERY_FILTER_OPERATOR", at)
        if left.type in ("boolean", "int", "double", "currency", "percent", "date", "datetime", "time"):
            raise QueryProblem(f"invalid operator on {left.type} field", "INVALID_QUERY_FILTER_OPERATOR", at)
        if self._lists(right):
            _, listed = self._members(right, kind)
            return f"EXISTS (SELECT 1 FROM json_each({listed}) WHERE casefold({left.sql}) LIKE casefold(value) ESCAPE '\\')"
        value = self._known(right, kind)
        if value is None and right.kind != "bind":
            return f"{left.sql} IS NULL"
        placeholder = self._parameter(right, kind)
        column = left.sql
        if not is_plain(value):
            column, placeholder = f"casefold({column})", f"casefold({placeholder})"
        return f"COALESCE({column} LIKE {placeholder} ESCAPE '\\', 0)"

    def _in(self, left: Expression, kind: Kind, negative: bool, right: Value | tuple[Value, ...]) -> str:
        values, placeholder = self._members(right, kind)
        has_null = any(v is None for v in values)
        column = left.sql
        listed = f"(SELECT value FROM json_each({placeholder}))"
        if needs_folding(left.type) and not all(map(is_plain, values)):
            column, listed = f"casefold({column})", f"(SELECT casefold(value) FROM json_each({placeholder}))"
        if negative:
            tail = f"AND {column} IS NOT NULL" if has_null else f"OR {column} IS NULL"
            return f"({column} NOT IN {listed} {tail})"
        return f"({column} IN {listed} OR {column} IS NULL)" if has_null else f"{column} IN {listed}"

    def _members(self, right: Value | tuple[Value, ...], kind: Kind) -> tuple[list[Any], str]:
        """The values known now, and the parameter that holds them as a JSON list."""
        if isinstance(right, Value):
            name = str(right.value).lower()

            def listed(running: Running) -> str:
                return json.dumps([v for v in (bound(one, kind) for one in running.binds[name]) if v is not None])

            if self.against.binds is None:
                return [], self.add(constant("[]"))
            given = self._bind(right)
            if not is_list(given):
                given = [given]
                return [bound(given[0], kind)], self.add(lambda running: json.dumps([bound(running.binds[name], kind)]))
            return [bound(one, kind) for one in given], self.add(listed)
        values: list[Any] = []
        for one in right:
            if one.kind == "bind":
                single = self._bind(one) if self.against.binds is not None else None
                values.append(bound(single, kind))
            elif one.kind == "dateliteral":
                raise problem.unsupported("a date literal inside IN", one.at)
            else:
                values.append(literal(one, kind))
        return values, self.add(constant(json.dumps([v for v in values if v is not None])))

    def _includes(self, left: Expression, operator: str, values: tuple[Value, ...]) -> str:
        if left.type != "multipicklist":
            raise QueryProblem(
                f"invalid operator on {left.type} field: {left.name}", "INVALID_QUERY_FILTER_OPERATOR", values[0].at
            )
        kind = Kind("multipicklist", 0, left.name)
        groups = []
        for value in values:
            text = str(self._known(value, kind) or "")
            if value.kind == "bind" and self.against.binds is None:
                groups.append("0")
                continue
            hits = [
                f"instr(lower(';' || {left.sql} || ';'), {self.add(constant(f';{part.strip().lower()};'))}) > 0"
                for part in text.split(";")
            ]
            groups.append("(" + " AND ".join(hits) + ")")
        found = "(" + " OR ".join(groups) + ")"
        return f"COALESCE({found}, 0)" if operator == "INCLUDES" else f"NOT COALESCE({found}, 0)"

    def _date_range(self, left: Expression, operator: str, right: Value) -> str:
        if left.type not in ("date", "datetime"):
            raise problem.wrong_value(left.name, "string" if needs_folding(left.type) else left.type, right.at)
        name, count = str(right.value), right.count
        stamp = left.type == "datetime"

        def edge(which: int) -> Parameter:
            def value(running: Running) -> str:
                zone = running.zone()
                day: dt.date = dates.span(name, count, running.now.astimezone(zone).date())[which]
                return datetime_text(dt.datetime.combine(day, dt.time(), zone)) if stamp else day.isoformat()

            return value

        column = left.sql
        start, end = self.add(edge(0)), self.add(edge(1))
        forms = {
            "=": f"({column} >= {start} AND {column} < {end})",
            "!=": f"({column} < {start} OR {column} >= {end} OR {column} IS NULL)",
            "<": f"{column} < {start}",
            "<=": f"{column} < {end}",
            ">": f"{column} >= {end}",
            ">=": f"{column} >= {start}",
        }
        return forms[operator]

    def _semi_join(self, condition: Comparison, query: Query, left: Expression, within: str) -> str:
        if within == "OR":
            raise problem.malformed("Semi join sub-selects are not allowed with the 'OR' operator", query.at)
        if within == "NOT":
            text = "Semi join sub-selects are only allowed at the top level WHERE expressions."
            raise problem.malformed(f"{text}", query.at)
        if left.type not in ("id", "reference"):
            text = f"The left operand in the where expression with 'IN' or 'NOT IN' must be an id or reference field, cannot use: '{left.name}'"
            raise QueryProblem(text, "INVALID_QUERY_FILTER_OPERATOR", condition.at)
        self.semi_joins += 1
        if self.semi_joins > 2:
            raise QueryProblem(
                "Maximum 2 semi join sub-selects are allowed", "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS", query.at
            )
        inner = self.subquery(query, condition)
        if condition.operator == "NOT IN":
            return f"({left.sql} NOT IN ({inner}) OR {left.sql} IS NULL)"
        return f"{left.sql} IN ({inner})"


def _joined(operator: str, parts: Sequence[str]) -> str:
    """Conditions with AND or OR between them, as a tree of little depth: SQLite takes only so much."""
    if len(parts) <= _FLAT:
        return "(" + f" {operator} ".join(parts) + ")"
    half = len(parts) // 2
    return f"({_joined(operator, parts[:half])} {operator} {_joined(operator, parts[half:])})"
