"""One HTTP conversation with an org: the session header, one refresh, bounded retries, errors with a name."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx

from orgwright.org.connection import Connection
from orgwright.org.errors import ApiError, LimitExceeded, Unauthorized, UnexpectedAnswer, Unreachable

RETRIED_STATUS: Final = frozenset({420, 429, 500, 502, 503, 504})
REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})
ATTEMPTS: Final = 5
TIMEOUT: Final = httpx.Timeout(120.0, connect=10.0)


class Transport:
    """Sends requests to one org; closes with the ``with`` block.

    A 401 is answered by one refresh of the token; a repeatable request is tried up to five times after
    429, 5xx, a time-out or a broken connection, with jittered pauses; ``POST`` and ``PATCH`` are repeated only
    when the connection could not be made. ``pause`` and ``transport`` are parameters for tests.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        pause: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.connection = connection
        self._token = connection.token
        self._pause = pause
        self.calls = 0
        verify: ssl.SSLContext | bool = True
        if connection.ca_bundle is not None:
            verify = ssl.create_default_context(cafile=str(connection.ca_bundle))
        self._http = httpx.Client(
            base_url=connection.instance_url,
            timeout=TIMEOUT,
            verify=verify if connection.instance_url.startswith("https") else False,
            transport=transport,
            trust_env=not _is_loopback(connection.instance_url),
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def token(self) -> str:
        """The session id in force, for protocols that carry it in the body."""
        return self._token.reveal()

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> httpx.Response:
        """Send a request and give back its answer; raise what :mod:`orgwright.org.errors` names.

        ``content`` is what httpx takes: ``json``, ``content``, ``data``, ``files``, ``params``; a callable ``content`` gives
        a fresh iterator of bytes for each attempt. Status 300 (an external id that matches several records) and 304
        are answers, not errors.
        """
        for attempt in range(1, ATTEMPTS + 1):
            response = self._try(method, path, headers, content, attempt)
            if response is None:
                continue
            if response.status_code == 401 and self._refreshed(attempt):
                continue
            if response.status_code < 400:
                return response
            if response.status_code in RETRIED_STATUS and method in REPEATABLE and attempt < ATTEMPTS:
                self._wait(attempt, response.headers.get("Retry-After"))
                continue
            raise error_of(response, f"{method} {path.split('?')[0]}")
        raise Unreachable(f"{self.connection.alias}: the org refuses the session again and again")

    def send_xml(self, path: str, envelope: str) -> bytes:
        """Send a SOAP envelope; ``{token}`` in it becomes the session id. Faults are given back, not raised."""
        for attempt in range(1, 3):
            body = envelope.replace("{token}", self._token.reveal()).encode()
            headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
            response = self._try("POST", path, headers, {"content": body}, attempt)
            if response is None:
                continue
            expired = response.status_code in {401, 500} and b"INVALID_SESSION_ID" in response.content
            if not (expired and self._refreshed(attempt)):
                return response.content
        raise Unreachable(f"{self.connection.alias}: the org refuses the session again and again")

    @contextmanager
    def stream(self, path: str, *, params: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """A GET whose body is read bit by bit; repeated as :meth:`send` does until the body begins."""
        response = self._opened(path, params)
        try:
            yield response
        except httpx.TransportError as fault:
            raise self._unreachable(fault) from fault
        finally:
            response.close()

    def _opened(self, path: str, params: Mapping[str, str] | None) -> httpx.Response:
        for attempt in range(1, ATTEMPTS + 1):
            self.calls += 1
            try:
                request = self._http.build_request("GET", path, headers=self._headers(None), params=params)
                response = self._http.send(request, stream=True)
                if response.status_code < 400:
                    return response
                response.read()
            except httpx.TransportError as fault:
                if attempt == ATTEMPTS or (attempt >= 3 and isinstance(fault, httpx.ConnectError)):
                    raise self._unreachable(fault) from fault
                self._wait(attempt, None)
                continue
            if response.status_code == 401 and self._refreshed(attempt):
                continue
            if response.status_code in RETRIED_STATUS and attempt < ATTEMPTS:
                self._wait(attempt, response.headers.get("Retry-After"))
                continue
            raise error_of(response, f"GET {path}")
        raise Unreachable(f"{self.connection.alias}: the org refuses the session again and again")

    def _try(
        self, method: str, path: str, headers: Mapping[str, str] | None, content: Mapping[str, Any], attempt: int
    ) -> httpx.Response | None:
        self.calls += 1
        body = content.get("content")
        if callable(body):
            content = {**content, "content": body()}
        try:
            return self._http.request(method, path, headers=self._headers(headers), **content)
        except httpx.ConnectError as fault:
            if attempt >= 3:
                raise self._unreachable(fault) from fault
        except httpx.TransportError as fault:
            if method not in REPEATABLE or attempt == ATTEMPTS:
                raise self._unreachable(fault) from fault
        self._wait(attempt, None)
        return None

    def _headers(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.reveal()}", **(headers or {})}

    def _refreshed(self, attempt: int) -> bool:
        refresh = self.connection.refresh
        if refresh is None or attempt > 1:
            return False
        self._token = refresh()
        return True

    def _wait(self, attempt: int, retry_after: str | None) -> None:
        seconds = 0.2 * 2 ** (attempt - 1)
        if retry_after and retry_after.isdigit():
            seconds = min(float(retry_after), 60.0)
        self._pause(seconds * (0.5 + random.random()))  # noqa: S311  jitter, not a secret

    def _unreachable(self, fault: Exception) -> Unreachable:
        alias = self.connection.alias
        return Unreachable(
            f"no answer from org {alias} at {self.connection.instance_url}: {_plain(fault)}",
            help=f"check the address with 'orgwright org show {alias}' or 'cci org info {alias}'",
        )


def error_of(response: httpx.Response, request: str) -> ApiError | UnexpectedAnswer:
    """The error that an answer of status 400 and above stands for."""
    try:
        body = response.json()
    except ValueError:
        return UnexpectedAnswer(f"{request}: HTTP {response.status_code} without a Salesforce error")
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return UnexpectedAnswer(f"{request}: HTTP {response.status_code} without a Salesforce error")
    code = str(first.get("errorCode") or first.get("error") or f"HTTP_{response.status_code}")
    message = str(first.get("message") or first.get("error_description") or "").strip()
    fields = tuple(first.get("fields") or ())
    if response.status_code == 401:
        help = "log in again: 'cci org connect' or, for an embedded org, 'orgwright org stop' and the command again"
        return Unauthorized(message, code=code, status=401, request=request, help=help)
    if code == "REQUEST_LIMIT_EXCEEDED":
        help = "the org's API calls of the last 24 hours are used up: wait, or ask Salesforce for more"
        return LimitExceeded(message, code=code, status=response.status_code, request=request, help=help)
    return ApiError(message, code=code, status=response.status_code, fields=fields, request=request)


def _plain(fault: Exception) -> str:
    return str(fault) or type(fault).__name__


def _is_loopback(url: str) -> bool:
    host = httpx.URL(url).host
    return host in {"localhost", "::1"} or host.startswith("127.")
