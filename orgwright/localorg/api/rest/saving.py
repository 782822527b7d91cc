"""From a JSON body to a save, and from its outcome to an HTTP status: shared by every way to write a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orgwright.apex.host import QueryProblem, Record, RecordError, SaveOutcome
from orgwright.localorg.api.http import ApiError, NotFound, Request, unexpected_json
from orgwright.localorg.api.rest import shapes
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.org import Transaction
from orgwright.localorg.schema.model import SObjectType

_STATUS = {
    "NOT_FOUND": 404,
    "ENTITY_IS_DELETED": 404,
    "INSUFFICIENT_ACCESS": 403,
    "INSUFFICIENT_ACCESS_OR_READONLY": 403,
    "FUNCTIONALITY_NOT_ENABLED": 403,
    "API_DISABLED_FOR_ORG": 403,
    "REQUEST_LIMIT_EXCEEDED": 403,
    "NOT_SUPPORTED_BY_EMBEDDED_ORG": 501,
}
_BAD_QUERY_CONTEXT = 60


def need_sobject(tx: Transaction, name: str) -> SObjectType:
    """The SObject type of a path or an ``attributes.type``; 404 when the org has none."""
    found = tx.schema.sobject(name)
    if found is None:
        raise NotFound
    return found


def record_of(sobject: SObjectType, body: Any) -> Record:
    """A record from a JSON object; ``attributes`` is no field."""
    if not isinstance(body, Mapping):
        raise unexpected_json(body, "sobject")
    fields: dict[str, Any] = {}
    for name, value in body.items():
        if name == "attributes":
            continue
        known = sobject.field(name)
        listed = isinstance(value, list) and (known is None or known.junction is None)
        if listed or (isinstance(value, Mapping) and sobject.parent_field(name) is None):
            raise unexpected_json(value, known.type if known else "string", "[line:1, column:2]")
        fields[name] = value
    return Record(sobject.name, fields)


def save(
    tx: Transaction,
    operation: str,
    records: Sequence[Record],
    *,
    all_or_none: bool = False,
    external_id: str | None = None,
    allow_duplicates: bool = False,
) -> list[SaveOutcome]:
    """Save records that came as JSON; platform events are published instead."""
    if operation == "insert" and records and all(record.type.endswith("__e") for record in records):
        return tx.publish(records, raw="json", api=True)
    return tx.save(
        SaveRequest(
            operation,  # type: ignore[arg-type]
            records,
            external_id=external_id,
            all_or_none=all_or_none,
            allow_duplicates=allow_duplicates,
        )
    )


def allow_duplicates(request: Request) -> bool:
    """Whether ``Sforce-Duplicate-Rule-Header`` lets duplicates through."""
    return "allowsave=true" in request.headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()


def refused(found: Iterable[RecordError], *, own_id: bool = False) -> ApiError:
    """The error of a single-record save. ``own_id``: the record's Id stood in the URL, so that an unknown
    one is a 404."""
    errors = tuple(found)
    first = errors[0]
    status = _STATUS.get(first.code, 400)
    if own_id and first.code == "INVALID_CROSS_REFERENCE_KEY" and not first.fields:
        status = 404
    return ApiError(first.code, first.message, status, body=shapes.errors(errors))


def query_error(problem: QueryProblem, soql: str) -> ApiError:
    """A SOQL error in REST's form: the query around the error, a caret, row and column, the text."""
    if problem.code == "NOT_SUPPORTED_BY_EMBEDDED_ORG":
        return ApiError(problem.code, problem.message, 501)
    if problem.code not in {"INVALID_TYPE", "INVALID_FIELD", "MALFORMED_QUERY", "INVALID_QUERY_FILTER_OPERATOR"}:
        return ApiError(problem.code, problem.message, _STATUS.get(problem.code, 400))
    offset = min(max(problem.offset, 0), len(soql))
    row = soql.count("\n", 0, offset) + 1
    start = soql.rfind("\n", 0, offset) + 1
    end = soql.find("\n", offset)
    line = soql[start : end if end >= 0 else len(soql)]
    column = offset - start + 1
    cut = max(0, column - 1 - _BAD_QUERY_CONTEXT)
    shown = line[cut : column - 1 + _BAD_QUERY_CONTEXT]
    caret = " " * (column - 1 - cut) + "^"
    return ApiError(problem.code, f"\n{shown}\n{caret}\nERROR at Row:{row}:Column:{column}\n{problem.message}")


def quoted(value: str) -> str:
    """A SOQL string literal."""
    escaped = "".join(_ESCAPES.get(char, char) for char in value)
    return f"'{escaped}'"


_ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}
