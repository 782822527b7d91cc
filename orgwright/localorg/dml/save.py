"""One DML statement: cut by type and chunk, all or nothing or row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from orgwright.apex.host import Record, RecordError, SaveOutcome
from orgwright.localorg.dml import behaviours, table
from orgwright.localorg.dml.coerce import Refused
from orgwright.localorg.dml.load import Loader
from orgwright.localorg.dml.locks import refuse_locked
from orgwright.localorg.dml.remove import remove, restore
from orgwright.localorg.dml.request import SaveRequest, Table
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.shared import refuse_transfers, refuse_unreached
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.dml.write import Writer
from orgwright.localorg.schema.model import SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

ROLLED_BACK = RecordError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)
_UNTRIGGERED_CHUNK = 2000


def save(tx: Transaction, request: SaveRequest) -> list[SaveOutcome]:
    """Run ``request``; one outcome for each record, in order."""
    records = request.records
    if not isinstance(records, Table) or request.operation not in ("insert", "upsert") or request.all_or_none:
        return _save_rows(tx, request)
    size = max(request.chunk, _UNTRIGGERED_CHUNK)
    outcomes: list[SaveOutcome] = []
    for start in range(0, len(records), size):
        part = records[start : start + size]
        saved = table.save(tx, request, part)
        left = [record for record, outcome in zip(part, saved, strict=True) if outcome is None] if None in saved else []
        rest = iter(_save_rows(tx, replace(request, records=left)) if left else ())
        outcomes += [next(rest) if outcome is None else outcome for outcome in saved]
    return outcomes


def _save_rows(tx: Transaction, request: SaveRequest) -> list[SaveOutcome]:
    rows = [Row(record) for record in request.records]
    mark = tx.savepoint() if request.all_or_none else None
    for type_name, group in _by_type(tx, rows, request):
        _save_type(tx, request, type_name, group)
        if mark is not None and any(row.errors for row in group):
            break
    if mark is not None:
        if any(row.errors for row in rows):
            tx.rollback(mark)
            return [_rolled_back(row) for row in rows]
        tx.release(mark)
    return [row.outcome() for row in rows]


def _rolled_back(row: Row) -> SaveOutcome:
    id = None if row.created else row.id
    return SaveOutcome(id, False, False, tuple(row.errors) or (ROLLED_BACK,))


def _by_type(tx: Transaction, rows: Sequence[Row], request: SaveRequest) -> Iterator[tuple[str, list[Row]]]:
    """Neighbouring rows of the same type."""
    group: list[Row] = []
    current = ""
    for row in rows:
        name = row.raw.type
        if group and name != current:
            yield current, group
            group = []
        current = name
        group.append(row)
    if group:
        yield current, group


def _save_type(tx: Transaction, request: SaveRequest, type_name: str, rows: list[Row]) -> None:
    sobject = tx.schema.sobject(type_name)
    if sobject is None or (request.access == "user" and not tx.rights.reads(sobject)):
        text = f"sObject type '{type_name}' is not supported."
        return _all_fail(rows, "INVALID_TYPE", text)
    operation = request.operation
    if operation in ("delete", "hardDelete", "undelete"):
        if not _allowed(tx, request, sobject, "delete", rows):
            return None
        act = restore if operation == "undelete" else remove
        return act(tx, tx.type_plan(sobject), rows, request)
    plan = tx.type_plan(sobject)
    saver = _Saver(tx, plan, request)
    triggered = saver.writer(True).triggered or saver.writer(False).triggered
    chunk = request.chunk if triggered else max(request.chunk, _UNTRIGGERED_CHUNK)
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        saver.save(part)
        if request.all_or_none and any(row.errors for row in part):
            return None
    return None


def _all_fail(rows: Sequence[Row], code: str, text: str) -> None:
    for row in rows:
        row.fail(code, text)


def _allowed(tx: Transaction, request: SaveRequest, sobject: SObjectType, right: str, rows: Sequence[Row]) -> bool:
    """Whether the type takes the operation at all, and from this user."""
    flags = {"create": sobject.createable, "edit": sobject.updateable, "delete": sobject.deletable}
    words = {"create": "inserted", "edit": "updated", "delete": "deleted"}
    if not flags[right]:
        text = f"entity type cannot be {words[right]}: {sobject.label}"
        _all_fail(rows, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)
        return False
    if request.access == "user" and not tx.rights.can(right, sobject):
        text = (
            "insufficient access rights on object id"
            if right != "create"
            else f"entity type cannot be inserted: {sobject.label}"
        )
        code = "INSUFFICIENT_ACCESS_OR_READONLY" if right != "create" else "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
        _all_fail(rows, code, text)
        return False
    return True


class _Saver:
    """Insert, update or upsert of one type."""

    def __init__(self, tx: Transaction, plan: TypePlan, request: SaveRequest) -> None:
        self.tx, self.plan, self.request = tx, plan, request
        self._loaders: dict[bool, Loader] = {}
        self._writers: dict[bool, Writer] = {}

    def loader(self, creating: bool) -> Loader:
        if creating not in self._loaders:
            self._loaders[creating] = Loader(self.tx, self.plan, self.request, creating)
        return self._loaders[creating]

    def writer(self, creating: bool) -> Writer:
        if creating not in self._writers:
            request = self.request
            self._writers[creating] = Writer(
                self.tx, self.plan, creating=creating, access=request.access, truncate=request.truncate
            )
        return self._writers[creating]

    def save(self, rows: list[Row]) -> None:
        operation = self.request.operation
        if operation == "insert":
            self.insert(rows)
        elif operation == "update":
            self.update(rows)
        else:
            self.upsert(rows)

    def insert(self, rows: list[Row], unmatched: str | None = None) -> None:
        if rows and _allowed(self.tx, self.request, self.plan.sobject, "create", rows):
            self.loader(True).load(rows)
            self.writer(True).write(rows, partial=not self.request.all_or_none, unmatched=unmatched)

    def update(self, rows: list[Row]) -> None:
        if not rows or not _allowed(self.tx, self.request, self.plan.sobject, "edit", rows):
            return
        self.loader(False).load(rows)
        repeated = Counter(row.id for row in rows if row.id is not None)
        for row in rows:
            if row.id is None and not row.errors:
                row.fail("MISSING_ARGUMENT", "Id not specified in an update call")
            elif row.id is not None and repeated[row.id] > 1:
                row.fail("DUPLICATE_VALUE", f"Duplicate id in list: {row.id}")
        self.fetch_old([row for row in rows if not row.errors])
        self.writer(False).write(rows, partial=not self.request.all_or_none)

    def fetch_old(self, rows: Sequence[Row]) -> None:
        """Read the rows as they are; those that are not there or deleted fail."""
        if not rows:
            return
        found = self.tx.fetch(self.plan, [row.id for row in rows if row.id is not None], self._needed(rows))
        for row in rows:
            old = found.get(row.id or "")
            if old is None:
                row.fail("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            elif old.get("IsDeleted"):
                row.fail("ENTITY_IS_DELETED", "entity is deleted")
            else:
                row.old = old
                row.rolled_up = dict(self.request.rolled_up.get(row.id or "", ()))
        refuse_locked(self.tx, rows)
        access = self.request.access
        refuse_unreached(self.tx, self.plan.sobject, rows, "edit", access)
        refuse_transfers(self.tx, self.plan.sobject, rows, access)

    def _needed(self, rows: Sequence[Row]) -> set[str] | None:
        """The old values that the save looks at; ``None`` for all, which triggers, rules and lookup filters may see."""
        sobject = self.plan.sobject
        own = behaviours.reads(sobject.name)
        ruled = sobject.validation_rules or self.plan.filtered
        if own is None or ruled or self.writer(False).triggered or self.tx.capture.takes(sobject.name):
            return None
        unique = (field.name for field in self.plan.unique)
        return {"IsDeleted", *own, *unique, *(name for row in rows for name in row.values)}

    def upsert(self, rows: list[Row]) -> None:
        """Match by Id or external id, then insert what is new and update the rest."""
        name = self.request.external_id or "Id"
        key = self.plan.sobject.field(name)
        if key is None or not (key.external_id or key.id_lookup or key.type == "id"):
            text = f"Provided external ID field does not exist or is not accessible: {name}"
            if self.request.raw == "typed":
                text = f"Invalid field for upsert, must be an External Id custom or standard indexed field: {name}"
            return _all_fail(rows, "INVALID_FIELD" if self.request.raw == "typed" else "NOT_FOUND", text)
        by_id = key.type == "id"
        new, known = self._by_id(rows) if by_id else self._by_key(rows, key.name)
        self.insert(new, None if by_id else key.name)
        self.update(known)
        return None

    def _by_id(self, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
        new: list[Row] = []
        known: list[Row] = []
        for row in rows:
            given = _given(row.raw, "id")
            (known if given not in (None, "", "#N/A") else new).append(row)
        return new, known

    def _by_key(self, rows: Sequence[Row], name: str) -> tuple[list[Row], list[Row]]:
        tx, plan = self.tx, self.plan
        field = plan.fields[name.lower()]
        coerce = plan.coercer(field, self.request.raw)
        keyed = []
        for row in rows:
            given = row.raw.fields.get(name)
            if given is None:
                given = _given(row.raw, name.lower())
            try:
                value = coerce(None if given == "#N/A" and self.request.raw == "csv" else given)
            except Refused as refused:
                row.errors.append(refused.error)
                continue
            if value is None:
                row.fail("MISSING_ARGUMENT", f"{name} not specified")
                continue
            keyed.append((row, value))
        matches = tx.find_by_key(plan.sobject.name, name, {value for _, value in keyed})
        key_of = tx.key_of(plan.sobject.name, name)
        folded = [key_of(value) for _, value in keyed]
        repeated = {key for key, times in Counter(folded).items() if times > 1}
        new: list[Row] = []
        known: list[Row] = []
        for (row, value), key in zip(keyed, folded, strict=True):
            ids = matches.get(key, ())
            if key in repeated:
                row.fail("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", name)
            elif len(ids) > 1:
                text = f"{field.label}: more than one record found for external id field: [{', '.join(ids)}]"
                row.fail("DUPLICATE_EXTERNAL_ID", text, name)
            elif ids:
                row.id = ids[0]
                known.append(row)
            else:
                new.append(row)
        return new, known


def _given(record: Record, lower: str) -> object:
    for name, value in record.fields.items():
        if name.lower() == lower:
            return value
    return None
