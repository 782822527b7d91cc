"""Who sees a file: its owner, whom it is shared with, and who sees a record that it hangs on.

Follows the Object Reference (ContentDocument, ContentVersion, ContentDocumentLink): a link's ``ShareType`` is V (viewer), C
(collaborator) or I (as the record allows). The role hierarchy does not matter to files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.soql.context import Level, SharingSql
from orgwright.localorg.store.tables import quote

if TYPE_CHECKING:
    from orgwright.localorg.access.sharing import RecordSharing

FILES = {"ContentDocument": "Id", "ContentVersion": "ContentDocumentId", "ContentDocumentLink": "ContentDocumentId"}
"""The objects of a file, with the field that names its document."""
_PEOPLE = ("User", "Group", "Organization")


def condition(sharing: RecordSharing, sobject: SObjectType, alias: str, level: Level, sql: SharingSql) -> str:
    """The SQL condition that the user may do this with the file of the record ``alias``."""
    own = f"""SELECT "Id" FROM "ContentDocument" WHERE "OwnerId" = '{sharing.rights.user_id}'"""
    parts = [own] if sql.has_table("contentdocument") else ["SELECT NULL"]
    if level != "full" and sql.has_table("contentdocumentlink"):
        link = sql.take_alias()
        linked = " OR ".join(_links(sharing, link, level, sql))
        parts.append(
            f'SELECT {link}."ContentDocumentId" FROM "ContentDocumentLink" AS {link}'
            f' WHERE {link}."IsDeleted" = 0 AND ({linked})'
        )
    return f"{alias}.{quote(FILES[sobject.name])} IN ({' UNION ALL '.join(parts)})"


def _links(sharing: RecordSharing, link: str, level: Level, sql: SharingSql) -> Iterator[str]:
    """The conditions on a link: to the user and his groups, to everybody, to a record."""
    key, kind = f'{link}."LinkedEntityId"', f'{link}."ShareType"'
    writes = f" AND {kind} IN ('C', 'I')" if level == "edit" else ""
    subordinates = sharing.circle.owners - {sharing.rights.user_id}
    tokens = ", ".join(f"'{token}'" for token in sorted(sharing.circle.reached - subordinates) if " " not in token)
    yield f"{key} IN ({tokens}){writes}"
    yield f"substr({key}, 1, 3) = '00D'{writes}"
    if level == "read":
        yield _on_record(sharing, key, "read", sql)
    else:
        yield f"({kind} = 'C' AND {_on_record(sharing, key, 'read', sql)})"
        yield f"({kind} = 'I' AND {_on_record(sharing, key, 'edit', sql)})"


def _on_record(sharing: RecordSharing, key: str, level: Level, sql: SharingSql) -> str:
    """Whether a link's key names a record that the user may read or edit."""
    document = sharing.schema.sobject("ContentDocumentLink")
    reference = document.field("LinkedEntityId") if document is not None else None
    cases = []
    for name in sharing.schema.targets_of(reference) if reference is not None else ():
        if name in _PEOPLE or not sql.has_table(name.lower()):
            continue
        target = sharing.schema.sobject(name)
        if target is None:
            continue
        if level == "edit" and not sharing.rights.can("edit", target):
            continue
        those = sharing.those(target, level, sql)
        cases.append(f"WHEN '{target.key_prefix}' THEN {f'{key} IN {those}' if those is not None else 1}")
    return f"CASE substr({key}, 1, 3) {' '.join(cases)} ELSE 0 END" if cases else "0"
