"""``search`` and ``parameterizedSearch`` (REST API Developer Guide)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer
from orgwright.localorg.api.rest.saving import query_error
from orgwright.localorg.soql.search import run_search

_BARE_ARRAY_BEFORE = 37.0
_NAME = re.compile(r"[\w.]+\Z")
_WORDS = re.compile(r"([{}\\])")
_GROUPS = frozenset(("ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR"))


def search(request: Request) -> Answer:
    """``GET search?q=``: a SOSL text."""
    sosl = request.query.get("q", "")
    if not sosl.strip():
        raise ApiError("MALFORMED_SEARCH", "A search string has to be specified")
    return _found(request, sosl)


def parameterized(request: Request) -> Answer:
    """``GET`` or ``POST parameterizedSearch``: a search without SOSL."""
    if request.method == "GET":
        return _found(request, _sosl({"q": request.query.get("q", ""), "sobjects": _asked(request.query)}))
    try:
        given = json.loads(request.body)
    except ValueError:
        raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body is no JSON") from None
    if not isinstance(given, dict):
        raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body must be an object")
    return _found(request, _sosl(given))


def _asked(query: Mapping[str, str]) -> list[dict[str, Any]]:
    """The objects of the URL form: ``sobject=Account&Account.fields=id,name&Account.limit=10``."""
    names = [name for name in query.get("sobject", "").split(",") if name]
    found = []
    for name in names:
        one: dict[str, Any] = {"name": name}
        fields = query.get(f"{name}.fields", query.get("fields", ""))
        one["fields"] = [part.strip() for part in fields.split(",") if part.strip()]
        if query.get(f"{name}.limit"):
            one["limit"] = query[f"{name}.limit"]
        found.append(one)
    return found


def _sosl(given: Mapping[str, Any]) -> str:
    words = given.get("q")
    objects = given.get("sobjects")
    if not isinstance(words, str) or not words.strip():
        raise ApiError("MALFORMED_SEARCH", "A search string has to be specified")
    if objects is None:
        objects = []
    if not isinstance(objects, list):
        raise ApiError("MALFORMED_SEARCH", "sobjects must be a list")
    group = str(given.get("in") or "ALL").upper().removesuffix(" FIELDS")
    if group not in _GROUPS:
        raise ApiError("MALFORMED_SEARCH", f"unexpected token: {group}")
    shown = " RETURNING " + ", ".join(_object(one, given) for one in objects) if objects else ""
    limit = f" LIMIT {_number(given['overallLimit'])}" if given.get("overallLimit") else ""
    escaped = _WORDS.sub(r"\\\1", words)
    return f"FIND {{{escaped}}} IN {group} FIELDS{shown}{limit}"


def _object(one: Any, given: Mapping[str, Any]) -> str:
    if not isinstance(one, dict) or not _NAME.match(str(one.get("name", ""))):
        raise ApiError("MALFORMED_SEARCH", "each of sobjects needs a name")
    fields = one.get("fields") or given.get("fields") or ["Id"]
    if not isinstance(fields, list) or not all(isinstance(name, str) and _NAME.match(name) for name in fields):
        raise ApiError("MALFORMED_SEARCH", f"the fields of {one['name']} are no list of names")
    where = f" WHERE {one['where']}" if one.get("where") else ""
    order = f" ORDER BY {one['orderBy']}" if one.get("orderBy") else ""
    limit = one.get("limit") or given.get("defaultLimit")
    tail = f" LIMIT {_number(limit)}" if limit else ""
    return f"{one['name']}({', '.join(fields)}{where}{order}{tail})"


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ApiError("MALFORMED_SEARCH", f"not a number: {value}") from None


def _found(request: Request, sosl: str) -> Answer:
    version = request.params["version"]
    with request.reading() as tx:
        try:
            lists = run_search(tx, sosl, {}, form="json", url=f"/services/data/{version}")
        except QueryProblem as problem:
            raise query_error(problem, sosl) from None
    records = [record for found in lists for record in found]
    bare = float(version.removeprefix("v")) < _BARE_ARRAY_BEFORE
    return json_answer(records if bare else {"searchRecords": records})
