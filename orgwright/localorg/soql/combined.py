"""The combined lists of a record: objects without a table whose records are those of others.

Notes and attachments together, files as they hang on a record, open and past activities. They are only read, through their
child relationships (Object Reference, OpenActivity and its like).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.store.tables import quote


@dataclass(frozen=True)
class Part:
    """Records of ``source`` (alias ``s``), and what they show where that is not the field of the same name.

    ``where`` may use the parameter ``:now``; ``joined`` is a second table (alias ``j``) with the condition that joins it.
    """

    source: str
    shows: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    joined: tuple[str, str] | None = None


_FILE = {
    name: f'j."{name}"'
    for name in (
        "ContentSize", "CreatedById", "CreatedDate", "FileExtension", "FileType", "LastModifiedById", "LastModifiedDate",
        "SharingOption", "Title",
    )
}  # fmt: skip
_DOCUMENT = ("ContentDocument", 'j."Id" = s."ContentDocumentId"')
_WHO = {"PrimaryAccountId": 's."AccountId"', "PrimaryWhoId": 's."WhoId"', "ActivityType": 's."Type"'}
_OPEN = {**_WHO, "IsClosed": "0"}
_PAST = {**_WHO, "IsClosed": "1"}
_TASK, _EVENT = (
    {"IsTask": "1", "ActivitySubtype": 's."TaskSubtype"'},
    {"IsTask": "0", "ActivitySubtype": 's."EventSubtype"'},
)
_PARTS: Mapping[str, tuple[Part, ...]] = {
    "NoteAndAttachment": (
        Part("Note", {"IsNote": "1"}),
        Part("Attachment", {"IsNote": "0", "Title": 's."Name"'}),
    ),
    "AttachedContentDocument": (Part("ContentDocumentLink", _FILE, joined=_DOCUMENT),),
    "CombinedAttachment": (
        Part("Note"),
        Part("Attachment", {"Title": 's."Name"', "ContentSize": 's."BodyLength"'}),
        Part(
            "ContentDocumentLink",
            {**_FILE, "Id": 's."ContentDocumentId"', "ParentId": 's."LinkedEntityId"'},
            joined=_DOCUMENT,
        ),
    ),
    "OpenActivity": (
        Part("Task", {**_OPEN, **_TASK}, 's."IsClosed" = 0'),
        Part("Event", {**_OPEN, **_EVENT}, 's."EndDateTime" >= :now'),
    ),
    "ActivityHistory": (
        Part("Task", {**_PAST, **_TASK}, 's."IsClosed" = 1'),
        Part("Event", {**_PAST, **_EVENT}, 's."EndDateTime" < :now'),
    ),
}
UNKNOWN: Mapping[str, frozenset[str]] = {"CombinedAttachment": frozenset({"RecordType", "FileType"})}
"""Fields of which nobody told what they hold."""
NAMES = frozenset(_PARTS)


def rows(sobject: SObjectType, type_of: Callable[[str], SObjectType | None], has_table: Callable[[str], bool]) -> str:
    """The SQL of an object's records, none where nothing of its parts was ever written; empty when it is no combined list."""
    made = []
    for part in _PARTS.get(sobject.name, ()):
        source = type_of(part.source)
        there = [has_table(name.lower()) for name in (part.source, *(part.joined or ())[:1])]
        if source is not None and all(there):
            made.append(_select(sobject, source, part))
    return f"({' UNION ALL '.join(made)})" if made else ""


def _select(sobject: SObjectType, source: SObjectType, part: Part) -> str:
    columns = []
    for one in sobject.fields.values():
        if one.stored:
            own = source.field(one.name)
            shown = part.shows.get(one.name) or (f"s.{quote(one.name)}" if own is not None and own.stored else "NULL")
            columns.append(f"{shown if _there(source, shown) else 'NULL'} AS {quote(one.name)}")
    joined = f" JOIN {quote(part.joined[0])} j ON {part.joined[1]}" if part.joined else ""
    return f"SELECT {', '.join(columns)} FROM {quote(source.name)} s{joined}" + (
        f" WHERE {part.where}" if part.where else ""
    )


def _there(source: SObjectType, shown: str) -> bool:
    """Whether the source has the field: a feature that is off takes it away."""
    return not shown.startswith('s."') or source.field(shown[3:-1]) is not None
