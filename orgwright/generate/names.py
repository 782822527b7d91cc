"""Names of what is generated: Apex classes and triggers of at most 40 characters, the objects that keep failures and registrations."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from orgwright.errors import OrgwrightError, Place
from orgwright.spec.model import Connector

LONGEST = 40
_MARK = 4
_TESTED = ("Delivery", "Permissions")
"""Classes whose tests are called as those of objects are."""


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
    mark = _digest(middle)
    first = first[: LONGEST - len(last) - _MARK - 1]
    return first + middle[: LONGEST - len(first) - len(last) - _MARK] + mark + last


def words_apart(names: Iterable[str], *, prefix: str = "", taken: Iterable[str] = ()) -> dict[str, str]:
    """Each API name as one word of Apex: :func:`pascal`, with four digits of its digest where another one would make the same names.

    ``prefix`` is not said twice in names, so that words count without it; ``taken`` are words that others have. ``Account`` comes
    before ``Account__c``: it keeps its plain word.
    """
    words: dict[str, str] = {}
    seen = {word.lower() for word in taken}
    for name in sorted(set(names), key=lambda name: (name.endswith("__c"), name)):
        word = pascal(name)
        bare = _bare(word, prefix).lower()
        words[name] = word + _digest(name) if bare in seen else word
        seen.add(bare)
    return words


def permission_methods(names: Iterable[str]) -> list[dict[str, str]]:
    """Custom permissions by name, each with the word that the methods of its tests are called by."""
    found = list(names)
    words = words_apart(found)
    return [{"name": name, "method": words[name]} for name in found]


def _bare(word: str, prefix: str) -> str:
    """The word without the prefix, where it begins with that as a word of its own."""
    rest = word.removeprefix(prefix)
    return rest if rest and not rest[0].islower() else word


def _digest(text: str) -> str:
    return hashlib.sha256(text.lower().encode()).hexdigest()[:_MARK]


@dataclass(frozen=True)
class Names:
    """The names that all classes of one connector share; ``words`` holds the word of each object and event."""

    prefix: str
    words: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, connector: Connector) -> Names:
        """The names for a connector: its prefix, or its own name."""
        objects = {*connector.objects, *connector.watched}
        events = {*connector.events, *connector.publish, *connector.subscribe}
        prefix = pascal(connector.prefix or connector.connector)
        return cls(prefix, {**words_apart(objects, prefix=prefix, taken=_TESTED), **words_apart(events, prefix=prefix)})

    def word(self, api_name: str) -> str:
        """An object or event as one word, which no other one of its kind has."""
        return self.words.get(api_name) or pascal(api_name)

    def builder(self, sobject: str) -> str:
        """The method that builds test records: ``newOrderItem``."""
        return f"new{self.word(sobject)}"

    def _class(self, suffix: str) -> str:
        return joined(self.prefix, "", suffix)

    def event(self, event: str, suffix: str) -> str:
        """A class for one event; the prefix is not said twice."""
        return joined(self.prefix, _bare(self.word(event), self.prefix), suffix)

    def object(self, sobject: str, suffix: str) -> str:
        """A trigger or class for one object; the prefix is not said twice."""
        return joined(self.prefix, _bare(self.word(sobject), self.prefix), suffix)

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
