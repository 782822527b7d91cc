"""Two connectors in one org: what both bring must be the same, or the later one undoes the earlier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orgwright.metadata import Component
from orgwright.plan.facts import Facts, even
from orgwright.plan.model import Cause, Change
from orgwright.plan.record import CODE, Record, facts_to_keep, key_of
from orgwright.plan.snapshot import Snapshot

# A deploy of these replaces the whole, so one that lacks a part takes it away.
_WHOLE = frozenset(
    {
        "PermissionSet",
        "CustomPermission",
        "NamedCredential",
        "ExternalCredential",
        "RemoteSiteSetting",
        "LeadConvertSettings",
    }
)


def clashes(connector: str, components: Sequence[Component], snapshot: Snapshot) -> Iterator[Change]:
    """Components that another connector of the org has otherwise."""
    others = [record for name, record in sorted(snapshot.records.items()) if name != connector]
    if not others:
        return
    for component in components:
        for other in others:
            reason = _reason(component, other)
            if reason is not None:
                yield Change(
                    component.type,
                    component.name,
                    reason=reason,
                    type=component.type,
                    cause=Cause.OTHER_CONNECTOR,
                )


def _reason(component: Component, other: Record) -> str | None:
    theirs = other.components.get(key_of(component))
    if theirs is None:
        return None
    ours = facts_to_keep(component)
    if component.type in CODE:
        return None if ours == theirs.facts else f"the connector {other.connector} has code of that name"
    attribute = _differs(ours, theirs.facts)
    if attribute is not None:
        return (
            f"the connector {other.connector} in this org has it otherwise: {attribute} is "
            f"{theirs.facts.get(attribute) or 'nothing'} there, {ours.get(attribute) or 'nothing'} here"
        )
    if component.type in _WHOLE and set(ours) != set(theirs.facts):
        return f"the connector {other.connector} has another {component.type} of that name"
    return None


def _differs(ours: Facts, theirs: Facts) -> str | None:
    both = (attribute for attribute in ours if attribute in theirs)
    return next((a for a in both if not even(a, ours[a], theirs[a]) and not even(a, theirs[a], ours[a])), None)
