"""Debug logs: the text that an Apex transaction writes, and ``ApexLog`` for who has a trace flag.

The form is that of the Apex Developer Guide, "Debug Log": a line of levels, then ``time (nanoseconds)|EVENT|...``.
Events of the platform that nothing here produces (heap, statements, SOQL) are absent.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgwright.localorg.events.publish import tell
from orgwright.localorg.events.pushtopics import LOGGING

if TYPE_CHECKING:
    from orgwright.apex.host import User
    from orgwright.localorg.org import Org, Transaction

TABLE = "CREATE TABLE IF NOT EXISTS _log_body (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID"
LEVELS = ("NONE", "ERROR", "WARN", "INFO", "DEBUG", "FINE", "FINER", "FINEST")
DEFAULT = {"APEX_CODE": "DEBUG", "APEX_PROFILING": "INFO"}
"""Levels of a log that was asked for without any (the header DEBUGONLY)."""
MAX_BYTES = 20 * 1024 * 1024


@dataclass
class DebugLog:
    """One log as it is written. ``levels`` by category: what is finer than APEX_CODE's is left out."""

    user: User
    levels: dict[str, str] = field(default_factory=lambda: dict(DEFAULT))
    source: str = ""
    lines: list[str] = field(default_factory=list)
    _started: int = field(default_factory=time.perf_counter_ns)

    def __post_init__(self) -> None:
        user = self.user
        self.write(f"USER_INFO|[EXTERNAL]|{user.id}|{user.username}|{user.time_zone}|{user.time_zone}")
        self.write("EXECUTION_STARTED")

    def write(self, event: str) -> None:
        """Add an event, stamped with the time of day and the nanoseconds since the log began."""
        now = dt.datetime.now(dt.UTC)
        elapsed = time.perf_counter_ns() - self._started
        self.lines.append(f"{now:%H:%M:%S}.{now.microsecond // 1000} ({elapsed})|{event}")

    def debug(self, line: int, level: str, text: str) -> None:
        """What ``System.debug`` writes."""
        wanted = self.levels.get("APEX_CODE", "NONE")
        if level in LEVELS and LEVELS.index(level) <= LEVELS.index(wanted):
            self.write(f"USER_DEBUG|[{line}]|{level}|{text}")

    def text(self) -> str:
        """The whole log, ended."""
        head = f"67.0 {';'.join(f'{category},{level}' for category, level in self.levels.items())}"
        source = [f"Execute Anonymous: {line}" for line in self.source.splitlines()]
        ended = [*self.lines]
        return "\n".join([head, *source, *ended]) + "\n"


def traced(tx: Transaction, user_id: str) -> dict[str, str] | None:
    """The levels of the user's trace flag that is active now; ``None`` when there is none."""
    now = tx.now()
    flags = [json.loads(row[0]) for row in tx.sql("SELECT fields FROM _kept WHERE sobject = 'TraceFlag'")]
    for flag in flags:
        if str(flag.get("TracedEntityId", ""))[:15] == user_id[:15] and _active(flag, now):
            rows = tx.sql("SELECT fields FROM _kept WHERE id = ?", (flag.get("DebugLevelId"),))
            return _levels(json.loads(rows[0][0])) if rows else dict(DEFAULT)
    return None


_CATEGORIES = {
    "ApexCode": "APEX_CODE", "ApexProfiling": "APEX_PROFILING", "Callout": "CALLOUT", "Database": "DB", "Nba": "NBA",
    "System": "SYSTEM", "Validation": "VALIDATION", "Visualforce": "VISUALFORCE", "Wave": "WAVE", "Workflow": "WORKFLOW",
}  # fmt: skip


def _levels(fields: dict[str, str]) -> dict[str, str]:
    return {category: fields.get(name) or "NONE" for name, category in _CATEGORIES.items()}


def _active(flag: dict[str, str], now: dt.datetime) -> bool:
    start, end = flag.get("StartDate"), flag.get("ExpirationDate")
    return (not start or _moment(start) <= now) and (not end or now < _moment(end))


def _moment(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text.replace("+0000", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def keep(org: Org, user_id: str, log: DebugLog, operation: str, status: str) -> str:
    """Keep a log as an ``ApexLog`` record; its Id."""
    text = log.text()
    with org.transaction(user_id) as tx:
        fields = {
            "LogUserId": user_id,
            "LogLength": min(len(text.encode()), MAX_BYTES),
            "Request": "Api",
            "Operation": operation,
            "Application": "Unknown",
            "Status": status[:255],
            "DurationMilliseconds": (time.perf_counter_ns() - log._started) // 1_000_000,
            "StartTime": tx.now(),
            "Location": "Monitoring",
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
