"""Bayeux messages: handshake, connect, subscribe, unsubscribe, disconnect.

Only long polling is offered. Events are read from the org's event store by replay id, so a client that was away
misses nothing that is still retained.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from orgwright.localorg.api.http import Answer, ApiError, Request, json_answer
from orgwright.localorg.api.streaming import channels, shapes
from orgwright.localorg.api.streaming.clients import Client, Clients
from orgwright.localorg.events.topics import Refused

WAIT_SECONDS = 110.0
LOOK_SECONDS = 0.1
MOST_MESSAGES = 50
Reply = dict[str, Any]


async def cometd(request: Request) -> Answer:
    """``POST /cometd/XX.0``: an array of messages (or one), answered in one array."""
    messages = request.json()
    if isinstance(messages, dict):
        messages = [messages]
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise ApiError("INVALID_REQUEST", "400::Bayeux messages are JSON objects")
    if len(messages) > MOST_MESSAGES:
        raise ApiError("INVALID_REQUEST", f"400::At most {MOST_MESSAGES} messages at once")
    loop = asyncio.get_running_loop()
    session = await loop.run_in_executor(None, request.resolve_usable)
    if session is None:
        return json_answer([shapes.unauthenticated(message) for message in messages], 401)
    replies: list[Reply] = []
    for message in messages:
        handler = _HANDLERS.get(message.get("channel", "")) if isinstance(message.get("channel"), str) else None
        replies += [shapes.unknown(message)] if handler is None else await handler(request, message)
    return json_answer(replies)


async def _handshake(request: Request, message: Reply) -> list[Reply]:
    session = request.need_session()
    client = _clients(request).add(session.entry.org_id, session.user_id)
    if client is None:
        return [shapes.failed(message, "403::Organization concurrent user limit exceeded", reconnect="none")]
    return [shapes.handshake(message, client.id)]


async def _connect(request: Request, message: Reply) -> list[Reply]:
    client = _client(request, message)
    if client is None:
        return [shapes.failed(message, "402::Unknown client", reconnect="handshake")]
    client.connects += 1
    loop = asyncio.get_running_loop()
    first = client.connects == 1
    deadline = time.monotonic() + (0 if first else _patience(message))
    client.waiting += 1
    try:
        while True:
            events = await loop.run_in_executor(None, channels.news, request.org, client)
            if events or client.closed or time.monotonic() >= deadline or request.runtime.stopping.is_set():
                break
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        client.waiting -= 1
        client.heard = time.monotonic()
    advice = {"interval": 0, "timeout": int(WAIT_SECONDS * 1000), "reconnect": "retry"} if first else None
    return [*events, shapes.done(message, client.id, advice=advice)]


async def _subscribe(request: Request, message: Reply) -> list[Reply]:
    client = _client(request, message)
    if client is None:
        return [shapes.failed(message, "402::Unknown client", reconnect="handshake")]
    wanted = message.get("subscription")
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        return [shapes.failed(message, "403::Subscription required", reconnect="none")]
    loop = asyncio.get_running_loop()
    starts: dict[str, int] = {}
    for name in names:
        try:
            starts[name] = await loop.run_in_executor(None, channels.start, request, name, _replay(message, name))
        except Refused as refusal:
            return [shapes.failed(message, str(refusal), subscription=wanted)]
    client.read.update(starts)
    return [shapes.done(message, client.id, subscription=wanted)]


async def _unsubscribe(request: Request, message: Reply) -> list[Reply]:
    client = _client(request, message)
    if client is None:
        return [shapes.failed(message, "402::Unknown client", reconnect="handshake")]
    wanted = message.get("subscription")
    for name in [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []:
        client.read.pop(str(name), None)
    return [shapes.done(message, client.id, subscription=wanted)]


async def _disconnect(request: Request, message: Reply) -> list[Reply]:
    client = _client(request, message)
    if client is None:
        return [shapes.failed(message, "402::Unknown client", reconnect="handshake")]
    _clients(request).remove(client)
    return [shapes.done(message, client.id)]


_HANDLERS: dict[str, Callable[[Request, Reply], Awaitable[list[Reply]]]] = {
    "/meta/handshake": _handshake,
    "/meta/connect": _connect,
    "/meta/subscribe": _subscribe,
    "/meta/unsubscribe": _unsubscribe,
    "/meta/disconnect": _disconnect,
}


def _clients(request: Request) -> Clients:
    return request.runtime.state("streaming", Clients)


def _client(request: Request, message: Reply) -> Client | None:
    return _clients(request).get(message.get("clientId"), request.need_session().entry.org_id)


def _patience(message: Reply) -> float:
    """How long a connect may wait: what the client advises, at most 110 seconds."""
    advice = message.get("advice")
    asked = advice.get("timeout") if isinstance(advice, dict) else None
    if isinstance(asked, int) and not isinstance(asked, bool) and asked >= 0:
        return min(asked / 1000, WAIT_SECONDS)
    return WAIT_SECONDS


def _replay(message: Reply, channel: str) -> Any:
    """The replay id that the client asks for; -1 (only new events) when it does not."""
    ext = message.get("ext")
    replay = ext.get("replay") if isinstance(ext, dict) else None
    return replay.get(channel, -1) if isinstance(replay, dict) else -1
