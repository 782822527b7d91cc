"""Java's SimpleDateFormat for an instant in a time zone, with English names."""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo
from collections.abc import Callable

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LETTERS = "GyYMLwWDdFEuaHkKhmsSzZX"
# English names of zones: generic region name for standard and daylight time, and the abbreviations of the JDK
_ZONE_NAMES = {
    "America/Los_Angeles": "Pacific", "America/Denver": "Mountain", "America/Phoenix": "Mountain",
    "America/Chicago": "Central", "America/New_York": "Eastern", "America/Anchorage": "Alaska",
    "America/Halifax": "Atlantic", "Pacific/Honolulu": "Hawaii-Aleutian", "Asia/Tokyo": "Japan",
    "Asia/Shanghai": "China", "Asia/Hong_Kong": "Hong Kong", "Asia/Kolkata": "India", "Asia/Seoul": "Korean",
    "Pacific/Auckland": "New Zealand", "Asia/Singapore": "Singapore",
    "Australia/Sydney": "Australian Eastern", "Australia/Melbourne": "Australian Eastern",
    "Australia/Brisbane": "Australian Eastern", "Australia/Adelaide": "Australian Central",
    "Australia/Darwin": "Australian Central", "Australia/Perth": "Australian Western",
}  # fmt: skip
_EUROPE = {
    "Europe/London": ("Greenwich Mean Time", "British Summer Time"),
    "Europe/Dublin": ("Greenwich Mean Time", "Irish Standard Time"),
    "Europe/Lisbon": ("Western European Standard Time", "Western European Summer Time"),
    **{
        f"Europe/{city}": ("Central European Standard Time", "Central European Summer Time")
        for city in (
            "Amsterdam", "Berlin", "Brussels", "Budapest", "Copenhagen", "Madrid", "Oslo", "Paris", "Prague", "Rome",
            "Stockholm", "Vienna", "Warsaw", "Zurich",
        )
    },
    **{
        f"Europe/{city}": ("Eastern European Standard Time", "Eastern European Summer Time")
        for city in ("Athens", "Bucharest", "Helsinki", "Kiev", "Sofia")
    },
}  # fmt: skip


class BadPattern(ValueError):
    """A pattern with a letter that has no meaning, or an open quote."""


@functools.lru_cache(maxsize=256)
def zone(name: str) -> dt.tzinfo:
    """The time zone of that id; GMT for an id that is not known, as in Java. ``GMT+hh:mm`` is understood."""
    if name in ("GMT", "UTC", "Z"):
        return dt.UTC
    if name.startswith("GMT") and len(name) > 4 and name[3] in "+-":
        hours, _, minutes = name[4:].partition(":")
        if hours.isdigit() and (not minutes or minutes.isdigit()) and int(hours) < 24 and int(minutes or 0) < 60:
            offset = dt.timedelta(hours=int(hours), minutes=int(minutes or 0))
            return dt.timezone(-offset if name[3] == "-" else offset)
        return dt.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return dt.UTC


def zone_name(name: str, moment: dt.datetime) -> str:
    """The English name of a zone at a moment: ``Pacific Daylight Time``."""
    local = moment.astimezone(zone(name))
    summer = bool(local.dst())
    if name in _EUROPE:
        return _EUROPE[name][summer]
    region = _ZONE_NAMES.get(name)
    if region is not None:
        return f"{region} {'Daylight' if summer else 'Standard'} Time"
    if local.utcoffset() == dt.timedelta() and name in ("GMT", "UTC", "Etc/GMT", "Etc/UTC"):
        return "Greenwich Mean Time" if name != "UTC" else "Coordinated Universal Time"
    return f"GMT{offset_text(local, ':')}"


def offset_text(moment: dt.datetime, separator: str = "") -> str:
    """The zone's offset at that moment: ``+0530``."""
    minutes = round((moment.utcoffset() or dt.timedelta()).total_seconds() / 60)
    sign, minutes = "-" if minutes < 0 else "+", abs(minutes)
    return f"{sign}{minutes // 60:02d}{separator}{minutes % 60:02d}"


