"""What keeps an org as a whole from taking a connector: edition, licences, limits, objects that are not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orgwright.metadata import Component
from orgwright.plan import facts
from orgwright.plan.model import Cause, Change
from orgwright.plan.record import CODE, digest
from orgwright.plan.snapshot import Custom, Snapshot
from orgwright.spec import standard
from orgwright.spec.model import Connector

# Custom fields an object may have (Salesforce limits, "Custom Fields per Object"); what packages bring counts apart.
MOST_FIELDS = {
    "Group": 100,
    "Professional": 100,
    "Enterprise": 500,
    "Developer": 500,
    "Unlimited": 800,
    "Performance": 800,
}
# Custom objects of one's own (Salesforce Help, "Custom Objects per Edition").
MOST_OBJECTS = {
    "Group": 50,
    "Professional": 50,
    "Enterprise": 200,
    "Developer": 400,
    "Unlimited": 2000,
    "Performance": 2000,
}
# Platform event definitions, those of packages among them (Platform Events guide, "Common Platform Event Allocations").
MOST_EVENTS = {"Professional": 5, "Developer": 5, "Enterprise": 50, "Unlimited": 100, "Performance": 100}
# Editions whose orgs hold no Apex of their own (Apex guide).
_NO_APEX = frozenset({"Group", "Professional", "Contact Manager", "Essentials", "Starter", "Personal", "Base"})
_EXTERNAL_IDS, _RELATIONSHIPS, _MASTER_DETAILS = 25, 40, 2
_LINKS = frozenset({"Lookup", "MasterDetail", "ExternalLookup", "IndirectLookup", "Hierarchy"})


def edition_of(snapshot: Snapshot) -> str | None:
    """``Enterprise`` for ``Enterprise Edition``."""
    return None if snapshot.edition is None else snapshot.edition.removesuffix(" Edition")


def obstacles(
    connector: Connector, components: Sequence[Component], snapshot: Snapshot, *, adopt: bool = False
) -> Iterator[Change]:
    """Everything in the way that shows without looking at data.

    Args:
        adopt: code of the org that no apply of the connector brought is taken over instead of being in the way.
    """
    yield from _edition(connector, components, snapshot)
    yield from _licences(connector, snapshot)
    yield from _objects(connector, components, snapshot)
    yield from _limits(components, snapshot)
    yield from _taken(connector, components, snapshot, adopt)


def _edition(connector: Connector, components: Sequence[Component], snapshot: Snapshot) -> Iterator[Change]:
    edition, editions = edition_of(snapshot), connector.requires.editions
    if editions and edition is not None and edition not in editions:
        reason = f"is {edition} Edition, the connector asks for {' or '.join(editions)}"
        yield Change("edition", "Organization", reason=reason, cause=Cause.EDITION)
    code = sum(component.type in CODE for component in components)
    if code and edition in _NO_APEX:
        yield Change(
            "edition",
            "Organization",
            reason=f"{edition} Edition takes no Apex; the spec makes {code} classes and triggers",
            cause=Cause.NO_APEX,
        )


def _licences(connector: Connector, snapshot: Snapshot) -> Iterator[Change]:
    for name in connector.requires.licenses:
        if name not in snapshot.licences:
            reason = "the org has no such user licence, the connector asks for it"
            yield Change("licence", name, reason=reason, cause=Cause.LICENCE)
    user = connector.access.user
    if user is None or snapshot.user is not None:
        return
    seats = snapshot.licences.get(user.license)
    if seats is None and user.license not in connector.requires.licenses:
        reason = f"the org has no such licence for the service user {user.username}"
        yield Change("licence", user.license, reason=reason, cause=Cause.LICENCE)
    elif seats is not None and 0 <= seats.total <= seats.used:
        reason = f"all {seats.total} are in use, the service user {user.username} needs one"
        yield Change("licence", user.license, reason=reason, cause=Cause.SEATS)
    elif snapshot.profile is False:
        reason = f"the org has no profile {user.profile} with the licence {user.license}"
        yield Change("user", user.username, reason=reason, cause=Cause.PROFILE)


def _objects(connector: Connector, components: Sequence[Component], snapshot: Snapshot) -> Iterator[Change]:
    """Objects that fields and triggers need, and that neither the org has nor the spec brings."""
    brought = {c.name.lower() for c in components if c.type == "CustomObject"}
    switched_on = {setting.api_name.lower() for setting in connector.requires.settings if setting.value is True}
    told: set[str] = set()
    for component in components:
        owner = component.name.partition(".")[0]
        if component.type != "CustomField" or owner.lower() in told | brought | snapshot.objects:
            continue
        told.add(owner.lower())
        known = standard.find(owner)
        if owner.lower() == "activity" or (known and switched_on & {name.lower() for name in known.settings}):
            continue
        help = f": it comes with the setting {' or '.join(known.settings)}" if known and known.settings else ""
        reason = f"the org does not have the object{help or ': a feature, licence or package is missing'}"
        yield Change("object", owner, reason=reason, cause=Cause.OBJECT_MISSING)


@dataclass
class _Totals:
    """What an object would have after the deploy."""

    fields: int = 0
    external_ids: int = 0
    links: int = 0
    masters: int = 0


def _limits(components: Sequence[Component], snapshot: Snapshot) -> Iterator[Change]:
    edition = edition_of(snapshot) or ""
    for sobject, totals in _totals(components, snapshot).items():
        most = MOST_FIELDS.get(edition)
        if most is not None and totals.fields > most:
            limit = f"{edition} Edition allows {most}"
            yield _too_many(Cause.TOO_MANY_FIELDS, sobject, totals.fields, "custom fields", limit)
        for cause, number, what, allowed in (
            (Cause.TOO_MANY_EXTERNAL_IDS, totals.external_ids, "external IDs", _EXTERNAL_IDS),
            (Cause.TOO_MANY_RELATIONSHIPS, totals.links, "custom relationships", _RELATIONSHIPS),
            (Cause.TOO_MANY_MASTERS, totals.masters, "master-detail fields", _MASTER_DETAILS),
        ):
            if number > allowed:
                yield _too_many(cause, sobject, number, what, f"an object has at most {allowed}")
    coming = {c.name.lower() for c in components if c.type == "CustomObject"} - snapshot.objects
    for cause, suffix, what, most in (
        (Cause.TOO_MANY_EVENTS, "__e", "platform events", MOST_EVENTS.get(edition)),
        (Cause.TOO_MANY_OBJECTS, "__c", "custom objects", MOST_OBJECTS.get(edition)),
    ):
        new = [name for name in coming if name.endswith(suffix)]
        # Objects of managed packages count apart, events of packages do not.
        there = [n for n in snapshot.objects if n.endswith(suffix) and (suffix == "__e" or n.count("__") == 1)]
        if new and most is not None and len(new) + len(there) > most:
            total = len(new) + len(there)
            yield _too_many(cause, "Organization", total, what, f"{edition} Edition allows {most}")


def _too_many(cause: Cause, name: str, number: int, what: str, limit: str) -> Change:
    return Change("limit", name, reason=f"would have {number} {what}, {limit}", cause=cause)


def _totals(components: Sequence[Component], snapshot: Snapshot) -> dict[str, _Totals]:
    """By object, those of packages apart; only objects that get something new."""
    wanted: dict[str, dict[str, Custom]] = defaultdict(dict)
    names: dict[str, str] = {}
    growing: set[str] = set()
    for component in components:
        if component.type != "CustomField":
            continue
        owner, _, field = component.name.partition(".")
        names[owner.lower()] = owner
        found = facts.of_component(component)
        wanted[owner.lower()][field.lower()] = Custom.of(field, found)
        before = snapshot.facts(component)
        if before is None or (before.get("externalId"), before.get("type")) != (
            found.get("externalId"),
            found.get("type"),
        ):
            growing.add(owner.lower())
    out: dict[str, _Totals] = {}
    for owner in growing:
        out[names[owner]] = _count({**snapshot.custom_fields(owner), **wanted[owner]})
    return out


def _count(fields: Mapping[str, Custom]) -> _Totals:
    totals = _Totals()
    for one in fields.values():
        # Salesforce keeps a geolocation in three fields, all of which count.
        totals.fields += 3 if one.type == "Location" else 1
        totals.external_ids += one.external_id
        totals.links += one.type in _LINKS
        totals.masters += one.type == "MasterDetail"
    return totals


def _taken(connector: Connector, components: Sequence[Component], snapshot: Snapshot, adopt: bool) -> Iterator[Change]:
    """Names that belong to somebody else: a package, or code that no apply of this connector brought."""
    record = snapshot.records.get(connector.connector)
    for component in components:
        key = (component.type, component.name.lower())
        if key in snapshot.packaged:
            yield _of_other(component, Cause.PACKAGED, "belongs to an installed package, which alone can change it")
            continue
        there = snapshot.code.get(key)
        if there is None or adopt or (record is not None and key in record.components):
            continue
        if any(key in other.components for other in snapshot.records.values()):
            continue  # the other connector's: a clash, which names it
        if digest(there.body or "") != digest(component.body.decode()):
            by, when = snapshot.modified.get(key, ("", ""))
            who = f" (last changed by {by}, {when[:10]})" if by else ""
            reason = f"the org has other code of that name, which no apply brought{who}: rename it, or take it over with --adopt"
            yield _of_other(component, Cause.OTHER_CODE, reason)


def _of_other(component: Component, cause: Cause, reason: str) -> Change:
    return Change(component.type, component.name, reason=reason, type=component.type, cause=cause)
