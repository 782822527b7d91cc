"""From a channel to the events of the org's event store.

Channels: ``/event/X__e``, ``/data/XChangeEvent``, ``/data/ChangeEvents`` and custom channels (``/event/X__chn``,
``/data/X__chn``). PushTopics (``/topic/...``) and generic streaming (``/u/...``) are refused.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from orgwright.localorg.api.http import Request
from orgwright.localorg.api.streaming import shapes
from orgwright.localorg.api.streaming.clients import Client
from orgwright.localorg.events.bus import channel_of
from orgwright.localorg.events.capture import channels_of
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.org import Org, Transaction
from orgwright.localorg.schema.model import SObjectType

MOST_EVENTS = 500
_CHANNEL = re.compile(r"/(event|data)/(\w{1,90})", re.IGNORECASE)


class Refused(Exception):
    """A subscription that is refused; the text is ``code::words``."""


def start(request: Request, channel: str, replay: Any) -> int:
    """The replay id after which a subscription begins: -1 only new events, -2 all that are retained, or an id."""
    with request.reading() as tx:
        types = types_of(tx, channel)
        for name in types:
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


def types_of(tx: Transaction, channel: str) -> list[str]:
    """The types of events that come by a channel; :class:`Refused` when there is no such channel."""
    if channel.lower().startswith(("/topic/", "/u/")):
        raise Refused(f"501::{channel[:80]}: PushTopics and generic streaming are not supported by the embedded org")
    matched = _CHANNEL.fullmatch(channel)
    if matched is not None:
        kind, name = matched[1].lower(), matched[2]
        sobject = tx.schema.sobject(name)
        if sobject is not None and sobject.kind == ("event" if kind == "event" else "change"):
            return [sobject.name]
        custom = name.lower().endswith("__chn")
        known = Components(tx).get("PlatformEventChannel", name) if custom else None
        if (kind == "data" and name.lower() == "changeevents") or (
            known is not None and known.node.value("channelType") == kind
        ):
            selected = channels_of(tx)
            if name.lower() in selected.filtered:
                raise Refused("501::Filter expressions of channel members are not supported by the embedded org")
            found = (tx.schema.sobject(one) for one in sorted(selected.members.get(name.lower(), ())))
            return [one.name for one in found if one is not None]
    raise Refused(f"404::Unknown channel: {channel[:200]}")


def captured_from(tx: Transaction, event: SObjectType) -> str:
    """The object whose rights decide on an event: its own, or that of a change event."""
    if event.kind != "change":
        return event.name
    custom = event.name.endswith("__ChangeEvent")
    return event.name.removesuffix("__ChangeEvent") + "__c" if custom else event.name.removesuffix("ChangeEvent")


def news(org: Org, client: Client) -> list[dict[str, Any]]:
    """What the client has not read yet; marks it as read."""
    found: list[dict[str, Any]] = []
    last = org.events.last_replay_id()
    for channel, read in list(client.read.items()):
        if read >= last:
            continue
        with org.read(client.user_id) as tx:
            stored = [channel_of(name) for name in types_of(tx, channel)]
        events = org.events.after_any(stored, read, MOST_EVENTS) if stored else []
        for event in events:
            facts: dict[str, Any] = {"replayId": event.replay_id}
            if not event.channel.startswith("/data/"):
                facts = {"EventApiName": event.sobject, **facts, "EventUuid": event.uuid}
            found.append(shapes.event(channel, _schema_id(org, event.sobject), event.payload, facts))
            client.read[channel] = event.replay_id
        if len(events) < MOST_EVENTS:
            client.read[channel] = max(client.read[channel], last)
    return found


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
