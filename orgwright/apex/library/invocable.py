"""``Invocable.Action`` (Apex Reference Guide, Invocable Namespace). Standard actions are not run here."""

from __future__ import annotations

from typing import Any, ClassVar

from orgwright.apex.crossing import to_org
from orgwright.apex.host import FlowFailure, FlowRun
from orgwright.apex.library.describefields import platform_rtype
from orgwright.apex.library.flowinterview import outcomes, variable_value
from orgwright.apex.library.registry import contextual, native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import NotSupported, null_pointer
from orgwright.apex.runtime.keyed import Map, new_map
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import PlatformObject

PARAMETERS = types.map_of(types.STRING, types.OBJECT)


@platform("Invocable.Action")
class Action(PlatformObject):
    """``Invocable.Action``: an action with the calls that are asked of it."""

    __slots__ = ("invocations", "kind", "name", "namespace")

    def __init__(self, kind: str = "", name: str = "", namespace: str | None = None) -> None:
        self.kind, self.name, self.namespace = kind, name, namespace
        self.invocations: list[Map] = [new_map(PARAMETERS)]

    def getName(self) -> str:
        """The action's name."""
        return self.name

    def getNamespace(self) -> str | None:
        """Its namespace."""
        return self.namespace

    def getType(self) -> str:
        """``flow``, ``apex``, or a standard action's name."""
        return self.kind

    def isStandard(self) -> bool:
        """Whether it is one of Salesforce's own."""
        return not self.kind

    def setInvocationParameter(self, name: str | None, value: Any) -> Action:
        """Set a parameter of the last call."""
        if name is None:
            raise null_pointer()
        self.invocations[-1].put(name, value)
        return self

    def addInvocation(self) -> Action:
        """Begin another call."""
        self.invocations.append(new_map(PARAMETERS))
        return self

    def clearInvocations(self) -> Action:
        """Forget all calls."""
        self.invocations = [new_map(PARAMETERS)]
        return self

    def setInvocations(self, given: List | None) -> Action:
        """All calls at once."""
        if given is None:
            raise null_pointer()
        self.invocations = list(given.items)
        return self

    @contextual
    def invoke(self, execution: Any) -> List:
        """One result a call. An action that the org has not is a failure of each call."""
        if self.kind.lower() != "flow":
            raise NotSupported(f"Invocable.Action {self.kind or self.name}")
        if execution.host.has_flow(self.name):
            return self._run_flow(execution)
        text = f"We can't find an action with the name and action type that you specified: {self.name}"
        error = ActionError("NOT_FOUND", text)
        return List(RESULTS, [Result(self, List(ERRORS, [error]), False) for _ in self.invocations])

    def _run_flow(self, execution: Any) -> List:
        calls = [{str(k): to_org(value) for k, value in one.entries()} for one in self.invocations]
        return List(RESULTS, [self._ended(execution, one) for one in outcomes(execution, self.name, calls)])

    def _ended(self, execution: Any, one: FlowRun | FlowFailure) -> Result:
        if isinstance(one, FlowFailure):
            return Result(self, List(ERRORS, [ActionError("UNKNOWN_EXCEPTION", str(one))]), False)
        output = new_map(PARAMETERS)
        for variable in one.variables.values():
            if variable.output:
                output.put(variable.name, variable_value(execution, variable))
        output.put("Flow__InterviewStatus", "Finished")
        return Result(self, List(ERRORS), True, output)


@platform("Invocable.Action.Error")
class ActionError(PlatformObject):
    """``Invocable.Action.Error``."""

    __slots__ = ("code", "message")
    json_members: ClassVar[dict[str, RType]] = {"code": types.STRING, "message": types.STRING}

    def __init__(self, code: str | None = None, message: str | None = None) -> None:
        self.code, self.message = code, message

    def getCode(self) -> str | None:
        """The code."""
        return self.code

    def getMessage(self) -> str | None:
        """The message."""
        return self.message

    def json_fields(self) -> dict[str, Any]:
        """As JSON shows it."""
        return {"code": self.code, "message": self.message}


ERRORS = types.list_of(platform_rtype(ActionError))


@platform("Invocable.Action.Result")
class Result(PlatformObject):
    """``Invocable.Action.Result``."""

    __slots__ = ("action", "errors", "invocationParameters", "outputParameters", "success")
    json_members: ClassVar[dict[str, RType]] = {
        "action": platform_rtype(Action),
        "errors": ERRORS,
        "success": types.BOOLEAN,
        "outputParameters": PARAMETERS,
        "invocationParameters": PARAMETERS,
    }

    def __init__(
        self, action: Action | None = None, errors: List | None = None, success: bool = False, output: Map | None = None
    ) -> None:
        self.action, self.errors, self.success, self.outputParameters = action, errors, success, output
        self.invocationParameters: Map | None = None

    def getAction(self) -> Action | None:
        """The action."""
        return self.action

    def getErrors(self) -> List | None:
        """What went wrong."""
        return self.errors

    def isSuccess(self) -> bool:
        """Whether the call succeeded."""
        return bool(self.success)

    def getOutputParameters(self) -> Map | None:
        """What the action gave."""
        return self.outputParameters

    def getInvocationParameters(self) -> Map | None:
        """What the action was given."""
        return self.invocationParameters


RESULTS = types.list_of(platform_rtype(Result))


@native("Invocable.Action.createCustomAction(String,String)")
def custom_action(kind: str | None, name: str | None) -> Action:
    return custom_action_of(kind, None, name)


@native("Invocable.Action.createCustomAction(String,String,String)")
def custom_action_of(kind: str | None, namespace: str | None, name: str | None) -> Action:
    if kind is None or name is None:
        raise null_pointer()
    return Action(kind, name, namespace)


@native("Invocable.Action.createStandardAction")
def standard_action(name: str | None) -> Action:
    if name is None:
        raise null_pointer()
    return Action("", name)
