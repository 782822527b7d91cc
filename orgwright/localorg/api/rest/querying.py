"""``query``, ``queryAll`` and the pages of their answers."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer
from orgwright.localorg.api.rest import shapes
from orgwright.localorg.api.rest.explaining import explain
from orgwright.localorg.api.rest.saving import query_error
from orgwright.localorg.org import Transaction
from orgwright.localorg.soql.result import Column, QueryResult

PAGE = 2000
MIN_PAGE = 200
OPEN_LOCATORS = 10
LOCATOR_SECONDS = 2 * 24 * 3600
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d{1,9})", re.IGNORECASE)
_LOCATOR = re.compile(r"(01g[A-Za-z0-9]{15})-(\d{1,9})")


@dataclass
class Open:
    """An answer and the size of its pages; ``used`` is when it was last asked for."""

    result: QueryResult
    rows: list[Any]
    page: int
    used: float


class Locators:
    """Answers whose further pages may still be asked for: ten for each user, two days."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, OrderedDict[str, Open]] = {}

    def keep(self, user: str, answer: Open) -> str:
        """A locator for the answer; the user's oldest one goes when there are too many."""
        alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"
        locator = "01g" + "".join(secrets.choice(alphabet) for _ in range(15))
        with self._lock:
            kept = self._open.setdefault(user, OrderedDict())
            kept[locator] = answer
            while len(kept) > OPEN_LOCATORS:
                kept.popitem(last=False)
        return locator

    def get(self, user: str, locator: str) -> Open | None:
        """The answer, unless it was dropped or lay unused for two days."""
        with self._lock:
            kept = self._open.get(user, OrderedDict())
            found = kept.get(locator)
            if found is None or time.monotonic() - found.used > LOCATOR_SECONDS:
                kept.pop(locator, None)
                return None
            found.used = time.monotonic()
            return found


def query(request: Request) -> Answer:
    """``GET query?q=``."""
    return _query(request, all_rows=False)


def query_all(request: Request) -> Answer:
    """``GET queryAll?q=``: with deleted and archived records."""
    return _query(request, all_rows=True)


def more(request: Request) -> Answer:
    """``GET query/01g...-2000``: a further page."""
    matched = _LOCATOR.fullmatch(request.params["locator"])
    found = _locators(request).get(_owner(request), matched[1]) if matched else None
    if matched is None or found is None or int(matched[2]) >= len(found.rows):
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
    return json_answer(_page(request, found, matched[1], int(matched[2])))


def answer(tx: Transaction, request: Request, soql: str, *, all_rows: bool = False) -> Answer:
    """The first page of a query's answer."""
    result = run(tx, soql, all_rows=all_rows, version=request.params["version"])
    opened = Open(result, result.records, _page_size(request), time.monotonic())
    return json_answer(_page(request, opened, "", 0))


def run(
    tx: Transaction,
    soql: str,
    *,
    all_rows: bool = False,
    version: str = "",
    binds: Mapping[str, str] | None = None,
) -> QueryResult:
    """Run a SOQL text; rows are JSON objects, errors in REST's form. ``version`` (``v67.0``) goes into the records' URLs,
    ``binds`` are what a handler's own text names."""
    try:
        result = tx.query(soql, all_rows=all_rows, form="json", url=f"/services/data/{version}", binds=binds)
    except QueryProblem as problem:
        raise query_error(problem, soql) from None
    if any(_has_files(column) for column in result.columns if column.children or column.type == "base64"):
        rows: list[Any] = result.records
        for row in rows:
            _link_files(row)
    return result


def _has_files(column: Column) -> bool:
    return column.type == "base64" or any(_has_files(child) for child in column.children)


def _link_files(row: dict[str, Any]) -> None:
    """Files are not in the answer: their fields say where they are fetched."""
    for name, value in row.items():
        if isinstance(value, bytes):
            row[name] = f"{row['attributes']['url']}/{name}"
        elif isinstance(value, dict) and name != "attributes":
            for inner in value.get("records", [value]):
                _link_files(inner)


def fetch(
    tx: Transaction,
    soql: str,
    *,
    all_rows: bool = False,
    version: str = "",
    binds: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The rows of a query as JSON objects."""
    rows: list[Any] = run(tx, soql, all_rows=all_rows, version=version, binds=binds).records
    return rows


def _query(request: Request, *, all_rows: bool) -> Answer:
    if "explain" in request.query:
        return explain(request)
    soql = request.query.get("q", "")
    if not soql.strip():
        raise ApiError("MALFORMED_QUERY", "A query string has to be specified")
    with request.reading() as tx:
        if request.query.get("columns", "").lower() == "true":
            result = run(tx, soql, all_rows=all_rows)
            shown = {
                "columnMetadata": shapes.columns(result.columns),
                "entityName": result.sobject,
                "groupBy": result.kind == "aggregate",
                "idSelected": any(column.name == "Id" for column in result.columns),
                "keyPrefix": getattr(tx.schema.sobject(result.sobject), "key_prefix", None),
            }
            return json_answer(shown)
        return answer(tx, request, soql, all_rows=all_rows)


def _page(request: Request, opened: Open, locator: str, start: int) -> dict[str, Any]:
    end = start + opened.page
    next_url = None
    if end < len(opened.rows) and opened.result.kind != "aggregate":
        locator = locator or _locators(request).keep(_owner(request), opened)
        next_url = f"/services/data/{request.params['version']}/query/{locator}-{end}"
    else:
        end = len(opened.rows)
    return shapes.query(opened.result, opened.rows[start:end], next_url)


def _page_size(request: Request) -> int:
    matched = _BATCH_SIZE.search(request.headers.get("sforce-query-options", ""))
    return min(max(int(matched[1]), MIN_PAGE), PAGE) if matched else PAGE


def _locators(request: Request) -> Locators:
    return request.runtime.state("rest.locators", Locators)


def _owner(request: Request) -> str:
    return f"{request.need_session().entry.org_id}:{request.user_id}"
