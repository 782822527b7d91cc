"""What a deploy of a spec would do to an org, and what is in its way: the plan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from orgwright.generate import components as generated
from orgwright.metadata import Component
from orgwright.plan import facts
from orgwright.plan.clashes import clashes
from orgwright.plan.compare import KINDS, absent, check_component, check_user, summary
from orgwright.plan.conversions import refused
from orgwright.plan.model import Cause, Change, Difference, Foreseen, Reason
from orgwright.plan.obstacles import obstacles
from orgwright.plan.questions import ask, questions
from orgwright.plan.record import CODE, Key, Record, Recorded, digest, facts_to_keep, key_of
from orgwright.plan.rehearsal import rehearse
from orgwright.plan.requirements import requirements
from orgwright.plan.snapshot import Org, Snapshot, take
from orgwright.spec.model import Connector, ServiceUser

# Settings and standard objects stay when a connector goes: others live with them.
_NEVER_DESTROYED = frozenset({"Settings"})
_ASKED = frozenset({"CustomField", "ConnectedApp"})


@dataclass
class _Lists:
    """The plan while it is made."""

    create: list[Change] = field(default_factory=list)
    change: list[Change] = field(default_factory=list)
    same: list[Change] = field(default_factory=list)
    in_the_way: list[Change] = field(default_factory=list)


def foresee(
    org: Org, connector: Connector, *, components: Sequence[Component] | None = None, adopt: bool = False
) -> Foreseen:
    """What a deploy of the spec would create and change in an org, and what is in its way.

    Args:
        org: the org.
        connector: the spec.
        components: what was generated from it, if that is at hand; else it is generated again.
        adopt: take over Apex that the org has under the connector's names, though no apply brought it.

    Raises:
        ApiError: the org refuses a call.
        RecordUnreadable: the record of an earlier apply cannot be read.
    """
    expected = tuple(components if components is not None else generated(connector))
    snapshot = take(org, connector, expected)
    lists = _Lists()
    lists.in_the_way += obstacles(connector, expected, snapshot, adopt=adopt)
    asked_for = requirements(org, connector, snapshot.packages)
    lists.in_the_way += asked_for.in_the_way
    lists.in_the_way += clashes(connector.connector, expected, snapshot)
    moving = _sort(expected, snapshot, lists)
    asked = list(questions(moving, snapshot))
    answers = ask(org, asked) if asked else None
    _refuse(lists, {**(answers.reasons if answers is not None else {}), **rehearse(org, moving)})
    _user(connector.access.user, snapshot, lists)
    previous = snapshot.records.get(connector.connector)
    destroy = tuple(_destroyed(connector.connector, expected, snapshot))
    record = _record(connector.connector, expected, snapshot)
    return Foreseen(
        tuple(lists.create),
        tuple(lists.change),
        tuple(lists.same),
        tuple(lists.in_the_way),
        destroy,
        (*(answers.notes if answers is not None else ()), *asked_for.notes, *_taken_away(expected, snapshot)),
        _seen(connector.connector, expected, snapshot),
        record,
        previous is None or previous.component().body != record.component().body,
    )


def _taken_away(expected: Sequence[Component], snapshot: Snapshot) -> Iterator[str]:
    """Lead mappings of the org that the spec does not have. The component is one for the whole org, so a deploy may drop them."""
    for component in expected:
        if component.type == "LeadConvertSettings":
            ours, there = facts.of_component(component), snapshot.facts(component) or {}
            for path in sorted(set(there) - set(ours)):
                target, _, rest = path.removeprefix("objectMapping[").partition("].mappingFields[")
                if rest.endswith("].inputField"):
                    yield (
                        f"the org maps Lead.{there[path]} to {target}.{there[path.replace('inputField', 'outputField')]} on "
                        "conversion, the spec does not: check the mapping after the deploy"
                    )


def _sort(expected: Sequence[Component], snapshot: Snapshot, lists: _Lists) -> list[Component]:
    """Put every component where it belongs; those that the deploy would create or change."""
    stopped = {(one.type, one.component) for one in lists.in_the_way}
    moving = []
    for component in expected:
        kind, is_ = KINDS.get(component.type, component.type), summary(component)
        if component.key in stopped:
            continue
        if absent(component, snapshot):
            lists.create.append(Change(kind, component.name, summary=is_, type=component.type))
            moving.append(component)
            continue
        differences = _differences(component, snapshot)
        reason = _refused(component, snapshot) if differences else None
        change = Change(kind, component.name, differences, summary=is_, type=component.type)
        if reason is not None:
            lists.in_the_way.append(replace(change, reason=reason.text, cause=reason.cause))
        elif differences:
            lists.change.append(change)
            moving.append(component)
        else:
            lists.same.append(change)
    return moving


def _differences(component: Component, snapshot: Snapshot) -> tuple[Difference, ...]:
    checks = check_component(component, snapshot, bodies=True)
    return tuple(check.difference for check in checks if check.difference is not None)


def _refused(component: Component, snapshot: Snapshot) -> Reason | None:
    actual, expected = snapshot.facts(component) or {}, None
    if component.type == "CustomObject":
        expected = facts.of_component(component)
        old, new = actual.get("customSettingsType"), expected.get("customSettingsType")
        if old != new and component.name.endswith("__c"):
            text = f"is {_kind_of(old)} in the org, {_kind_of(new)} in the spec: it cannot be changed"
            return Reason(Cause.CUSTOM_SETTING, text)
    if component.type == "CustomField":
        return refused(component.name, facts.of_component(component), actual)
    return None


def _kind_of(setting: str | None) -> str:
    return f"a custom setting ({setting})" if setting else "an object"


def _refuse(lists: _Lists, reasons: Mapping[str, Reason]) -> None:
    """Move what the data does not allow from the changes to what is in the way."""

    for bucket in (lists.create, lists.change):
        for change in [one for one in bucket if one.type in _ASKED and one.component in reasons]:
            bucket.remove(change)
            reason = reasons[change.component]
            lists.in_the_way.append(replace(change, reason=reason.text, cause=reason.cause))


def _user(user: ServiceUser | None, snapshot: Snapshot, lists: _Lists) -> None:
    if user is None:
        return
    found = tuple(check.difference for check in check_user(user, snapshot) if check.difference is not None)
    if snapshot.user is None:
        lists.create.append(Change("user", user.username, summary=f"{user.profile}, licence {user.license}"))
    elif any(one.attribute == "license" for one in found):
        reason = (
            f"has the licence {snapshot.user.license}, the spec asks for {user.license}: give the user another in Setup"
        )
        lists.in_the_way.append(Change("user", user.username, found, reason, cause=Cause.USER_LICENCE))
    elif found:
        lists.change.append(Change("user", user.username, found))
    else:
        lists.same.append(Change("user", user.username))


def _destroyed(connector: str, expected: Sequence[Component], snapshot: Snapshot) -> Iterator[Change]:
    """What the last apply created, the spec no longer has, and no other connector of the org uses."""
    for one in leftovers(connector, expected, snapshot):
        shown = one.facts.get("type") or one.facts.get("label") or KINDS.get(one.type, one.type)
        yield Change(KINDS.get(one.type, one.type), one.name, summary=shown, type=one.type)


def leftovers(connector: str, expected: Sequence[Component], snapshot: Snapshot) -> Iterator[Recorded]:
    """Components of the last apply's record that can be destroyed, now that the spec does not have them."""
    previous = snapshot.records.get(connector)
    if previous is None:
        return
    kept = {key_of(component) for component in expected}
    for record in snapshot.records.values():
        if record.connector != connector:
            kept |= set(record.components)
    for key, one in previous.components.items():
        if key not in kept and one.created and one.type not in _NEVER_DESTROYED:
            yield one


