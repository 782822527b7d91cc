"""One record: create, read, update, upsert, delete; by Id, by external id, along a relationship."""

from __future__ import annotations

import base64
import datetime as dt
import re
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from orgwright.apex.host import Record, SaveOutcome
from orgwright.localorg.access import passwords
from orgwright.localorg.api.http import Answer, ApiError, NotFound, Request, json_answer, parse_json
from orgwright.localorg.api.rest import querying, shapes
from orgwright.localorg.api.rest.saving import (
    allow_duplicates,
    need_sobject,
    quoted,
    record_of,
    refused,
    save,
)
from orgwright.localorg.org import Transaction
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.store import forms, ids

_STAMP = "SystemModstamp"
_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")


def create(request: Request) -> Answer:
    """``POST sobjects/X``: 201 with the new Id. A multipart body brings the fields as JSON and a file."""
    body = body_of(request)
    with request.transaction() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        outcome = save(tx, "insert", [record_of(sobject, body)], allow_duplicates=allow_duplicates(request))[0]
    if not outcome.success:
        raise refused(outcome.errors)
    return json_answer(shapes.saved(outcome), 201, (("Location", _url(request, sobject, outcome.id)),))


def read(request: Request) -> Answer:
    """``GET sobjects/X/id``, with ``fields`` only those."""
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        record, changed = _one(tx, request, sobject, _need_id(request.params["id"]))
    if changed is None:
        return json_answer(record)
    headers = (("Last-Modified", format_datetime(changed, usegmt=True)),)
    since = _moment(request, "if-modified-since")
    return (
        Answer(304, headers=headers) if since is not None and changed <= since else json_answer(record, headers=headers)
    )


def _stamped(tx: Transaction, sobject: SObjectType) -> bool:
    """Whether the store knows when records of the type were last changed."""
    return sobject.field(_STAMP) is not None and tx.has_table(sobject.name)


def _changed_at(tx: Transaction, sobject: SObjectType, record_id: str) -> dt.datetime | None:
    """When a record was last changed; None when that is not known."""
    if not _stamped(tx, sobject):
        return None
    return _utc(tx.column(sobject.name, _STAMP, [ids.to18(record_id)]).get(ids.to18(record_id)))


