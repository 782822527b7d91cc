"""Functions of dates, date-times and times."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orgwright.localorg.formula.library import function
from orgwright.localorg.formula.problem import FormulaError
from orgwright.localorg.formula.text import whole
from orgwright.localorg.formula.values import NUMBERS

MILLISECONDS = Decimal(86_400_000)
SECONDS = Decimal(86_400)
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_STAMP = re.compile(r"\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{1,2}:\d{1,2}(Z|z)?\Z")
_TIME = re.compile(r"\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,3})?)?\Z")


def zone(name: str | None) -> dt.tzinfo:
    """A user's time zone."""
    try:
        return ZoneInfo(name or "GMT")
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC


def plus_days(moment: dt.date | dt.datetime, days: Decimal) -> dt.date | dt.datetime:
    """A date moves by whole days, a date-time by whole seconds."""
    try:
        if isinstance(moment, dt.datetime):
            seconds = NUMBERS.multiply(days, SECONDS).to_integral_value(ROUND_HALF_UP)
            return moment + dt.timedelta(seconds=int(seconds))
        return moment + dt.timedelta(days=int(days))
    except (OverflowError, ArithmeticError):
        raise FormulaError("the date is out of range") from None


def days_between(later: dt.datetime | dt.date, earlier: dt.datetime | dt.date) -> Decimal:
    """The difference in days, with a fraction for date-times."""
    if isinstance(later, dt.datetime) and isinstance(earlier, dt.datetime):
        microseconds = (later - earlier) // dt.timedelta(microseconds=1)
        return NUMBERS.divide(Decimal(microseconds), MILLISECONDS * 1000)
    return Decimal((later - earlier).days)  # type: ignore[operator]  # the checker allows only equals


def plus_milliseconds(time: dt.time, amount: Decimal) -> dt.time:
    """A time of day moves within its day."""
    moved = (milliseconds_of(time) + int(amount)) % int(MILLISECONDS)
    return (dt.datetime.min + dt.timedelta(milliseconds=moved)).time()


def milliseconds_of(time: dt.time) -> int:
    """Milliseconds since midnight."""
    return ((time.hour * 60 + time.minute) * 60 + time.second) * 1000 + time.microsecond // 1000


@function("TODAY", "D", hidden=("today",))
def _today(day: dt.date) -> dt.date:
    return day


@function("NOW", "S", hidden=("now",))
def _now(moment: dt.datetime) -> dt.datetime:
    return moment


@function("TIMENOW", "H", hidden=("now",))
def _time_now(moment: dt.datetime) -> dt.time:
    return moment.astimezone(dt.UTC).time().replace(tzinfo=None)


@function("DATE", "D", "N N N")
def _date(year: Decimal, month: Decimal, day: Decimal) -> dt.date:
    try:
        return dt.date(whole(year), whole(month), whole(day))
    except ValueError:
        raise FormulaError("Month or Day out of range in DATE() function") from None


@function("DATEVALUE", "D", "T/S/D", blanks=True, hidden=("zone",))
def _date_value(zone_name: str | None, moment: str | dt.date | None) -> dt.date | None:
    if moment is None or moment == "":
        return None
    if isinstance(moment, dt.datetime):
        return moment.astimezone(zone(zone_name)).date()
    if isinstance(moment, dt.date):
        return moment
    if not _DATE.match(moment):
        raise FormulaError(f"'{moment}' is no date")
    year, month, day = _DATE.match(moment).group().split("-")  # type: ignore[union-attr]  # it matched
    return _date(Decimal(year), Decimal(month), Decimal(day))  # type: ignore[no-any-return]


