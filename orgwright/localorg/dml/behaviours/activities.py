"""Tasks, events and e-mails."""

from __future__ import annotations

import datetime as dt
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
    """Account follows what the activity is about; a lead stands alone."""
    for row in rows:
        who, what = row.get("WhoId"), row.get("WhatId")
        if who and what and str(who).startswith(_LEAD):
            text = "Related To ID: If Who ID refers to a lead, then Related To ID cannot be specified."
            row.fail("FIELD_INTEGRITY_EXCEPTION", text, "WhatId")
        if row.sets("WhatId") and what and str(what).startswith("001"):
            row.values["AccountId"] = what


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


@before("EmailMessageRelation")
def related_to(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """The kind of who an e-mail came from or went to follows the Id."""
    for row in rows:
        if row.sets("RelationId"):
            target = tx.schema.sobject_of_id(str(row.get("RelationId") or ""))
            row.values["RelationObjectType"] = target.name if target is not None else None


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
