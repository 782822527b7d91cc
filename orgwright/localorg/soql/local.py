"""What queries show in the running user's zone and locale, and distances: functions that SQLite calls."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal
from typing import Any

from orgwright.apex.library import moments
from orgwright.apex.library.datepatterns import format_moment
from orgwright.apex.library.numbertext import grouped
from orgwright.apex.runtime.exceptions import NotSupported
from orgwright.localorg.formula import places
from orgwright.localorg.formula.moments import zone
from orgwright.localorg.schema.model import DECIMAL_TYPES
from orgwright.localorg.soql import problem
from orgwright.localorg.soql.context import Running
from orgwright.localorg.soql.literals import Parameter

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def _locale(running: Running) -> str:
    """The running user's locale, if it is known how it writes."""
    locale = running.user().locale
    try:
        moments.patterns(locale)
        grouped(Decimal(1), locale)
    except NotSupported:
        raise problem.unsupported(f"FORMAT() in the locale {locale}", 0) from None
    return locale


def _money_locale(running: Running) -> str:
    locale = running.user().locale
    if locale not in ("en_US", "en_GB", "en_AU", "en_NZ", "en_IE", "en_CA") or running.currency not in _SYMBOLS:
        raise problem.unsupported(f"FORMAT() of {running.currency} in the locale {locale}", 0)
    return locale


PARAMETERS: dict[str, Parameter] = {
    "zone": lambda running: running.user().time_zone,
    "locale": _locale,
    "money_locale": _money_locale,
    "currency": lambda running: running.currency,
}
"""What the functions are told about who asks."""


def register(connection: sqlite3.Connection) -> None:
    """Make the functions known to a connection."""
    connection.create_function("local_time", 2, local_time, deterministic=True)
    connection.create_function("localized", 6, localized, deterministic=True)
    connection.create_function("distance", 5, distance, deterministic=True)


def local_time(stored: str | None, zone_name: str) -> str | None:
    """A stored moment as the clocks of a zone show it, in the same form."""
    if stored is None:
        return None
    return dt.datetime.fromisoformat(stored).astimezone(zone(zone_name)).strftime("%Y-%m-%dT%H:%M:%S.000")


def localized(stored: Any, kind: str, scale: int, locale: str, zone_name: str, currency: str) -> str | None:
    """A stored value as ``FORMAT()`` writes it: ``$44,000.00``, ``4/10/2025, 3:31 PM`` (SOQL Reference, FORMAT)."""
    if stored is None:
        return None
    if kind == "date":
        midnight = dt.datetime.fromisoformat(stored).replace(tzinfo=dt.UTC)
        return format_moment(midnight, moments.patterns(locale)[0], "GMT")
    if kind == "datetime":
        return format_moment(dt.datetime.fromisoformat(stored), moments.patterns(locale)[1], zone_name)
    if kind not in DECIMAL_TYPES and kind not in ("int", "long"):
        return str(stored)
    number = Decimal(repr(stored)).scaleb(-scale)
    if kind != "currency":
        return grouped(number, locale, scale) + ("%" if kind == "percent" else "")
    return _money(number, locale, currency)


def _money(number: Decimal, locale: str, currency: str) -> str:
    return f"{'-' if number < 0 else ''}{_SYMBOLS[currency]}{abs(number):,.2f}"


def distance(lat1: float | None, lon1: float | None, lat2: float | None, lon2: float | None, unit: str) -> float | None:
    """The distance of two points along the great circle."""
    return places.distance((lat1, lon1), (lat2, lon2), unit)
