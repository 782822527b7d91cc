"""From a channel to the events of the org's event store.

Channels: ``/event/X__e``, ``/data/XChangeEvent``, ``/data/ChangeEvents`` and custom channels (``/event/X__chn``,
``/data/X__chn``), PushTopics (``/topic/X``), generic streaming (``/u/X``), what the org tells of itself (``/systemTopic/Logging``).
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.api.http import Request
from orgwright.localorg.api.streaming import shapes
from orgwright.localorg.api.streaming.clients import Client
from orgwright.localorg.events import broadcasts
from orgwright.localorg.events.bus import StoredEvent
from orgwright.localorg.events.publish import channel_of
from orgwright.localorg.events.pushtopics import CHANNEL, LOGGING, TEST_RESULT, Topic, topics_of
from orgwright.localorg.events.topics import Refused, captured_from, types_of
from orgwright.localorg.org import Org, Transaction

MOST_EVENTS = 500


def start(request: Request, channel: str, replay: Any) -> int:
    """The replay id after which a subscription begins: -1 only new events, -2 all that are retained, or an id."""
    with request.reading() as tx:
        if is_topic(channel):
            _check_topic(tx, channel)
        if broadcasts.is_generic(channel) and not broadcasts.exists(tx, channel):
            raise Refused(f"404::Unknown channel: {channel[:200]}")
        for name in [] if _tells(channel) else types_of(tx, channel):
            sobject = tx.schema.sobject(name)
            if sobject is None or not tx.can("read", captured_from(tx, sobject)):
                raise Refused("403::Insufficient access rights on the channel")
    events = request.org.events
    if isinstance(replay, bool) or not isinstance(replay, int):
        raise _invalid(replay)
    if replay == -1:
        return events.last_replay_id()
    if replay == -2:
        return 0
    if replay < 0 or replay > events.last_replay_id():
        raise _invalid(replay)
    return replay


def news(org: Org, client: Client) -> list[dict[str, Any]]:
    """What the client has not read yet; marks it as read."""
    found: list[dict[str, Any]] = []
    last = org.events.last_replay_id()
    for channel, read in list(client.read.items()):
        if read >= last:
            continue
        with org.read(client.user_id) as tx:
            stored = [channel] if _tells(channel) else [channel_of(name) for name in types_of(tx, channel)]
        events = org.events.after_any(stored, read, MOST_EVENTS) if stored else []
        for event in _visible(org, client, channel, events):
            if _tells(channel):
                shape = shapes.broadcast if broadcasts.is_generic(channel) else shapes.notification
                found.append(shape(channel, event))
                continue
            facts: dict[str, Any] = {"replayId": event.replay_id}
            if not event.channel.startswith("/data/"):
                facts = {"EventApiName": event.sobject, **facts, "EventUuid": event.uuid}
            found.append(shapes.event(channel, _schema_id(org, event.sobject), event.payload, facts))
        client.read[channel] = events[-1].replay_id if len(events) == MOST_EVENTS else max(read, last)
    return found


def is_topic(channel: str) -> bool:
    """Whether the channel is that of a PushTopic."""
    return channel.lower().startswith(CHANNEL)


def _tells(channel: str) -> bool:
    """Whether notifications come by the channel, and not events that have a type."""
    return is_topic(channel) or broadcasts.is_generic(channel) or channel in (LOGGING, TEST_RESULT)


def _check_topic(tx: Transaction, channel: str) -> None:
    """Refuse a topic that is not there, whose query is not right any more, or whose fields the user may not read."""
    topic = _topic(tx, channel)
    if topic is None:
        raise Refused(f"404::Unknown channel: {channel[:200]}")
    fault = topic.fault(tx)
    if fault is not None:
        raise Refused(f"400::The query of the PushTopic {topic.name} is not valid: {fault.message}")
    try:
        tx.query(topic.watch.of_changed, binds={"changed": []})
    except QueryProblem:
        raise Refused("403::Insufficient access rights on the channel") from None


def _topic(tx: Transaction, channel: str) -> Topic | None:
    name = channel[len(CHANNEL) :].lower()
    return next((one for found in topics_of(tx).values() for one in found if one.name.lower() == name), None)


def _visible(org: Org, client: Client, channel: str, events: list[StoredEvent]) -> list[StoredEvent]:
    """What a subscriber is told: of a topic only of the records that he may see; a deleted one is told to all.

    A generic event is for the users that it names, or for all.
    """
    if broadcasts.is_generic(channel):
        return [one for one in events if not one.payload["userIds"] or client.user_id in one.payload["userIds"]]
    if not is_topic(channel) or not events:
        return events
    ids = {str(one.payload["sobject"]["Id"]) for one in events if one.payload["type"] != "deleted"}
    with org.read(client.user_id) as tx:
        topic = _topic(tx, channel)
        sobject = tx.schema.sobject(topic.watch.sobject) if topic is not None else None
        seen = tx.reachable(sobject, ids, "read") if sobject is not None else set()
    return [one for one in events if one.payload["type"] == "deleted" or one.payload["sobject"]["Id"] in seen]


def _schema_id(org: Org, name: str) -> str:
    """A hash of the event's definition, as Salesforce's is: it changes when the definition does."""
    sobject = org.schema.sobject(name)
    known = () if sobject is None else tuple((f.name, f.type, f.length) for f in sobject.fields.values())
    digest = hashlib.sha256(repr((name, known)).encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _invalid(replay: Any) -> Refused:
    return Refused(
        f"400::The replayId {{{str(replay)[:40]}}} you provided was invalid.  Please provide a valid ID, -2 to replay "
        "all events, or -1 to replay only new events."
    )
