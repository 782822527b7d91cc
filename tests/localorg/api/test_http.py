"""JSON from clients, multipart, routes: what every API package stands on."""

from __future__ import annotations

import base64
import gzip
import json
import socket
from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.localorg.api.http import Answer, ApiError, NotFound, Request, parse_json
from orgwright.localorg.api.multipart import parse_multipart
from orgwright.localorg.api.rest import errors
from orgwright.localorg.api.routing import Route, Router, Table

from .conftest import Site, V


def answer(request: Request) -> Answer:
    return Answer(200, request.path.encode())


def table(*paths: str) -> Table:
    return Table([Route("GET", path, answer) for path in paths], errors.answer)


def test_a_literal_wins_over_a_name_whatever_the_order() -> None:
    routes = table("/sobjects/{sobject}/{id}", "/sobjects/{sobject}/describe", "/sobjects/{sobject}/{id}/{value*}")
    assert routes.find("GET", "/sobjects/Account/describe")[0].path.endswith("describe")
    assert routes.find("GET", "/sobjects/Account/001")[1] == {"sobject": "Account", "id": "001"}
    assert routes.find("GET", "/sobjects/Account/Ext__c/a%2Fb/c")[1]["value"] == "a/b/c"


def test_literals_ignore_case_slashes_do_not_count() -> None:
    routes = table("/services/data/{version}/queryAll")
    assert routes.find("GET", "//services//data/v67.0/QUERYALL/")[1] == {"version": "v67.0"}


@pytest.mark.parametrize("version", ["v67", "67.0", "v6.0", "v067.0", "latest"])
def test_a_version_is_written_vNN0(version: str) -> None:
    with pytest.raises(NotFound):
        table("/services/data/{version}/query").find("GET", f"/services/data/{version}/query")


def test_a_known_path_with_another_method_names_those_that_are_allowed() -> None:
    with pytest.raises(ApiError) as caught:
        table("/a").find("PATCH", "/a")
    assert (caught.value.status, caught.value.message) == (
        405,
        "HTTP Method 'PATCH' not allowed. Allowed are GET,HEAD",
    )


def test_every_mounted_package_of_this_engineer_loads() -> None:
    router = Router()
    for path in ("/x", "/services/data", "/services/data/v67.0/jobs/ingest", "/services/oauth2/token", "/cometd/67.0"):
        assert router.table(path).on_error is not None


def test_the_longest_prefix_serves_a_path() -> None:
    router = Router()
    data, jobs = router.table("/services/data"), router.table("/services/data/v67.0/jobs/ingest")
    assert router.table("/services/data/v60.0/JOBS/query/750") is jobs is not data
    assert router.table("/services/data/v67.0/jobsX") is data is router.table("/services/data/v67.0/sobjects/jobs")
    assert router.table("/services/dataX") is router.table("/") is not data
    assert router.loaded("/services/data/v67.0/tooling/query") is None
    tooling = router.table("/services/data/v67.0/tooling/query")
    assert router.loaded("//services/data/v67.0/Tooling") is tooling


@given(st.text() | st.binary())
def test_any_body_is_json_or_a_json_error(body: str | bytes) -> None:
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    try:
        parse_json(data)
    except ApiError as error:
        assert error.code == "JSON_PARSER_ERROR"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_values_arrive_as_they_are(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Unexpected end-of-input at [line:1, column:2]"),
        (b"{}}", "Unexpected character ('}' (code 125)): Extra data at [line:1, column:4]"),
        (b'{"a":1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name"),
        (b'{"a":NaN}', "Non-standard token 'NaN'"),
        (b"[" * 100_000, "The document is nested too deeply"),
        (b'"\\ud800"', "Broken surrogate pair in a string"),
        (b'{"a":' + b"9" * 5000 + b"}", "out of range"),
        (b"\xff", "Invalid UTF-8 at byte 0"),
        (b"", "The HTTP entity body is required, but this request has no entity body."),
    ],
)
def test_broken_json_is_told_in_salesforces_words(body: bytes, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_json(body)
    assert caught.value.code == "JSON_PARSER_ERROR"
    assert message in caught.value.message


def test_numbers_keep_their_digits() -> None:
    assert parse_json(b"0.1234567890123456789012") == Decimal("0.1234567890123456789012")


def test_another_content_type_is_415() -> None:
    with pytest.raises(ApiError) as caught:
        parse_json(b"<a/>", "application/xml")
    assert (caught.value.code, caught.value.status) == ("UNSUPPORTED_MEDIA_TYPE", 415)


def test_multipart_parts_come_in_order() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="json"\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.zip"\r\n\r\nPK\r\n\x00\r\n--b--\r\n'
    )
    parts = parse_multipart(body, "multipart/form-data; boundary=b")
    assert [(p.name, p.filename, p.content_type, p.content) for p in parts] == [
        ("json", None, "application/json", b'{"a":1}'),
        ("file", "x.zip", None, b"PK\r\n\x00"),
    ]


