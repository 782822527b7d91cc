"""Single values in JSON: how Salesforce writes texts, numbers, dates, and reads dates back."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{1,2}-\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?Z?", re.ASCII)
_CONTROL = re.compile(r"\\u00[01][0-9a-f]")


class ValueProblem(ValueError):
    """A text that is no value of the wanted type."""


def quoted(text: str) -> str:
    """The text as a JSON string, with the parser's own escapes (upper-case hexadecimal digits)."""
    out = json.encoder.encode_basestring(text)
    if "\\u00" in out:
        out = _CONTROL.sub(lambda match: "\\u" + match.group()[2:].upper(), out)
    return out


def moment_text(value: dt.datetime) -> str:
    """``2024-02-29T12:34:56.000Z``."""
    return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z" if value.year > 999 else _early(value)


def _early(value: dt.datetime) -> str:
    return f"{value.year:04d}-{value:%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"


def time_text(value: dt.time) -> str:
    """``12:34:56.789Z``."""
    return f"{value.isoformat('milliseconds')}Z"


def _malformed(text: str, good: int = 0) -> ValueProblem:
    at = f' is malformed at "{text[good:]}"' if 0 < good < len(text) else ""
    return ValueProblem(f'Invalid format: "{text}"{at}')


def date_of(text: str) -> dt.date:
    """A date; no time of day may stand behind it."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise _malformed(text)
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError:
        raise ValueProblem(f'Cannot parse "{text}": Value for date must be in the range of the calendar') from None


def moment_of(text: str) -> dt.datetime:
    """A moment in ISO 8601; without an offset it is GMT."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        known = _DATE.match(text)
        raise _malformed(text, known.end() if known else 0)
    day, hour, minute, second, fraction, offset = match.groups()
    milli = int((fraction or "0").ljust(3, "0")[:3])
    try:
        wall = dt.datetime.combine(
            date_of(day), dt.time(int(hour or 0), int(minute or 0), int(second or 0), milli * 1000)
        )
    except ValueError:
        raise ValueProblem(f'Cannot parse "{text}": Value for a field is out of its range') from None
    zone = dt.UTC
    if offset and offset != "Z":
        shift = dt.timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        zone = dt.timezone(-shift if offset[0] == "-" else shift)
    return wall.replace(tzinfo=zone).astimezone(dt.UTC)


def time_of(text: str) -> dt.time:
    """A time of day."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise _malformed(text)
    hour, minute, second, fraction = match.groups()
    try:
        return dt.time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(3, "0")[:3]) * 1000)
    except ValueError:
        raise ValueProblem(f'Cannot parse "{text}": Value for a field is out of its range') from None


def decimal_of(text: str) -> Decimal | None:
    """The number of a text, ``None`` if it is none."""
    try:
        found = Decimal(text.strip())
    except ArithmeticError:
        return None
    return found if found.is_finite() else None
