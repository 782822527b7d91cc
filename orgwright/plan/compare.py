"""Compare a connector spec with an org: the generated components are what is expected, a snapshot is what there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orgwright.generate import components as generated
from orgwright.metadata import Component, xml
from orgwright.plan import facts
from orgwright.plan.conversions import refused
from orgwright.plan.model import Change, Difference, Foreseen, Validation
from orgwright.plan.obstacles import edition_of, missing_packages, obstacles
from orgwright.plan.snapshot import CODE, Org, Snapshot, take
from orgwright.spec.model import Connector, ServiceUser

KINDS = {
    "CustomField": "field",
    "CustomObject": "object",
    "Settings": "setting",
    "PermissionSet": "permission set",
    "CustomPermission": "custom permission",
    "ApexClass": "class",
    "ApexTrigger": "trigger",
    "ConnectedApp": "app",
    "ExternalClientApplication": "app",
    "NamedCredential": "named credential",
    "ExternalCredential": "external credential",
    "RemoteSiteSetting": "remote site",
    "GlobalValueSet": "value set",
    "CustomMetadata": "record",
    "PlatformEventSubscriberConfig": "subscriber",
}
# Picklists merge on deploy: further values of the org stay, and are no difference.
_MERGED = frozenset({"values"})


@dataclass(frozen=True)
class _Check:
    """One comparison that was made; ``difference`` when it did not come out even."""

    component: str
    difference: Difference | None = None


def validate(org: Org, connector: Connector, *, components: Sequence[Component] | None = None) -> Validation:
    """Everything the spec asks of an org, compared with the org (the connector's own Validate Data Model).

    Fields (type, length, scale, unique, external ID, required, picklist values and the rest of their attributes), events,
    settings, permission sets, custom permissions, presence and state of classes and triggers, app, credentials, service
    user with his permission sets.

    Args:
        org: the org.
        connector: the spec.
        components: what was generated from it, if that is at hand; else it is generated again.

    Raises:
        ApiError: the org refuses a call.
    """
    expected = tuple(components if components is not None else generated(connector))
    snapshot = take(org, connector, expected)
    checks = [check for component in expected for check in _component(component, snapshot)]
    checks += _user(connector.access.user, snapshot)
    checks += _requirements(connector, snapshot)
    return Validation(len(checks), tuple(check.difference for check in checks if check.difference is not None))


def foresee(org: Org, connector: Connector, *, components: Sequence[Component] | None = None) -> Foreseen:
    """What a deploy of the spec would create and change in an org, and what is in its way.

    Arguments and errors as those of ``validate``.
    """
    expected = tuple(components if components is not None else generated(connector))
    snapshot = take(org, connector, expected)
    create: list[Change] = []
    change: list[Change] = []
    same: list[Change] = []
    in_the_way = list(obstacles(connector, expected, snapshot))
    for component in expected:
        kind = KINDS.get(component.type, component.type)
        if _absent(component, snapshot):
            create.append(Change(kind, component.name))
            continue
        differences = tuple(_differences(component, snapshot, bodies=True))
        reason = _refused(component, snapshot, differences)
        if reason is not None:
            in_the_way.append(Change(kind, component.name, differences, reason))
        elif differences:
            change.append(Change(kind, component.name, differences))
        else:
            same.append(Change(kind, component.name))
    return Foreseen(tuple(create), tuple(change), tuple(same), tuple(in_the_way))


def _absent(component: Component, snapshot: Snapshot) -> bool:
    if component.type in CODE:
        return (component.type, component.name.lower()) not in snapshot.code
    return snapshot.facts(component) is None


def _refused(component: Component, snapshot: Snapshot, differences: Sequence[Difference]) -> str | None:
    actual = snapshot.facts(component)
    if component.type != "CustomField" or actual is None or not differences:
        return None
    return refused(component.name, facts.of_component(component), actual)


def _differences(component: Component, snapshot: Snapshot, *, bodies: bool) -> Iterator[Difference]:
    for check in _component(component, snapshot, bodies=bodies):
        if check.difference is not None:
            yield check.difference


def _component(component: Component, snapshot: Snapshot, *, bodies: bool = False) -> Iterator[_Check]:
    """The checks of one component: that it is there, then each of its facts."""
    kind = KINDS.get(component.type, component.type)
    if _absent(component, snapshot):
        yield _Check(component.name, Difference(kind, component.name, "presence", _summary(component)))
        return
    yield _Check(component.name)
    if component.type in CODE:
        yield from _code(component, kind, snapshot, bodies=bodies)
        return
    actual = snapshot.facts(component) or {}
    for attribute, value in facts.of_component(component).items():
        given = actual.get(attribute)
        even = _even(attribute, value, given)
        shown = attribute.replace("].", "] ")
        yield _Check(component.name, None if even else Difference(kind, component.name, shown, value, given))


def _even(attribute: str, expected: str, actual: str | None) -> bool:
    if actual is None:
        return expected in ("", "false")
    if attribute in _MERGED:
        return set(expected.split(", ")) <= set(actual.split(", "))
    return expected == actual


def _code(component: Component, kind: str, snapshot: Snapshot, *, bodies: bool) -> Iterator[_Check]:
    found = snapshot.code[component.type, component.name.lower()]
    meta = xml.parse(component.meta, name=component.name) if component.meta else None
    status = xml.text(meta, "status") if meta is not None else "Active"
    even = found.status == status
    yield _Check(component.name, None if even else Difference(kind, component.name, "status", status, found.status))
    if (
        bodies
        and (found.body or "").replace("\r\n", "\n").strip() != component.body.decode().replace("\r\n", "\n").strip()
    ):
        yield _Check(component.name, Difference(kind, component.name, "body", "as generated", "another text"))


def _summary(component: Component) -> str:
    """What is missing, in a word: a field's type as vendors' tables write it."""
    if component.type in CODE:
        return KINDS[component.type]
    found = facts.of_component(component)
    if component.type != "CustomField":
        return found.get("label") or found.get("masterLabel") or KINDS.get(component.type, component.type)
    inside = found.get("length") or found.get("referenceTo")
    if "precision" in found:
        scale = int(found.get("scale", "0"))
        inside = f"{int(found['precision']) - scale}, {scale}"
    shown = f"{found['type']}({inside})" if inside else found["type"]
    return f"Formula({shown})" if found.get("formula") else shown


def _user(user: ServiceUser | None, snapshot: Snapshot) -> Iterator[_Check]:
    if user is None:
        return
    found = snapshot.user
    if found is None:
        yield _Check(
            user.username, Difference("user", user.username, "presence", f"{user.profile}, licence {user.license}")
        )
        return
    pairs = [
        ("active", "true", str(found.active).lower()),
        ("email", user.email, found.email),
        ("profile", user.profile, found.profile),
        ("license", user.license, found.license),
    ]
    pairs += [
        (f"permission set {name}", "assigned", "assigned" if name in found.permission_sets else "not assigned")
        for name in user.permission_sets
    ]
    yield _Check(user.username)
    for attribute, expected, actual in pairs:
        # A sandbox makes addresses unusable on purpose: user@example.com becomes user@example.com.invalid.
        even = expected == actual or (attribute == "email" and actual == f"{expected}.invalid")
        yield _Check(user.username, None if even else Difference("user", user.username, attribute, expected, actual))


def _requirements(connector: Connector, snapshot: Snapshot) -> Iterator[_Check]:
    missing = missing_packages(connector, snapshot)
    for package in connector.requires.packages:
        expected = package.version or package.namespace or package.name
        absent = Difference("package", package.name, "presence", expected) if package.name in missing else None
        yield _Check(package.name, absent)
    edition, editions = edition_of(snapshot), connector.requires.editions
    if editions and edition is not None:
        other = Difference("edition", "Organization", "edition", " or ".join(editions), edition)
        yield _Check("Organization", None if edition in editions else other)
