"""Flows and processes that saves of records start (Apex Developer Guide, Triggers and Order of Execution).

Before-save flows run ahead of the before triggers, after-save flows and processes behind the after triggers, flows on a
delete ahead of its triggers. A flow is not started for a record that it runs for already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.apex.host import Record, RecordError
from orgwright.localorg.dml.automation import Errors, Moment
from orgwright.localorg.flows import apexactions, library, together
from orgwright.localorg.flows.conditions import starts
from orgwright.localorg.flows.faults import Fault, Refusal, Unrunnable
from orgwright.localorg.flows.ground import Ground
from orgwright.localorg.flows.interview import Interview
from orgwright.localorg.flows.model import Flow
from orgwright.localorg.flows.resources import Trigger
from orgwright.localorg.flows.values import FlowRecord

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


class Started:
    """Runs flows for the save path (``dml.automation.FlowRunner``)."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self._running: set[tuple[str, str | None]] = set()
        """Flows and the records that they run for at this moment."""

    def has(self, sobject: str, moment: Moment, *, creating: bool = False) -> bool:
        """Whether any active flow is started then."""
        return bool(self._flows(sobject, moment, creating))

    def _flows(self, sobject: str, moment: Moment, creating: bool) -> list[Flow]:
        found = library.started_by(self.tx, sobject, moment)
        if moment == "before delete":
            return [one for one in found if one.start.on_delete]
        return [one for one in found if (one.start.on_create if creating else one.start.on_update)]

    def run(self, moment: Moment, records: Sequence[Record], old: Sequence[Record] | None) -> Errors:
        """Run them for the records of one save, flow by flow; the errors by row."""
        errors: dict[int, tuple[RecordError, ...]] = {}
        for flow in self._flows(records[0].type, moment, old is None):
            left = [n for n in range(len(records)) if n not in errors]
            errors |= self._run(flow, moment, records, old, left)
        return errors

    def _run(
        self, flow: Flow, moment: Moment, records: Sequence[Record], old: Sequence[Record] | None, left: Sequence[int]
    ) -> dict[int, tuple[RecordError, ...]]:
        ground = Ground(self.tx)
        interviews: dict[int, Interview] = {}
        problems: dict[int, together.Problem | None] = {}
        try:
            for n in left:
                trigger = _trigger(records[n], None if old is None else old[n], moment)
                if self._key(flow, trigger) in self._running:
                    continue
                try:
                    interview = Interview(flow, ground, {}, trigger)
                    if starts(flow.start, interview.resources):
                        interviews[n] = interview
                except Fault as fault:
                    problems[n] = fault
            problems |= self._interviewed(flow, interviews)
        except Unrunnable as unrunnable:
            return {n: (_unsupported(flow, unrunnable),) for n in left}
        if moment == "before save":
            for n, interview in interviews.items():
                changed = interview.resources.trigger
                assert changed is not None
                records[n].fields.update(changed.record.changes())
        return {n: _errors(flow, problem) for n, problem in problems.items() if problem is not None}

    def _interviewed(self, flow: Flow, interviews: dict[int, Interview]) -> dict[int, together.Problem | None]:
        keys = {self._key(flow, one.resources.trigger) for one in interviews.values() if one.resources.trigger}
        self._running |= keys
        try:
            found = together.run(self.tx, list(interviews.values()), apexactions.Actions(self.tx))
        finally:
            self._running -= keys
        return dict(zip(interviews, found, strict=True))

    def _key(self, flow: Flow, trigger: Trigger) -> tuple[str, str | None]:
        id = trigger.record.fields.get("Id")
        return flow.name.lower(), str(id) if id else None


def _trigger(record: Record, old: Record | None, moment: Moment) -> Trigger:
    fields = dict(record.fields)
    before = None if old is None else FlowRecord(old.type, dict(old.fields), dict(old.fields))
    return Trigger(FlowRecord(record.type, fields, dict(fields)), before, moment == "before save")


def _errors(flow: Flow, problem: together.Problem) -> tuple[RecordError, ...]:
    if isinstance(problem, Refusal):
        return tuple(
            RecordError("FIELD_CUSTOM_VALIDATION_EXCEPTION", text, (field,) if field else ())
            for text, field in problem.messages
        )
    text = f"We can't save this record because the “{flow.label}” process failed. Give your Salesforce admin these details. {problem}"
    return (RecordError("CANNOT_EXECUTE_FLOW_TRIGGER", text),)


def _unsupported(flow: Flow, unrunnable: Unrunnable) -> RecordError:
    text = (
        f"The embedded org cannot run the flow {flow.name}, which this save starts: it does not support {unrunnable}."
    )
    return RecordError("NOT_SUPPORTED_BY_EMBEDDED_ORG", text)
