"""``System.Date``, ``Time`` and ``TimeZone`` (Apex Reference Guide)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from orgwright.apex.library import moments
from orgwright.apex.library.arguments import null_argument, required
from orgwright.apex.library.datepatterns import offset_text, zone, zone_name
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime.exceptions import TypeException
from orgwright.apex.runtime.text import to_text
from orgwright.apex.runtime.values import PlatformObject

_NOON = dt.time(12)


# ---------------------------------------------------------------------------------------------- Date


@native("Date.newInstance")
def new_date(year: int, month: int, day: int) -> dt.date:
    """Year 0, the first before Christ, is written as year 1 in Apex and is year 1 here: there is no other before it."""
    required(year, month, day)
    return moments.lenient_date(year or 1, month, day)


@native("Date.today", "System.today", context=True)
def today(execution: Any) -> dt.date:
    """The day in the running user's time zone."""
    return moments.local(execution, execution.host.now()).date()


@native("Date.valueOf(String)")
def date_of_text(text: str | None) -> dt.date:
    if text is None:
        raise null_argument()
    return moments.parse_date(text)


@native("Date.valueOf(Object)", context=True)
def date_of(execution: Any, value: Any) -> dt.date | None:
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return moments.local(execution, value).date()
    if isinstance(value, dt.date):
        return value
    raise TypeException(f"Invalid date: {to_text(value)}")


@native("Date.parse", context=True)
def parse_date(execution: Any, text: str | None) -> dt.date:
    if text is None:
        raise null_argument()
    found = moments.read_in_locale(execution, text, with_time=False)
    if found is None:
        raise TypeException(f"Invalid date: {text}")
    return found[0]


@native("Date.format", context=True)
def format_date(execution: Any, day: dt.date) -> str:
    noon = dt.datetime.combine(day, _NOON, zone(execution.host.user.time_zone))
    return moments.written_in_locale(execution, noon, 0)


@native("Date.addDays")
def add_days(day: dt.date, count: int) -> dt.date:
    required(count)
    try:
        return day + dt.timedelta(days=count)
    except OverflowError:
        raise moments.out_of_range() from None


@native("Date.addMonths")
def add_months(day: dt.date, count: int) -> dt.date:
    required(count)
    return moments.month_later(day, count)


@native("Date.addYears")
def add_years(day: dt.date, count: int) -> dt.date:
    required(count)
    return moments.month_later(day, 12 * count)


@native("Date.year")
def date_year(day: dt.date) -> int:
    return day.year


@native("Date.month")
def date_month(day: dt.date) -> int:
    return day.month


@native("Date.day")
def date_day(day: dt.date) -> int:
    return day.day


@native("Date.dayOfYear")
def day_of_year(day: dt.date) -> int:
    return day.timetuple().tm_yday


@native("Date.daysBetween")
def days_between(day: dt.date, other: dt.date) -> int:
    required(other)
    return (other - day).days


@native("Date.monthsBetween")
def months_between(day: dt.date, other: dt.date) -> int:
    required(other)
    return (other.year - day.year) * 12 + other.month - day.month


@native("Date.isSameDay")
def is_same_day(day: dt.date, other: dt.date) -> bool:
    required(other)
    return day == other


@native("Date.toStartOfMonth")
def start_of_month(day: dt.date) -> dt.date:
    return day.replace(day=1)


@native("Date.toStartOfWeek", context=True)
def start_of_week(execution: Any, day: dt.date) -> dt.date:
    """The first day of the week in the running user's locale."""
    back = day.isoweekday() % 7 if moments.starts_on_sunday(execution.host.user.locale) else day.weekday()
    return day - dt.timedelta(days=back)


@native("Date.daysInMonth")
def days_in_month(year: int, month: int) -> int:
    required(year, month)
    return moments.days_in_month(year, month)


@native("Date.isLeapYear")
def is_leap_year(year: int) -> bool:
    required(year)
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@native("String.valueOf(Date)")
def date_text(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


@native("Date.equals", "Datetime.equals", "Time.equals")
def moment_equals(value: Any, other: Any) -> bool:
    return value.__class__ is other.__class__ and bool(value == other)


def epoch_millis(moment: dt.datetime) -> int:
    """Milliseconds since 1970-01-01 GMT."""
    since = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


# ---------------------------------------------------------------------------------------------- Time


def _clock(millis: int) -> dt.time:
    """The time of day that many milliseconds after midnight, modulo a day."""
    seconds, milli = divmod(millis % 86_400_000, 1000)
    return dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60, milli * 1000)


def _millis(time: dt.time) -> int:
    return ((time.hour * 60 + time.minute) * 60 + time.second) * 1000 + time.microsecond // 1000


@native("Time.newInstance")
def new_time(hour: int, minute: int, second: int, milli: int) -> dt.time:
    required(hour, minute, second, milli)
    return _clock(((hour * 60 + minute) * 60 + second) * 1000 + milli)


@native("Time.addHours")
def time_add_hours(time: dt.time, count: int) -> dt.time:
    required(count)
    return _clock(_millis(time) + count * 3_600_000)


@native("Time.addMinutes")
def time_add_minutes(time: dt.time, count: int) -> dt.time:
    required(count)
    return _clock(_millis(time) + count * 60_000)


@native("Time.addSeconds")
def time_add_seconds(time: dt.time, count: int) -> dt.time:
    required(count)
    return _clock(_millis(time) + count * 1000)


@native("Time.addMilliseconds")
def time_add_millis(time: dt.time, count: int) -> dt.time:
    required(count)
    return _clock(_millis(time) + count)


@native("Time.hour")
def time_hour(time: dt.time) -> int:
    return time.hour


@native("Time.minute")
def time_minute(time: dt.time) -> int:
    return time.minute


@native("Time.second")
def time_second(time: dt.time) -> int:
    return time.second


@native("Time.millisecond")
def time_millisecond(time: dt.time) -> int:
    return time.microsecond // 1000


# ------------------------------------------------------------------------------------------ TimeZone


@platform("System.TimeZone")
class TimeZone(PlatformObject):
    """``System.TimeZone``; an id that is not known means GMT."""

    __slots__ = ("id", "moment")

    def __init__(self, id: str, moment: dt.datetime) -> None:
        known = id in ("GMT", "UTC") or zone(id) is not dt.UTC
        self.id = id if known else "GMT"
        self.moment = moment

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TimeZone) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def getID(self) -> str:
        """The id: ``America/Los_Angeles``."""
        return self.id

    def getDisplayName(self) -> str:
        """``(GMT-07:00) Pacific Daylight Time (America/Los_Angeles)``."""
        local = self.moment.astimezone(zone(self.id))
        return f"(GMT{offset_text(local, ':')}) {zone_name(self.id, local)} ({self.id})"

    def getOffset(self, moment: dt.datetime | None) -> int:
        """The offset from GMT at that moment, in milliseconds."""
        if moment is None:
            raise null_argument()
        offset = moment.astimezone(zone(self.id)).utcoffset() or dt.timedelta()
        return int(offset.total_seconds() * 1000)

    def toString(self) -> str:
        """The id."""
        return self.id


@native("TimeZone.getTimeZone", context=True)
def time_zone(execution: Any, id: str | None) -> TimeZone:
    if id is None:
        raise null_argument()
    return TimeZone(id, execution.host.now())


@native("UserInfo.getTimeZone", context=True)
def user_time_zone(execution: Any) -> TimeZone:
    return TimeZone(execution.host.user.time_zone, execution.host.now())
