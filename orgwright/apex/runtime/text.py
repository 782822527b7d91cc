"""The text of Apex values: concatenation, ``String.valueOf(Object)``, debug output."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

from orgwright.apex.runtime.exceptions import ApexException
from orgwright.apex.runtime.values import ApexObject, EnumValue, Id, Long, all_fields, find_method
from orgwright.apex.utf16 import points

_ELEMENTS_SHOWN = 10
_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """The text as it leaves Apex: surrogate pairs are one character, and one that stands alone is a question mark, as in Java's UTF-8."""
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    return _SURROGATE.sub("?", points(text))


def to_text(value: Any, limit: int | None = _ELEMENTS_SHOWN) -> str:
    """The text of a value as concatenation gives it; ``limit`` is the number of elements shown of a collection."""
    cls = value.__class__
    if cls is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return "null"
    if cls is bool:
        return "true" if value else "false"
    if cls is int or cls is Long:
        return int.__repr__(value)
    if cls is Decimal:
        return decimal_text(value)
    if cls is float:
        return double_text(value)
    if cls is Id:
        return str.__str__(value)
    if isinstance(value, ApexException):
        return exception_text(value)
    if isinstance(value, EnumValue):
        return value.name
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") if value.year >= 1000 else _old(value) + value.strftime(" %H:%M:%S")
    if isinstance(value, dt.date):
        return f"{value.isoformat()} 00:00:00"
    if isinstance(value, dt.time):
        return f"{value.isoformat('milliseconds')}Z"
    if isinstance(value, bytes):
        return f"Blob[{len(value)}]"
    if isinstance(value, ApexObject):
        return object_text(value, limit)
    shown = getattr(value, "apex_text", None)
    if shown is not None:
        return _once(value, lambda: str(shown(limit))) if getattr(value, "shown_once", False) else str(shown(limit))
    own = getattr(value, "toString", None)
    if own is not None and not isinstance(value, type):
        return str(own())
    return f"{getattr(value, 'apex_type', cls.__name__)}[]"


def _old(value: dt.datetime) -> str:
    return value.date().isoformat()


def exception_text(value: ApexException) -> str:
    """``System.DmlException: text``."""
    return f"{value.getTypeName()}: {value.getMessage() or ''}".rstrip() if value.message is None else str(value)


def decimal_text(value: Decimal) -> str:
    """Java's ``BigDecimal.toString``."""
    if value.is_zero() and value.is_signed():
        value = -value
    return str(value)


def double_text(value: float) -> str:
    """Java's ``Double.toString``."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0.0"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0") or "0"
    point = len(digits) + int(exponent)
    lead = "-" if sign else ""
    if 1e-3 <= abs(value) < 1e7:
        if point <= 0:
            return f"{lead}0.{'0' * -point}{text}"
        if len(text) <= point:
            return f"{lead}{text}{'0' * (point - len(text))}.0"
        return f"{lead}{text[:point]}.{text[point:]}"
    return f"{lead}{text[0]}.{text[1:] or '0'}E{point - 1}"


#: The objects that the text being made has shown so far, by their identity; each is held so that no other takes it
_shown: ContextVar[dict[int, Any] | None] = ContextVar("_shown", default=None)


def _once(value: Any, make: Callable[[], str]) -> str:
    """The text of an object where it comes first; elsewhere in the same text it is only mentioned."""
    shown = _shown.get()
    if shown is None:
        token = _shown.set({id(value): value})
        try:
            return make()
        finally:
            _shown.reset(token)
    if id(value) in shown:
        return "(already output)"
    shown[id(value)] = value
    return make()


def _own_text(value: ApexObject, asked: Callable[[], Any] | None) -> str:
    """What the class's own ``toString`` says; what it makes a text of is another text."""
    token = _shown.set(None)
    try:
        own = value.invoke("toString") if asked is None else asked()
    finally:
        _shown.reset(token)
    return "" if own is None else str(own)


def object_text(value: ApexObject, limit: int | None) -> str:
    """``toString()`` of a user class, or ``Cls:[a=1, b=null]``."""
    asked = getattr(value, "tostring()", None) if getattr(value, "apex_stub", False) else None
    if asked is not None or find_method(value.__class__, "toString", ()) is not None:
        return _own_text(value, asked)
    return _once(value, lambda: _fields_text(value, limit))


def _fields_text(value: ApexObject, limit: int | None) -> str:
    fields = sorted(all_fields(value.__class__).items())
    inner = ", ".join(f"{name}={to_text(getattr(value, held), limit)}" for _, (name, held, *_) in fields)
    stub = "__sfdc_ApexStub" if getattr(value, "apex_stub", False) else ""
    return f"{value.apex_type.rsplit('.', 1)[-1]}{stub}:[{inner}]"


def elements_text(texts: list[str], more: bool) -> str:
    """The elements of a collection between its brackets."""
    return ", ".join([*texts, "..."] if more else texts)
