"""Flows as actions: ``actions/custom/flow/NAME`` (Actions Developer Guide, Flow Actions)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orgwright.apex.host import FlowFailure, FlowRun, FlowUnsupported, FlowVariable, Record
from orgwright.localorg.api.http import Answer, ApiError, Request, Unsupported, json_answer
from orgwright.localorg.api.rest.actions import inputs_of, missing
from orgwright.localorg.flows.launched import launch
from orgwright.localorg.flows.library import flow_of
from orgwright.localorg.flows.model import Flow, Variable
from orgwright.localorg.flows.resources import field_value
from orgwright.localorg.formula.values import stored_form
from orgwright.localorg.transaction import Transaction

_OWN = ("Flow__InterviewGuid", "Flow__InterviewStatus")
_TYPES = {"Number": "NUMBER", "Apex": "APEX"}


def described(request: Request) -> Answer:
    """``GET``: inputs and outputs."""
    with request.reading() as tx:
        flow = _wanted(request, tx)
    variables = flow.variables.values()
    outputs = [_parameter(one) for one in variables if one.output]
    outputs += [_parameter(Variable(name, "String", output=True)) for name in _OWN]
    return json_answer(
        {
            "description": None,
            "inputs": [{**_parameter(one), "required": False} for one in variables if one.input],
            "label": flow.label,
            "name": flow.name,
            "outputs": outputs,
            "standard": False,
            "targetEntityName": None,
            "type": "FLOW",
            "url": f"/services/data/{request.params['version']}/actions/custom/flow/{flow.name}",
        }
    )


def invoke(request: Request) -> Answer:
    """``POST`` with ``{"inputs": [{...}]}``: one result for each input. A flow that fails undoes everything."""
    rows = inputs_of(request)
    with request.org.transaction(request.user_id) as tx:
        flow = _wanted(request, tx)
        inputs = [_read(tx, flow, row) for row in rows]
        try:
            ended = launch(tx, flow.name, inputs)
        except FlowUnsupported as unsupported:
            raise Unsupported(f"Running the flow {flow.name}: {unsupported}") from None
        failures = [str(one) for one in ended if isinstance(one, FlowFailure)]
        if failures:
            body = [_result(flow, one) for one in ended]
            raise ApiError("UNKNOWN_EXCEPTION", failures[0], 400, body=body)
        return json_answer([_result(flow, one) for one in ended])


def _wanted(request: Request, tx: Transaction) -> Flow:
    name = request.params["name"]
    flow = flow_of(tx, name)
    if flow is None or not flow.active:
        raise missing(name)
    return flow


def _parameter(one: Variable) -> dict[str, Any]:
    return {
        "apexClass": one.apex_class,
        "description": None,
        "label": one.name,
        "maxOccurs": 2000 if one.many else 1,
        "name": one.name,
        "sobjectType": one.object,
        "type": _TYPES.get(one.type, one.type.upper()),
    }


def _read(tx: Transaction, flow: Flow, row: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of one call, records made of their JSON."""
    known = {low: one for low, one in flow.variables.items() if one.input}
    unknown = next((name for name in row if name.lower() not in known), None)
    if unknown is not None:
        raise ApiError("INVALID_API_INPUT", f"Unknown input parameter: {unknown}", 400)
    return {name: _value(tx, known[name.lower()], value) for name, value in row.items()}


def _value(tx: Transaction, variable: Variable, value: Any) -> Any:
    if variable.type == "Apex":
        raise Unsupported(f"The Apex-defined input {variable.name} of a flow")
    if isinstance(value, list):
        return [_value(tx, variable, item) for item in value]
    if not isinstance(value, dict):
        return value
    sobject = tx.schema.sobject(variable.object or "")
    if sobject is None:
        raise ApiError("INVALID_API_INPUT", f"{variable.name} takes no record", 400)
    record = Record(sobject.name)
    for name, item in value.items():
        field = sobject.field(name)
        if field is not None:
            record.fields[field.name] = field_value(field, item)
        elif name != "attributes":
            raise ApiError("INVALID_API_INPUT", f"No such column '{name}' on sobject of type {sobject.name}", 400)
    return record


def _result(flow: Flow, one: FlowRun | FlowFailure) -> dict[str, Any]:
    failed = isinstance(one, FlowFailure)
    outputs = None if isinstance(one, FlowFailure) else {v.name: _shown(v) for v in one.variables.values() if v.output}
    error = {"statusCode": "UNKNOWN_EXCEPTION", "message": str(one), "fields": []}
    return {
        "actionName": flow.name,
        "errors": [error] if failed else None,
        "invocationId": None,
        "isSuccess": not failed,
        "outcome": None,
        "outputValues": None
        if outputs is None
        else {"Flow__InterviewGuid": str(uuid.uuid4()), **outputs, "Flow__InterviewStatus": "Finished"},
        "sortOrder": -1,
        "version": 1,
    }


def _shown(variable: FlowVariable) -> Any:
    return _json(variable.value)


def _json(value: Any) -> Any:
    """A value as JSON shows it."""
    if isinstance(value, Record):
        fields = {name: _json(item) for name, item in value.fields.items()}
        return {"attributes": {"type": value.type}, **fields}
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    shown = stored_form(value)
    if not isinstance(shown, str):
        raise Unsupported("An Apex-defined output of a flow")
    return shown
