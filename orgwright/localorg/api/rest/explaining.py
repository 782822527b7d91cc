"""``query?explain=``: how a query finds its records.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query_performance_feedback.htm

The plans are those of the embedded org: its own indexes, numbers counted instead of estimated. Their cost is what Salesforce documents it to be, the number
of records against the number up to which a filter counts as selective.
"""

from __future__ import annotations

import re
from typing import Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.api.http import Answer, ApiError, Request, Unsupported, json_answer
from orgwright.localorg.api.rest.saving import query_error
from orgwright.localorg.org import Transaction
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.soql.parse import parse
from orgwright.localorg.soql.tokens import tokens
from orgwright.localorg.soql.tree import Path, Query, comparisons
from orgwright.localorg.store.tables import is_indexed

_ID = re.compile(r"00[BO]\w{12}(?:\w{3})?")
_TAIL = frozenset(("ALL", "FOR", "GROUP", "HAVING", "LIMIT", "OFFSET", "ORDER", "UPDATE", "WITH"))
_MILLION = 1_000_000
_UNINDEXED = "Not considering filter for optimization because unindexed"


def explain(request: Request) -> Answer:
    """The plans of a query, the one that would be used first."""
    soql = request.query["explain"]
    if _ID.fullmatch(soql):
        raise Unsupported("The plan of a report or list view (explain)")
    if not soql.strip():
        raise ApiError("MALFORMED_QUERY", "A query string has to be specified")
    with request.reading() as tx:
        try:
            return json_answer({"plans": _plans(tx, soql), "sourceQuery": soql})
        except QueryProblem as problem:
            raise query_error(problem, soql) from None


def _plans(tx: Transaction, soql: str) -> list[dict[str, Any]]:
    fields = tx.leading_fields(soql)
    query = parse(soql)
    sobject = tx.schema.sobject(query.sources[0].path.parts[0])
    if sobject is None:
        raise Unsupported("The plan of a query on an object without a table (explain)")
    everything = tx.query(f"SELECT COUNT() FROM {sobject.name}", access="system", all_rows=True).total
    found = tx.query(f"SELECT COUNT() {_filtered(query, soql)}").total
    facts = {
        "cardinality": found,
        "notes": _notes(query, sobject, fields),
        "sobjectCardinality": everything,
        "sobjectType": sobject.name,
    }
    scan = _plan("TableScan", (), everything / _selective(everything), facts)
    standard = not any(name.endswith("__c") for name in fields)
    if not fields:
        return [scan]
    return [_plan("Index", fields, found / _selective(everything, standard=standard), facts), scan]


def _plan(operation: str, fields: tuple[str, ...], cost: float, facts: dict[str, Any]) -> dict[str, Any]:
    plan = {**facts, "fields": list(fields), "leadingOperationType": operation, "relativeCost": round(cost, 4)}
    return dict(sorted(plan.items()))


def _selective(rows: int, *, standard: bool = True) -> float:
    """The number of records up to which a filter on an index is selective: of a standard index 30 % of the first million and 15 % of the rest, at most
    a million; of a custom one 10 %, 5 % and a third of a million."""
    first, rest, most = (0.3, 0.15, _MILLION) if standard else (0.1, 0.05, _MILLION / 3)
    return min(first * min(rows, _MILLION) + rest * max(0, rows - _MILLION), most) or 1


def _filtered(query: Query, soql: str) -> str:
    """FROM and WHERE of the text."""
    depth, start = 0, query.sources[0].path.at
    for token in tokens(soql):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        ends = token.kind == "end" or (token.kind == "name" and token.text.upper() in _TAIL)
        if token.at > start and depth == 0 and ends:
            return f"FROM {soql[start : token.at]}"
    return f"FROM {soql[start:]}"


def _notes(query: Query, sobject: SObjectType, used: tuple[str, ...]) -> list[dict[str, Any]]:
    """The fields whose filters no index helps."""
    names = ["IsDeleted"] if sobject.recyclable and not query.all_rows else []
    for one in comparisons(query.where):
        field = sobject.field(one.left.parts[-1]) if isinstance(one.left, Path) and len(one.left.parts) == 1 else None
        if field is not None and field.type != "id" and field.name not in used and not is_indexed(field):
            names.append(field.name)
    return [
        {"description": _UNINDEXED, "fields": [name], "tableEnumOrId": sobject.name} for name in dict.fromkeys(names)
    ]
