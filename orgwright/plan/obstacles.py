"""What keeps an org as a whole from taking a connector: edition, packages, the number of custom fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from orgwright.metadata import Component
from orgwright.plan.model import Change
from orgwright.plan.snapshot import Snapshot
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


def edition_of(snapshot: Snapshot) -> str | None:
    """``Enterprise`` for ``Enterprise Edition``."""
    return None if snapshot.edition is None else snapshot.edition.removesuffix(" Edition")


def missing_packages(connector: Connector, snapshot: Snapshot) -> tuple[str, ...]:
    """Names of required packages that are not installed."""
    packages = connector.requires.packages
    return tuple(p.name for p in packages if p.namespace and p.namespace.lower() not in snapshot.packages)


def obstacles(connector: Connector, components: Sequence[Component], snapshot: Snapshot) -> Iterator[Change]:
    """Everything that no change of a single component can help."""
    edition = edition_of(snapshot)
    editions = connector.requires.editions
    if editions and edition is not None and edition not in editions:
        reason = f"is {edition} Edition, the connector asks for {' or '.join(editions)}"
        yield Change("edition", "Organization", reason=reason)
    for name in missing_packages(connector, snapshot):
        yield Change("package", name, reason="is not installed, the connector asks for it")
    most = MOST_FIELDS.get(edition or "")
    if most is None:
        return
    for sobject, number in _custom_fields(components, snapshot).items():
        if number > most:
            reason = f"would have {number} custom fields, {edition} Edition allows {most}"
            yield Change("object", sobject, reason=reason)


def _custom_fields(components: Sequence[Component], snapshot: Snapshot) -> dict[str, int]:
    """How many custom fields each object of the connector would have, those of packages apart."""
    fields: dict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for component in components:
        if component.type == "CustomField":
            owner, _, field = component.name.partition(".")
            names[owner.lower()] = owner
            fields[owner.lower()].add(field.lower())
    for type, name in snapshot.components:
        owner, _, field = name.partition(".")
        if type == "CustomField" and owner in names and field.endswith("__c") and field.count("__") == 1:
            fields[owner].add(field)
    return {names[owner]: len(found) for owner, found in fields.items()}
