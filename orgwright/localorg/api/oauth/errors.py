"""OAuth's errors: ``{"error", "error_description"}``; userinfo and the identity URL answer plain words."""

from __future__ import annotations

from orgwright.localorg.api.http import Answer, ApiError, Request, SessionError, json_answer


class OAuthError(ApiError):
    """An error of the token endpoint: RFC 6749's ``error`` and Salesforce's description."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error, description, status)


def answer(error: ApiError, request: Request) -> Answer:
    """The whole answer."""
    if isinstance(error, SessionError):
        given = "authorization" in request.headers
        return Answer(403, b"Bad_OAuth_Token" if given else b"Missing_OAuth_Token", "text/html;charset=UTF-8")
    return json_answer({"error": error.code, "error_description": error.message}, error.status)
