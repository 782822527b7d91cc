"""Running triggers: the context variables, and the records before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgwright.apex.host import ApexFailure, Record, RecordError, TriggerErrors, TriggerEvent
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import READ_ONLY, List
from orgwright.apex.runtime.exceptions import ApexException, LimitException
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.sobject import SObject, from_record, to_record
from orgwright.apex.runtime.text import storable
from orgwright.apex.runtime.tokens import rtype_of
from orgwright.apex.runtime.values import platform_enum

if TYPE_CHECKING:
    from orgwright.apex.runtime.execution import Execution

DEEPEST = 16
_OPERATIONS = platform_enum("System.TriggerOperation", *(event.name for event in TriggerEvent))


class TriggerDepth(LimitException):
    """The seventeenth trigger within one another."""


class TriggerContext:
    """What ``Trigger`` shows while one trigger event is under way."""

    def __init__(self, sobject: str, event: TriggerEvent, new: list[SObject] | None, old: list[SObject] | None) -> None:
        self.sobject, self.event = sobject, event
        rtype = types.list_of(rtype_of(sobject))
        self.new = None if new is None else List(rtype, list(new))
        self.old = None if old is None else List(rtype, list(old))
        self.size = len(new if new is not None else old or ())
        self._maps: dict[str, Map | None] = {}

    def _map(self, name: str, rows: List | None) -> Map | None:
        if name not in self._maps:
            self._maps[name] = self._make_map(rows)
        return self._maps[name]

    def _make_map(self, rows: List | None) -> Map | None:
        if rows is None or self.event is TriggerEvent.BEFORE_INSERT:
            return None
        made = Map(types.map_of(types.ID, rtype_of(self.sobject)), {row.record_id: row for row in rows.items})
        made.guard = READ_ONLY
        return made

    def variable(self, name: str) -> Any:
        """A context variable by its name, case ignored."""
        lowered = name.lower()
        value = self.event.value
        if lowered in ("new", "old"):
            return self.new if lowered == "new" else self.old
        if lowered == "newmap":
            return self._map(lowered, self.new)
        if lowered == "oldmap":
            return self._map(lowered, self.old)
        if lowered == "size":
            return self.size
        if lowered == "operationtype":
            return _OPERATIONS[self.event.name]
        if lowered == "isexecuting":
            return True
        if lowered in ("isbefore", "isafter"):
            return value.startswith(lowered[2:])
        return value.partition(" ")[2] == lowered[2:]


def run_triggers(
    execution: Execution,
    sobject: str,
    event: TriggerEvent,
    new: list[Record] | None,
    old: list[Record] | None,
    only: str | None = None,
) -> TriggerErrors:
    """Run the triggers on an event in this transaction, or ``only`` one; before triggers change the records in place."""
    units = execution.program.triggers(sobject, event)
    if only is not None:
        units = tuple(q for q in units if q == only)
    if not units:
        return TriggerErrors()
    outermost = not execution.nested
    with execution.entered() as image:
        try:
            return _run(execution, units, sobject, event, new, old)
        except ApexFailure:
            raise
        except Exception as error:
            found = image.translated(error)
            if isinstance(found, LimitException) and not outermost and not _ends_here(found, execution):
                if found is error:
                    raise
                raise found from error
            raise failure_of(found) from error


def _ends_here(found: LimitException, execution: Execution) -> bool:
    """Whether it is the trigger depth, which the caller of the outermost trigger may catch as a DmlException."""
    return isinstance(found, TriggerDepth) and not execution.triggers


def _run(
    execution: Execution,
    units: tuple[str, ...],
    sobject: str,
    event: TriggerEvent,
    new: list[Record] | None,
    old: list[Record] | None,
) -> TriggerErrors:
    if len(execution.triggers) >= DEEPEST:
        raise TriggerDepth("maximum trigger depth exceeded")
    tokens = execution.types
    before = event.value.startswith("before")
    new_rows = None if new is None else [from_record(record, tokens) for record in new]
    old_rows = None if old is None else [from_record(record, tokens) for record in old]
    for row in new_rows or ():
        row.trigger, row.locked = True, not before
    for row in old_rows or ():
        row.trigger = row.locked = True
        row.allows_errors = new_rows is None
    context = TriggerContext(sobject, event, new_rows, old_rows)
    execution.triggers.append(context)
    try:
        for q in units:
            execution.image.load(q)
            with execution.host.trigger_unit(q.removeprefix("trigger "), event):
                execution.image.globals[f"{q}.<main>"]()
    finally:
        execution.triggers.pop()
    if before and new is not None and new_rows is not None:
        for record, row in zip(new, new_rows, strict=True):
            if row.late is None:
                _write_back(record, row)
    return _errors(new_rows if new_rows is not None else old_rows or [])


def _write_back(record: Record, row: SObject) -> None:
    changed = to_record(row).fields
    kept = record.fields
    for name, value in changed.items():
        if name != "Id" and not isinstance(value, Record) and (name not in kept or kept[name] is not value):
            kept[name] = value


def _errors(rows: list[SObject]) -> TriggerErrors:
    found: dict[int, tuple[RecordError, ...]] = {}
    for index, row in enumerate(rows):
        if row.has_errors:
            found[index] = tuple(row.errors)
    return TriggerErrors(found)


def failure_of(error: ApexException) -> ApexFailure:
    """An exception that nobody caught, as the org is told."""
    return ApexFailure(error.getTypeName(), storable(error.getMessage() or ""), error.getStackTraceString())
