"""Interviews that run side by side: what they write and call at the same element happens at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import ApexFailure, Record, RecordError, SaveOutcome
from orgwright.apex.host import Refused as ActionRefused
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.flows.faults import Fault, Refusal
from orgwright.localorg.flows.interview import Interview, Invoke, Operation, Save, Steps

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

Problem = Fault | Refusal
Actions = Callable[[str, Sequence[dict[str, Any]]], "list[Any]"]
"""Calls an Apex action by its class for several inputs; raises ``ApexFailure`` or ``Refused``."""
_VERBS = {"insert": "create", "update": "update", "delete": "delete"}


@dataclass
class _Running:
    interview: Interview
    steps: Steps
    waiting: Operation | None = None
    problem: Problem | None = None

    def go_on(self, answer: Any = None, fault: Fault | None = None) -> None:
        """Run to the next operation, or to the end."""
        try:
            self.waiting = self.steps.send(answer) if fault is None else self.steps.throw(fault)
        except StopIteration:
            self.waiting = None
        except (Fault, Refusal) as problem:
            self.waiting, self.problem = None, problem


def run(tx: Transaction, interviews: Sequence[Interview], actions: Actions) -> list[Problem | None]:
    """Run interviews to their ends; what stopped each, ``None`` for those that went well."""
    running = [_Running(one, one.steps()) for one in interviews]
    for one in running:
        one.go_on()
    while waiting := [one for one in running if one.waiting is not None]:
        first = waiting[0].waiting
        assert first is not None
        group = [one for one in waiting if one.waiting is not None and one.waiting.element is first.element]
        answers = _saved(tx, group) if isinstance(first, Save) else _invoked(actions, group)
        for one, answer in zip(group, answers, strict=True):
            if isinstance(answer, Fault):
                one.go_on(fault=answer)
            else:
                one.go_on(answer)
    return [one.problem for one in running]


# --- records ---


def _saved(tx: Transaction, group: Sequence[_Running]) -> list[Any]:
    """The Ids of the records of each interview, or its fault. An interview's records are saved all or none."""
    saves = [one.waiting for one in group if isinstance(one.waiting, Save)]
    records = [record for save in saves for record in _records(save)]
    ids = [record.fields["Id"] for record in records if record.fields.get("Id")]
    if len(ids) == len(set(ids)):
        mark = tx.savepoint()
        outcomes = _save(tx, records, saves[0].element.operation, whole=False)
        if all(one.success for one in outcomes) or len(saves) == len(outcomes):
            tx.release(mark)
            rest = iter(outcomes)
            return [_answer(save, [next(rest) for _ in save.records]) for save in saves]
        tx.rollback(mark)
    # one after the other: some records of an interview failed, or several interviews write the same record
    return [_answer(save, _save(tx, _records(save), save.element.operation, whole=True)) for save in saves]


def _records(save: Save) -> list[Record]:
    """The records as they are sent: an update sends what the flow set."""
    if save.element.operation == "insert":
        return [Record(one.type, dict(one.fields)) for one in save.records]
    sent = (one.changes() if save.element.operation == "update" else {} for one in save.records)
    return [
        Record(one.type, {**fields, "Id": one.fields.get("Id")}) for one, fields in zip(save.records, sent, strict=True)
    ]


def _save(tx: Transaction, records: list[Record], operation: str, *, whole: bool) -> list[SaveOutcome]:
    if operation == "insert" and records and records[0].type.lower().endswith("__e"):
        return tx.publish(records)
    return tx.save(SaveRequest(operation, records, all_or_none=whole, access="system", raw="typed"))  # type: ignore[arg-type]


def _answer(save: Save, outcomes: Sequence[SaveOutcome]) -> list[str | None] | Fault:
    errors = [error for one in outcomes if not one.success for error in one.errors]
    if not errors:
        return [one.id for one in outcomes]
    own = [error for error in errors if error.code != "ALL_OR_NONE_OPERATION_ROLLED_BACK"] or errors
    return Fault(_text(save, own[0]))


def _text(save: Save, error: RecordError) -> str:
    verb = _VERBS[save.element.operation]
    return (
        f"This error occurred when the flow tried to {verb} records: {error.code}: {error.message}. "
        "You can look up ExceptionCode values in the SOAP API Developer Guide."
    )


# --- Apex actions ---


def _invoked(actions: Actions, group: Sequence[_Running]) -> list[Any]:
    calls = [one.waiting for one in group if isinstance(one.waiting, Invoke)]
    try:
        found = actions(calls[0].element.target, [call.inputs for call in calls])
    except ApexFailure as failure:
        return [Fault(f"An Apex error occurred: {failure.type_name}: {failure.message}")] * len(calls)
    except ActionRefused as refused:
        return [Fault(refused.message)] * len(calls)
    if len(found) != len(calls):
        text = "The number of results does not match the number of interviews that were executed in a single bulk execution request."
        return [Fault(text)] * len(calls)
    return found
