"""Joins the Metadata and Tooling APIs to an org: their own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

from orgwright.localorg.jobs import debuglog, testruns
from orgwright.localorg.metadata import components, deploys, ids, tracking
from orgwright.localorg.metadata.tooling import kept

if TYPE_CHECKING:
    from orgwright.localorg.org import Org

_TABLES = (
    components.TABLE,
    ids.COUNTER,
    deploys.TABLE,
    testruns.TABLE,
    testruns.LINES_TABLE,
    tracking.TABLE,
    tracking.INDEX,
    kept.TABLE,
    debuglog.TABLE,
)

_RECOVERED: WeakSet[Org] = WeakSet()
"""Orgs that were looked through for deploys of an earlier process."""


def attach(org: Org) -> None:
    """Make the tables that are missing, and the columns that an older program did not know."""
    with org.transaction() as tx:
        for statement in _TABLES:
            tx.bring_up_own(statement)
        if org not in _RECOVERED:
            deploys.recover(tx)
            _RECOVERED.add(org)
