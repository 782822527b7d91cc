"""Accounts, contacts and their relations; campaign members; cases; users."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orgwright.localorg.dml.behaviours.registry import after, before, before_delete
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.store.tables import quote

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_RELATION = "AccountContactRelation"
_IN = "IN (SELECT value FROM json_each(?))"


@after("Contact")
def direct_relation(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A contact's account is its direct relation; the row follows when the account changes."""
    sobject = tx.schema.sobject(_RELATION)
    changed = [row for row in rows if row.sets("AccountId") and (row.get("AccountId") or not creating)]
    if sobject is None or not changed:
        return
    tx.ensure(sobject)
    if not creating:
        listed = json.dumps([row.id for row in changed])
        sql = f'DELETE FROM {quote(_RELATION)} WHERE "ContactId" {_IN} AND "IsDirect" = 1'
        tx.connection.execute(sql, (listed,))
    placed = [row for row in changed if row.get("AccountId")]
    pairs = {(row.get("AccountId"), row.id) for row in placed}
    known = _pairs(tx, placed)
    for account, contact in pairs & known.keys():
        sql = f'UPDATE {quote(_RELATION)} SET "IsDirect" = 1, "IsActive" = 1 WHERE "Id" = ?'
        tx.connection.execute(sql, (known[account, contact],))
    new = [pair for row in placed if (pair := (row.get("AccountId"), row.id)) not in known]
    now, user = tx.now_text, tx.user_id
    made = zip(tx.new_ids(sobject.key_prefix or "07k", len(new)), new, strict=True)
    tx.connection.executemany(
        f'INSERT INTO {quote(_RELATION)} ("Id", "AccountId", "ContactId", "IsActive", "IsDirect", "IsDeleted",'
        ' "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")'
        " VALUES (?, ?, ?, 1, 1, 0, ?, ?, ?, ?, ?)",
        [(id, account, contact, now, user, now, user, now) for id, (account, contact) in made],
    )


def _pairs(tx: Transaction, rows: Sequence[Row]) -> dict[tuple[Any, Any], str]:
    """The relations of those contacts that exist."""
    sql = f'SELECT "AccountId", "ContactId", "Id" FROM {quote(_RELATION)} WHERE "ContactId" {_IN} AND "IsDeleted" = 0'
    found = tx.connection.execute(sql, (json.dumps([row.id for row in rows]),))
    return {(account, contact): id for account, contact, id in found}


