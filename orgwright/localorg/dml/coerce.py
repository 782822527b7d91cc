"""One raw value of a field to the form in which the store keeps it, checked by the field's type.

The checks and texts are those of the API's system validation; each form of input (JSON, CSV, Python values)
has its own rules for what it accepts.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from orgwright.apex.host import RecordError
from orgwright.localorg.dml.request import RawForm
from orgwright.localorg.schema.model import DECIMAL_TYPES, Field
from orgwright.localorg.store import forms, ids

Coercer = Callable[[Any], Any]
_DEFINITIONS = frozenset({"EntityDefinition", "FieldDefinition", "EntityParticle"})
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]+\Z")
_JSON_TOKENS = ((bool, "VALUE_TRUE"), (int, "VALUE_NUMBER_INT"), (float, "VALUE_NUMBER_FLOAT"), (str, "VALUE_STRING"))
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?\Z")
SURE = 10
"""Digits alone and fewer than so many: no look at exponents, signs and points is needed."""
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?Z?\Z")


class Refused(Exception):
    """The value does not fit; carries the error for the record."""

    def __init__(self, code: str, message: str, field: str | None, kept: str | None = None) -> None:
        super().__init__(message)
        self.kept = kept
        """A text that is only too long: a before trigger may still shorten it."""
        self.error = RecordError(code, message, (field,) if field else ())


def coercer(field: Field, raw: RawForm, prefixes: Mapping[str, str] | None = None) -> Coercer:
    """The function for one field and form of input; it raises :class:`Refused`.

    ``prefixes`` are the key prefixes that a reference field takes; ``None`` takes any.
    """
    if field.type in ("id", "reference"):
        return _reference(field, raw, prefixes)
    if field.type in ("picklist", "combobox", "multipicklist"):
        return _picklist(field, raw)
    if field.type == "boolean":
        return _boolean(field, raw)
    if field.type in DECIMAL_TYPES:
        return _decimal(field, raw)
    return _MAKERS.get(field.type, _text)(field, raw)


def is_text(field: Field) -> bool:
    """Whether any text that is short enough fits."""
    others = ("id", "reference", "picklist", "combobox", "multipicklist", "boolean", "email")
    return field.type not in (*others, *DECIMAL_TYPES, *_MAKERS)


def text_length(field: Field) -> int:
    """How many characters a text may have."""
    return field.length or 131_072


def integer_limit(field: Field) -> int:
    """The number that a whole number must stay below."""
    limit = int(10 ** (field.digits or (9 if field.type == "int" else 18)))
    return min(limit, 2**31) if field.type == "int" else limit


def _wrong(field: Field, raw: RawForm, value: Any, kind: str) -> Refused:
    """The value is of the wrong type altogether."""
    if raw == "json":
        return Refused("JSON_PARSER_ERROR", _json_text(value, kind), None)
    return Refused("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label}: value not of required type: {value}", field.name)


def _json_text(value: Any, kind: str) -> str:
    head = f"Cannot deserialize instance of {kind} from "
    place = "[line:1, column:1]"
    if isinstance(value, dict | list):
        mark, sign = ("OBJECT", "{") if isinstance(value, dict) else ("ARRAY", "[")
        return f"{head}START_{mark} value {sign} or request may be missing a required field at {place}"
    kind_of = next((name for type_, name in _JSON_TOKENS if isinstance(value, type_)), "VALUE_NULL")
    if value is False:
        kind_of = "VALUE_FALSE"
    shown = str(value).lower() if isinstance(value, bool) else value
    return f"{head}{kind_of} value {shown} or request may be missing a required field at {place}"


def _text(field: Field, raw: RawForm) -> Coercer:
    length, label, name = text_length(field), field.label, field.name
    email = field.type == "email"

    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if value.__class__ is not str:
            if not isinstance(value, str):
                raise _wrong(field, raw, value, "string")
            value = str(value)
        value = value.strip()
        if not value:
            return None
        if len(value) > length:
            text = f"{label}: data value too large: {value} (max length={length})"
            raise Refused("STRING_TOO_LONG", text, name, value)
        if email:
            if _EMAIL.match(value) is None:
                raise Refused("INVALID_EMAIL_ADDRESS", f"{label}: invalid email address: {value}", name)
            return value.lower()
        return value

    return coerce


_EURO = (
    "ca_ES", "de_AT", "de_DE", "de_LU", "en_IE", "es_ES", "fi_FI", "fr_BE", "fr_FR", "fr_LU", "it_IT", "nl_BE", "nl_NL", "pt_PT",
)  # fmt: skip


def _older_locales(offered: Iterable[str]) -> Iterator[str]:
    """Locales that orgs still take though they offer them no more: bare languages and those of the euro's first years."""
    yield from {locale.partition("_")[0] for locale in offered}
    yield from (f"{locale}_EURO" for locale in _EURO)


def _picklist(field: Field, raw: RawForm) -> Coercer:
    known = {e.value.lower(): e.value for e in field.picklist if e.active}
    if field.name in ("LocaleSidKey", "DefaultLocaleSidKey"):
        known |= {locale.lower(): locale for locale in _older_locales(known.values())}
    restricted = field.restricted_picklist and bool(field.picklist)
    multiple = field.type == "multipicklist"
    order = {e.value: n for n, e in enumerate(field.picklist)}
    label, name, length = field.label, field.name, field.length or 255

    def one(value: str) -> str:
        found = known.get(value.lower())
        if found is not None:
            return found
        if restricted:
            text = f"{label}: bad value for restricted picklist field: {value}"
            raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, name)
        return value

    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, str):
            raise _wrong(field, raw, value, "string")
        value = value.strip()
        if not value:
            return None
        if multiple:
            chosen = dict.fromkeys(one(part.strip()) for part in value.split(";") if part.strip())
            value = ";".join(sorted(chosen, key=lambda v: order.get(v, len(order))))
        else:
            value = one(value)
        if len(value) > length:
            text = f"{label}: data value too large: {value} (max length={length})"
            raise Refused("STRING_TOO_LONG", text, name, value)
        return value

    return coerce


