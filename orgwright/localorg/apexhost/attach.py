"""Joins metadata and Apex to an org: components, triggers and flows for its transactions, subscribers for its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.apex.host import Record, TriggerErrors, TriggerEvent
from orgwright.localorg.apexhost import credentials
from orgwright.localorg.apexhost.host import Runner, attach_runner
from orgwright.localorg.apexhost.program import PROGRAMS
from orgwright.localorg.apexhost.subscriptions import catch_up, deliver
from orgwright.localorg.events.capture import channels_of
from orgwright.localorg.flows.triggered import Started
from orgwright.localorg.jobs import asynchronous
from orgwright.localorg.metadata import attach as metadata

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction


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


def attach(org: Org) -> None:
    """Give an org the tables of its components, its triggers and its event subscribers."""
    metadata.attach(org)
    with org.transaction() as tx:
        tx.bring_up_own(asynchronous.TABLE)
        tx.bring_up_own(credentials.TABLE)
    org.trigger_factory = runner
    org.flow_factory = Started
    org.change_channels = channels_of
    if deliver not in org.events.subscribers:
        org.events.subscribers.append(deliver)
        catch_up(org)
        queue = asynchronous.of(org)
        org.on_close.append(queue.close)
        queue.recover()
