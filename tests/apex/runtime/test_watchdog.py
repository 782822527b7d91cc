"""The watchdog: of the transactions that run while the process grows too much, the one that works is stopped."""

from __future__ import annotations

import threading
import time

import pytest

from orgwright.apex.runtime import watchdog


def test_growth_stops_the_transaction_that_works_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 1
    monkeypatch.setattr(watchdog, "resident", lambda: size)
    dog, stop, told, ready = watchdog.Watchdog(), threading.Event(), threading.Event(), threading.Barrier(3)
    ended: dict[str, str] = {}

    def transaction(name: str, busy: bool) -> None:
        def over(text: str) -> None:
            ended[name] = text
            told.set()

        key = dog.watch(60, over)
        ready.wait()
        while busy and not stop.is_set():
            pass
        stop.wait()
        dog.forget(key)

    threads = [threading.Thread(target=transaction, args=pair) for pair in (("idle", False), ("busy", True))]
    for thread in threads:
        thread.start()
    try:
        ready.wait()
        time.sleep(0.3)  # the first look measures
        size += watchdog.MOST_GROWTH + 1
        assert told.wait(5)
        time.sleep(0.3)
        assert ended == {"busy": f"Apex heap size too large: {watchdog.MOST_GROWTH + 1}"}
    finally:
        stop.set()
        for thread in threads:
            thread.join()
