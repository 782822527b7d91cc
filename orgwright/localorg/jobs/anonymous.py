"""Anonymous Apex: compiled, run in one transaction of the calling user, committed when it ends well."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import ApexFailure
from orgwright.localorg.apexhost.host import OrgHost, Runner
from orgwright.localorg.apexhost.program import PROGRAMS
from orgwright.localorg.jobs import debuglog
from orgwright.localorg.jobs.debuglog import DebugLog

if TYPE_CHECKING:
    from orgwright.localorg.org import Org

_UNIT = "execute_anonymous_apex"


@dataclass(frozen=True)
class Executed:
    """What became of a block; ``line`` and ``column`` are -1 when nothing is wrong."""

    compiled: bool
    success: bool
    line: int = -1
    column: int = -1
    compile_problem: str | None = None
    exception_message: str | None = None
    exception_stack: str | None = None
    log: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As REST and SOAP tell it."""
        return {
            "column": self.column,
            "compileProblem": self.compile_problem,
            "compiled": self.compiled,
            "exceptionMessage": self.exception_message,
            "exceptionStackTrace": self.exception_stack,
            "line": self.line,
            "success": self.success,
        }


def execute(
    org: Org, user_id: str, source: str, *, operation: str = "Api", levels: dict[str, str] | None = None
) -> Executed:
    """Run a block. Compile errors and exceptions are results, not errors.

    The log is in the result, with ``levels`` by category if they are given, and is kept as an ``ApexLog`` of
    ``operation`` too when the user has a trace flag.
    """
    with org.read(user_id) as reading:
        traced = debuglog.opened(reading, user_id)
        log = traced or DebugLog(reading.user())
    log.source, log.levels = source, levels or log.levels
    log.started(_UNIT)
    found = _run(org, user_id, source, log)
    if found.compiled:
        log.finished(_UNIT)
        log.close()
    if traced is not None:
        with org.transaction(user_id) as tx:
            debuglog.keep(tx, log, operation, found.exception_message or "Success")
    return replace(found, log=log.text())


def _run(org: Org, user_id: str, source: str, log: DebugLog) -> Executed:
    try:
        with org.transaction(user_id) as tx:
            host = OrgHost(tx, PROGRAMS.current(org, tx), debug_log=log)
            tx.triggers = Runner(host)
            errors = host.execution.run_anonymous(source)
            if errors:
                return Executed(False, False, errors[0].line, errors[0].column, errors[0].message)
    except ApexFailure as failure:
        line, column = _place(failure.stack)
        text = f"{failure.type_name}: {failure.message}"
        log.failed(failure)
        return Executed(True, False, line, column, None, text, failure.stack)
    return Executed(True, True)


def _place(stack: str) -> tuple[int, int]:
    """Line and column of the first frame of the block."""
    for frame in stack.splitlines():
        head, _, place = frame.partition(": line ")
        if head.startswith("AnonymousBlock"):
            line, _, column = place.partition(", column ")
            if line.isdigit() and column.isdigit():
                return int(line), int(column)
    return -1, -1
