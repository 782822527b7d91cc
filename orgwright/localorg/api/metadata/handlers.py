"""``metadata/deployRequest`` ("Deploy Metadata with Apex Testing Using REST")."""

from __future__ import annotations

from typing import Any

from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer, parse_json
from orgwright.localorg.api.metadata.options import WAIT, deploy_options, start
from orgwright.localorg.metadata import deploys

_OPTION_NAMES = ("json", "entity_content", "deploy_options")


def start_deploy(request: Request) -> Answer:
    """Multipart with a JSON part and the zip, in any order; or JSON with ``validatedDeployRequestId``."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/"):
        body = request.json_object()
        return _quick(request, str(body.get("validatedDeployRequestId") or ""))
    options: dict[str, Any] = {}
    data: bytes | None = None
    for part in request.multipart():
        if part.name in _OPTION_NAMES or (part.content_type or "").startswith("application/json"):
            given = parse_json(part.content)
            if not isinstance(given, dict) or not isinstance(given.get("deployOptions", {}), dict):
                raise ApiError("INVALID_JSON", "deployOptions must be an object")
            options = given.get("deployOptions", {})
        else:
            data = part.content
    if data is None:
        raise ApiError("MISSING_ARGUMENT", "The multipart body has no zip file")
    id = start(request, data, deploy_options(options))
    return json_answer(_shown(request, id, options, details=False), 201)


def status(request: Request) -> Answer:
    """``GET deployRequest/ID?includeDetails=true``."""
    details = request.query.get("includeDetails", "").lower() == "true"
    return json_answer(_shown(request, request.params["id"], None, details=details))


def cancel(request: Request) -> Answer:
    """``PATCH deployRequest/ID`` with ``{"deployResult": {"status": "Canceling"}}``: 202."""
    body = request.json_object()
    wanted = body.get("deployResult")
    if not isinstance(wanted, dict) or wanted.get("status") != "Canceling":
        raise ApiError("INVALID_INPUT", "Only the status Canceling can be set")
    try:
        deploys.of(request.org).cancel(request.params["id"], request.user_id)
    except deploys.UnknownDeploy as error:
        raise ApiError(error.code, error.message) from None
    return json_answer(_shown(request, request.params["id"], None, details=False), 202)


def quick_deploy(request: Request) -> Answer:
    """``POST deployRequest/VALIDATION_ID``."""
    return _quick(request, request.params["id"])


def _quick(request: Request, validation_id: str) -> Answer:
    try:
        id, work = deploys.of(request.org).start_validated(request.user_id, validation_id)
    except deploys.UnknownDeploy as error:
        raise ApiError(error.code, error.message) from None
    request.runtime.submit(f"deploy {id}", work, wait=WAIT)
    return json_answer({"id": id, "validatedDeployRequestId": validation_id}, 201)


def _shown(request: Request, id: str, options: dict[str, Any] | None, *, details: bool) -> dict[str, Any]:
    found = deploys.of(request.org)
    try:
        if options is None:
            found.wait(id, 1.0)
        result = found.status(id, details=details)
    except deploys.UnknownDeploy as error:
        raise ApiError("NOT_FOUND", "The requested resource does not exist", 404) from error
    shown: dict[str, Any] = {"id": result["id"], "validatedDeployRequestId": None, "deployResult": result}
    if options is not None:
        shown["deployOptions"] = options
    return shown
