"""Apex from the spec: publishers, subscribers, triggers, and their tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orgwright.errors import OrgwrightError, Place
from orgwright.generate import flags, records, sharing, webhooks
from orgwright.generate.kinds.pairs import document
from orgwright.generate.names import Names, joined, pascal, unique
from orgwright.generate.templates import Templates
from orgwright.generate.triggers import trigger_name
from orgwright.generate.units import Unit, apex_class, apex_trigger
from orgwright.metadata import Component
from orgwright.spec.model import (
    Connector,
    Event,
    Field,
    FieldType,
    FlagSource,
    Operation,
    Publisher,
    PublisherSource,
    Subscriber,
)

_TEXT_FIELDS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT_AREA, FieldType.TEXT_AREA})
_NOTICE_LENGTH = 255
_ORDER: tuple[Operation, ...] = ("insert", "update", "delete", "undelete")


class CannotGenerate(OrgwrightError):
    """A spec that is sound but asks for Apex that cannot be made."""


@dataclass(frozen=True)
class Apex:
    """The generated code: ``components``, and the names of the classes that are not tests."""

    components: tuple[Component, ...]
    classes: tuple[str, ...]
    subscriber_triggers: dict[str, str]


def apex(connector: Connector, names: Names, templates: Templates) -> Apex:
    """All Apex of a connector, sorted by name.

    Raises:
        CannotGenerate, NoTestRecord, NameClash, TemplateError: each with the place in the spec that asks for it.
    """
    units = [*_triggered(connector, names, templates), *_publishing(connector, names, templates)]
    units += _subscribing(connector, names)
    if connector.publish or connector.subscribe or connector.webhooks:
        units += _common(connector, names)
    unique([(unit.name, unit.place) for unit in units])
    shared = {
        "n": names,
        "label": connector.label,
        "failure": names.failure_object,
        "registration": names.registration_type,
        "webhook_type": names.webhook_type,
    }
    components = []
    for unit in units:
        suffix = "cls" if unit.kind == "ApexClass" else "trigger"
        body = templates.render(f"apex/{unit.template}.{suffix}.j2", **(shared | {"name": unit.name} | unit.values))
        components.append(Component(unit.kind, unit.name, body, _meta(unit.kind, connector)))
    return Apex(
        tuple(sorted(components)),
        tuple(sorted(u.name for u in units if u.kind == "ApexClass" and not u.test)),
        {event: names.event(event, "Trigger") for event in connector.subscribe},
    )


def _meta(kind: str, connector: Connector) -> bytes:
    return document(kind, [("apiVersion", connector.api_version), ("status", "Active")])


def _common(connector: Connector, names: Names) -> Iterator[Unit]:
    yield apex_class(
        names.failures,
        "Failures",
        connector.place,
        publishes=bool(connector.publish),
        subscribes=bool(connector.subscribe),
        sends=bool(connector.webhooks),
    )


# publishers


def _publishing(connector: Connector, names: Names, templates: Templates) -> Iterator[Unit]:
    if not connector.publish:
        return
    place = connector.place
    known = records.needs(connector, templates.text("apex/test_records.tsv"))
    selective = any(s.when_changed for p in connector.publish.values() for s in p.sources.values())
    used = {value for publisher in connector.publish.values() for value in publisher.set.values()}
    payloads = bool(used & {"$old", "$new"})
    yield apex_class(names.change, "Change", place, selective=selective, used=used, payloads=payloads)
    silencing = any(_silenced(publisher) for publisher in connector.publish.values())
    yield apex_class(names.publisher, "Publisher", place, payloads=payloads, silencing=silencing)
    yield apex_class(names.event_bus, "EventBus", place)
    publishers = [names.event(event, "Publisher") for event in connector.publish]
    yield apex_class(names.trigger_handler, "TriggerHandler", place, publishers=publishers)
    yield apex_class(names.bus_double, "BusDouble", place, test=True)
    for publisher in connector.publish.values():
        event = _event(connector, publisher.event, publisher.place)
        yield _publisher(publisher, event, names, silencing)
        yield _publisher_test(publisher, event, names)
    for sobject in _operations(connector):
        yield _trigger_test(connector, sobject, trigger_name(connector, names, sobject), names, known[sobject])


def _triggered(connector: Connector, names: Names, templates: Templates) -> Iterator[Unit]:
    """One trigger for each object that anything wants to know about, and what all that hangs on triggers shares."""
    published, flagged = _operations(connector), flags.settings(connector, names)
    sent, limited = webhooks.operations(connector), sharing.limited(connector)
    objects = sorted({*published, *flagged, *sent, *limited})
    if not objects:
        return
    known = records.needs(connector, templates.text("apex/test_records.tsv"))
    yield apex_class(names.test_data, "TestData", connector.place, test=True, builders=records.builders(objects, known))
    yield from flags.units(connector, names, known)
    yield from webhooks.units(connector, names, known)
    yield from sharing.units(connector, names)
    for sobject in objects:
        counted = sharing.OPERATIONS if sobject in limited else ()
        after = {*published.get(sobject, ()), *sent.get(sobject, ()), *counted}
        yield apex_trigger(
            trigger_name(connector, names, sobject),
            "Trigger",
            _source_place(connector, sobject),
            object=sobject,
            published=sobject in published,
            operations=[o for o in _ORDER if o in after],
            flag=flagged.get(sobject),
            webhooks=webhooks.calls(connector, sobject),
            limited=limited.get(sobject, ()),
        )
    silenced = [name for p in connector.publish.values() for name in _silenced(p)]
    silenced += [*flags.silenced(connector), *webhooks.silenced(connector)]
    yield from _permissions(connector, names, dict.fromkeys(silenced))


def _permissions(connector: Connector, names: Names, silenced: Iterable[str]) -> Iterator[Unit]:
    permissions = [{"name": name, "method": pascal(name)} for name in silenced]
    if permissions:
        place, test = connector.place, joined(names.permissions, "", "Test")
        yield apex_class(names.permissions, "Permissions", place)
        yield apex_class(test, "PermissionsTest", place, test=True, permissions=permissions)


def _event(connector: Connector, name: str, place: Place) -> Event:
    event = connector.events.get(name)
    if event is None:
        raise CannotGenerate(
            f"the fields of {name} are not in the spec", where=place, help="describe the event under events"
        )
    return event


def _source_place(connector: Connector, sobject: str) -> Place:
    sources: list[Mapping[str, PublisherSource | FlagSource]] = [p.sources for p in connector.publish.values()]
    sources += [webhook.sources for webhook in connector.webhooks.values()]
    sources += [flag.sources for flag in connector.flags.values()]
    place = next((found[sobject].place for found in sources if sobject in found), None)
    return place or connector.objects[sobject].place


def _operations(connector: Connector) -> dict[str, tuple[Operation, ...]]:
    """The objects that are published, each with the operations that any publisher wants."""
    found: dict[str, set[Operation]] = {}
    for publisher in connector.publish.values():
        for sobject in publisher.sources:
            found.setdefault(sobject, set()).update(publisher.operations(sobject))
    return {sobject: tuple(o for o in _ORDER if o in found[sobject]) for sobject in sorted(found)}


def _sources(publisher: Publisher) -> list[dict[str, Any]]:
    return [
        {
            "object": name,
            "operations": [o for o in _ORDER if o in publisher.operations(name)],
            "fields": source.fields,
            "when_changed": source.when_changed,
        }
        for name, source in sorted(publisher.sources.items())
    ]


def _silenced(publisher: Publisher) -> list[str]:
    return list(dict.fromkeys([*publisher.unless, *([publisher.echo] if publisher.echo else [])]))


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def _assignment(event: Event, field: str, value: str) -> str:
    token = f"{event.api_name}.{field}"
    return {
        "$operation": "change.operation",
        "$object": "change.objectName()",
        "$id": "String.valueOf(change.recordId())",
        "$old": f"fit(change.oldPayload(fields), {token}, change)",
        "$new": f"fit(change.newPayload(fields), {token}, change)",
    }.get(value) or _literal(value)


def _publisher(publisher: Publisher, event: Event, names: Names, silencing: bool) -> Unit:
    sources = _sources(publisher)
    return apex_class(
        names.event(publisher.event, "Publisher"),
        "EventPublisher",
        publisher.place,
        event=event,
        sources=sources,
        silenced=_silenced(publisher),
        silencing=silencing,
        selective=any(s["when_changed"] for s in sources),
        uses_payload=any(v in ("$old", "$new") for v in publisher.set.values()),
        assignments=[(field, _assignment(event, field, value)) for field, value in sorted(publisher.set.items())],
    )


def _publisher_test(publisher: Publisher, event: Event, names: Names) -> Unit:
    first = _sources(publisher)[0]
    operation = first["operations"][0]
    payload = next((f for f, v in sorted(publisher.set.items()) if v in ("$new", "$old")), None)
    text = next((f for f in event.fields.values() if f.type in _TEXT_FIELDS), None)
    if text is None:
        raise CannotGenerate(f"{event.api_name} has no text field to publish anything in", where=event.place)
    length = event.fields[payload].length if payload and payload in event.fields else None
    changed = "records" if operation != "delete" else "null"
    before = "records" if operation in ("update", "delete") else "null"
    return apex_class(
        names.event(publisher.event, "PublisherTest"),
        "PublisherTest",
        publisher.place,
        test=True,
        publisher=names.event(publisher.event, "Publisher"),
        event=event.api_name,
        object=first["object"],
        method=records.method_of(first["object"]),
        operation=operation,
        arguments=f"{changed}, {before}",
        silenced=[{"name": name, "method": pascal(name)} for name in _silenced(publisher)],
        text_field=text.api_name,
        payload_field=payload,
        notice_fits=(length or 0) >= _NOTICE_LENGTH,
        stranger=records.stranger(publisher.sources),
    )


def _trigger_test(connector: Connector, sobject: str, trigger: str, names: Names, need: records.Need) -> Unit:
    publishers = [p for p in connector.publish.values() if sobject in p.sources]
    events = [_tested_event(connector, p, sobject, need, len(publishers) > 1) for p in publishers]
    return apex_class(
        names.object(sobject, "Test"),
        "TriggerTest",
        publishers[0].sources[sobject].place,
        test=True,
        trigger=trigger,
        object=sobject,
        method=records.method_of(sobject),
        undeletable=need.undeletable,
        events=events,
    )


def _tested_event(
    connector: Connector, publisher: Publisher, sobject: str, need: records.Need, several: bool
) -> dict[str, Any]:
    def field_for(value: str) -> str | None:
        return next((f for f, v in sorted(publisher.set.items()) if v == value), None)

    source = publisher.sources[sobject]
    return {
        "suffix": pascal(publisher.event) if several else "",
        "event": publisher.event,
        "operations": [o for o in _ORDER if o in publisher.operations(sobject)],
        "change": _change_field(connector, publisher, sobject, need),
        "selective": bool(source.when_changed),
        "old": field_for("$old"),
        "new": field_for("$new"),
        "operation_field": field_for("$operation"),
        "object_field": field_for("$object"),
        "id_field": field_for("$id"),
        "literals": [(f, _literal(v)) for f, v in sorted(publisher.set.items()) if not v.startswith("$")],
    }


def _change_field(connector: Connector, publisher: Publisher, sobject: str, need: records.Need) -> str:
    """The field that update tests change: one that counts, and that the payload shows."""
    source = publisher.sources[sobject]
    if source.when_changed:
        return source.when_changed[0]
    shown = set(source.fields)
    own = connector.objects[sobject].custom_fields if sobject in connector.objects else ()
    candidates = [*([need.change] if need.change else []), *(f.api_name for f in own if records.changeable(f))]
    for name in candidates:
        if not shown or name in shown:
            return name
    if source.fields:
        return source.fields[0]
    raise CannotGenerate(f"{sobject} has no field that a test could change", where=source.place)


# subscribers


def _subscribing(connector: Connector, names: Names) -> Iterator[Unit]:
    if not connector.subscribe:
        return
    place = connector.place
    retrying = any(item.retries for item in connector.subscribe.values())
    for name, template in (
        (names.message, "Message"),
        (names.listener, "Listener"),
        (names.listeners, "Listeners"),
        (names.subscriber, "Subscriber"),
    ):
        yield apex_class(name, template, place, retrying=retrying)
    for item in connector.subscribe.values():
        event = _event(connector, item.event, item.place)
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
    kind = _field(field, event).type
    if kind is FieldType.DATE_TIME:
        return f"received.{field}?.formatGmt('yyyy-MM-dd\\'T\\'HH:mm:ss.SSS\\'Z\\'')"
    return f"received.{field}" if kind in _TEXT_FIELDS else f"String.valueOf(received.{field})"


def _as_number(field: str, event: Event) -> str:
    if _field(field, event).type in _TEXT_FIELDS:
        return f"String.isBlank(received.{field}) ? null : Decimal.valueOf(received.{field})"
    return f"received.{field}"


def _field(name: str, event: Event) -> Field:
    found = event.fields.get(name)
    if found is None:
        raise CannotGenerate(f"{event.api_name} has no field {name}", where=event.place)
    return found


def _subscriber_test(item: Subscriber, event: Event, subscriber: str, names: Names, retrying: bool) -> Unit:
    def is_text(name: str | None) -> bool:
        return name is not None and _field(name, event).type in _TEXT_FIELDS

    marked = [(a, f) for a, f in (("eventId", item.id_field), ("payload", item.payload_field)) if f and is_text(f)]
    timed = [("eventTime", item.time_field)] if item.time_field and is_text(item.time_field) else []
    version = item.version_field if item.version_field and not is_text(item.version_field) else None
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
        version_field=version,
        marker=marked[0][0] if marked else "eventType",
        tells_apart=bool(marked),
        expected=[(attribute, "'good'") for attribute, _ in [*marked, *timed]],
        event_values=[(item.type_field, "eventType"), *((field, "mark") for _, field in [*marked, *timed])],
    )