@given(st.binary(max_size=300))
def test_any_multipart_body_is_read_or_refused(body: bytes) -> None:
    try:
        parse_multipart(b"--b\r\n" + body, "multipart/form-data; boundary=b")
    except ApiError as error:
        assert error.code == "INVALID_MULTIPART_REQUEST"


def test_versions_need_no_session_and_end_with_the_newest(site: Site) -> None:
    found = site.http.get(f"{site.http.base_url}//services/data/").json()
    assert found[-1] == {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"}
    assert {"label": "Winter '15", "url": "/services/data/v32.0", "version": "32.0"} in found


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer 00Dxx0000000000!x"}, {"Authorization": "Basic eDp5"}])
def test_no_session_is_401(site: Site, header: dict[str, str]) -> None:
    found = site.http.get(f"{V}/limits", headers=header)
    assert found.status_code == 401
    assert found.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_an_unknown_path_is_404(site: Site) -> None:
    for path in ("/", "/nothing", f"{V}/nothing/here", "/services/data/v67.0x/query"):
        found = site.http.get(path)
        assert found.status_code == 404, path
        assert found.json()[0]["errorCode"] == "NOT_FOUND"


def test_a_long_uri_is_414_long_headers_431(http, site: Site) -> None:  # type: ignore[no-untyped-def]
    assert http.get(f"{V}/query", params={"q": "x" * 20_000}).status_code == 414
    assert http.get(f"{V}/limits", headers={"X-Long": "x" * 70_000}).status_code == 431


def test_a_body_that_is_too_long_is_413(http) -> None:  # type: ignore[no-untyped-def]
    found = http.post("/services/oauth2/token", content=b"x" * 1_000_001)
    assert found.status_code == 413


def test_a_gzipped_body_is_unpacked_within_bounds(http) -> None:  # type: ignore[no-untyped-def]
    packed = gzip.compress(json.dumps({"Name": "zipped"}).encode())
    found = http.post(
        f"{V}/sobjects/Account",
        content=packed,
        headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
    )
    assert found.status_code == 201, found.text
    bomb = gzip.compress(b" " * 60_000_000)
    found = http.post(
        f"{V}/sobjects/Account", content=bomb, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}
    )
    assert found.status_code == 413
    broken = http.post(
        f"{V}/sobjects/Account", content=b"no", headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}
    )
    assert broken.status_code == 400


def test_headers_are_spelled_as_salesforce_spells_them_and_bodies_are_left_alone(
    site: Site, http: httpx.Client
) -> None:
    account = http.post(f"{V}/sobjects/Account", json={"Name": "Spelling"})
    spelled = {name for name, _ in account.headers.raw}
    assert {b"Content-Type", b"Content-Length", b"Date", b"Location", b"Sforce-Limit-Info"} <= spelled
    body = b"HTTP/1.1 200 OK\r\ncontent-type: x\r\n\r\n"
    fields = {"Name": "a", "ParentId": account.json()["id"], "Body": base64.b64encode(body).decode()}
    made = http.post(f"{V}/sobjects/Attachment", json=fields).json()["id"]
    assert http.get(f"{V}/sobjects/Attachment/{made}/Body").content == body


def test_who_waits_for_100_continue_gets_it_before_the_answer(site: Site) -> None:
    url = httpx.URL(site.http.base_url)
    with socket.create_connection((url.host, url.port or 80), timeout=30) as wire:
        wire.sendall(
            b"POST /services/oauth2/token HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"
        )
        wire.sendall(b"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n")
        assert wire.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(b"a")
        answer = b"".join(iter(lambda: wire.recv(1000), b""))
    assert answer.startswith(b"HTTP/1.1 400 ") and b"\r\nContent-Type: application/json" in answer
