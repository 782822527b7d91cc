"""Nothing that a client sends makes the server fail: no 500, always a body of the documented shape."""

from __future__ import annotations

import json
import string
from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import V

names = st.sampled_from(
    [
        "Account",
        "Contact",
        "User",
        "Organization",
        "Note__e",
        "Nope__c",
        "RecordType",
        "Order",
        "describe",
        "updated",
        "",
    ]
)
odd = st.text(alphabet=string.printable + "é\u0000\ud7ff\U0001f600'\"\\/%", max_size=25)
ids = st.sampled_from(["001000000000000AAA", "003000000000000", "x" * 18, "Id", "Ext__c", "OwnerId", "Contacts"]) | odd
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | odd | st.sampled_from(["2024-01-01", "#N/A", "1e400"])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd, inner, max_size=3), max_leaves=8
)
fields = st.dictionaries(
    st.sampled_from(
        ["Name", "LastName", "OwnerId", "AccountId", "Account", "Ext__c", "NumberOfEmployees", "IsDeleted", "Id",
         "attributes", "BillingAddress", "CreatedDate", "Text__c", "AnnualRevenue", "ParentId", "Parent", "RecordTypeId"]
    )
    | odd,
    values,
    max_size=5,
)  # fmt: skip
records = st.builds(lambda kind, body: {"attributes": {"type": kind, "referenceId": "r"}, **body}, names, fields)
quoted = odd.map(lambda text: quote(text, safe="/"))


def send(http: httpx.Client, method: str, path: str, body: Any = None, **more: Any) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **more.pop("headers", {})}
    found = http.request(method, path, content=content, headers=headers, **more)
    assert found.status_code < 500 or found.json()[0]["errorCode"] == "NOT_SUPPORTED_BY_EMBEDDED_ORG", (
        method, path, body, found.text,
    )  # fmt: skip
    if (
        method != "HEAD"
        and found.status_code >= 400
        and found.headers.get("content-type", "").startswith("application/json")
    ):
        errors = found.json()
        if isinstance(errors, list):
            assert all({"message", "errorCode"} <= set(error) for error in errors), found.text


slow = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@slow
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"]),
    sobject=names,
    record_id=quoted | ids.map(lambda text: text if text.isalnum() else "x"),
    rest=quoted,
    body=fields | values,
)
def test_any_request_for_a_record(
    http: httpx.Client, method: str, sobject: str, record_id: str, rest: str, body: Any
) -> None:
    send(http, method, f"{V}/sobjects/{sobject}/{record_id}/{rest}", body)


@slow
@given(body=fields | values, sobject=names)
def test_any_body_of_a_new_record(http: httpx.Client, body: Any, sobject: str) -> None:
    send(http, "POST", f"{V}/sobjects/{sobject}", body)


@slow
@given(
    method=st.sampled_from(["POST", "PATCH"]),
    path=st.sampled_from(
        ["sobjects", "sobjects/Account/Ext__c", "tree/Account", "", "batch", "graph", "sobjects/Account"]
    ),
    body=st.fixed_dictionaries(
        {},
        optional={
            "records": st.lists(records | values, max_size=3) | values,
            "allOrNone": values,
            "compositeRequest": st.lists(fields | values, max_size=3),
            "batchRequests": st.lists(values, max_size=3),
            "graphs": st.lists(values, max_size=3),
            "ids": values,
            "fields": values,
        },
    ),
)
def test_any_body_of_a_composite(http: httpx.Client, method: str, path: str, body: Any) -> None:
    send(http, method, f"{V}/composite/{path}", body)


@slow
@given(
    parts=st.lists(
        st.fixed_dictionaries(
            {
                "method": st.sampled_from(["GET", "POST", "PATCH", "DELETE", "get"]),
                "url": st.sampled_from(
                    [
                        f"{V}/sobjects/Account",
                        f"{V}/sobjects/@{{a.id}}",
                        f"{V}/query?q=@{{b[0].x}}",
                        f"{V}/composite",
                        "/",
                    ]
                ),
                "referenceId": st.sampled_from(["a", "b", "c", "1", ""]),
            },
            optional={"body": fields | values, "httpHeaders": values},
        ),
        max_size=3,
    ),
    all_or_none=st.booleans(),
)
def test_any_parts_of_a_composite(http: httpx.Client, parts: list[Any], all_or_none: bool) -> None:
    send(http, "POST", f"{V}/composite", {"allOrNone": all_or_none, "compositeRequest": parts})


