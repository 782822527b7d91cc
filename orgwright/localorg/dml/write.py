"""Insert and update of one chunk of records of one type: the order of execution (Apex Developer Guide)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import AccessMode, ApexFailure, LateRecord, Record, TriggerErrors, TriggerEvent
from orgwright.localorg.dml import behaviours, junctions, numbers
from orgwright.localorg.dml.automation import Errors, Moment
from orgwright.localorg.dml.calculated import add_calculated
from orgwright.localorg.dml.coerce import Refused
from orgwright.localorg.dml.defaults import work_out_defaults
from orgwright.localorg.dml.rollups import rolls_up, watch
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.shared import refuse_owners
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.dml.validate import validate
from orgwright.localorg.store.tables import quote

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_ATTEMPTS = 3
_TOO_MANY = "Too many batch retries in the presence of Apex triggers and partial failures."
_IN_TRIGGER = re.compile(r"Trigger\.(\w+):")
_MISSING = object()
_NO_ERRORS = TriggerErrors()
Act = Callable[[list[Record], list[Record] | None], Errors]
"""Triggers or flows on records as they will be and as they were; the errors by row."""


class Writer:
    """Writes loaded rows of one type. ``creating`` tells insert from update."""

    def __init__(
        self,
        tx: Transaction,
        plan: TypePlan,
        *,
        creating: bool,
        access: AccessMode = "system",
        truncate: bool = False,
    ) -> None:
        self.tx, self.plan, self.creating, self.access, self.truncate = tx, plan, creating, access, truncate
        self.before = TriggerEvent.BEFORE_INSERT if creating else TriggerEvent.BEFORE_UPDATE
        self.after = TriggerEvent.AFTER_INSERT if creating else TriggerEvent.AFTER_UPDATE
        self.unmatched: str | None = None
        self.has_before = self._has(self.before)
        self.has_after = self._has(self.after)
        self.flows_before = self._starts_flows("before save")
        self.flows_after = self._starts_flows("after save")

    def _has(self, event: TriggerEvent) -> bool:
        runner = self.tx.triggers
        return runner is not None and runner.has(self.plan.sobject.name, event)

    def _starts_flows(self, moment: Moment) -> bool:
        flows = self.tx.flows
        return flows is not None and flows.has(self.plan.sobject.name, moment, creating=self.creating)

    @property
    def triggered(self) -> bool:
        """Whether any trigger or flow will run."""
        return self.has_before or self.has_after or self.flows_before or self.flows_after

    def write(self, rows: Sequence[Row], *, partial: bool, unmatched: str | None = None) -> None:
        """Save one chunk; with ``partial`` good rows are saved though others fail, with up to three attempts.

        ``unmatched`` names a field whose values were just looked for, and no record and no other row has them.
        """
        self.unmatched = None if self.triggered else unmatched
        left = [row for row in rows if not row.errors]
        if not left:
            return
        if not (partial and (self.triggered or rolls_up(self.tx, self.plan))):
            self.attempt(left)
            return
        loaded = [dict(row.values) for row in left]
        for number in range(1, _ATTEMPTS + 1):
            mark = self.tx.savepoint()
            self.attempt(left)
            if all(not row.errors for row in left):
                self.tx.release(mark)
                return
            self.tx.rollback(mark)
            if number == _ATTEMPTS:
                for row in left:
                    if not row.errors:
                        row.fail("UNKNOWN_EXCEPTION", _TOO_MANY)
                return
            kept = [(row, values) for row, values in zip(left, loaded, strict=True) if not row.errors]
            if not kept:
                return
            left = [row for row, _ in kept]
            loaded = [values for _, values in kept]
            for row, values in kept:
                row.values = dict(values)
                row.record = None
                if self.creating:
                    row.id = None

    def attempt(self, rows: Sequence[Row]) -> None:
        """One pass over the rows: before-save flows, before triggers, rules, write, after triggers, after-save flows."""
        tx, plan = self.tx, self.plan
        if self.creating:
            self._defaults(rows)
            rows = [row for row in rows if not row.errors]
        if self.flows_before:
            self._before(rows, self._run_flows("before save"))
            rows = [row for row in rows if not row.errors]
        if self.has_before:
            self._before(rows, self._run_triggers(self.before, rows))
        for row in rows:
            if row.doubts:
                row.settle({f.name: f.length for f in plan.stored} if self.truncate else None)
        rows = [row for row in rows if not row.errors]
        if self.creating:
            self._give_ids(rows)
        behaviours.before_save(tx, plan, rows, creating=self.creating)
        validate(tx, plan, rows, creating=self.creating, unmatched=self.unmatched, access=self.access)
        refuse_owners(tx, plan, rows, self.access)
        rows = [row for row in rows if not row.errors]
        tx.check_rules(plan, rows, creating=self.creating)
        rows = [row for row in rows if not row.errors]
        if not rows:
            return
        self._stamp(rows)
        watched = watch(tx, plan, rows)
        if self.creating:
            insert_rows(tx, plan, rows)
        else:
            update_rows(tx, plan, rows)
        if plan.sobject.junctions:
            junctions.keep(tx, plan, rows, creating=self.creating)
        tx.capture.saved(plan, rows, creating=self.creating)
        behaviours.after_save(tx, plan, rows, creating=self.creating)
        if self.has_after:
            good = [row for row in rows if not row.errors]
            self._after(good, self._run_triggers(self.after, good))
        if self.flows_after:
            self._after([row for row in rows if not row.errors], self._run_flows("after save"))
        watched.settle(rows)

    # --- steps ---

    def _defaults(self, rows: Sequence[Row]) -> None:
        defaults, fields = self.plan.defaults, self.plan.fields
        if self.plan.default_formulas:
            defaults = (*defaults, *work_out_defaults(self.tx, self.plan))
        owners = [(name, value) for name, value in self.owners() if name.lower() in fields]
        by_type = self.plan.record_type_defaults
        chosen = self._record_type(rows)
        for row in rows:
            values = row.values
            if chosen is not None:
                values.setdefault("RecordTypeId", chosen)
            if by_type and (presets := by_type.get(values.get("RecordTypeId"))):
                for name, preset in presets.items():
                    values.setdefault(name, preset)
            for name, value in defaults:
                if name not in values:
                    values[name] = value
            row.errors += [error for error in self.plan.misfits if error.fields[0] not in values]
            for name, owner in owners:
                if values.get(name) is None:
                    values[name] = owner

    def _record_type(self, rows: Sequence[Row]) -> str | None:
        """What the profile of who saves names for records that do not say their record type."""
        untold = self.plan.sobject.record_types and any("RecordTypeId" not in row.values for row in rows)
        return self.tx.default_record_type(self.plan.sobject) if untold else None

    def owners(self) -> tuple[tuple[str, str], ...]:
        """What a new record gets from who saves it, and where, when it does not say."""
        tx = self.tx
        owners = (("OwnerId", tx.user_id), ("SetupOwnerId", tx.org.record.id))
        return (*owners, ("CurrencyIsoCode", tx.currency)) if tx.org.info.multi_currency else owners

    def _give_ids(self, rows: Sequence[Row]) -> None:
        prefix = self.plan.sobject.key_prefix or "000"
        for row, id in zip(rows, self.tx.new_ids(prefix, len(rows)), strict=True):
            row.id = id
            row.values["Id"] = id
            row.created = True
        numbers.assign(self.tx, self.plan, rows)
        name = self.plan.sobject.name_field
        if self.plan.sobject.custom and name is not None and name.stored and not name.auto_number:
            # a custom object's record without a name is named by its Id (NebulaLogger's suite relies on it)
            for row in rows:
                if not row.values.get(name.name):
                    row.values[name.name] = str(row.id)[:15]

    def _stamp(self, rows: Sequence[Row]) -> None:
        stamps = self.stamps()
        if not self.creating:
            for row in rows:
                row.values.update(stamps)
            return
        for row in rows:
            row.values = {**stamps, **row.values}

    def stamps(self) -> dict[str, str]:
        """When and by whom a record that is saved now is changed, and made if it is new."""
        now, user = self.tx.now_text, self.tx.user_id
        found = {"LastModifiedDate": now, "LastModifiedById": user, "SystemModstamp": now}
        if self.creating:
            found |= {"CreatedDate": now, "CreatedById": user}
        return {name: value for name, value in found.items() if name.lower() in self.plan.fields}

    # --- triggers and flows ---

    def _before(self, rows: Sequence[Row], act: Act) -> None:
        """Let what runs before the save change the rows."""
        plan = self.plan
        news: list[LateRecord] = []
        olds: list[LateRecord] = []
        for row in rows:
            if row.old is None:
                record = plan.late(None, row.shown())
            else:
                old = plan.late(row.id, row.old)
                olds.append(old)
                record = plan.late_change(old, row.shown())
            row.record = record
            news.append(record)
        self._add_calculated(rows, news, olds)
        for number, found in act(list(news), None if self.creating else list(olds)).items():
            rows[number].errors.extend(found)
        for row, record in zip(rows, news, strict=True):
            # what a trigger kept of its rows still shows them as they were then
            row.values = dict(row.values)
            if record.made:
                self._take_changes(row, record, record.make())

    def _take_changes(self, row: Row, record: Record, snapshot: dict[str, Any]) -> None:
        if record.fields == snapshot:
            return
        fields, plan = self.plan.fields, self.plan
        for name, value in record.fields.items():
            if snapshot.get(name, _MISSING) == value and type(snapshot.get(name)) is type(value):
                continue
            field = fields.get(name.lower())
            if field is None and name.lower() in plan.sobject.junctions:
                row.junctions = {**(row.junctions or {}), name: list(value or ())}
            if field is None or not field.stored or field.name == "Id":
                continue
            try:
                row.values[field.name] = plan.coercer(field, "typed")(value)
            except Refused as refused:
                row.errors.append(refused.error)

    def _after(self, rows: Sequence[Row], act: Act) -> None:
        """Show the saved rows to what runs after the save."""
        if not rows:
            return
        plan = self.plan
        news: list[LateRecord] = []
        olds: list[LateRecord] = []
        for row in rows:
            if row.old is None:
                news.append(plan.late(row.id, row.shown()))
            else:
                old = plan.late(row.id, row.old)
                olds.append(old)
                news.append(plan.late_change(old, row.shown()))
        self._add_calculated(rows, news, olds)
        for number, found in act(list(news), None if self.creating else list(olds)).items():
            rows[number].errors.extend(found)

    def _add_calculated(self, rows: Sequence[Row], news: Sequence[LateRecord], olds: Sequence[LateRecord]) -> None:
        add_calculated(
            self.tx,
            self.plan,
            olds,
            lambda: [row.old for row in rows if row.old is not None],
            [row.rolled_up for row in rows if row.old is not None],
        )
        add_calculated(self.tx, self.plan, news, lambda: _stored(rows))

    def _run_triggers(self, event: TriggerEvent, rows: Sequence[Row]) -> Act:
        return lambda new, old: run_triggers(self.tx, self.plan.sobject.name, event, new, old, rows).by_row

    def _run_flows(self, moment: Moment) -> Act:
        flows = self.tx.flows
        assert flows is not None
        return lambda new, old: flows.run(moment, new, old)


def _stored(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as the store will hold them."""
    return [row.values if row.old is None else {**row.old, **row.values} for row in rows]


