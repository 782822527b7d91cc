"""The CPU time limit without a cost for each statement.

One thread looks at the running transactions now and then. When one is over its CPU time, the coverage lists of its
image are replaced by one that raises: the next statement that runs meets it, in the thread of the transaction.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_INTERVAL = 0.1


class Watchdog:
    """Watches the CPU time of threads; ``over`` is called once, from the watching thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[int, tuple[int, float, Callable[[], None]]] = {}
        self._some = threading.Event()
        self._thread: threading.Thread | None = None
        self._next = 0

    def watch(self, seconds: float, over: Callable[[], None]) -> int:
        """Watch the current thread: ``over`` is called when it has used that much CPU time from now on."""
        clock = time.pthread_getcpuclockid(threading.get_ident())
        with self._lock:
            self._next += 1
            key = self._next
            self._watched[key] = (clock, time.clock_gettime(clock) + seconds, over)
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
                late = [key for key, (clock, end, _) in self._watched.items() if _read(clock) > end]
                calls = [self._watched.pop(key)[2] for key in late]
            for call in calls:
                call()


def _read(clock: int) -> float:
    try:
        return time.clock_gettime(clock)
    except OSError:
        return 0.0  # the thread is gone; its transaction is forgotten by its own end


WATCHDOG = Watchdog()
