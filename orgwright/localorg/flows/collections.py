"""Assignments, and collections that are sorted or filtered (Salesforce Help, Flow Element: Assignment, Collection Sort)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from orgwright.localorg.flows import conditions
from orgwright.localorg.flows.faults import Fault, Unrunnable
from orgwright.localorg.flows.model import Change, Processing
from orgwright.localorg.flows.resources import Resources
from orgwright.localorg.flows.values import convert, copied, equal, text


def change(resources: Resources, one: Change) -> None:
    """Run one item of an assignment."""
    try:
        _change(resources, one)
    except TypeError:
        raise Fault(f"{one.target} cannot take the value of the assignment ({one.operator}).") from None


def _change(resources: Resources, one: Change) -> None:
    operator, value = one.operator, resources.given(one.value)
    if operator == "Assign":
        resources.set(one.target, copied(value))
        return
    if operator == "AssignCount":
        resources.set(one.target, convert(len(value or ()), "Number"))
        return
    held = resources.get(one.target)
    if operator in ("Add", "AddItem") and not isinstance(held, list) and not _is_many(resources, one.target):
        resources.set(one.target, _sum(held, value))
    elif operator == "Subtract":
        resources.set(one.target, (held or 0) - (value or 0))
    else:
        resources.set(one.target, _changed_list(operator, list(held or ()), copied(value)))


def _is_many(resources: Resources, target: str) -> bool:
    variable = resources.flow.variables.get(target.lower())
    return variable is not None and variable.many


def _sum(held: Any, value: Any) -> Any:
    """Numbers add up, texts are put together, a date moves by days."""
    if isinstance(held, str) or isinstance(value, str):
        return text(held) + text(value)
    if held is None or value is None:
        return value if held is None else held
    return held + dt.timedelta(days=float(value)) if isinstance(held, dt.date) else held + value


def _changed_list(operator: str, held: list[Any], value: Any) -> list[Any]:
    given = value if isinstance(value, list) else [value]
    places = [n for n, item in enumerate(held) if equal(item, value)]
    if operator in ("Add", "AddItem"):
        return held + given
    if operator == "AddAtStart":
        return given + held
    if operator == "RemoveAll":
        return [item for item in held if not any(equal(item, one) for one in given)]
    if operator == "RemoveUncommon":
        return [item for item in held if any(equal(item, one) for one in given)]
    if operator == "RemovePosition":
        at = int(value or 0)
        if not 1 <= at <= len(held):
            raise Fault(f"The collection has no item {at}.")
        return held[: at - 1] + held[at:]
    if operator in ("RemoveFirst", "RemoveBeforeFirst", "RemoveAfterFirst"):
        if not places:
            return held
        at = places[0]
        return {"RemoveFirst": held[:at] + held[at + 1 :], "RemoveBeforeFirst": held[at:]}.get(operator, held[: at + 1])
    raise Unrunnable(f"the operator {operator} of a flow's assignment")


def process(resources: Resources, element: Processing) -> list[Any]:
    """Run a collection processor; the collection that it gives."""
    items = list(resources.get(element.collection) or ())
    if element.kind == "SortCollectionProcessor":
        for field, descending in reversed(element.sorts):
            items.sort(key=cmp_to_key(_order(resources, field)), reverse=descending)
        return items if element.limit is None else items[: element.limit]
    if element.kind == "FilterCollectionProcessor":
        return [item for item in items if _kept(resources, element, item)]
    raise Unrunnable(f"the collection processor {element.kind}")


def _order(resources: Resources, field: str | None) -> Callable[[Any, Any], int]:
    """Compares items, or a field of records; texts whatever their case, what has no value first."""

    def compare(left: Any, right: Any) -> int:
        if field is not None:
            left, right = resources.ground.member(left, field), resources.ground.member(right, field)
        if left is None or right is None:
            return int(left is not None) - int(right is not None)
        if isinstance(left, str):
            left, right = left.lower(), text(right).lower()
        return int(left > right) - int(left < right)

    return compare


def _kept(resources: Resources, element: Processing, item: Any) -> bool:
    name = element.item or f"currentItem_{element.name}"
    if element.item is not None and element.item.lower() in resources.flow.variables:
        resources.set(element.item, item)
    else:
        resources.store(name, item)
    if element.formula is not None:
        return resources.holds(element.formula)
    return conditions.holds(element.filter, resources)