def _utc(stamp: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(stamp).astimezone(dt.UTC) if stamp else None


def _moment(request: Request, header: str) -> dt.datetime | None:
    """The moment in a header of a conditional request; one that is none counts as absent (RFC 9110, 13.1.3)."""
    try:
        found = parsedate_to_datetime(request.headers[header])
    except (KeyError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _check_unmodified(tx: Transaction, request: Request, sobject: SObjectType, record_id: str) -> None:
    since = _moment(request, "if-unmodified-since")
    changed = _changed_at(tx, sobject, record_id) if since is not None else None
    if since is not None and changed is not None and changed > since:
        raise ApiError("PRECONDITION_FAILED", "The record was changed since that moment", 412)


def password_state(request: Request) -> Answer:
    """``GET sobjects/User/ID/password``: whether it has expired; it never does here."""
    with request.reading() as tx:
        if not passwords.known_user(tx, request.params["id"]):
            raise NotFound
    return json_answer({"isExpired": False})


def set_password(request: Request) -> Answer:
    """``POST sobjects/User/ID/password`` with ``{"NewPassword"}``: 204."""
    body = request.json_object()
    with request.transaction() as tx:
        try:
            passwords.put(tx, request.params["id"], str(body.get("NewPassword") or ""))
        except passwords.Refused as refused:
            raise ApiError(refused.code, str(refused), refused.status) from None
    return Answer(204)


def read_by_key(request: Request) -> Answer:
    """``GET sobjects/X/Field/value``: by external id, or a relationship of the record with that Id."""
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        field = _key_field(sobject, request.params["id"])
        if field is None:
            return _follow(tx, request, sobject)
        value = request.params["value"]
        ids = _matching(tx, sobject, field, value)
        if len(ids) > 1:
            return _several(request, sobject, ids)
        if not ids:
            raise NotFound
        return json_answer(_one(tx, request, sobject, ids[0])[0])


def update(request: Request) -> Answer:
    """``PATCH sobjects/X/id``: 204."""
    body = request.json_object()
    record_id = _need_id(request.params["id"])
    if "Id" in body or "id" in body:
        raise ApiError("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    with request.transaction() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        _check_unmodified(tx, request, sobject, record_id)
        row = record_of(sobject, body)
        row.fields = {"Id": record_id, **row.fields}
        outcome = save(tx, "update", [row], allow_duplicates=allow_duplicates(request))[0]
    if not outcome.success:
        raise refused(outcome.errors, own_id=True)
    return Answer(204)


def upsert(request: Request) -> Answer:
    """``PATCH sobjects/X/Field/value``: 201 created, 200 updated (204 up to v45), 300 when several match."""
    body = request.json_object()
    with request.transaction() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        field = _key_field(sobject, request.params["id"])
        if field is None:
            raise _no_key(request.params["id"])
        if any(name.lower() == field.name.lower() for name in body):
            raise ApiError("INVALID_FIELD", f"The {field.name} field should not be specified in the sobject data.")
        row = record_of(sobject, body)
        value = request.params.get("value", "")
        if value:
            row.fields = {field.name: value, **row.fields}
        external_id = None if field.type == "id" else field.name
        outcome = _upsert(tx, request, row, external_id)
        if not outcome.success and outcome.errors[0].code == "DUPLICATE_EXTERNAL_ID":
            return _several(request, sobject, _matching(tx, sobject, field, value))
    if not outcome.success:
        raise refused(outcome.errors)
    if outcome.created:
        shown = shapes.saved(outcome, upsert=True)
        return json_answer(shown, 201, (("Location", _url(request, sobject, outcome.id)),))
    return Answer(204) if request.major < 46 else json_answer(shapes.saved(outcome, upsert=True))


def delete(request: Request) -> Answer:
    """``DELETE sobjects/X/id``: 204."""
    record_id = _need_id(request.params["id"])
    with request.transaction() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        _check_unmodified(tx, request, sobject, record_id)
        return _delete(tx, sobject, record_id)


def delete_by_key(request: Request) -> Answer:
    """``DELETE sobjects/X/Field/value``: 204."""
    with request.transaction() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        field = _key_field(sobject, request.params["id"])
        if field is None:
            raise _no_key(request.params["id"])
        ids = _matching(tx, sobject, field, request.params["value"])
        if len(ids) > 1:
            return _several(request, sobject, ids)
        if not ids:
            raise NotFound
        return _delete(tx, sobject, ids[0])


def changed(request: Request) -> Answer:
    """``GET sobjects/X/updated?start=&end=``: Ids of records that were changed in that time."""
    start, end = _span(request)
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        rows = _changes(tx, sobject, start, end, deleted=False)
    return json_answer({"ids": [row["Id"] for row in rows], "latestDateCovered": _stamp(end)})


def removed(request: Request) -> Answer:
    """``GET sobjects/X/deleted?start=&end=``: records that went into the recycle bin in that time."""
    start, end = _span(request)
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        rows = _changes(tx, sobject, start, end, deleted=True)
        earliest = tx.now() - dt.timedelta(days=30)
    shown = [{"id": row["Id"], "deletedDate": row["SystemModstamp"]} for row in rows]
    answer = {
        "deletedRecords": shown,
        "earliestDateAvailable": _stamp(earliest),
        "latestDateCovered": _stamp(end),
    }
    return json_answer(answer)


def body_of(request: Request) -> dict[str, Any]:
    """The record in a request's body; a multipart body brings the fields as JSON and files for others, in base64."""
    return _with_file(request) if _is_multipart(request) else request.json_object()


def _is_multipart(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/")


def _with_file(request: Request) -> dict[str, Any]:
    """The part of JSON is the record (the first, if none says so), each other one a file for the field it is named after."""
    parts = request.multipart()
    record = next((one for one in parts if "json" in (one.content_type or "").lower()), parts[0] if parts else None)
    body = parse_json(record.content) if record is not None else None
    if not isinstance(body, dict):
        raise ApiError("INVALID_MULTIPART_REQUEST", "One part must be the record as a JSON object")
    files = {one.name: base64.b64encode(one.content).decode() for one in parts if one is not record}
    return {**body, **files}


def _one(
    tx: Transaction, request: Request, sobject: SObjectType, record_id: str
) -> tuple[dict[str, Any], dt.datetime | None]:
    """A record with the fields that the request asks for, and when it was last changed if that is known."""
    wanted = request.query.get("fields")
    if wanted is not None:
        names = [name.strip() for name in wanted.split(",") if name.strip()]
        if not all(re.fullmatch(r"[A-Za-z][\w.]*", name) for name in names) or not names:
            raise ApiError("INVALID_FIELD", f"\n{wanted[:200]}\n^\nNo such column on entity '{sobject.name}'")
    else:
        names = [field.name for field in tx.rights.readable_fields(sobject)]
    added = _stamped(tx, sobject) and not any(name.lower() == _STAMP.lower() for name in names)
    selected = ", ".join((*names, _STAMP) if added else names)
    # the Id is no part of the text, so that one plan serves all records
    source, binds = f"FROM {sobject.name} WHERE Id = :id", {"id": record_id}
    rows = querying.fetch(tx, f"SELECT {selected} {source}", version=request.params["version"], binds=binds)
    if rows:
        stamp = rows[0].pop(_STAMP) if added else rows[0].get(_STAMP)
        return rows[0], _utc(stamp)
    if querying.fetch(tx, f"SELECT Id {source}", all_rows=True, binds=binds):
        raise ApiError("ENTITY_IS_DELETED", "entity is deleted", 404, ())
    raise NotFound


def _follow(tx: Transaction, request: Request, sobject: SObjectType) -> Answer:
    """A relationship path: a parent as a record, children as a query's answer."""
    record_id = _need_id(request.params["id"])
    name, _, rest = request.params["value"].partition("/")
    if rest:
        raise NotFound
    parent = sobject.parent_field(name)
    if parent is not None:
        rows = querying.fetch(tx, f"SELECT {parent.name} FROM {sobject.name} WHERE Id = {quoted(record_id)}")
        target = rows[0].get(parent.name) if rows else None
        target_type = tx.schema.sobject_of_id(target) if target else None
        if target is None or target_type is None:
            raise NotFound
        return json_answer(_one(tx, request, target_type, target)[0])
    child = sobject.child(name)
    if child is not None:
        child_type = need_sobject(tx, child.child)
        if not querying.fetch(tx, f"SELECT Id FROM {sobject.name} WHERE Id = {quoted(record_id)}"):
            raise NotFound
        wanted = request.query.get("fields") or ", ".join(f.name for f in tx.rights.readable_fields(child_type))
        soql = f"SELECT {wanted} FROM {child_type.name} WHERE {child.field} = {quoted(record_id)}"
        return querying.answer(tx, request, soql)
    blob = sobject.field(name)
    if blob is not None and blob.type == "base64":
        return _blob(tx, sobject, record_id, blob)
    raise NotFound


def _blob(tx: Transaction, sobject: SObjectType, record_id: str, field: Field) -> Answer:
    result = tx.query(f"SELECT {field.name} FROM {sobject.name} WHERE Id = {quoted(record_id)}")
    if not result.records:
        raise NotFound
    return Answer(200, result.records[0].fields.get(field.name) or b"", "application/octet-stream")


def _upsert(tx: Transaction, request: Request, row: Record, external_id: str | None) -> SaveOutcome:
    return save(tx, "upsert", [row], external_id=external_id, allow_duplicates=allow_duplicates(request))[0]


def _delete(tx: Transaction, sobject: SObjectType, record_id: str) -> Answer:
    outcome = save(tx, "delete", [Record(sobject.name, {"Id": record_id})])[0]
    if not outcome.success:
        raise refused(outcome.errors, own_id=True)
    return Answer(204)


def _key_field(sobject: SObjectType, name: str) -> Field | None:
    """The field of that name if records can be addressed by it."""
    field = sobject.field(name)
    return field if field is not None and (field.external_id or field.id_lookup or field.type == "id") else None


def _no_key(name: str) -> ApiError:
    return NotFound(f"Provided external ID field does not exist or is not accessible: {name}")


def _need_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise _no_key(text)
    return text


def _matching(tx: Transaction, sobject: SObjectType, field: Field, value: str) -> list[str]:
    literal = value if field.type in {"double", "int", "long", "currency", "percent"} else quoted(value)
    if literal is value and not re.fullmatch(r"[+-]?\d{1,30}(\.\d{1,30})?", value):
        return []
    rows = querying.fetch(tx, f"SELECT Id FROM {sobject.name} WHERE {field.name} = {literal}")
    return [row["Id"] for row in rows]


def _several(request: Request, sobject: SObjectType, ids: list[str]) -> Answer:
    return json_answer([_url(request, sobject, record_id) for record_id in ids], 300)


def _url(request: Request, sobject: SObjectType, record_id: str | None) -> str:
    return f"{shapes.base_of(request.params)}/{sobject.name}/{record_id}"


def _span(request: Request) -> tuple[dt.datetime, dt.datetime]:
    found = []
    for name in ("start", "end"):
        text = request.query.get(name)
        if text is None:
            raise ApiError("MISSING_ARGUMENT", f"missing required parameter: {name}")
        try:
            moment = dt.datetime.fromisoformat(text.replace(" ", "+"))
        except ValueError:
            raise ApiError("INVALID_REPLICATION_DATE", f"invalid {name} date: {text[:100]}") from None
        found.append((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC))
    if found[0] >= found[1]:
        raise ApiError("INVALID_REPLICATION_DATE", "startDate cannot be greater than endDate")
    return found[0], found[1]


def _changes(
    tx: Transaction, sobject: SObjectType, start: dt.datetime, end: dt.datetime, *, deleted: bool
) -> list[dict[str, Any]]:
    if sobject.field("SystemModstamp") is None or not sobject.replicateable:
        raise ApiError("INVALID_TYPE_FOR_OPERATION", f"entity type {sobject.name} does not support this operation")
    soql = (
        f"SELECT Id, SystemModstamp FROM {sobject.name} WHERE SystemModstamp >= {_literal(start)} "
        f"AND SystemModstamp < {_literal(end)}"
    )
    return querying.fetch(tx, soql + " AND IsDeleted = true", all_rows=True) if deleted else querying.fetch(tx, soql)


def _literal(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _stamp(moment: dt.datetime) -> str:
    return forms.datetime_text(moment.replace(second=0))
