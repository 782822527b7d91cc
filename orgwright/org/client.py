"""Any org over HTTP: records, queries, describes, composite calls, and the doors to its other APIs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from orgwright.org.connection import Connection
from orgwright.org.errors import ApiError, UnexpectedAnswer
from orgwright.org.transport import Transport

if TYPE_CHECKING:
    from orgwright.org.bulk import BulkApi
    from orgwright.org.events import EventApi
    from orgwright.org.metadata import MetadataApi
    from orgwright.org.tests import TestApi

COMPOSITE_SIZE: Final = 25
COMPOSITE_QUERIES: Final = 5
COLLECTION_SIZE: Final = 200


@dataclass(frozen=True)
class Request:
    """One sub-request of a composite call; ``path`` begins after ``/services/data/vXX.0``."""

    path: str
    method: str = "GET"
    body: Any = None


@dataclass(frozen=True)
class Answer:
    """The answer to one sub-request."""

    status: int
    body: Any


@dataclass(frozen=True)
class RowResult:
    """The result of one row of a collections call."""

    id: str | None
    success: bool
    errors: tuple[tuple[str, str], ...]


class OrgClient:
    """An org's APIs. Use it in a ``with`` block.

    Follows the REST API developer guide; ``metadata``, ``bulk``, ``tests`` and ``events`` hold the other APIs.
    Raises the errors of :mod:`orgwright.org.errors`.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        pause: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.connection = connection
        self.transport = Transport(connection, pause=pause, transport=transport)
        self.pause = pause
        self.base = f"/services/data/v{connection.api_version}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.transport.close()

    @cached_property
    def metadata(self) -> MetadataApi:
        """Deploys and metadata reads."""
        from orgwright.org.metadata import MetadataApi

        return MetadataApi(self)

    @cached_property
    def bulk(self) -> BulkApi:
        """Bulk API 2.0."""
        from orgwright.org.bulk import BulkApi

        return BulkApi(self)

    @cached_property
    def tests(self) -> TestApi:
        """Apex test runs and coverage."""
        from orgwright.org.tests import TestApi

        return TestApi(self)

    @cached_property
    def events(self) -> EventApi:
        """Platform events over CometD."""
        from orgwright.org.events import EventApi

        return EventApi(self)

    def get(self, path: str, **content: Any) -> Any:
        """The JSON at a path below ``/services/data/vXX.0``."""
        return _json(self.transport.send("GET", self.base + path, **content))

    def post(self, path: str, **content: Any) -> Any:
        """POST, the JSON answered or ``None``."""
        return _json(self.transport.send("POST", self.base + path, **content))

    def patch(self, path: str, **content: Any) -> Any:
        """PATCH, the JSON answered or ``None``."""
        return _json(self.transport.send("PATCH", self.base + path, **content))

    def delete(self, path: str, **content: Any) -> Any:
        """DELETE, the JSON answered or ``None``."""
        return _json(self.transport.send("DELETE", self.base + path, **content))

    def query(self, soql: str, *, tooling: bool = False) -> Iterator[dict[str, Any]]:
        """The rows of a SOQL query, page by page; ``tooling`` asks the Tooling API."""
        page = self.get("/tooling/query" if tooling else "/query", params={"q": soql})
        while True:
            yield from part(page, "records", "GET /query")
            following = page.get("nextRecordsUrl")
            if not following:
                return
            page = _json(self.transport.send("GET", following))

    def count(self, soql: str) -> int:
        """The number that a ``SELECT COUNT()`` query answers."""
        return int(part(self.get("/query", params={"q": soql}), "totalSize", "GET /query"))

    def describe(self, sobject: str) -> dict[str, Any]:
        """The describe of one SObject."""
        result: dict[str, Any] = self.get(f"/sobjects/{sobject}/describe")
        return result

    def limits(self) -> dict[str, dict[str, int]]:
        """The org's limits: ``{"DailyApiRequests": {"Max": ..., "Remaining": ...}}``."""
        result: dict[str, dict[str, int]] = self.get("/limits")
        return result

    def is_production(self) -> bool:
        """Whether the org is a production org, whose deploys have to pass the coverage gates.

        Sandboxes say that they are one, scratch orgs have a trial that ends, Developer Edition knows no gates.
        """
        org = next(self.query("SELECT IsSandbox, OrganizationType, TrialExpirationDate FROM Organization"))
        if org["IsSandbox"] or org["TrialExpirationDate"]:
            return False
        return bool(org["OrganizationType"] != "Developer Edition")

    def composite(self, requests: Sequence[Request], *, all_or_none: bool = False) -> list[Answer]:
        """Up to 25 sub-requests in each call, 5 of them queries or collections; answers in the order of the requests."""
        answers: list[Answer] = []
        for call in _calls(requests):
            answered = self.post("/composite", json={"allOrNone": all_or_none, "compositeRequest": self._parts(call)})
            found = part(answered, "compositeResponse", "POST /composite")
            answers += [Answer(part(a, "httpStatusCode", "POST /composite"), a.get("body")) for a in found]
        return answers

    def _parts(self, requests: Sequence[Request]) -> list[dict[str, Any]]:
        parts = []
        for number, request in enumerate(requests):
            part = {"method": request.method, "url": self.base + request.path, "referenceId": f"r{number}"}
            if request.body is not None:
                part["body"] = request.body
            parts.append(part)
        return parts

    def create(self, sobject: str, record: Mapping[str, Any]) -> str:
        """Create one record; its Id."""
        path = f"/sobjects/{sobject}"
        return str(part(self.post(path, json=dict(record)), "id", f"POST {path}"))

    def update(self, sobject: str, id: str, values: Mapping[str, Any]) -> None:
        """Change fields of one record."""
        self.patch(f"/sobjects/{sobject}/{id}", json=dict(values))

    def remove(self, sobject: str, id: str) -> None:
        """Delete one record; a record that is gone already is no error."""
        try:
            self.delete(f"/sobjects/{sobject}/{id}")
        except ApiError as fault:
            if fault.code not in {"ENTITY_IS_DELETED", "NOT_FOUND"}:
                raise

    def create_all(self, records: Sequence[Mapping[str, Any]], *, all_or_none: bool = True) -> list[RowResult]:
        """Create records by collections of 200; each carries ``attributes: {type}``."""
        results: list[RowResult] = []
        for start in range(0, len(records), COLLECTION_SIZE):
            part = [dict(record) for record in records[start : start + COLLECTION_SIZE]]
            rows = self.post("/composite/sobjects", json={"allOrNone": all_or_none, "records": part})
            results += [_row_result(row) for row in rows]
        return results