@before(_RELATION)
def relation_rules(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """One relation for each account and contact; the ends of a direct one stand."""
    tx.ensure(plan.sobject)
    sql = f'SELECT "AccountId", "ContactId" FROM {quote(_RELATION)} WHERE "ContactId" {_IN} AND "IsDeleted" = 0'
    listed = json.dumps([row.get("ContactId") for row in rows if row.get("ContactId")])
    taken = set(tx.connection.execute(sql, (listed,))) if creating else set()
    for row in rows:
        if creating:
            row.values.setdefault("IsActive", 1)
            row.values["IsDirect"] = 0
            pair = (row.get("AccountId"), row.get("ContactId"))
            if pair in taken:
                text = "There's already a relationship between this contact and account."
                row.fail("DUPLICATE_VALUE", text)
            taken.add(pair)
        elif row.old and row.old.get("IsDirect") and (row.sets("AccountId") or row.sets("ContactId")):
            row.fail("INVALID_OPERATION", "You can't change the account or contact of a direct relationship.")


@before_delete(_RELATION)
def direct_stays(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """A direct relation goes with its contact only."""
    for row in rows:
        if row.old and row.old.get("IsDirect"):
            row.fail(
                "INVALID_OPERATION",
                "A direct relationship can't be deleted. You can modify the relationship by changing the contact's "
                "parent account or deleting the contact.",
            )


@before("Lead")
def conversion(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A lead that is being converted tells what it became."""
    for row in rows:
        if row.id in tx.converting:
            row.values.update(tx.converting[row.id])


@before("CampaignMember")
def campaign_member(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A lead or contact is a member once; an unknown status becomes the default."""
    tx.ensure(plan.sobject)
    sql = (
        f'SELECT "CampaignId", "LeadId", "ContactId" FROM "CampaignMember" WHERE "CampaignId" {_IN} AND "IsDeleted" = 0'
    )
    listed = json.dumps([row.get("CampaignId") for row in rows if row.get("CampaignId")])
    taken = {(c, lead or contact) for c, lead, contact in tx.connection.execute(sql, (listed,))} if creating else set()
    for row in rows:
        status = row.get("Status")
        if status not in ("Sent", "Responded"):
            row.values["Status"] = "Sent"
        row.values["HasResponded"] = int(row.get("Status") == "Responded")
        if not creating:
            continue
        person = row.get("LeadId") or row.get("ContactId")
        if person is None:
            row.fail(
                "REQUIRED_FIELD_MISSING", "Required fields are missing: [LeadId, ContactId]", "LeadId", "ContactId"
            )
        elif (row.get("CampaignId"), person) in taken:
            row.fail("DUPLICATE_VALUE", "Already a campaign member.")
        taken.add((row.get("CampaignId"), person))


@before("Case")
def case_values(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Closed follows the status; a contact brings its account."""
    contacts = [row.get("ContactId") for row in rows if row.values.get("ContactId") and not row.get("AccountId")]
    accounts = tx.column("Contact", "AccountId", contacts) if contacts else {}
    for row in rows:
        if creating:
            row.values.setdefault("Status", "New")
            row.values.setdefault("Priority", "Medium")
        if row.sets("Status"):
            closed = str(row.get("Status")).lower().startswith("closed")
            row.values["IsClosed"] = int(closed)
            row.values["ClosedDate"] = tx.now_text if closed else None
        if row.values.get("ContactId") and not row.get("AccountId"):
            row.values["AccountId"] = accounts.get(row.get("ContactId"))


@before("Asset")
def asset_rules(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """An asset belongs to somebody."""
    for row in rows:
        if not row.get("AccountId") and not row.get("ContactId"):
            row.fail("FIELD_INTEGRITY_EXCEPTION", "Every asset needs an account, a contact, or both.")


@before("User")
def user_rules(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Usernames look like e-mail addresses and are taken once; some fields fill themselves."""
    names = {str(row.get("Username")) for row in rows if row.sets("Username") and row.get("Username")}
    taken = tx.find_by_key("User", "Username", names) if names else {}
    for row in rows:
        username = row.get("Username")
        if row.sets("Username") and username:
            if "@" not in str(username):
                row.fail("INVALID_EMAIL_ADDRESS", f"Username: invalid email address: {username}", "Username")
            elif [id for id in taken.get(str(username).casefold(), []) if id != row.id]:
                text = "Duplicate Username.<br>Another user has already selected this username."
                row.fail("DUPLICATE_USERNAME", text, "Username")
        if creating:
            row.values.setdefault("IsActive", 1)
            row.values.setdefault("UserType", "Standard")
            row.values.setdefault("CommunityNickname", str(username or "").partition("@")[0][:40] or None)


@before("User")
def seats(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Who becomes active, or gets a profile of another licence, takes a seat of it while there are any.

    Tests may make users of any licence, whatever is left of it ("Using the runAs Method", Apex Developer Guide).
    """
    takers = [
        row
        for row in rows
        if not row.errors and row.get("IsActive") and (row.sets("IsActive") or row.sets("ProfileId"))
    ]
    if tx.testing or not takers:
        return
    licences = dict(tx.sql('SELECT "Id", "UserLicenseId" FROM "Profile"'))
    total = dict(tx.sql('SELECT "Id", "TotalLicenses" FROM "UserLicense"'))
    sql = f'SELECT "ProfileId" FROM "User" WHERE "IsActive" AND "Id" NOT {_IN}'
    others = tx.sql(sql, (json.dumps([row.id for row in takers if not creating]),))
    used = Counter(licences.get(profile) for (profile,) in others)
    for row in takers:
        licence = licences.get(row.get("ProfileId"))
        used[licence] += 1
        held = licences.get(row.old["ProfileId"]) if row.old and row.old["IsActive"] else None
        if licence in total and licence != held and used[licence] > total[licence]:
            row.fail("LICENSE_LIMIT_EXCEEDED", "License Limit Exceeded")
            used[licence] -= 1


@after("User")
def user_sets(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """A user has the permission set of the profile, and takes a seat of its licence."""
    tx.forget_rights()
    count_seats(tx)


def count_seats(tx: Transaction) -> None:
    """``UsedLicenses``: the active users with a profile of each licence."""
    tx.connection.execute(
        'UPDATE "UserLicense" SET "UsedLicenses" = (SELECT count(*) FROM "User" JOIN "Profile"'
        ' ON "Profile"."Id" = "User"."ProfileId" WHERE "Profile"."UserLicenseId" = "UserLicense"."Id" AND "User"."IsActive")'
    )
