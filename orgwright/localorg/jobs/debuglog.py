"""Debug logs: the text that an Apex transaction writes, and ``ApexLog`` for who has a trace flag.

The form is that of the Apex Developer Guide, "Debug Log" and "Debug Log Levels": a line of levels, then
``time (nanoseconds)|EVENT|...``. Written are code units, ``System.debug``, exceptions that nobody caught, SOQL, SOSL, DML,
callouts and, at the end of an outermost code unit, the limits; all other events are absent, whatever their level.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgwright.apex.host import ApexFailure
from orgwright.localorg.events.publish import tell
from orgwright.localorg.events.pushtopics import LOGGING

if TYPE_CHECKING:
    from orgwright.apex.host import User
    from orgwright.apex.runtime.limits import Limits
    from orgwright.localorg.org import Org, Transaction

TABLE = "CREATE TABLE IF NOT EXISTS _log_body (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID"
LEVELS = ("NONE", "ERROR", "WARN", "INFO", "DEBUG", "FINE", "FINER", "FINEST")
DEFAULT = {"APEX_CODE": "DEBUG", "APEX_PROFILING": "INFO"}
"""Levels of a log that was asked for without any (the header DEBUGONLY)."""
MAX_BYTES = 20 * 1024 * 1024


_LIMITS = {
    "SOQL queries": "queries", "query rows": "queryrows", "SOSL queries": "soslqueries", "DML statements": "dmlstatements",
    "Publish Immediate DML": "publishimmediatedml", "DML rows": "dmlrows", "callouts": "callouts",
    "Email Invocations": "emailinvocations", "future calls": "futurecalls",
    "queueable jobs added to the queue": "queueablejobs", "Mobile Apex push calls": "mobilepushapexcalls",
}  # fmt: skip
"""``Number of X`` of the limits in a log, by what :class:`Limits` counts."""


@dataclass
class DebugLog:
    """One log as it is written. ``levels`` by category: what is finer than its category's level is left out."""

    user: User
    levels: dict[str, str] = field(default_factory=lambda: dict(DEFAULT))
    source: str = ""
    location: str = "Monitoring"
    lines: list[str] = field(default_factory=list)
    _started: int = field(default_factory=time.perf_counter_ns)
    measured: Callable[[], Limits] | None = None
    """The limits of the Apex transaction that is logged."""
    _left: int = MAX_BYTES
    _open: int = 0
    """How many code units have begun and not ended."""
    _told: str = ""
    """The failure that was written last, unless a code unit began since."""

    def __post_init__(self) -> None:
        user = self.user
        self._write(f"USER_INFO|[EXTERNAL]|{user.id}|{user.username}|{user.time_zone}|{user.time_zone}")
        self._write("EXECUTION_STARTED")
        self._heading = len(self.lines)

    @property
    def used(self) -> bool:
        """Whether anything happened yet."""
        return len(self.lines) > self._heading

    def _write(self, event: str) -> None:
        """Add an event, stamped with the time of day and the nanoseconds since the log began, as long as there is room."""
        if self._left <= 0:
            return
        now = dt.datetime.now(dt.UTC)
        line = f"{now:%H:%M:%S}.{now.microsecond // 1000} ({self.nanoseconds})|{event}"
        self._left -= len(line) + 1
        self.lines.append(line if self._left > 0 else "*********** MAXIMUM DEBUG LOG SIZE REACHED ***********")

    @property
    def nanoseconds(self) -> int:
        """The time since the log began."""
        return time.perf_counter_ns() - self._started

    def event(self, category: str, level: str, text: str) -> None:
        """An event of a category that is written from that level on."""
        wanted = self.levels.get(category, "NONE")
        if level in LEVELS and wanted in LEVELS and LEVELS.index(level) <= LEVELS.index(wanted):
            self._write(text)

    def debug(self, line: int, level: str, text: str) -> None:
        """What ``System.debug`` writes."""
        self.event("APEX_CODE", level, f"USER_DEBUG|[{line}]|{level}|{text}")

    def started(self, unit: str, id: str | None = None) -> None:
        """A code unit (a block, trigger, test method, job) begins."""
        self._told = ""
        self._open += 1
        self.event("APEX_CODE", "ERROR", f"CODE_UNIT_STARTED|[EXTERNAL]|{f'{id}|' if id else ''}{unit}")

    def finished(self, unit: str) -> None:
        """A code unit ends; the outermost one tells what was used of the limits."""
        self._open -= 1
        if not self._open and self.measured is not None:
            self._limits(self.measured())
        self.event("APEX_CODE", "ERROR", f"CODE_UNIT_FINISHED|{unit}")

    def failed(self, failure: ApexFailure) -> None:
        """An exception that nobody caught; told once when it ends several code units, one in the other."""
        text = status_of(failure)
        fatal = f"FATAL_ERROR|{text}\n\n{failure.stack}"
        if fatal != self._told:
            self._told = fatal
            self.event("APEX_CODE", "INFO", f"EXCEPTION_THROWN|[{_line(failure)}]|{text}")
            self.event("APEX_CODE", "ERROR", fatal)

    def _limits(self, limits: Limits) -> None:
        counts = [f"  Number of {n}: {limits.used(u)} out of {limits.limit(u)}" for n, u in _LIMITS.items()]
        used = f"  Maximum CPU time: {limits.used('cputime')} out of {limits.limit('cputime')}"
        text = "\n".join([*counts, used])
        self.event("APEX_PROFILING", "INFO", "CUMULATIVE_LIMIT_USAGE")
        self.event("APEX_PROFILING", "INFO", f"LIMIT_USAGE_FOR_NS|(default)|\n{text}\n")
        self.event("APEX_PROFILING", "INFO", "CUMULATIVE_LIMIT_USAGE_END\n")

    def close(self) -> None:
        """The end of the execution."""
        self.event("APEX_CODE", "ERROR", "EXECUTION_FINISHED")

    def text(self) -> str:
        """The whole log."""
        head = f"67.0 {';'.join(f'{category},{level}' for category, level in self.levels.items())}"
        source = [f"Execute Anonymous: {line}" for line in self.source.splitlines()]
        return "\n".join([head, *source, *self.lines]) + "\n"


