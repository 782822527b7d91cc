"""Governor limits of one transaction (Apex Developer Guide, Execution Governors and Limits)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from orgwright.apex.runtime.exceptions import LimitException

#: name -> (synchronous, asynchronous, text of the LimitException, None: the count is told)
_LIMITS: dict[str, tuple[int, int, str]] = {
    "queries": (100, 200, "Too many SOQL queries: {}"),
    "query_rows": (50_000, 50_000, "Too many query rows: {}"),
    "query_locator_rows": (10_000, 10_000, "Too many query locator rows: {}"),
    "aggregate_queries": (300, 600, "Too many Aggregate queries: {}"),
    "sosl_queries": (20, 20, "Too many SOSL queries: {}"),
    "dml_statements": (150, 150, "Too many DML statements: {}"),
    "dml_rows": (10_000, 10_000, "Too many DML rows: {}"),
    "callouts": (100, 100, "Too many callouts: {}"),
    "future_calls": (50, 50, "Too many future calls: {}"),
    "queueable_jobs": (50, 1, "Too many queueable jobs added to the queue: {}"),
    "email_invocations": (10, 10, "Too many Email Invocations: {}"),
    "publish_immediate": (150, 150, "Too many publish immediate DML statements: {}"),
    "mobile_push_calls": (10, 10, "Too many mobile push calls: {}"),
}
CPU_MS = (10_000, 60_000)
HEAP_BYTES = (6_000_000, 12_000_000)


@dataclass
class Limits:
    """What a transaction used, and how much it may use.

    ``used`` and ``allowed`` are by the names of the table above; ``cpu_ms`` is the allowed CPU time.
    """

    asynchronous: bool = False
    cpu_ms: int = 0
    used: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.thread_time)

    def __post_init__(self) -> None:
        column = 1 if self.asynchronous else 0
        self.allowed = {name: row[column] for name, row in _LIMITS.items()}
        self.heap_bytes = HEAP_BYTES[column]
        self.cpu_ms = self.cpu_ms or CPU_MS[column]

    def use(self, name: str, count: int = 1) -> None:
        """Count a use; the one that crosses the limit raises LimitException."""
        total = self.used.get(name, 0) + count
        self.used[name] = total
        if total > self.allowed[name]:
            raise LimitException(_LIMITS[name][2].format(total))

    def count(self, name: str) -> int:
        """How much was used."""
        return self.used.get(name, 0)

    def fresh(self) -> Limits:
        """A new set of the same kind, as between ``startTest`` and ``stopTest``."""
        return Limits(self.asynchronous, self.cpu_ms)

    def cpu_used(self) -> int:
        """CPU time in milliseconds since the transaction began."""
        return int((time.thread_time() - self.started) * 1000)
