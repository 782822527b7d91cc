"""``POST graphql``: queries and mutations of records (``uiapi``).

https://developer.salesforce.com/docs/platform/graphql/guide/graphql-about.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orgwright.localorg.api.graphql.document import Asked, Invalid, Operation, operation
from orgwright.localorg.api.graphql.mutations import Mutation
from orgwright.localorg.api.graphql.nodes import CHILD_ARGUMENTS, Fetch, records, statement
from orgwright.localorg.api.graphql.pages import page_of
from orgwright.localorg.api.http import Answer, ApiError, Request, Unsupported, json_answer
from orgwright.localorg.api.rest import querying
from orgwright.localorg.org import Transaction
from orgwright.localorg.schema.model import SObjectType


def run(request: Request) -> Answer:
    """Run a document. What is wrong with it, or with a part of it, stands in ``errors`` of an answer with status 200."""
    body = request.json_object()
    text, variables, name = body.get("query"), body.get("variables") or {}, body.get("operationName") or None
    if not isinstance(text, str) or not text.strip() or not isinstance(variables, Mapping):
        raise ApiError("INVALID_INPUT", "The body needs a 'query', and 'variables' must be an object")
    try:
        found = operation(text, name, variables)
        data, errors = _mutation(request, found) if found.kind == "mutation" else _query(request, found)
    except Invalid as problem:
        return json_answer({"data": None, "errors": [_error(problem)]})
    return json_answer({"data": data, "errors": errors})


def _query(request: Request, found: Operation) -> tuple[dict[str, Any], list[Any]]:
    if found.kind != "query":
        raise Unsupported("GraphQL: subscriptions")
    errors: list[Any] = []
    data: dict[str, Any] = {}
    with request.reading() as tx:
        for root in found.asked:
            data[root.alias] = _root(tx, request, root, errors)
    return data, errors


def _root(tx: Transaction, request: Request, root: Asked, errors: list[Any]) -> Any:
    if root.name == "__typename":
        return "Query"
    if root.name in ("__schema", "__type", "setup"):
        raise Unsupported(f"GraphQL: {root.name}")
    if root.name != "uiapi":
        raise root.undefined("Query")
    shown: dict[str, Any] = {}
    for part in root.asked:
        if part.name == "query":
            shown[part.alias] = {one.alias: _records(tx, request, one, errors) for one in part.asked}
        elif part.name == "__typename":
            shown[part.alias] = "UIAPI"
        elif part.name in ("aggregate", "currentUser", "objectInfos", "relatedListByName"):
            raise Unsupported(f"GraphQL: {part.path}")
        else:
            raise part.undefined("UIAPI")
    return shown


def _records(tx: Transaction, request: Request, asked: Asked, errors: list[Any]) -> Any:
    if asked.name == "__typename":
        return "RecordQuery"
    sobject = tx.schema.sobject(asked.name)
    if sobject is None or sobject.name != asked.name or not sobject.queryable or not tx.rights.reads(sobject):
        raise asked.undefined("RecordQuery")
    try:
        return _connection(tx, request, sobject, asked)
    except Unsupported:
        raise
    except ApiError as problem:
        errors.append(_failed(asked, problem))
        return None


def _connection(tx: Transaction, request: Request, sobject: SObjectType, asked: Asked) -> Any:
    page = page_of(asked, (*CHILD_ARGUMENTS, "scope"))
    fetch = Fetch(tx)
    read = records(fetch, sobject, asked, page)
    wanted = statement(tx, sobject, asked, sobject.name, _scope(tx, asked))
    limit = page.start + page.size + 1
    rows = querying.fetch(tx, f"{wanted.select(fetch.items)} LIMIT {limit}", version=request.params["version"])
    total = len(rows)
    if total == limit and any(one.name == "totalCount" for one in asked.asked):
        total = querying.run(tx, wanted.count()).total
    return read(rows, total)


def _scope(tx: Transaction, asked: Asked) -> str:
    scope = str(asked.arguments.get("scope") or "EVERYTHING")
    if scope not in ("EVERYTHING", "MINE"):
        raise Unsupported(f"GraphQL: scope {scope}")
    return f"OwnerId = '{tx.user_id}'" if scope == "MINE" else ""


def _mutation(request: Request, found: Operation) -> tuple[dict[str, Any], list[Any]]:
    data: dict[str, Any] = {}
    errors: list[Any] = []
    for root in found.asked:
        if root.name != "uiapi":
            raise root.undefined("Mutation")
        data[root.alias] = _changes(request, root, errors)
    return data, errors


def _changes(request: Request, root: Asked, errors: list[Any]) -> dict[str, Any]:
    """The mutations below ``uiapi``: all or, unless ``allOrNone`` is false, none of them."""
    options = root.arguments.get("input") or {}
    all_or_none = not isinstance(options, Mapping) or options.get("allOrNone") is not False
    shown: dict[str, Any] = {}
    with request.transaction() as tx:
        mark = tx.savepoint()
        planned = [Mutation.of(tx, one) for one in root.asked]
        for one in planned:
            try:
                shown[one.asked.alias] = one.run(tx, request.params["version"])
            except Unsupported:
                raise
            except ApiError as problem:
                errors.append(_failed(one.asked, problem))
                shown[one.asked.alias] = None
                if all_or_none:
                    tx.rollback(mark)
                    return {each.asked.alias: None for each in planned}
    return shown


def _failed(asked: Asked, problem: ApiError) -> dict[str, Any]:
    where = {"line": asked.line, "column": asked.column}
    return {"message": problem.message, "locations": [where], "path": asked.path.split("/")}


def _error(problem: Invalid) -> dict[str, Any]:
    shown: dict[str, Any] = {"message": problem.message}
    if problem.line:
        shown["locations"] = [{"line": problem.line, "column": problem.column}]
    return shown
