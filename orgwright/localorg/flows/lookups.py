"""Get Records, and the records that an update or delete finds: filters as SOQL."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from orgwright.localorg.flows.faults import Fault, Unrunnable
from orgwright.localorg.flows.model import Condition, Lookup, Test
from orgwright.localorg.flows.resources import Resources
from orgwright.localorg.flows.values import FlowRecord, convert, text
from orgwright.localorg.formula.criteria import joined
from orgwright.localorg.formula.problem import FormulaProblem
from orgwright.localorg.schema.model import Field

_COMPARISONS = {
    "EqualTo": "=", "NotEqualTo": "!=", "GreaterThan": ">", "GreaterThanOrEqualTo": ">=", "LessThan": "<",
    "LessThanOrEqualTo": "<=", "In": "IN", "NotIn": "NOT IN",
}  # fmt: skip
_PATTERNS = {"StartsWith": "{}%", "EndsWith": "%{}", "Contains": "%{}%"}
_SPECIAL = re.compile(r"([\\%_])")


def look_up(resources: Resources, element: Lookup) -> None:
    """Run a Get Records element."""
    variable = resources.flow.variables.get((element.output or "").lower())
    first = element.first or (variable is not None and not variable.many)
    most = None if element.limit is None else convert(resources.given(element.limit), "Number")
    limit = 1 if first else most if most is None else int(most)
    found = _find(resources, element.object, element.filter, element.sort, element.descending, limit)
    if element.fields:
        kept = {resources.ground.field(element.object, name).name for name in element.fields} | {"Id"}
        found = [_only(record, kept) for record in found]
    if element.assigned:
        for name, target in element.assigned:
            if found or element.empties:
                resources.set(target, resources.ground.member(found[0], name) if found else None)
        return
    value: Any = (found[0] if found else None) if first else found
    if element.output is None:
        resources.store(element.name, value)
    elif found or element.empties:
        resources.set(element.output, value)


def _only(record: FlowRecord, kept: set[str]) -> FlowRecord:
    fields = {name: value for name, value in record.fields.items() if name in kept}
    return FlowRecord(record.type, fields, dict(fields))


def matching(resources: Resources, sobject: str, test: Test) -> list[FlowRecord]:
    """The records that fit a filter."""
    return _find(resources, sobject, test)


def _find(
    resources: Resources,
    name: str,
    test: Test,
    sort: str | None = None,
    descending: bool = False,
    limit: int | None = None,
) -> list[FlowRecord]:
    sobject = resources.ground.type(name)
    binds: dict[str, Any] = {}
    where = _where(resources, sobject.name, test, binds)
    order = ""
    if sort is not None:
        order = f" ORDER BY {resources.ground.field(name, sort).name} {'DESC NULLS LAST' if descending else 'ASC'}"
    most = "" if limit is None else f" LIMIT {limit}"
    return resources.ground.query(f"SELECT Id FROM {sobject.name}{where}{order}{most}", binds)


def _where(resources: Resources, sobject: str, test: Test, binds: dict[str, Any]) -> str:
    if not test.conditions:
        return ""
    parts = [_condition(resources, sobject, one, binds) for one in test.conditions]
    logic = test.logic.lower()
    if logic in ("and", "or", ""):
        return " WHERE " + f" {logic.upper() or 'AND'} ".join(parts)
    try:
        joined(test.logic, [lambda _: True for _ in parts])
    except FormulaProblem as problem:
        raise Fault(problem.text) from None
    return " WHERE " + re.sub(r"\d+", lambda match: parts[int(match.group()) - 1], test.logic)


def _condition(resources: Resources, sobject: str, one: Condition, binds: dict[str, Any]) -> str:
    field = resources.ground.field(sobject, one.left)
    value = resources.given(one.right)
    if one.operator == "IsNull":
        return f"({field.name} {'=' if value is True else '!='} null)"
    name = f"p{len(binds)}"
    pattern = _PATTERNS.get(one.operator)
    if pattern is not None:
        binds[name] = pattern.format(_SPECIAL.sub(r"\\\1", text(value)))
        return f"({field.name} LIKE :{name})"
    sign = _COMPARISONS.get(one.operator)
    if sign is None:
        raise Unrunnable(f"the operator {one.operator} of a flow's filter")
    binds[name] = [_fitting(field, item) for item in value or ()] if sign.endswith("IN") else _fitting(field, value)
    return f"({field.name} {sign} :{name})"


def _fitting(field: Field, value: Any) -> Any:
    """A value in the type of the field that it is compared with."""
    if value is None:
        return None
    if field.type == "boolean":
        return convert(value, "Boolean")
    if field.type == "datetime" and not isinstance(value, dt.datetime):
        return convert(value, "DateTime")
    if field.type == "date":
        return convert(value, "Date")
    if field.type in ("int", "long", "double", "currency", "percent"):
        return convert(value, "Number")
    return text(value) if not isinstance(value, str) else value
