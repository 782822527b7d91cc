"""Apex that an API calls (REST resources, invocable methods): one transaction of the calling user, one debug log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from orgwright.localorg.apexhost.host import OrgHost, Runner
from orgwright.localorg.apexhost.program import PROGRAMS
from orgwright.localorg.jobs import debuglog

if TYPE_CHECKING:
    from orgwright.apex.engine import Execution, Program
    from orgwright.localorg.apexhost.program import Built
    from orgwright.localorg.org import Org, Transaction

T = TypeVar("T")


def built(org: Org, tx: Transaction) -> Built | None:
    """The org's compiled Apex; None when it has no class, so that the compiler is not touched."""
    if not tx.sql("SELECT 1 FROM _component WHERE type = 'ApexClass' LIMIT 1"):
        return None
    return PROGRAMS.current(org, tx)


def run(org: Org, user_id: str, unit: str, operation: str, work: Callable[[Execution, Program], T]) -> T:
    """Run ``work`` in a transaction that is committed when it ends well.

    ``unit`` names the code unit in the debug log, which is kept when the user has a trace flag. What ``work`` raises
    goes on, its writes are undone.
    """
    with debuglog.logged(org, user_id, unit, operation) as log, org.transaction(user_id) as tx:
        program = PROGRAMS.current(org, tx)
        host = OrgHost(tx, program, debug_log=log)
        tx.triggers = Runner(host)
        return work(host.execution, program.program)
