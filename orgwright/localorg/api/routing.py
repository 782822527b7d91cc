"""From method and path to a handler.

A path is a list of parts; ``{name}`` takes one part, ``{name*}`` the rest (at least one part). A literal
wins over a name, whatever the order of declaration.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from orgwright.localorg.api.http import Answer, ApiError, NotFound, Request
from orgwright.localorg.trouble import trouble_of

Handler = Callable[[Request], Answer] | Callable[[Request], Awaitable[Answer]]
ErrorWriter = Callable[[ApiError, Request], Answer]

log = logging.getLogger("orgwright.localorg")
MAX_BODY = 52_428_800
"""Bytes that a request body may have (SOAP's and REST's own limit)."""

MOUNTS: dict[str, str] = {
    "/": "root",
    "/_orgwright": "admin",
    "/services/oauth2": "oauth",
    "/id": "oauth",
    "/secur": "oauth",
    "/services/data": "rest",
    "/services/data/{version}/graphql": "graphql",
    "/services/data/{version}/jobs": "bulk2",
    "/services/data/{version}/tooling": "tooling",
    "/services/data/{version}/metadata": "metadata",
    "/services/Soap": "soap",
    "/services/apexrest": "apexrest",
    "/services/async": "bulk1",
    "/services/scim": "scim",
    "/cometd": "streaming",
}
"""Path prefixes and the package below ``orgwright.localorg.api`` that serves them; the longest wins."""


@dataclass(frozen=True)
class Route:
    """One method on one path.

    ``session`` False: the handler finds out itself who asks. ``disk``: the body, up to ``max_body``
    bytes, is written to a temporary file instead of memory. ``counted`` False: no API request is
    counted. ``quick``: the handler takes about a millisecond and waits for nobody, so that it runs on the event loop
    when its org is open: handing it to a thread and back would cost as much as the handler.
    """

    method: str
    path: str
    handler: Handler
    session: bool = True
    disk: bool = False
    max_body: int = MAX_BODY
    counted: bool = True
    quick: bool = False


@dataclass
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    name: str = ""
    child: _Node | None = None
    rest: tuple[str, dict[str, Route]] | None = None
    methods: dict[str, Route] = field(default_factory=dict)


class Table:
    """The routes of one API package, as a tree."""

    def __init__(self, routes: Sequence[Route], on_error: ErrorWriter) -> None:
        self.on_error = on_error
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for part in split(route.path):
            if part.startswith("{") and part.endswith("*}"):
                node.rest = node.rest or (part[1:-2], {})
                node.rest[1][route.method] = route
                return
            if part.startswith("{"):
                node.child = node.child or _Node()
                node.child.name = part[1:-1]
                node = node.child
            else:
                node = node.literals.setdefault(part.lower(), _Node())
        node.methods[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and its parameters; :class:`NotFound`, or 405 with the methods that there are."""
        found = _walk(self._root, split(path), 0, {})
        if found is None:
            raise NotFound
        methods, params = found
        version = params.get("version")
        if version is not None and not _VERSION.fullmatch(version):
            raise NotFound
        route = methods.get(method) or (methods.get("GET") if method == "HEAD" else None)
        if route is None:
            allowed = ",".join(sorted({*methods, "HEAD"} if "GET" in methods else set(methods)))
            raise ApiError(
                "METHOD_NOT_ALLOWED",
                f"HTTP Method '{method}' not allowed. Allowed are {allowed}",
                405,
                headers=(("Allow", allowed),),
            )
        return route, params

    def call(self, route: Route, request: Request) -> Answer:
        """Run a plain handler; what it raises becomes an answer in the shape of the package."""
        try:
            answer = route.handler(request)
            assert isinstance(answer, Answer)
        except ApiError as error:
            return self.on_error(error, request)
        except Exception as error:
            return self.on_error(unexpected(error, request), request)
        return answer

    async def call_async(self, route: Route, request: Request) -> Answer:
        """Run a handler that is a coroutine, likewise."""
        try:
            waiting = route.handler(request)
            assert not isinstance(waiting, Answer)
            return await waiting
        except ApiError as error:
            return self.on_error(error, request)
        except Exception as error:
            return self.on_error(unexpected(error, request), request)


