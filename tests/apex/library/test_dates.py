"""Date, Datetime, Time and TimeZone: arithmetic, texts and patterns."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.apex.library import moments
from orgwright.apex.library.datepatterns import format_moment, zone
from tests.apex.library.table import raised, values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("String.valueOf(Date.newInstance(2026, 13, 1))", "2027-01-01"),
        ("String.valueOf(Date.newInstance(2026, 0, 0))", "2025-11-30"),
        ("String.valueOf(Date.newInstance(2024, 1, 31).addMonths(1))", "2024-02-29"),
        ("String.valueOf(Date.newInstance(2024, 2, 29).addYears(1))", "2025-02-28"),
        ("Date.newInstance(2024, 2, 1).daysBetween(Date.newInstance(2024, 1, 1))", -31),
        ("Date.newInstance(2024, 1, 31).monthsBetween(Date.newInstance(2024, 3, 1))", 2),
        ("String.valueOf(Date.newInstance(2026, 11, 18).toStartOfWeek())", "2026-11-15"),
        ("String.valueOf(Date.newInstance(2026, 11, 18).toStartOfMonth())", "2026-11-01"),
        ("Date.newInstance(2024, 12, 31).dayOfYear()", 366),
        ("Date.daysInMonth(2024, 2)", 29),
        ("Date.isLeapYear(1900)", False),
        ("Date.newInstance(2026, 6, 3).format()", "6/3/2026"),
        ("String.valueOf(Date.valueOf(' 2024-2-9 trailing'))", "2024-02-09"),
        ("String.valueOf(Date.parse('12/27/2009'))", "2009-12-27"),
        ("'' + Date.newInstance(2024, 2, 29)", "2024-02-29 00:00:00"),
        ("String.valueOf(Datetime.newInstanceGmt(2024, 2, 29, 25, 0, 0))", "2024-03-01 01:00:00"),
        ("String.valueOf(Datetime.valueOfGmt('2024-02-29 12:61:00'))", "2024-02-29 13:01:00"),
        ("Datetime.newInstance(0).getTime()", 0),
        ("Datetime.newInstanceGmt(2024, 1, 31, 1, 2, 3).addMonths(1).dayGmt()", 29),
        ("Datetime.newInstanceGmt(2024, 1, 1, 0, 0, 0).addDays(1).addHours(1).formatGmt('yyyy-MM-dd HH:mm')", "2024-01-02 01:00"),
        ("Datetime.newInstanceGmt(2026, 6, 30, 17, 30, 5).format('EEE, d MMM yyyy hh:mm a \\'at\\' z', 'GMT')", "Tue, 30 Jun 2026 05:30 PM at GMT"),
        ("Datetime.newInstanceGmt(2026, 6, 30, 17, 30, 5).format('yyyy-MM-dd\\'T\\'HH:mm:ss.SSSXXX', 'America/Los_Angeles')", "2026-06-30T10:30:05.000-07:00"),
        ("Datetime.newInstanceGmt(2026, 6, 30, 17, 30, 5).format('zzzz', 'America/Los_Angeles')", "Pacific Daylight Time"),
        ("Datetime.newInstanceGmt(2026, 1, 1, 0, 0, 0).formatGmt('D u w Y kk K')", "1 4 1 2026 24 0"),
        ("Datetime.newInstanceGmt(2026, 6, 30, 17, 30, 5).format()", "6/30/2026, 5:30 PM"),
        ("String.valueOf(Datetime.parse('6/30/2026, 5:30 PM'))", "2026-06-30 17:30:00"),
        ("String.valueOf(Time.newInstance(23, 59, 59, 999).addMilliseconds(1))", "00:00:00.000Z"),
        ("Time.newInstance(1, 2, 3, 4).addHours(25).hour()", 2),
        ("TimeZone.getTimeZone('America/Los_Angeles').getOffset(Datetime.newInstanceGmt(2026, 7, 1, 0, 0, 0))", -25200000),
        ("TimeZone.getTimeZone('Nowhere/Land').getID()", "GMT"),
    ],
)  # fmt: skip
def test_results(expression: str, expected: object) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize(
    ("expression", "type_name", "message"),
    [
        ("Date.valueOf('29.02.2024')", "System.TypeException", "Invalid date: 29.02.2024"),
        ("Date.parse('2024-02-29')", "System.TypeException", "Invalid date: 2024-02-29"),
        ("Datetime.valueOf('2024-02-29T12:00:00')", "System.TypeException", "Invalid date/time: 2024-02-29T12:00:00"),
        ("Datetime.now().format('Q')", "System.StringException", "Unrecognized format: Q"),
        ("Date.today().addDays(null)", "System.NullPointerException", "Argument cannot be null."),
    ],
)
def test_refusals(expression: str, type_name: str, message: str) -> None:
    assert raised(expression) == (type_name, message)


def test_where_clocks_change_wall_time_moves_as_in_java() -> None:
    new_york = zone("America/New_York")
    gap = moments.lenient_moment(dt.date(2026, 3, 8), 2, 30, 0, 0, new_york)
    assert format_moment(gap, "HH:mm z", "America/New_York") == "03:30 EDT"
    twice = moments.lenient_moment(dt.date(2026, 11, 1), 1, 30, 0, 0, new_york)
    assert format_moment(twice, "HH:mm z", "America/New_York") == "01:30 EST"


days = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))


@given(days, st.integers(-500, 500))
def test_months_go_forth_and_back_within_a_month_end(day: dt.date, months: int) -> None:
    back = moments.month_later(moments.month_later(day, months), -months)
    assert (back.year, back.month) == (day.year, day.month)
    assert back.day <= day.day


@given(
    st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2036, 1, 1)),
    st.sampled_from(["GMT", "Asia/Kolkata", "Europe/Berlin"]),
)
def test_a_formatted_moment_reads_back(wall: dt.datetime, zone_id: str) -> None:
    moment = wall.replace(microsecond=0, tzinfo=dt.UTC)
    text = format_moment(moment, "yyyy-MM-dd HH:mm:ss", zone_id)
    read = moments.parse_moment(text, zone(zone_id))
    assert format_moment(read, "yyyy-MM-dd HH:mm:ss", zone_id) == text
    assert abs((read - moment).total_seconds()) in (0, 3600)
