"""Joins the Metadata and Tooling APIs to an org: their tables, and the virtual objects."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from orgwright.localorg.jobs import testruns
from orgwright.localorg.metadata import components, deploys, ids
from orgwright.localorg.metadata.tooling.table import Table
from orgwright.localorg.metadata.tooling.tables import tables

if TYPE_CHECKING:
    from orgwright.localorg.org import Org

_TABLES = (components.TABLE, ids.COUNTER, deploys.TABLE, testruns.TABLE, testruns.LINES_TABLE)


@cache
def _virtual() -> dict[str, Table]:
    return tables()


def attach(org: Org) -> None:
    """Make the tables that are missing, and give the org its Tooling objects."""
    with org.transaction() as tx:
        for statement in _TABLES:
            tx.sql(statement)
    org.virtual.update(_virtual())
