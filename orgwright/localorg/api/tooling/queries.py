"""``tooling/query``: SOQL over real and virtual objects."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer
from orgwright.localorg.api.rest import shapes
from orgwright.localorg.api.rest.saving import query_error
from orgwright.localorg.metadata.tooling import definitions
from orgwright.localorg.metadata.tooling.table import Asked, reached
from orgwright.localorg.metadata.tooling.tables import tables_of
from orgwright.localorg.org import Transaction
from orgwright.localorg.soql.context import VirtualTable
from orgwright.localorg.soql.result import QueryResult

PAGE = 2000
_KEPT = 20
_LOCATOR = re.compile(r"(01g[A-Za-z0-9]{15})-(\d{1,9})")
_ONE_ROW = frozenset({"FullName", "Metadata"})


class _Pages:
    """Answers with more pages, the latest few."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[QueryResult, str]] = OrderedDict()
        self._numbers = itertools.count(1)

    def keep(self, org_id: str, result: QueryResult, entity: str) -> str:
        with self._lock:
            locator = f"01gT0{next(self._numbers):010d}AAA"
            self._kept[(org_id, locator)] = (result, entity)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return locator

    def get(self, org_id: str, locator: str) -> tuple[QueryResult, str] | None:
        with self._lock:
            return self._kept.get((org_id, locator))


def base_of(request: Request) -> str:
    """The URL below which Tooling records are found."""
    return f"/services/data/{request.params['version']}/tooling/sobjects"


def run(tx: Transaction, soql: str, base: str) -> QueryResult:
    """Run a query of a client over real and virtual objects; its errors in REST's form."""
    asked = Asked.by(soql)
    wanted = reached(asked.words, tables_of(tx.org.record.kind))
    # All rows are made first: while the query runs, a virtual table hides the real one that its rows come from.
    # Those of definitions any query makes for itself.
    rows = {
        name: VirtualTable(table.sobject, list(table.rows(tx, asked)))
        for name, table in wanted.items()
        if name not in definitions.NAMES
    }
    if "entitydefinition" in wanted and rows:
        ids = (row.get("EntityDefinitionId") for one in rows.values() for row in one.rows)
        rows["entitydefinition"] = definitions.entities_of(tx, asked, ids)
    try:
        result = tx.query(soql, form="json", url=base.removesuffix("/sobjects"), virtual=rows)
    except QueryProblem as problem:
        raise query_error(problem, soql) from None
    documents = {table.sobject.name: table.documents for table in wanted.values() if table.documents}
    if documents:
        rows_found: Sequence[Any] = result.records
        for record in rows_found:
            _unpack(record, documents)
    return result


def _unpack(record: dict[str, Any], documents: Mapping[str, tuple[str, ...]]) -> None:
    """Make JSON of the documents in a row and in what it contains."""
    for name in documents.get(record["attributes"]["type"], ()):
        if isinstance(record.get(name), str):
            record[name] = json.loads(record[name])
    for value in record.values():
        if isinstance(value, dict) and "attributes" in value:
            _unpack(value, documents)


def query(request: Request) -> Answer:
    """``GET tooling/query?q=``."""
    soql = request.query.get("q", "")
    if not soql.strip():
        raise ApiError("MALFORMED_QUERY", "A query string has to be specified")
    with request.reading() as tx:
        result = run(tx, soql, base_of(request))
    if request.query.get("columns", "").lower() == "true":
        shown = {"columnMetadata": shapes.columns(result.columns), "entityName": result.sobject}
        return json_answer({**shown, "groupBy": result.kind == "aggregate", "idSelected": False, "keyPrefix": None})
    # Record types are listed with their full names (CumulusCI's get_existing_record_types).
    single = result.sobject != "RecordType"
    if single and result.total > 1 and any(column.name in _ONE_ROW for column in result.columns):
        text = (
            "When retrieving results with Metadata or FullName fields, the query qualifications must specify no more "
            f"than one row for retrieval. Result size: {result.total}"
        )
        raise ApiError("MALFORMED_QUERY", text)
    return json_answer(_page(request, result, result.sobject, "", 0))


def more(request: Request) -> Answer:
    """A further page."""
    matched = _LOCATOR.fullmatch(request.params["locator"])
    pages = request.runtime.state("tooling.pages", _Pages)
    found = pages.get(request.need_session().entry.org_id, matched[1]) if matched else None
    if matched is None or found is None or int(matched[2]) >= len(found[0].records):
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
    return json_answer(_page(request, found[0], found[1], matched[1], int(matched[2])))


def _page(request: Request, result: QueryResult, entity: str, locator: str, start: int) -> dict[str, Any]:
    end = start + PAGE
    answer: dict[str, Any] = {}
    rows = result.records[start:end]
    if end < len(result.records):
        pages = request.runtime.state("tooling.pages", _Pages)
        locator = locator or pages.keep(request.need_session().entry.org_id, result, entity)
        url = f"/services/data/{request.params['version']}/tooling/query/{locator}-{end}"
        answer = {"nextRecordsUrl": url, "queryLocator": f"{locator}-{end}"}
    return {
        "size": len(rows) if result.kind != "count" else result.total,
        "totalSize": result.total,
        "done": "nextRecordsUrl" not in answer,
        "queryLocator": None,
        **answer,
        "entityTypeName": entity if result.total else None,
        "records": rows,
    }
