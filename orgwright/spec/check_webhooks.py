"""Webhooks, names of triggers, and values that only so many records may share: that they can be made and that what they name is there."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from orgwright.spec import naming, standard
from orgwright.spec.check_changes import check_watched
from orgwright.spec.check_links import Known
from orgwright.spec.errors import SpecError, unknown
from orgwright.spec.field import Field, FieldType
from orgwright.spec.model import Connector, Teller, Webhook

SENT = ("$operation", "$trigger_operation", "$object", "$new", "$old", "$ids", "$user", "$org")
SHAREABLE = frozenset({FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL, FieldType.NUMBER})
LONGEST_CLASS = naming.LONGEST_NAME - len("Test")
LONGEST_ENDPOINT = 255


def check_webhooks(connector: Connector) -> Iterator[SpecError]:
    """All errors of webhooks, trigger names and ``at_most``."""
    known = Known(connector)
    for webhook in connector.webhooks.values():
        yield from _name(webhook)
        yield from _target(connector, webhook)
        yield from _body(webhook)
        yield from check_watched(known, webhook)
    yield from _triggers(connector)
    for section in (connector.objects, connector.events, connector.metadata_types):
        for owner, item in section.items():
            for field in item.fields.values():
                if field.at_most is not None:
                    yield from _shared(connector, owner, field)


def _name(webhook: Webhook) -> Iterator[SpecError]:
    name = webhook.api_name
    if wrong := naming.wrong_name(name, LONGEST_CLASS):
        yield SpecError(wrong, where=webhook.place_of_key, help="the key of a webhook is the name of its Apex class")
    elif name.lower() in naming.RESERVED:
        yield SpecError(f"{name} is a reserved word of Apex", where=webhook.place_of_key)


def _target(connector: Connector, webhook: Webhook) -> Iterator[SpecError]:
    named = connector.credentials.named
    if (webhook.url is None) == (webhook.credential is None):
        yield SpecError("a webhook has either url or credential", where=webhook.place_of_key)
        return
    if webhook.credential is not None and webhook.credential not in named:
        yield unknown("named credential", webhook.credential, named, webhook.place_of("credential"))
    if webhook.path and not webhook.path.startswith(("/", "?")):
        yield SpecError("a path begins with /", where=webhook.place_of("path"))
    if len(webhook.endpoint) > LONGEST_ENDPOINT:
        yield SpecError(
            f"the URL has {len(webhook.endpoint)} characters, the longest is {LONGEST_ENDPOINT}",
            where=webhook.place_of("url"),
        )
    if webhook.url is not None:
        yield from _url(connector, webhook, webhook.url)


def _url(connector: Connector, webhook: Webhook, url: str) -> Iterator[SpecError]:
    parts = urlsplit(url)
    sites = [urlsplit(site.url) for site in connector.remote_sites.values() if site.active]
    if parts.scheme not in ("https", "http") or not parts.hostname:
        yield SpecError(f"{url} is no URL", where=webhook.place_of("url"), help="https://host/path")
    elif not any((site.scheme, site.netloc.lower()) == (parts.scheme, parts.netloc.lower()) for site in sites):
        origin = f"{parts.scheme}://{parts.netloc}"
        yield SpecError(
            f"no remote site lets Apex call {origin}",
            where=webhook.place_of("url"),
            help=f'add a remote site: remote_sites: {{{connector.prefix or "Site"}: "{origin}"}}',
        )


def _body(webhook: Webhook) -> Iterator[SpecError]:
    if not webhook.body:
        yield SpecError(
            "an empty body says nothing", where=webhook.place_of("body"), help="body: {new: $new, old: $old}"
        )
    for value in webhook.body.values():
        if value.startswith("$") and value not in SENT:
            yield unknown("value", value, SENT, webhook.place_of("body"))


def _triggers(connector: Connector) -> Iterator[SpecError]:
    """An object has one trigger, so it has one name."""
    given: dict[str, str] = {}
    tellers: list[Teller] = [*connector.publish.values(), *connector.webhooks.values()]
    for teller in tellers:
        for name, source in teller.sources.items():
            if source.trigger is None:
                continue
            where = source.place_of("trigger")
            if wrong := naming.wrong_name(source.trigger):
                yield SpecError(wrong, where=where)
            elif source.trigger.lower() in naming.RESERVED:
                yield SpecError(f"{source.trigger} is a reserved word of Apex", where=where)
            first = given.setdefault(name, source.trigger)
            if first != source.trigger:
                yield SpecError(
                    f"the trigger of {name} is called {first} already",
                    where=where,
                    help="an object has one trigger: give its name once",
                )


def _shared(connector: Connector, owner: str, field: Field) -> Iterator[SpecError]:
    where = field.place_of("at_most")
    facts = standard.find(owner)
    if owner not in connector.objects or owner == "Activity" or (facts is not None and not facts.triggerable):
        yield SpecError(f"{owner} takes no trigger that could count", where=where)
    elif not field.custom or field.type not in SHAREABLE or field.computed:
        kinds = ", ".join(sorted(SHAREABLE))
        yield SpecError(f"{field.api_name} cannot be counted by", where=where, help=f"a custom field of type {kinds}")
    elif field.unique:
        yield SpecError(
            "unique and at_most exclude each other", where=where, help="unique: true is the same as at most one"
        )
