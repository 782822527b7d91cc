"""Dev Hub records: a ``ScratchOrgInfo`` is an order for a scratch org, deleting an ``ActiveScratchOrg`` deletes the org."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.dml.behaviours.registry import after, after_delete, before
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

MAX_DAYS = 30
_UNSUPPORTED = ("Namespace", "SourceOrg", "Package2AncestorIds", "Snapshot", "Release")
"""What an order may ask for at Salesforce and not here."""


@before("ScratchOrgInfo")
def ordered(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Check an order and fill in what Salesforce fills in."""
    if not creating:
        return
    for row in rows:
        _check(tx, row)
        row.values.update(
            {
                "Status": "New",
                "SignupUsername": row.get("Username") or "",
                "SignupEmail": row.get("AdminEmail") or tx.user().email,
                "SignupCountry": row.get("Country") or "US",
                "SignupLanguage": row.get("Language") or "en_US",
                "DurationDays": row.get("DurationDays") or 7,
            }
        )


def _check(tx: Transaction, row: Row) -> None:
    if tx.org.hub is None:
        row.fail("NOT_SUPPORTED_BY_EMBEDDED_ORG", "This org has no server that could sign scratch orgs up")
    for name in _UNSUPPORTED:
        if row.values.get(name):
            text = f"A scratch org with {name} is not supported by the embedded org"
            row.fail("NOT_SUPPORTED_BY_EMBEDDED_ORG", text, name)
    if row.values.get("HasSampleData"):
        text = "A scratch org with sample data is not supported by the embedded org"
        row.fail("NOT_SUPPORTED_BY_EMBEDDED_ORG", text, "HasSampleData")
    if not row.get("Edition"):
        row.fail("REQUIRED_FIELD_MISSING", "Required fields are missing: [Edition]", "Edition")
    if not 1 <= int(row.get("DurationDays") or 7) <= MAX_DAYS:
        text = f"Duration must be between 1 and {MAX_DAYS} days"
        row.fail("NUMBER_OUTSIDE_VALID_RANGE", text, "DurationDays")


@after("ScratchOrgInfo")
def signed_up(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Make the orgs once the orders are committed."""
    hub, org = tx.org.hub, tx.org
    if not creating or hub is None:
        return
    for row in rows:
        if row.id is not None:
            tx.on_commit(lambda id=row.id: hub.sign_up(org, id))  # type: ignore[misc]


@after_delete("ActiveScratchOrg")
def deleted(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """Delete the orgs once the records are gone."""
    hub, org = tx.org.hub, tx.org
    if hub is None:
        return
    for row in rows:
        scratch, info = str(row.get("ScratchOrg")), row.get("ScratchOrgInfoId")
        tx.on_commit(lambda scratch=scratch, info=info: hub.delete(org, scratch, info))  # type: ignore[misc]


@before("PackagePushRequest", "PackagePushJob")
def pushed(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Refuse push upgrades."""
    for row in rows:
        text = "Push upgrades are not supported by the embedded org: install the version in each org"
        row.values.clear()  # one reason is enough: what the record refers to is not looked up
        row.fail("NOT_SUPPORTED_BY_EMBEDDED_ORG", text)
