"""``Flow.Interview`` (Apex Reference Guide, Flow Namespace)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.crossing import to_apex, to_org
from orgwright.apex.host import FlowFailure, FlowRun, FlowUnsupported, FlowVariable
from orgwright.apex.library.registry import contextual, native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.exceptions import FlowException, NotSupported, TypeException, null_pointer
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.tokens import rtype_of
from orgwright.apex.runtime.values import PlatformObject


@platform("Flow.Interview")
class Interview(PlatformObject):
    """``Flow.Interview``: a flow with values for its variables, before and after it runs."""

    __slots__ = ("inputs", "name", "run")

    def __init__(self, name: str = "", inputs: dict[str, Any] | None = None) -> None:
        self.name = name
        self.inputs = inputs or {}
        self.run: FlowRun | None = None

    @contextual
    def start(self, execution: Any) -> None:
        """Run the flow to its end."""
        self.run = run_flow(execution, self.name, [self.inputs])[0]

    @contextual
    def getVariableValue(self, execution: Any, name: str | None) -> Any:
        """The value of a variable of the flow; before the start that of an input."""
        if name is None:
            raise null_pointer()
        if self.run is None:
            given = {key.lower(): one for key, one in self.inputs.items()}
            return to_apex(execution, given.get(name.lower()), types.OBJECT)
        found = self.run.variables.get(name.lower())
        return None if found is None else variable_value(execution, found)


_TYPES = {
    "String": types.STRING, "Picklist": types.STRING, "Multipicklist": types.STRING, "Boolean": types.BOOLEAN, "Number": types.DECIMAL,
    "Currency": types.DECIMAL, "Date": types.DATE, "DateTime": types.DATETIME,
}  # fmt: skip


def variable_value(execution: Any, found: FlowVariable) -> Any:
    """What a variable of a flow holds, as Apex sees it."""
    one = rtype_of(found.object) if found.type == "SObject" and found.object else _TYPES.get(found.type, types.OBJECT)
    return to_apex(execution, found.value, types.list_of(one) if found.many else one)


def run_flow(execution: Any, name: str, inputs: list[dict[str, Any]]) -> list[FlowRun]:
    """Run a flow for each of some inputs; FlowException for a failure."""
    runs = []
    for one in outcomes(execution, name, inputs):
        if isinstance(one, FlowFailure):
            raise FlowException(f"An unhandled fault has occurred in this flow: {one}")
        runs.append(one)
    return runs


def outcomes(execution: Any, name: str, inputs: list[dict[str, Any]]) -> list[FlowRun | FlowFailure]:
    """Run a flow for each of some inputs: how each ended."""
    try:
        found: list[FlowRun | FlowFailure] = execution.host.run_flow(name, inputs)
    except FlowUnsupported as unsupported:
        raise NotSupported(str(unsupported)) from None
    return found


@native("Flow.Interview.createInterview(String,Map<String,Object>)", context=True)
def create_interview(execution: Any, name: str | None, inputs: Map | None) -> Interview:
    if name is None or inputs is None:
        raise null_pointer()
    if not execution.host.has_flow(name):
        raise TypeException(f"Invalid type: {name}")
    return Interview(name, {str(key): to_org(value) for key, value in inputs.entries() if key is not None})


@native("Flow.Interview.createInterview(String,String,Map<String,Object>)", context=True)
def create_interview_of(execution: Any, namespace: str | None, name: str | None, inputs: Map | None) -> Interview:
    own = execution.host.org.namespace
    if namespace and namespace.lower() != (own or "").lower():
        raise TypeException(f"Invalid type: {namespace}.{name}")
    return create_interview(execution, name, inputs)
