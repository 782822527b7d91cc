"""Reading calls of the partner and enterprise APIs: queries by page, retrieve, search, describes, changes."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import time
from typing import Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.api.http import ApiError, Request
from orgwright.localorg.api.rest import describe
from orgwright.localorg.api.rest.dependent import valid_for
from orgwright.localorg.api.rest.describing import as_seen, field_as_seen
from orgwright.localorg.api.rest.querying import Locators, Open
from orgwright.localorg.api.rest.saving import query_error
from orgwright.localorg.api.soap.envelope import Call, Nil, texts
from orgwright.localorg.api.soap.rows import record
from orgwright.localorg.api.soap.shapes import shaped
from orgwright.localorg.org import Transaction
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.soql.search import run_search
from orgwright.localorg.store import forms, ids

PAGE = 500
MIN_PAGE, MAX_PAGE = 200, 2000
MAX_IDS = 2000
MAX_TYPES = 100
_LOCATOR = re.compile(r"(01g[A-Za-z0-9]{15})-(\d{1,9})")
_NAME = re.compile(r"\w{1,120}")
_UNTOLD = {"idEnabled": False, "dataTranslationEnabled": False}
"""What SOAP tells of every object and REST does not."""


def query(request: Request, call: Call) -> Any:
    """``query(queryString)``: the first page."""
    return _query(request, call, all_rows=False)


def query_all(request: Request, call: Call) -> Any:
    """``queryAll(queryString)``: with deleted records."""
    return _query(request, call, all_rows=True)


def _query(request: Request, call: Call, *, all_rows: bool) -> Any:
    soql = call.body.value("queryString")
    try:
        with request.org.read(request.user_id) as tx:
            found = tx.query(soql, form="soap", all_rows=all_rows)
    except QueryProblem as problem:
        raise query_error(problem, soql) from None
    return _page(request, Open(found, found.records, _page_size(call), time.monotonic()), "", 0)


def query_more(request: Request, call: Call) -> Any:
    """``queryMore(queryLocator)``: a further page."""
    matched = _LOCATOR.fullmatch(call.body.value("queryLocator"))
    found = _locators(request).get(_owner(request), matched[1]) if matched else None
    if matched is None or found is None or int(matched[2]) >= len(found.rows):
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator", 500)
    return _page(request, found, matched[1], int(matched[2]))


def _page(request: Request, opened: Open, locator: str, start: int) -> dict[str, Any]:
    end = start + opened.page
    place = None
    if end < len(opened.rows):
        locator = locator or _locators(request).keep(_owner(request), opened)
        place = f"{locator}-{end}"
    rows = [record("records", row, kind_of(request)) for row in opened.rows[start:end]]
    return {"done": place is None, "queryLocator": place, "records": rows, "size": opened.result.total}


def _page_size(call: Call) -> int:
    options = call.header.find("QueryOptions")
    asked = options.value("batchSize") if options is not None else ""
    return min(max(int(asked), MIN_PAGE), MAX_PAGE) if asked.isdigit() and len(asked) < 9 else PAGE


def _locators(request: Request) -> Locators:
    return request.runtime.state("soap.locators", Locators)


def _owner(request: Request) -> str:
    return f"{request.need_session().entry.org_id}:{request.user_id}"


def retrieve(request: Request, call: Call) -> Any:
    """``retrieve(fieldList, sObjectType, ids)``: the records in the order of the Ids; nil for one that is not there."""
    wanted = [name.strip() for name in call.body.value("fieldList").split(",") if name.strip()]
    asked = [ids.to18(id) or id for id in texts(call.body, "ids")]
    if len(asked) > MAX_IDS:
        raise ApiError("EXCEEDED_ID_LIMIT", f"No more than {MAX_IDS} records can be retrieved at once", 500)
    with request.org.read(request.user_id) as tx:
        sobject = need_sobject(tx, call.body.value("sObjectType"))
        fields = ", ".join(dict.fromkeys(["Id", *wanted]))
        try:
            found = tx.query(
                f"SELECT {fields} FROM {sobject.name} WHERE Id IN :ids", binds={"ids": asked}, form="soap"
            ).records
        except QueryProblem as problem:
            raise ApiError(problem.code, problem.message, 500) from None
    kind = kind_of(request)
    rows: dict[str, Any] = {row["Id"]: record("result", row, kind) for row in found}  # type: ignore[index, arg-type]
    return [rows.get(id, Nil()) for id in asked]


def search(request: Request, call: Call) -> Any:
    """``search(searchString)``."""
    with request.org.read(request.user_id) as tx:
        text = call.body.value("searchString")
        try:
            lists = run_search(tx, text, {}, form="soap")
        except QueryProblem as problem:
            raise query_error(problem, text) from None
    kind = kind_of(request)
    records = [{"record": record("record", row, kind)} for found in lists for row in found]
    return {"queryId": secrets.token_hex(8), "searchRecords": records}


def describe_global(request: Request, call: Call) -> Any:
    """``describeGlobal()``."""
    with request.org.read(request.user_id) as tx:
        found = [tx.schema.sobject(name) for name in tx.schema.sobject_names()]
        shown = [
            shaped(
                "DescribeGlobalSObjectResult",
                {**_UNTOLD, **describe.brief(as_seen(tx, one), "")},
                request.params["api"],
            )
            for one in found
            if one is not None and not one.tooling and tx.can("read", one.name)
        ]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": shown}


def describe_sobject(request: Request, call: Call) -> Any:
    """``describeSObject(sObjectType)``."""
    with request.org.read(request.user_id) as tx:
        return _described(tx, call.body.value("sObjectType"), request.params["api"])


def describe_sobjects(request: Request, call: Call) -> Any:
    """``describeSObjects(sObjectType[])``."""
    names = list(texts(call.body, "sObjectType"))
    if len(names) > MAX_TYPES:
        raise ApiError("EXCEEDED_ID_LIMIT", f"No more than {MAX_TYPES} objects can be described at once", 500)
    with request.org.read(request.user_id) as tx:
        return [_described(tx, name, request.params["api"]) for name in names]


def _described(tx: Transaction, name: str, api: str) -> dict[str, Any]:
    sobject = need_sobject(tx, name)
    fields = [field_as_seen(tx, sobject, field) for field in tx.rights.readable_fields(sobject)]
    default = tx.default_record_type(sobject)
    shown = describe.full(as_seen(tx, sobject), fields, "", record_type=default, valid_for=valid_for(tx, sobject))
    return shaped("DescribeSObjectResult", {**_UNTOLD, **shown}, api)


def get_updated(request: Request, call: Call) -> Any:
    """``getUpdated(sObjectType, startDate, endDate)``."""
    rows, end = _changes(request, call, deleted=False)
    return {"ids": [row["Id"] for row in rows], "latestDateCovered": _stamp(end)}


def get_deleted(request: Request, call: Call) -> Any:
    """``getDeleted(sObjectType, startDate, endDate)``."""
    rows, end = _changes(request, call, deleted=True)
    earliest = request.runtime.clock() - dt.timedelta(days=30)
    gone = [{"deletedDate": row["SystemModstamp"], "id": row["Id"]} for row in rows]
    return {"deletedRecords": gone, "earliestDateAvailable": _stamp(earliest), "latestDateCovered": _stamp(end)}


def _changes(request: Request, call: Call, *, deleted: bool) -> tuple[list[Any], dt.datetime]:
    span = [_moment(call, name) for name in ("startDate", "endDate")]
    if span[0] >= span[1]:
        raise ApiError("INVALID_REPLICATION_DATE", "startDate cannot be greater than endDate", 500)
    with request.org.read(request.user_id) as tx:
        sobject = need_sobject(tx, call.body.value("sObjectType"))
        if sobject.field("SystemModstamp") is None or not sobject.replicateable:
            text = f"entity type {sobject.name} does not support this operation"
            raise ApiError("INVALID_TYPE_FOR_OPERATION", text, 500)
        gone = " AND IsDeleted = true" if deleted else ""
        soql = (
            f"SELECT Id, SystemModstamp FROM {sobject.name} WHERE SystemModstamp >= {span[0]:%Y-%m-%dT%H:%M:%SZ} "
            f"AND SystemModstamp < {span[1]:%Y-%m-%dT%H:%M:%SZ}{gone}"
        )
        return list(tx.query(soql, form="soap", all_rows=deleted).records), span[1]


def _moment(call: Call, name: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(call.body.value(name))
    except ValueError:
        raise ApiError("INVALID_REPLICATION_DATE", f"invalid {name}", 500) from None
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def _stamp(moment: dt.datetime) -> str:
    return forms.zulu_text(moment.replace(second=0))


def need_sobject(tx: Transaction, name: str) -> SObjectType:
    """The type of that name, if the user may read it."""
    found = tx.schema.sobject(name) if _NAME.fullmatch(name) else None
    if found is None or found.tooling or not tx.can("read", found.name):
        raise ApiError("INVALID_TYPE", f"sObject type '{name[:80]}' is not supported.", 500)
    return found


def kind_of(request: Request) -> str:
    """Which API is asked: ``u``, the partner one, or ``c``, the enterprise one."""
    return request.path.split("/")[3].lower()
