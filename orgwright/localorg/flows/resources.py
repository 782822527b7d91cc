"""What a running flow can name: variables, the record that started it, formulas, templates, globals."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orgwright.apex.host import Record
from orgwright.localorg.flows.faults import Fault, Unrunnable, unset
from orgwright.localorg.flows.formulas import MERGE, work_out
from orgwright.localorg.flows.ground import Ground
from orgwright.localorg.flows.model import Call, Flow, Given, Lookup, Loop, Processing, Variable, Write
from orgwright.localorg.flows.values import FlowRecord, convert, copied, text
from orgwright.localorg.formula.moments import zone
from orgwright.localorg.schema.model import Field

_RECORD, _PRIOR, _FLOW = "$record", "$record__prior", "$flow"
_OF_FLOW = {
    "$flow.currentdate": "Date", "$flow.currentdatetime": "DateTime", "$flow.interviewstarttime": "DateTime",
    "$flow.interviewguid": "String", "$flow.faultmessage": "String",
}  # fmt: skip


@dataclass(frozen=True)
class Trigger:
    """The record that a flow runs for; ``old`` is it before the save, nothing for a new one."""

    record: FlowRecord
    old: FlowRecord | None = None
    before: bool = False
    """Whether the record is not saved yet, so that changes of it need no update."""


class Resources:
    """The values of one interview, by name."""

    def __init__(self, flow: Flow, ground: Ground, inputs: Mapping[str, Any], trigger: Trigger | None) -> None:
        self.flow, self.ground, self.trigger = flow, ground, trigger
        self.fault_message = ""
        self.visited: set[str] = set()
        self._started = ground.tx.now()
        self._guid = str(uuid.uuid4())
        self._values: dict[str, Any] = {}
        """Variables, and what elements store by themselves."""
        self._working: list[str] = []
        given = {name.lower(): value for name, value in inputs.items()}
        for low, variable in {**flow.constants, **flow.variables}.items():
            self._values[low] = self._first_value(variable, given[low]) if low in given else self._start_value(variable)
        if trigger is not None and flow.current is not None:
            self._values[flow.current.lower()] = trigger.record
            if flow.old is not None:
                self._values[flow.old.lower()] = trigger.old

    def _start_value(self, variable: Variable) -> Any:
        if variable.many:
            return []
        if variable.start is None:
            return convert(None, variable.type)
        return convert(self.given(variable.start), variable.type, variable.scale)

    def _first_value(self, variable: Variable, value: Any) -> Any:
        if variable.many:
            return [self._as(variable, item) for item in value or ()]
        return self._as(variable, value)

    def _as(self, variable: Variable, value: Any) -> Any:
        if variable.type == "SObject" and isinstance(value, Record) and not isinstance(value, FlowRecord):
            return FlowRecord(value.type, dict(value.fields))
        return copied(value) if variable.type in ("SObject", "Apex") else convert(value, variable.type, variable.scale)

    # --- reading ---

    def given(self, given: Given) -> Any:
        """The value that an element gives."""
        if given.reference is not None:
            if given.reference.startswith("<"):
                raise Unrunnable(f"a value given as {given.reference[1:-1]}")
            return self.get(given.reference)
        return self.merged(given.value) if given.merged else given.value

    def merged(self, template: str) -> str:
        """A text with the values of its merge fields."""
        return MERGE.sub(lambda match: text(self.get(match.group(1).strip())), template)

    def get(self, path: str) -> Any:
        """The value of a path: ``name``, ``name.Field``, ``$Record.Parent__r.Field``."""
        root, *steps = path.split(".")
        low = root.lower()
        if low == _FLOW:
            return self._of_flow(steps, path)
        if low.startswith("$") and low not in (_RECORD, _PRIOR):
            return self._work_out(path)
        value = self._root(low, path)
        if steps and value is None and low in self.flow.variables:
            raise unset(path)
        for step in steps:
            value = self._member(value, step, path)
        return value

    def _root(self, low: str, path: str) -> Any:
        if low in (_RECORD, _PRIOR):
            if self.trigger is None:
                raise unset(path)
            return self.trigger.record if low == _RECORD else self.trigger.old
        if low in self._values:
            return self._values[low]
        formula = self.flow.formulas.get(low)
        if formula is not None:
            return convert(self._work_out(formula.expression), formula.type)
        template = self.flow.templates.get(low)
        if template is not None:
            return self.merged(template.text)
        if low in self.flow.outcomes:
            return low in self.visited
        if low in self.flow.elements:
            return None  # it has not run yet
        raise Fault(f"The resource {path} can't be found.")

    def _member(self, value: Any, step: str, path: str) -> Any:
        if value is None:
            return None
        if isinstance(value, Record):
            return self.ground.member(value, step)
        if isinstance(value, Mapping):
            return next((item for name, item in value.items() if name.lower() == step.lower()), None)
        raise Unrunnable(f"{path}: a member of an Apex-defined value")

    def _of_flow(self, steps: list[str], path: str) -> Any:
        name = steps[0].lower() if steps else ""
        now = self.ground.tx.now()
        if name == "currentdate":
            return now.astimezone(zone(self.ground.tx.user().time_zone)).date()
        if name == "currentdatetime":
            return now
        if name == "interviewstarttime":
            return self._started
        if name == "interviewguid":
            return self._guid
        if name == "faultmessage":
            return self.fault_message
        raise Unrunnable(f"{path} in a flow")

    # --- formulas ---

    def holds(self, expression: str) -> bool:
        """Whether a formula is true."""
        return self._work_out(expression) is True

    def _work_out(self, expression: str) -> Any:
        if expression in self._working:
            raise Fault("A formula refers to itself.")
        self._working.append(expression)
        try:
            old = self.trigger.old if self.trigger is not None else None
            return work_out(
                self.ground.tx,
                expression,
                self._known,
                self.get,
                lambda name: None if old is None else self.ground.member(old, name),
                new=old is None,
            )
        finally:
            self._working.pop()

    def _known(self, path: str) -> Field | str | None:
        """What a path in a formula names."""
        root, *steps = path.split(".")
        low = root.lower()
        if low == _FLOW:
            return _OF_FLOW.get(path.lower())
        if not steps:
            return self._type_of(low)
        sobject = self._object_of(low)
        if sobject is None:
            return None
        for step in steps[:-1]:
            reference = self.ground.type(sobject).parent_field(step)
            if reference is None or len(reference.reference_to) != 1:
                return None
            sobject = reference.reference_to[0]
        return self.ground.type(sobject).field(steps[-1])

    def _type_of(self, low: str) -> str | None:
        variable = self.flow.variables.get(low) or self.flow.constants.get(low)
        if variable is not None:
            return "collection" if variable.many else variable.type
        if low in self.flow.templates:
            return "String"
        formula = self.flow.formulas.get(low)
        if formula is not None:
            return formula.type
        if low in self.flow.outcomes:
            return "Boolean"
        element = self.flow.elements.get(low)
        if isinstance(element, Loop):
            return self._type_of(element.collection.lower())
        return "String" if isinstance(element, Write) else None

    def _object_of(self, low: str) -> str | None:
        """The object whose record a name holds."""
        if low in (_RECORD, _PRIOR):
            return self.trigger.record.type if self.trigger is not None else None
        variable = self.flow.variables.get(low)
        if variable is not None:
            return variable.object
        element = self.flow.elements.get(low)
        if isinstance(element, Lookup):
            return element.object
        if isinstance(element, Loop | Processing):
            return self._object_of(element.collection.split(".")[0].lower())
        held = self._values.get(low)
        return held.type if isinstance(element, Call) and isinstance(held, Record) else None

    # --- writing ---

    def store(self, name: str, value: Any) -> None:
        """Keep what an element gives by its name."""
        self._values[name.lower()] = value

    def set(self, path: str, value: Any) -> None:
        """Give a variable, or a field of a record in one, a value."""
        root, *steps = path.split(".")
        low = root.lower()
        if not steps:
            variable = self.flow.variables.get(low)
            if variable is None:
                self._values[low] = value
            elif variable.many:
                self._values[low] = self._first_value(variable, value)
            else:
                self._values[low] = self._as(variable, value)
            return
        holder = self._holder(low, path)
        for step in steps[:-1]:
            holder = self._member(holder, step, path)
        if not isinstance(holder, Record):
            raise Unrunnable(f"setting {path}")
        field = self.ground.field(holder.type, steps[-1])
        holder.fields[field.name] = field_value(field, value)

    def _holder(self, low: str, path: str) -> Any:
        holder = self._root(low, path)
        variable = self.flow.variables.get(low)
        if holder is None and variable is not None and variable.type == "SObject" and variable.object:
            # a record variable that nothing was assigned to begins when its first field is set
            holder = self._values[low] = FlowRecord(self.ground.type(variable.object).name)
        return holder

    def outputs(self) -> dict[str, Any]:
        """The output variables with their values."""
        return {one.name: self._values[low] for low, one in self.flow.variables.items() if one.output}


_TEXTS = ("string", "textarea", "picklist", "multipicklist", "combobox", "url", "email", "phone")


def field_value(field: Field, value: Any) -> Any:
    """A value as a field of a record takes it."""
    if value is None:
        return None
    if field.type in _TEXTS:
        return text(value)
    kind = {"date": "Date", "datetime": "DateTime", "boolean": "Boolean"}.get(field.type)
    if kind is None and field.type in ("int", "double", "currency", "percent", "long"):
        kind = "Number"
    found = convert(value, kind) if kind else value
    return int(found) if field.type in ("int", "long") and found == int(found) else found
