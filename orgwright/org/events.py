"""Platform events over CometD (Bayeux): subscribe to a channel, read what arrives.

Follows the Streaming API developer guide: handshake, subscribe with the replay extension, long polls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from orgwright.errors import OrgwrightError, Place

if TYPE_CHECKING:
    from orgwright.org.client import OrgClient

NEW_ONLY: Final = -1
ALL_RETAINED: Final = -2


@dataclass(frozen=True)
class Event:
    """One event: its channel, its place in the channel, its fields."""

    channel: str
    replay_id: int
    payload: dict[str, Any]


class SubscriptionRefused(OrgwrightError):
    """The org does not let us listen to a channel."""


class Subscription:
    """A channel that is listened to."""

    def __init__(self, org: OrgClient, channel: str, replay: int) -> None:
        self._org, self._channel = org, channel
        self._path = f"/cometd/{org.connection.api_version}"
        self._client = self._call(
            "/meta/handshake", version="1.0", supportedConnectionTypes=["long-polling"], ext={"replay": True}
        )[0]["clientId"]
        self._call("/meta/subscribe", subscription=channel, ext={"replay": {channel: replay}})

    def read(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> Iterator[Event]:
        """Events as they arrive, until none came for ``seconds``."""
        end = clock() + seconds
        while (left := end - clock()) > 0:
            advice = {"timeout": int(left * 1000)}
            messages = self._call("/meta/connect", connectionType="long-polling", advice=advice)
            events = [_event(m) for m in messages if m.get("channel") == self._channel and "data" in m]
            if events:
                end = clock() + seconds
            yield from events

    def close(self) -> None:
        """Say good-bye to the org."""
        self._call("/meta/disconnect")

    def _call(self, channel: str, **message: Any) -> list[dict[str, Any]]:
        if hasattr(self, "_client"):
            message["clientId"] = self._client
        messages: list[dict[str, Any]] = self._org.transport.send(
            "POST", self._path, json=[{"channel": channel, **message}]
        ).json()
        for answer in messages:
            if answer.get("channel") == channel and not answer.get("successful", True):
                raise SubscriptionRefused(
                    f"the org refused {channel}: {answer.get('error', 'no reason given')}",
                    where=Place(path=self._channel),
                )
        return messages if channel == "/meta/connect" else [m for m in messages if m.get("channel") == channel]


@dataclass
class EventApi:
    """Platform events of one org."""

    org: OrgClient

    @contextmanager
    def subscribe(self, channel: str, *, replay: int = NEW_ONLY) -> Iterator[Subscription]:
        """Listen to a channel such as ``/event/Order_Event__e``.

        ``replay`` is :data:`NEW_ONLY`, :data:`ALL_RETAINED`, or the replay id after which to begin. Raises
        :class:`SubscriptionRefused`.
        """
        subscription = Subscription(self.org, channel, replay)
        try:
            yield subscription
        finally:
            subscription.close()


def _event(message: dict[str, Any]) -> Event:
    data = message["data"]
    return Event(message["channel"], int(data["event"]["replayId"]), data["payload"])
