"""Flows that Apex, actions and the REST API start (Apex Reference Guide, Flow.Interview; REST API, Flow Actions)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import FlowFailure, FlowRun, FlowUnsupported, FlowVariable
from orgwright.localorg.flows import library, together
from orgwright.localorg.flows.apexactions import Actions
from orgwright.localorg.flows.faults import Fault, Unrunnable
from orgwright.localorg.flows.ground import Ground
from orgwright.localorg.flows.interview import Interview

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


def launch(tx: Transaction, name: str, inputs: Sequence[Mapping[str, Any]]) -> list[FlowRun | FlowFailure]:
    """Run a flow for each of some inputs, side by side. Raises :class:`FlowUnsupported`."""
    try:
        flow = library.called(tx, name)
        interviews = [Interview(flow, Ground(tx), one) for one in inputs]
        problems = together.run(tx, interviews, Actions(tx))
    except Fault as fault:
        return [FlowFailure(str(fault)) for _ in inputs]
    except Unrunnable as unrunnable:
        raise FlowUnsupported(f"{unrunnable} (flow {name})") from None
    return [
        _finished(interview) if problem is None else FlowFailure(str(problem))
        for interview, problem in zip(interviews, problems, strict=True)
    ]


def _finished(interview: Interview) -> FlowRun:
    get = interview.resources.get
    return FlowRun(
        {
            low: FlowVariable(one.name, get(one.name), one.type, one.many, one.object, one.output)
            for low, one in interview.flow.variables.items()
        }
    )
