"""Bayeux replies."""

from __future__ import annotations

from typing import Any

from orgwright.localorg.events.bus import StoredEvent
from orgwright.localorg.store import forms

Reply = dict[str, Any]


def handshake(message: Reply, client_id: str) -> Reply:
    """A successful handshake."""
    return _with_id(
        message,
        {
            "ext": {"replay": True, "payload.format": True},
            "minimumVersion": "1.0",
            "clientId": client_id,
            "supportedConnectionTypes": ["long-polling"],
            "channel": "/meta/handshake",
            "version": "1.0",
            "successful": True,
        },
    )


def done(message: Reply, client_id: str, *, advice: Reply | None = None, subscription: Any = None) -> Reply:
    """A successful reply."""
    reply: Reply = {"clientId": client_id, "channel": message["channel"], "successful": True}
    if advice is not None:
        reply["advice"] = advice
    if subscription is not None:
        reply["subscription"] = subscription
    return _with_id(message, reply)


def failed(message: Reply, error: str, *, reconnect: str | None = None, subscription: Any = None) -> Reply:
    """A refusal: ``error`` is ``code::text``."""
    reply: Reply = {"channel": message.get("channel"), "successful": False, "error": error}
    if reconnect is not None:
        reply["advice"] = {"reconnect": reconnect, "interval": 0}
    if subscription is not None:
        reply["subscription"] = subscription
    return _with_id(message, reply)


def unauthenticated(message: Reply) -> Reply:
    """No session: a handshake is denied, anything else is not authenticated."""
    if message.get("channel") != "/meta/handshake":
        return failed(message, "401::Authentication invalid", reconnect="none")
    reply = failed(message, "403::Handshake denied", reconnect="none")
    reply["ext"] = {"sfdc": {"failureReason": "401::Authentication invalid"}, "replay": True}
    return reply


def unknown(message: Reply) -> Reply:
    """A channel that is none of Bayeux's own: clients cannot publish."""
    return failed(message, "404::Unknown channel")


def event(channel: str, schema_id: str, payload: Reply, facts: Reply) -> Reply:
    """An event as it is delivered."""
    return {"data": {"schema": schema_id, "payload": payload, "event": facts}, "channel": channel}


def notification(channel: str, event: StoredEvent) -> Reply:
    """What is told of a record, by a PushTopic or by the org itself."""
    created = forms.zulu_of(event.published)
    facts = {"createdDate": created, "replayId": event.replay_id, "type": event.payload["type"]}
    return {"data": {"event": facts, "sobject": event.payload["sobject"]}, "channel": channel}


def broadcast(channel: str, event: StoredEvent) -> Reply:
    """A generic event."""
    facts = {"createdDate": forms.zulu_of(event.published), "replayId": event.replay_id}
    return {"data": {"event": facts, "payload": event.payload["payload"]}, "channel": channel}


def _with_id(message: Reply, reply: Reply) -> Reply:
    return {**reply, "id": message["id"]} if "id" in message else reply
