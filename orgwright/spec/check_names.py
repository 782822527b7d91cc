"""Names and labels of what a connector creates: form, length, reserved words, clashes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from orgwright.spec import naming, standard
from orgwright.spec.errors import SpecError, did_you_mean
from orgwright.spec.model import Connector, WithFields
from orgwright.spec.node import Labelled, Named, Node

LONGEST_PREFIX = 15
LONGEST_DESCRIPTION = 1000
LONGEST_HELP = 510
_NOT_IN_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def check_names(connector: Connector) -> Iterator[SpecError]:
    """All errors of names and labels."""
    yield from _prefix(connector)
    yield from _characters(connector)
    for section, suffix in (("objects", "c"), ("events", "e"), ("metadata_types", "mdt")):
        items: dict[str, WithFields] = getattr(connector, section)
        yield from _twice(items.values(), section)
        for item in items.values():
            yield from _object(item, suffix)
            yield from _fields(item)
    yield from _twice(
        [*connector.objects.values(), *connector.events.values(), *connector.metadata_types.values()], "the connector"
    )
    access, credentials = connector.access, connector.credentials
    named: Iterable[tuple[str, dict[str, Labelled]]] = (
        ("custom permissions", dict(access.custom_permissions)),
        ("permission sets", dict(access.permission_sets)),
        ("value sets", dict(connector.value_sets)),
        ("external credentials", dict(credentials.external)),
        ("named credentials", dict(credentials.named)),
    )
    for section, entries in named:
        yield from _twice(entries.values(), section)
        for entry in entries.values():
            yield from _developer_name(entry, 80)
            yield from too_long(entry, "label", entry.label, 80)
    for site in connector.remote_sites.values():
        yield from _developer_name(site, 80)
    if connector.access.app is not None and (wrong := naming.wrong_name(connector.access.app.name, 80)):
        yield SpecError(wrong, where=connector.access.app.place_of("name"))


def _characters(connector: Connector) -> Iterator[SpecError]:
    """Labels of nothing or of several lines, and characters that no XML document holds: Salesforce takes neither."""
    waiting: list[Node] = [connector]
    while waiting:
        node = waiting.pop()
        # thousands of fields with fifty attributes each, few of them given: places are looked up only on need
        for attribute in node.model_fields_set:
            value = getattr(node, attribute)
            if isinstance(value, str):
                odd = _odd(value)
            elif value:
                inside = _parts(value)
                waiting += (part for part in inside if isinstance(part, Node))
                odd = next((found for part in inside if isinstance(part, str) and (found := _odd(part))), None)
            else:
                continue
            wrong = f"{attribute} has the character U+{ord(odd):04X}" if odd else None
            if attribute == "label" and isinstance(value, str) and not odd:
                wrong = _wrong_label(value)
            if wrong is None:
                continue
            is_given = node.place_of(attribute) is not node.place
            where = node.place_of(attribute) if is_given else node.place_of_key
            # what is not given is made of something that is looked at where it stands
            if where.line is not None and (is_given or odd):
                yield SpecError(wrong, where=where)


def _parts(value: object) -> tuple[object, ...]:
    if isinstance(value, tuple):
        return value
    return (*value, *value.values()) if isinstance(value, Mapping) else (value,)


def _odd(text: str) -> str | None:
    found = None if text.isprintable() else _NOT_IN_XML.search(text)
    return found[0] if found else None


def _wrong_label(label: str) -> str | None:
    if not label.strip():
        return "the label is empty"
    return "the label has more than one line" if len(label.splitlines()) > 1 else None


def _prefix(connector: Connector) -> Iterator[SpecError]:
    attribute = "prefix" if connector.place_of("prefix") is not connector.place else "connector"
    place, prefix = connector.place_of(attribute), connector.prefix
    if wrong := naming.wrong_name(prefix, LONGEST_PREFIX):
        yield SpecError(
            f"{prefix} cannot begin the names of Apex classes: {wrong}",
            where=place,
            help="give another prefix: prefix: Acme",
        )
    elif prefix.lower() in naming.RESERVED:
        yield SpecError(
            f"{prefix} is a reserved word of Apex", where=place, help=f"give another prefix, such as {prefix}Connector"
        )


def _object(item: WithFields, suffix: str) -> Iterator[SpecError]:
    name = naming.split(item.api_name)
    key = item.place_of_key
    if name.namespace is not None:
        return
    if name.suffix is None and suffix == "c":
        if standard.find(item.api_name) is None:
            help = did_you_mean(item.api_name, standard.names()) or f"a custom object is called {item.api_name}__c"
            yield SpecError(f"{item.api_name} is no standard object", where=key, help=help)
        return
    if name.suffix != suffix:
        section = {"c": "objects", "e": "events", "mdt": "metadata_types"}.get(name.suffix or "")
        help = f"move it to {section}" if section else f"{name.base}__{suffix}"
        yield SpecError(f"{item.api_name} does not end with __{suffix}", where=key, help=help)
        return
    yield from _name(item, name.base, naming.RESERVED, item.allow_reserved)
    yield from too_long(item, "label", item.label, naming.LONGEST_LABEL)
    yield from too_long(item, "plural", item.plural, naming.LONGEST_LABEL)
    yield from too_long(item, "description", item.description, LONGEST_DESCRIPTION)


def _fields(item: WithFields) -> Iterator[SpecError]:
    yield from _twice(item.fields.values(), item.api_name)
    facts = standard.find(item.api_name)
    for field in item.fields.values():
        if not field.custom:
            continue
        name = naming.split(field.api_name)
        if name.namespace is not None and name.suffix == "c":
            yield SpecError(
                f"{field.api_name} belongs to the namespace {name.namespace}: a connector does not create it",
                where=field.place_of_key,
                help="leave out its type to speak about it",
            )
        elif name.suffix != "c":
            is_standard = facts is not None and facts.field(field.api_name) is not None
            what = (
                f"{field.api_name} is a standard field of {item.api_name}: its type cannot be given"
                if is_standard
                else None
            )
            yield SpecError(
                what or f"{field.api_name} does not end with __c",
                where=field.place_of_key,
                help=f"call it {name.base}__c",
            )
        else:
            yield from _name(field, name.base, naming.RESERVED_FOR_FIELDS, field.allow_reserved)
        yield from too_long(field, "label", field.label, naming.LONGEST_LABEL)
        yield from too_long(field, "description", field.description, LONGEST_DESCRIPTION)
        yield from too_long(field, "help", field.help, LONGEST_HELP)


def _name(node: Named, base: str, reserved: frozenset[str], allowed: bool) -> Iterator[SpecError]:
    if wrong := naming.wrong_name(base):
        suffix = node.api_name.removeprefix(base)
        help = f"such as {naming.shorter(base)}{suffix}" if len(base) > naming.LONGEST_NAME else None
        yield SpecError(wrong, where=node.place_of_key, help=help)
    elif base.lower() in reserved and not allowed:
        yield SpecError(
            f"{base} is a reserved word of Apex",
            where=node.place_of_key,
            help="choose another name, or write allow_reserved: true if your org accepts it",
        )


def _developer_name(node: Named, longest: int) -> Iterator[SpecError]:
    if wrong := naming.wrong_name(node.api_name, longest):
        yield SpecError(wrong, where=node.place_of_key)


def too_long(node: Named, attribute: str, text: str | None, longest: int) -> Iterator[SpecError]:
    """An error when a text has more characters than Salesforce takes."""
    if text is None or len(text) <= longest:
        return
    made = attribute == "label" and node.place_of(attribute) is node.place
    yield SpecError(
        f"the {attribute} has {len(text)} characters, the longest is {longest}",
        where=node.place_of_key if made else node.place_of(attribute),
        help=f"give a label of at most {longest} characters" if made else None,
    )


def _twice(items: Iterable[Named], where: str) -> Iterator[SpecError]:
    seen: dict[str, Named] = {}
    for item in items:
        lower = item.api_name.lower()
        first = seen.setdefault(lower, item)
        if first is not item and first.api_name != item.api_name:
            yield SpecError(
                f"{item.api_name} and {first.api_name} are one name in {where}: upper and lower case do not count",
                where=item.place_of_key,
                help="remove one of them, or give it another name",
            )
