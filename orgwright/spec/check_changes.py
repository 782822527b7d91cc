"""Publishers and subscribers, and what all that watches objects has in common: that its parts are there, and that every event can be made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from orgwright.errors import Place
from orgwright.spec import naming, standard
from orgwright.spec.check_links import Known
from orgwright.spec.errors import SpecError, unknown
from orgwright.spec.field import Field, FieldType
from orgwright.spec.flags import Flag, FlagSource
from orgwright.spec.model import Connector, Event, Publisher, PublisherSource, Subscriber, Teller
from orgwright.spec.publishing import TEXTS

PUBLISHED = ("$operation", "$object", "$old", "$new", "$id")
_ID_LENGTH = 18
_NOTICE = 200
"""Characters that hold the notice of a payload that is too long, whatever the object is called."""
_COMPOUND = frozenset({"address", "location"})


def check_changes(connector: Connector) -> Iterator[SpecError]:
    """All errors of publishers and subscribers."""
    known = Known(connector)
    for publisher in connector.publish.values():
        yield from check_watched(known, publisher)
        yield from _publisher(connector, publisher)
    for subscriber in connector.subscribe.values():
        yield from _subscriber(connector, subscriber)


def check_watched(known: Known, watcher: Teller | Flag) -> Iterator[SpecError]:
    """Errors of the objects that a publisher, webhook or flag watches, and of the permissions that it asks for."""
    sources: Mapping[str, PublisherSource | FlagSource] = watcher.sources
    if not sources:
        yield SpecError("no object is watched", where=watcher.place_of_key, help="name at least one")
    for source in sources.values():
        yield from _source(known, source)
    if isinstance(watcher, Teller) and any(not watcher.operations(name) for name in sources):
        yield SpecError("no operation is told of", where=watcher.place_of("on"), help="leave on out for all of them")
    permissions = known.connector.access.custom_permissions
    for name in watcher.silenced_by:
        if name not in permissions:
            where = watcher.place_of("echo" if name == watcher.echo else "unless")
            yield unknown("custom permission", name, permissions, where)


def _source(known: Known, source: PublisherSource | FlagSource) -> Iterator[SpecError]:
    name, connector = source.api_name, known.connector
    if not known.object(name):
        yield unknown("object", name, known.object_names(), source.place_of_key)
        return
    facts, own = standard.find(name), connector.objects.get(name)
    data = naming.split(name).suffix in (None, "c") and not (own is not None and own.custom_setting)
    if not data or (facts is not None and not facts.triggerable):
        yield SpecError(f"{name} takes no trigger", where=source.place_of_key)
    for attribute in ("fields", "when_changed"):
        for field in getattr(source, attribute, ()):
            where = source.place_of(attribute)
            if known.field(name, field) is False:
                yield unknown(f"field of {name}", field, known.field_names(name), where)
            elif attribute == "when_changed" and _is_compound(connector, name, field):
                yield SpecError(
                    f"{name}.{field} is made of several fields, which Apex does not compare",
                    where=where,
                    help=f"name the fields that it is made of{_such_as(field)}" if facts else "leave it out",
                )


def _such_as(compound: str) -> str:
    """A part of an address: ``MailingCity`` of ``MailingAddress``."""
    return f", such as {compound.removesuffix('Address')}City" if compound.endswith("Address") else ""


def _is_compound(connector: Connector, sobject: str, name: str) -> bool:
    own = connector.objects.get(sobject)
    field = own.fields.get(name) if own else None
    if field is not None and field.custom:
        return field.type is FieldType.LOCATION
    facts = standard.find(sobject)
    found = facts.field(name) if facts else None
    return found is not None and found.type in _COMPOUND


def _publisher(connector: Connector, publisher: Publisher) -> Iterator[SpecError]:
    event = connector.events.get(publisher.event)
    where = publisher.place_of("set")
    if event is None:
        yield unknown("event", publisher.event, connector.events, publisher.place_of_key)
        return
    if not any(field.type in TEXTS for field in event.fields.values()):
        yield SpecError(
            f"{event.api_name} has no Text field: there is nothing that a change could be told in",
            where=event.place_of_key,
        )
    for name, value in publisher.set.items():
        field = event.fields.get(name)
        if value.startswith("$") and value not in PUBLISHED:
            yield unknown("value", value, PUBLISHED, where)
        elif field is None:
            yield unknown(f"field of {event.api_name}", name, event.fields, where)
        elif field.type in TEXTS:
            yield from _text(publisher, field, value, where)
        elif wrong := _wrong_value(field, value):
            yield SpecError(f"{event.api_name}.{name} is {field.written_type}: {wrong}", where=where)
    yield from _required(publisher, event, where)


def _text(publisher: Publisher, field: Field, value: str, where: Place) -> Iterator[SpecError]:
    if value in ("$old", "$new") and (field.length or 0) < _NOTICE:
        yield SpecError(
            f"{value} is a whole record, {field.api_name} holds {field.length} characters",
            where=where,
            help=f"make it a LongTextArea(32768); at least {_NOTICE} are needed to say that a record is too long",
        )
    longest = {
        "$operation": max((len(o) for name in publisher.sources for o in publisher.operations(name)), default=0),
        "$object": max(map(len, publisher.sources), default=0),
        "$id": _ID_LENGTH,
        "$old": 0,
        "$new": 0,
    }.get(value, len(value))
    if field.length is not None and longest > field.length:
        yield SpecError(
            f"{value} has up to {longest} characters, {field.api_name} holds {field.length}",
            where=where,
            help=f"make it a Text({longest}) at least",
        )


def _wrong_value(field: Field, value: str) -> str | None:
    """Why a field that is no text cannot have a value."""
    if value in PUBLISHED:
        return f"{value} goes into a Text or LongTextArea field"
    if field.type is FieldType.CHECKBOX:
        return None if value in ("true", "false") else "its value is true or false"
    if field.type is FieldType.NUMBER:
        number = re.fullmatch(r"-?(\d+)(?:\.(\d+))?", value)
        fits = (
            number and len(number[1].lstrip("0")) <= (field.digits or 0) and len(number[2] or "") <= (field.scale or 0)
        )
        return None if fits else f"{value} does not fit"
    return "it cannot be given a value"


def _required(publisher: Publisher, event: Event, where: Place) -> Iterator[SpecError]:
    """Salesforce refuses an event without a value in a required field."""
    operations = {o for name in publisher.sources for o in publisher.operations(name)}
    empty = {"$old": operations & {"insert", "undelete"}, "$new": operations & {"delete"}}
    for field in event.fields.values():
        if not field.required:
            continue
        value = publisher.set.get(field.api_name)
        if value is None:
            yield SpecError(f"{event.api_name}.{field.api_name} is required and is given no value", where=where)
        elif found := sorted(empty.get(value, ())):
            yield SpecError(
                f"{event.api_name}.{field.api_name} is required, {value} is empty on {' and '.join(found)}", where=where
            )


def _subscriber(connector: Connector, subscriber: Subscriber) -> Iterator[SpecError]:
    event = connector.events.get(subscriber.event)
    if event is None:
        yield unknown("event", subscriber.event, connector.events, subscriber.place_of_key)
        return
    kinds = {"type_field": TEXTS, "payload_field": TEXTS, "version_field": TEXTS | {FieldType.NUMBER}}
    for attribute in ("type_field", "id_field", "time_field", "payload_field", "version_field"):
        name = getattr(subscriber, attribute)
        field = event.fields.get(name) if name is not None else None
        where = subscriber.place_of(attribute)
        if name is not None and field is None:
            yield unknown(f"field of {event.api_name}", name, event.fields, where)
        elif field is not None and attribute in kinds and field.type not in kinds[attribute]:
            listed = " or ".join(sorted(kinds[attribute]))
            yield SpecError(f"{name} is {field.written_type}, {attribute} is a {listed} field", where=where)
