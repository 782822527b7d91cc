"""The CPU time limit, and a bound for memory, without a cost for each statement.

One thread looks at the running transactions now and then. When one is over its CPU time, or the process has grown too
much since it began, the coverage lists of its image are replaced by one that raises: the next statement that runs meets
it, in the thread of the transaction. Salesforce's heap limit is far below the bound; it is not measured.

Only the process tells how much it has grown, not a thread: of the threads whose transactions run while it grows too much,
the one that has worked most is stopped, and the others are measured anew.
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
    """One transaction: when its thread's clock has to stop, what it was and how large the process at the first look."""

    clock: int
    end: float
    over: Callable[[str], None]
    size: int | None = None
    begun: float = 0

    def worked(self) -> float:
        """The CPU seconds since its growth is measured."""
        return _read(self.clock) - self.begun

    def measure(self, size: int) -> None:
        """Measure growth from here on."""
        self.size, self.begun = size, _read(self.clock)

    def growth(self, size: int) -> int:
        """What the process has grown by, from the first look on."""
        if self.size is None:
            self.measure(size)
        return size - (self.size or 0)


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
                calls = [(self._watched.pop(key).over, text) for key, text in self._crossed(resident())]
            for call, text in calls:
                call(text)

    def _crossed(self, size: int) -> list[tuple[int, str]]:
        """The transactions that have to end, with the text of what they have used up."""
        late = [(key, _CPU) for key, one in self._watched.items() if _read(one.clock) > one.end]
        if late:
            return late  # what they held is free soon
        grown = {key: one for key, one in self._watched.items() if one.growth(size) > MOST_GROWTH}
        if not grown:
            return []
        worst = max(grown.values(), key=_Watched.worked).clock
        late = [(key, _HEAP.format(one.growth(size))) for key, one in grown.items() if one.clock == worst]
        for one in grown.values():
            one.measure(size)
        return late


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
