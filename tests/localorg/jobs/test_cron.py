"""When cron expressions fire."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from orgwright.localorg.jobs.cron import next_time

SUNDAY = dt.datetime(2026, 11, 22, 9, 30, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("0 0 13 * * ?", "2026-11-22 13:00:00"),
        ("0 30 9 * * ?", "2026-11-23 09:30:00"),
        ("31 30 9 * * ?", "2026-11-22 09:30:31"),
        ("0 0 22 ? * 6L", "2026-11-27 22:00:00"),
        ("0 0 10 ? * MON-FRI", "2026-11-23 10:00:00"),
        ("0 0 20 * * ? 2027", "2027-01-01 20:00:00"),
        ("0 0 8 L * ?", "2026-11-30 08:00:00"),
        ("0 0 8 LW 1 ?", "2027-01-29 08:00:00"),
        ("0 0 8 1W * ?", "2026-12-01 08:00:00"),
        ("0 0 8 1W 8 ?", "2027-08-02 08:00:00"),
        ("0 0 8 ? * 2#1", "2026-12-07 08:00:00"),
        ("0 0 8 ? * L", "2026-11-28 08:00:00"),
        ("0 0 0/6 * * ?", "2026-11-22 12:00:00"),
        ("0 0 8,20 * JAN,NOV ?", "2026-11-22 20:00:00"),
        ("0 0 0 29 2 ?", "2028-02-29 00:00:00"),
        ("0 0 0 ? * FRI-MON", "2026-11-23 00:00:00"),
    ],
)
def test_the_next_time(expression: str, first: str) -> None:
    found = next_time(expression, SUNDAY)
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M:%S}" == first


def test_what_never_fires() -> None:
    assert next_time("0 0 0 1 1 ? 2020", SUNDAY) is None
    assert next_time("0 0 0 31 2 ?", SUNDAY) is None


def test_times_are_local() -> None:
    zone = ZoneInfo("Europe/Berlin")
    found = next_time("0 0 13 * * ?", SUNDAY.astimezone(zone))
    assert found is not None and found.astimezone(dt.UTC).hour == 12
    # 02:30 does not exist on the day on which the clocks go forward
    before = dt.datetime(2026, 3, 28, 12, tzinfo=zone)
    skipped = next_time("0 30 2 * * ?", before)
    assert skipped is not None and (skipped.month, skipped.day) == (3, 30)
