"""Functions of SELECT, GROUP BY and WHERE as SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from orgwright.apex.host import QueryProblem
from orgwright.localorg.schema.model import DECIMAL_TYPES
from orgwright.localorg.soql import problem
from orgwright.localorg.soql.conditions import Expression
from orgwright.localorg.soql.tree import Call, Operand, Path, Value

AGGREGATES = frozenset(("COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"))
_NUMBERS = DECIMAL_TYPES | {"int", "long"}

_DATE_PARTS = {
    # the date text is YYYY-MM-DD; fiscal years are calendar years
    "CALENDAR_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "FISCAL_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "CALENDAR_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "FISCAL_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "CALENDAR_QUARTER": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
    "FISCAL_QUARTER": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
    "DAY_IN_MONTH": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": "CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1",
    "DAY_IN_YEAR": "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)",
    "WEEK_IN_MONTH": "(CAST(substr({0}, 9, 2) AS INTEGER) + 6) / 7",
    "WEEK_IN_YEAR": "(CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER) + 6) / 7",
}
_DATETIME_PARTS = {"HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)"}

Find = Callable[[Path], Expression]


def is_aggregate(what: object) -> bool:
    """Whether it is a call of an aggregate function."""
    return isinstance(what, Call) and (what.name in AGGREGATES or what.name == "GROUPING")


def expression(call: Call, find: Find, *, currencies: bool) -> Expression:
    """The SQL of a function call; ``find`` resolves the paths inside. Raises :class:`QueryProblem`.

    ``currencies``: whether the org has several.
    """
    if call.name in AGGREGATES:
        return _aggregate(call, find)
    if call.name in _DATE_PARTS or call.name in _DATETIME_PARTS or call.name == "DAY_ONLY":
        return _date_part(call, find)
    if call.name == "TOLABEL":
        return _label(find(_path(call)))
    if call.name == "CONVERTCURRENCY":
        return _converted(call, find, currencies=currencies)
    if call.name == "FORMAT":
        return _formatted(call, find, currencies=currencies)
    if call.name == "DISTANCE":
        return _distance(call, find)
    if call.name in ("GEOLOCATION", "GROUPING"):
        raise problem.unsupported(call.name, call.at)
    raise problem.malformed(f"unexpected token: '{call.name}'", call.at)


def _path(call: Call) -> Path:
    if len(call.arguments) != 1 or not isinstance(call.arguments[0], Path):
        raise problem.malformed(f"unexpected token: '{call.name}'", call.at)
    return call.arguments[0]


def _aggregate(call: Call, find: Find) -> Expression:
    if not call.arguments:
        return Expression("COUNT(*)", "int", 0, "COUNT()")
    inner = find(_path(call))
    label = f"{call.name}({inner.name})"
    counting = call.name in ("COUNT", "COUNT_DISTINCT")
    refused = inner.type in ("base64", "address", "anyType", "time") or (inner.type == "boolean" and not counting)
    if refused or (inner.field is not None and not inner.field.aggregatable and not counting):
        text = f"field {inner.name} does not support aggregate operator {call.name}"
        raise QueryProblem(text, "MALFORMED_QUERY", call.at)
    if call.name == "COUNT":
        return Expression(f"COUNT({inner.sql})", "int", 0, label)
    if call.name == "COUNT_DISTINCT":
        return Expression(f"COUNT(DISTINCT {inner.sql})", "int", 0, label)
    if call.name in ("SUM", "AVG"):
        if inner.type not in _NUMBERS:
            text = f"field {inner.name} does not support aggregate operator {call.name}"
            raise QueryProblem(text, "MALFORMED_QUERY", call.at)
        kind = inner.type if inner.type in DECIMAL_TYPES else "double"
        return Expression(f"{call.name}({inner.sql})", kind, inner.scale, label)
    return Expression(f"{call.name}({inner.sql})", inner.type, inner.scale, label)


def _date_part(call: Call, find: Find) -> Expression:
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    if isinstance(argument, Call) and argument.name == "CONVERTTIMEZONE":
        inner = find(_path(argument))
        if inner.type != "datetime":
            raise QueryProblem(f"Invalid date function {call.name} on field: {inner.name}", "MALFORMED_QUERY", call.at)
        inner = replace(inner, sql=f"local_time({inner.sql}, :zone)")
    elif isinstance(argument, Path):
        inner = find(argument)
    else:
        raise problem.malformed(f"unexpected token: '{call.name}'", call.at)
    label = f"{call.name}({inner.name})"
    stamp_only = call.name in _DATETIME_PARTS or call.name == "DAY_ONLY"
    if inner.type not in ("date", "datetime") or (stamp_only and inner.type != "datetime"):
        raise QueryProblem(f"Invalid date function {call.name} on field: {inner.name}", "MALFORMED_QUERY", call.at)
    if call.name == "DAY_ONLY":
        return Expression(f"substr({inner.sql}, 1, 10)", "date", 0, label)
    form = _DATE_PARTS.get(call.name) or _DATETIME_PARTS[call.name]
    return Expression(form.format(inner.sql), "int", 0, label)


def _converted(call: Call, find: Find, *, currencies: bool) -> Expression:
    """An amount in the user's currency: in an org with one currency it is what it is."""
    found = find(_path(call))
    if currencies:
        raise problem.unsupported("convertCurrency() in an org with several currencies", call.at)
    return found


