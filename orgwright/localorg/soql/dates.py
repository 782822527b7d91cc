"""Date literals as ranges of days (SOQL and SOSL Reference, "Date Formats and Date Literals").

Weeks start on Sunday and fiscal years with the calendar year: the en_US locale of a new org.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Span = tuple[dt.date, dt.date]
"""First day, and the day after the last."""

_DAY = dt.timedelta(days=1)


def span(name: str, count: int | None, today: dt.date) -> Span:
    """The days that a date literal stands for: ``span("LAST_N_DAYS", 3, today)``."""
    days = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
    if name in days:
        start = today + days[name] * _DAY
        return start, start + _DAY
    if name == "LAST_90_DAYS":
        return today - 90 * _DAY, today + _DAY
    if name == "NEXT_90_DAYS":
        return today + _DAY, today + 91 * _DAY
    if name.endswith("_AGO"):
        return _ago(name.removeprefix("N_").removesuffix("_AGO"), count or 0, today)
    which, _, rest = name.partition("_")
    if rest.startswith("N_"):
        return _several(which, rest.removeprefix("N_"), count or 0, today)
    shift = {"LAST": -1, "THIS": 0, "NEXT": 1}[which]
    begin = _UNITS[rest.removeprefix("FISCAL_")]
    return begin(today, shift), begin(today, shift + 1)


def _ago(unit: str, count: int, today: dt.date) -> Span:
    if unit == "DAYS":
        start = today - count * _DAY
        return start, start + _DAY
    begin = _UNITS[_singular(unit)]
    return begin(today, -count), begin(today, 1 - count)


def _several(which: str, unit: str, count: int, today: dt.date) -> Span:
    if unit == "DAYS":
        if which == "LAST":
            return today - count * _DAY, today + _DAY
        return today + _DAY, today + (count + 1) * _DAY
    begin = _UNITS[_singular(unit)]
    return (begin(today, -count), begin(today, 0)) if which == "LAST" else (begin(today, 1), begin(today, count + 1))


def _singular(unit: str) -> str:
    return unit.removeprefix("FISCAL_").removesuffix("S")


def _week(today: dt.date, shift: int) -> dt.date:
    return today - ((today.weekday() + 1) % 7) * _DAY + 7 * shift * _DAY


def _month(today: dt.date, shift: int) -> dt.date:
    months = today.year * 12 + today.month - 1 + shift
    return dt.date(months // 12, months % 12 + 1, 1)


def _quarter(today: dt.date, shift: int) -> dt.date:
    return _month(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), 3 * shift)


def _year(today: dt.date, shift: int) -> dt.date:
    return dt.date(today.year + shift, 1, 1)


_UNITS: dict[str, Callable[[dt.date, int], dt.date]] = {
    "WEEK": _week,
    "MONTH": _month,
    "QUARTER": _quarter,
    "YEAR": _year,
}
