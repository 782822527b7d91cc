"""The depth of calls: while Apex runs, Python's recursion limit is what ends endless recursion.

The limit is the process's, so it is lowered when the first transaction enters and put back when the last one leaves.
Too high a limit would let recursion through C code (sorting, ``equals`` in a Set) exhaust the thread's stack.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

#: Python frames that Apex may use above those of its caller: 1,000 of Apex and what stands between them
FRAMES = 1_900
_GENERATION = 12_000

_lock = threading.Lock()
_running = 0
_before = 0


def _depth() -> int:
    frame = sys._getframe(1)
    count = 1
    while frame.f_back is not None:
        frame = frame.f_back
        count += 1
    return count


@contextlib.contextmanager
def deep() -> Iterator[None]:
    """Allow the recursion of code generation, which goes as deep as expressions are nested."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _GENERATION))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Hold the recursion limit at what Apex may use."""
    global _running, _before
    wanted = _depth() + FRAMES
    with _lock:
        if _running == 0:
            _before = sys.getrecursionlimit()
            sys.setrecursionlimit(wanted)
        elif sys.getrecursionlimit() < wanted:
            sys.setrecursionlimit(wanted)
        _running += 1
    try:
        yield
    finally:
        with _lock:
            _running -= 1
            if _running == 0:
                sys.setrecursionlimit(_before)
