"""From a query's tree to a plan: checked against the schema, with its SQL and the shape of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.schema.model import ChildRelationship, SObjectType
from orgwright.localorg.soql import functions, local, problem
from orgwright.localorg.soql.conditions import Conditions, Expression
from orgwright.localorg.soql.context import Against, Level
from orgwright.localorg.soql.grouping import grouped_sql
from orgwright.localorg.soql.literals import Parameter
from orgwright.localorg.soql.names import Scope
from orgwright.localorg.soql.parse import parse
from orgwright.localorg.soql.result import Column, QueryKind
from orgwright.localorg.soql.selection import Selection
from orgwright.localorg.soql.shape import Build, Shape, aggregate, builder
from orgwright.localorg.soql.tree import Call, Comparison, Order, Path, Query, Source, Value
from orgwright.localorg.store.tables import quote

_MAX_OFFSET = 2000


@dataclass
class Children:
    """A sub-query: its plan, and the SQL column by which its rows find their parent."""

    plan: Plan
    limit: Value | None
    offset: Value | None


@dataclass
class Plan:
    """A checked query, ready to run with other binds of the same form."""

    sql: str
    kind: QueryKind
    sobject: str
    columns: tuple[Column, ...]
    parameters: dict[str, Parameter]
    build: Build
    children: list[Children] = field(default_factory=list)
    id_column: int | None = None
    fields: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    """Lower-case names of types without a table when the plan was made."""
    locks: bool = False
    secured: bool = False
    """``WITH SECURITY_ENFORCED``: the running user's rights are asked before each run."""
    shape: Shape | None = None


def compile_query(query: Query, against: Against) -> Plan:
    """The plan of a top-level query. Raises :class:`QueryProblem`."""
    return Compiler(against).plan(query)


