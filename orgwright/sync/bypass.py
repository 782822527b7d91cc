"""The bypass: while a load runs, its user holds permission sets that keep triggers from publishing: the connector's own, and others asked for."""

from __future__ import annotations

from collections.abc import Iterable

from orgwright.errors import OrgwrightError, Place
from orgwright.org import OrgClient, quote
from orgwright.sync.history import History, Run


class BypassMissing(OrgwrightError):
    """The org lacks the permission set that the spec names as bypass."""


def set_bypass(org: OrgClient, run: Run, permission_sets: Iterable[str]) -> None:
    """Give the loading user the permission sets that he does not hold already; the run remembers what to take back.

    The intent is written down before the org is asked, so that a crash in between is mended by :func:`mend`.
    """
    for name in permission_sets:
        soql = f"SELECT Id FROM PermissionSet WHERE Name = {quote(name)} AND IsOwnedByProfile = false"
        found = next(org.query(soql), None)
        if found is None:
            raise BypassMissing(
                f"the org has no permission set {name}",
                where=Place(path=org.connection.alias),
                help="deploy the connector first: without it the load would publish an event for every row",
            )
        if _assignment(org, found["Id"]) is None:
            held = run.record.bypass_assignments
            run.note(bypass_assignments=(*held, f"set:{found['Id']}"))
            assignee = _user_id(org)
            id = org.create("PermissionSetAssignment", {"AssigneeId": assignee, "PermissionSetId": found["Id"]})
            run.note(bypass_assignments=(*held, id))


def remove_bypass(org: OrgClient, run: Run) -> None:
    """Take back what the run gave."""
    while held := run.record.bypass_assignments:
        id: str | None = held[-1]
        if held[-1].startswith("set:"):
            id = _assignment(org, held[-1].removeprefix("set:"))
        if id is not None:
            org.remove("PermissionSetAssignment", id)
        run.note(bypass_assignments=held[:-1])


def mend(org: OrgClient, history: History) -> tuple[str, ...]:
    """Take back what earlier runs of this org left behind because they were killed; the names of those runs."""
    left = [r.id for r in history.runs() if r.bypass_assignments and r.org_id == org.connection.org_id]
    for id in left:
        remove_bypass(org, history.open(id))
    return tuple(left)


def _assignment(org: OrgClient, permission_set_id: str) -> str | None:
    soql = (
        f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = {quote(permission_set_id)} "
        f"AND AssigneeId = {quote(_user_id(org))}"
    )
    row = next(org.query(soql), None)
    return None if row is None else str(row["Id"])


def _user_id(org: OrgClient) -> str:
    soql = f"SELECT Id FROM User WHERE Username = {quote(org.connection.username)}"
    return str(next(org.query(soql))["Id"])
