"""Cron expressions of the Apex Scheduler: ``seconds minutes hours day-of-month month day-of-week [year]``.

Follows "Apex Scheduler" of the Apex Developer Guide: ``, - * / ? L W #``, names of months and days, Sunday is day 1.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NAMES = {name: number for names in (_MONTHS, _DAYS) for number, name in enumerate(names, 1)}
_HORIZON = dt.timedelta(days=366 * 8)


def next_time(expression: str, after: dt.datetime) -> dt.datetime | None:
    """The first moment behind ``after`` (in its time zone) that the expression names; ``None`` when there is none.

    A local time that a clock change leaves out does not fire.
    """
    seconds, minutes, hours, day, month, weekday, *rest = expression.upper().split()
    years = _numbers(rest[0], 1970, 2099) if rest and rest[0] != "*" else None
    months, at_hours = _numbers(month, 1, 12), sorted(_numbers(hours, 0, 23))
    at_minutes, at_seconds = sorted(_numbers(minutes, 0, 59)), sorted(_numbers(seconds, 0, 59))
    first = max(after.date(), dt.date(min(years), 1, 1)) if years else after.date()
    date, last = first, first + _HORIZON
    while date <= last:
        if (years is None or date.year in years) and date.month in months and _on(date, day, weekday):
            for moment in _moments(date, after.tzinfo, at_hours, at_minutes, at_seconds):
                if moment > after:
                    return moment
        date += dt.timedelta(days=1)
    return None


def at(moment: dt.datetime) -> str:
    """The expression that names one moment (in its time zone) only."""
    return f"{moment.second} {moment.minute} {moment.hour} {moment.day} {moment.month} ? {moment.year}"


def _moments(
    date: dt.date, zone: dt.tzinfo | None, hours: list[int], minutes: list[int], seconds: list[int]
) -> Iterator[dt.datetime]:
    for hour in hours:
        for minute in minutes:
            for second in seconds:
                moment = dt.datetime(date.year, date.month, date.day, hour, minute, second, tzinfo=zone)
                if moment.astimezone(dt.UTC).astimezone(zone).hour == hour:
                    yield moment


def _on(date: dt.date, day: str, weekday: str) -> bool:
    return _on_weekday(date, weekday) if day == "?" else _on_day(date, day)


def _on_day(date: dt.date, text: str) -> bool:
    length = calendar.monthrange(date.year, date.month)[1]
    if text == "L":
        return date.day == length
    if text == "LW":
        return date == _workday(date.replace(day=length))
    if text.endswith("W"):
        return date == _workday(date.replace(day=min(int(text[:-1]), length)))
    return date.day in _numbers(text, 1, 31)


def _workday(date: dt.date) -> dt.date:
    """The nearest working day within the month."""
    length = calendar.monthrange(date.year, date.month)[1]
    if date.weekday() == 5:
        return date - dt.timedelta(days=1) if date.day > 1 else date + dt.timedelta(days=2)
    if date.weekday() == 6:
        return date + dt.timedelta(days=1) if date.day < length else date - dt.timedelta(days=2)
    return date


def _on_weekday(date: dt.date, text: str) -> bool:
    today = date.isoweekday() % 7 + 1
    if text == "L":
        return today == 7
    if text.endswith("L"):
        length = calendar.monthrange(date.year, date.month)[1]
        return today == _number(text[:-1]) and date.day > length - 7
    if "#" in text:
        wanted, _, nth = text.partition("#")
        return today == _number(wanted) and (date.day - 1) // 7 + 1 == int(nth)
    return today in _numbers(text, 1, 7)


def _numbers(text: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        elif "-" in span:
            first, last = (_number(bound) for bound in span.split("-", 1))
        else:
            first = _number(span)
            last = high if step else first
        wrapped = range(first, last + 1) if first <= last else [*range(first, high + 1), *range(low, last + 1)]
        found.update(list(wrapped)[:: int(step or 1) or 1])
    return found


def _number(text: str) -> int:
    return _NAMES.get(text) or int(text)
