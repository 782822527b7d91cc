"""The event bus of an org: a replay log for subscribers outside, calls for those inside."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sqlite3
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import Record
from orgwright.localorg.events import capture
from orgwright.localorg.events.publish import Published, Waiting
from orgwright.localorg.store import forms

if TYPE_CHECKING:
    from orgwright.localorg.org import Org

_log = logging.getLogger("orgwright.events")
RETENTION = dt.timedelta(hours=72)
NEW, ALL = -1, -2
PATIENCE = 10.0
"""Seconds that a publisher waits for the subscribers inside the org; then they go on without him."""
HOURLY_EVENTS = 50_000
"""Events that may be published in an hour, unless the org's entry says otherwise (Developer Edition's allocation)."""
Subscriber = Callable[["Org", str, Sequence[Record]], None]


@dataclass(frozen=True)
class StoredEvent:
    """One event of the log. ``channel`` is ``/event/X__e`` or ``/data/XChangeEvent``; ``payload`` holds the fields as JSON values."""

    replay_id: int
    channel: str
    sobject: str
    uuid: str
    published: str
    payload: dict[str, Any]


class InvalidReplayId(ValueError):
    """The replay id was never given out, or is older than what is kept."""


class EventBus:
    """Publishes to the log and to subscribers. Thread-safe.

    Subscribers get the events of the org one batch after the other, in the order in which they were logged; what a
    subscriber publishes waits until those before it are delivered.
    """

    def __init__(self, org: Org) -> None:
        self._org = org
        self._arrived = threading.Condition()
        self._last = 0
        self._queue: deque[tuple[str, list[Record]]] = deque()
        self._delivering = threading.Lock()
        self._deliverer: int | None = None
        self._closed = False
        self._hour = ("", 0)
        self.hourly = HOURLY_EVENTS
        """How many events may be published in an hour; the registry sets it from the org's entry."""
        self.subscribers: list[Subscriber] = []
        """Called after events are logged, with their type and the typed records, as a rule in the publisher's thread."""

    # --- publishing ---

    def log(self, connection: sqlite3.Connection, waiting: Waiting) -> None:
        """Write the events of a transaction into the log as a part of it; they get their replay ids."""
        events = [*waiting.immediate, *waiting.after_commit]
        if not events:
            return
        first = _next(connection, len(events))
        capture.finish(events, first, int(self._org.clock().timestamp() * 1000), self._key())
        rows = [
            (first + n, e.channel, e.uuid, e.published, e.user_id, json.dumps(e.payload)) for n, e in enumerate(events)
        ]
        connection.executemany("INSERT INTO _event VALUES (?, ?, ?, ?, ?, ?)", rows)
        old = forms.datetime_text(self._org.clock() - RETENTION)
        connection.execute("DELETE FROM _event WHERE published < ?", (old,))
        for number, event in enumerate(events, first):
            if event.record is not None:
                event.record.fields["ReplayId"] = str(number)
        waiting.logged = (events, first + len(events) - 1)

    def _key(self) -> str:
        """A transaction key for change events."""
        return str(uuid.UUID(int=self._org.random_bits(128), version=4))

    def flush(self, waiting: Waiting) -> None:
        """After a transaction: log what outlives its rollback, then tell everybody what was logged."""
        if waiting.logged is None and waiting.immediate:
            with self._org.database.write() as connection:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    self.log(connection, waiting)
                    connection.execute("COMMIT")
                except BaseException:
                    waiting.logged = None
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        logged, waiting.logged = waiting.logged, None
        waiting.immediate.clear()
        waiting.after_commit.clear()
        if logged is None:
            return
        events, last = logged
        with self._arrived:
            self._last = max(self._last, last)
            self._arrived.notify_all()
        self.deliver(events)

    def room(self, wanted: int) -> int:
        """How many of ``wanted`` events the hourly allocation still takes; those are counted as published."""
        hour = self._org.clock().replace(minute=0, second=0, microsecond=0)
        key = forms.datetime_text(hour)
        with self._arrived:
            known, used = self._hour
            if known != key:
                used = self.published_since(hour)
            granted = max(0, min(wanted, self.hourly - used))
            self._hour = (key, used + granted)
        return granted

    # --- delivery inside the org ---

    def deliver(self, events: Sequence[Published]) -> None:
        """Hand logged events to the subscribers, or behind those that are being handed out now."""
        groups: list[tuple[str, list[Record]]] = []
        for record in (event.record for event in events if event.record is not None):
            group = next((records for sobject, records in groups if sobject == record.type), None)
            if group is None:
                groups.append((record.type, [record]))
            else:
                group.append(record)
        self.hand_out(groups)

    def hand_out(self, groups: Sequence[tuple[str, list[Record]]]) -> None:
        """The same for records by type."""
        if not self.subscribers:
            return
        self._queue.extend(groups)
        if self._deliverer == threading.get_ident():
            return
        if not self._delivering.acquire(timeout=PATIENCE):
            return
        try:
            self._drain(time.monotonic() + PATIENCE)
        finally:
            self._delivering.release()
        if self._queue:
            threading.Thread(target=self._go_on, name="event-delivery", daemon=True).start()

    def _go_on(self) -> None:
        """Deliver what is left after the publisher was let go."""
        with self._delivering:
            self._drain(None)

    def _drain(self, until: float | None) -> None:
        self._deliverer = threading.get_ident()
        try:
            while self._queue and not self._closed and (until is None or time.monotonic() < until):
                sobject, records = self._queue.popleft()
                for subscriber in list(self.subscribers):
                    try:
                        subscriber(self._org, sobject, records)
                    except Exception:
                        # a subscriber's failure never reaches the publisher
                        _log.exception("a subscriber of %s failed", sobject)
        finally:
            self._deliverer = None

    def close(self) -> None:
        """Deliver nothing more."""
        self._closed = True

    # --- reading ---

    def last_replay_id(self) -> int:
        """The newest replay id that was given out, 0 before the first."""
        with self._org.database.read() as connection:
            row = connection.execute("SELECT value FROM _sequence WHERE name = 'replay'").fetchone()
        return row[0] - 1 if row else 0

    def after(self, channel: str, replay_id: int, limit: int = 2000) -> list[StoredEvent]:
        """Events of a channel (``/event/X__e``) behind ``replay_id``; -2 gives all that are kept.

        ``NEW`` (-1) must be turned into :meth:`last_replay_id` when the subscription starts.
        """
        return self.after_any([channel], replay_id, limit)

    def after_any(self, channels: Sequence[str], replay_id: int, limit: int = 2000) -> list[StoredEvent]:
        """The same for several channels at once, in the order of the replay ids."""
        if replay_id < ALL:
            raise InvalidReplayId(replay_id)
        marks = ", ".join("?" * len(channels))
        with self._org.database.read() as connection:
            rows = connection.execute(
                "SELECT replay_id, channel, uuid, published, payload FROM _event"
                f" WHERE lower(channel) IN ({marks}) AND replay_id > ? ORDER BY replay_id LIMIT ?",
                (*(channel.lower() for channel in channels), replay_id, limit),
            ).fetchall()
        return [
            StoredEvent(number, name, name.rpartition("/")[2], uuid, published, json.loads(payload))
            for number, name, uuid, published, payload in rows
        ]

    def wait(self, seen: int, timeout: float) -> bool:
        """Wait until events behind replay id ``seen`` arrive; whether any did."""
        with self._arrived:
            return self._arrived.wait_for(lambda: self._last > seen, timeout)

    def published_since(self, moment: dt.datetime) -> int:
        """How many events were published since, for the hourly allocation."""
        with self._org.database.read() as connection:
            sql = "SELECT COUNT(*) FROM _event WHERE published >= ? AND channel LIKE '/event/%'"
            return int(connection.execute(sql, (forms.datetime_text(moment),)).fetchone()[0])


def _next(connection: sqlite3.Connection, count: int) -> int:
    row = connection.execute("SELECT value FROM _sequence WHERE name = 'replay'").fetchone()
    first: int = row[0] if row else 1
    connection.execute("INSERT OR REPLACE INTO _sequence VALUES ('replay', ?)", (first + count,))
    return first
