"""Governor limits of one transaction (Apex Developer Guide, Execution Governors and Limits)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from orgwright.apex.runtime.exceptions import LimitException

#: name, as in ``Limits.getX`` -> (synchronous, asynchronous, text of the LimitException)
_LIMITS: dict[str, tuple[int, int, str]] = {
    "queries": (100, 200, "Too many SOQL queries: {}"),
    "queryrows": (50_000, 50_000, "Too many query rows: {}"),
    "querylocatorrows": (10_000, 10_000, "Too many query locator rows: {}"),
    "aggregatequeries": (300, 600, "Too many Aggregate queries: {}"),
    "soslqueries": (20, 20, "Too many SOSL queries: {}"),
    "dmlstatements": (150, 150, "Too many DML statements: {}"),
    "dmlrows": (10_000, 10_000, "Too many DML rows: {}"),
    "callouts": (100, 100, "Too many callouts: {}"),
    "futurecalls": (50, 50, "Too many future calls: {}"),
    "queueablejobs": (50, 1, "Too many queueable jobs added to the queue: {}"),
    "emailinvocations": (10, 10, "Too many Email Invocations: {}"),
    "publishimmediatedml": (150, 150, "Too many publish immediate DML statements: {}"),
    "fetchcallsonapexcursor": (100, 100, "Too many fetch calls on cursor: {}"),
    "apexcursorrows": (50_000_000, 50_000_000, "Too many cursor rows: {}"),
    "mobilepushapexcalls": (10, 10, "Too many mobile push calls: {}"),
}
CPU_MS = (10_000, 60_000)
HEAP_BYTES = (6_000_000, 12_000_000)


@dataclass
class Limits:
    """What a transaction used, and how much it may use.

    ``counts`` and ``allowed`` are by the names of the table above; ``cpu_ms`` is the allowed CPU time.
    """

    asynchronous: bool = False
    cpu_ms: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.thread_time)

    def __post_init__(self) -> None:
        late = self.asynchronous
        self.allowed = {name: row[1] if late else row[0] for name, row in _LIMITS.items()}
        self.heap_bytes = HEAP_BYTES[1 if late else 0]
        self.cpu_ms = self.cpu_ms or CPU_MS[1 if late else 0]

    def finalizing(self) -> None:
        """The limits of a finalizer: those of a synchronous transaction, but the heap and one job of each kind."""
        self.heap_bytes = HEAP_BYTES[1]
        self.allowed.update(queueablejobs=1, futurecalls=1)

    def count(self, name: str, by: int = 1) -> None:
        """Count a use; the one that crosses the limit raises LimitException."""
        total = self.counts.get(name, 0) + by
        self.counts[name] = total
        if total > self.allowed[name]:
            raise LimitException(_LIMITS[name][2].format(total))

    def used(self, name: str) -> int:
        """How much was used; ``cputime`` in milliseconds, ``heapsize`` is not measured."""
        if name == "cputime":
            return int((time.thread_time() - self.started) * 1000)
        return self.counts.get(name, 0)

    def limit(self, name: str) -> int:
        """How much may be used."""
        if name == "cputime":
            return self.cpu_ms
        if name == "heapsize":
            return self.heap_bytes
        return self.allowed.get(name, 0)

    def fresh(self) -> Limits:
        """A new set of the same kind, as between ``startTest`` and ``stopTest``."""
        return Limits(self.asynchronous, self.cpu_ms)
