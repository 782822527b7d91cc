"""Conditions of decisions and of what starts a flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from orgwright.localorg.flows.faults import Fault, Unrunnable
from orgwright.localorg.flows.model import Condition, Outcome, Start, Test
from orgwright.localorg.flows.resources import Resources, Trigger
from orgwright.localorg.flows.values import OPERATORS, FlowRecord, equal
from orgwright.localorg.formula.criteria import joined
from orgwright.localorg.formula.problem import FormulaProblem


def holds(test: Test, resources: Resources, prefix: str = "") -> bool:
    """Whether the conditions are met; ``prefix`` stands before the names on their left."""
    tests = [_test(one, resources, prefix) for one in test.conditions]
    logic = test.logic.lower()
    if logic in ("and", ""):
        return all(check(()) for check in tests)
    if logic == "or":
        return any(check(()) for check in tests)
    try:
        return joined(test.logic, tests)(())
    except FormulaProblem as problem:
        raise Fault(problem.text) from None


def _test(condition: Condition, resources: Resources, prefix: str) -> Callable[[Sequence[Any]], bool]:
    return lambda _: _one(condition, resources, prefix)


def _one(condition: Condition, resources: Resources, prefix: str) -> bool:
    operator, left = condition.operator, f"{prefix}{condition.left}"
    right = resources.given(condition.right)
    if operator == "IsChanged":
        return _changed(left, resources) == (right is True)
    if operator in ("WasVisited", "WasSelected"):
        return (condition.left.lower() in resources.visited) == (right is True)
    compare = OPERATORS.get(operator)
    if compare is None:
        raise Unrunnable(f"the operator {operator} of a flow")
    return compare(resources.get(left), right)


def _changed(path: str, resources: Resources) -> bool:
    trigger = resources.trigger
    if trigger is None or trigger.old is None:
        return False
    name = path.split(".", 1)[-1]
    return not equal(resources.ground.member(trigger.record, name), resources.ground.member(trigger.old, name))


def taken(outcome: Outcome, resources: Resources) -> bool:
    """Whether an outcome of a decision is taken."""
    if not holds(outcome.test, resources):
        return False
    return not outcome.when_changed or not _held_before(resources, lambda before: holds(outcome.test, before))


def starts(start: Start, resources: Resources) -> bool:
    """Whether the record meets what the flow asks of it."""
    if not _entered(start, resources):
        return False
    return not start.when_changed or not _held_before(resources, lambda before: _entered(start, before))


def _entered(start: Start, resources: Resources) -> bool:
    if start.formula is not None:
        return resources.holds(start.formula)
    return holds(start.filter, resources, "$Record.")


def _held_before(resources: Resources, check: Callable[[Resources], bool]) -> bool:
    """Whether the record met conditions before its save."""
    trigger = resources.trigger
    if trigger is None or trigger.old is None:
        return False
    earlier = Trigger(FlowRecord(trigger.old.type, trigger.old.fields), trigger.old, trigger.before)
    before = Resources(resources.flow, resources.ground, {}, earlier)
    return check(before)
