"""Errors of the administration API: REST's shape, with a hint."""

from __future__ import annotations

from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer


class AdminError(ApiError):
    """An error with a ``help`` text."""

    def __init__(self, code: str, message: str, status: int = 400, *, help: str | None = None) -> None:
        super().__init__(code, message, status)
        self.help = help


def answer(error: ApiError, request: Request) -> Answer:
    """The whole answer."""
    help_text = error.help if isinstance(error, AdminError) else None
    return json_answer([{"message": error.message, "errorCode": error.code, "help": help_text}], error.status)
