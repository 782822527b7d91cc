"""Channels of events: which types come by them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orgwright.localorg.events.capture import channels_of
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.schema.model import SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_CHANNEL = re.compile(r"/(event|data)/(\w{1,90})", re.IGNORECASE)


class Refused(Exception):
    """A subscription that is refused; the text is ``code::words``."""


def types_of(tx: Transaction, channel: str) -> list[str]:
    """The types of events that come by a channel; :class:`Refused` when there is no such channel."""
    matched = _CHANNEL.fullmatch(channel)
    if matched is not None:
        kind, name = matched[1].lower(), matched[2]
        sobject = tx.schema.sobject(name)
        if sobject is not None and sobject.kind == ("event" if kind == "event" else "change"):
            return [sobject.name]
        custom = name.lower().endswith("__chn")
        known = Components(tx).get("PlatformEventChannel", name) if custom else None
        if (kind == "data" and name.lower() == "changeevents") or (
            known is not None and known.node.value("channelType") == kind
        ):
            selected = channels_of(tx)
            if name.lower() in selected.filtered:
                raise Refused("501::Filter expressions of channel members are not supported by the embedded org")
            found = (tx.schema.sobject(one) for one in sorted(selected.members.get(name.lower(), ())))
            return [one.name for one in found if one is not None]
    raise Refused(f"404::Unknown channel: {channel[:200]}")


def captured_from(tx: Transaction, event: SObjectType) -> str:
    """The object whose rights decide on an event: its own, or that of a change event."""
    if event.kind != "change":
        return event.name
    custom = event.name.endswith("__ChangeEvent")
    return event.name.removesuffix("__ChangeEvent") + "__c" if custom else event.name.removesuffix("ChangeEvent")
