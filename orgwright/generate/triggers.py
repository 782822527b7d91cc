"""Triggers: one for each object, whatever hangs on it, under one name."""

from __future__ import annotations

from orgwright.generate.names import Names
from orgwright.spec.model import Connector, Teller


def trigger_name(connector: Connector, names: Names, sobject: str) -> str:
    """The name that the spec gives to the trigger of an object, or one made of prefix and object."""
    tellers: list[Teller] = [*connector.publish.values(), *connector.webhooks.values()]
    for teller in tellers:
        source = teller.sources.get(sobject)
        if source is not None and source.trigger is not None:
            return source.trigger
    return names.object(sobject, "Trigger")
