"""``System.Datetime`` (Apex Reference Guide): aware UTC ``datetime`` values, shown in the running user's time zone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from orgwright.apex.library import moments
from orgwright.apex.library.arguments import null_argument, required
from orgwright.apex.library.datepatterns import BadPattern, format_moment
from orgwright.apex.library.dates import epoch_millis
from orgwright.apex.library.registry import native
from orgwright.apex.runtime.exceptions import StringException, TypeException
from orgwright.apex.runtime.text import to_text
from orgwright.apex.runtime.values import Long

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


# ------------------------------------------------------------------------------------------- making


@native("Datetime.now", "System.now", context=True)
def now(execution: Any) -> dt.datetime:
    moment: dt.datetime = execution.host.now()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@native("System.currentTimeMillis", context=True)
def current_time_millis(execution: Any) -> int:
    return epoch_millis(execution.host.now())


@native("Datetime.newInstance(Long)")
def of_millis(millis: int) -> dt.datetime:
    required(millis)
    try:
        return _EPOCH + dt.timedelta(milliseconds=millis)
    except OverflowError:
        raise moments.out_of_range() from None


@native("Datetime.newInstance(Date, Time)", context=True)
def of_local_parts(execution: Any, day: dt.date, time: dt.time) -> dt.datetime:
    return _combined(day, time, moments.user_zone(execution))


@native("Datetime.newInstanceGmt(Date, Time)")
def of_gmt_parts(day: dt.date, time: dt.time) -> dt.datetime:
    return _combined(day, time, moments.UTC)


def _combined(day: dt.date, time: dt.time, tz: dt.tzinfo) -> dt.datetime:
    required(day, time)
    return moments.lenient_moment(day, time.hour, time.minute, time.second, time.microsecond // 1000, tz)


@native("Datetime.newInstance(Integer,Integer,Integer)", context=True)
def of_local_day(execution: Any, year: int, month: int, day: int) -> dt.datetime:
    return of_local(execution, year, month, day, 0, 0, 0)


@native("Datetime.newInstance(Integer,Integer,Integer,Integer,Integer,Integer)", context=True)
def of_local(execution: Any, year: int, month: int, day: int, hour: int, minute: int, second: int) -> dt.datetime:
    return _moment(year, month, day, hour, minute, second, moments.user_zone(execution))


@native("Datetime.newInstanceGmt(Integer,Integer,Integer)")
def of_gmt_day(year: int, month: int, day: int) -> dt.datetime:
    return _moment(year, month, day, 0, 0, 0, moments.UTC)


@native("Datetime.newInstanceGmt(Integer,Integer,Integer,Integer,Integer,Integer)")
def of_gmt(year: int, month: int, day: int, hour: int, minute: int, second: int) -> dt.datetime:
    return _moment(year, month, day, hour, minute, second, moments.UTC)


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, tz: dt.tzinfo) -> dt.datetime:
    required(year, month, day, hour, minute, second)
    return moments.lenient_moment(moments.lenient_date(year, month, day), hour, minute, second, 0, tz)


@native("Datetime.valueOf(String)", context=True)
def of_text(execution: Any, text: str | None) -> dt.datetime:
    if text is None:
        raise null_argument()
    return moments.parse_moment(text, moments.user_zone(execution))


@native("Datetime.valueOfGmt")
def of_gmt_text(text: str | None) -> dt.datetime:
    if text is None:
        raise null_argument()
    return moments.parse_moment(text, moments.UTC)


@native("Datetime.valueOf(Object)", context=True)
def of_value(execution: Any, value: Any) -> dt.datetime | None:
    if value is None or isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(), moments.UTC)
    if isinstance(value, Long):
        return of_millis(value)
    raise TypeException(f"Invalid date/time: {to_text(value)}")


@native("Datetime.parse", context=True)
def parse(execution: Any, text: str | None) -> dt.datetime:
    if text is None:
        raise null_argument()
    found = moments.read_in_locale(execution, text, with_time=True)
    if found is None:
        raise TypeException(f"Invalid date/time: {text}")
    day, hour, minute = found
    return moments.lenient_moment(day, hour, minute, 0, 0, moments.user_zone(execution))


# --------------------------------------------------------------------------------------------- text


@native("Datetime.format()", context=True)
def format_default(execution: Any, moment: dt.datetime) -> str:
    return moments.written_in_locale(execution, moment, 1)


@native("Datetime.formatLong", context=True)
def format_long(execution: Any, moment: dt.datetime) -> str:
    return moments.written_in_locale(execution, moment, 2)


def _formatted(moment: dt.datetime, pattern: str | None, zone_id: str) -> str:
    if pattern is None:
        raise null_argument()
    try:
        return format_moment(moment, pattern, zone_id)
    except BadPattern as problem:
        raise StringException(f"Unrecognized format: {problem}") from None


@native("Datetime.format(String)", context=True)
def format_pattern(execution: Any, moment: dt.datetime, pattern: str | None) -> str:
    return _formatted(moment, pattern, execution.host.user.time_zone)


@native("Datetime.format(String, String)", context=True)
def format_in_zone(execution: Any, moment: dt.datetime, pattern: str | None, zone_id: str | None) -> str:
    return _formatted(moment, pattern, execution.host.user.time_zone if zone_id is None else zone_id)


@native("Datetime.formatGmt")
def format_gmt(moment: dt.datetime, pattern: str | None) -> str:
    return _formatted(moment, pattern, "GMT")


@native("String.valueOf(Datetime)", context=True)
def to_local_text(execution: Any, moment: dt.datetime | None) -> str | None:
    return None if moment is None else to_text(moments.local(execution, moment))


@native("String.valueOfGmt")
def to_gmt_text(moment: dt.datetime) -> str:
    required(moment)
    return to_text(moment)


# --------------------------------------------------------------------------------------- arithmetic


def _later(moment: dt.datetime, count: int, **unit: int) -> dt.datetime:
    required(count)
    try:
        return moment + count * dt.timedelta(**unit)
    except OverflowError:
        raise moments.out_of_range() from None


@native("Datetime.addDays")
def add_days(moment: dt.datetime, count: int) -> dt.datetime:
    return _later(moment, count, days=1)


@native("Datetime.addHours")
def add_hours(moment: dt.datetime, count: int) -> dt.datetime:
    return _later(moment, count, hours=1)


@native("Datetime.addMinutes")
def add_minutes(moment: dt.datetime, count: int) -> dt.datetime:
    return _later(moment, count, minutes=1)


@native("Datetime.addSeconds")
def add_seconds(moment: dt.datetime, count: int) -> dt.datetime:
    return _later(moment, count, seconds=1)


@native("Datetime.addMonths")
def add_months(moment: dt.datetime, count: int) -> dt.datetime:
    required(count)
    day = moments.month_later(moment.date(), count)
    return dt.datetime.combine(day, moment.timetz())


@native("Datetime.addYears")
def add_years(moment: dt.datetime, count: int) -> dt.datetime:
    required(count)
    return add_months(moment, 12 * count)


@native("Datetime.getTime")
def get_time(moment: dt.datetime) -> int:
    return epoch_millis(moment)


@native("Datetime.isSameDay", context=True)
def is_same_day(execution: Any, moment: dt.datetime, other: dt.datetime) -> bool:
    required(other)
    return moments.local(execution, moment).date() == moments.local(execution, other).date()


# --------------------------------------------------------------------------------------------- parts


@native("Datetime.date", context=True)
def local_date(execution: Any, moment: dt.datetime) -> dt.date:
    return moments.local(execution, moment).date()


@native("Datetime.dateGmt")
def gmt_date(moment: dt.datetime) -> dt.date:
    return moment.date()


@native("Datetime.time", context=True)
def local_time(execution: Any, moment: dt.datetime) -> dt.time:
    return moments.local(execution, moment).time()


@native("Datetime.timeGmt")
def gmt_time(moment: dt.datetime) -> dt.time:
    return moment.time()


def _register_parts() -> None:
    """``year`` and ``yearGmt`` and so on: each part in the user's zone and in GMT."""
    parts = {
        "year": lambda m: m.year, "month": lambda m: m.month, "day": lambda m: m.day, "hour": lambda m: m.hour,
        "minute": lambda m: m.minute, "second": lambda m: m.second, "millisecond": lambda m: m.microsecond // 1000,
        "dayOfYear": lambda m: m.timetuple().tm_yday,
    }  # fmt: skip
    for name, part in parts.items():

        def in_zone(execution: Any, moment: dt.datetime, part: Any = part) -> int:
            return int(part(moments.local(execution, moment)))

        native(f"Datetime.{name}", context=True)(in_zone)
        native(f"Datetime.{name}Gmt")(part)


_register_parts()
