"""Literals and binds of a condition, as the store compares them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orgwright.apex.host import QueryProblem, Record
from orgwright.localorg.schema.model import DECIMAL_TYPES, TEXT_TYPES
from orgwright.localorg.soql import problem
from orgwright.localorg.soql.context import Running
from orgwright.localorg.soql.tree import Value
from orgwright.localorg.store import forms, ids

Parameter = Callable[[Running], Any]


@dataclass(frozen=True)
class Kind:
    """What a value is compared with: describe type, scale, the name for messages, the picklist's labels."""

    type: str
    scale: int
    name: str


def constant(value: Any) -> Parameter:
    """A parameter that is always the same."""
    return lambda running: value


def literal(value: Value, kind: Kind) -> Any:
    """The stored form of a literal; raises :class:`QueryProblem` when it does not suit ``kind``."""
    if value.kind == "null":
        return None
    convert = _LITERALS.get(kind.type, _text)
    return convert(value, kind)


def _text(value: Value, kind: Kind) -> Any:
    if value.kind != "string":
        raise problem.wrong_value(kind.name, "string", value.at)
    return value.value or None


def _id(value: Value, kind: Kind) -> Any:
    if value.kind != "string":
        raise problem.wrong_value(kind.name, "ID", value.at)
    if value.value == "":
        return None
    text = str(value.value)
    found = ids.to18(text) or (ids.to18(text[:15]) if len(text) == 18 and text.isalnum() else None)
    if found is None:
        raise QueryProblem(f"invalid ID field: {value.value}", "INVALID_QUERY_FILTER_OPERATOR", value.at)
    return found


def _boolean(value: Value, kind: Kind) -> Any:
    if value.kind != "boolean":
        raise problem.wrong_value(kind.name, "boolean", value.at)
    return int(bool(value.value))


def _number(value: Value, kind: Kind) -> Any:
    number = value.value[1] if value.kind == "currency" and isinstance(value.value, tuple) else value.value
    if value.kind not in ("number", "currency") or not isinstance(number, int | Decimal):
        raise problem.wrong_value(kind.name, "int" if kind.type == "int" else "double", value.at)
    return _shift(Decimal(number), kind.scale)


def _shift(number: Decimal, scale: int) -> int | float:
    shifted = number.scaleb(scale)
    return int(shifted) if shifted == shifted.to_integral_value() else float(shifted)


def _date(value: Value, kind: Kind) -> Any:
    if value.kind != "date":
        raise problem.wrong_value(kind.name, "date", value.at)
    return value.value


def _datetime(value: Value, kind: Kind) -> Any:
    if value.kind != "datetime":
        raise problem.wrong_value(kind.name, "dateTime", value.at)
    try:
        return forms.datetime_text(dt.datetime.fromisoformat(str(value.value)))
    except ValueError:
        raise problem.wrong_value(kind.name, "dateTime", value.at) from None


def _time(value: Value, kind: Kind) -> Any:
    if value.kind != "time":
        raise problem.wrong_value(kind.name, "time", value.at)
    return forms.time_text(dt.time.fromisoformat(str(value.value).rstrip("Z")))


_LITERALS: dict[str, Callable[[Value, Kind], Any]] = {
    "id": _id,
    "reference": _id,
    "boolean": _boolean,
    "int": _number,
    "long": _number,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    **dict.fromkeys(DECIMAL_TYPES, _number),
}


def is_null(value: Any) -> bool:
    """Whether a bound Python value is null in SOQL: so are an empty text and a record without Id."""
    if isinstance(value, Record):
        value = value.fields.get("Id")
    return value is None or value == ""


def bound(value: Any, kind: Kind) -> Any:
    """The stored form of one bound Python value."""
    if is_null(value):
        return None
    if isinstance(value, Record):
        value = value.fields.get("Id")
    if kind.type in ("id", "reference"):
        return ids.to18(str(value)) or str(value)
    if kind.type in DECIMAL_TYPES or kind.type in ("int", "long"):
        return _shift(Decimal(str(value)), kind.scale)
    if kind.type == "boolean":
        return int(bool(value))
    if isinstance(value, dt.datetime):
        return forms.datetime_text(value) if kind.type != "date" else value.date().isoformat()
    if isinstance(value, dt.date):
        return f"{value.isoformat()}T00:00:00.000+0000" if kind.type == "datetime" else value.isoformat()
    if isinstance(value, dt.time):
        return forms.time_text(value)
    return str(value)


def is_list(value: Any) -> bool:
    """Whether a bound value is a list or set."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Record)


def is_plain(value: Any) -> bool:
    """Whether text compares by SQLite's own case rules, which know ASCII only."""
    return not isinstance(value, str) or value.isascii()


def needs_folding(type_: str) -> bool:
    """Whether the type compares text without regard to case."""
    return type_ in TEXT_TYPES
