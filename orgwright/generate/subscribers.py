"""Apex of subscribers: what they share, a class and a trigger for each event, and their tests."""

from __future__ import annotations

from collections.abc import Iterator

from orgwright.generate.names import Names
from orgwright.generate.publishers import required_values
from orgwright.generate.units import Unit, apex_class, apex_trigger
from orgwright.spec.model import Connector, Event, FieldType, Subscriber
from orgwright.spec.publishing import TEXTS

_TYPES = ("recorded", "second", "refused", "missing", "unknown")
_LONGEST_TYPE, _LONGEST_MARK = len("test.recorded"), len("good")


def units(connector: Connector, names: Names) -> Iterator[Unit]:
    """The subscribers, who listens to their messages, and their tests."""
    if not connector.subscribe:
        return
    place = connector.place
    subscribers = connector.subscribe.values()
    retrying = any(item.retries for item in subscribers)
    texts = any(_is_text(item.version_field, connector.events[item.event]) for item in subscribers)
    for name, template in (
        (names.message, "Message"),
        (names.listener, "Listener"),
        (names.listeners, "Listeners"),
        (names.subscriber, "Subscriber"),
    ):
        yield apex_class(name, template, place, retrying=retrying, texts=texts)
    for item in subscribers:
        event = connector.events[item.event]
        name = names.event(item.event, "Subscriber")
        trigger = names.event(item.event, "Trigger")
        yield apex_class(
            name,
            "EventSubscriber",
            item.place,
            event=event,
            subscriber=item,
            retrying=retrying,
            assignments=_received(item, event),
        )
        yield apex_trigger(trigger, "EventTrigger", item.place, event=item.event, subscriber=name)
        yield _subscriber_test(item, event, name, names, retrying)


def _received(item: Subscriber, event: Event) -> list[tuple[str, str]]:
    pairs = (
        ("eventId", item.id_field, _as_text),
        ("eventType", item.type_field, _as_text),
        ("eventTime", item.time_field, _as_text),
        ("version", item.version_field, _as_number),
        ("payload", item.payload_field, _as_text),
    )
    return [(attribute, read(field, event)) for attribute, field, read in pairs if field]


def _as_text(field: str, event: Event) -> str:
    if event.fields[field].type is FieldType.DATE_TIME:
        return f"received.{field}?.formatGmt('yyyy-MM-dd\\'T\\'HH:mm:ss.SSS\\'Z\\'')"
    return f"received.{field}" if _is_text(field, event) else f"String.valueOf(received.{field})"


def _as_number(field: str, event: Event) -> str:
    return f"numberIn(received.{field})" if _is_text(field, event) else f"received.{field}"


def _is_text(field: str | None, event: Event) -> bool:
    return field is not None and event.fields[field].type in TEXTS


def _subscriber_test(item: Subscriber, event: Event, subscriber: str, names: Names, retrying: bool) -> Unit:
    marks = (("eventId", item.id_field), ("payload", item.payload_field))
    marked = [(a, f) for a, f in marks if f and _is_text(f, event)]
    timed = [("eventTime", item.time_field)] if item.time_field and _is_text(item.time_field, event) else []
    is_short = any((event.fields[f].length or 0) < _LONGEST_MARK for _, f in [*marked, *timed])
    good, bad = ("g", "b") if is_short else ("good", "bad")
    values = [(item.type_field, "eventType"), *((field, "mark") for _, field in [*marked, *timed])]
    is_wide = (event.fields[item.type_field].length or 0) >= _LONGEST_TYPE
    return apex_class(
        names.event(item.event, "SubscriberTest"),
        "SubscriberTest",
        item.place,
        test=True,
        subscriber=subscriber,
        event=item.event,
        retries=item.retries,
        retrying=retrying,
        first=", 0" if retrying else "",
        last=f", {item.retries}" if retrying else "",
        version_field=item.version_field,
        version_is_text=_is_text(item.version_field, event),
        marker=marked[0][0] if marked else "eventType",
        tells_apart=bool(marked),
        good=good,
        bad=bad,
        types={kind: f"test.{kind}" if is_wide else letter for kind, letter in zip(_TYPES, "abcde", strict=True)},
        expected=[(attribute, f"'{good}'") for attribute, _ in [*marked, *timed]],
        event_values=[*values, *required_values(event, tuple(name for name, _ in values))],
    )
