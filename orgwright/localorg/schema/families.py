"""Types that come with another one: sharing rows, field history, change events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from orgwright.localorg.schema import custom, standard
from orgwright.localorg.schema.model import ChildRelationship, Field, SObjectType

_SUFFIXES = ("__share", "__history", "__feed", "__changeevent", "changeevent")


def is_one(lower: str) -> bool:
    """Whether the lower-case name is that of such a type."""
    return lower.endswith(_SUFFIXES)


def of_custom(name: str, attributes: Mapping[str, Any]) -> Iterator[str]:
    """Names of the types that come with a custom object."""
    if attributes.get("kind", "object") != "object" or not name.endswith("__c"):
        return
    base = name.removesuffix("__c")
    yield f"{base}__ChangeEvent"
    if attributes.get("sharing_model") in ("Private", "Read"):
        yield f"{base}__Share"
    if attributes.get("enable_history"):
        yield f"{base}__History"
    if attributes.get("feed_enabled"):
        yield f"{base}__Feed"


def children_of(name: str, attributes: Mapping[str, Any]) -> tuple[ChildRelationship, ...]:
    """The child relationships to those types."""
    found = []
    for family in of_custom(name, attributes):
        if family.endswith("__Share"):
            found.append(ChildRelationship(family, "ParentId", "Shares", True))
        elif family.endswith("__History"):
            found.append(ChildRelationship(family, "ParentId", "Histories", True))
        elif family.endswith("__Feed"):
            found.append(ChildRelationship(family, "ParentId", "Feeds", True))
    return tuple(found)


_ON_EVERY_RECORD = (
    ChildRelationship("AttachedContentDocument", "LinkedEntityId", "AttachedContentDocuments", True),
    ChildRelationship("Attachment", "ParentId", "Attachments", True),
    ChildRelationship("CombinedAttachment", "ParentId", "CombinedAttachments", True),
    ChildRelationship("ContentDocumentLink", "LinkedEntityId", "ContentDocumentLinks", True),
    ChildRelationship("Note", "ParentId", "Notes", True),
    ChildRelationship("NoteAndAttachment", "ParentId", "NotesAndAttachments", True),
    ChildRelationship("ProcessInstance", "TargetObjectId", "ProcessInstances", True),
)
_ACTIVITIES = (
    ChildRelationship("ActivityHistory", "WhatId", "ActivityHistories", True),
    ChildRelationship("Event", "WhatId", "Events", True),
    ChildRelationship("OpenActivity", "WhatId", "OpenActivities", True),
    ChildRelationship("Task", "WhatId", "Tasks", True),
)


def hanging_on(name: str, attributes: Mapping[str, Any]) -> tuple[ChildRelationship, ...]:
    """The child relationships to standard objects whose records can hang on those of a custom object."""
    if attributes.get("kind", "object") != "object" or not name.endswith("__c"):
        return ()
    return (*_ON_EVERY_RECORD, *(_ACTIVITIES if attributes.get("enable_activities") else ()))


def make(lower: str, sobject: Callable[[str], SObjectType | None]) -> SObjectType | None:
    """The type of that lower-case name, or ``None``; ``sobject`` finds the type that it comes with."""
    for suffix, build in (("__changeevent", _change), ("__share", _share), ("__history", _history), ("__feed", _feed)):
        if lower.endswith(suffix):
            parent = sobject(lower.removesuffix(suffix) + "__c")
            made = build(parent) if parent else None
            return made if made and made.name in of_custom(made_parent(parent), vars_of(parent)) else None
    if lower.endswith("changeevent"):
        base = lower.removesuffix("changeevent")
        entry = standard.entries().get(base)
        parent = sobject(base) if entry and "ChangeEvent" in entry.families else None
        return _change(parent) if parent else None
    return None


def made_parent(parent: SObjectType | None) -> str:
    """Its name, or nothing."""
    return parent.name if parent else ""


def vars_of(parent: SObjectType | None) -> dict[str, Any]:
    """The attributes of ``parent`` that decide which types come with it."""
    if parent is None:
        return {}
    return {
        "kind": parent.kind,
        "sharing_model": parent.sharing_model,
        "enable_history": parent.enable_history,
        "feed_enabled": parent.feed_enabled,
    }


def _base(parent: SObjectType, suffix: str) -> str:
    return f"{parent.name.removesuffix('__c')}__{suffix}" if parent.custom else parent.name + suffix


def _mapping(*fields: Field) -> Mapping[str, Field]:
    return MappingProxyType({f.name.lower(): f for f in fields})


def _change(parent: SObjectType) -> SObjectType:
    """A change event: the fields of the object, its header, its place in the stream."""
    kept = [
        replace(f, createable=False, updateable=False, nillable=True, filterable=False, sortable=False, groupable=False)
        for f in parent.fields.values()
        if f.name not in ("Id", "IsDeleted", "SystemModstamp") and (f.stored or f.type == "address")
    ]
    head = (
        Field(name="Id", label="Change Event ID", type="id", length=18, nillable=False, createable=False, updateable=False),
        Field(name="ReplayId", label="Replay ID", type="string", length=1000, createable=False, updateable=False),
        Field(name="ChangeEventHeader", label="Change Event Header", type="complexvalue", createable=False, updateable=False),
    )  # fmt: skip
    return SObjectType(
        name=_base(parent, "ChangeEvent"),
        label=f"{parent.label} Change Event",
        label_plural=f"{parent.label} Change Event",
        kind="change",
        createable=False,
        updateable=False,
        deletable=False,
        undeletable=False,
        queryable=False,
        searchable=False,
        retrieveable=True,
        replicateable=False,
        layoutable=False,
        fields=_mapping(*head, *kept),
    )


def _part(parent: SObjectType, suffix: str, label: str, fields: tuple[Field, ...], writable: bool) -> SObjectType:
    return SObjectType(
        name=_base(parent, suffix),
        label=f"{label}: {parent.label}",
        label_plural=f"{label}: {parent.label}",
        kind=suffix.lower(),
        createable=writable,
        updateable=writable,
        deletable=writable,
        undeletable=False,
        searchable=False,
        layoutable=False,
        triggerable=False,
        fields=_mapping(*fields),
    )


def _to_parent(parent: SObjectType) -> Field:
    return Field(
        name="ParentId", label="Parent ID", type="reference", length=18, nillable=False, updateable=False,
        reference_to=(parent.name,), relationship_name="Parent", delete_constraint="Cascade",
    )  # fmt: skip


def _share(parent: SObjectType) -> SObjectType:
    owner = replace(custom.OWNER, name="UserOrGroupId", label="User/Group ID", relationship_name="UserOrGroup")
    text = {"nillable": False, "createable": True, "type": "picklist", "length": 40}
    fields = (
        custom.ID,
        _to_parent(parent),
        Field(name="AccessLevel", label="Access Level", **text),  # type: ignore[arg-type]
        replace(owner, updateable=False),
        Field(name="RowCause", label="Row Cause", defaulted_on_create=True, default_value="Manual", **text),  # type: ignore[arg-type]
        custom.AUDIT[2],
        custom.AUDIT[3],
        custom.IS_DELETED,
    )
    return replace(_part(parent, "Share", "Share", fields, writable=True), key_prefix="02c")


def _history(parent: SObjectType) -> SObjectType:
    closed = {"createable": False, "updateable": False}
    value = {"type": "anyType", "filterable": False, "sortable": False, "groupable": False, **closed}
    fields = (
        custom.ID,
        custom.IS_DELETED,
        _to_parent(parent),
        custom.CREATED_BY,
        custom.CREATED_DATE,
        Field(name="Field", label="Changed Field", type="picklist", length=255, nillable=False, **closed),  # type: ignore[arg-type]
        Field(name="DataType", label="Datatype", type="picklist", length=40, **closed),  # type: ignore[arg-type]
        Field(name="OldValue", label="Old Value", length=255, **value),  # type: ignore[arg-type]
        Field(name="NewValue", label="New Value", length=255, **value),  # type: ignore[arg-type]
    )
    return _part(parent, "History", "History", fields, writable=False)


def _feed(parent: SObjectType) -> SObjectType:
    """The feed of a custom object: items that the platform writes, which may be deleted (Object Reference, StandardObjectNameFeed)."""
    closed: dict[str, Any] = {"createable": False, "updateable": False}
    fields = (
        custom.ID,
        _to_parent(parent),
        Field(name="Type", label="Feed Item Type", type="picklist", length=40, **closed),
        custom.CREATED_BY,
        custom.CREATED_DATE,
        custom.IS_DELETED,
        custom.AUDIT[2],
        custom.AUDIT[4],
        Field(name="CommentCount", label="Comment Count", type="int", digits=9, nillable=False, **closed),
        Field(name="LikeCount", label="Like Count", type="int", digits=9, nillable=False, **closed),
        Field(name="Title", label="Title", type="string", length=255, **closed),
        Field(
            name="Body",
            label="Body",
            type="textarea",
            length=10000,
            filterable=False,
            sortable=False,
            groupable=False,
            **closed,
        ),
        Field(name="LinkUrl", label="Link Url", type="url", length=1000, **closed),
        Field(name="IsRichText", label="Is Rich Text", type="boolean", nillable=False, default_value=False, **closed),
        Field(
            name="RelatedRecordId",
            label="Related Record ID",
            type="reference",
            length=18,
            reference_to=("ContentVersion", "WorkThanks"),
            relationship_name="RelatedRecord",
            polymorphic=True,
            **closed,
        ),
        replace(
            custom.CREATED_BY, name="InsertedById", label="InsertedBy ID", relationship_name="InsertedBy", nillable=True
        ),
        Field(
            name="BestCommentId",
            label="Best Comment ID",
            type="reference",
            length=18,
            reference_to=("FeedComment",),
            relationship_name="BestComment",
            **closed,
        ),
    )
    made = _part(parent, "Feed", "Feed", fields, writable=False)
    return replace(made, deletable=True)
