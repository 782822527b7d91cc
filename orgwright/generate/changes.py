"""Which field an update test gives another value, and what that takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orgwright.errors import OrgwrightError
from orgwright.generate.names import Names
from orgwright.generate.records import MANY, Need, NoTestRecord, builders, capacity
from orgwright.spec import standard as facts
from orgwright.spec.model import Connector, Field, FieldType

_NOT_EASY = frozenset({FieldType.LOCATION, FieldType.EXTERNAL_LOOKUP, FieldType.INDIRECT_LOOKUP, FieldType.FILE})
_LOOKUPS = frozenset({FieldType.LOOKUP, FieldType.MASTER_DETAIL, FieldType.HIERARCHY})
_ACTIVATES = frozenset({("Order", "Status"), ("Contract", "Status")})
"""Fields whose change may ask for more than a test record has, such as an order's products."""
_NO_VALUES = frozenset({"address", "location", "id", "base64"})


class CannotChange(OrgwrightError):
    """An object without a field that a test could change."""


@dataclass(frozen=True)
class Change:
    """A field that a test can change; a lookup gets a new ``parent``, and only so ``many`` records can be changed at once."""

    field: str
    parent: str | None = None
    many: int = MANY

    @property
    def parents(self) -> tuple[str, ...]:
        """The objects that a test makes a parent of."""
        return (self.parent,) if self.parent else ()


def possible(connector: Connector, known: Mapping[str, Need], sobject: str, among: Sequence[str] = ()) -> list[Change]:
    """The fields of an object that a test can change: those that many records can have alike first, lookups last,
    then those that activate.

    ``among`` narrows them to fields that count; else they are the usual one of the object, then the connector's own.
    """
    need, item = known.get(sobject), connector.objects.get(sobject)
    usual = [need.change] if need is not None and need.change is not None else []
    names = among or list(dict.fromkeys([*usual, *(f.api_name for f in (item.custom_fields if item else ()))]))
    found = [change for name in names if (change := _change(connector, known, sobject, name)) is not None]
    return sorted(
        found,
        key=lambda change: ((sobject, change.field) in _ACTIVATES, change.parent is not None, change.many < MANY),
    )


def _change(connector: Connector, known: Mapping[str, Need], sobject: str, name: str) -> Change | None:
    owner = "Activity" if sobject in ("Task", "Event") and sobject not in connector.objects else sobject
    item = connector.objects.get(owner)
    own = item.fields.get(name) if item else None
    if own is not None and own.custom:
        return _own(connector, known, own)
    found = facts.find(sobject)
    standard = found.field(name) if found else None
    if standard is None:
        return _of_any(name, known.get(sobject))
    if not standard.updateable or standard.type in _NO_VALUES:
        return None
    if standard.type != "reference":
        return Change(name)
    parent = _parent(standard.targets, known)
    return Change(name, parent) if parent is not None else None


def _of_any(name: str, need: Need | None) -> Change | None:
    """Of a custom object: its name if that is a text, and its owner; of any object: the fields of packages."""
    if name == "OwnerId":
        return Change(name, "User")
    of_package = name.lower().endswith("__c")
    return Change(name) if of_package or (need is not None and need.change == name) else None


def _own(connector: Connector, known: Mapping[str, Need], field: Field) -> Change | None:
    if field.computed or field.type in _NOT_EASY or (field.type is FieldType.MASTER_DETAIL and not field.reparentable):
        return None
    if field.type in _LOOKUPS:
        parent = _parent((field.to or "User",), known)
        return Change(field.api_name, parent) if parent is not None else None
    if field.type is FieldType.PICKLIST:
        values = connector.value_sets[field.value_set].values if field.value_set else field.values
        active = sum(value.active for value in values.values())
        return Change(field.api_name) if active > field.required else None
    most = capacity(field) // 4 if field.unique else field.at_most or MANY
    return Change(field.api_name, many=min(most, MANY))


def _parent(targets: Iterable[str], known: Mapping[str, Need]) -> str | None:
    """The first object of which a test can make a record."""
    return next((name for name in targets if name == "User" or _buildable(name, known)), None)


def _buildable(name: str, known: Mapping[str, Need]) -> bool:
    try:
        builders({name: None}, known, Names(""))
    except NoTestRecord:
        return False
    return True
