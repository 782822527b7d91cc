"""Every HTTP step broken on purpose: what the client repeats, what it refuses, what it says."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from orgwright.errors import OrgwrightError
from orgwright.org import ApiError, Connection, LimitExceeded, OrgClient, Secret, Unauthorized, UnexpectedAnswer
from orgwright.org.errors import Unreachable

Answer = Callable[[httpx.Request], httpx.Response]
ERROR = {"message": "boom", "errorCode": "SERVER_UNAVAILABLE"}
CANARY = "00Dxx!canary-token"


def client(answer: Answer, refresh: Callable[[], Secret] | None = None) -> tuple[OrgClient, list[float]]:
    pauses: list[float] = []
    connection = Connection(
        "uat", "https://uat.example", Secret(CANARY), "00D000000000001AAA", "me@x.y", refresh=refresh
    )
    return OrgClient(connection, pause=pauses.append, transport=httpx.MockTransport(answer)), pauses


def script(*answers: httpx.Response | Exception) -> tuple[Answer, list[httpx.Request]]:
    seen: list[httpx.Request] = []
    queue = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        seen.append(request)
        step = queue.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    return answer, seen


@pytest.mark.parametrize("fault", [httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("reset"), 429, 500, 503])
def test_get_is_repeated(fault: Exception | int) -> None:
    first = httpx.Response(fault, json=[ERROR]) if isinstance(fault, int) else fault
    answer, seen = script(first, httpx.Response(200, json={"ok": 1}))
    org, pauses = client(answer)
    assert org.get("/limits") == {"ok": 1}
    assert len(seen) == 2
    assert len(pauses) == 1


def test_get_is_not_repeated_for_ever() -> None:
    answer, seen = script(*[httpx.Response(503, json=[ERROR])] * 9)
    org, _ = client(answer)
    with pytest.raises(ApiError, match="SERVER_UNAVAILABLE: boom"):
        org.get("/limits")
    assert len(seen) == 5


def test_post_is_never_repeated_once_it_may_have_arrived() -> None:
    answer, seen = script(httpx.ReadTimeout("slow"), httpx.Response(201, json={"id": "x"}))
    org, _ = client(answer)
    with pytest.raises(Unreachable):
        org.create("Account", {"Name": "A"})
    assert len(seen) == 1


def test_post_is_repeated_when_no_connection_was_made() -> None:
    answer, seen = script(httpx.ConnectError("refused"), httpx.Response(201, json={"id": "001"}))
    org, _ = client(answer)
    assert org.create("Account", {"Name": "A"}) == "001"
    assert len(seen) == 2


def test_org_that_is_down_is_named() -> None:
    answer, _ = script(*[httpx.ConnectError("connection refused")] * 9)
    org, _ = client(answer)
    with pytest.raises(Unreachable, match=r"no answer from org uat at https://uat\.example"):
        org.get("/limits")


def test_expired_session_is_refreshed_once() -> None:
    refused = httpx.Response(401, json=[{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])
    answer, seen = script(refused, httpx.Response(200, json=[]))
    org, _ = client(answer, refresh=lambda: Secret("00Dxx!new"))
    assert org.get("/sobjects") == []
    assert seen[1].headers["Authorization"] == "Bearer 00Dxx!new"


def test_refused_token_is_told_once() -> None:
    refused = httpx.Response(401, json=[{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])
    answer, seen = script(refused, refused, refused)
    org, _ = client(answer, refresh=lambda: Secret("00Dxx!new"))
    with pytest.raises(Unauthorized):
        org.get("/sobjects")
    assert len(seen) == 2


def test_used_up_limit_is_not_repeated() -> None:
    spent = httpx.Response(
        403, json=[{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    )
    answer, seen = script(spent)
    org, _ = client(answer)
    with pytest.raises(LimitExceeded):
        org.get("/limits")
    assert len(seen) == 1


def test_answer_of_a_proxy_is_no_traceback() -> None:
    answer, _ = script(httpx.Response(404, text="<html>proxy</html>"))
    org, _ = client(answer)
    with pytest.raises(UnexpectedAnswer):
        org.get("/limits")


def test_token_is_never_shown() -> None:
    answer, _ = script(*[httpx.ConnectError("refused")] * 9)
    org, _ = client(answer)
    with pytest.raises(OrgwrightError) as caught:
        org.get("/limits")
    shown = f"{caught.value!r} {caught.value} {caught.value.help} {org.connection!r} {org.connection.token}"
    assert "canary" not in shown


def test_soap_session_is_refreshed() -> None:
    fault = (
        b'<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        b"<soapenv:Fault><faultcode>sf:INVALID_SESSION_ID</faultcode><faultstring>INVALID_SESSION_ID</faultstring>"
        b"</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    empty = (
        b'<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        b"<listMetadataResponse/></soapenv:Body></soapenv:Envelope>"
    )
    answer, seen = script(httpx.Response(500, content=fault), httpx.Response(200, content=empty))
    org, _ = client(answer, refresh=lambda: Secret("00Dxx!new"))
    assert org.metadata.list(["ApexClass"]) == []
    assert b"00Dxx!new" in seen[1].content
