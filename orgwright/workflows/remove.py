"""Take one connector out of an org and leave the others whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from orgwright.deliver import Deletions, Deployment
from orgwright.errors import Place
from orgwright.org import OrgClient, quote
from orgwright.plan.drift import NoRecord
from orgwright.plan.removal import Named, Removal, removal
from orgwright.plan.snapshot import Snapshot, read
from orgwright.workflows.steps import deploy_stages


@dataclass(frozen=True)
class Removed:
    """What was done; ``unassigned`` counts the permission sets that were taken from users before they were deleted."""

    removal: Removal
    deployments: tuple[Deployment, ...]
    unassigned: int


def remove(org: OrgClient, connector: str, *, with_data: bool = False) -> Removed:
    """Delete what the applies of a connector created, as the org's record has it.

    Fields and objects that hold data stay unless ``with_data``; what other connectors use, what was there before, and
    settings always stay. Code and access go in one deploy, data in a second one.

    Raises:
        NoRecord: no apply of the connector left its record.
        DeployFailed: the org refused; nothing of that deploy was done, and permission sets are assigned again.
    """
    snapshot = read(org, [connector])
    if connector not in snapshot.records:
        raise NoRecord(
            f"the org has no record of an apply of {connector}",
            where=Place(path=org.connection.alias),
            help="only what an apply recorded is ever deleted",
        )
    own = snapshot.records[connector]
    work = removal(snapshot.records, connector, with_data=with_data)
    first, then, data = (_present(named, snapshot) for named in (work.first, work.then, work.data))
    resource = () if work.left else (("StaticResource", own.resource),)
    records = [record.component() for record in (*work.others, *((work.left,) if work.left else ()))]
    with _unassigned(org, [name for type, name in first if type == "PermissionSet"]) as count:
        done = [deploy_stages(org, [records], deletions=Deletions(first, (*then, *resource)))]
    if with_data and work.left:
        computed = {
            key[1] for key, one in own.components.items() if one.facts.get("formula") or "summaryOperation" in one.facts
        }
        early = tuple(one for one in data if one[1].lower() in computed)
        late = (*(one for one in data if one not in early), ("StaticResource", own.resource))
        done.append(deploy_stages(org, [], deletions=Deletions(early, late)))
    return Removed(work, tuple(done), count)


def _present(named: Sequence[Named], snapshot: Snapshot) -> tuple[Named, ...]:
    """What of it the org still has."""
    return tuple(one for one in named if snapshot.has((one[0], one[1].lower())))


@contextmanager
def _unassigned(org: OrgClient, sets: Sequence[str]) -> Iterator[int]:
    """Permission sets that users hold cannot be deleted: take them away, and give them back when the deploy fails."""
    rows = []
    if sets:
        wanted = ", ".join(quote(name) for name in sets)
        soql = (
            "SELECT Id, AssigneeId, PermissionSetId FROM PermissionSetAssignment "
            f"WHERE PermissionSet.Name IN ({wanted}) AND PermissionSet.NamespacePrefix = null"
        )
        rows = list(org.query(soql))
    for row in rows:
        org.remove("PermissionSetAssignment", row["Id"])
    try:
        yield len(rows)
    except BaseException:
        again = [{key: row[key] for key in ("AssigneeId", "PermissionSetId")} for row in rows]
        org.create_all([{"attributes": {"type": "PermissionSetAssignment"}, **row} for row in again], all_or_none=False)
        raise