soql_words = st.sampled_from(
    ["SELECT", "Id", "Name", ",", "(", ")", "FROM", "Account", "Contacts", "WHERE", "=", "'x'", "1", "AND", "OR", "NOT",
     "IN", "LIKE", "ORDER BY", "GROUP BY", "HAVING", "COUNT()", "COUNT(Id)", "LIMIT", "OFFSET", "TODAY", "null", ":x",
     "Owner.Name", "FIELDS(ALL)", "TYPEOF", "2024-01-01", "LAST_N_DAYS:3", "BillingAddress", "ALL ROWS", "'", "\\"]
)  # fmt: skip


@slow
@given(soql=st.lists(soql_words, max_size=14).map(" ".join) | odd, columns=st.booleans())
def test_any_query(http: httpx.Client, soql: str, columns: bool) -> None:
    params = {"q": soql, **({"columns": "true"} if columns else {})}
    send(http, "GET", f"{V}/query", params=params)
    send(http, "POST", f"{V}/jobs/query", {"operation": "query", "query": soql})


@slow
@given(body=fields | values | st.fixed_dictionaries({"operation": odd | st.just("insert"), "object": names}))
def test_any_bulk_job(http: httpx.Client, body: Any) -> None:
    send(http, "POST", f"{V}/jobs/ingest", body)


@slow
@given(data=st.binary(max_size=200) | st.text(alphabet='Name,Ext__c"\n\r\t;x#/A1', max_size=60).map(str.encode))
def test_any_upload(http: httpx.Client, data: bytes) -> None:
    job = http.post(f"{V}/jobs/ingest", json={"operation": "insert", "object": "Account"}).json()
    assert http.put(f"{V}/jobs/ingest/{job['id']}/batches", content=data).status_code == 201
    send(http, "PATCH", f"{V}/jobs/ingest/{job['id']}", {"state": "UploadComplete"})
    ended = http.get(f"{V}/jobs/ingest/{job['id']}").json()
    assert ended["state"] in ("JobComplete", "Failed")
    assert "InternalServerError" not in ended.get("errorMessage", ""), (data, ended)


@slow
@given(
    path=st.sampled_from(["/services/oauth2/token", "/services/oauth2/revoke", "/services/oauth2/introspect"]),
    form=st.dictionaries(
        st.sampled_from(["grant_type", "code", "refresh_token", "token", "redirect_uri", "client_id"]),
        odd | st.sampled_from(["refresh_token", "authorization_code", "aPrx00D", "5Aep86100D"]),
    ),
    body=st.binary(max_size=50),
)
def test_any_form(http: httpx.Client, path: str, form: dict[str, str], body: bytes) -> None:
    assert http.post(path, data=form).status_code in (200, 400)
    assert http.post(path, content=body).status_code in (200, 400)


@slow
@given(query=st.dictionaries(odd, odd, max_size=4), hint=odd)
def test_any_authorization(http: httpx.Client, query: dict[str, str], hint: str) -> None:
    asked = {"response_type": "code", "redirect_uri": "http://localhost/" + hint, "login_hint": hint, **query}
    assert http.get("/services/oauth2/authorize", params=asked).status_code in (200, 302, 400)


@slow
@given(messages=st.lists(st.dictionaries(st.sampled_from(["channel", "clientId", "subscription", "ext", "id"]),
    values | st.sampled_from(["/meta/handshake", "/meta/connect", "/meta/subscribe", "/meta/disconnect"])), max_size=3))  # fmt: skip
def test_any_bayeux_message(http: httpx.Client, messages: list[Any]) -> None:
    send(http, "POST", "/cometd/67.0", messages)


@slow
@given(path=quoted, method=st.sampled_from(["GET", "POST", "DELETE"]))
def test_any_path(http: httpx.Client, path: str, method: str) -> None:
    for start in ("/", "/services/", "/services/data/", f"{V}/", f"{V}/jobs/ingest/", "/id/", "/_orgwright/"):
        send(http, method, start + path)
