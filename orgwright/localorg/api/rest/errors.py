"""How the REST API writes errors: ``[{"message", "errorCode", "fields"?}]``."""

from __future__ import annotations

from typing import Any

from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer


def rows(error: ApiError) -> list[dict[str, Any]]:
    """The array of errors that stands in an answer's body."""
    if error.body is not None:
        return error.body if isinstance(error.body, list) else [error.body]
    row: dict[str, Any] = {"message": error.message, "errorCode": error.code}
    if error.fields is not None:
        row["fields"] = list(error.fields)
    return [row]


def answer(error: ApiError, request: Request) -> Answer:
    """The whole answer."""
    return json_answer(rows(error), error.status, error.headers)
