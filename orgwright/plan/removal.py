"""Taking one connector out of an org that others share: what goes, what stays, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from orgwright.plan.record import Key, Record, Recorded

Named = tuple[str, str]

# What holds data, and what such fields need.
_HOLDS_DATA = frozenset({"CustomField", "CustomObject", "GlobalValueSet"})
_NEVER = frozenset({"Settings"})
_NO_DATA = ("__e", "__mdt")
# Nothing in a group needs what stands in a later one, so groups are deleted from the first to the last.
_ORDER = (
    "PlatformEventSubscriberConfig",
    "ApexTrigger",
    "ApexClass",
    "Layout",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthSettings",
    "ExternalClientApplication",
    "ConnectedApp",
    "PermissionSet",
    "CustomMetadata",
    "NamedCredential",
    "ExternalCredential",
    "CustomField",
    "CustomObject",
    "GlobalValueSet",
)
_EARLY = frozenset(
    {"PlatformEventSubscriberConfig", "ApexTrigger", "ApexClass", "PermissionSet", "CustomMetadata", "Layout"}
)


@dataclass(frozen=True)
class Removal:
    """What a removal does.

    ``first`` and ``then`` are the deletions of one deploy, in two halves (triggers before classes before what they use);
    ``data`` those of a second deploy, fields and objects with their data. ``kept`` is left in the org on purpose, ``shared``
    because other connectors use it, ``adopted`` because it was there before. ``left`` is the connector's record after the first
    deploy, None when nothing of it is left then; ``others`` are records of other connectors that take over.
    """

    first: tuple[Named, ...]
    then: tuple[Named, ...]
    data: tuple[Named, ...]
    kept: tuple[Named, ...]
    shared: tuple[Named, ...]
    adopted: tuple[Named, ...]
    left: Record | None
    others: tuple[Record, ...]

    @property
    def deleted(self) -> tuple[Named, ...]:
        """Everything that goes."""
        return (*self.first, *self.then, *self.data)


def removal(records: Mapping[str, Record], connector: str, *, with_data: bool) -> Removal:
    """What taking a connector out deletes.

    Args:
        records: those of all connectors of the org.
        connector: the one that goes; it has a record.
        with_data: fields and objects that hold data go too.
    """
    own = records[connector]
    others = {name: record for name, record in records.items() if name != connector}
    used = {key for record in others.values() for key in record.components}
    shared, adopted, going = [], [], {}
    for key, one in own.components.items():
        if key in used:
            shared.append((one.type, one.name))
        elif not one.created or one.type in _NEVER:
            adopted.append((one.type, one.name))
        else:
            going[key] = one
    data = {key: one for key, one in going.items() if _holds_data(one)}
    plain = {key: one for key, one in going.items() if key not in data}
    early = [(one.type, one.name) for one in plain.values() if one.type in _EARLY]
    late = [(one.type, one.name) for one in plain.values() if one.type not in _EARLY]
    named = order((one.type, one.name) for one in data.values())
    left = replace(own, components=data) if data else None
    takers = (_handed_over(record, own) for record in others.values())
    return Removal(
        order(early),
        order(late),
        named if with_data else (),
        () if with_data else named,
        tuple(shared),
        tuple(adopted),
        left,
        tuple(record for record in takers if record != others[record.connector]),
    )


def _holds_data(one: Recorded) -> bool:
    return one.type in _HOLDS_DATA and not one.name.partition(".")[0].lower().endswith(_NO_DATA)


def _handed_over(other: Record, own: Record) -> Record:
    """What the connector that goes created and another uses is that other's from now on."""
    changed: dict[Key, Recorded] = {
        key: replace(one, created=True)
        for key, one in other.components.items()
        if not one.created and key in own.components and own.components[key].created
    }
    return replace(other, components={**other.components, **changed}) if changed else other


def order(components: Iterable[Named]) -> tuple[Named, ...]:
    """Deletions in an order in which nothing is gone before what needs it; children of objects that go go with them."""
    given = list(components)
    objects = {name.lower() for type, name in given if type == "CustomObject"}
    listed = [(t, n) for t, n in given if t != "CustomField" or n.partition(".")[0].lower() not in objects]
    ranks = {type: rank for rank, type in enumerate(_ORDER)}
    rest = ranks["CustomField"] - 0.5
    return tuple(sorted(listed, key=lambda named: (ranks.get(named[0], rest), named)))
