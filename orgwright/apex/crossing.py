"""Run-time values of Apex as the org's values (:mod:`orgwright.apex.host`) and back: what flows and Apex hand each other.

Objects of classes cross as they are: the org only keeps them until it hands them back in the same transaction.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import Record
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.keyed import Set
from orgwright.apex.runtime.sobject import SObject, from_record, to_record
from orgwright.apex.runtime.tokens import rtype_of
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import Id, Long, parse_id

if TYPE_CHECKING:
    from orgwright.apex.runtime.execution import Execution

_TYPES: dict[type, RType] = {str: types.STRING, bool: types.BOOLEAN, Decimal: types.DECIMAL}
_NUMBERS = ("integer", "long", "double", "decimal")


def to_org(value: Any) -> Any:
    """A value that leaves Apex."""
    if isinstance(value, SObject):
        return to_record(value)
    if isinstance(value, List):
        return [to_org(item) for item in value.items]
    if isinstance(value, Set):
        return [to_org(item) for item in value.keys_listed()]
    if isinstance(value, Id):
        return str.__str__(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    return int(value) if isinstance(value, Long) else value


def to_apex(execution: Execution, value: Any, target: RType) -> Any:
    """A value that enters Apex, as one of type ``target``. Raises :class:`ValueError` for one that is none."""
    kind = target.kind
    if value is None:
        return None
    if kind == "list" or (kind == "object" and isinstance(value, list)):
        items = value if isinstance(value, list) else [value]
        listed = target if kind == "list" else types.list_of(_common(items))
        return List.of(listed, [to_apex(execution, item, listed.args[0]) for item in items])
    if isinstance(value, Record):
        return from_record(value, execution.types)
    if kind in _NUMBERS:
        number = Decimal(str(value))
        if kind in ("integer", "long"):
            return Long(number) if kind == "long" else int(number)
        return float(number) if kind == "double" else number
    if kind == "id":
        found = parse_id(str(value))
        if found is None:
            raise ValueError(f"{value} is no Id")
        return found
    return str(value) if kind == "string" and not isinstance(value, str) else value


def _common(items: list[Any]) -> RType:
    """The type of the items of a list that nobody declared."""
    kinds = {
        rtype_of(item.type) if isinstance(item, Record) else _TYPES.get(item.__class__, types.OBJECT) for item in items
    }
    return kinds.pop() if len(kinds) == 1 else types.OBJECT
