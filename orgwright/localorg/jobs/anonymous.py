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


def execute(org: Org, user_id: str, source: str) -> Executed:
    """Run a block. Compile errors and exceptions are results, not errors.

    The log is in the result, and is kept as an ``ApexLog`` too when the user has a trace flag.
    """
    with org.read(user_id) as reading:
        levels = debuglog.traced(reading, user_id)
        log = DebugLog(reading.user(), levels or dict(debuglog.DEFAULT), source)
    log.write(f"CODE_UNIT_STARTED|[EXTERNAL]|{_UNIT}")
    found = _run(org, user_id, source, log)
    if found.compiled:
        log.write(f"CODE_UNIT_FINISHED|{_UNIT}")
        log.write("EXECUTION_FINISHED")
    if levels is not None:
        debuglog.keep(org, user_id, log, "/services/data/executeAnonymous", found.exception_message or "Success")
    return replace(found, log=log.text())


def _run(org: Org, user_id: str, source: str, log: DebugLog) -> Executed:
    try:
        with org.transaction(user_id) as tx:
            host = OrgHost(tx, PROGRAMS.current(org, tx), log_line=log.debug)
            tx.triggers = Runner(host)
            errors = host.execution.run_anonymous(source)
            if errors:
                return Executed(False, False, errors[0].line, errors[0].column, errors[0].message)
    except ApexFailure as failure:
        line, column = _place(failure.stack)
        text = f"{failure.type_name}: {failure.message}"
        log.write(f"EXCEPTION_THROWN|[{line}]|{text}")
        log.write(f"FATAL_ERROR|{text}\n\n{failure.stack}")
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
