"""The CPU time limit, and a bound for memory, without a cost for each statement.

One thread looks at the running transactions now and then. When one is over its CPU time, or the process has grown too
much since it began, the coverage lists of its image are replaced by one that raises: the next statement that runs meets
it, in the thread of the transaction. Salesforce's heap limit is far below the bound; it is not measured.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_INTERVAL = 0.1
MOST_GROWTH = 1 << 30
"""Bytes that the process may grow by while one transaction runs."""
_STATM = Path("/proc/self/statm")
_CPU = "Apex CPU time limit exceeded"
_HEAP = "Apex heap size too large: {}"


@dataclass
class _Watched:
    """One transaction: when its thread's clock has to stop, and how large the process was when it was first looked at."""

    clock: int
    end: float
    over: Callable[[str], None]
    size: int | None = None

    def crossed(self, size: int) -> str | None:
        if _read(self.clock) > self.end:
            return _CPU
        if self.size is None:
            self.size = size
        return _HEAP.format(size - self.size) if size - self.size > MOST_GROWTH else None


class Watchdog:
    """Watches transactions; ``over`` is called once, from the watching thread, with the text of the LimitException."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[int, _Watched] = {}
        self._some = threading.Event()
        self._thread: threading.Thread | None = None
        self._next = 0

    def watch(self, seconds: float, over: Callable[[str], None]) -> int:
        """Watch the current thread: ``over`` is called when it has used that much CPU time from now on, or too much memory."""
        clock = time.pthread_getcpuclockid(threading.get_ident())
        with self._lock:
            self._next += 1
            key = self._next
            self._watched[key] = _Watched(clock, time.clock_gettime(clock) + seconds, over)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="apex-cpu-limit", daemon=True)
                self._thread.start()
        self._some.set()
        return key

    def forget(self, key: int) -> None:
        """Stop watching."""
        with self._lock:
            self._watched.pop(key, None)

    def _run(self) -> None:
        while True:
            self._some.wait()
            time.sleep(_INTERVAL)
            with self._lock:
                if not self._watched:
                    self._some.clear()
                    continue
                size = resident()
                late = {key: text for key, one in self._watched.items() if (text := one.crossed(size)) is not None}
                calls = [(self._watched.pop(key).over, text) for key, text in late.items()]
            for call, text in calls:
                call(text)


def resident() -> int:
    """Bytes of memory that the process has; 0 where the system does not tell as Linux does."""
    try:
        return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _read(clock: int) -> float:
    try:
        return time.clock_gettime(clock)
    except OSError:
        return 0.0  # the thread is gone; its transaction is forgotten by its own end


WATCHDOG = Watchdog()