def status_of(failure: ApexFailure | None) -> str:
    """``ApexLog.Status`` of what ended so."""
    return "Success" if failure is None else f"{failure.type_name}: {failure.message}"


def _line(failure: ApexFailure) -> str:
    """The line of the innermost frame of a stack trace."""
    place = failure.stack.partition(": line ")[2].partition(",")[0]
    return place if place.isdigit() else "EXTERNAL"


def opened(tx: Transaction, user_id: str) -> DebugLog | None:
    """A new log with the levels of the user's trace flag that is active now; None when there is none."""
    flag = _flag(tx, user_id)
    if flag is None:
        return None
    rows = tx.sql("SELECT fields FROM _kept WHERE id = ?", (flag.get("DebugLevelId"),))
    levels = _levels(json.loads(rows[0][0])) if rows else dict(DEFAULT)
    return DebugLog(tx.user(), levels, location="SystemLog" if flag.get("LogType") == "DEVELOPER_LOG" else "Monitoring")


@contextmanager
def logged(
    org: Org, user_id: str, unit: str | Callable[[Transaction], str], operation: str
) -> Iterator[DebugLog | None]:
    """The log of one code unit, kept when it ends, however it ends; None when nobody traces the user.

    A ``unit`` that must be looked up is asked for only when there is a log.
    """
    with org.read(user_id) as tx:
        log = opened(tx, user_id)
        name = "" if log is None else unit if isinstance(unit, str) else unit(tx)
    if log is None:
        yield None
        return
    status = "Success"
    log.started(name)
    try:
        yield log
    except ApexFailure as failure:
        status = status_of(failure)
        log.failed(failure)
        raise
    except BaseException as error:
        status = f"{type(error).__name__}: {error}"
        raise
    finally:
        log.finished(name)
        log.close()
        with org.transaction(user_id) as tx:
            keep(tx, log, operation, status)


def _flag(tx: Transaction, user_id: str) -> dict[str, str] | None:
    now = tx.now()
    flags = [json.loads(row[0]) for row in tx.sql("SELECT fields FROM _kept WHERE sobject = 'TraceFlag'")]
    traced = [flag for flag in flags if str(flag.get("TracedEntityId", ""))[:15] == user_id[:15]]
    return next((flag for flag in traced if _active(flag, now)), None)


_CATEGORIES = {
    "ApexCode": "APEX_CODE", "ApexProfiling": "APEX_PROFILING", "Callout": "CALLOUT", "Database": "DB", "Nba": "NBA",
    "System": "SYSTEM", "Validation": "VALIDATION", "Visualforce": "VISUALFORCE", "Wave": "WAVE", "Workflow": "WORKFLOW",
}  # fmt: skip


CATEGORIES = tuple(_CATEGORIES.values())
"""The categories of a log, in the order of its first line."""


def _levels(fields: dict[str, str]) -> dict[str, str]:
    return {category: fields.get(name) or "NONE" for name, category in _CATEGORIES.items()}


def _active(flag: dict[str, str], now: dt.datetime) -> bool:
    start, end = flag.get("StartDate"), flag.get("ExpirationDate")
    return (not start or _moment(start) <= now) and (not end or now < _moment(end))


def _moment(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text.replace("+0000", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def keep(tx: Transaction, log: DebugLog, operation: str, status: str) -> str:
    """Keep a log as an ``ApexLog`` record; its Id."""
    text = log.text()
    fields = {
        "LogUserId": log.user.id,
        "LogLength": len(text.encode()),
        "Request": "Api",
        "Operation": operation,
        "Application": "Unknown",
        "Status": status[:255],
        "DurationMilliseconds": log.nanoseconds // 1_000_000,
        "StartTime": tx.now(),
        "Location": log.location,
    }
    known = tx.schema.sobject("ApexLog")
    assert known is not None
    id = tx.insert_setup("ApexLog", {k: v for k, v in fields.items() if known.field(k) is not None})
    tx.sql("INSERT INTO _log_body VALUES (?, ?)", (id, text))
    tell(tx, LOGGING, "created", {"Id": id})
    return id


def body(tx: Transaction, id: str) -> str | None:
    """The text of a log."""
    rows = tx.sql("SELECT body FROM _log_body WHERE substr(id, 1, 15) = ?", (id[:15],))
    return str(rows[0][0]) if rows else None