class Compiler:
    """Compiles one query with its sub-queries; they share the parameters' and aliases' names."""

    def __init__(self, against: Against) -> None:
        self.against = against
        self.parameters: dict[str, Parameter] = {}
        self.missing: set[str] = set()
        self.present: set[str] = set()
        self._aliases: Iterator[int] = count()
        has_table = against.has_table

        def watched(lower: str) -> bool:
            there = has_table(lower)
            (self.present if there else self.missing).add(lower)
            return there

        self.watched = replace(against, has_table=watched)

    def take_alias(self) -> str:
        """A new table alias."""
        return f"t{next(self._aliases)}"

    # --- the main query ---

    def plan(self, query: Query) -> Plan:
        """The plan of the top-level query."""
        scope = self.scope(query)
        _check_tail(query)
        conditions = Conditions(self.watched, self.parameters, lambda q, c: self.semi_join(q, scope.sobject))
        where = self.where(query, scope, conditions)
        if _is_count(query):
            return self.count(query, scope, where)
        aggregates = any(functions.is_aggregate(getattr(item, "what", None)) for item in query.select)
        if query.group or aggregates or query.having is not None:
            return self.aggregated(query, scope, where, conditions)
        found = self.records(query, scope, where)
        found.secured = query.security == "SECURITY_ENFORCED"
        return found

    def scope(self, query: Query) -> Scope:
        """The FROM clause: the object, its aliases, old-style joins."""
        first = query.sources[0]
        name = first.path.parts[0]
        sobject = self.watched.sobject(name)
        if sobject is None or not sobject.queryable:
            raise problem.no_sobject(name, first.path.at)
        return self.named_scope(query.sources, sobject)

    def named_scope(self, sources: tuple[Source, ...], sobject: SObjectType) -> Scope:
        """A scope on ``sobject`` that knows the names of FROM."""
        scope = Scope(
            self.watched, sobject, self.take_alias(), self.take_alias, parameters=self.parameters, shared=self.shared
        )
        first = sources[0]
        scope.names[sobject.name.lower()] = ()
        if first.alias:
            scope.names[first.alias.lower()] = ()
        for source in sources[1:]:
            base = source.path.parts[0].lower()
            if base not in scope.names or not source.alias:
                raise problem.no_child(source.path.text, source.path.at)
            scope.names[source.alias.lower()] = scope.names[base] + source.path.parts[1:]
        if sobject.parent_field(sobject.name) is not None:
            del scope.names[sobject.name.lower()]
        return scope

    def where(self, query: Query, scope: Scope, conditions: Conditions) -> list[str]:
        """The conditions of the main table."""
        found = []
        if scope.sobject.recyclable and not (query.all_rows or self.against.all_rows):
            found.append(f'{scope.alias}."IsDeleted" = 0')
        shared = self.shared(scope.sobject, scope.alias, self.against.level if scope.alias == "t0" else "read")
        if shared is not None:
            found.append(shared)
        if query.where is not None:
            found.append(conditions.sql(query.where, lambda what, use: self.find(scope, what, use)))
        return found

    # --- sharing ---

    def shared(self, sobject: SObjectType, alias: str, level: Level = "read") -> str | None:
        """The condition of the running user's sharing on a table; ``None`` when all its records are open to him."""
        if self.against.sharing is None or sobject.name.lower() in self.against.virtual:
            return None
        return self.against.sharing.condition(sobject, alias, level, self)

    def has_table(self, lower: str) -> bool:
        """Whether any row of the type was ever written."""
        return self.watched.has_table(lower)

    def criteria(self, soql: str) -> str:
        """The SQL of a sharing rule's records, whatever the user may see."""
        plain, bounds = self.watched, self.against
        self.watched, self.against = (replace(one, rights=None, sharing=None) for one in (plain, bounds))
        try:
            query = parse(soql)
            scope = self.scope(query)
            conditions = Conditions(self.watched, self.parameters, lambda q, c: self.semi_join(q, scope.sobject))
            return f'SELECT {scope.alias}."Id" {self.source(scope, self.where(query, scope, conditions))}'
        finally:
            self.watched, self.against = plain, bounds

    def find(self, scope: Scope, what: Path | Call, use: str | None = None) -> Expression:
        """The SQL of a path or function call outside of aggregates."""
        if isinstance(what, Call):
            if use == "filtered" and functions.is_aggregate(what):
                raise problem.malformed("unexpected token: '('", what.at)
            several = "MultiCurrency" in self.against.schema.feature_set
            made = functions.expression(what, lambda path: self.find(scope, path, None), currencies=several)
            self.parameters.update((name, one) for name, one in local.PARAMETERS.items() if f":{name}" in made.sql)
            return made
        ref = scope.resolve(what)
        found = ref.field
        allowed = {"filtered": found.filterable, "sorted": found.sortable, "grouped": found.groupable}
        if use is not None and not allowed[use] and found.type != "id":
            raise problem.cannot(use, what.text, what.at)
        if not found.stored and not found.calculated:
            raise problem.cannot(use or "used", what.text, what.at)
        return Expression(ref.sql, found.type, found.scale, what.parts[-1], found)

    def count(self, query: Query, scope: Scope, where: list[str]) -> Plan:
        """``SELECT COUNT() FROM ...``."""
        if query.order:
            raise problem.malformed("Ordered field must be grouped or aggregated", query.order[0].what.at)
        source = self.source(scope, where)
        sql = f"SELECT COUNT(*) {source}"
        if query.limit is not None:
            sql = f"SELECT COUNT(*) FROM (SELECT 1 {source} LIMIT {self.number(query.limit)})"
        return self._plan(sql, "count", scope.sobject, (), lambda row, children: row[0])

    def source(self, scope: Scope, where: list[str]) -> str:
        """FROM with its joins, and WHERE."""
        parts = [f"FROM {scope.table(scope.sobject)} AS {scope.alias}", *scope.joins]
        if where:
            parts.append("WHERE " + " AND ".join(where))
        return " ".join(parts)

    def number(self, value: Value) -> str:
        """A LIMIT or OFFSET as SQL."""
        if value.kind != "bind":
            return str(value.value)
        name, key = str(value.value).lower(), f"p{len(self.parameters)}"
        self.parameters[key] = lambda running: int(running.binds[name])
        return f":{key}"

    # --- records ---

    def records(self, query: Query, scope: Scope, where: list[str]) -> Plan:
        """A query of records, with parents and children."""
        selection = self.selection(query, scope)
        order = self.order(query, lambda what: self.find(scope, what, "sorted"))
        sql = f"SELECT {selection.sql()} {self.source(scope, where)}{order}"
        if query.limit is not None:
            sql += f" LIMIT {self.number(query.limit)}"
        if query.offset is not None:
            sql += ("" if query.limit is not None else " LIMIT -1") + f" OFFSET {self.number(query.offset)}"
        build = builder(selection.shape, self.against.form, self.against.url)
        plan = self._plan(sql, "records", scope.sobject, tuple(selection.columns), build)
        plan.children = selection.children
        plan.id_column = selection.shape.id_column
        plan.fields = tuple(selection.fields)
        plan.shape = selection.shape
        plan.locks = "UPDATE" in query.for_clauses
        return plan

    def selection(self, query: Query, scope: Scope, hidden: tuple[str, ...] = ()) -> Selection:
        """The SELECT list."""
        selection = Selection(self.watched, scope, self.child_plan, lambda call: self.find(scope, call))
        selection.add_all(query)
        selection.finish(hidden)
        return selection

    def order(self, query: Query, find: Callable[[Path | Call], Expression]) -> str:
        """ORDER BY, or nothing."""
        if not query.order:
            return ""
        return " ORDER BY " + ", ".join(_ordering(one, find(one.what)) for one in query.order)

    def _plan(self, sql: str, kind: QueryKind, sobject: SObjectType, columns: tuple[Column, ...], build: Build) -> Plan:
        return Plan(
            sql,
            kind,
            sobject.name,
            columns,
            self.parameters,
            build,
            missing=frozenset(self.missing),
            present=frozenset(self.present),
        )

    # --- sub-queries ---

    def child_plan(self, query: Query, parent: SObjectType) -> tuple[ChildRelationship, Children]:
        """A sub-query in the SELECT list."""
        source = query.sources[0]
        relation = parent.child(source.path.parts[-1])
        child = self.watched.sobject(relation.child) if relation else None
        if relation is None or child is None:
            raise problem.no_child(source.path.text, source.path.at)
        if query.group or any(functions.is_aggregate(getattr(i, "what", None)) for i in query.select):
            text = "unexpected token: 'GROUP'" if query.group else "Grouped or aggregated sub-queries are not allowed"
            raise problem.malformed(text, query.at)
        scope = self.named_scope(query.sources, child)
        conditions = Conditions(self.watched, self.parameters, lambda q, c: self.semi_join(q, child))
        key = f"{scope.alias}.{quote(relation.field)}"
        where = [f"{key} IN (SELECT value FROM json_each(:parents))", *self.where(query, scope, conditions)]
        selection = self.selection(query, scope, hidden=(key,))
        order = self.order(query, lambda what: self.find(scope, what, "sorted"))
        sql = f"SELECT {selection.sql()} {self.source(scope, where)}{order}"
        build = builder(selection.shape, self.against.form, self.against.url)
        plan = self._plan(sql, "records", child, tuple(selection.columns), build)
        plan.children, plan.id_column = selection.children, selection.shape.id_column
        return relation, Children(plan, query.limit, query.offset)

    def semi_join(self, query: Query, outer: SObjectType) -> str:
        """``IN (SELECT AccountId FROM Contact ...)``."""
        scope = self.scope(query)
        item = query.select[0] if len(query.select) == 1 else None
        what = getattr(item, "what", None)
        if not isinstance(what, Path) or query.order or query.limit or query.group:
            shown = query.order[0].what if query.order else None
            raise problem.malformed("semi join sub selects can only query id fields", getattr(shown, "at", query.at))
        ref = scope.resolve(what)
        if ref.field.type not in ("id", "reference") or ref.parents:
            text = f"semi join sub selects can only query id fields, cannot use: '{what.text}'"
            raise QueryProblem(text, "MALFORMED_QUERY", what.at)
        if scope.sobject.name == outer.name and ref.field.type == "id":
            text = "The inner and outer selects should not be on the same object type"
            raise QueryProblem(text, "MALFORMED_QUERY", query.at)

        def nested(inner: Query, condition: Comparison) -> str:
            raise problem.malformed("Nesting of semi join sub-selects is not supported", inner.at)

        conditions = Conditions(self.watched, self.parameters, nested)
        where = [*self.where(query, scope, conditions), f"{ref.sql} IS NOT NULL"]
        return f"SELECT {ref.sql} {self.source(scope, where)}"

    # --- aggregates ---

    def aggregated(self, query: Query, scope: Scope, where: list[str], conditions: Conditions) -> Plan:
        """GROUP BY, or aggregates over everything."""
        if query.group is None and (query.limit is not None or query.offset is not None):
            text = "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
            raise problem.malformed(text, (query.limit or query.offset or Value("null", None, 0)).at)

        def find(what: Path | Call, use: str | None = None) -> Expression:
            return self.find(scope, what, use)

        grouped = grouped_sql(query, find, conditions)
        source = self.source(scope, where)
        sql = grouped.sql(source)
        order = self.order(query, grouped.ordering(find))
        if order:
            sql = f"{sql}{order}"
        if query.limit is not None:
            sql += f" LIMIT {self.number(query.limit)}"
        if query.offset is not None:
            sql += ("" if query.limit is not None else " LIMIT -1") + f" OFFSET {self.number(query.offset)}"
        build = aggregate(grouped.slots, self.against.form)
        return self._plan(sql, "aggregate", scope.sobject, tuple(grouped.columns), build)


