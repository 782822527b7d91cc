"""Operations of the partner and enterprise APIs that tools still use (SOAP API Developer Guide)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from orgwright.apex.host import QueryProblem, Record, SaveOutcome
from orgwright.localorg.api.http import ApiError, Request
from orgwright.localorg.api.soap.envelope import Call, texts
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.metadata.document import Node

Operation = Callable[[Request, Call], Any]
_MAX_ROWS = 200
_MIN_PASSWORD = 8


def login(request: Request, call: Call) -> Any:
    """``login``: gone since API 65, switched off in new orgs before."""
    raise ApiError("INVALID_OPERATION", "SOAP API login() is disabled by default in this org.", 500)


def get_user_info(request: Request, call: Call) -> Any:
    """``getUserInfo()``."""
    with request.org.read(request.user_id) as tx:
        user, org = tx.user(), tx.org.info
    return {
        "accessibilityMode": False,
        "currencySymbol": "$",
        "orgDefaultCurrencyIsoCode": org.currency,
        "organizationId": org.id,
        "organizationMultiCurrency": org.multi_currency,
        "organizationName": org.name,
        "profileId": user.profile_id,
        "roleId": user.role_id,
        "sessionSecondsValid": 7200,
        "userDefaultCurrencyIsoCode": None,
        "userEmail": user.email,
        "userFullName": user.name,
        "userId": user.id,
        "userLanguage": user.language,
        "userLocale": user.locale,
        "userName": user.username,
        "userTimeZone": user.time_zone,
        "userType": user.user_type,
        "userUiSkin": "Theme3",
    }


def get_server_timestamp(request: Request, call: Call) -> Any:
    """``getServerTimestamp()``."""
    return {"timestamp": request.runtime.clock().strftime("%Y-%m-%dT%H:%M:%S.000Z")}


def query(request: Request, call: Call) -> Any:
    """``query(queryString)``: the whole answer on one page."""
    try:
        with request.org.read(request.user_id) as tx:
            found = tx.query(call.body.value("queryString"), form="json")
    except QueryProblem as problem:
        raise ApiError(problem.code, problem.message, 500) from None
    rows: list[Any] = found.records
    return {"done": True, "queryLocator": None, "records": [_row(row) for row in rows], "size": found.total}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON row as SOAP shows it: type and Id first."""
    shown: dict[str, Any] = {"type": row["attributes"]["type"], "Id": row.get("Id")}
    for name, value in row.items():
        if name in ("attributes", "Id"):
            continue
        if isinstance(value, dict) and "records" in value:
            shown[name] = {"done": True, "records": [_row(one) for one in value["records"]], "size": value["totalSize"]}
        else:
            shown[name] = _row(value) if isinstance(value, dict) and "attributes" in value else value
    return shown


def _save(operation: Literal["insert", "update", "upsert"]) -> Operation:
    def run(request: Request, call: Call) -> Any:
        objects = call.body.all("sObjects")
        if len(objects) > _MAX_ROWS:
            raise ApiError(
                "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records into this call", 500
            )
        key = call.body.value("externalIDFieldName") or None
        all_or_none = call.header.find("AllOrNoneHeader")
        save = SaveRequest(
            operation,
            [_record(node) for node in objects],
            external_id=None if key in (None, "Id") else key,
            all_or_none=all_or_none.flag("allOrNone") if all_or_none else False,
            raw="csv",
        )
        with request.org.transaction(request.user_id) as tx:
            outcomes = tx.save(save)
        return [_outcome(one, upsert=operation == "upsert") for one in outcomes]

    return run


def _record(node: Node) -> Record:
    fields: dict[str, Any] = {}
    for child in node.children:
        if child.tag == "fieldsToNull":
            fields[child.text] = "#N/A"
        elif child.tag != "type" and not child.nil:
            fields[child.tag] = child.text
    return Record(node.value("type") or node.xsi_type or "", fields)


def delete(request: Request, call: Call) -> Any:
    """``delete(ids)``."""
    records = []
    with request.org.transaction(request.user_id) as tx:
        for id in texts(call.body, "ids"):
            found = tx.schema.sobject_of_id(id)
            if found is None:
                raise ApiError("MALFORMED_ID", f"malformed id {id}", 500)
            records.append(Record(found.name, {"Id": id}))
        outcomes = tx.save(SaveRequest("delete", records, raw="json"))
    return [_outcome(one) for one in outcomes]


def _outcome(one: SaveOutcome, *, upsert: bool = False) -> dict[str, Any]:
    errors = [{"fields": list(e.fields), "message": e.message, "statusCode": e.code} for e in one.errors]
    found: dict[str, Any] = {"created": one.created} if upsert else {}
    return {**found, "errors": errors, "id": one.id, "success": one.success}


def set_password(request: Request, call: Call) -> Any:
    """``setPassword(userId, password)``. No password is kept: nobody logs in to an embedded org with one."""
    id, password = call.body.value("userId"), call.body.value("password")
    with request.org.read(request.user_id) as tx:
        known = id.isalnum() and tx.query(f"SELECT Id FROM User WHERE Id = '{id}'").total
    if not known:
        raise ApiError("INVALID_ID_FIELD", "invalid parameter value", 500)
    if len(password) < _MIN_PASSWORD:
        raise ApiError("INVALID_NEW_PASSWORD", "Your password must be at least 8 characters long.", 500)
    return {}


OPERATIONS: Mapping[str, Operation] = {
    "login": login,
    "getUserInfo": get_user_info,
    "getServerTimestamp": get_server_timestamp,
    "query": query,
    "create": _save("insert"),
    "update": _save("update"),
    "upsert": _save("upsert"),
    "delete": delete,
    "setPassword": set_password,
}
