"""What Date, Datetime and Time share: lenient fields, local time, the locale's way of writing them."""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import Any

from orgwright.apex.library.datepatterns import format_moment, zone
from orgwright.apex.runtime.exceptions import NotSupported, TypeException

UTC = dt.UTC
DAY = dt.timedelta(days=1)
_LOCALES = {
    "en_US": ("M/d/yyyy", "M/d/yyyy, h:mm a", "M/d/yyyy, h:mm:ss a z"),
    "en_GB": ("dd/MM/yyyy", "dd/MM/yyyy, HH:mm", "dd/MM/yyyy, HH:mm:ss z"),
    "en_IE": ("dd/MM/yyyy", "dd/MM/yyyy, HH:mm", "dd/MM/yyyy, HH:mm:ss z"),
    "en_AU": ("dd/MM/yyyy", "dd/MM/yyyy, h:mm a", "dd/MM/yyyy, h:mm:ss a z"),
    "en_NZ": ("d/MM/yyyy", "d/MM/yyyy, h:mm a", "d/MM/yyyy, h:mm:ss a z"),
    "en_CA": ("yyyy-MM-dd", "yyyy-MM-dd, h:mm a", "yyyy-MM-dd, h:mm:ss a z"),
    "de_DE": ("dd.MM.yyyy", "dd.MM.yyyy, HH:mm", "dd.MM.yyyy, HH:mm:ss z"),
    "fr_FR": ("dd/MM/yyyy", "dd/MM/yyyy HH:mm", "dd/MM/yyyy HH:mm:ss z"),
    "es_ES": ("d/M/yyyy", "d/M/yyyy, H:mm", "d/M/yyyy, H:mm:ss z"),
    "it_IT": ("dd/MM/yyyy", "dd/MM/yyyy, HH:mm", "dd/MM/yyyy, HH:mm:ss z"),
    "nl_NL": ("dd-MM-yyyy", "dd-MM-yyyy HH:mm", "dd-MM-yyyy HH:mm:ss z"),
    "ja_JP": ("yyyy/MM/dd", "yyyy/MM/dd H:mm", "yyyy/MM/dd H:mm:ss z"),
}
# the locales (by country) whose week starts on Sunday; elsewhere it starts on Monday
_SUNDAY = frozenset(
    ("US", "CA", "JP", "AU", "IN", "MX", "BR", "IL", "KR", "TH", "PH", "ZA", "HK", "TW", "SG", "CO", "PE")
)


def patterns(locale: str) -> tuple[str, str, str]:
    """The locale's patterns: date, date and time, long date and time."""
    known = _LOCALES.get(locale)
    if known is None:
        raise NotSupported(f"Writing dates in the locale {locale}")
    return known


def starts_on_sunday(locale: str) -> bool:
    """Whether the locale's week starts on Sunday, else on Monday."""
    return locale.partition("_")[2][:2] in _SUNDAY


def out_of_range() -> NotSupported:
    """The failure for years that Python's dates do not reach."""
    return NotSupported("A date outside the years 1 to 9999")


def lenient_date(year: int, month: int, day: int) -> dt.date:
    """A date whose month and day may lie outside their ranges: they roll over."""
    years, months = divmod(month - 1, 12)
    try:
        return dt.date(year + years, months + 1, 1) + dt.timedelta(days=day - 1)
    except (ValueError, OverflowError):
        raise out_of_range() from None


def month_later(day: dt.date, months: int) -> dt.date:
    """The same day some months later, cut to the month's last day."""
    first = lenient_date(day.year, day.month + months, 1)
    return first.replace(day=min(day.day, days_in_month(first.year, first.month)))


def days_in_month(year: int, month: int) -> int:
    """The number of days of a month, counted leniently."""
    first = lenient_date(year, month, 1)
    if (first.year, first.month) == (9999, 12):
        return 31
    return (lenient_date(first.year, first.month + 1, 1) - first).days


def lenient_moment(day: dt.date, hour: int, minute: int, second: int, milli: int, tz: dt.tzinfo) -> dt.datetime:
    """The UTC moment of a wall-clock time, whose parts may lie outside their ranges.

    Where clocks go back the time is the later (standard) one, where they go forward it moves on, as in Java.
    """
    try:
        wall = dt.datetime(day.year, day.month, day.day) + dt.timedelta(
            hours=hour, minutes=minute, seconds=second, milliseconds=milli
        )
        later = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
        if later.astimezone(tz).replace(tzinfo=None, fold=0) == wall:
            return later
        return wall.replace(tzinfo=tz).astimezone(UTC)
    except (ValueError, OverflowError):
        raise out_of_range() from None


def user_zone(execution: Any) -> dt.tzinfo:
    """The running user's time zone."""
    return zone(execution.host.user.time_zone)


def local(execution: Any, moment: dt.datetime) -> dt.datetime:
    """A moment in the running user's time zone."""
    return moment.astimezone(user_zone(execution))


def written_in_locale(execution: Any, moment: dt.datetime, style: int) -> str:
    """Date (0), date and time (1) or long date and time (2) in the user's locale and zone."""
    user = execution.host.user
    return format_moment(moment, patterns(user.locale)[style], user.time_zone)


@functools.cache
def _reader(pattern: str) -> re.Pattern[str]:
    """A pattern of the locale as a lenient regular expression with the fields as groups."""
    groups = {"y": r"(?P<y>\d{1,4})", "M": r"(?P<M>\d{1,2})", "d": r"(?P<d>\d{1,2})", "m": r"(?P<m>\d{1,2})"}
    groups |= {"H": r"(?P<H>\d{1,2})", "h": r"(?P<H>\d{1,2})", "a": r"(?P<a>[AaPp][Mm])"}
    others = {" ": "[ \u202f]+", ",": ",?"}
    text = ""
    for letter, other in re.findall(r"([A-Za-z])\1*|(.)", pattern):
        text += groups[letter] if letter else others.get(other, re.escape(other))
    return re.compile(text, re.ASCII)


def read_in_locale(execution: Any, text: str, with_time: bool) -> tuple[dt.date, int, int] | None:
    """Day, hour and minute of a text in the user's locale; ``None`` when it is not one."""
    user = execution.host.user
    match = _reader(patterns(user.locale)[1 if with_time else 0]).match(text.strip())
    if match is None:
        return None
    found = match.groupdict()
    year = int(found["y"])
    if len(found["y"]) <= 2:
        century = execution.host.now().year - 80
        year += century - century % 100
        year += 100 if year < century else 0
    hour = int(found.get("H") or 0)
    if found.get("a"):
        hour = hour % 12 + (12 if found["a"].lower() == "pm" else 0)
    return lenient_date(year, int(found["M"]), int(found["d"])), hour, int(found.get("m") or 0)


_DATE = re.compile(r"\s*(\d{1,4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_MOMENT = re.compile(r"\s*(\d{1,4})-(\d{1,2})-(\d{1,2}) +(\d{1,2}):(\d{1,2}):(\d{1,2})", re.ASCII)


def parse_date(text: str) -> dt.date:
    """``yyyy-M-d``, with a leading blank and trailing text tolerated."""
    match = _DATE.match(text)
    if match is None:
        raise TypeException(f"Invalid date: {text}")
    return lenient_date(*(int(part) for part in match.groups()))


def parse_moment(text: str, tz: dt.tzinfo) -> dt.datetime:
    """``yyyy-MM-dd HH:mm:ss`` in a zone, lenient in its numbers."""
    match = _MOMENT.match(text)
    if match is None:
        raise TypeException(f"Invalid date/time: {text}")
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    return lenient_moment(lenient_date(year, month, day), hour, minute, second, 0, tz)
