"""Locking records (Apex Reference Guide, Approval Class). Approval processes themselves do not run here."""

from __future__ import annotations

from typing import Any

from orgwright.apex.host import RecordError
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.dmlresults import Error
from orgwright.apex.library.registry import find_class, native
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import DmlException, DmlRow
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import Id

_GONE = RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def _ids(given: Any) -> list[str | None]:
    if given is None:
        raise null_argument(1)
    items = given.items if isinstance(given, List) else [given]
    return [item.fields.get("Id") if isinstance(item, SObject) else item for item in items]


def _set(execution: Any, given: Any, all_or_none: bool | None, locked: bool) -> Any:
    """Lock or unlock; a result for each record, a list of them for a list."""
    name = "Approval.LockResult" if locked else "Approval.UnlockResult"
    cls: Any = find_class(name)
    ids = _ids(given)
    execution.limits.count("dmlstatements")
    execution.limits.count("dmlrows", len(ids))
    there = execution.host.existing([id for id in ids if id is not None])
    lost = [DmlRow(n, id, _GONE) for n, id in enumerate(ids) if id not in there]
    if lost and all_or_none is not False:
        text = "{} failed. First exception on row {}; first error: {}, {}: []"
        verb = "Lock" if locked else "Unlock"
        raise DmlException(text.format(verb, lost[0].index, _GONE.code, _GONE.message), rows=lost)
    results = []
    for id in ids:
        made = cls()
        made.Id, made.Success = None if id is None else Id(id), id in there
        errors = [] if made.Success else [Error(_GONE)]
        made.Errors = List(types.list_of(Error.rtype()), errors)
        if made.Success:
            execution.host.set_locked(str(id), locked)
        results.append(made)
    return List(types.list_of(RType("platform", name, (), cls)), results) if isinstance(given, List) else results[0]


@native("Approval.lock", context=True)
def lock(execution: Any, given: Any, all_or_none: bool | None = True) -> Any:
    return _set(execution, given, all_or_none, True)


@native("Approval.unlock", context=True)
def unlock(execution: Any, given: Any, all_or_none: bool | None = True) -> Any:
    return _set(execution, given, all_or_none, False)


@native("Approval.isLocked", context=True)
def is_locked(execution: Any, given: Any) -> Any:
    ids = [id for id in _ids(given) if id is not None]
    found = execution.host.locked([str(id) for id in ids])
    if not isinstance(given, List):
        return bool(found)
    return Map.of(types.map_of(types.ID, types.BOOLEAN), [(Id(id), str(id) in found) for id in ids])