def _record(connector: str, expected: Sequence[Component], snapshot: Snapshot) -> Record:
    """The record after this apply. What could be destroyed stays in it until it is."""
    previous = snapshot.records.get(connector) or Record(connector)
    found: dict[Key, Recorded] = {(one.type, one.name.lower()): one for one in leftovers(connector, expected, snapshot)}
    for component in expected:
        key = key_of(component)
        before = previous.components.get(key)
        created = before.created if before is not None else _creates(key, snapshot)
        found[key] = Recorded(component.type, component.name, created, facts_to_keep(component))
    return Record(connector, found)


def _creates(key: Key, snapshot: Snapshot) -> bool:
    """Whether this apply brings a component into being: it is not there, or another connector created it."""
    return not snapshot.has(key) or any(
        key in record.components and record.components[key].created for record in snapshot.records.values()
    )


def _seen(connector: str, expected: Sequence[Component], snapshot: Snapshot) -> dict[str, str]:
    """Digests of everything that decides what an apply does, by what it is about."""
    seen = {f"{c.type}:{c.name}": _digest_of(key_of(c), snapshot) for c in expected}
    seen["edition"] = snapshot.edition or ""
    seen["packages"] = " ".join(sorted(snapshot.packages))
    user = snapshot.user
    seen["user"] = _hash(
        [user.active, user.email, user.profile, user.license, sorted(user.permission_sets)] if user else None
    )
    for name, record in sorted(snapshot.records.items()):
        seen[f"record of {name}"] = _hash(record.component().body.decode())
    return seen


def _digest_of(key: Key, snapshot: Snapshot) -> str:
    if key[0] in CODE:
        code = snapshot.code.get(key)
        return "absent" if code is None else _hash([code.status, digest(code.body or "")])
    found = snapshot.components.get(key)
    return "absent" if found is None else _hash(dict(found))


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