def run_triggers(
    tx: Transaction,
    sobject: str,
    event: TriggerEvent,
    new: list[Record] | None,
    old: list[Record] | None,
    rows: Sequence[Row],
) -> TriggerErrors:
    """Run the triggers of one event; an uncaught exception fails every row of the chunk."""
    if tx.triggers is None:
        return _NO_ERRORS
    try:
        return tx.triggers.run(sobject, event, new, old)
    except ApexFailure as failure:
        named = _IN_TRIGGER.search(failure.stack)
        moment = "".join(word.capitalize() for word in event.value.split())
        text = (
            f"{named.group(1) if named else sobject}: execution of {moment}\n\n"
            f"caused by: {failure.type_name}: {failure.message}\n\n{failure.stack}"
        )
        for row in rows:
            row.fail("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text.rstrip())
        return _NO_ERRORS


def insert_rows(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """Write new rows; columns that no row sets keep their defaults."""
    tx.ensure(plan.sobject)
    shapes = dict.fromkeys(tuple(row.values) for row in rows)
    columns = list(dict.fromkeys(name for shape in shapes for name in shape))
    booleans = [(n, plan.booleans[name]) for n, name in enumerate(columns) if name in plan.booleans]
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {quote(plan.sobject.name)} ({', '.join(map(quote, columns))}) VALUES ({marks})"
    if not booleans and len(shapes) == 1:
        tx.connection.executemany(sql, (tuple(row.values.values()) for row in rows))
        return
    if not booleans:
        tx.connection.executemany(sql, (list(map(row.values.get, columns)) for row in rows))
        return
    lists = []
    for row in rows:
        values = list(map(row.values.get, columns))
        for n, default in booleans:
            if values[n] is None:
                values[n] = default
        lists.append(values)
    tx.connection.executemany(sql, lists)


def update_rows(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """Write the changed values of rows that exist; rows that set the same fields go together."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.values)].append(row)
    for columns, members in groups.items():
        sets = ", ".join(f"{quote(name)} = ?" for name in columns)
        sql = f'UPDATE {quote(plan.sobject.name)} SET {sets} WHERE "Id" = ?'
        tx.connection.executemany(sql, ([*row.values.values(), row.id] for row in members))