def _ordering(order: Order, found: Expression) -> str:
    direction = "DESC" if order.descending else "ASC"
    ranked = functions.picklist_order(found)
    # values that a picklist does not define rank alike, and sort by their texts
    beside = f", {found.sql} {direction}" if ranked != found.sql else ""
    return f"{ranked} {direction} NULLS {order.nulls or 'FIRST'}{beside}"


def _is_count(query: Query) -> bool:
    what: Any = getattr(query.select[0], "what", None)
    if not (isinstance(what, Call) and what.name == "COUNT" and not what.arguments):
        return False
    if len(query.select) > 1:
        raise problem.malformed("unexpected token: ','", what.at)
    return query.group is None


def _check_tail(query: Query) -> None:
    if query.offset is not None and isinstance(query.offset.value, int) and query.offset.value > _MAX_OFFSET:
        text = f"Maximum SOQL offset allowed is {_MAX_OFFSET}"
        raise QueryProblem(text, "NUMBER_OUTSIDE_VALID_RANGE", query.offset.at)
    if "UPDATE" in query.for_clauses and query.order:
        raise problem.malformed("ORDER BY is not allowed with FOR UPDATE", query.order[0].what.at)
    if query.scope is not None and query.scope.lower() not in ("everything",):
        raise problem.unsupported(f"USING SCOPE {query.scope}", query.at)
    if query.update:
        raise problem.unsupported(f"UPDATE {query.update[0]}", query.at)
