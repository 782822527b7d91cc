"""When the users of a profile may log in (Metadata API: Profile, ``loginHours``; Salesforce Help, Login Hours)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from orgwright.localorg.formula.moments import zone
from orgwright.localorg.metadata.components import Components

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PROFILE = 'SELECT p."Id" FROM "Profile" p JOIN "User" u ON u."ProfileId" = p."Id" WHERE u."Id" = ?'


def may_log_in(tx: Transaction, user_id: str) -> bool:
    """Whether the user's profile lets him in now: days without hours are open, those with equal ones closed.

    Hours are minutes since midnight in the org's time zone.
    """
    rows = tx.connection.execute(_PROFILE, (user_id,)).fetchall()
    stored = Components(tx).by_id(rows[0][0]) if rows else None
    hours = stored.node.find("loginHours") if stored is not None else None
    if hours is None:
        return True
    (place,) = tx.connection.execute('SELECT "TimeZoneSidKey" FROM "Organization"').fetchone()
    now: dt.datetime = tx.now().astimezone(zone(place or "GMT"))
    day = _DAYS[now.weekday()]
    start, end = (hours.value(f"{day}{edge}") for edge in ("Start", "End"))
    if not (start.isdigit() and end.isdigit()):
        return True
    return int(start) <= now.hour * 60 + now.minute < int(end)
