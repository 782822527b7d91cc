"""What an org, or the way to it, can refuse."""

from __future__ import annotations

from orgwright.errors import OrgwrightError, Place


class ApiError(OrgwrightError):
    """The org answered with an error.

    ``code`` is Salesforce's error code (``INVALID_FIELD``), ``status`` the HTTP status, ``fields`` the API names
    concerned. See "Status Codes and Error Responses" of the REST API guide.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        fields: tuple[str, ...] = (),
        request: str = "",
        help: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}", where=Place(path=request or None), help=help)
        self.code, self.status, self.fields, self.message = code, status, fields, message


class Unauthorized(ApiError):
    """The org refuses the token, and a fresh one as well."""


class LimitExceeded(ApiError):
    """The org's daily API calls are used up (``REQUEST_LIMIT_EXCEEDED``)."""


class Unreachable(OrgwrightError):
    """No answer from the org: it is down, the address is wrong, or the connection broke too often."""


class UnexpectedAnswer(OrgwrightError):
    """An answer that is not what the API describes, for instance a proxy's HTML page."""
