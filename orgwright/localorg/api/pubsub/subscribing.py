"""``Subscribe`` and ``ManagedSubscribe``: events by flow control, from a place in the stream (Pub/Sub API)."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from orgwright.localorg.api.pubsub import avro
from orgwright.localorg.api.pubsub.errors import Failure
from orgwright.localorg.api.pubsub.handlers import Caller, refused_session, topic_types
from orgwright.localorg.api.pubsub.messages import CUSTOM, EARLIEST, ERROR_CODES, make
from orgwright.localorg.events.publish import channel_of
from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.transaction import Transaction

KEEP_ALIVE = 60.0
"""Seconds without events after which an empty answer tells the latest replay id (Salesforce: within 270)."""
MOST_REQUESTED = 100
LOOK = 0.2
_PLACE = "managed subscription:"


@dataclass
class _Flow:
    """What the client has asked for; a thread of its own reads its requests."""

    wanted: int = 0
    ended: bool = False
    failure: Failure | None = None
    commits: list[Any] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def ask(self, count: int) -> None:
        """Let more events come."""
        with self.changed:
            self.wanted = min(MOST_REQUESTED, self.wanted + count)
            self.changed.notify_all()


def subscribe(who: Caller, messages: Iterator[Any]) -> Iterator[Any]:
    """``Subscribe``: the first request tells topic, place and number of events, further ones let more come."""
    first = next(messages, None)
    if first is None:
        return
    flow, topic = _Flow(), first.topic_name
    _ask(flow, first.num_requested)
    with who.org.read(who.session.user_id) as tx:
        topic_types(tx, topic)
    read = _start(who, first.replay_preset, first.replay_id)

    def take(message: Any) -> None:
        if message.topic_name not in ("", topic):
            raise Failure("subscription.fetch.topic.mismatch", "The topic name differs from that of the first request.")
        _ask(flow, message.num_requested)

    _listen(flow, messages, take)
    yield from _deliver(who, flow, topic, read, "FetchResponse")


def _ask(flow: _Flow, count: int) -> None:
    if count <= 0:
        raise Failure("subscription.fetch.requested.events.invalid", "num_requested must be greater than zero.")
    flow.ask(count)


def _start(who: Caller, preset: int, replay: bytes) -> int:
    last = who.org.events.last_replay_id()
    if preset == EARLIEST:
        return 0
    if preset != CUSTOM:
        return last
    if not replay:
        raise Failure(
            "subscription.fetch.replayid.validation.failed", "The replay ID is missing, the preset is CUSTOM."
        )
    number = _number(replay, last)
    if number is None:
        raise Failure("subscription.fetch.replayid.corrupted", "The Replay ID validation failed.")
    return number


def _number(replay: bytes, last: int) -> int | None:
    number = int.from_bytes(replay, "big")
    return number if len(replay) == 8 and 0 <= number <= last else None


def _listen(flow: _Flow, messages: Iterator[Any], take: Callable[[Any], None]) -> None:
    def read() -> None:
        try:
            for message in messages:
                take(message)
        except Failure as failure:
            flow.failure = failure
        except Exception:  # the stream was cancelled: grpc says so by an error of its own
            flow.ended = True
        with flow.changed:
            flow.ended = True
            flow.changed.notify_all()

    threading.Thread(target=read, name="pubsub-requests", daemon=True).start()


def _deliver(
    who: Caller, flow: _Flow, topic: str, read: int, kind: str, sent: list[int] | None = None
) -> Iterator[Any]:
    bus, spoken = who.org.events, time.monotonic()
    while who.context.is_active() and not who.runtime.stopping.is_set():
        if flow.failure is not None:
            raise flow.failure
        while flow.commits:
            yield make(kind, commit_response=flow.commits.pop(0), latest_replay_id=_bytes(read), rpc_id=_rpc())
        last = bus.last_replay_id()
        if flow.wanted > 0 and last > read:
            events, read = _news(who, topic, read, last, flow.wanted)
            if sent is not None:
                sent[0] = read
            if events:
                if who.runtime.sessions.resolve(who.token) is None:
                    raise refused_session()
                with flow.changed:
                    flow.wanted -= len(events)
                    left = flow.wanted
                yield make(
                    kind, events=events, latest_replay_id=_bytes(read), rpc_id=_rpc(), pending_num_requested=left
                )
                spoken = time.monotonic()
                continue
        if flow.ended and (flow.wanted == 0 or last <= read) and not flow.commits:
            return
        if flow.wanted > 0 and time.monotonic() - spoken > KEEP_ALIVE:
            yield make(kind, latest_replay_id=_bytes(read), rpc_id=_rpc(), pending_num_requested=flow.wanted)
            spoken = time.monotonic()
        if flow.wanted > 0:
            bus.wait(last, LOOK)
        else:
            with flow.changed:
                flow.changed.wait(LOOK)


def _news(who: Caller, topic: str, read: int, last: int, most: int) -> tuple[list[Any], int]:
    """Events behind ``read``, and how far the topic is read with them."""
    with who.org.read(who.session.user_id) as tx:
        types = {one.name: one for one in topic_types(tx, topic)}
    if not types:
        return [], last
    stored = who.org.events.after_any([channel_of(name) for name in types], read, most)
    found = []
    for event in stored:
        schema = who.schemas.of(types[event.sobject])
        inner = make("ProducerEvent", id=event.uuid, schema_id=schema.id, payload=avro.encode(schema, event.payload))
        found.append(make("ConsumerEvent", event=inner, replay_id=_bytes(event.replay_id)))
    return found, stored[-1].replay_id if stored else last


def _bytes(number: int) -> bytes:
    return number.to_bytes(8, "big")


def _rpc() -> str:
    return str(uuid.uuid4())


# ---------------------------------------------------------------------------------------------- managed


def managed_subscribe(who: Caller, messages: Iterator[Any]) -> Iterator[Any]:
    """``ManagedSubscribe``: the org keeps how far the subscription has read, by what the client commits."""
    first = next(messages, None)
    if first is None:
        return
    with who.org.read(who.session.user_id) as tx:
        found = _subscription(tx, first.subscription_id, first.developer_name)
        topic = found.node.value("topicName")
        topic_types(tx, topic)
        rows = tx.sql("SELECT value FROM _meta WHERE key = ?", (_PLACE + found.id,))
    if first.HasField("commit_replay_id_request"):
        raise Failure(
            "managed.subscription.fetch.request.commit.request.restricted",
            "The first request cannot commit a replay ID.",
        )
    active = who.runtime.state("pubsub.managed", _Active)
    key = (who.session.entry.org_id, found.id)
    if not active.enter(key):
        raise Failure(
            "managed.subscription.already.active", "The subscription is active already.", "FAILED_PRECONDITION"
        )
    try:
        earliest = found.node.value("defaultReplay").upper() == "EARLIEST"
        read = int(rows[0][0]) if rows else 0 if earliest else who.org.events.last_replay_id()
        flow, sent = _Flow(), [read]
        flow.ask(max(0, first.num_requested))

        def take(message: Any) -> None:
            if message.num_requested < 0:
                raise Failure(
                    "managed.subscription.fetch.request.events.invalid", "num_requested must not be negative."
                )
            flow.ask(message.num_requested)
            if message.HasField("commit_replay_id_request"):
                flow.commits.append(_commit(who, found.id, message.commit_replay_id_request, sent[0]))

        _listen(flow, messages, take)
        yield from _deliver(who, flow, topic, read, "ManagedFetchResponse", sent)
    finally:
        active.leave(key)


class _Active:
    """Managed subscriptions that somebody listens to: each has one listener."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str, str]] = set()

    def enter(self, key: tuple[str, str]) -> bool:
        with self._lock:
            free = key not in self._keys
            self._keys.add(key)
        return free

    def leave(self, key: tuple[str, str]) -> None:
        with self._lock:
            self._keys.discard(key)


