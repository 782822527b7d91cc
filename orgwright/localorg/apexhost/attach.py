"""Joins metadata and Apex to an org: components, triggers for its transactions, subscribers for its events."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.apex.host import ApexFailure, Record, TriggerErrors, TriggerEvent
from orgwright.localorg.apexhost.host import Runner, attach_runner, automated_process
from orgwright.localorg.apexhost.program import PROGRAMS
from orgwright.localorg.metadata import attach as metadata

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction

log = logging.getLogger("orgwright.apex")
BATCH = 2000
MAX_RUNS = 10
RETRY = "eventbus.retryableexception"


class NoTriggers:
    """The runner of an org without triggers."""

    def has(self, sobject: str, event: TriggerEvent) -> bool:
        return False

    def run(
        self, sobject: str, event: TriggerEvent, new: Sequence[Record] | None, old: Sequence[Record] | None
    ) -> TriggerErrors:
        return TriggerErrors()


def runner(tx: Transaction) -> Runner | NoTriggers:
    """The trigger runner of a transaction; the compiler is not touched when the org has no trigger."""
    if not tx.sql("SELECT 1 FROM _component WHERE type = 'ApexTrigger' LIMIT 1"):
        return NoTriggers()
    return attach_runner(tx, PROGRAMS.current(tx.org, tx))


def deliver(org: Org, sobject: str, events: Sequence[Record]) -> None:
    """Run the triggers on a platform event: own transaction, up to 2,000 events, as Automated Process.

    ``EventBus.RetryableException`` runs the batch again, up to ten runs; any other failure drops it.
    """
    with org.read() as tx:
        listening = runner(tx).has(sobject, TriggerEvent.AFTER_INSERT)
    if not listening:
        return
    user_id = automated_process(org)
    for start in range(0, len(events), BATCH):
        batch = list(events[start : start + BATCH])
        for _ in range(MAX_RUNS):
            try:
                with org.transaction(user_id) as tx:
                    runner(tx).run(sobject, TriggerEvent.AFTER_INSERT, batch, None)
                break
            except ApexFailure as error:
                log.warning("event trigger on %s failed: %s", sobject, error)
                if error.type_name.lower() != RETRY:
                    break


def attach(org: Org) -> None:
    """Give an org the tables of its components, its triggers and its event subscribers."""
    metadata.attach(org)
    org.trigger_factory = runner
    if deliver not in org.events.subscribers:
        org.events.subscribers.append(deliver)
