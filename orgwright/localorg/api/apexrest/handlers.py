"""One entry for every Apex REST resource: finds the class by its URL mapping and runs its method.

Follows "Exposing Apex Classes as REST Web Services" of the Apex Developer Guide.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from orgwright.apex.host import ApexFailure, Refused
from orgwright.localorg.access.classes import may_call
from orgwright.localorg.api.apexrest import shapes
from orgwright.localorg.api.http import JSON_TYPE, Answer, ApiError, NotFound, Request
from orgwright.localorg.jobs import services

if TYPE_CHECKING:
    from orgwright.apex.services import Call, Reply, Resource

PREFIX = "/services/apexrest"
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})
_JSON = frozenset({"", "application/json", "text/json"})
_STATUSES = frozenset({
    200, 201, 202, 204, 206, 300, 301, 302, 304, 400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 414, 415, 417, 422,
    429, 500, 503,
})  # fmt: skip
"""The status codes that Apex may set; others are errors."""


def call(request: Request) -> Answer:
    """Any method on ``/services/apexrest/...``."""
    from orgwright.apex import services as apex  # the compiler is loaded when an org has Apex

    path = request.raw_path.partition("?")[0][len(PREFIX) :] or "/"
    with request.reading() as tx:
        built = services.built(request.org, tx)
        resource = _find(apex.resources(built.program), unquote(path)) if built is not None else None
        if built is None or resource is None:
            raise NotFound("Could not find a match for URL")
        if not may_call(tx, built.id_of("class", resource.class_name)):
            raise ApiError("FORBIDDEN", f"You do not have access to the Apex class named: {resource.class_name}", 403)
    if request.method not in resource.methods:
        allowed = ",".join(sorted(resource.methods))
        raise ApiError(
            "METHOD_NOT_ALLOWED",
            f"HTTP Method '{request.method}' not allowed. Allowed are {allowed}",
            405,
            headers=(("Allow", allowed),),
        )
    xml = shapes.wants_xml(request.headers.get("accept", ""))
    asked = _asked(request, resource, path)
    try:
        reply = services.run(
            request.org,
            request.user_id,
            f"{resource.class_name}.{resource.methods[request.method]}",
            f"{PREFIX}{path}",
            lambda execution, _: apex.call(execution, resource, asked, xml=xml),
        )
    except Refused as refused:
        raise ApiError(refused.code, refused.message, refused.status) from None
    except ApexFailure as failure:
        text = f"{failure.type_name}: {failure.message}" + (f"\n\n{failure.stack}" if failure.stack else "")
        raise ApiError("APEX_ERROR", text, 500) from None
    return _answer(request, reply, nothing=request.method in resource.returns_nothing, xml=xml)


def _asked(request: Request, resource: Resource, path: str) -> Call:
    from orgwright.apex.services import Call

    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    takes = resource.takes(request.method)
    if takes and kind not in _JSON and not shapes.is_xml(kind):
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", f"Content type {kind[:100]} is not supported", 415)
    headers = {
        "-".join(part.capitalize() for part in name.split("-")): value
        for name, value in request.headers.items()
        if name not in _SECRET
    }
    return Call(
        request.method,
        path,
        f"{PREFIX}{resource.url_mapping}",
        request.body,
        headers,
        dict(request.query),
        request.client[0] if request.client else None,
        shapes.read(request.body) if takes and shapes.is_xml(kind) and request.body.strip() else None,
    )


def _find(resources: list[Resource], path: str) -> Resource | None:
    """The class whose mapping is the path, else the longest of those whose wildcards match it. Case counts."""
    bare = path.rstrip("/") or "/"
    found: Resource | None = None
    for resource in resources:
        mapping = "/" + resource.url_mapping.lstrip("/")
        if mapping in (path, bare):
            return resource
        pattern = re.escape(mapping).replace(r"\*", ".*")
        if not (re.fullmatch(pattern, path, re.DOTALL) or (mapping.endswith("/*") and bare == mapping[:-2])):
            continue
        if found is None or len(mapping) > len(found.url_mapping):
            found = resource
    return found


def _answer(request: Request, reply: Reply, *, nothing: bool, xml: bool) -> Answer:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    kind = headers.pop("content-type", None)
    for name in ("content-length", "transfer-encoding", "connection"):
        headers.pop(name, None)  # they belong to the transport
    if nothing:
        body, default = reply.body or b"", JSON_TYPE
    elif xml:
        body, default = shapes.response(reply.value), shapes.XML_TYPE
    else:
        body, default = str(reply.value).encode(), JSON_TYPE
    status = reply.status
    if status is None:
        status = 204 if nothing and request.method == "PATCH" and not body else 200
    if status not in _STATUSES:
        raise ApiError("APEX_ERROR", f"Invalid status code for HTTP response: {status}", 500)
    if status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        body = b""
    shown = tuple((name, value) for name, value in headers.items())
    return Answer(status, body, (kind or default) if body or kind else None, shown)
