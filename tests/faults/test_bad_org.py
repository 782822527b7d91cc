"""The client side against an org that fails in the middle: one clear error, nothing half-done, bypass taken back, resume works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from orgwright import spec, sync
from orgwright.deliver.access import give_access
from orgwright.errors import OrgwrightError
from orgwright.localorg import control, service
from orgwright.org import Connection, OrgClient, Secret
from orgwright.spec.model import Connector
from orgwright.sync.history import History
from orgwright.workflows import steps
from tests.faults.conftest import House

pytestmark = pytest.mark.xdist_group("faults")
Fault = Callable[[httpx.Request], httpx.Response | None]
SIZE = 20


class Proxy(httpx.BaseTransport):
    """Hands requests on to the org, unless ``fault`` answers or raises first; keeps what went by."""

    def __init__(self) -> None:
        self._real = httpx.HTTPTransport()
        self.fault: Fault = lambda _: None
        self.cut: Callable[[httpx.Request, bytes], bytes] = lambda _, body: body
        self.seen: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(f"{request.method} {request.url.path}")
        made = self.fault(request)
        if made is not None:
            made.request = request
            return made
        response = self._real.handle_request(request)
        body = self.cut(request, response.read())
        headers = [(k, v) for k, v in response.headers.multi_items() if k.lower() != "content-length"]
        return httpx.Response(response.status_code, headers=headers, content=body, request=request)


class Bench:
    """An org with the connector deployed, and clients of it through the proxy."""

    def __init__(self, house: House, connector: Connector) -> None:
        self.access = control.ensure_org("bench", home=house.home)
        self.connector = connector
        self.refreshed = 0
        self.token = self.access.access_token

    def client(self, proxy: httpx.BaseTransport | None = None) -> OrgClient:
        def refresh() -> Secret:
            self.refreshed += 1
            return Secret(self.token)

        access = self.access
        return OrgClient(
            Connection(
                "bench", access.instance_url, Secret(self.token), access.org_id, access.username, refresh=refresh
            ),
            pause=lambda _: None,
            transport=proxy,
        )

    def held(self) -> int:
        """How often the loading user holds the bypass."""
        name = self.connector.outage.bypass
        with self.client() as org:
            return org.count(f"SELECT COUNT() FROM PermissionSetAssignment WHERE PermissionSet.Name = '{name}'")

    def accounts(self) -> int:
        with self.client() as org:
            return org.count("SELECT COUNT() FROM Account")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    house = House(tmp_path_factory.mktemp("bench") / "home")
    made = Bench(house, spec.load(spec.find("gentrack")))
    with made.client() as org:
        steps.deploy_stages(org, steps.generated_stages(made.connector, None))
        give_access(org, made.connector)
    yield made
    service.stop(house.home)


@pytest.fixture
def proxy() -> Proxy:
    return Proxy()


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "loads")


def load(bench: Bench, proxy: Proxy, history: History, resume: str | None = None) -> sync.SeedResult:
    with bench.client(proxy) as org:
        if resume:
            return sync.resume(org, bench.connector, history, resume)
        return sync.seed(org, bench.connector, sync.SampleSource(bench.connector.sample, SIZE), history)


def error(code: str, message: str, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json=[{"errorCode": code, "message": message}])


def on(pattern: str, answer: Callable[[], httpx.Response], *, after: int = 0, times: int = 10**6) -> Fault:
    """Answer the requests that match, from the ``after``-th on, so many times."""
    count = 0

    def fault(request: httpx.Request) -> httpx.Response | None:
        nonlocal count
        if not re.search(pattern, f"{request.method} {request.url.path}"):
            return None
        count += 1
        return answer() if after < count <= after + times else None

    return fault


def reset() -> httpx.Response:
    raise httpx.WriteError("connection reset by peer")


def ended(status: str) -> Callable[[], httpx.Response]:
    job = {"id": "7500000000001", "object": "Account", "state": status, "errorMessage": "InvalidBatch : broken"}
    return lambda: httpx.Response(200, json=job)


MIDDLE = {
    "full": (on("ingest|query|sobjects", lambda: error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403), after=9, times=30), "REQUEST_LIMIT_EXCEEDED"),
    "reset": (on("PUT .*batches", reset, after=1), "connection reset"),
    "failed": (on("GET .*/ingest/[^/]+$", ended("Failed"), after=1), "ended the job as Failed: InvalidBatch : broken"),
    "aborted": (on("GET .*/ingest/[^/]+$", ended("Aborted"), after=1), "ended the job as Aborted"),
    "no job": (on("POST .*/ingest$", lambda: httpx.Response(200, json={}), after=1), "the answer has no id"),
    "html": (on("GET .*/ingest/[^/]+$", lambda: httpx.Response(200, text="<html>"), after=1), "not JSON"),
    "strange": (on("GET .*/ingest/[^/]+$", lambda: httpx.Response(200, json=[1]), after=1), "the answer has no"),
    "down": (on("successfulResults", lambda: error("SERVER_UNAVAILABLE", "busy", 503), after=1), "SERVER_UNAVAILABLE: busy"),
    "torn": (on("successfulResults", lambda: httpx.Response(200, text='"sf__Id","sf__Created"\n"001'), after=1), "cannot be read"),
    "bytes": (on("successfulResults", lambda: httpx.Response(200, content=b"a,b\n\xff,1\n"), after=1), "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", MIDDLE)
def test_an_org_that_fails_in_the_middle(bench: Bench, proxy: Proxy, history: History, name: str) -> None:
    proxy.fault, told = MIDDLE[name]
    with pytest.raises(OrgwrightError, match=re.escape(told)) as caught:
        load(bench, proxy, history)
    assert caught.value.exit_code in (1, 2)
    assert "--resume" in (caught.value.help or "")
    (run,) = history.runs()
    assert run.state == "failed"
    if name == "full":
        assert "still holds the bypass" in (caught.value.help or "")
    else:
        assert bench.held() == 0
        assert run.bypass_assignments == ()
    proxy.fault = lambda _: None
    result = load(bench, proxy, history, run.id)
    assert (result.state, result.failed) == ("completed", 0)
    assert bench.held() == 0
    assert bench.accounts() >= result.objects[0].sent == result.objects[0].created + result.objects[0].updated


def test_a_load_that_ends_before_the_first_row_leaves_nothing_to_go_on_with(
    bench: Bench, proxy: Proxy, history: History
) -> None:
    class Stopped(sync.SampleSource):
        def rows(self, table: str, columns: object) -> Any:
            raise KeyboardInterrupt

    with bench.client(proxy) as org, pytest.raises(KeyboardInterrupt):
        sync.seed(org, bench.connector, Stopped(bench.connector.sample, SIZE), history)
    assert list(history.runs()) == []
    killed = history.start("2026-11-29", "gentrack", bench.access.org_id, "billing.db", "2026-11-29T10:00:00Z")
    with pytest.raises(OrgwrightError, match="ended before its rows were prepared"):
        load(bench, proxy, history, killed.record.id)


def test_results_that_were_cut_off_are_noticed(bench: Bench, proxy: Proxy, history: History) -> None:
    proxy.cut = lambda request, body: (
        body[: body.rindex(b"\n", 0, -1) + 1] if request.url.path.endswith("successfulResults") else body
    )
    with pytest.raises(OrgwrightError, match=r"counts \d+ saved rows, its answer holds \d+"):
        load(bench, proxy, history)
    assert bench.held() == 0


def test_refused_rows_stand_once_in_the_file_after_a_resume(
    bench: Bench, proxy: Proxy, history: History, tmp_path: Path
) -> None:
    (tmp_path / "accounts.csv").write_text("account_number,name\nX1,fine\nX2," + "x" * 300 + "\n")
    proxy.fault = on("failedResults", lambda: error("SERVER_UNAVAILABLE", "busy", 503), times=5)
    source = sync.open_source(str(tmp_path))
    with bench.client(proxy) as org, pytest.raises(OrgwrightError):
        sync.seed(org, bench.connector, source, history)
    (run,) = history.runs()
    proxy.fault = lambda _: None
    result = load(bench, proxy, history, run.id)
    assert (result.state, result.failed) == ("completed with errors", 1)
    assert len(result.failed_rows[0].read_text().splitlines()) == 2


def test_a_refused_token_is_refreshed_once(bench: Bench, proxy: Proxy, history: History) -> None:
    refused = error("INVALID_SESSION_ID", "Session expired or invalid", 401)
    bench.refreshed = 0
    proxy.fault = on("successfulResults", lambda: refused, times=1)
    assert load(bench, proxy, history).state == "completed"
    assert bench.refreshed == 1
    proxy.fault = on("", lambda: error("INVALID_SESSION_ID", "Session expired or invalid", 401))
    with pytest.raises(OrgwrightError, match="INVALID_SESSION_ID") as caught:
        load(bench, proxy, history)
    assert "log in again" in (caught.value.help or "")
    assert bench.refreshed <= 4


def test_an_org_that_is_down_leaves_nothing(bench: Bench, proxy: Proxy, history: History) -> None:
    def gone() -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    proxy.fault = on("", gone)
    with pytest.raises(OrgwrightError, match="no answer from org bench"):
        load(bench, proxy, history)
    assert list(history.runs()) == []


def test_a_bypass_that_cannot_be_taken_back_is_mended_by_the_next_load(
    bench: Bench, proxy: Proxy, history: History
) -> None:
    proxy.fault = on("DELETE .*PermissionSetAssignment", lambda: error("INSUFFICIENT_ACCESS", "no", 403))
    with pytest.raises(OrgwrightError, match="INSUFFICIENT_ACCESS") as caught:
        load(bench, proxy, history)
    assert "the next load of this org takes it back" in (caught.value.help or "")
    assert bench.held() == 1
    proxy.fault = lambda _: None
    result = load(bench, proxy, history)
    assert result.mended
    assert bench.held() == 0


@pytest.mark.parametrize("answer", [
    lambda: error("INVALID_QUERY_LOCATOR", "invalid query locator"),
    lambda: httpx.Response(200, json={"totalSize": 1}),
    lambda: httpx.Response(200, json=[]),
    lambda: httpx.Response(502, text="<html>Bad gateway</html>"),
    reset,
])  # fmt: skip
def test_queries_that_break_off(bench: Bench, proxy: Proxy, answer: Callable[[], httpx.Response]) -> None:
    proxy.fault = on("GET .*/query", answer)
    with bench.client(proxy) as org, pytest.raises(OrgwrightError):
        list(org.query("SELECT Id FROM Account"))
