"""Apex of publishers: what they share, a class for each event, and tests of both and of the triggers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orgwright.generate import records, tellers
from orgwright.generate.changes import Change
from orgwright.generate.names import Names, permission_methods
from orgwright.generate.records import Need
from orgwright.generate.text import quoted
from orgwright.generate.triggers import trigger_name
from orgwright.generate.units import Unit, apex_class
from orgwright.spec.model import Connector, Event, Field, FieldType, Publisher
from orgwright.spec.publishing import TEXTS

_PAYLOADS = ("$new", "$old")
_LONGEST_KEPT = 131072
_SYSTEM_FIELDS, _ONE_FIELD = 800, 100
"""Characters of a payload, at most: what Salesforce itself fills in a test record, and each field more."""
_REQUIRED = {
    FieldType.TEXT: "'x'",
    FieldType.LONG_TEXT_AREA: "'x'",
    FieldType.NUMBER: "0",
    FieldType.DATE: "Date.today()",
    FieldType.DATE_TIME: "Datetime.now()",
    FieldType.CHECKBOX: "true",
}


def units(connector: Connector, names: Names, known: Mapping[str, Need]) -> Iterator[Unit]:
    """The publishers, the one handler behind all triggers, and their tests."""
    if not connector.publish:
        return
    place = connector.place
    selective = any(p.counting(sobject) for p in connector.publish.values() for sobject in p.sources)
    used = {value for publisher in connector.publish.values() for value in publisher.set.values()}
    payloads = not used.isdisjoint(_PAYLOADS)
    yield apex_class(names.change, "Change", place, selective=selective, used=used, payloads=payloads)
    silencing = any(publisher.silenced_by for publisher in connector.publish.values())
    yield apex_class(names.publisher, "Publisher", place, payloads=payloads, silencing=silencing)
    yield apex_class(names.event_bus, "EventBus", place)
    publishers = [names.event(event, "Publisher") for event in connector.publish]
    yield apex_class(names.trigger_handler, "TriggerHandler", place, publishers=publishers)
    yield apex_class(names.bus_double, "BusDouble", place, test=True)
    for publisher in connector.publish.values():
        event = connector.events[publisher.event]
        yield _publisher(publisher, event, names, silencing)
        yield _publisher_test(connector, publisher, event, names, known, used)
    for sobject in tellers.operations(connector.publish.values()):
        yield _trigger_test(connector, sobject, names, known)


def required_values(event: Event, but: tuple[str, ...]) -> list[tuple[str, str]]:
    """What a test gives the required fields of an event, except for those that it sets itself."""
    return [
        (name, _REQUIRED[field.type])
        for name, field in event.fields.items()
        if field.required and field.type in _REQUIRED and name not in but
    ]


def _literal(field: Field, value: str) -> str:
    if field.type is FieldType.CHECKBOX:
        return value
    return f"Decimal.valueOf('{value}')" if field.type is FieldType.NUMBER else quoted(value)


def _assignment(event: Event, field: str, value: str) -> str:
    token = f"{event.api_name}.{field}"
    return {
        "$operation": "change.operation",
        "$object": "change.objectName()",
        "$id": "String.valueOf(change.recordId())",
        "$old": f"fit(change.oldPayload(fields), {token}, change)",
        "$new": f"fit(change.newPayload(fields), {token}, change)",
    }.get(value) or _literal(event.fields[field], value)


def _publisher(publisher: Publisher, event: Event, names: Names, silencing: bool) -> Unit:
    sources = tellers.sources(publisher)
    return apex_class(
        names.event(publisher.event, "Publisher"),
        "EventPublisher",
        publisher.place,
        event=event,
        sources=sources,
        silenced=publisher.silenced_by,
        silencing=silencing,
        selective=any(s["when_changed"] for s in sources),
        uses_payload=not set(publisher.set.values()).isdisjoint(_PAYLOADS),
        assignments=[(field, _assignment(event, field, value)) for field, value in sorted(publisher.set.items())],
    )


def _publisher_test(
    connector: Connector, publisher: Publisher, event: Event, names: Names, known: Mapping[str, Need], used: set[str]
) -> Unit:
    sobject = sorted(publisher.sources)[0]
    operation = publisher.operations(sobject)[0]
    change = tellers.change(connector, publisher, sobject, known) if operation == "update" else None
    payload = next((f for f, v in sorted(publisher.set.items()) if v in _PAYLOADS), None)
    text = next(f.api_name for f in event.fields.values() if f.type in TEXTS)
    return apex_class(
        names.event(publisher.event, "PublisherTest"),
        "PublisherTest",
        publisher.place,
        test=True,
        parents=change.parents if change else (),
        many=min(known[sobject].many, change.many if change else records.MANY),
        publisher=names.event(publisher.event, "Publisher"),
        event=event.api_name,
        object=sobject,
        method=names.builder(sobject),
        operation=operation,
        change=change.field if change else None,
        silenced=permission_methods(publisher.silenced_by),
        text_field=text,
        event_values=required_values(event, (text,)),
        payload_field=payload,
        kept=payload is not None and (event.fields[payload].length or 0) < _LONGEST_KEPT,
        shows=next((token for token in _PAYLOADS if token in used), None),
        stranger=records.stranger(publisher.sources),
    )


def _trigger_test(connector: Connector, sobject: str, names: Names, known: Mapping[str, Need]) -> Unit:
    publishers = [p for p in connector.publish.values() if sobject in p.sources]
    found = {
        p.event: tellers.change(connector, p, sobject, known) for p in publishers if "update" in p.operations(sobject)
    }
    told = [change for change in found.values() if change is not None]
    several = len(publishers) > 1
    return apex_class(
        names.object(sobject, "Test"),
        "TriggerTest",
        publishers[0].sources[sobject].place,
        test=True,
        parents=tuple(parent for change in told for parent in change.parents),
        many=min(known[sobject].many, *(change.many for change in told), records.MANY),
        trigger=trigger_name(connector, names, sobject),
        object=sobject,
        method=names.builder(sobject),
        undeletable=known[sobject].undeletable,
        events=[
            _tested_event(connector.events[p.event], p, sobject, known[sobject], found.get(p.event))
            | {"suffix": names.word(p.event) if several else ""}
            for p in publishers
        ],
    )


def _tested_event(
    event: Event, publisher: Publisher, sobject: str, need: Need, change: Change | None
) -> dict[str, Any]:
    def field_for(value: str) -> str | None:
        return next((f for f, v in sorted(publisher.set.items()) if v == value), None)

    source = publisher.sources[sobject]
    old, new, named, record = (field_for(value) for value in ("$old", "$new", "$object", "$id"))
    apart = named is not None or len(publisher.sources) == 1
    room = (event.fields[new].length or 0) if new else 0
    is_shown = change is not None and (not source.fields or change.field in source.fields)
    return {
        "event": publisher.event,
        "operations": publisher.operations(sobject),
        "change": change.field if change else None,
        "shown": is_shown and room >= _SYSTEM_FIELDS + _ONE_FIELD * len(need.values),
        "selective": bool(publisher.counting(sobject)),
        "old": old,
        "new": new,
        "operation_field": field_for("$operation"),
        "object_field": named,
        "id_field": record,
        "record_in": () if apart else (record,) if record else tuple(field for field in (new, old) if field),
        "literals": [
            (f, _literal(event.fields[f], v)) for f, v in sorted(publisher.set.items()) if not v.startswith("$")
        ],
    }