def _formatted(call: Call, find: Find, *, currencies: bool) -> Expression:
    """``FORMAT(field)``, also around aggregates and convertCurrency()."""
    if len(call.arguments) != 1 or not isinstance(argument := call.arguments[0], Path | Call):
        raise problem.malformed("unexpected token: 'FORMAT'", call.at)
    inner = find(argument) if isinstance(argument, Path) else expression(argument, find, currencies=currencies)
    if inner.type == "time":
        raise problem.unsupported("FORMAT() of a time", call.at)
    locale = ":money_locale" if inner.type == "currency" else ":locale"
    sql = f"localized({inner.sql}, '{inner.type}', {inner.scale}, {locale}, :zone, :currency)"
    return Expression(sql, "string", 0, inner.name)


def _distance(call: Call, find: Find) -> Expression:
    """``DISTANCE(Location__c, GEOLOCATION(37.77, -122.42), 'mi')``."""
    unit = call.arguments[2] if len(call.arguments) == 3 else None
    if not isinstance(unit, Value) or str(unit.value).lower() not in ("mi", "km"):
        raise problem.malformed("unexpected token: 'DISTANCE'", call.at)
    points = [part for one in call.arguments[:2] for part in _coordinates(one, find, call.at)]
    return Expression(f"distance({', '.join(points)}, '{str(unit.value).lower()}')", "double", 0, "DISTANCE")


def _coordinates(point: Operand, find: Find, at: int) -> list[str]:
    """The SQL of a latitude and a longitude."""
    if isinstance(point, Call) and point.name == "GEOLOCATION" and len(point.arguments) == 2:
        numbers = [float(str(one.value)) for one in point.arguments if isinstance(one, Value) and one.kind == "number"]
        if len(numbers) == 2:
            return [repr(number) for number in numbers]
    if not isinstance(point, Path):
        raise problem.malformed("unexpected token: 'DISTANCE'", at)
    name = point.parts[-1]
    found = []
    for part in ("latitude", "longitude"):
        own = f"{name[:-3]}__{part}__s" if name.lower().endswith("__c") else name[: -len("Address")] + part
        inner = find(Path((*point.parts[:-1], own), point.at))
        found.append(f"({inner.sql} / {10.0**inner.scale})")
    return found


def _label(inner: Expression) -> Expression:
    entries = inner.field.picklist if inner.field else ()
    renamed = [e for e in entries if e.label != e.value]
    if not renamed:
        return inner
    cases = " ".join(f"WHEN {_quote(e.value)} THEN {_quote(e.label)}" for e in renamed)
    sql = f"CASE {inner.sql} {cases} ELSE {inner.sql} END"
    return Expression(sql, "string", 0, inner.name, inner.field)


def picklist_order(inner: Expression) -> str:
    """The SQL to sort by: a picklist sorts by the order of its definition."""
    entries = inner.field.picklist if inner.field and inner.field.type == "picklist" else ()
    if not entries or len(entries) > 200:
        return inner.sql
    cases = " ".join(f"WHEN {_quote(e.value)} THEN {n}" for n, e in enumerate(entries))
    return f"CASE {inner.sql} {cases} ELSE CASE WHEN {inner.sql} IS NULL THEN NULL ELSE {len(entries)} END END"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
