"""``sobjects/StreamingChannel/ID/push``: generic events to the subscribers of a channel, and who listens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orgwright.localorg.api.http import Answer, ApiError, NotFound, Request, json_answer
from orgwright.localorg.api.streaming.clients import Clients
from orgwright.localorg.events import broadcasts
from orgwright.localorg.org import Transaction
from orgwright.localorg.store import ids

_MAX_PAYLOAD = 3000


def push(request: Request) -> Answer:
    """``POST``: ``{"pushEvents": [{"payload", "userIds"}]}``; to how many each went, and who of those named listens."""
    events = request.json_object().get("pushEvents")
    if not isinstance(events, list) or not events:
        raise ApiError("INVALID_INPUT", "pushEvents must be an array of events")
    given = [_event(one) for one in events]
    with request.transaction() as tx:
        channel = _channel(tx, request.params["id"])
        if not tx.can("create", broadcasts.SOBJECT):
            raise ApiError("INSUFFICIENT_ACCESS", "insufficient access rights to push to the channel", 403)
        for text, users in given:
            broadcasts.push(tx, channel, text, users)
    online = _listeners(request, channel)
    return json_answer(
        [
            {
                "fanoutCount": _fanout(users, online),
                "userOnlineStatus": {user: user in online for user in users},
            }
            for _, users in given
        ]
    )


def _fanout(users: Sequence[str], online: Sequence[str]) -> int:
    """To how many of the named users' clients an event went; -1 when it was for all and anybody listens."""
    return sum(user in users for user in online) if users else -min(1, len(online))


def online(request: Request) -> Answer:
    """``GET``: the users who listen to the channel."""
    with request.reading() as tx:
        channel = _channel(tx, request.params["id"])
    users = list(dict.fromkeys(_listeners(request, channel)))
    return json_answer({"OnlineUserIds": users, "ChannelName": channel})


def _event(given: Any) -> tuple[str, list[str]]:
    text = given.get("payload") if isinstance(given, dict) else None
    users = given.get("userIds", []) if isinstance(given, dict) else None
    if not isinstance(text, str) or not isinstance(users, list) or not all(isinstance(one, str) for one in users):
        raise ApiError("INVALID_INPUT", "An event has a text as its payload and an array of userIds")
    if len(text) > _MAX_PAYLOAD:
        raise ApiError("INVALID_INPUT", f"The payload of an event cannot exceed {_MAX_PAYLOAD} characters")
    wrong = next((one for one in users if ids.to18(one) is None), None)
    if wrong is not None:
        raise ApiError("MALFORMED_ID", f"malformed id {wrong[:40]}")
    return text, [str(ids.to18(one)) for one in users]


def _channel(tx: Transaction, id: str) -> str:
    if not tx.can("read", broadcasts.SOBJECT):
        raise NotFound
    soql = f"SELECT Name FROM {broadcasts.SOBJECT} WHERE Id = :id"
    rows = tx.query(soql, binds={"id": id}, access="system").records if ids.to18(id) else ()
    if not rows:
        raise NotFound
    return str(rows[0].fields["Name"])


def _listeners(request: Request, channel: str) -> list[str]:
    """The user of each client that listens to the channel."""
    clients: Clients = request.runtime.state("streaming", Clients)
    return clients.listening(request.need_session().entry.org_id, channel)
