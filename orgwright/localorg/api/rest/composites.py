"""Several requests in one: ``composite``, ``composite/batch``, ``composite/graph``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer, unexpected_json
from orgwright.localorg.org import Transaction

MAX_PARTS = 25
MAX_HEAVY = 5
MAX_NODES = 500
MAX_GRAPHS = 75
_REFERENCE = re.compile(r"@\{([^{}@]{1,500})\}")
_ENCODED = re.compile(r"%40%7B((?:(?!%7[BD]).){1,500})%7D", re.IGNORECASE)
"""A reference in a URL whose query the client has percent-encoded as a whole."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_STEP = re.compile(r"([^\[\].]+)|\[(\d{1,6})\]")
_HALTED = "The transaction was rolled back since another operation in the same transaction failed."
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
_HEAVY = re.compile(
    r"/services/data/v\d\d\.0/(?:tooling/)?(?:composite/sobjects|query|queryall)(?:[/?]|$)", re.IGNORECASE
)


@dataclass(frozen=True)
class _Part:
    method: str
    url: str
    reference: str
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class _Done:
    part: _Part
    status: int
    body: Any
    headers: tuple[tuple[str, str], ...] = ()


class _Undo(Exception):
    """Leaves the transaction of an all-or-none composite."""


def composite(request: Request) -> Answer:
    """``POST composite``: up to 25 requests that may refer to earlier answers by ``@{reference.path}``."""
    body = request.json_object()
    parts = _parts(body.get("compositeRequest"), MAX_PARTS, "compositeRequest")
    if sum(1 for part in parts if _HEAVY.match(part.url)) > MAX_HEAVY:
        raise ApiError("INVALID_INPUT", f"A composite request can have at most {MAX_HEAVY} collections or queries")
    done = _run_all(request, parts) if _flag(body.get("allOrNone")) else [*_each(request, parts)]
    return json_answer({"compositeResponse": [_shown(one) for one in done]})


def graph(request: Request) -> Answer:
    """``POST composite/graph``: graphs of up to 500 requests in all; each graph is all-or-none."""
    graphs = request.json_object().get("graphs")
    if not isinstance(graphs, list) or not graphs or len(graphs) > MAX_GRAPHS:
        raise ApiError("INVALID_INPUT", f"graphs must be an array of 1 to {MAX_GRAPHS} graphs")
    wanted: dict[str, list[_Part]] = {}
    for one in graphs:
        if not isinstance(one, dict) or not isinstance(one.get("graphId"), str):
            raise ApiError("INVALID_INPUT", "Each graph needs a graphId")
        if one["graphId"] in wanted:
            raise ApiError("INVALID_INPUT", f"Duplicate graphId: {one['graphId']}")
        wanted[one["graphId"]] = _parts(one.get("compositeRequest"), MAX_NODES, "compositeRequest")
    if sum(len(parts) for parts in wanted.values()) > MAX_NODES:
        raise ApiError("INVALID_INPUT", f"A graph request can have at most {MAX_NODES} nodes")
    shown = []
    for graph_id, parts in wanted.items():
        done = _run_all(request, parts)
        shown.append(
            {
                "graphId": graph_id,
                "graphResponse": {"compositeResponse": [_shown(one) for one in done]},
                "isSuccessful": all(one.status < 400 for one in done),
            }
        )
    return json_answer({"graphs": shown})


def batch(request: Request) -> Answer:
    """``POST composite/batch``: up to 25 independent requests."""
    body = request.json_object()
    asked = body.get("batchRequests")
    if not isinstance(asked, list) or not asked or len(asked) > MAX_PARTS:
        raise ApiError("INVALID_INPUT", f"batchRequests must be an array of 1 to {MAX_PARTS} requests")
    results: list[dict[str, Any]] = []
    halt, failed = _flag(body.get("haltOnError")), False
    for one in asked:
        if not isinstance(one, dict):
            raise unexpected_json(one, "batch request")
        if failed and halt:
            halted = [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}]
            results.append({"statusCode": 412, "result": halted})
            continue
        url = str(one.get("url", ""))
        part = _Part(
            str(one.get("method", "")).upper(), f"/services/data/{url.lstrip('/')}", "", one.get("richInput"), {}
        )
        _check_method(part.method)
        done = _run(request, part, None)
        failed = failed or done.status >= 400
        results.append({"statusCode": done.status, "result": done.body})
    return json_answer({"hasErrors": failed, "results": results})


def _each(request: Request, parts: list[_Part]) -> list[_Done]:
    known: dict[str, _Done] = {}
    for part in parts:
        known[part.reference] = _resolve_and_run(request, part, known, None)
    return list(known.values())


