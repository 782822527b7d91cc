"""BusinessHours: the times of work that a record of hours means."""

from __future__ import annotations

import datetime as dt
from itertools import islice

from orgwright.apex.library.businesshours import Hours

NINE, FIVE = dt.time(9), dt.time(17)
WEEK = {
    f"{day}{end}Time": NINE if end == "Start" else FIVE
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    for end in ("Start", "End")
}


def test_shifts_follow_the_zone_its_summer_time_and_the_days_off() -> None:
    hours = Hours({**WEEK, "TimeZoneSidKey": "Europe/Berlin"})
    friday = dt.datetime(2026, 3, 27, 12, tzinfo=dt.UTC)
    found = [(start.isoformat()[:16], end.isoformat()[11:16]) for start, end in islice(hours.shifts(friday), 2)]
    # clocks go forward on 29 March: nine o'clock is eight in GMT, then seven
    assert found == [("2026-03-27T08:00", "16:00"), ("2026-03-30T07:00", "15:00")]


def test_from_midnight_to_midnight_is_the_whole_day() -> None:
    hours = Hours({"SaturdayStartTime": dt.time(), "SaturdayEndTime": dt.time()})
    start, end = next(hours.shifts(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    assert (start.day, end - start) == (3, dt.timedelta(days=1))


def test_hours_in_which_nobody_works_have_no_shifts_and_all_others_go_on() -> None:
    assert next(Hours({"SundayStartTime": NINE}).shifts(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)), None) is None
    later = islice(Hours(WEEK).shifts(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)), 20 * 260, None)
    assert next(later)[0].year == 2045
