"""The ASGI application: read a request, find its handler, run it (on a worker thread, unless it is quick), send the answer."""

from __future__ import annotations

import asyncio
import inspect
import zlib
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qsl

from orgwright.localorg.api.http import Answer, ApiError, Request
from orgwright.localorg.api.routing import Route, Table, unexpected
from orgwright.localorg.runtime import Runtime

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_URI = 16_384
MAX_HEADERS = 65_536
_CHUNK = 262_144


class Application:
    """The whole embedded server behind one port; ``close`` ends its threads."""

    def __init__(self, runtime: Runtime, *, threads: int = 32) -> None:
        self.runtime = runtime
        self._router = runtime.router
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request (ASGI)."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
            return
        request = _request(scope, self.runtime)
        answer = await self._answer(request, scope, receive)
        try:
            await self._send(request, answer, send)
        finally:
            if request.body_file is not None:
                request.body_file.unlink(missing_ok=True)

    def close(self) -> None:
        """End the worker threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, request: Request, scope: Scope, receive: Receive) -> Answer:
        loop = asyncio.get_running_loop()
        table = self._router.loaded(request.path)
        if table is None:
            table = await loop.run_in_executor(self._pool, self._router.table, request.path)
        try:
            _check_size(scope)
            route, request.params = table.find(request.method, request.path)
            await _read_body(request, route, receive)
            if inspect.iscoroutinefunction(route.handler):
                return await table.call_async(route, request)
            if route.quick and request.at_hand():
                return self._run(table, route, request)
            return await loop.run_in_executor(self._pool, self._run, table, route, request)
        except ApiError as error:
            return table.on_error(error, request)
        except Exception as error:
            return table.on_error(unexpected(error, request), request)

    def _run(self, table: Table, route: Route, request: Request) -> Answer:
        headers: tuple[tuple[str, str], ...] = ()
        self.runtime.asked_at(request.base_url)
        try:
            headers = _authenticate(route, request)
            _check_accept(request)
            if request.headers.get("content-encoding", "").lower() == "gzip" and request.body:
                request.body = _gunzip(request.body, route.max_body)
            answer = table.call(route, request)
        except ApiError as error:
            answer = table.on_error(error, request)
        return (
            answer
            if not headers
            else Answer(answer.status, answer.body, answer.content_type, (*answer.headers, *headers))
        )

    async def _send(self, request: Request, answer: Answer, send: Send) -> None:
        headers = [(name.lower().encode("latin-1"), _clean(value)) for name, value in answer.headers]
        if answer.content_type:
            headers.append((b"content-type", answer.content_type.encode("latin-1")))
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        if isinstance(answer.body, bytes):
            if answer.status not in (204, 304):
                headers.append((b"content-length", str(len(answer.body)).encode()))
            await send(start)
            await send({"type": "http.response.body", "body": answer.body})
            return
        chunks = _file_chunks(answer.body) if isinstance(answer.body, Path) else iter(answer.body)
        await send(start)
        loop = asyncio.get_running_loop()
        while True:
            chunk = await loop.run_in_executor(self._pool, next, chunks, None)
            if chunk is None:
                break
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _request(scope: Scope, runtime: Runtime) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    path = "/" + "/".join(part for part in raw.split("/") if part)
    host = headers.get("host") or "{}:{}".format(*scope["server"])
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    query = dict(pairs)
    override = query.pop("_HttpMethod", "").upper() if scope["method"] == "POST" else ""
    return Request(
        method=override if override in {"PATCH", "DELETE", "PUT"} else scope["method"],
        path=path,
        query=query,
        headers=headers,
        runtime=runtime,
        base_url=f"{scope['scheme']}://{host}",
        client=tuple(scope["client"]) if scope.get("client") else None,
        raw_path=raw,
    )


def _check_accept(request: Request) -> None:
    """The REST API answers in JSON here: who takes nothing but XML is told."""
    accepted = request.headers.get("accept", "").lower()
    if (
        "xml" in accepted
        and request.path.startswith("/services/data/")
        and "json" not in accepted
        and "*" not in accepted
    ):
        raise ApiError(
            "NOT_SUPPORTED_BY_EMBEDDED_ORG", "XML answers of the REST API are not supported by the embedded org", 406
        )


def _check_size(scope: Scope) -> None:
    if len(scope["query_string"]) + len(scope.get("raw_path") or b"") > MAX_URI:
        raise ApiError("URI_TOO_LONG", f"The URI is longer than {MAX_URI} bytes", 414)
    names = [name for name, _ in scope["headers"]]
    if (b"transfer-encoding" in names and b"content-length" in names) or names.count(b"content-length") > 1:
        # two lengths: what one reader takes for the body, another takes for the next request (RFC 9112, 6.1)
        raise ApiError(
            "INVALID_REQUEST", "The length of the body is given twice", 400, headers=(("Connection", "close"),)
        )
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
        raise ApiError("HEADERS_TOO_LARGE", f"The headers are longer than {MAX_HEADERS} bytes", 431)


async def _read_body(request: Request, route: Route, receive: Receive) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > route.max_body:
        raise too_large(route.max_body)
    size = 0
    if not route.disk:
        chunks: list[bytes] = []
        async for chunk in _chunks(receive):
            size += len(chunk)
            if size > route.max_body:
                raise too_large(route.max_body)
            chunks.append(chunk)
        request.body = b"".join(chunks)
        return
    with NamedTemporaryFile(dir=request.runtime.temporary_folder(), delete=False) as file:
        request.body_file = Path(file.name)
        async for chunk in _chunks(receive):
            size += len(chunk)
            if size > route.max_body:
                raise too_large(route.max_body)
            file.write(chunk)


async def _chunks(receive: Receive) -> Any:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ApiError("CLIENT_DISCONNECTED", "The client went away", 400)
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]


def too_large(limit: int) -> ApiError:
    """The error for a body beyond ``limit`` bytes."""
    return ApiError(
        "EXCEEDED_MAX_SIZE_REQUEST", f"Maximum size of request reached. Maximum size of request is {limit} bytes.", 413
    )


def _gunzip(body: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise ApiError("MALFORMED_REQUEST", "The body is not valid gzip") from None
    if len(plain) > limit:
        raise too_large(limit)
    return plain


def _authenticate(route: Route, request: Request) -> tuple[tuple[str, str], ...]:
    """Resolve the session of the Authorization header; count the request; the header that tells the count."""
    request.resolve_session()
    if not route.session:
        return ()
    request.need_session()
    if not route.counted:
        return ()
    request.check_user()
    used, limit = request.count()
    return (("Sforce-Limit-Info", f"api-usage={used}/{limit}"),)


def _clean(value: str) -> bytes:
    """A header's value: one line, whatever a client put into it."""
    return value.replace("\r", "").replace("\n", "").encode("latin-1", "replace")


def _file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
