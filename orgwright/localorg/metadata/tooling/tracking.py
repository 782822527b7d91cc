"""``SourceMember``: what changed in an org that tracks its source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.tooling.table import Asked, Table, column, reference, table
from orgwright.localorg.metadata.tracking import KINDS

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

_READ = """SELECT name, type, component_id, revision, obsolete, is_new, changed_by, changed
    FROM _source_member ORDER BY revision"""


def tables() -> list[Table]:
    """The one table."""
    return [
        table(
            "SourceMember",
            _rows,
            column("MemberName"),
            column("MemberType"),
            column("MemberIdOrName"),
            column("RevisionCounter", "int"),
            column("RevisionNum", "int"),
            column("IsNameObsolete", "boolean"),
            column("IsNewMember", "boolean"),
            column("ChangedBy"),
            column("LastModifiedDate", "datetime"),
            column("SystemModstamp", "datetime"),
            reference("LastModifiedById", "User", "LastModifiedBy"),
            prefix="0MZ",
            kinds=KINDS,
        )
    ]


def _rows(tx: Transaction, fields: Asked) -> Iterable[dict[str, Any]]:
    for name, type, component_id, revision, obsolete, is_new, changed_by, changed in tx.sql(_READ):
        moment = f"{changed.removesuffix('Z')}+0000"
        yield {
            "Id": f"0MZ{revision:012d}AAA",
            "MemberName": name,
            "MemberType": type,
            "MemberIdOrName": component_id[:15],
            "RevisionCounter": revision,
            "RevisionNum": revision,
            "IsNameObsolete": bool(obsolete),
            "IsNewMember": bool(is_new),
            "ChangedBy": changed_by,
            "LastModifiedDate": moment,
            "SystemModstamp": moment,
            "LastModifiedById": changed_by,
        }