@function("DATETIMEVALUE", "S", "T/D/S")
def _datetime_value(moment: str | dt.date) -> dt.datetime:
    if isinstance(moment, dt.datetime):
        return moment
    if isinstance(moment, dt.date):
        return dt.datetime(moment.year, moment.month, moment.day, tzinfo=dt.UTC)
    try:
        if not _STAMP.match(moment.strip()):
            raise ValueError(moment)
        return dt.datetime.strptime(moment.strip().rstrip("Zz"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=dt.UTC)
    except ValueError:
        raise FormulaError(f"'{moment}' is no date and time") from None


@function("TIMEVALUE", "H", "T/S/H", hidden=("zone",))
def _time_value(zone_name: str | None, moment: str | dt.datetime | dt.time) -> dt.time:
    if isinstance(moment, dt.datetime):
        return moment.astimezone(zone(zone_name)).time().replace(tzinfo=None)
    if isinstance(moment, dt.time):
        return moment
    try:
        if not _TIME.match(moment):
            raise ValueError(moment)
        hour, minute, *rest = moment.split(":")
        second, _, fraction = (rest[0] if rest else "0").partition(".")
        return dt.time(int(hour), int(minute), int(second), int((fraction or "0").ljust(3, "0")) * 1000)
    except ValueError:
        raise FormulaError(f"'{moment}' is no time") from None


@function("YEAR", "N", "D")
def _year(day: dt.date) -> Decimal:
    return Decimal(day.year)


@function("MONTH", "N", "D")
def _month(day: dt.date) -> Decimal:
    return Decimal(day.month)


@function("DAY", "N", "D")
def _day_of_month(day: dt.date) -> Decimal:
    return Decimal(day.day)


@function("DAYOFYEAR", "N", "D")
def _day_of_year(day: dt.date) -> Decimal:
    return Decimal(day.timetuple().tm_yday)


@function("WEEKDAY", "N", "D")
def _weekday(day: dt.date) -> Decimal:
    """1 is Sunday."""
    return Decimal(day.isoweekday() % 7 + 1)


@function("ISOWEEK", "N", "D/S")
def _iso_week(day: dt.date) -> Decimal:
    return Decimal(day.isocalendar().week)


@function("ISOYEAR", "N", "D/S")
def _iso_year(day: dt.date) -> Decimal:
    return Decimal(day.isocalendar().year)


@function("HOUR", "N", "H")
def _hour(time: dt.time) -> Decimal:
    return Decimal(time.hour)


@function("MINUTE", "N", "H")
def _minute(time: dt.time) -> Decimal:
    return Decimal(time.minute)


@function("SECOND", "N", "H")
def _second(time: dt.time) -> Decimal:
    return Decimal(time.second)


@function("MILLISECOND", "N", "H")
def _millisecond(time: dt.time) -> Decimal:
    return Decimal(time.microsecond // 1000)


def add_months(moment: dt.date | dt.datetime, months: Decimal) -> dt.date | dt.datetime:
    """The last day of a month stays the last day (ADDMONTHS)."""
    last = calendar.monthrange(moment.year, moment.month)[1]
    counted = moment.year * 12 + moment.month - 1 + whole(months)
    year, month = divmod(counted, 12)
    if not 1 <= year <= 9999:
        raise FormulaError("the date is out of range")
    size = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=size if moment.day == last else min(moment.day, size))


@function("UNIXTIMESTAMP", "N", "S/D/H")
def _unix_timestamp(moment: dt.date | dt.time) -> Decimal:
    if isinstance(moment, dt.time):
        return Decimal(milliseconds_of(moment) // 1000)
    stamp = moment if isinstance(moment, dt.datetime) else _datetime_value(moment)
    return Decimal((stamp - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(seconds=1))


@function("FROMUNIXTIME", "S", "N")
def _from_unix_time(seconds: Decimal) -> dt.datetime:
    try:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=int(seconds))
    except OverflowError:
        raise FormulaError("the date is out of range") from None


def duration(seconds: int, *, days: bool) -> str:
    """``HH:MM:SS`` of a span, however it is signed; with ``days`` they come first: ``D:HH:MM:SS``."""
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if not days:
        return f"{hours:02d}:{minutes:02d}:{rest:02d}"
    return f"{hours // 24}:{hours % 24:02d}:{minutes:02d}:{rest:02d}"
