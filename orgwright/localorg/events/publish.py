"""Publishing platform events: checked like records, then on the bus at once or after the commit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import Record, RecordError, SaveOutcome
from orgwright.localorg.dml.load import Loader
from orgwright.localorg.dml.request import RawForm, SaveRequest
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.store import ids
from orgwright.localorg.store.forms import json_decoder

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


@dataclass(frozen=True)
class Published:
    """An event on its way to the bus. ``payload`` holds JSON values, ``record`` typed ones.

    A notification about a record has none: it is heard of outside of the org only.
    """

    channel: str
    uuid: str
    published: str
    user_id: str
    payload: dict[str, Any]
    record: Record | None = None


@dataclass
class Waiting:
    """Events of a transaction that wait for its end, or for its commit."""

    immediate: list[Published] = field(default_factory=list)
    after_commit: list[Published] = field(default_factory=list)
    logged: tuple[list[Published], int] | None = None
    """What was written into the log with the transaction, and the last replay id; delivered after the commit."""


def channel_of(sobject: str) -> str:
    """The channel that holds the events of a type: ``/event/X__e`` or ``/data/XChangeEvent``."""
    return f"/data/{sobject}" if sobject.lower().endswith("changeevent") else f"/event/{sobject}"


def tell(tx: Transaction, channel: str, kind: str, fields: Mapping[str, Any]) -> None:
    """Put a notification about a record on a channel, ``/topic/X`` or ``/systemTopic/X``, with the commit."""
    payload = {"type": kind, "sobject": dict(fields)}
    tx.waiting.after_commit.append(Published(channel, "", tx.now_text, tx.user_id, payload))


def publish(tx: Transaction, events: Sequence[Record], *, raw: RawForm, api: bool) -> list[SaveOutcome]:
    """Check the events and hand them to the bus; the outcome of a good one carries its UUID.

    What goes beyond the hourly allocation is refused with LIMIT_EXCEEDED (Platform Events Developer Guide, Allocations).
    """
    room = tx.org.events.room(len(events))
    outcomes = []
    for event in events:
        outcomes.append(_one(tx, event, raw, api, full=room <= 0))
        room -= int(outcomes[-1].success)
    return outcomes


_FULL = RecordError(
    "LIMIT_EXCEEDED", "The number of published platform event messages exceeded the hourly publishing limit."
)


def _one(tx: Transaction, event: Record, raw: RawForm, api: bool, *, full: bool) -> SaveOutcome:
    sobject = tx.schema.sobject(event.type)
    if sobject is None or sobject.kind != "event":
        error = RecordError("INVALID_TYPE", f"sObject type '{event.type}' is not a platform event")
        return SaveOutcome(None, False, False, (error,))
    plan = tx.type_plan(sobject)
    row = Row(event)
    access = "user" if api else "system"
    if api and not tx.rights.can("create", sobject):
        row.fail("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {sobject.label}")
    else:
        Loader(tx, plan, SaveRequest("insert", [event], access=access, raw=raw), True).load([row])  # type: ignore[arg-type]
        row.settle()
    row.values = {**dict(plan.defaults), **row.values}
    row.errors += [error for error in plan.misfits if error.fields[0] not in row.values]
    missing = [name for name in plan.required if row.values.get(name) is None]
    if missing and not row.errors:
        row.fail("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", *missing)
    if row.errors:
        return row.outcome()
    if full:
        return SaveOutcome(None, False, False, (_FULL,))
    given = event.fields.get("EventUuid")
    event_uuid = str(given or uuid.UUID(int=tx.org.random_bits(128), version=4))
    row.values.update(CreatedDate=tx.now_text, CreatedById=tx.user_id, EventUuid=event_uuid)
    record = plan.typed(row.values)
    made = Published(
        channel_of(sobject.name), event_uuid, tx.now_text, tx.user_id, _payload(plan.stored, row.values), record
    )
    immediate = api or sobject.publish_behavior == "PublishImmediately"
    (tx.waiting.immediate if immediate else tx.waiting.after_commit).append(made)
    id = next(ids.make(sobject.key_prefix or "e00", "xx", tx.sequences.take("id:event", 1), 1))
    return SaveOutcome(id, True, True, (RecordError("OPERATION_ENQUEUED", event_uuid),))


def _payload(stored: Sequence[Any], values: dict[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    for one in stored:
        if one.name in ("ReplayId", "EventUuid"):
            continue
        value = values.get(one.name)
        if value is None and one.type == "boolean":
            value = int(bool(one.default_value))
        decode = json_decoder(one.type, one.scale)
        payload[one.name] = decode(value) if decode is not None and value is not None else value
    return payload
