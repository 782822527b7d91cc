"""Compare a connector spec with an org: the generated components are what is expected, a snapshot is what there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orgwright.generate import components as generated
from orgwright.metadata import Component, xml
from orgwright.plan import facts
from orgwright.plan.model import Difference, Validation
from orgwright.plan.obstacles import edition_of
from orgwright.plan.record import CODE, key_of
from orgwright.plan.requirements import requirements
from orgwright.plan.snapshot import Org, Snapshot, take
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


@dataclass(frozen=True)
class Check:
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
    checks = [check for component in expected for check in check_component(component, snapshot)]
    checks += check_user(connector.access.user, snapshot)
    checks += _requirements(connector, snapshot)
    asked = requirements(org, connector, snapshot.packages)
    found = tuple(check.difference for check in checks if check.difference is not None)
    return Validation(len(checks) + asked.checked, found + asked.differences, asked.notes)


def absent(component: Component, snapshot: Snapshot) -> bool:
    """Whether the org does not have a component."""
    return not snapshot.has(key_of(component))


def check_component(component: Component, snapshot: Snapshot, *, bodies: bool = False) -> Iterator[Check]:
    """The checks of one component: that it is there, then each of its facts; ``bodies`` compares code as well."""
    kind = KINDS.get(component.type, component.type)
    if absent(component, snapshot):
        yield Check(component.name, Difference(kind, component.name, "presence", summary(component)))
        return
    yield Check(component.name)
    if component.type in CODE:
        yield from _code(component, kind, snapshot, bodies=bodies)
        return
    actual = snapshot.facts(component) or {}
    for attribute, value in facts.of_component(component).items():
        given = actual.get(attribute)
        even = facts.even(attribute, value, given)
        shown = attribute.replace("].", "] ")
        yield Check(component.name, None if even else Difference(kind, component.name, shown, value, given))


def _code(component: Component, kind: str, snapshot: Snapshot, *, bodies: bool) -> Iterator[Check]:
    found = snapshot.code[component.type, component.name.lower()]
    meta = xml.parse(component.meta, name=component.name) if component.meta else None
    status = xml.text(meta, "status") if meta is not None else "Active"
    even = found.status == status
    yield Check(component.name, None if even else Difference(kind, component.name, "status", status, found.status))
    if (
        bodies
        and (found.body or "").replace("\r\n", "\n").strip() != component.body.decode().replace("\r\n", "\n").strip()
    ):
        yield Check(component.name, Difference(kind, component.name, "body", "as generated", "another text"))


def summary(component: Component) -> str:
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


def check_user(user: ServiceUser | None, snapshot: Snapshot) -> Iterator[Check]:
    """The checks of the service user."""
    if user is None:
        return
    found = snapshot.user
    if found is None:
        yield Check(
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
    yield Check(user.username)
    for attribute, expected, actual in pairs:
        # A sandbox makes addresses unusable on purpose: user@example.com becomes user@example.com.invalid.
        even = expected == actual or (attribute == "email" and actual == f"{expected}.invalid")
        yield Check(user.username, None if even else Difference("user", user.username, attribute, expected, actual))


def _requirements(connector: Connector, snapshot: Snapshot) -> Iterator[Check]:
    edition, editions = edition_of(snapshot), connector.requires.editions
    if editions and edition is not None:
        other = Difference("edition", "Organization", "edition", " or ".join(editions), edition)
        yield Check("Organization", None if edition in editions else other)
