"""Who e-mails came from and went to (Object Reference, EmailMessage and EmailMessageRelation)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.apex.host import Record
from orgwright.localorg.dml.behaviours.registry import after, before
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_RECIPIENTS = ("ToAddress", "CcAddress", "BccAddress")
_BETWEEN = re.compile(r"[;,\s]+")


@before("EmailMessageRelation")
def related_to(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """The kind of who an e-mail came from or went to follows the Id, and so does the address that is not given."""
    given = [row for row in rows if row.sets("RelationId")]
    addresses = _addresses(tx, {str(row.get("RelationId")) for row in given if row.get("RelationId")})
    for row in given:
        id = str(row.get("RelationId") or "")
        target = tx.schema.sobject_of_id(id)
        row.values["RelationObjectType"] = target.name if target is not None else None
        if row.get("RelationAddress") is None:
            row.values["RelationAddress"] = addresses.get(id)


def _addresses(tx: Transaction, ids: set[str]) -> dict[str, str | None]:
    """The e-mail addresses of contacts, leads and users."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for id in sorted(ids):
        target = tx.schema.sobject_of_id(id)
        if target is not None and target.field("Email") is not None and tx.has_table(target.name):
            wanted[target.name].append(id)
    found: dict[str, str | None] = {}
    for name, some in wanted.items():
        target = tx.schema.sobject(name)
        assert target is not None
        fetched = tx.fetch(tx.type_plan(target), some, {"Email"})
        found.update({id: old.get("Email") for id, old in fetched.items()})
    return found


@after("EmailMessage")
def recipients(tx: Transaction, plan: TypePlan, rows: Sequence[Row], creating: bool) -> None:
    """Each address that is nobody's in the org has a relation without an Id; the junction id lists make the others."""
    for row in rows:
        for kind in _RECIPIENTS:
            if row.sets(kind):
                if not creating:
                    _forget(tx, row, kind)
                _relate(tx, row, kind)


def _forget(tx: Transaction, row: Row, kind: str) -> None:
    soql = "SELECT Id FROM EmailMessageRelation WHERE EmailMessageId = :message AND RelationType = :kind AND RelationId = null"
    found = tx.query(soql, binds={"message": row.id, "kind": kind}, access="system").records
    _save(
        tx, row, SaveRequest("delete", [Record(one.type, {"Id": one.fields["Id"]}) for one in found], access="system")
    )


def _relate(tx: Transaction, row: Row, kind: str) -> None:
    addresses = dict.fromkeys(filter(None, _BETWEEN.split(str(row.get(kind) or ""))))
    common = {"EmailMessageId": row.id, "RelationType": kind}
    records = [Record("EmailMessageRelation", {**common, "RelationAddress": address}) for address in addresses]
    _save(tx, row, SaveRequest("insert", records, access="system", raw="typed"))


def _save(tx: Transaction, row: Row, request: SaveRequest) -> None:
    if request.records:
        for outcome in tx.save(request):
            row.errors.extend(outcome.errors)
