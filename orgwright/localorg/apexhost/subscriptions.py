"""Apex triggers on platform events: batches, checkpoints, retries, and where each trigger stands.

Each trigger is a subscriber of its own with a row of EventBusSubscriber, written in the transaction in which the trigger
ran: after a crash it goes on behind the events that it has dealt with. Follows "Subscribe to Platform Event Messages
with Apex Triggers" of the Platform Events Developer Guide and its pages on checkpoints and retries.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import ApexFailure, Record, TriggerEvent
from orgwright.localorg.apexhost.host import attach_runner, automated_process
from orgwright.localorg.apexhost.program import PROGRAMS
from orgwright.localorg.events.publish import channel_of

if TYPE_CHECKING:
    from orgwright.localorg.apexhost.program import Built
    from orgwright.localorg.org import Org, Transaction

log = logging.getLogger("orgwright.apex")
BATCH = 2000
MAX_RUNS = 10
RETRY = "eventbus.retryableexception"
_TYPE = "ApexTrigger"
_ERROR = "event trigger in error:"
_ROW = 'SELECT "Id", "Position", "Status" FROM "EventBusSubscriber" WHERE "ExternalId" = ? AND "Topic" = ?'


@dataclass(frozen=True)
class Place:
    """Where a trigger stands: the row's Id, the replay id of the last event dealt with, whether it is in error state."""

    id: str
    position: int
    failed: bool


def listeners(org: Org, sobject: str) -> tuple[str, ...]:
    """The triggers on a platform event; the compiler is not touched when the org has no trigger."""
    with org.read() as tx:
        if not tx.sql("SELECT 1 FROM _component WHERE type = 'ApexTrigger' LIMIT 1"):
            return ()
        return PROGRAMS.current(org, tx).program.triggers(sobject, TriggerEvent.AFTER_INSERT)


def deliver(org: Org, sobject: str, events: Sequence[Record]) -> None:
    """Hand events to every trigger on their type, each in transactions of its own, as Automated Process."""
    found = listeners(org, sobject)
    if not found:
        return
    user_id = automated_process(org)
    for trigger in found:
        _Subscriber(org, user_id, sobject, trigger).take(events)


