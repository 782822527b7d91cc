"""Work divided among forked processes: each knows all that this one knows, and hands back what it made.

A share that does not come back, because its process was killed or met a fault, is done by this process: what is wrong
with the work itself shows here. So is all work where processes cannot be forked, or not safely beside other threads.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    work: Callable[[T], R],
    items: Sequence[T],
    weight: Callable[[T], int],
    processes: int,
    *,
    here: Callable[[T], R] | None = None,
) -> list[R]:
    """What ``work`` makes of each item, in their order, by so many processes with shares of about equal weight.

    What another process makes comes back as a copy; what it changes besides is lost. For what is done by this process
    ``here`` may stand in for ``work``.
    """
    made: dict[int, R] = {}
    workers: list[_Worker] = []
    try:
        if processes > 1 and hasattr(os, "fork") and threading.active_count() == 1:
            for share in _shares([weight(item) for item in items], processes):
                with suppress(OSError):  # the system has no process left
                    workers.append(_start(work, items, share))
        for worker in workers:
            made.update(worker.result())
    finally:
        for worker in workers:
            worker.end()
    return [made[at] if at in made else (here or work)(item) for at, item in enumerate(items)]


def _shares(weights: Sequence[int], count: int) -> list[list[int]]:
    """The places of items in so many shares: the heaviest first, each to the share that is the lightest so far."""
    shares: list[list[int]] = [[] for _ in range(count)]
    totals = [0] * count
    for at in sorted(range(len(weights)), key=lambda at: -weights[at]):
        lightest = totals.index(min(totals))
        shares[lightest].append(at)
        totals[lightest] += weights[at]
    return [sorted(share) for share in shares if share]


@dataclass
class _Worker:
    """A forked process and where its results come from."""

    pid: int
    source: BinaryIO
    ended: bool = False

    def result(self) -> dict[int, Any]:
        """What it made, by places, when it is done; nothing when it did not come to its end."""
        data = self.source.read()
        _, status = os.waitpid(self.pid, 0)
        self.ended = True
        return pickle.loads(data) if status == 0 else {}  # noqa: S301  # from a process of our own

    def end(self) -> None:
        """Leave nothing behind, whatever happened."""
        self.source.close()
        if not self.ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def _start(work: Callable[[T], R], items: Sequence[T], share: Sequence[int]) -> _Worker:
    reader, writer = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if pid:
        os.close(writer)
        return _Worker(pid, os.fdopen(reader, "rb"))
    status = 1
    try:
        os.close(reader)
        data = pickle.dumps({at: work(items[at]) for at in share}, pickle.HIGHEST_PROTOCOL)
        with os.fdopen(writer, "wb") as target:
            target.write(data)
        status = 0
    finally:
        os._exit(status)  # nothing of what this process inherited is for it to close or to flush
