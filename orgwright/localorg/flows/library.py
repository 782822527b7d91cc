"""The flows of an org."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from orgwright.localorg.flows.faults import Fault
from orgwright.localorg.flows.model import Flow
from orgwright.localorg.flows.read import read
from orgwright.localorg.metadata.components import Components

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_KEPT = 512
_lock = threading.Lock()
_read: OrderedDict[tuple[str, str], Flow] = OrderedDict()


def flow_of(tx: Transaction, name: str) -> Flow | None:
    """The flow of that name, active or not, case ignored."""
    rows = tx.sql("SELECT name, digest FROM _component WHERE type = 'Flow' AND key = ?", (name.lower(),))
    return _flow(tx, *rows[0]) if rows else None


def called(tx: Transaction, name: str) -> Flow:
    """The flow of that name, which runs though no version is active (Apex Reference Guide, Interview.start); a fault where there is none."""
    found = flow_of(tx, name)
    if found is None:
        raise Fault(f"The flow {name} can't be found.")
    return found


def started_by(tx: Transaction, sobject: str, moment: str) -> list[Flow]:
    """The active flows that saves of an object start at a moment, in their order."""
    rows = tx.sql("SELECT name, digest FROM _component WHERE type = 'Flow' ORDER BY key")
    found = [_flow(tx, *row) for row in rows]
    low = sobject.lower()
    taken = [one for one in found if one.active and one.start.moment == moment and one.start.object.lower() == low]
    return sorted(taken, key=lambda one: one.start.order or _UNORDERED)


_UNORDERED = 1000
"""Flows without a trigger order run between those of 1 to 1,000 and those of 1,001 to 2,000."""


def _flow(tx: Transaction, name: str, digest: str) -> Flow:
    with _lock:
        found = _read.get((name, digest))
    if found is not None:
        return found
    stored = Components(tx).get("Flow", name)
    assert stored is not None
    made = read(name, stored.node)
    with _lock:
        _read[name, digest] = made
        if len(_read) > _KEPT:
            _read.popitem(last=False)
    return made
