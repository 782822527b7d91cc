"""The whole: a connector spec becomes components."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orgwright.generate.apex import Apex, apex
from orgwright.generate.kinds.access import custom_permissions, permission_sets
from orgwright.generate.kinds.apps import apps
from orgwright.generate.kinds.conversion import lead_conversion
from orgwright.generate.kinds.integration import external_credentials, named_credentials, remote_sites
from orgwright.generate.kinds.objects import events, metadata_types, objects, value_sets
from orgwright.generate.kinds.settings import settings
from orgwright.generate.kinds.subscriptions import subscriber_configs
from orgwright.generate.names import Names
from orgwright.generate.support import failure_object, registration_type, support_permissions
from orgwright.generate.templates import Templates
from orgwright.generate.webhooks import webhook_type
from orgwright.metadata import Component
from orgwright.spec.model import Connector


@dataclass(frozen=True)
class Stage:
    """Components that are deployed together, before those of the next stage."""

    name: str
    components: tuple[Component, ...]


def components(connector: Connector, *, templates: Path | None = None) -> tuple[Component, ...]:
    """Every component of a connector, sorted: the same spec gives the same bytes.

    ``templates`` is a project's folder of templates, whose files come before those that come with orgwright.

    Raises:
        OrgwrightError: with the place in the spec, for what cannot be generated.
    """
    code = apex(connector, Names.of(connector), Templates(templates))
    return tuple(sorted([*_declared(connector, code), *_support(connector), *code.components]))


def stages(connector: Connector, *, templates: Path | None = None) -> tuple[Stage, ...]:
    """The components in the order of deployment: settings first, because they make objects appear that the rest needs."""
    every = components(connector, templates=templates)
    first = tuple(c for c in every if c.type == "Settings")
    rest = tuple(c for c in every if c.type != "Settings")
    return tuple(Stage(name, found) for name, found in (("settings", first), ("connector", rest)) if found)


def _declared(connector: Connector, code: Apex) -> Iterator[Component]:
    yield from settings(connector.requires.settings)
    for value_set in connector.value_sets.values():
        yield from value_sets(value_set)
    for item in connector.objects.values():
        yield from objects(item)
    for event in connector.events.values():
        yield from events(event)
    for metadata_type in connector.metadata_types.values():
        yield from metadata_types(metadata_type)
    if connector.lead_conversion is not None:
        yield from lead_conversion(connector.lead_conversion)
    for permission in connector.access.custom_permissions.values():
        yield from custom_permissions(permission)
    for permission_set in connector.access.permission_sets.values():
        yield from permission_sets(permission_set, connector, code.classes)
    if connector.access.app is not None:
        yield from apps(connector.access.app, connector)
    for external in connector.credentials.external.values():
        yield from external_credentials(external)
    for named in connector.credentials.named.values():
        yield from named_credentials(named)
    for site in connector.remote_sites.values():
        yield from remote_sites(site)
    for name, trigger in code.subscriber_triggers.items():
        subscriber = connector.subscribe[name]
        yield from subscriber_configs(trigger, trigger, subscriber.batch_size, subscriber.user)


def _support(connector: Connector) -> Iterator[Component]:
    """What the generated Apex keeps and reads, where there is any Apex."""
    names = Names.of(connector)
    if connector.publish or connector.subscribe or connector.webhooks:
        failures = failure_object(names, connector)
        yield from objects(failures)
        holder = connector.model_copy(update={"objects": {failures.api_name: failures}})
        permissions = support_permissions(names, failures).model_copy(update={"fields": "read"})
        yield from permission_sets(permissions, holder, ())
    if connector.subscribe:
        yield from metadata_types(registration_type(names, connector))
    if connector.webhooks:
        yield from metadata_types(webhook_type(names, connector))
