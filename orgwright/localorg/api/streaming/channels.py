"""From a channel to the events of the org's event store.

Channels: ``/event/X__e``. Change data capture (``/data/...``), PushTopics (``/topic/...``) and generic streaming
(``/u/...``) do not exist in the embedded org: subscribing to them is refused.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from orgwright.localorg.api.http import Request
from orgwright.localorg.api.streaming import shapes
from orgwright.localorg.api.streaming.clients import Client
from orgwright.localorg.org import Org

MOST_EVENTS = 500
_EVENT = re.compile(r"/event/(\w{1,80}__e)", re.IGNORECASE)


class Refused(Exception):
    """A subscription that is refused; the text is ``code::words``."""


def start(request: Request, channel: str, replay: Any) -> int:
    """The replay id after which a subscription begins: -1 only new events, -2 all that are retained, or an id."""
    matched = _EVENT.fullmatch(channel)
    sobject = request.org.schema.sobject(matched[1]) if matched else None
    if sobject is None or sobject.kind != "event":
        raise Refused(f"404::Unknown channel: {channel[:200]}")
    with request.reading() as tx:
        if not tx.can("read", sobject.name):
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
    for channel, read in list(client.read.items()):
        for event in org.events.after(channel, read, MOST_EVENTS):
            facts = {"EventApiName": event.sobject, "replayId": event.replay_id, "EventUuid": event.uuid}
            found.append(shapes.event(channel, _schema_id(org, event.sobject), event.payload, facts))
            client.read[channel] = event.replay_id
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
