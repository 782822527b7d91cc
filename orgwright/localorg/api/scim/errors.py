"""Errors as SCIM 1.1 writes them."""

from __future__ import annotations

from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer


def answer(error: ApiError, request: Request) -> Answer:
    """``{"Errors": [{"description", "code"}]}``."""
    return json_answer({"Errors": [{"description": error.message, "code": error.status}]}, error.status, error.headers)
