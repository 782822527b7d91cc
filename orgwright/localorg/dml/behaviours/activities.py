"""Tasks and events."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.dml.behaviours.registry import before
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.store import forms

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_LEAD = "00Q"


@before("Task", "Event")
def who_and_what(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Account follows what the activity is about, or who; a lead stands alone."""
    accounts = _accounts(tx, rows)
    for row in rows:
        who, what = row.get("WhoId"), row.get("WhatId")
        if who and what and str(who).startswith(_LEAD):
            text = "Related To ID: If Who ID refers to a lead, then Related To ID cannot be specified."
            row.fail("FIELD_INTEGRITY_EXCEPTION", text, "WhatId")
        if row.sets("WhatId") or row.sets("WhoId"):
            row.values["AccountId"] = accounts.get(str(what)) or accounts.get(str(who))


def _accounts(tx: Transaction, rows: Sequence[Row]) -> dict[str, str]:
    """The account of each record that the activities point at, where it is one or has one."""
    found: dict[str, str] = {}
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for id in (row.get("WhatId"), row.get("WhoId")):
            target = tx.schema.sobject_of_id(str(id)) if id else None
            if target is None:
                continue
            if target.name == "Account":
                found[str(id)] = str(id)
            elif target.field("AccountId") is not None:
                wanted[target.name].add(str(id))
    for name, ids in wanted.items():
        target = tx.schema.sobject(name)
        if target is not None and tx.has_table(name.lower()):
            fetched = tx.fetch(tx.type_plan(target), sorted(ids), {"AccountId"})
            found.update({id: old["AccountId"] for id, old in fetched.items() if old.get("AccountId")})
    return found


@before("Task")
def task_status(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Closed follows the status."""
    for row in rows:
        if creating:
            if row.get("Status") is None:
                row.values["Status"] = "Not Started"
            if row.get("Priority") is None:
                row.values["Priority"] = "Normal"
        if creating or row.sets("Status"):
            row.values["IsClosed"] = int(row.get("Status") == "Completed")
        if creating or row.sets("Priority"):
            row.values["IsHighPriority"] = int(row.get("Priority") == "High")


@before("Event")
def event_times(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """An event has a start and an end, or a day."""
    for row in rows:
        if row.get("IsAllDayEvent"):
            if not row.get("ActivityDate") and not row.get("StartDateTime") and not row.get("ActivityDateTime"):
                row.fail("REQUIRED_FIELD_MISSING", "Required fields are missing: [ActivityDate]", "ActivityDate")
            continue
        start = row.get("StartDateTime") or row.get("ActivityDateTime")
        end, minutes = row.get("EndDateTime"), row.get("DurationInMinutes")
        if not start or (not end and minutes is None):
            missing = "ActivityDateTime" if not start else "DurationInMinutes"
            row.fail("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{missing}]", missing)
            continue
        begin = forms.parse_datetime(start)
        if end and (creating or row.sets("EndDateTime") or row.sets("StartDateTime")):
            minutes = int((forms.parse_datetime(end) - begin).total_seconds() // 60)
        elif minutes is not None:
            end = forms.datetime_text(begin + dt.timedelta(minutes=int(minutes)))
        row.values.update(
            StartDateTime=start,
            ActivityDateTime=start,
            EndDateTime=end,
            DurationInMinutes=minutes,
            ActivityDate=start[:10],
        )
