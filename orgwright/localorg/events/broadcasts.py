"""Generic streaming: texts that clients push to a channel of their own, ``/u/X`` (Streaming API Developer Guide, "Generic Events").

A channel is a ``StreamingChannel`` record; who may read those may listen, who may make them may push.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.events.publish import Published

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

SOBJECT = "StreamingChannel"
PREFIX = "/u/"


def is_generic(channel: str) -> bool:
    """Whether the channel is one of generic streaming: the prefix alone names none."""
    return channel.startswith(PREFIX) and channel != PREFIX


def exists(tx: Transaction, channel: str) -> bool:
    """Whether the user sees a channel of that name; the case counts, as in all names of channels, though not in queries."""
    if not tx.can("read", SOBJECT):
        return False
    soql = f"SELECT Name FROM {SOBJECT} WHERE Name = :name"
    found = tx.query(soql, binds={"name": channel}, access="system").records
    return any(one.fields["Name"] == channel for one in found)


def push(tx: Transaction, channel: str, text: str, user_ids: Sequence[str]) -> None:
    """Put a text on the channel with the commit: for these users, or for all."""
    payload = {"payload": text, "userIds": list(user_ids)}
    tx.waiting.after_commit.append(Published(channel, "", tx.now_text, tx.user_id, payload))
