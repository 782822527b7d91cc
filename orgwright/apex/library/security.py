"""``System.Security.stripInaccessible`` (Apex Developer Guide, Enforce Security with the stripInaccessible Method)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import NoAccessException, NotSupported, QueryException
from orgwright.apex.runtime.keyed import Map, Set
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.tokens import SObjectType
from orgwright.apex.runtime.values import EnumValue, PlatformObject

_RIGHTS = {"READABLE": "read", "CREATABLE": "create", "UPDATABLE": "edit", "UPSERTABLE": "create"}


@platform("System.SObjectAccessDecision")
class SObjectAccessDecision(PlatformObject):
    """What was left of the rows, and what was taken away."""

    __slots__ = ("modified", "records", "removed")

    def __init__(self, records: List, removed: dict[str, list[str]], modified: list[int]) -> None:
        self.records, self.removed, self.modified = records, removed, modified

    def getRecords(self) -> List:
        """Copies of the rows without the fields that the user may not use."""
        return self.records

    def getRemovedFields(self) -> Map:
        """Removed fields by object."""
        return _names(self.removed)

    def getModifiedIndexes(self) -> Set:
        """The positions of the rows that lost something."""
        return Set.of(types.set_of(types.INTEGER), self.modified)


@native("QueryException.getInaccessibleFields")
def inaccessible_fields(error: QueryException) -> Map | None:
    """Fields by object that were closed to the user; null for a query that failed for other reasons."""
    return _names(error.inaccessible) if error.inaccessible else None


def _names(found: Mapping[str, Sequence[str]]) -> Map:
    names = types.set_of(types.STRING)
    return Map.of(types.map_of(types.STRING, names), [(key, Set.of(names, fields)) for key, fields in found.items()])


@native("Security.stripInaccessible(AccessType,List<SObject>)", context=True)
def strip(execution: Any, kind: EnumValue | None, rows: List | None) -> SObjectAccessDecision:
    return strip_checked(execution, kind, rows, True)


@native("Security.stripInaccessible(AccessType,List<SObject>,Boolean)", context=True)
def strip_checked(
    execution: Any, kind: EnumValue | None, rows: List | None, enforce_root: bool | None
) -> SObjectAccessDecision:
    if kind is None or rows is None:
        raise null_argument(1 if kind is None else 2)
    stripper = _Stripper(execution, kind.name)
    records = []
    for index, row in enumerate(rows.items):
        if row.sobject_type.name == "AggregateResult":
            raise NoAccessException("AggregateResult SObject types are not supported")
        if enforce_root:
            stripper.check_object(row.sobject_type.name)
        records.append(stripper.copy(row, index))
    return SObjectAccessDecision(List(rows.rtype, records), stripper.removed, sorted(stripper.modified))


@native("Security.stripInaccessible(AccessType,List<SObject>,Id)")
def strip_with_permission_set(kind: EnumValue | None, rows: List | None, permission_set: str | None) -> Any:
    raise NotSupported("Security.stripInaccessible with a permission set")


class _Stripper:
    def __init__(self, execution: Any, kind: str) -> None:
        self.host = execution.host
        self.rights = ("create", "edit") if kind == "UPSERTABLE" else (_RIGHTS[kind],)
        self.removed: dict[str, list[str]] = {}
        self.modified: set[int] = set()
        self._known: dict[tuple[str, str | None], bool] = {}

    def allowed(self, sobject: str, field: str | None) -> bool:
        key = (sobject, field)
        if key not in self._known:
            self._known[key] = all(self.host.can(right, sobject, field) for right in self.rights)
        return self._known[key]

    def check_object(self, sobject: str) -> None:
        if not self.allowed(sobject, None):
            raise NoAccessException(f"No access to entity: {sobject}")

    def copy(self, row: SObject, index: int) -> SObject:
        """A copy of a row without what may not be used, its parents and children likewise."""
        token = row.sobject_type
        made = SObject(token)
        lost: list[str] = []
        for name, value in row.fields.items():
            if not self._open(token, name, value):
                lost.append(name)
                continue
            if isinstance(value, SObject):
                value = self.copy(value, index)
            elif isinstance(value, List) and not token.lists_ids(name):
                value = List(value.rtype, [self.copy(child, index) for child in value.items])
            made.fields[name] = value
        made.queried = row.queried - set(lost) if row.queried is not None else None
        if lost:
            self.modified.add(index)
            removed = self.removed.setdefault(token.name, [])
            labels = (token.parents[n.lower()].name if n.lower() in token.parents else n for n in lost)
            removed += [label for label in labels if label not in removed]
        return made

    def _open(self, token: SObjectType, name: str, value: Any) -> bool:
        """Whether a field, a parent or children may stay: of a relationship the other object must be readable too."""
        if name == "Id":
            return True
        field = token.field(name) or token.parents.get(name.lower())
        if field is not None and not self.allowed(token.name, field.name):
            return False
        if isinstance(value, List) and value.items:
            value = value.items[0]
        return not isinstance(value, SObject) or self.host.can("read", value.sobject_type.name, None)
