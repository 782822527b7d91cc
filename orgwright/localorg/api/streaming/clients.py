"""CometD clients: who is connected, what they listen to, how far they have read."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field

IDLE_SECONDS = 40.0
"""A client that has not been heard of for so long (and does not wait) is forgotten."""
MOST_CLIENTS = 1_000


@dataclass
class Client:
    """One client: ``read`` maps each subscribed channel to the replay id that it has read up to."""

    id: str
    org_id: str
    user_id: str
    read: dict[str, int] = field(default_factory=dict)
    connects: int = 0
    waiting: int = 0
    heard: float = field(default_factory=time.monotonic)
    closed: bool = False


class Clients:
    """All clients of the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[str, Client] = {}

    def add(self, org_id: str, user_id: str) -> Client | None:
        """A new client; ``None`` when there are too many."""
        with self._lock:
            now = time.monotonic()
            for stale in [c for c in self._clients.values() if not c.waiting and now - c.heard > IDLE_SECONDS]:
                del self._clients[stale.id]
            if len(self._clients) >= MOST_CLIENTS:
                return None
            client = Client(secrets.token_hex(16), org_id, user_id)
            self._clients[client.id] = client
        return client

    def get(self, client_id: object, org_id: str) -> Client | None:
        """The client of that id, if it belongs to the org."""
        client = self._clients.get(client_id) if isinstance(client_id, str) else None
        if client is None or client.org_id != org_id:
            return None
        client.heard = time.monotonic()
        return client

    def listening(self, org_id: str, channel: str) -> list[str]:
        """The user of each client of the org that is subscribed to the channel and was heard of lately."""
        now = time.monotonic()
        with self._lock:
            return [
                one.user_id
                for one in self._clients.values()
                if one.org_id == org_id and channel in one.read and (one.waiting or now - one.heard <= IDLE_SECONDS)
            ]

    def remove(self, client: Client) -> None:
        """Forget a client."""
        client.closed = True
        with self._lock:
            self._clients.pop(client.id, None)
