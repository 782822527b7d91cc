"""Roll-up summaries: a save that changes one saves the parent, too (Apex Developer Guide, Triggers and Order of Execution)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import Record, TriggerEvent
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.formula import programs, records
from orgwright.localorg.formula.problem import FormulaProblem
from orgwright.localorg.schema.model import Field

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

Stored = Mapping[str, Any]
Values = dict[str, tuple[Any, ...]]
_CHUNK = 200
"""Records that triggers see at once."""


class Watch:
    """The roll-ups over some rows: their values before the rows are written, and the saves of parents whose values changed.

    ``rows`` are stored rows, as they were or will be; only their references to parents are looked at.
    """

    def __init__(self, tx: Transaction, plan: TypePlan, rows: Sequence[Stored]) -> None:
        self._parents = [
            _Parents(tx, key, parent, fields, wanted)
            for key, parent, fields in _links(tx, plan)
            if (wanted := list(dict.fromkeys(row[key] for row in rows if row.get(key))))
        ]

    def before(self, id: str) -> dict[str, Any]:
        """The stored roll-ups of a parent, and the formulas over them, as they were."""
        return {name: value for parents in self._parents for name, value in parents.shown.get(id, {}).items()}

    def settle(self, children: Sequence[Row], *, saved: str | None = None) -> None:
        """Save the parents whose roll-ups are not what they were; what refuses a parent refuses its children.

        The parent ``saved`` is saved by itself.
        """
        for parents in self._parents:
            parents.settle(children, saved)


def rolls_up(tx: Transaction, plan: TypePlan) -> bool:
    """Whether any parent of the type has roll-ups over it."""
    return next(_links(tx, plan), None) is not None


def watch(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> Watch:
    """Watch the roll-ups over rows that are about to be saved."""
    return Watch(tx, plan, [values for row in rows for values in (row.old, row.values) if values])


def _links(tx: Transaction, plan: TypePlan) -> Iterator[tuple[str, TypePlan, tuple[Field, ...]]]:
    """The references of a type to parents with roll-ups over it: field, parent, roll-ups."""
    for key in plan.references:
        target = tx.schema.sobject(key.reference_to[0]) if len(key.reference_to) == 1 else None
        if target is None:
            continue
        own = (plan.sobject.name, key.name)
        parent = tx.type_plan(target)
        fields = tuple(f for f in parent.calculated if f.summary and (f.summary.child, f.summary.foreign_key) == own)
        if fields:
            yield key.name, parent, fields


def _formulas_over(tx: Transaction, plan: TypePlan, fields: Sequence[Field]) -> tuple[Field, ...]:
    """The formula fields of a type that read those fields of it, directly or through one another."""
    reads: dict[str, set[str]] = {}
    for field in plan.calculated:
        if field.formula is not None:
            with suppress(FormulaProblem):  # a formula that does not work has no old value either
                sources = programs.field_program(tx.schema, plan.sobject, field).sources
                reads[field.name] = {s.field.name for s in sources if s.field is not None and not s.steps}
    found = {field.name for field in fields}
    while more := {name for name, named in reads.items() if name not in found and named & found}:
        found |= more
    return tuple(f for f in plan.calculated if f.formula is not None and f.name in found)


class _Parents:
    """Parents of one type and their roll-ups over one reference."""

    def __init__(self, tx: Transaction, key: str, plan: TypePlan, fields: tuple[Field, ...], ids: list[str]) -> None:
        self.tx, self.key, self.plan, self.fields = tx, key, plan, fields
        self.ids = ids
        self.before = self._values(fields)
        self.shown = self._shown()
        """By parent the stored values that its triggers shall see as the old ones."""
        self.above = Watch(tx, plan, list(tx.fetch(plan, ids).values()))

    def _values(self, fields: Sequence[Field]) -> Values:
        stored: Sequence[Stored] = [{"Id": id} for id in self.ids]
        if any(f.formula is not None for f in fields):
            found = self.tx.fetch(self.plan, self.ids)
            stored = [found.get(id, {"Id": id}) for id in self.ids]
        columns = records.calculated(self.tx, self.plan.sobject, fields, stored)
        return dict(zip(self.ids, zip(*columns, strict=True), strict=True))

    def _shown(self) -> dict[str, dict[str, Any]]:
        fields, values = self.fields, self.before
        runner = self.tx.triggers
        events = (TriggerEvent.BEFORE_UPDATE, TriggerEvent.AFTER_UPDATE)
        if runner is not None and any(runner.has(self.plan.sobject.name, event) for event in events):
            formulas = _formulas_over(self.tx, self.plan, fields)
            if formulas:
                fields = (*fields, *formulas)
                values = self._values(fields)
        return {id: {f.name: v for f, v in zip(fields, values[id], strict=True)} for id in self.ids}

    def settle(self, children: Sequence[Row], saved: str | None) -> None:
        after = self._values(self.fields)
        rows = [self._row(id) for id in self.ids if after[id] != self.before[id] and id != saved]
        found = self.tx.fetch(self.plan, [row.id for row in rows if row.id])
        for row in rows:
            row.old = found.get(row.id or "")
        rows = [row for row in rows if row.old is not None and not row.old.get("IsDeleted")]
        if rows:
            self._save(rows, children)
        self.above.settle(children)

    def _row(self, id: str) -> Row:
        row = Row(Record(self.plan.sobject.name, {}))
        row.id = id
        row.rolled_up = self.shown[id]
        return row

    def _save(self, rows: Sequence[Row], children: Sequence[Row]) -> None:
        from orgwright.localorg.dml.write import Writer  # which watches the roll-ups over what it writes

        writer = Writer(self.tx, self.plan, creating=False)
        for start in range(0, len(rows), _CHUNK):
            writer.write(rows[start : start + _CHUNK], partial=False)
        errors = {row.id: row.errors for row in rows if row.errors}
        for child in children:
            child.errors.extend(errors.get(child.get(self.key), ()))
