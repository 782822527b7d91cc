"""One run of a flow: from element to element, until nothing follows.

An interview is a generator. What writes records or calls Apex it yields as an :class:`Operation`, so that interviews
that run together (:mod:`orgwright.localorg.flows.together`) do it together, as flows on many records are bulkified.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from orgwright.localorg.flows import conditions, lookups
from orgwright.localorg.flows.collections import change, process
from orgwright.localorg.flows.faults import Fault, Refusal, Unrunnable
from orgwright.localorg.flows.ground import Ground
from orgwright.localorg.flows.library import called
from orgwright.localorg.flows.model import (
    Assignment,
    Call,
    CustomError,
    Decision,
    Element,
    Flow,
    Lookup,
    Loop,
    Processing,
    Unsupported,
    Write,
)
from orgwright.localorg.flows.resources import Resources, Trigger, field_value
from orgwright.localorg.flows.values import FlowRecord, copied

MAX_ELEMENTS = 1_000_000
"""Elements that one interview may run: a real org stops it by its CPU time."""
SENT = frozenset(("emailAlert", "emailSimple", "customNotificationAction"))
"""Actions that only send something: nothing leaves the embedded org."""
ADMITTED = frozenset(("AutoLaunchedFlow", "Workflow", "InvocableProcess", "CustomEvent", "Flow"))
MAX_DEPTH = 50


@dataclass(frozen=True)
class Save:
    """Records that an element writes."""

    element: Write
    records: list[FlowRecord]


@dataclass(frozen=True)
class Invoke:
    """An Apex action that an element calls."""

    element: Call
    inputs: dict[str, Any]


Operation = Save | Invoke
Steps = Generator[Operation, Any, None]


class Interview:
    """A run of ``flow``; ``inputs`` are values of its variables."""

    def __init__(
        self, flow: Flow, ground: Ground, inputs: Mapping[str, Any], trigger: Trigger | None = None, depth: int = 0
    ) -> None:
        self.flow, self.ground, self.depth = flow, ground, depth
        self.resources = Resources(flow, ground, inputs, trigger)
        self._loops: dict[str, list[Any]] = {}
        """The items of loops that are still to come, the next one last."""

    def steps(self) -> Steps:
        """Run it. Raises :class:`Fault` for a failure that no fault path takes."""
        if self.flow.type not in ADMITTED:
            raise Unrunnable(f"a flow of type {self.flow.type}")
        if self.depth > MAX_DEPTH:
            raise Fault("The flow calls itself too often.")
        at = self.flow.first
        count = 0
        while at is not None:
            element = self.flow.elements.get(at.lower())
            if element is None:
                raise Fault(f"The element {at} can't be found.")
            count += 1
            if count > MAX_ELEMENTS:
                raise Fault("The flow ran too many elements.")
            self.resources.visited.add(element.name.lower())
            try:
                at = yield from self._run(element)
            except Fault as fault:
                if element.fault is None:
                    raise
                self.resources.fault_message = str(fault)
                at = element.fault

    def _run(self, element: Element) -> Generator[Operation, Any, str | None]:
        """Run one element; the name of the next."""
        match element:
            case Assignment():
                for one in element.changes:
                    change(self.resources, one)
            case Decision():
                return self._decide(element)
            case Loop():
                return self._loop(element)
            case Lookup():
                lookups.look_up(self.resources, element)
            case Processing():
                self.resources.store(element.name, process(self.resources, element))
            case CustomError():
                given = self.resources.given
                raise Refusal([(str(given(text) or ""), field) for text, field in element.messages])
            case Write():
                yield from self._write(element)
            case Call():
                yield from self._call(element)
            case Unsupported():
                raise Unrunnable(f"the {element.kind} {element.name} of a flow")
        return element.next

    def _decide(self, element: Decision) -> str | None:
        for outcome in element.outcomes:
            if conditions.taken(outcome, self.resources):
                self.resources.visited.add(outcome.name.lower())
                return outcome.next
        return element.next

    def _loop(self, element: Loop) -> str | None:
        low = element.name.lower()
        left = self._loops.get(low)
        if left is None:
            items = self.resources.get(element.collection) or []
            if not isinstance(items, list):
                raise Fault(f"{element.collection} is no collection.")
            left = self._loops[low] = items[:] if element.backwards else items[::-1]
        if not left:
            del self._loops[low]
            return element.next
        item = left.pop()
        if element.item is not None:
            self.resources.set(element.item, item)
        else:
            self.resources.store(element.name, item)
        return element.body

    # --- records ---

    def _write(self, element: Write) -> Steps:
        resources, trigger = self.resources, self.resources.trigger
        values = [(name, resources.given(given)) for name, given in element.values]
        own = element.input is not None and element.input.lower() == "$record"
        if own and trigger is not None and trigger.before:
            for name, value in values:
                resources.set(f"$Record.{name}", value)
            return
        if element.operation == "insert" and element.input is None:
            records = [FlowRecord(self.ground.type(element.object or "").name)]
        elif element.input is not None:
            records = self._given(element.input)
        else:
            records = lookups.matching(resources, element.object or "", element.filter)
        for record in records:
            for name, value in values:
                field = self.ground.field(record.type, name)
                record.fields[field.name] = field_value(field, value)
        if not records:
            return
        made = yield Save(element, records)
        if element.operation == "insert":
            for record, id in zip(records, made, strict=True):
                record.fields["Id"] = id
            resources.store(element.name, made[0])
            if element.id_output is not None:
                resources.set(element.id_output, made[0])

    def _given(self, path: str) -> list[FlowRecord]:
        """The records of a variable, which see what the write makes of them."""
        value = self.resources.get(path)
        records = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(record, FlowRecord) for record in records):
            raise Fault(f"{path} holds no records.")
        return records

    # --- calls ---

    def _call(self, element: Call) -> Steps:
        inputs = {name: copied(self.resources.given(given)) for name, given in element.inputs}
        if element.kind == "flow":
            inner = Interview(called(self.ground.tx, element.target), self.ground, inputs, None, self.depth + 1)
            yield from inner.steps()
            outputs = inner.resources.outputs()
        elif element.kind == "apex":
            outputs = (yield Invoke(element, inputs)) or {}
        elif element.kind in SENT:
            outputs = {}
        else:
            raise Unrunnable(f"the action {element.kind or element.target} of a flow")
        by_name = {name.lower(): value for name, value in outputs.items()}
        if element.automatic:
            self.resources.store(element.name, outputs)
        for name, target in element.outputs:
            self.resources.set(target, by_name.get(name.lower()))
