"""What all requests of one server share: orgs, sessions, background work, request counts."""

from __future__ import annotations

import datetime as dt
import json
import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from orgwright.localorg.api.routing import Router
from orgwright.localorg.copies.snapshots import Snapshots
from orgwright.localorg.copies.state import OrgStates
from orgwright.localorg.files import make_private, write_private
from orgwright.localorg.hub.packages.store import PackageStore
from orgwright.localorg.hub.sandboxes import Sandboxes
from orgwright.localorg.hub.scratch import DevHub
from orgwright.localorg.orglimits import DAILY_API_REQUESTS
from orgwright.localorg.registry import OrgEntry, Registry
from orgwright.localorg.sessions import OWN, Grant, Session, Sessions

T = TypeVar("T")
log = logging.getLogger("orgwright.localorg")

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Runtime:
    """One for each server process.

    ``url`` is where it listens (http), ``key`` is the secret of the administration API, ``instance`` tells this process from an earlier one,
    ``on_stop`` ends the process. ``state`` is for an API package that must keep something between requests (streaming clients):
    one object each, by the name of the package.
    """

    def __init__(self, home: Path, *, clock: Callable[[], dt.datetime] | None = None) -> None:
        self.home = home
        self.clock = clock or (lambda: dt.datetime.now(dt.UTC))
        self.registry = Registry(home, self.clock)
        self.sessions = Sessions(self.registry, self.clock)
        self.registry.sessions = self.sessions
        self._asked_at: ContextVar[str] = ContextVar("asked_at", default="")
        self.states = OrgStates(
            self.registry, self.sessions, Snapshots(home, self.clock), self.clock, self.url_for_client
        )
        self.registry.hub = DevHub(
            self.registry,
            self.sessions,
            self.url_for_client,
            PackageStore(home),
            Sandboxes(self.registry, self.sessions, self.states, self.url_for_client),
        )
        self.usage = Usage(self.clock, home / "usage.json")
        self.router = Router()
        self.url = ""
        self.key = secrets.token_urlsafe(32)
        self.instance = secrets.token_hex(8)
        self.stopping = threading.Event()
        self.on_stop: Callable[[], None] = self.stopping.set
        self._background = ThreadPoolExecutor(max_workers=8, thread_name_prefix="background")
        self._state: dict[str, Any] = {}
        self._state_lock = threading.Lock()

    def asked_at(self, base_url: str) -> None:
        """Remember, for this thread's request, by which address its client reaches the server."""
        self._asked_at.set(base_url if urlsplit(base_url).hostname in LOOPBACK else "")

    def url_for_client(self) -> str:
        """Where the client of this thread's request finds the orgs: http or https, as he asked himself."""
        return self._asked_at.get() or self.url

    def submit(self, name: str, work: Callable[[], T], *, wait: float = 0.0) -> Future[T]:
        """Run work in the background; wait up to ``wait`` seconds for it, so that a small job is done
        before its first poll. What escapes from ``work`` is logged under ``name``: work that has a state
        must record its own failure."""
        # the work is done for this request's client, so it knows by which address he came
        future = self._background.submit(copy_context().run, work)
        future.add_done_callback(lambda done: _log_failure(name, done))
        if wait:
            wait_for([future], timeout=wait)
        return future

    def state(self, package: str, make: Callable[[], T]) -> T:
        """The object that an API package keeps here, made by ``make`` at first use."""
        with self._state_lock:
            if package not in self._state:
                self._state[package] = make()
            kept: T = self._state[package]
            return kept

    def open_session(self, entry: OrgEntry) -> dict[str, str]:
        """Fresh access and refresh tokens of the org's administrator, which no client asked for: whichever of
        Salesforce's own tools they are given to may refresh them."""
        now = self.clock().timestamp()
        access = Grant("access", entry.user_id, OWN, "full refresh_token", now)
        refresh = Grant("refresh", entry.user_id, OWN, "full refresh_token", now)
        return {
            "access_token": self.sessions.issue(entry, access),
            "refresh_token": self.sessions.issue(entry, refresh),
        }

    def count(self, session: Session) -> tuple[int, int]:
        """Count an API request: how many there were today, and how many there may be; the request goes beyond that
        when the first is larger."""
        return self.usage.add(session.entry.org_id, "DailyApiRequests"), allowance(session)

    def temporary_folder(self) -> Path:
        """Where bodies that are kept on disk wait for their handler."""
        return make_private(self.home / "tmp")

    def close(self) -> None:
        """Stop background work and close the orgs."""
        for kept in list(self._state.values()):
            if hasattr(kept, "close"):
                kept.close()
        self._background.shutdown(wait=True, cancel_futures=True)
        self.usage.save()
        self.registry.close()


class Usage:
    """API requests of the current day (UTC), by org."""

    def __init__(self, clock: Callable[[], dt.datetime], path: Path) -> None:
        self._clock, self._path = clock, path
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str, str], int] = {}
        if path.exists():
            try:
                self._counts = {
                    (org, name, period): count for org, name, period, count in json.loads(path.read_bytes())
                }
            except (OSError, ValueError, TypeError) as fault:
                log.warning("%s is damaged (%s): today's API requests are counted from zero", path, fault)

    def save(self) -> None:
        """Keep today's counts for the next start."""
        today = self._period()
        kept = [(*key, count) for key, count in self._counts.items() if key[2] == today]
        write_private(self._path, json.dumps(kept).encode())

    def add(self, org_id: str, name: str, amount: int = 1) -> int:
        """Count, and tell the new count."""
        key = (org_id, name, self._period())
        with self._lock:
            count = self._counts[key] = self._counts.get(key, 0) + amount
        return count

    def get(self, org_id: str, name: str) -> int:
        """The count so far."""
        return self._counts.get((org_id, name, self._period()), 0)

    def _period(self) -> str:
        return self._clock().date().isoformat()


def allowance(session: Session, name: str = "DailyApiRequests") -> int:
    """The org's daily number of API requests, or another limit that its entry overrides."""
    default = DAILY_API_REQUESTS[session.entry.kind]
    return int(session.entry.limits.get(name, default))


def _log_failure(name: str, done: Future[Any]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("background work %s failed", name, exc_info=error)
