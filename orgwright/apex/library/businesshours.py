"""``BusinessHours`` (Apex Reference Guide, BusinessHours Class): moments reckoned in the hours in which an organization works."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from orgwright.apex.library.arguments import given
from orgwright.apex.library.datepatterns import zone
from orgwright.apex.library.registry import native
from orgwright.apex.runtime.exceptions import InvalidParameterValueException, NotSupported
from orgwright.apex.runtime.values import Long, parse_id

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = dt.timedelta(days=1)
_LAST = dt.date(4000, 12, 31)
"""The last day of Apex (Apex Developer Guide, Primitive Data Types, Datetime)."""
_MILLISECOND = dt.timedelta(milliseconds=1)
Shift = tuple[dt.datetime, dt.datetime]


class Hours:
    """One record of business hours: its zone, and from when to when each day is worked, Monday first."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.zone = zone(str(fields.get("TimeZoneSidKey") or "GMT"))
        self.days = [(fields.get(f"{day}StartTime"), fields.get(f"{day}EndTime")) for day in _DAYS]

    def shifts(self, start: dt.datetime) -> Iterator[Shift]:
        """The times of work that end after a moment, the first perhaps begun before it; none where no day is worked."""
        if not any(opens is not None and closes is not None for opens, closes in self.days):
            return
        day = start.astimezone(self.zone).date() - _DAY
        while day < _LAST:
            opens, closes = self.days[day.weekday()]
            if opens is not None and closes is not None:
                # from midnight to midnight is the whole day
                last = day if closes > opens else day + _DAY
                first = dt.datetime.combine(day, opens, self.zone).astimezone(dt.UTC)
                end = dt.datetime.combine(last, closes, self.zone).astimezone(dt.UTC)
                if end > start:
                    yield first, end
            day += _DAY


def _hours(execution: Any, id: str) -> Hours:
    names = ", ".join(f"{day}{end}Time" for day in _DAYS for end in ("Start", "End"))
    soql = f"SELECT TimeZoneSidKey, {names} FROM BusinessHours WHERE Id = :id"
    rows = execution.host.query(soql, {"id": str(parse_id(id) or id)}, access="system", all_rows=False)
    if not rows:
        raise InvalidParameterValueException(f"Invalid business hours: {id}")
    return Hours(rows[0].fields)


@native("BusinessHours.add", "BusinessHours.addGmt", context=True)
def add(execution: Any, id: str, start: dt.datetime, millis: int) -> dt.datetime:
    """The moment at which that much time of work has passed."""
    given(id, start, millis)
    if millis < 0:
        raise NotSupported("BusinessHours.add of a negative interval")
    left = int(millis)
    for opens, closes in _hours(execution, id).shifts(start):
        begin = max(opens, start)
        worked = (closes - begin) // _MILLISECOND
        if left <= worked:
            return begin + left * _MILLISECOND
        left -= worked
    raise InvalidParameterValueException(f"The business hours have no {millis} milliseconds of work after {start}")


@native("BusinessHours.diff", context=True)
def diff(execution: Any, id: str, start: dt.datetime, end: dt.datetime) -> int:
    """The milliseconds of work between two moments."""
    given(id, start, end)
    if end < start:
        return Long(-diff(execution, id, end, start))
    total = dt.timedelta()
    for opens, closes in _hours(execution, id).shifts(start):
        if opens >= end:
            break
        total += min(closes, end) - max(opens, start)
    return Long(total // _MILLISECOND)


@native("BusinessHours.isWithin", context=True)
def is_within(execution: Any, id: str, moment: dt.datetime) -> bool:
    """Whether it is a time of work."""
    given(id, moment)
    return next((opens <= moment for opens, _ in _hours(execution, id).shifts(moment)), False)


@native("BusinessHours.nextStartDate", context=True)
def next_start(execution: Any, id: str, moment: dt.datetime) -> dt.datetime | None:
    """The moment itself in a time of work, else when the next one begins."""
    given(id, moment)
    return next((max(opens, moment) for opens, _ in _hours(execution, id).shifts(moment)), None)