def _run_all(request: Request, parts: list[_Part]) -> list[_Done]:
    """Run in one transaction; after a failure every other part is told that it was rolled back."""
    known: dict[str, _Done] = {}
    try:
        with request.transaction() as tx:
            mark = tx.savepoint()
            for part in parts:
                done = known[part.reference] = _resolve_and_run(request, part, known, tx)
                if done.status >= 400:
                    tx.rollback(mark)
                    raise _Undo
    except _Undo:
        halted = [{"errorCode": "PROCESSING_HALTED", "message": _HALTED}]
        failed = next(reversed(known.values()))
        return [failed if part is failed.part else _Done(part, 400, halted) for part in parts]
    return list(known.values())


def _resolve_and_run(request: Request, part: _Part, known: Mapping[str, _Done], tx: Transaction | None) -> _Done:
    try:
        resolved = _Part(part.method, _fill_url(part.url, known), part.reference, _fill(part.body, known), part.headers)
    except ApiError as error:
        return _Done(part, error.status, [{"errorCode": error.code, "message": error.message}])
    done = _run(request, resolved, tx)
    return _Done(part, done.status, done.body, done.headers)


def _run(request: Request, part: _Part, tx: Transaction | None) -> _Done:
    path, _, query = part.url.partition("?")
    carried = {name: value for name, value in request.headers.items() if name.startswith("sforce-")}
    inner = Request(
        method=part.method,
        path=path,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers={**carried, **{str(k).lower(): str(v) for k, v in part.headers.items()}},
        runtime=request.runtime,
        base_url=request.base_url,
        content=part.body,
        session=request.session,
        shared=tx,
    )
    answer = request.runtime.router.run(inner)
    content = answer.body if isinstance(answer.body, bytes) else b""
    return _Done(part, answer.status, json.loads(content) if content else None, answer.headers)


def _fill(value: Any, known: Mapping[str, _Done]) -> Any:
    """Replace ``@{reference.path}``; a text that is nothing but a reference becomes the value itself."""
    if isinstance(value, dict):
        return {name: _fill(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, known) for inner in value]
    if not isinstance(value, str) or "@{" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _look_up(whole[1], known)
    return _REFERENCE.sub(lambda found: _text(_look_up(found[1], known)), value)


def _fill_url(url: str, known: Mapping[str, _Done]) -> str:
    encoded = _ENCODED.sub(lambda found: quote(_text(_look_up(unquote(found[1]), known)), safe=""), url)
    return str(_fill(encoded, known))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _look_up(path: str, known: Mapping[str, _Done]) -> Any:
    name, _, rest = path.partition(".")
    index = name.find("[")
    if index >= 0:
        name, rest = name[:index], path[index:]
    done = known.get(name)
    if done is None:
        raise _no_value(path, name, "")
    value = done.body
    for key, number in _STEP.findall(rest):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and number and int(number) < len(value):
            value = value[int(number)]
        else:
            raise _no_value(path, name, rest)
    if isinstance(value, (dict, list)) or done.status >= 400:
        raise _no_value(path, name, rest)
    return value


def _no_value(path: str, name: str, rest: str) -> ApiError:
    return ApiError(
        "PROCESSING_HALTED",
        f"Invalid reference specified. No value for {path} found in {name}. Provided value: {rest or path}",
    )


def _parts(asked: Any, most: int, name: str) -> list[_Part]:
    if not isinstance(asked, list) or not asked or len(asked) > most:
        raise ApiError("INVALID_INPUT", f"{name} must be an array of 1 to {most} requests")
    parts = [_part(one) for one in asked]
    seen: set[str] = set()
    for part in parts:
        if part.reference in seen:
            raise ApiError("INVALID_INPUT", f"Duplicate referenceId: {part.reference}")
        seen.add(part.reference)
    return parts


def _part(one: Any) -> _Part:
    if not isinstance(one, dict):
        raise unexpected_json(one, "composite request")
    method, url, reference = one.get("method"), one.get("url"), one.get("referenceId")
    if not isinstance(method, str) or not isinstance(url, str):
        raise ApiError("INVALID_INPUT", "Each request needs a method and a url")
    if not isinstance(reference, str) or not _NAME.fullmatch(reference):
        raise ApiError("INVALID_INPUT", "Each request needs a referenceId of letters, digits and underscores")
    _check_method(method.upper())
    if not url.startswith("/services/data/"):
        raise ApiError("INVALID_INPUT", f"The url must begin with /services/data/: {url[:200]}")
    headers = one.get("httpHeaders")
    return _Part(method.upper(), url, reference, one.get("body"), headers if isinstance(headers, dict) else {})


def _check_method(method: str) -> None:
    if method not in _METHODS:
        raise ApiError("INVALID_INPUT", f"Invalid method: {method[:20]}")


def _flag(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _shown(done: _Done) -> dict[str, Any]:
    return {
        "body": done.body,
        "httpHeaders": {
            name: value for name, value in done.headers if name in {"Location", "Last-Modified", "ETag", "Allow"}
        },
        "httpStatusCode": done.status,
        "referenceId": done.part.reference,
    }
