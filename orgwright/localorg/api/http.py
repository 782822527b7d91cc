"""What a handler gets and gives back: requests, answers, errors."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qsl

from orgwright.localorg.access.rights import API_PERMISSION

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction
    from orgwright.localorg.runtime import Runtime
    from orgwright.localorg.sessions import Session

JSON_TYPE = "application/json;charset=UTF-8"


class ApiError(Exception):
    """An error that a client is told.

    Arguments: Salesforce's error ``code`` and ``message``, the HTTP ``status``, the ``fields``
    concerned, further ``headers`` of the answer. ``body`` replaces the whole list of errors when one
    answer carries several.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        fields: Iterable[str] | None = None,
        *,
        body: Any = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.body, self.headers = code, message, status, body, headers
        self.fields = None if fields is None else tuple(fields)


class SessionError(ApiError):
    """No session, or one that is unknown or expired."""

    def __init__(self) -> None:
        super().__init__("INVALID_SESSION_ID", "Session expired or invalid", 401)


class LimitExceeded(ApiError):
    """The org's API requests of the day are used up."""

    def __init__(self) -> None:
        super().__init__("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403)


class NotFound(ApiError):
    """The path, version or record does not exist."""

    def __init__(self, message: str = "The requested resource does not exist") -> None:
        super().__init__("NOT_FOUND", message, 404)


class Unsupported(ApiError):
    """Salesforce can do it, the embedded org cannot: said aloud, never pretended."""

    def __init__(self, what: str) -> None:
        super().__init__("NOT_SUPPORTED_BY_EMBEDDED_ORG", f"{what} is not supported by the embedded org", 501)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. ``body`` is the content, a file to send, or chunks (produced on a worker thread)."""

    status: int = 200
    body: bytes | Path | Iterable[bytes] = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def json_answer(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An answer that carries ``value`` as JSON."""
    return Answer(status, to_json(value), JSON_TYPE, headers)


def to_json(value: Any) -> bytes:
    """The JSON text of plain values."""
    return _JSON.encode(value).encode()


def _plain(value: Any) -> Any:
    """A number that a client sent with a fraction and that goes back to it."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} in an answer")


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, default=_plain)


@dataclass(frozen=True)
class Part:
    """One part of a ``multipart/form-data`` body."""

    name: str
    filename: str | None
    content_type: str | None
    content: bytes


@dataclass
class Request:
    """One request, resolved: who asks, of which org, in which API version.

    ``path`` is normalised (one slash, none at the end, no query), ``params`` holds the named parts of
    the route, ``query`` the last value of each query parameter, ``headers`` the headers by lower-case
    name. ``body`` is the whole body, or empty when the route keeps bodies on disk: then ``body_file``
    is a temporary file that belongs to the handler (it may be moved). ``shared`` is the transaction of the
    all-or-none composite that this request is a part of, ``content`` its body, parsed already. ``raw_path`` is the path as it came.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    runtime: Runtime
    base_url: str
    client: tuple[str, int] | None = None
    params: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    body_file: Path | None = None
    session: Session | None = None
    shared: Transaction | None = None
    content: Any = None
    raw_path: str = ""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction of the asking user, committed at the end; inside an all-or-none composite: its one."""
        if self.shared is not None:
            yield self.shared
            return
        session = self.need_session()
        with session.org.transaction(session.user_id) as tx:
            tx.origin, tx.session_id = self.origin, session.record_id
            yield tx

    @contextlib.contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A snapshot that no writer blocks; inside an all-or-none composite: its transaction."""
        if self.shared is not None:
            yield self.shared
            return
        session = self.need_session()
        with session.org.read(session.user_id) as tx:
            tx.session_id = session.record_id
            yield tx

    @property
    def origin(self) -> str:
        """The API and its version, as change events tell where a change came from."""
        parts = self.path.lower().split("/")
        if parts[1:3] == ["services", "data"]:
            return f"com/salesforce/api/rest/{parts[3].removeprefix('v')}"
        return "com/salesforce/api/soap" if parts[1:3] == ["services", "soap"] else ""

    @property
    def org(self) -> Org:
        """The org that the session belongs to."""
        return self.need_session().org

    @property
    def user_id(self) -> str:
        """The Id of the user whose session it is."""
        return self.need_session().user_id

    @property
    def version(self) -> str:
        """The API version of the path without its ``v``: ``"67.0"``."""
        return self.params["version"][1:]

    @property
    def major(self) -> int:
        """The API version as a number: ``67``."""
        return int(self.version.partition(".")[0])

    def need_session(self) -> Session:
        """The session; :class:`SessionError` when there is none."""
        if self.session is None:
            raise SessionError
        return self.session

    def resolve_session(self) -> Session | None:
        """The session of the Authorization header, kept in ``session``; ``None`` when there is none."""
        token = self._token()
        if token:
            self.session = self.runtime.sessions.resolve(token)
        return self.session

    def at_hand(self) -> bool:
        """Whether the org of the Authorization header is open, so that its answer need not wait for that."""
        return self.runtime.sessions.at_hand(self._token())

    def _token(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in {"bearer", "oauth"} else ""

    def resolve_usable(self) -> Session | None:
        """The session of the Authorization header if its user may use the APIs; ``None`` otherwise."""
        if self.resolve_session() is None:
            return None
        try:
            self.check_user()
        except ApiError:
            return None
        return self.session

    def login(self, token: str | None) -> Session:
        """Resolve a session that did not come in the Authorization header (SOAP, Bulk 1), keep it and count the request."""
        session = self.runtime.sessions.resolve(token) if token else None
        if session is None:
            raise SessionError
        self.session = session
        self.check_user()
        self.count()
        return session

    def check_user(self) -> None:
        """Whether the user may use the APIs at all; :class:`SessionError` when he is no longer active."""
        session = self.need_session()
        rights = session.org.rights_of(session.user_id)
        if not rights.active:
            raise SessionError
        if not rights.has(API_PERMISSION):
            raise ApiError("API_CURRENTLY_DISABLED", "API is disabled for this User", 403)

    def count(self) -> tuple[int, int]:
        """Count this API request: today's number and the allowance; :class:`LimitExceeded` beyond it."""
        used, limit = self.runtime.count(self.need_session())
        if used > limit:
            raise LimitExceeded
        return used, limit

    def json(self) -> Any:
        """The body as JSON, numbers with a fraction as ``Decimal``; errors in Salesforce's words."""
        return parse_json(self.body, self.headers.get("content-type", "")) if self.content is None else self.content

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object."""
        value = self.json()
        if not isinstance(value, dict):
            raise unexpected_json(value, "object")
        return value

    def form(self) -> dict[str, str]:
        """The fields of an ``application/x-www-form-urlencoded`` body, and those of the query."""
        pairs = parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
        return {**self.query, **dict(pairs)}

    def multipart(self) -> list[Part]:
        """The parts of a ``multipart/form-data`` body, in order."""
        from orgwright.localorg.api.multipart import parse_multipart

        return parse_multipart(self.body, self.headers.get("content-type", ""))


_EVENT_NAMES = {
    dict: "START_OBJECT",
    list: "START_ARRAY",
    str: "VALUE_STRING",
    bool: "VALUE_TRUE",
    type(None): "VALUE_NULL",
}


def unexpected_json(value: Any, wanted: str, place: str = "[line:1, column:1]") -> ApiError:
    """The error for a JSON value of another kind than ``wanted``."""
    event = _EVENT_NAMES.get(type(value), "VALUE_NUMBER")
    shown = " value {" if isinstance(value, dict) else f" value {value}" if isinstance(value, str) else ""
    return ApiError(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {wanted} from {event}{shown} "
        f"or request may be missing a required field at {place}",
    )


def parse_json(body: bytes, content_type: str = "application/json") -> Any:
    """A JSON text from a client: bounded, strict, no lone surrogates.

    Raises :class:`ApiError` ``JSON_PARSER_ERROR``, or 415 when the content type is not JSON.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind and kind not in {"application/json", "text/json", "application/x-www-form-urlencoded", "text/plain", "*/*"}:
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", f"Content type {kind[:100]} is not supported", 415)
    if not body.strip():
        raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ApiError("JSON_PARSER_ERROR", f"Invalid UTF-8 at byte {error.start}") from None
    try:
        value = json.loads(text, parse_float=_number, parse_int=_integer, parse_constant=_no_constant)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        raise _syntax_error(text, error) from None
    except RecursionError:
        raise ApiError("JSON_PARSER_ERROR", "The document is nested too deeply") from None
    except UnicodeEncodeError:
        raise ApiError("JSON_PARSER_ERROR", "Broken surrogate pair in a string") from None
    return value


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _number(text: str) -> Decimal:
    if len(text) > 400:
        raise ApiError("JSON_PARSER_ERROR", f"Numeric value ({text[:20]}...) out of range")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > 400:
        raise ApiError("JSON_PARSER_ERROR", f"Numeric value ({text[:20]}...) out of range")
    return int(text)


def _no_constant(text: str) -> NoReturn:
    raise ApiError("JSON_PARSER_ERROR", f"Non-standard token '{text}' at [line:1, column:1]")


def _syntax_error(text: str, error: json.JSONDecodeError) -> ApiError:
    if error.pos >= len(text):
        place = f"[line:{error.lineno}, column:{error.colno}]"
        return ApiError("JSON_PARSER_ERROR", f"Unexpected end-of-input at {place}")
    place = f"[line:{error.lineno}, column:{error.colno + 1}]"
    char = text[error.pos]
    expected = {
        "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
        "Expecting ',' delimiter": "was expecting comma to separate entries",
        "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
        "Expecting value": "expected a valid value (number, String, array, object, 'true', 'false' or 'null')",
    }.get(error.msg, error.msg)
    return ApiError("JSON_PARSER_ERROR", f"Unexpected character ('{char}' (code {ord(char)})): {expected} at {place}")
