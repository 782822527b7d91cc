"""Bulk API 1.0's errors: ``<error>`` in XML, or JSON when the request is JSON."""

from __future__ import annotations

from orgwright.localorg.api.bulk1 import shapes
from orgwright.localorg.api.http import Answer, ApiError, Request, SessionError

_CODES = {
    "NOT_FOUND": "InvalidUrl",
    "UNKNOWN_EXCEPTION": "Unknown",
    "METHOD_NOT_ALLOWED": "MethodNotAllowed",
    "REQUEST_LIMIT_EXCEEDED": "ExceededQuota",
}


class BulkError(ApiError):
    """An error with one of Bulk API 1.0's exception codes (``InvalidJob``, ``InvalidBatch`` ...)."""


def answer(error: ApiError, request: Request) -> Answer:
    """The whole answer."""
    code, message = _CODES.get(error.code, error.code), error.message
    if isinstance(error, SessionError):
        code, message = "InvalidSessionId", "Invalid session id"
    return shapes.answer(
        "error", {"exceptionCode": code, "exceptionMessage": message}, shapes.wants_json(request), error.status
    )
