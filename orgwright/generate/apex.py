"""Apex from the spec: publishers, subscribers, triggers, and their tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orgwright.errors import Place
from orgwright.generate import flags, publishers, records, sharing, subscribers, tellers, webhooks
from orgwright.generate.kinds.pairs import document
from orgwright.generate.names import Names, joined, permission_methods, unique
from orgwright.generate.templates import Templates
from orgwright.generate.text import commented
from orgwright.generate.triggers import trigger_name
from orgwright.generate.units import Unit, apex_class, apex_trigger
from orgwright.metadata import Component
from orgwright.spec.model import Connector
from orgwright.spec.publishing import OPERATIONS


@dataclass(frozen=True)
class Apex:
    """The generated code: ``components``, and the names of the classes that are not tests."""

    components: tuple[Component, ...]
    classes: tuple[str, ...]
    subscriber_triggers: dict[str, str]


def apex(connector: Connector, names: Names, templates: Templates) -> Apex:
    """All Apex of a connector, sorted by name.

    Raises:
        CannotChange, NoTestRecord, NameClash, TemplateError: each with the place in the spec that asks for it.
    """
    units = [*_triggered(connector, names, templates), *subscribers.units(connector, names)]
    if connector.publish or connector.subscribe or connector.webhooks:
        units += _common(connector, names)
    unique([(unit.name, unit.place) for unit in units])
    shared = {
        "n": names,
        "label": commented(connector.label),
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


def _triggered(connector: Connector, names: Names, templates: Templates) -> Iterator[Unit]:
    """One trigger for each object that anything wants to know about, and what all that hangs on triggers shares."""
    published, flagged = tellers.operations(connector.publish.values()), flags.settings(connector, names)
    sent, limited = tellers.operations(connector.webhooks.values()), sharing.limited(connector)
    objects = sorted({*published, *flagged, *sent, *limited})
    if not objects:
        return
    known = records.needs(connector, templates.text("apex/test_records.tsv"))
    watched: dict[str, Place | None] = {name: _place(connector, name) for name in objects}
    records.builders(watched, known, names)  # what no test can make is refused before anything builds on it
    made = [
        *publishers.units(connector, names, known),
        *flags.units(connector, names, known),
        *webhooks.units(connector, names, known),
        *sharing.units(connector, names, known),
    ]
    yield from made
    yield _test_data(connector, names, known, watched, {parent for unit in made for parent in unit.parents})
    for sobject in objects:
        counted = sharing.OPERATIONS if sobject in limited else ()
        after = {*published.get(sobject, ()), *sent.get(sobject, ()), *counted}
        yield apex_trigger(
            trigger_name(connector, names, sobject),
            "Trigger",
            _place(connector, sobject),
            object=sobject,
            published=sobject in published,
            operations=[o for o in OPERATIONS if o in after],
            flag=flagged.get(sobject),
            webhooks=webhooks.calls(connector, sobject),
            limited=limited.get(sobject, ()),
        )
    yield from _permissions(connector, names)


def _test_data(
    connector: Connector,
    names: Names,
    known: Mapping[str, records.Need],
    watched: Mapping[str, Place | None],
    parents: set[str],
) -> Unit:
    """What builds test records; ``parents`` are those that tests make for lookups that they change."""
    others = sorted(parents - {"User"})
    builders = records.builders({**dict.fromkeys(others), **watched}, known, names)
    return apex_class(
        names.test_data,
        "TestData",
        connector.place,
        test=True,
        builders=builders,
        parents=(),
        others=[{"object": name, "method": names.builder(name)} for name in others],
        users="User" in parents,
        counts="User" in parents or any("serial++" in value for b in builders for _, value in b.values),
    )


def _permissions(connector: Connector, names: Names) -> Iterator[Unit]:
    permissions = permission_methods(
        dict.fromkeys(one for watcher in connector.watchers for one in watcher.silenced_by)
    )
    if permissions:
        place, test = connector.place, joined(names.permissions, "", "Test")
        yield apex_class(names.permissions, "Permissions", place)
        yield apex_class(test, "PermissionsTest", place, test=True, permissions=permissions)


def _place(connector: Connector, sobject: str) -> Place:
    return connector.watched.get(sobject) or connector.objects[sobject].place
