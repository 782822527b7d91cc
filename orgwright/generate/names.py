"""Names of what is generated: Apex classes and triggers of at most 40 characters, the objects that keep failures and registrations."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from orgwright.errors import OrgwrightError, Place
from orgwright.spec.model import Connector

LONGEST = 40
_MARK = 4


class NameClash(OrgwrightError):
    """Two generated components would have the same name."""


def pascal(name: str) -> str:
    """``Gentrack_Object_Event__e`` -> ``GentrackObjectEvent``."""
    bare = re.sub(r"__(c|e|mdt|b|x|kav)$", "", name, flags=re.IGNORECASE)
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", bare) if part)


def joined(*parts: str) -> str:
    """The parts as one name; if it is too long the middle is shortened, so that prefix and suffix stay.

    Long names often differ at their ends only, so four digits of the whole middle's digest keep shortened ones apart.
    """
    name = "".join(parts)
    if len(name) <= LONGEST:
        return name
    first, *rest, last = parts
    middle = "".join(rest)
    if not middle:
        return first[: LONGEST - len(last)] + last
    mark = hashlib.sha256(middle.lower().encode()).hexdigest()[:_MARK]
    first = first[: LONGEST - len(last) - _MARK - 1]
    return first + middle[: LONGEST - len(first) - len(last) - _MARK] + mark + last


@dataclass(frozen=True)
class Names:
    """The names that all classes of one connector share."""

    prefix: str

    @classmethod
    def of(cls, connector: Connector) -> Names:
        """The names for a connector: its prefix, or its own name."""
        return cls(pascal(connector.prefix or connector.connector))

    def _class(self, suffix: str) -> str:
        return joined(self.prefix, "", suffix)

    def event(self, event: str, suffix: str) -> str:
        """A class for one event; the prefix is not said twice."""
        base = pascal(event)
        return joined("" if base.startswith(self.prefix) else self.prefix, base, suffix)

    def object(self, sobject: str, suffix: str) -> str:
        """A trigger or class for one object; the prefix is not said twice."""
        base = pascal(sobject)
        return joined(self.prefix, base.removeprefix(self.prefix) if base != self.prefix else base, suffix)

    @property
    def change(self) -> str:
        """Class of one change."""
        return self._class("Change")

    @property
    def publisher(self) -> str:
        """Base class of publishers."""
        return self._class("Publisher")

    @property
    def trigger_handler(self) -> str:
        """The one trigger handler."""
        return self._class("TriggerHandler")

    @property
    def event_bus(self) -> str:
        """The way to the event bus."""
        return self._class("EventBus")

    @property
    def permissions(self) -> str:
        """Custom permissions of the running user."""
        return self._class("Permissions")

    @property
    def failures(self) -> str:
        """Keeper of failures."""
        return self._class("Failures")

    @property
    def message(self) -> str:
        """Class of one received message."""
        return self._class("Message")

    @property
    def listener(self) -> str:
        """Interface of listeners."""
        return self._class("Listener")

    @property
    def listeners(self) -> str:
        """Registry of listeners."""
        return self._class("Listeners")

    @property
    def subscriber(self) -> str:
        """Base class of subscribers."""
        return self._class("Subscriber")

    @property
    def test_data(self) -> str:
        """Test data."""
        return self._class("TestData")

    @property
    def bus_double(self) -> str:
        """Double of the event bus."""
        return self._class("EventBusDouble")

    @property
    def delivery(self) -> str:
        """The job that calls webhooks."""
        return self._class("Delivery")

    @property
    def callout_double(self) -> str:
        """Double of the web service behind webhooks."""
        return self._class("CalloutDouble")

    @property
    def shared_values(self) -> str:
        """Counts the records that share a value."""
        return self._class("SharedValues")

    @property
    def webhook_type(self) -> str:
        """Custom metadata type that says where webhooks go."""
        return f"{self.prefix[:32]}_Webhook__mdt"

    @property
    def failure_object(self) -> str:
        """Custom object that keeps failures."""
        return f"{self.prefix[:32]}_Failure__c"

    @property
    def registration_type(self) -> str:
        """Custom metadata type that registers listeners."""
        return f"{self.prefix[:32]}_Listener__mdt"

    @property
    def support_permissions(self) -> str:
        """Permission set of those who look after failures."""
        return f"{self.prefix[:60]}_Failures"


def unique(names: list[tuple[str, Place]]) -> None:
    """Refuse two components with one name (compared as Salesforce does, without case).

    Raises:
        NameClash: with the name and the place that asks for it a second time.
    """
    seen: set[str] = set()
    for name, place in names:
        if name.lower() in seen:
            raise NameClash(
                f"two Apex classes or triggers would be called {name}",
                where=place,
                help="choose another prefix or API name",
            )
        seen.add(name.lower())