def _calls(requests: Sequence[Request]) -> Iterator[list[Request]]:
    """The requests in parts that one composite call takes (REST API guide, "Send Multiple Requests Using Composite")."""
    part: list[Request] = []
    queries = 0
    for request in requests:
        heavy = request.path.startswith(("/query", "/queryAll", "/tooling/query", "/composite/sobjects"))
        if len(part) == COMPOSITE_SIZE or (heavy and queries == COMPOSITE_QUERIES):
            yield part
            part, queries = [], 0
        part.append(request)
        queries += heavy
    if part:
        yield part


def _row_result(row: Mapping[str, Any]) -> RowResult:
    errors = tuple((e["statusCode"], e["message"]) for e in row.get("errors") or ())
    return RowResult(row.get("id"), bool(row["success"]), errors)


def part(answer: Any, name: str, request: str) -> Any:
    """A member of a JSON answer; :class:`UnexpectedAnswer` when it is not there, as in what a proxy or a cut-off org sends."""
    try:
        return answer[name]
    except (KeyError, TypeError, IndexError) as fault:
        raise UnexpectedAnswer(f"{request}: the answer has no {name}") from fault


def _json(response: httpx.Response) -> Any:
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as fault:
        url = response.request.url.path
        raise UnexpectedAnswer(f"{response.request.method} {url}: the answer is not JSON") from fault


def quote(text: str) -> str:
    """A SOQL string literal of a text, quotes included."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"
