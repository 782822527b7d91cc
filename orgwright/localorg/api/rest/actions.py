"""Invocable actions: ``actions``, ``actions/standard``, ``actions/custom`` (REST API Developer Guide, Invocable Actions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgwright.apex.host import ApexFailure, Refused
from orgwright.localorg.access.classes import may_call
from orgwright.localorg.api.http import Answer, ApiError, NotFound, Request, Unsupported, json_answer, unexpected_json
from orgwright.localorg.jobs import services
from orgwright.localorg.metadata.components import Components

if TYPE_CHECKING:
    from orgwright.apex.services import Action, Parameter

KINDS = ("apex", "flow", "quickAction")
MAX_INPUTS = 200


def index(request: Request) -> Answer:
    """``GET actions``: the two kinds."""
    base = f"/services/data/{request.params['version']}/actions"
    return json_answer({"standard": f"{base}/standard", "custom": f"{base}/custom"})


def standard(request: Request) -> Answer:
    """``GET actions/standard``: none runs in the embedded org, so none is listed."""
    return json_answer({"actions": []})


def one_standard(request: Request) -> Answer:
    """``actions/standard/NAME``: not supported."""
    raise Unsupported(f"The standard action {request.params['name'][:80]}")


def custom(request: Request) -> Answer:
    """``GET actions/custom``: the kinds of custom actions."""
    base = f"/services/data/{request.params['version']}/actions/custom"
    return json_answer({kind: f"{base}/{kind}" for kind in KINDS})


def listed(request: Request) -> Answer:
    """``GET actions/custom/KIND``: those that the org has."""
    kind = request.params["kind"]
    base = f"/services/data/{request.params['version']}/actions/custom"
    if kind == "apex":
        shown = [
            {
                "label": action.label,
                "name": action.class_name,
                "type": "APEX",
                "url": f"{base}/apex/{action.class_name}",
            }
            for action in _actions(request)
        ]
        return json_answer({"actions": shown})
    type_name = {"flow": "Flow", "quickAction": "QuickAction"}.get(kind)
    if type_name is None:
        raise NotFound
    with request.reading() as tx:
        rows = [
            {
                "label": stored.node.value("label") or stored.name,
                "name": stored.name,
                "type": kind.upper(),
                "url": f"{base}/{kind}/{stored.name}",
            }
            for stored in Components(tx).all(type_name)
            if kind != "flow" or stored.node.value("status") == "Active"
        ]
    return json_answer({"actions": rows})


def described(request: Request) -> Answer:
    """``GET actions/custom/apex/CLASS``: inputs and outputs."""
    action = _wanted(request)
    url = f"/services/data/{request.params['version']}/actions/custom/apex/{action.class_name}"
    return json_answer(
        {
            "actionCategory": action.category,
            "description": action.description,
            "inputs": [_parameter(one, inputs=True) for one in action.inputs],
            "label": action.label,
            "name": action.class_name,
            "outputs": [_parameter(one, inputs=False) for one in action.outputs],
            "standard": False,
            "targetEntityName": None,
            "type": "APEX",
            "url": url,
        }
    )


def invoke(request: Request) -> Answer:
    """``POST actions/custom/apex/CLASS`` with ``{"inputs": [{...}]}``: one result for each input.

    An exception undoes everything and is the error of every input, with HTTP 400.
    """
    from orgwright.apex import services as apex

    action = _wanted(request)
    rows = inputs_of(request)
    try:
        values = services.run(
            request.org,
            request.user_id,
            f"{action.class_name}.{action.method}",
            request.path,
            lambda execution, _: apex.invoke(execution, action, rows),
        )
    except Refused as refused:
        raise _failed(action, len(rows), refused.code, refused.message) from None
    except ApexFailure as failure:
        text = f"An Apex error occurred: {failure.type_name}: {failure.message}"
        raise _failed(action, len(rows), "INVALID_APEX_ACTION_EXCEPTION", text) from None
    if rows and len(values) != len(rows):
        text = "The number of results does not match the number of interviews that were executed in a single bulk execution request."
        raise _failed(action, len(rows), "INVALID_APEX_ACTION_EXCEPTION", text)
    return json_answer([_result(action, value) for value in values])


def inputs_of(request: Request) -> list[dict[str, Any]]:
    """The inputs of a call of an action."""
    rows = request.json_object().get("inputs", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise unexpected_json(rows, "list of inputs")
    if len(rows) > MAX_INPUTS:
        raise ApiError("LIMIT_EXCEEDED", f"At most {MAX_INPUTS} inputs can be given to an action at once")
    return rows


def unsupported(request: Request) -> Answer:
    """Quick actions do not run."""
    kind, name = request.params["kind"], request.params["name"]
    with request.reading() as tx:
        known = kind.lower() == "quickaction" and Components(tx).has("QuickAction", name)
    if not known:
        raise missing(name)
    raise Unsupported(f"Running the QuickAction {name}")


def _result(action: Action, value: Any) -> dict[str, Any]:
    return {
        "actionName": action.class_name,
        "errors": None,
        "invocationId": None,
        "isSuccess": True,
        "outcome": None,
        "outputValues": value,
        "sortOrder": -1,
        "version": 1,
    }


def _failed(action: Action, count: int, code: str, message: str) -> ApiError:
    """The error in the shape of results: each input has it."""
    error = {"statusCode": code, "message": message, "fields": []}
    body = [
        {**_result(action, None), "isSuccess": False, "errors": [error], "outputValues": None}
        for _ in range(max(1, count))
    ]
    return ApiError(code, message, 400, body=body)


def _parameter(one: Parameter, *, inputs: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"apexClass": one.apex_class, "description": one.description}
    if inputs:
        shown |= {"byteLength": 0}
    shown |= {"label": one.label, "maxOccurs": 2000 if one.many else 1, "name": one.name}
    if inputs:
        shown |= {"picklistValues": None, "required": one.required}
    return {**shown, "sobjectType": one.sobject, "type": one.type}


def _actions(request: Request) -> list[Action]:
    from orgwright.apex import services as apex

    with request.reading() as tx:
        built = services.built(request.org, tx)
        if built is None:
            return []
        return [a for a in apex.actions(built.program) if may_call(tx, built.id_of("class", a.class_name))]


def _wanted(request: Request) -> Action:
    name = request.params["name"].lower()
    found = next((action for action in _actions(request) if action.class_name.lower() == name), None)
    if found is None:
        raise missing(request.params["name"])
    return found


def missing(name: str) -> ApiError:
    """The error for an action that the org has not."""
    return NotFound(f"Could not find an action with the name {name[:80]}")