def _subscription(tx: Transaction, id: str, name: str) -> Stored:
    if bool(id) == bool(name):
        raise Failure(
            "managed.subscription.id.or.developer.name.empty", "Give either the subscription ID or the developer name."
        )
    if id and len(id) not in (15, 18):
        raise Failure("managed.subscription.subscription.id.invalid", "The subscription ID has 15 or 18 characters.")
    found = Components(tx).by_id(id) if id else Components(tx).get("ManagedEventSubscription", name)
    if found is None or found.type != "ManagedEventSubscription":
        suffix = "subscription.id.not.found" if id else "developer.name.not.found"
        raise Failure(f"managed.subscription.{suffix}", f"There is no managed subscription {id or name}.", "NOT_FOUND")
    if found.node.value("state").upper() == "STOP":
        raise Failure("managed.subscription.config.stopped", "The subscription is stopped.", "FAILED_PRECONDITION")
    return found


def _commit(who: Caller, id: str, asked: Any, sent: int) -> Any:
    """Keep a replay id; what is wrong with it is told in the answer and does not end the stream."""
    now = int(time.time() * 1000)
    number = _number(asked.replay_id, sent)
    words = ""
    if number is None:
        words = "The replay ID is missing, invalid or not delivered yet."
    else:
        with who.org.transaction(who.session.user_id) as tx:
            rows = tx.sql("SELECT value FROM _meta WHERE key = ?", (_PLACE + id,))
            if rows and int(rows[0][0]) > number:
                words = "A later replay ID is committed already."
            else:
                tx.sql("INSERT OR REPLACE INTO _meta VALUES (?, ?)", (_PLACE + id, str(number)))
    told: dict[str, Any] = {"commit_request_id": asked.commit_request_id, "replay_id": asked.replay_id}
    if words:
        told["error"] = make("Error", code=ERROR_CODES["COMMIT"], msg=words)
    return make("CommitReplayResponse", process_time=now, **told)
