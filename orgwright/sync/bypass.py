"""The bypass: while a load runs, its user holds a permission set that keeps the connector's triggers from publishing."""

from __future__ import annotations

from orgwright.errors import OrgwrightError, Place
from orgwright.org import OrgClient, quote
from orgwright.sync.history import History, Run


class BypassMissing(OrgwrightError):
    """The org lacks the permission set that the spec names as bypass."""


def set_bypass(org: OrgClient, run: Run, permission_set: str) -> None:
    """Give the loading user the permission set, unless he holds it already; the run remembers what to take back.

    The intent is written down before the org is asked, so that a crash in between is mended by :func:`mend`.
    """
    soql = f"SELECT Id FROM PermissionSet WHERE Name = {quote(permission_set)} AND IsOwnedByProfile = false"
    found = next(org.query(soql), None)
    if found is None:
        raise BypassMissing(
            f"the org has no permission set {permission_set}",
            where=Place(path=org.connection.alias),
            help="deploy the connector first: without it the load would publish an event for every row",
        )
    if _assignment(org, found["Id"]) is None:
        run.note(bypass_assignment=f"set:{found['Id']}")
        assignee = _user_id(org)
        id = org.create("PermissionSetAssignment", {"AssigneeId": assignee, "PermissionSetId": found["Id"]})
        run.note(bypass_assignment=id)


def remove_bypass(org: OrgClient, run: Run) -> None:
    """Take back what the run gave."""
    held = run.record.bypass_assignment
    if held is None:
        return
    id: str | None = held
    if held.startswith("set:"):
        id = _assignment(org, held.removeprefix("set:"))
    if id is not None:
        org.remove("PermissionSetAssignment", id)
    run.note(bypass_assignment=None)


def mend(org: OrgClient, history: History) -> tuple[str, ...]:
    """Take back what earlier runs of this org left behind because they were killed; the names of those runs."""
    left = [r.id for r in history.runs() if r.bypass_assignment and r.org_id == org.connection.org_id]
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
