"""How a field's values stand in SQLite, and how they become host or JSON values.

* text, Ids, picklists: text; dates ``2024-01-31``, date-times ``2024-01-31T13:45:00.000+0000``, times
  ``13:45:00.000Z``: the form in which the REST API answers, and which sorts by time;
* decimal numbers: the value times ten to the field's scale, a whole number, so that sums and comparisons are exact; a value with
  more decimals than the field shows keeps them, as Salesforce does for all that does not come from its pages (Knowledge article
  000387302), and is a floating number;
* checkboxes 0 and 1, base64 a blob; junction id lists, which are kept in rows of their own, are read as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orgwright.apex.host import JUNCTION
from orgwright.localorg.schema.model import DECIMAL_TYPES, Field

Decoder = Callable[[Any], Any]
_INTEGERS = frozenset(("boolean", "int", "long")) | DECIMAL_TYPES


def column_type(field: Field) -> str:
    """The SQLite column type with its collation."""
    if field.type in _INTEGERS:
        return "INTEGER"
    if field.type == "base64":
        return "BLOB"
    plain = field.type in ("id", "reference", "date", "datetime", "time") or field.case_sensitive
    return "TEXT" if plain else "TEXT COLLATE NOCASE"


def typed_decoder(type_: str, scale: int) -> Decoder | None:
    """From the stored form to the host's value; ``None`` where they are the same."""
    if type_ in DECIMAL_TYPES:
        return _decimal(scale)
    return _TYPED.get(type_)


def json_decoder(type_: str, scale: int) -> Decoder | None:
    """From the stored form to what the REST API answers; ``None`` where they are the same."""
    if type_ in DECIMAL_TYPES:
        power, decimal = 10**scale, _decimal(scale)
        return lambda number: number / power if number.__class__ is int else float(decimal(number))
    if type_ == JUNCTION:
        return json.loads
    return bool if type_ == "boolean" else None


def bulk_decoder(type_: str, scale: int) -> Decoder | None:
    """From the stored form to what Bulk API 1.0 writes into JSON results: dates and moments are milliseconds since 1970."""
    if type_ == "date":
        return lambda text: _milliseconds(dt.datetime.fromisoformat(f"{text}T00:00:00+00:00"))
    if type_ == "datetime":
        return lambda text: _milliseconds(parse_datetime(text))
    return json_decoder(type_, scale)


def soap_decoder(type_: str, scale: int) -> Decoder | None:
    """From the stored form to what SOAP and PushTopics tell: as REST does, but moments with ``Z``."""
    return zulu_of if type_ == "datetime" else json_decoder(type_, scale)


def _milliseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)


def _decimal(scale: int) -> Decoder:
    def decode(number: Any) -> Decimal:
        exact = Decimal(number) if number.__class__ is int else Decimal(repr(number))
        return exact.scaleb(-scale) if scale else exact

    return decode


def parse_datetime(text: str) -> dt.datetime:
    """The aware UTC value of a stored date-time."""
    return dt.datetime.fromisoformat(text)


def parse_time(text: str) -> dt.time:
    """The value of a stored time."""
    return dt.time.fromisoformat(text[:-1])


_TYPED: dict[str, Decoder] = {
    "boolean": bool,
    JUNCTION: json.loads,
    "date": dt.date.fromisoformat,
    "datetime": parse_datetime,
    "time": parse_time,
}


def datetime_text(value: dt.datetime) -> str:
    """The stored form; milliseconds are dropped, as Salesforce stores whole seconds."""
    aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return aware.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000").rjust(28, "0")


def zulu_text(value: dt.datetime) -> str:
    """A moment as SOAP, Bulk API 1.0 and the Metadata API write it: in whole seconds, with ``Z``."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def zulu_of(stored: str) -> str:
    """The stored form of a date-time with ``Z``."""
    return f"{stored.removesuffix('+0000')}Z"


def exact_text(value: dt.datetime) -> str:
    """A moment with its milliseconds, as REST tells when a job or deploy began."""
    aware = value.astimezone(dt.UTC)
    return f"{aware:%Y-%m-%dT%H:%M:%S}.{aware.microsecond // 1000:03d}+0000"


def time_text(value: dt.time) -> str:
    """The stored form of a time."""
    return f"{value:%H:%M:%S}.{value.microsecond // 1000:03}Z"


def kept(value: Decimal, scale: int) -> int | float:
    """The stored form of a decimal number with all its decimals."""
    shifted = value.scaleb(scale)
    whole = int(shifted)
    return whole if shifted == whole else float(shifted)


def scaled(value: Decimal, scale: int) -> int:
    """The stored form of a decimal number, rounded half up to the scale."""
    shifted = value.scaleb(scale)
    whole = int(shifted)
    if shifted == whole:
        return whole
    return int(shifted.quantize(Decimal(1), rounding="ROUND_HALF_UP"))
