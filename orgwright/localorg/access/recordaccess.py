"""``UserRecordAccess``: what a user may do with records, worked out for each query (SOQL and SOSL Reference)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.soql import problem
from orgwright.localorg.soql.context import VirtualTable
from orgwright.localorg.soql.filters import equal_to
from orgwright.localorg.soql.tree import Query
from orgwright.localorg.store import ids

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

NAME = "UserRecordAccess"
_MOST = 200


def tables(tx: Transaction, soql: str, query: Query, binds: Mapping[str, Any]) -> dict[str, VirtualTable]:
    """The rows that a query of UserRecordAccess asks for; none for any other query."""
    sobject = tx.schema.sobject(NAME)
    if sobject is None or query.sources[0].path.parts[0].lower() != NAME.lower():
        return {}
    users = equal_to(query, "userid", binds)
    records = equal_to(query, "recordid", binds)
    if len(users) != 1 or not records:
        raise problem.malformed("UserRecordAccess needs a filter on one UserId and on RecordId", query.at)
    if len(records) > _MOST:
        raise QueryProblem(f"maximum {_MOST} record ids", "MALFORMED_QUERY", query.at)
    user = ids.to18(users[0]) or users[0]
    return {NAME.lower(): VirtualTable(sobject, list(_rows(tx, user, [ids.to18(one) or one for one in records])))}


def _rows(tx: Transaction, user: str, records: list[str]) -> Iterator[dict[str, Any]]:
    by_type: dict[str, list[str]] = defaultdict(list)
    for id in dict.fromkeys(records):
        sobject = tx.schema.sobject_of_id(id)
        if sobject is not None:
            by_type[sobject.name].append(id)
    with tx.run_as(user):
        rights = tx.rights
        for name, wanted in by_type.items():
            sobject = tx.schema.sobject(name)
            if sobject is None:
                continue
            alive, _ = tx.existing(wanted)
            read = tx.reachable(sobject, alive, "read") if rights.can("read", sobject) else set()
            edit = tx.reachable(sobject, alive, "edit") if rights.can("edit", sobject) else set()
            full = tx.reachable(sobject, alive, "full")
            delete = full if rights.can("delete", sobject) else set()
            sharing = tx.sharing
            transfer = edit if sharing is None or sharing.transferable(sobject) else edit & full
            for id in wanted:
                if id not in alive:
                    continue
                every = id in read and id in edit and id in delete and id in transfer
                most = next(
                    (
                        word
                        for word, has in (
                            ("All", every),
                            ("Transfer", id in transfer),
                            ("Delete", id in delete),
                            ("Edit", id in edit),
                            ("Read", id in read),
                        )
                        if has
                    ),
                    "None",
                )
                yield {
                    "Id": id, "UserId": user, "RecordId": id, "HasReadAccess": int(id in read),
                    "HasEditAccess": int(id in edit), "HasDeleteAccess": int(id in delete),
                    "HasTransferAccess": int(id in transfer), "HasAllAccess": int(every), "MaxAccessLevel": most,
                }  # fmt: skip
