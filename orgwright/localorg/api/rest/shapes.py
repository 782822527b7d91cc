"""Records, save results and query answers as REST's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orgwright.apex.host import Record, RecordError, SaveOutcome
from orgwright.localorg.soql.result import Column, QueryResult


def record(row: Record | dict[str, Any], base: str) -> dict[str, Any]:
    """A record whose values are JSON values. ``base`` is the URL below which records are found
    (``/services/data/v67.0/sobjects``). Rows of a query in JSON form are finished already."""
    if isinstance(row, dict):
        return row
    shown: dict[str, Any] = {"attributes": {"type": row.type, "url": f"{base}/{row.type}/{row.fields.get('Id')}"}}
    for name, value in row.fields.items():
        shown[name] = record(value, base) if isinstance(value, Record) else value
    return shown


def query(result: QueryResult, rows: Sequence[Any], next_url: str | None) -> dict[str, Any]:
    """One page of a query's answer."""
    answer: dict[str, Any] = {"totalSize": result.total, "done": next_url is None}
    if next_url is not None:
        answer["nextRecordsUrl"] = next_url
    answer["records"] = list(rows)
    return answer


def columns(found: Sequence[Column]) -> list[dict[str, Any]]:
    """``columnMetadata`` of a query with ``columns=true``: fields of a parent are its ``joinColumns``."""
    return _nested([(column.path.split("."), column) for column in found], 0)


def _nested(found: Sequence[tuple[list[str], Column]], depth: int) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    for name in dict.fromkeys(path[depth] for path, _ in found):
        inner = [(path, column) for path, column in found if path[depth] == name and len(path) > depth + 1]
        column = next(column for path, column in found if path[depth] == name)
        if inner:
            key = inner[0][1].keys[depth]
            shown.append(_join(name, aggregate=False, key=key, joined=_nested(inner, depth + 1)))
        elif column.subquery:
            shown.append(_join(name, aggregate=True, key=None, joined=columns(column.children)))
        else:
            shown.append(_column(name, column))
    return shown


def _join(name: str, *, aggregate: bool, key: str | None, joined: list[dict[str, Any]]) -> dict[str, Any]:
    """A parent, or the children of a sub-query."""
    custom = (key or name).endswith(("__c", "__r"))
    return {
        **_column(name, Column(name, name, "", aggregate=aggregate)),
        "custom": custom,
        "foreignKeyName": key,
        "joinColumns": joined,
    }


def _column(name: str, column: Column) -> dict[str, Any]:
    kind = column.type
    return {
        "aggregate": column.aggregate,
        "apexType": None
        if column.aggregate or column.field is None
        else _APEX_TYPES.get(kind, "String" if kind else None),
        "booleanType": kind == "boolean",
        "columnName": name,
        "custom": bool(column.field and column.field.endswith("__c")),
        "displayName": column.text or name,
        "foreignKeyName": None,
        "insertable": column.createable,
        "joinColumns": [],
        "numberType": kind in _NUMBERS,
        "textType": bool(kind) and kind not in _APEX_TYPES,
        "updatable": column.updateable,
    }


_NUMBERS = frozenset(("int", "long", "double", "currency", "percent"))
_APEX_TYPES = {
    "id": "Id", "reference": "Id", "boolean": "Boolean", "int": "Integer", "long": "Long", "double": "Decimal",
    "currency": "Decimal", "percent": "Decimal", "date": "Date", "datetime": "Datetime", "time": "Time", "base64": "Blob",
    "address": "Address", "location": "Location", "complexvalue": None,
}  # fmt: skip
"""Apex's types of columns; what is not here is text."""


def errors(found: Iterable[RecordError]) -> list[dict[str, Any]]:
    """Errors of one record as a single-record call answers them."""
    return [{"message": e.message, "errorCode": e.code, "fields": list(e.fields)} for e in found]


def row_errors(found: Iterable[RecordError]) -> list[dict[str, Any]]:
    """Errors of one record as collections, and the pseudo error of an event, are written."""
    return [{"statusCode": e.code, "message": e.message, "fields": list(e.fields)} for e in found]


def saved(outcome: SaveOutcome, *, upsert: bool = False) -> dict[str, Any]:
    """A successful single-record save."""
    shown: dict[str, Any] = {"id": outcome.id, "success": True, "errors": row_errors(outcome.errors)}
    if upsert:
        shown["created"] = outcome.created
    return shown


def collected(outcome: SaveOutcome, *, upsert: bool = False, keep_id: bool = False) -> dict[str, Any]:
    """One row of a collection's answer; a failed row has no id unless it is a deletion."""
    shown: dict[str, Any] = {}
    if outcome.id is not None and (outcome.success or keep_id):
        shown["id"] = outcome.id
    shown["success"] = outcome.success
    shown["errors"] = row_errors(outcome.errors)
    if upsert and outcome.success:
        shown["created"] = outcome.created
    return shown


def base_of(path_params: Mapping[str, str]) -> str:
    """The URL below which the records of this API version are found."""
    return f"/services/data/{path_params['version']}/sobjects"
