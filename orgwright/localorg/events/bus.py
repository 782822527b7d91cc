"""The event bus of an org: a replay log for subscribers outside, calls for those inside."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import Record
from orgwright.localorg.events.publish import Published, Waiting
from orgwright.localorg.store import forms

if TYPE_CHECKING:
    from orgwright.localorg.org import Org

_log = logging.getLogger("orgwright.events")
RETENTION = dt.timedelta(hours=72)
NEW, ALL = -1, -2
Subscriber = Callable[["Org", str, Sequence[Record]], None]


@dataclass(frozen=True)
class StoredEvent:
    """One event of the log. ``channel`` is ``/event/X__e``; ``payload`` holds the fields as JSON values."""

    replay_id: int
    channel: str
    sobject: str
    uuid: str
    published: str
    payload: dict[str, Any]


class InvalidReplayId(ValueError):
    """The replay id was never given out, or is older than what is kept."""


class EventBus:
    """Publishes to the log and to subscribers. Thread-safe."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._arrived = threading.Condition()
        self._last = 0
        self.subscribers: list[Subscriber] = []
        """Called after events are logged, with their type and the typed records, in the publisher's thread."""

    def flush(self, waiting: Waiting) -> None:
        """Log what a finished transaction leaves and call the subscribers."""
        events = [*waiting.immediate, *waiting.after_commit]
        waiting.immediate.clear()
        waiting.after_commit.clear()
        if not events:
            return
        self._store(events)
        by_type: dict[str, list[Record]] = defaultdict(list)
        for event in events:
            by_type[event.sobject].append(event.record)
        for sobject, records in by_type.items():
            for subscriber in list(self.subscribers):
                try:
                    subscriber(self._org, sobject, records)
                except Exception:
                    # a subscriber's failure never reaches the publisher
                    _log.exception("a subscriber of %s failed", sobject)

    def _store(self, events: Sequence[Published]) -> None:
        with self._org.database.write() as connection:
            first = self._next(len(events))
            rows = [
                (first + n, f"/event/{e.sobject}", e.uuid, e.published, e.user_id, json.dumps(e.payload))
                for n, e in enumerate(events)
            ]
            connection.executemany("INSERT INTO _event VALUES (?, ?, ?, ?, ?, ?)", rows)
            old = forms.datetime_text(self._org.clock() - RETENTION)
            connection.execute("DELETE FROM _event WHERE published < ?", (old,))
        for number, event in enumerate(events, first):
            event.record.fields["ReplayId"] = str(number)
        with self._arrived:
            self._last = first + len(events) - 1
            self._arrived.notify_all()

    def _next(self, count: int) -> int:
        connection = self._org.database.writer
        row = connection.execute("SELECT value FROM _sequence WHERE name = 'replay'").fetchone()
        first: int = row[0] if row else 1
        connection.execute("INSERT OR REPLACE INTO _sequence VALUES ('replay', ?)", (first + count,))
        return first

    def last_replay_id(self) -> int:
        """The newest replay id that was given out, 0 before the first."""
        with self._org.database.read() as connection:
            row = connection.execute("SELECT value FROM _sequence WHERE name = 'replay'").fetchone()
        return row[0] - 1 if row else 0

    def after(self, channel: str, replay_id: int, limit: int = 2000) -> list[StoredEvent]:
        """Events of a channel (``/event/X__e``) behind ``replay_id``; -2 gives all that are kept.

        ``NEW`` (-1) must be turned into :meth:`last_replay_id` when the subscription starts.
        """
        if replay_id < ALL:
            raise InvalidReplayId(replay_id)
        with self._org.database.read() as connection:
            rows = connection.execute(
                "SELECT replay_id, channel, uuid, published, payload FROM _event"
                " WHERE lower(channel) = ? AND replay_id > ? ORDER BY replay_id LIMIT ?",
                (channel.lower(), replay_id, limit),
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
            sql = "SELECT COUNT(*) FROM _event WHERE published >= ?"
            return int(connection.execute(sql, (forms.datetime_text(moment),)).fetchone()[0])