def _definition(value: Any) -> Any:
    """A metadata relationship to an object or a field: its value is a name."""
    return value or None


def _reference(field: Field, raw: RawForm, prefixes: Mapping[str, str] | None) -> Coercer:
    if set(field.reference_to) & _DEFINITIONS:
        return _definition
    label, name = field.label, field.name
    code = "FIELD_INTEGRITY_EXCEPTION" if raw == "typed" else "MALFORMED_ID"
    to18 = ids.to18

    def coerce(value: Any) -> Any:
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise _wrong(field, raw, value, "string")
        value = value.strip()
        if not value:
            return None
        found = to18(value)
        if found is None or (prefixes is not None and found[:3] not in prefixes):
            raise Refused(code, f"{label}: id value of incorrect type: {value}", name)
        return found

    return coerce


def _boolean(field: Field, raw: RawForm) -> Coercer:
    words = {"true": 1, "false": 0, "1": 1, "0": 0} if raw == "csv" else {"true": 1, "false": 0}

    def coerce(value: Any) -> Any:
        if value is True or value is False:
            return int(value)
        if value is None:
            return 0
        found = words.get(value.strip().lower()) if isinstance(value, str) else None
        if found is None:
            raise _wrong(field, raw, value, "boolean")
        return found

    return coerce


def _decimal(field: Field, raw: RawForm) -> Coercer:
    scale, label, name = field.scale, field.label, field.name
    limit, power = 10 ** (field.precision or 18), 10**scale

    def coerce(value: Any) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            raise _wrong(field, raw, value, "double")
        if value.__class__ is int:
            number = value * power
        elif value.__class__ is str and value.isdecimal() and len(value) < SURE:
            number = int(value) * power
        else:
            try:
                exact = value if isinstance(value, Decimal) else Decimal(str(value).strip())
            except InvalidOperation:
                raise _wrong(field, raw, value, "double") from None
            if not exact.is_finite():
                raise _wrong(field, raw, value, "double")
            if exact.adjusted() > 20:
                raise Refused("NUMBER_OUTSIDE_VALID_RANGE", _range_text(label, value), name)
            number = forms.kept(exact, scale)
        if not -limit < number < limit:
            raise Refused("NUMBER_OUTSIDE_VALID_RANGE", _range_text(label, value), name)
        return number

    return coerce


def _range_text(label: str, value: Any) -> str:
    return f"{label}: value outside of valid range on numeric field: {value}"


def _integer(field: Field, raw: RawForm) -> Coercer:
    label, name, limit = field.label, field.name, integer_limit(field)

    def coerce(value: Any) -> Any:
        if value is None or value == "":
            return None
        if value.__class__ is str and value.isdecimal() and len(value) < SURE and (number := int(value)) < limit:
            return number
        if isinstance(value, bool):
            raise _wrong(field, raw, value, "int")
        try:
            exact = Decimal(str(value).strip())
        except InvalidOperation:
            raise _wrong(field, raw, value, "int") from None
        if not exact.is_finite() or exact != exact.to_integral_value():
            raise _wrong(field, raw, value, "int")
        if not -limit < exact < limit:
            raise Refused("NUMBER_OUTSIDE_VALID_RANGE", _range_text(label, value), name)
        return int(exact)

    return coerce


def _year_fits(year: int) -> bool:
    return 1700 <= year <= 4000


def _date(field: Field, raw: RawForm) -> Coercer:
    def coerce(value: Any) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, dt.datetime):
            return value.astimezone(dt.UTC).date().isoformat()
        if isinstance(value, dt.date):
            return value.isoformat()
        text = value.strip() if isinstance(value, str) else ""
        try:
            found = dt.date.fromisoformat(text[:10]) if _DATE_TIME.match(text) else None
        except ValueError:
            found = None
        if found is None or not _year_fits(found.year):
            raise _wrong(field, raw, value, "date")
        return found.isoformat()

    return coerce


def _datetime(field: Field, raw: RawForm) -> Coercer:
    def coerce(value: Any) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, dt.datetime):
            return forms.datetime_text(value)
        if isinstance(value, dt.date):
            return f"{value.isoformat()}T00:00:00.000+0000"
        text = value.strip() if isinstance(value, str) else ""
        try:
            found = dt.datetime.fromisoformat(text) if _DATE_TIME.match(text) else None
        except ValueError:
            found = None
        if found is None or not _year_fits(found.year):
            raise _wrong(field, raw, value, "datetime")
        return forms.datetime_text(found)

    return coerce


def _time(field: Field, raw: RawForm) -> Coercer:
    def coerce(value: Any) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, dt.time):
            return forms.time_text(value)
        text = value.strip() if isinstance(value, str) else ""
        try:
            return forms.time_text(dt.time.fromisoformat(text.rstrip("Z"))) if _TIME.match(text) else _fail(value)
        except ValueError:
            raise _wrong(field, raw, value, "time") from None

    return coerce


def _fail(value: Any) -> str:
    raise ValueError(value)


def _base64(field: Field, raw: RawForm) -> Coercer:
    def coerce(value: Any) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, bytes):
            return value
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise _wrong(field, raw, value, "base64") from None

    return coerce


_MAKERS: dict[str, Callable[[Field, RawForm], Coercer]] = {
    "int": _integer, "long": _integer, "date": _date, "datetime": _datetime, "time": _time, "base64": _base64,
}  # fmt: skip
