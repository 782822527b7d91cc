"""Records, save results and query answers as REST's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orgwright.apex.host import Record, RecordError, SaveOutcome
from orgwright.localorg.soql.result import Column, QueryResult


def record(row: Record, base: str) -> dict[str, Any]:
    """A record whose values are JSON values already. ``base`` is the URL below which records are found
    (``/services/data/v67.0/sobjects``)."""
    attributes = {"type": row.type}
    if row.type != "AggregateResult":
        record_id = row.fields.get("Id") or getattr(row, "id", None)
        attributes["url"] = f"{base}/{row.type}/{record_id}" if record_id else f"{base}/{row.type}"
    shown: dict[str, Any] = {"attributes": attributes}
    for name, value in row.fields.items():
        if isinstance(value, Record):
            shown[name] = record(value, base)
        elif isinstance(value, list):
            shown[name] = children(value, base)
        else:
            shown[name] = value
    return shown


def children(rows: Sequence[Record], base: str) -> dict[str, Any] | None:
    """Child records of a sub-query; none is ``null``."""
    if not rows:
        return None
    return {"totalSize": len(rows), "done": True, "records": [record(row, base) for row in rows]}


def query(result: QueryResult, rows: Sequence[Any], next_url: str | None) -> dict[str, Any]:
    """One page of a query's answer."""
    answer: dict[str, Any] = {"totalSize": result.total, "done": next_url is None}
    if next_url is not None:
        answer["nextRecordsUrl"] = next_url
    answer["records"] = list(rows)
    return answer


def columns(found: Iterable[Column]) -> list[dict[str, Any]]:
    """``columnMetadata`` of a query with ``columns=true``."""
    return [
        {
            "aggregate": column.subquery or column.aggregate,
            "apexType": None,
            "booleanType": column.type == "boolean",
            "columnName": column.name,
            "custom": bool(column.field and column.field.endswith("__c")),
            "displayName": column.name,
            "foreignKeyName": column.name if column.children and not column.subquery else None,
            "insertable": False,
            "joinColumns": columns(column.children),
            "numberType": column.type in {"int", "long", "double", "currency", "percent"},
            "textType": column.type in {"string", "textarea", "picklist", "id", "reference"},
            "updatable": False,
        }
        for column in found
    ]


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