_VERSION = re.compile(r"v\d\d\.0")


def _walk(
    node: _Node, parts: list[str], at: int, params: dict[str, str]
) -> tuple[dict[str, Route], dict[str, str]] | None:
    if at == len(parts):
        return (node.methods, params) if node.methods else None
    literal = node.literals.get(parts[at].lower())
    if literal is not None:
        found = _walk(literal, parts, at + 1, params)
        if found is not None:
            return found
    if node.child is not None:
        found = _walk(node.child, parts, at + 1, {**params, node.child.name: parts[at]})
        if found is not None:
            return found
    if node.rest is not None:
        name, methods = node.rest
        return methods, {**params, name: "/".join(parts[at:])}
    return None


def split(path: str) -> list[str]:
    """The parts of a path: empty ones dropped, so ``//`` and a trailing slash mean nothing."""
    return [unquote(part) for part in path.split("/") if part]


def unexpected(error: Exception, request: Request) -> ApiError:
    """The answer to what no handler foresaw: trouble with the disk or the org's file by its name, anything else as a
    500 with an error id; the traceback goes to the log alone."""
    told = trouble_of(error)
    if told is not None:
        log.error("%s %s: %s", request.method, request.path, told)
        return ApiError(told.code, told.text, told.status)
    error_id = f"{random.randrange(10**9, 10**10)}-{random.randrange(10**5)} ({random.randrange(-(2**31), 2**31)})"  # noqa: S311
    log.error("%s %s: error id %s", request.method, request.path, error_id, exc_info=error)
    return ApiError(
        "UNKNOWN_EXCEPTION",
        f"An unexpected error occurred. Please include this ErrorId if you contact support: {error_id}",
        500,
    )


@dataclass
class _Mount:
    """A place in the tree of prefixes: the package mounted there, if any, and the places below by lower-case part, ``""`` for any."""

    name: str = ""
    below: dict[str, _Mount] = field(default_factory=dict)


class Router:
    """All mounted packages; a package is imported when it is first asked for."""

    def __init__(self, mounts: dict[str, str] = MOUNTS) -> None:
        self._mounts = _Mount()
        for prefix, name in mounts.items():
            mount = self._mounts
            for part in split(prefix):
                mount = mount.below.setdefault("" if part.startswith("{") else part.lower(), _Mount())
            mount.name = name
        self._tables: dict[str, Table] = {}

    def loaded(self, path: str) -> Table | None:
        """As :meth:`table` if that needs no import."""
        return self._tables.get(self._name(path))

    def table(self, path: str) -> Table:
        """The routes of the package that the path belongs to."""
        return self._load(self._name(path))

    def run(self, request: Request) -> Answer:
        """Serve a request inside another one (composite, batch): same thread, session already known."""
        table = self.table(request.path)
        try:
            route, request.params = table.find(request.method, request.path)
            if inspect.iscoroutinefunction(route.handler) or route.disk:
                raise ApiError("INVALID_REQUEST", f"{request.path} cannot be part of a composite request")
        except ApiError as error:
            return table.on_error(error, request)
        return table.call(route, request)

    def _name(self, path: str) -> str:
        mount, name = self._mounts, self._mounts.name
        for part in split(path):
            below = mount.below.get(part.lower()) or mount.below.get("")
            if below is None:
                break
            mount, name = below, below.name or name
        return name

    def _load(self, name: str) -> Table:
        table = self._tables.get(name)
        if table is None:
            module = importlib.import_module(f"orgwright.localorg.api.{name}.urls")
            table = self._tables[name] = Table(module.ROUTES, module.on_error)
        return table