def format_moment(moment: dt.datetime, pattern: str, zone_id: str) -> str:
    """An aware moment in a zone by a SimpleDateFormat pattern. Raises :class:`BadPattern`."""
    local = moment.astimezone(zone(zone_id))
    return "".join(part if isinstance(part, str) else part(local, zone_id) for part in _compiled(pattern))


_Part = str | Callable[[dt.datetime, str], str]


@functools.lru_cache(maxsize=512)
def _compiled(pattern: str) -> tuple[_Part, ...]:
    parts: list[_Part] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "'":
            text, at = _quoted(pattern, at)
            parts.append(text)
        elif char.isascii() and char.isalpha():
            end = at
            while end < len(pattern) and pattern[end] == char:
                end += 1
            if char not in _LETTERS:
                raise BadPattern(char)
            parts.append(functools.partial(_field, char, end - at))
            at = end
        else:
            parts.append(char)
            at += 1
    return tuple(parts)


def _quoted(pattern: str, at: int) -> tuple[str, int]:
    """Literal text between quotes; two quotes are one."""
    if pattern[at + 1 : at + 2] == "'":
        return "'", at + 2
    text = ""
    at += 1
    while at < len(pattern):
        if pattern[at] != "'":
            text += pattern[at]
            at += 1
        elif pattern[at + 1 : at + 2] == "'":
            text += "'"
            at += 2
        else:
            return text, at + 1
    raise BadPattern("'")


def _field(letter: str, count: int, local: dt.datetime, zone_id: str) -> str:
    if letter in "ML":
        if count >= 3:
            return _MONTHS[local.month - 1] if count > 3 else _MONTHS[local.month - 1][:3]
        return f"{local.month:0{count}d}"
    if letter == "E":
        return _DAYS[local.weekday()] if count > 3 else _DAYS[local.weekday()][:3]
    if letter in "yY":
        year = local.year if letter == "y" else _week_year(local.date())
        return f"{year % 100:02d}" if count == 2 else f"{year:0{count}d}"
    if letter == "a":
        return "AM" if local.hour < 12 else "PM"
    if letter == "G":
        return "AD"
    if letter in "zZX":
        return _zone_field(letter, count, local, zone_id)
    return f"{_number(letter, local):0{count}d}"


def _number(letter: str, local: dt.datetime) -> int:
    hour = local.hour
    simple = {
        "d": local.day, "H": hour, "k": hour or 24, "K": hour % 12, "h": hour % 12 or 12, "m": local.minute,
        "s": local.second, "S": local.microsecond // 1000, "u": local.isoweekday(), "F": (local.day - 1) // 7 + 1,
    }  # fmt: skip
    if letter in simple:
        return simple[letter]
    if letter == "D":
        return local.timetuple().tm_yday
    if letter == "W":
        first = local.replace(day=1).isoweekday() % 7
        return (local.day + first - 1) // 7 + 1
    return _week(local.date())


def _week(day: dt.date) -> int:
    """The week of the year as the US counts it: weeks start on Sunday, the first holds January 1st."""
    if _week_year(day) > day.year:
        return 1
    first = day.replace(month=1, day=1).isoweekday() % 7
    return (day.timetuple().tm_yday - 1 + first) // 7 + 1


def _week_year(day: dt.date) -> int:
    sunday = day - dt.timedelta(days=day.isoweekday() % 7)
    return (sunday + dt.timedelta(days=6)).year


def _zone_field(letter: str, count: int, local: dt.datetime, zone_id: str) -> str:
    if letter == "Z":
        return offset_text(local)
    if letter == "X":
        if count > 3:
            raise BadPattern("X")
        if not local.utcoffset():
            return "Z"
        return offset_text(local, ":" if count == 3 else "")[: 3 if count == 1 else None]
    if count >= 4:
        return zone_name(zone_id, local)
    short = local.tzname() or "GMT"
    if short == "UTC" and zone_id != "UTC":
        return "GMT"
    return short if short[:1].isalpha() else f"GMT{offset_text(local, ':')}"
