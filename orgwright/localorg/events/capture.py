"""Change data capture: what a transaction changed in selected objects, as change events (Change Data Capture Developer Guide).

An event for each record and change goes on the bus with the commit: of a new record all values, of a change those that
changed. Objects are selected by ``PlatformEventChannelMember`` components.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import Record
from orgwright.localorg.events import pushtopics
from orgwright.localorg.events.publish import Published, channel_of
from orgwright.localorg.schema.model import DECIMAL_TYPES, SObjectType
from orgwright.localorg.store.forms import json_decoder

if TYPE_CHECKING:
    from orgwright.localorg.dml.rows import Row
    from orgwright.localorg.dml.typeplan import TypePlan
    from orgwright.localorg.transaction import Transaction

HEADER = "ChangeEventHeader"
_LEFT_OUT = frozenset(("Id", "IsDeleted", "SystemModstamp", "LastViewedDate", "LastReferencedDate"))
_PERSON = ("Salutation", "FirstName", "LastName", "MiddleName", "Suffix")
_STAMPS = frozenset(("LastModifiedDate", "LastModifiedById"))


@dataclass(frozen=True)
class Channels:
    """The selection of an org: entities (``Account``) by lower-case channel name (``changeevents``, ``my__chn``)."""

    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    filtered: frozenset[str] = frozenset()
    """Lower-case channels with a member that has a filter expression."""

    def __post_init__(self) -> None:
        every = frozenset(name for names in self.members.values() for name in names)
        object.__setattr__(self, "every", every)

    every: frozenset[str] = field(init=False, default=frozenset())
    """Lower-case names of all selected change events."""


def event_name(sobject: str) -> str:
    """The change event of an object: ``AccountChangeEvent``, ``Thing__ChangeEvent``."""
    return f"{sobject.removesuffix('__c')}__ChangeEvent" if sobject.endswith("__c") else f"{sobject}ChangeEvent"


def channels_of(tx: Transaction) -> Channels:
    """What is selected in the org, by its components."""
    if not tx.sql("SELECT 1 FROM _component WHERE type = 'PlatformEventChannelMember' LIMIT 1"):
        return _NONE
    from orgwright.localorg.metadata.components import Components

    found: dict[str, set[str]] = {}
    filtered: set[str] = set()
    for stored in Components(tx).all("PlatformEventChannelMember"):
        node = stored.node
        channel = node.value("eventChannel").lower()
        found.setdefault(channel, set()).add(node.value("selectedEntity").lower())
        if node.value("filterExpression"):
            filtered.add(channel)
    return Channels({name: frozenset(names) for name, names in found.items()}, frozenset(filtered))


_NONE = Channels()


class Capture:
    """The change events of one transaction, and what it tells to PushTopics; they wait with its platform events for the commit."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._selected: frozenset[str] | None = None
        self._topics: dict[str, list[pushtopics.Topic]] | None = None
        self.everything = False
        """Whether all objects are captured, as in a test after ``Test.enableChangeDataCapture``: before it none is."""

    def takes(self, sobject: str) -> bool:
        """Whether anybody wants to know of changes of the object."""
        return self._captures(sobject) or bool(self._watching(sobject))

    def _watching(self, sobject: str) -> Sequence[pushtopics.Topic]:
        if self._tx.testing:
            return ()
        if sobject == pushtopics.TOPIC:
            self._topics = None
            return ()
        if self._topics is None:
            self._topics = pushtopics.topics_of(self._tx)
        return self._topics.get(sobject.lower(), ()) if self._topics else ()

    def _captures(self, sobject: str) -> bool:
        """Whether changes of the object become change events."""
        if self._tx.testing and not self.everything:
            return False
        if self.everything:
            return self._tx.schema.sobject(event_name(sobject)) is not None
        if self._selected is None:
            find = self._tx.org.change_channels
            self._selected = find(self._tx).every if find is not None else frozenset()
        return bool(self._selected) and event_name(sobject).lower() in self._selected

    def saved(self, plan: TypePlan, rows: Sequence[Row], *, creating: bool) -> None:
        """Rows that were inserted or updated."""
        topics = self._watching(plan.sobject.name)
        if topics:
            changed = {str(row.id): frozenset(name.lower() for name in _changes(row)) for row in rows}
            pushtopics.notify(self._tx, topics, "Create" if creating else "Update", list(changed), changed.__getitem__)
        if not self._captures(plan.sobject.name):
            return
        for row in rows:
            if creating:
                values = {name: value for name, value in row.values.items() if value is not None}
                self._add(plan, "CREATE", str(row.id), values, ())
                continue
            changes = _changes(row)
            if changes.keys() - _LEFT_OUT - _STAMPS:
                self._add(plan, "UPDATE", str(row.id), changes, tuple(changes))

    def removed(self, sobject: SObjectType, ids: Sequence[str]) -> None:
        """Rows that are about to be deleted."""
        topics = self._watching(sobject.name)
        if topics:
            pushtopics.notify(self._tx, topics, "Delete", ids, _nothing)
        if self._captures(sobject.name):
            plan = self._tx.type_plan(sobject)
            for id in ids:
                self._add(plan, "DELETE", id, {}, ())

    def restored(self, sobject: SObjectType, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Rows that come back from the recycle bin, by Id."""
        topics = self._watching(sobject.name)
        if topics:
            pushtopics.notify(self._tx, topics, "Undelete", list(rows), _nothing)
        if not self._captures(sobject.name):
            return
        plan = self._tx.type_plan(sobject)
        for id, values in rows.items():
            self._add(plan, "UNDELETE", id, {n: v for n, v in values.items() if v is not None}, ())

    def _add(self, plan: TypePlan, kind: str, id: str, values: Mapping[str, Any], changed: tuple[str, ...]) -> None:
        tx, sobject = self._tx, plan.sobject
        name = event_name(sobject.name)
        shown = {f.name: values[f.name] for f in plan.stored if f.name in values and f.name not in _LEFT_OUT}
        person = sobject.field("FirstName") is not None
        changed = tuple(n for n in changed if n in shown and not (person and n == "Name"))
        header = {
            "entityName": sobject.name,
            "recordIds": [id],
            "changeType": kind,
            "changeOrigin": tx.origin,
            "transactionKey": "",
            "sequenceNumber": 0,
            "commitTimestamp": 0,
            "commitNumber": 0,
            "commitUser": tx.user_id,
            "nulledFields": [_path(sobject, n) for n in changed if shown[n] is None],
            "diffFields": [],
            "changedFields": [_path(sobject, n) for n in changed],
        }
        record = plan.typed(shown)
        fields = {n: record.fields[n] for n in shown}
        for one in plan.sobject.fields.values():  # what did not change is empty in the trigger's record
            fields.setdefault(one.name, None)
        for gone in ("IsDeleted", "SystemModstamp"):
            fields.pop(gone, None)
        made = Published(
            channel_of(name),
            str(uuid.UUID(int=tx.org.random_bits(128), version=4)),
            tx.now_text,
            tx.user_id,
            {HEADER: header, **_payload(plan, shown)},
            Record(name, {**fields, HEADER: header, "Id": None}),
        )
        tx.waiting.after_commit.append(made)


def _changes(row: Row) -> dict[str, Any]:
    """The values of a saved row that are others than before; its moment of change is always among them."""
    old = row.old or {}
    return {n: v for n, v in row.values.items() if old.get(n) != v or n == "LastModifiedDate"}


def _nothing(id: str) -> frozenset[str]:
    return frozenset()


def finish(events: Sequence[Published], first: int, timestamp: int, key: str) -> None:
    """Give the change events of a transaction their order and what they have in common, before they are logged."""
    number = 0
    for event in events:
        header = event.payload.get(HEADER)
        if header is None:
            continue
        number += 1
        header.update(transactionKey=key, sequenceNumber=number, commitTimestamp=timestamp, commitNumber=first)


def _path(sobject: SObjectType, name: str) -> str:
    """The field's name in a change event: parts of a compound field stand below it."""
    whole = compound_of(sobject, name)
    return f"{whole[0]}.{whole[1]}" if whole else name


def compound_of(sobject: SObjectType, name: str) -> tuple[str, str] | None:
    """The compound field that a field is a part of, and its name there; None for a field of its own."""
    found = sobject.field(name)
    if found is None:
        return None
    if name in _PERSON and sobject.field("FirstName") is not None and sobject.field("Name") is not None:
        return "Name", name
    whole = found.compound_field_name
    outer = sobject.field(whole) if whole and whole != name else None
    if outer is None or outer.type not in ("address", "location"):
        return None
    if outer.type == "location":
        return outer.name, "Latitude" if "latitude" in name.lower() else "Longitude"
    return outer.name, name.removeprefix(outer.name.removesuffix("Address"))


def _payload(plan: TypePlan, shown: Mapping[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    for name, value in shown.items():
        one = plan.fields[name.lower()]
        decode = json_decoder(one.type, one.scale)
        if value is not None and decode is not None:
            value = decode(value)
        elif value is not None and one.type == "datetime":
            value = f"{value[:19]}Z"
        if one.type in DECIMAL_TYPES and isinstance(value, float) and value.is_integer():
            value = int(value)
        whole = compound_of(plan.sobject, name)
        if whole is None:
            if not (name == "Name" and plan.sobject.field("FirstName") is not None):
                payload[name] = value
        else:
            inner = payload.setdefault(whole[0], {})
            inner[whole[1]] = value
    return payload


def flattened(event: SObjectType, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of a change event with the parts of compound fields by their own names, and without its header."""
    found: dict[str, Any] = {}
    parts = {compound_of(event, f.name): f.name for f in event.fields.values()}
    for name, value in payload.items():
        if name == HEADER:
            continue
        if isinstance(value, Mapping):
            found |= {parts[name, part]: item for part, item in value.items() if (name, part) in parts}
        else:
            found[name] = value
    return found