class _Subscriber:
    """One trigger at work on events of one type."""

    def __init__(self, org: Org, user_id: str, sobject: str, trigger: str) -> None:
        self.org, self.user_id, self.sobject, self.trigger = org, user_id, sobject, trigger
        self.name = trigger.removeprefix("trigger ")

    def take(self, events: Sequence[Record]) -> None:
        """Run the trigger until it has dealt with all events, or has given up."""
        waiting = [event for event in events if _replay_id(event) > self._position(events)]
        runs, error = 1, None
        while waiting:
            batch = waiting[:BATCH]
            done, failure = self._run(batch, runs - 1, error)
            if failure is not None and failure.type_name.lower() == RETRY:
                if runs == MAX_RUNS:
                    self._note(batch[-1], status="Error", error=failure.message)
                    log.error("event trigger %s is in error state after %d runs: %s", self.name, runs, failure)
                    return
                runs, error = runs + 1, failure.message
                continue
            waiting = waiting[done:]
            runs, error = 1, None

    def _run(self, batch: list[Record], retries: int, error: str | None) -> tuple[int, ApexFailure | None]:
        """One run: how many events are dealt with, and how it failed.

        A run that fails is rolled back to its last checkpoint; without one all its events are dropped.
        """
        try:
            with self.org.transaction(self.user_id) as tx:
                built = PROGRAMS.current(self.org, tx)
                runner = attach_runner(tx, built)
                tx.triggers = runner
                start = tx.savepoint()
                run = runner.host.execution.run_event_trigger(
                    self.trigger, self.sobject, batch, retries=retries, last_error=error
                )
                failure = runner.failure = run.failure
                if failure is not None:
                    log.warning("event trigger %s on %s failed: %s", self.name, self.sobject, failure)
                    if failure.type_name.lower() == RETRY:
                        raise _Again(failure)
                    kept = run.checkpoint is not None and _rolled_back(tx, run.point)
                    if not kept:
                        tx.rollback(start)
                done = len(batch) if run.checkpoint is None else _index(batch, run.checkpoint) + 1
                self._keep(tx, built, batch[done - 1], "Running", None)
                return done, failure
        except _Again as again:
            return 0, again.failure

    def _position(self, events: Sequence[Record]) -> int:
        """The replay id behind which the trigger takes events; a trigger in error state takes none until it is changed."""
        with self.org.read() as tx:
            place = self._place(tx, PROGRAMS.current(self.org, tx))
        if place is None:
            return 0
        return _replay_id(events[-1]) if place.failed else place.position

    def _place(self, tx: Transaction, built: Built) -> Place | None:
        if not tx.has_table("EventBusSubscriber"):
            return None
        unit = built.units[("trigger", self.name)]
        found = tx.sql(_ROW, (unit.id, self.sobject))
        if not found:
            return None
        id, position, status = found[0]
        return Place(id, int(position or 0), status == "Error" and _failed_version(tx, id) == _version(tx, self.name))

    def _keep(self, tx: Transaction, built: Built, last: Record, status: str, error: str | None) -> None:
        unit = built.units[("trigger", self.name)]
        values: dict[str, Any] = {
            "Position": _replay_id(last),
            "Status": status,
            "LastError": error,
            "Tip": _replay_id(last),
        }
        place = self._place(tx, built)
        if place is not None:
            id = place.id
            tx.update_setup(id, values)
        else:
            names = {"ExternalId": unit.id, "Name": unit.source.name, "Type": _TYPE, "Topic": self.sobject}
            id = tx.insert_setup("EventBusSubscriber", {**names, **values})
        if status == "Error":
            tx.sql("INSERT OR REPLACE INTO _meta VALUES (?, ?)", (_ERROR + id, _version(tx, self.name)))

    def _note(self, last: Record, *, status: str, error: str | None) -> None:
        with self.org.transaction(self.user_id) as tx:
            self._keep(tx, PROGRAMS.current(self.org, tx), last, status, error)


class _Again(Exception):
    """Rolls a run back whose trigger asked for its events again."""

    def __init__(self, failure: ApexFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


def _rolled_back(tx: Transaction, point: object) -> bool:
    """Go back to a checkpoint; not possible when the trigger itself rolled back behind it."""
    try:
        tx.rollback(point)
    except sqlite3.OperationalError:
        return False
    return True


def _version(tx: Transaction, name: str) -> str:
    """What changes when a trigger is deployed anew."""
    rows = tx.sql("SELECT digest FROM _component WHERE type = 'ApexTrigger' AND lower(name) = ?", (name,))
    return str(rows[0][0]) if rows else ""


def _failed_version(tx: Transaction, id: str) -> str | None:
    """The version of the trigger that went into error state."""
    rows = tx.sql("SELECT value FROM _meta WHERE key = ?", (_ERROR + id,))
    return str(rows[0][0]) if rows else None


def _replay_id(event: Record) -> int:
    return int(event.fields["ReplayId"])


def _index(batch: Sequence[Record], replay_id: str) -> int:
    return next(index for index, event in enumerate(batch) if event.fields["ReplayId"] == replay_id)


def catch_up(org: Org) -> None:
    """Deliver what was logged before the server ended and not yet dealt with; called when an org is opened."""
    with org.read() as tx:
        if not tx.has_table("EventBusSubscriber"):
            return
        places = tx.sql('SELECT "Topic", min("Position") FROM "EventBusSubscriber" GROUP BY "Topic"')
        known = [(str(topic), int(position or 0)) for topic, position in places if tx.schema.sobject(topic)]
    for topic, position in known:
        while stored := org.events.after(channel_of(topic), position, BATCH):
            with org.read() as tx:
                records = [tx.event_record(topic, e.payload, e.uuid, e.replay_id) for e in stored]
            org.events.hand_out([(topic, records)])
            position = stored[-1].replay_id
