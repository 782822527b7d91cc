"""Work on an org that is committed or rolled back as one."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from orgwright.apex.host import AccessMode, Record, SaveOutcome, User
from orgwright.localorg.access import recordtypes
from orgwright.localorg.access.models import organization_access
from orgwright.localorg.access.rights import UserRights
from orgwright.localorg.access.seed import seed_switched_on
from orgwright.localorg.access.sharing import RecordSharing
from orgwright.localorg.access.users import read_user
from orgwright.localorg.dml.automation import FlowRunner
from orgwright.localorg.dml.coerce import Refused
from orgwright.localorg.dml.merge import merge
from orgwright.localorg.dml.request import MergeRequest, RawForm, SaveRequest
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.rules import check_rules
from orgwright.localorg.dml.save import save
from orgwright.localorg.dml.triggers import TriggerRunner
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.dml.write import insert_rows
from orgwright.localorg.events.capture import HEADER, Capture, flattened
from orgwright.localorg.events.publish import Waiting, publish
from orgwright.localorg.formula.globals import Globals
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.soql.context import Against, Level, Running, VirtualTable
from orgwright.localorg.soql.leading import leading_fields
from orgwright.localorg.soql.result import QueryResult
from orgwright.localorg.soql.run import execute, flat
from orgwright.localorg.soql.secured import check_enforced, inaccessible_fields
from orgwright.localorg.soql.shape import Form
from orgwright.localorg.soql.virtual import visible
from orgwright.localorg.store import forms, ids, upgrade
from orgwright.localorg.store.database import Sequences, casefold
from orgwright.localorg.store.tables import quote
from orgwright.localorg.virtual import need_table, tables_of

if TYPE_CHECKING:
    from orgwright.localorg.org import Org

_IN = "IN (SELECT value FROM json_each(?))"
Right = Literal["read", "create", "edit", "delete"]


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Savepoint:
    """A point to roll back to."""

    name: str
    calls: int
    events: int
    schema: Schema


class Transaction:
    """Reads and writes of one user. Made by :meth:`Org.transaction` and :meth:`Org.read`."""

    def __init__(self, org: Org, connection: sqlite3.Connection, user_id: str, *, writes: bool) -> None:
        self.org, self.connection, self.user_id = org, connection, user_id
        self.schema = org.schema
        self.writes = writes
        self.sequences = Sequences(lambda: connection)
        self.waiting = Waiting()
        self.capture = Capture(self)
        self.origin = ""
        """The client that writes, as change events tell it (``changeOrigin``), where the API that it came by names one."""
        self.session_id: str | None = None
        """The record Id of the session of the request that is served; ``None`` outside of one."""
        self._runner: TriggerRunner | None = None
        self._runner_asked = False
        self._flows: FlowRunner | None = None
        self._calls: list[Callable[[], None]] = []
        self._last_calls: list[Callable[[], None]] = []
        self._points = 0
        self._made_tables = False
        self._own_rights: dict[str, UserRights] | None = None
        self._setup_rows: dict[tuple[object, ...], dict[Any, tuple[Any, ...]]] = {}
        self._now: dt.datetime | None = None
        self.testing = False
        """Whether an Apex test runs in it."""
        self.converting: dict[str, dict[str, Any]] = {}
        """What lead conversion writes into a lead that is being saved, by its Id."""

    # --- time, users, rights ---

    def now(self) -> dt.datetime:
        """The org's clock."""
        return self.org.clock()

    @property
    def now_text(self) -> str:
        """The time of audit fields, in stored form."""
        return forms.datetime_text(self.now())

    def user(self, user_id: str | None = None) -> User:
        """The running user, or that one."""
        return read_user(self.connection, user_id or self.user_id)

    @property
    def currency(self) -> str:
        """The currency of the running user's new records."""
        self.ensure(self._type("User"))
        own = self.sql('SELECT "DefaultCurrencyIsoCode" FROM "User" WHERE "Id" = ?', (self.user_id,))
        return str((own and own[0][0]) or self.org.info.currency)

    @contextmanager
    def run_as(self, user_id: str) -> Iterator[None]:
        """Be another user for a while."""
        before = self.user_id
        self.user_id = ids.to18(user_id) or user_id
        try:
            yield
        finally:
            self.user_id = before

    @property
    def rights(self) -> UserRights:
        """What the running user may do."""
        if self._own_rights is not None:
            found = self._own_rights.get(self.user_id)
            if found is None:
                found = self._own_rights[self.user_id] = self.org.load_rights(self.connection, self.user_id)
            return found
        return self.org.rights(self.connection, self.user_id)

    def rights_of(self, user_id: str) -> UserRights:
        """What another user may do."""
        with self.run_as(user_id):
            return self.rights

    def forget_rights(self) -> None:
        """Rights changed in this transaction: work them out again; everybody does after the commit."""
        self._own_rights = {}
        self.on_commit(self.org.forget_rights)

    def has_permission(self, custom_permission: str) -> bool:
        """Whether the running user has a custom permission by profile or permission set."""
        return custom_permission.lower() in self.rights.custom

    def can(self, right: Right, sobject: str, field: str | None = None) -> bool:
        """Whether the running user has that right on an object, or on a field of it."""
        found = self.schema.sobject(sobject)
        if found is None:
            return False
        rights = self.rights
        if field is None:
            return rights.can(right, found)
        if found.field(field) is None or not rights.can("read", found) or not rights.can(right, found):
            return False
        return rights.reads_field(found, field) if right == "read" else rights.edits_field(found, field)

    def default_record_type(self, sobject: SObjectType) -> str | None:
        """The Id of the record type of the running user's new records that name none; ``None`` for the master one."""
        return recordtypes.default_of(self, sobject)

    # --- sharing ---

    @property
    def sharing(self) -> RecordSharing | None:
        """Which records the running user may reach; ``None`` when he reaches all."""
        rights = self.rights
        if rights.has("ModifyAllData"):
            return None
        return self.org.sharing(self, rights)

    def reachable(self, sobject: SObjectType, wanted: Collection[str], level: Level) -> set[str]:
        """Of the Ids of records those with which the running user may do that."""
        sharing = self.sharing
        if sharing is None or not wanted or not sharing.restricted(sobject, level):
            return set(wanted)
        if not self.has_table(sobject.name):
            return set()
        soql = f"SELECT Id FROM {sobject.name} WHERE Id IN :wanted"
        found = self.query(soql, binds={"wanted": list(wanted)}, access="sharing", all_rows=True, level=level)
        return {str(record.fields["Id"]) for record in found.records}

    # --- queries ---

    def query(
        self,
        soql: str,
        *,
        binds: Mapping[str, Any] | None = None,
        access: AccessMode = "user",
        all_rows: bool = False,
        form: Form = "typed",
        url: str = "",
        virtual: Mapping[str, VirtualTable] | None = None,
        with_ids: bool = False,
        level: Level = "read",
    ) -> QueryResult:
        """Run a SOQL text; raises :class:`orgwright.apex.host.QueryProblem`.

        ``binds`` are the values of ``:name`` (names ignore case). ``form="json"`` (``"soap"``, ``"bulk"``) gives dicts with ``attributes``,
        as the REST API answers them; ``url`` is the prefix of record URLs (``/services/data/v67.0``). ``virtual``
        adds types, by lower-case name, whose rows exist only for this query. ``with_ids`` gives typed rows their Id
        even when it was not asked for, as Apex has it. ``access="user"`` applies the rights and the sharing of the
        running user, ``"sharing"`` his sharing only; ``level`` is what he must be able to do with the records.
        """
        lowered = {name.lower(): value for name, value in (binds or {}).items()}
        tables = tables_of(self, soql, lowered, virtual or {})
        against = self._against(access, all_rows, form, url, lowered, tables)
        against.with_ids = with_ids
        against.level = level
        plan = self.org.plans.get(soql, against, self._plan_key(against))
        if plan.secured:
            check_enforced(plan.sobject, plan.columns, self.rights, self.schema)
        with visible(self.connection, against.virtual):
            return execute(plan, self.connection, self._running(lowered))

    def leading_fields(self, soql: str) -> tuple[str, ...]:
        """The fields by whose indexes a SOQL text finds the records of its object; empty when it reads them all."""
        against = self._against("user", False, "json", "", {}, {})
        plan = self.org.plans.get(soql, against, self._plan_key(against))
        return leading_fields(plan, self.connection, self._running({}))

    def inaccessible_fields(self, soql: str, binds: Mapping[str, Any] | None = None) -> Mapping[str, Sequence[str]]:
        """By object the fields of a SOQL text that the running user may not read."""
        lowered = {name.lower(): value for name, value in (binds or {}).items()}
        return inaccessible_fields(soql, self._against("user", False, "typed", "", lowered, {}), self.rights)

    def rows(
        self, soql: str, *, access: AccessMode = "user", all_rows: bool = False
    ) -> tuple[Sequence[str], Iterator[tuple[Any, ...]]]:
        """Header (paths) and lean rows (JSON values) of a query without sub-queries, streamed.

        Raises :class:`orgwright.apex.host.QueryProblem`, for objects that have no table, too.
        """
        need_table(soql)
        against = self._against(access, all_rows, "json", "", {}, {})
        plan = self.org.plans.get(soql, against, self._plan_key(against))
        return flat(plan, self.connection, self._running({}))

    def _against(
        self,
        access: AccessMode,
        all_rows: bool,
        form: Form,
        url: str,
        binds: Mapping[str, Any],
        virtual: Mapping[str, VirtualTable],
    ) -> Against:
        rights = self.rights if access == "user" else None
        sharing = self.sharing if access != "system" else None
        return Against(self.schema, rights, self.has_table, binds, virtual, all_rows, form, url, sharing=sharing)

    def _running(self, binds: Mapping[str, Any]) -> Running:
        return Running(self.now(), binds, Globals(self), self.user, self.org.info.currency)

    def _plan_key(self, against: Against) -> object:
        """What a plan depends on besides the query and the schema."""
        if against.rights is None and against.sharing is None:
            return None
        return against.level, against.rights is None, self.rights.key

    # --- records ---

    @property
    def triggers(self) -> TriggerRunner | None:
        """Runs Apex triggers; asked of the org when records are first saved."""
        if not self._runner_asked:
            self._runner_asked = True
            if self.org.trigger_factory is not None:
                self._runner = self.org.trigger_factory(self)
        return self._runner

    @triggers.setter
    def triggers(self, runner: TriggerRunner | None) -> None:
        self._runner, self._runner_asked = runner, True

    @property
    def flows(self) -> FlowRunner | None:
        """Runs the flows that records start."""
        if self._flows is None and self.org.flow_factory is not None:
            self._flows = self.org.flow_factory(self)
        return self._flows

    def save(self, request: SaveRequest) -> list[SaveOutcome]:
        """Run one DML statement through the order of execution; one outcome for each record."""
        return save(self, request)

    def merge(self, request: MergeRequest) -> SaveOutcome:
        """Merge records into a master."""
        return merge(self, request)

    def publish(self, events: Sequence[Record], *, raw: RawForm = "typed", api: bool = False) -> list[SaveOutcome]:
        """Publish platform events; with ``api`` at once, whatever the event's publish behaviour.

        A published event's outcome has ``success`` and one error OPERATION_ENQUEUED whose message is its UUID.
        """
        return publish(self, events, raw=raw, api=api)

    def event_record(self, sobject: str, payload: Mapping[str, Any], uuid: str, replay_id: int) -> Record:
        """The typed record of an event that the log holds as JSON values."""
        plan = self.type_plan(self._type(sobject))
        header = payload.get(HEADER)
        flat = payload if header is None else flattened(plan.sobject, payload)
        fields = {name: value for name, value in flat.items() if value is not None and plan.sobject.field(name)}
        record = plan.typed({**self._stored(plan, fields), "EventUuid": uuid})
        record.fields["ReplayId"] = str(replay_id)
        if header is not None:
            record.fields[HEADER] = header
        return record

    # --- the transaction itself ---

    def savepoint(self) -> Savepoint:
        """Mark a point to roll back to."""
        self._points += 1
        name = f"p{self._points}"
        self.connection.execute(f"SAVEPOINT {name}")
        return Savepoint(name, len(self._calls), len(self.waiting.after_commit), self.schema)

    def rollback(self, savepoint: object) -> None:
        """Undo what was done since; events that are published immediately stay."""
        if not isinstance(savepoint, Savepoint):
            raise TypeError("not a savepoint of this org")
        self.connection.execute(f"ROLLBACK TO {savepoint.name}")
        del self._calls[savepoint.calls :]
        del self.waiting.after_commit[savepoint.events :]
        self.schema = savepoint.schema
        if self._made_tables:
            self._forget_tables()
        if self._own_rights is not None:
            self._own_rights = {}
        self._setup_rows.clear()

    def _forget_tables(self) -> None:
        """Look which tables are left; a plan that was made when there were more no longer fits."""
        before = self.org.database.tables
        self.org.database.forget_tables()
        if before != self.org.database.tables:
            self.org.plans.clear()

    def release(self, savepoint: Savepoint) -> None:
        """Forget a savepoint, keeping what was done."""
        self.connection.execute(f"RELEASE {savepoint.name}")

    def on_commit(self, call: Callable[[], None]) -> None:
        """Call after the commit, in order; dropped when the work is rolled back."""
        self._calls.append(call)

    def on_end(self, call: Callable[[], None]) -> None:
        """Call when the org is free again, however the transaction ended."""
        self._last_calls.append(call)

    def set_schema(self, schema: Schema) -> None:
        """Change the org's schema; the tables follow now, ``org.schema`` on commit."""
        self._made_tables = True
        self.org.database.follow(self.schema, schema)
        settings_changed = self.schema.settings != schema.settings
        self.schema = schema
        self._setup_rows.clear()
        self._show_defaults(schema)
        if settings_changed:
            seed_switched_on(self)

    def _show_defaults(self, schema: Schema) -> None:
        """Keep the organization's record in step with the organization-wide defaults."""
        if not self.has_table("Organization"):
            return
        found = organization_access(schema)
        sets = ", ".join(f"{quote(name)} = ?" for name in found)
        self.connection.execute(f'UPDATE "Organization" SET {sets}', list(found.values()))

    def begin(self) -> None:
        """Start; only the org calls this."""
        if self.writes:
            self.connection.execute("BEGIN IMMEDIATE")

    def finish(self, *, commit: bool) -> None:
        """Commit or roll back; only the org calls this."""
        if not self.writes:
            return
        if not commit:
            self._undo()
            return
        try:
            self.sequences.flush()
            if self.schema is not self.org.schema:
                self.org.keep_schema(self.connection, self.schema)
            self.org.events.log(self.connection, self.waiting)
            self.connection.execute("COMMIT")
        except BaseException:
            self._undo()
            raise
        if self.schema is not self.org.schema:
            self.org.use_schema(self.schema)

    def _undo(self) -> None:
        # a full disk may have made SQLite roll back by itself
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        if self._made_tables:
            self._forget_tables()
        self._calls.clear()
        self.waiting.after_commit.clear()

    def after_finish(self) -> None:
        """Run what waited for the end, deliver events, run what waited for the commit; the org calls this when it is
        free again."""
        ends, self._last_calls = self._last_calls, []
        for call in ends:
            call()
        self.org.events.flush(self.waiting)
        calls, self._calls = self._calls, []
        for call in calls:
            call()

    def sql(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Plain SQL for a package's own tables, whose names start with ``_``."""
        if statement.lstrip()[:6].upper() == "CREATE":
            self._made_tables = True
        return self.connection.execute(statement, parameters).fetchall()

    def bring_up_own(self, statement: str) -> None:
        """Make a package's own table, or add the columns that an older program did not give it."""
        self._made_tables = True
        upgrade.bring_up_own(self.connection, statement)

    # --- set-up rows, written by the platform itself ---

    def insert_setup(self, sobject: str, fields: Mapping[str, Any]) -> str:
        """Write a row as the platform does itself: no rights, no triggers, no rules; the new Id."""
        found = self._type(sobject)
        plan = self.type_plan(found)
        self.ensure(found)
        row = Row(Record(found.name))
        now = self.now_text
        audit = {"CreatedDate": now, "CreatedById": self.user_id, "LastModifiedDate": now,
                 "LastModifiedById": self.user_id, "SystemModstamp": now}  # fmt: skip
        row.values = {name: value for name, value in audit.items() if name.lower() in found.fields}
        row.values.update(plan.defaults)
        row.values.update(self._stored(plan, fields))
        id = row.values.get("Id") or next(self.new_ids(found.key_prefix or "000", 1))
        row.values["Id"] = row.id = id
        insert_rows(self, plan, [row])
        self._setup_changed(found)
        return str(id)

    def update_setup(self, id: str, fields: Mapping[str, Any]) -> None:
        """Change a row as the platform does itself."""
        found = self._of_id(id)
        values = self._stored(self.type_plan(found), fields)
        if "systemmodstamp" in found.fields:
            values.setdefault("SystemModstamp", self.now_text)
        sets = ", ".join(f"{quote(name)} = ?" for name in values)
        self.connection.execute(
            f'UPDATE {quote(found.name)} SET {sets} WHERE "Id" = ?', [*values.values(), ids.to18(id)]
        )
        self._setup_changed(found)

    def delete_setup(self, id: str) -> None:
        """Remove a row for good."""
        found = self._of_id(id)
        self.connection.execute(f'DELETE FROM {quote(found.name)} WHERE "Id" = ?', (ids.to18(id),))
        self._setup_changed(found)

    def _setup_changed(self, sobject: SObjectType) -> None:
        self._setup_rows.clear()
        if sobject.name in self.org.rights_objects:
            self.forget_rights()

    def _stored(self, plan: TypePlan, fields: Mapping[str, Any]) -> dict[str, Any]:
        values = {}
        for name, value in fields.items():
            field = plan.sobject.field(name)
            if field is None or not field.stored:
                raise KeyError(f"{plan.sobject.name} has no field {name}")
            try:
                values[field.name] = plan.setup_coercer(field)(value)
            except Refused as refused:
                raise ValueError(f"{plan.sobject.name}.{name}: {refused}") from refused
        return values

    def _type(self, name: str) -> SObjectType:
        found = self.schema.sobject(name)
        if found is None:
            raise KeyError(f"the org has no {name}")
        return found

    def _of_id(self, id: str) -> SObjectType:
        found = self.schema.sobject_of_id(id)
        if found is None:
            raise KeyError(f"no type has the key prefix of {id}")
        return found

    # --- what the save path asks ---

    def type_plan(self, sobject: SObjectType) -> TypePlan:
        """The type prepared for saving."""
        return self.org.type_plans.get(sobject, self.schema)

    def has_table(self, name: str) -> bool:
        """Whether any row of the type was ever written."""
        return name.lower() in self.org.database.tables

    def ensure(self, sobject: SObjectType) -> None:
        """Make the type's table if it is not there."""
        if not self.has_table(sobject.name):
            self._made_tables = True
            self.org.database.ensure(sobject)

    def new_ids(self, prefix: str, count: int) -> Iterator[str]:
        """New Ids of a key prefix."""
        first = self.sequences.take(f"id:{prefix}", count)
        return ids.make(prefix, self.org.pod, first, count)

    def fetch(
        self, plan: TypePlan, wanted: Collection[str], only: Collection[str] | None = None
    ) -> dict[str, dict[str, Any]]:
        """Stored rows by Id, deleted ones too; of all fields or ``only`` of some."""
        if not wanted or not self.has_table(plan.sobject.name):
            return {}
        names = [field.name for field in plan.stored if only is None or field.name in only]
        if "Id" not in names:
            names.insert(0, "Id")
        listed = json.dumps(list(wanted))
        sql = f'SELECT {", ".join(map(quote, names))} FROM {quote(plan.sobject.name)} WHERE "Id" {_IN}'
        at = names.index("Id")
        return {row[at]: dict(zip(names, row, strict=True)) for row in self.connection.execute(sql, (listed,))}

    def key_of(self, sobject: str, field: str) -> Callable[[Any], Any]:
        """What tells what two values of a key field share when the org takes them for the same."""
        found = self.schema.sobject(sobject)
        known = found.field(field) if found else None
        exact = known is not None and (known.case_sensitive or known.type == "reference")
        return _as_it_is if exact else casefold

    def find_by_key(self, sobject: str, field: str, values: Collection[Any]) -> dict[Any, list[str]]:
        """Ids of live records by the key (see :meth:`key_of`) of a field's value."""
        found: dict[Any, list[str]] = defaultdict(list)
        type_ = self.schema.sobject(sobject)
        if type_ is None or not values or not self.has_table(sobject):
            return found
        column = quote(field)
        alive = ' AND "IsDeleted" = 0' if type_.recyclable else ""
        plain = [value for value in values if not isinstance(value, str) or value.isascii()]
        others = [value.casefold() for value in values if isinstance(value, str) and not value.isascii()]
        sql = f'SELECT {column}, "Id" FROM {quote(type_.name)} WHERE {column} {_IN}{alive}'
        rows = list(self.connection.execute(sql, (json.dumps(plain),))) if plain else []
        if others:
            sql = f'SELECT {column}, "Id" FROM {quote(type_.name)} WHERE casefold({column}) {_IN}{alive}'
            rows += self.connection.execute(sql, (json.dumps(others),))
        key = self.key_of(sobject, field)
        for value, id in rows:
            found[key(value)].append(id)
        return found

    def existing(self, wanted: Iterable[str]) -> tuple[set[str], set[str]]:
        """Of some Ids those that live, and those in the recycle bin."""
        by_prefix: dict[str, list[str]] = defaultdict(list)
        for id in wanted:
            by_prefix[id[:3]].append(id)
        alive: set[str] = set()
        deleted: set[str] = set()
        for members in by_prefix.values():
            sobject = self.schema.sobject_of_id(members[0])
            if sobject is None or not self.has_table(sobject.name):
                continue
            gone = '"IsDeleted"' if sobject.recyclable else "0"
            sql = f'SELECT "Id", {gone} FROM {quote(sobject.name)} WHERE "Id" {_IN}'
            for id, is_deleted in self.connection.execute(sql, (json.dumps(members),)):
                (deleted if is_deleted else alive).add(id)
        return alive, deleted

    def column(self, sobject: str, field: str, wanted: Iterable[Any]) -> dict[Any, Any]:
        """One stored value of some records by Id."""
        listed = [id for id in wanted if id]
        if not listed or not self.has_table(sobject):
            return {}
        sql = f'SELECT "Id", {quote(field)} FROM {quote(sobject)} WHERE "Id" {_IN}'
        return dict(self.connection.execute(sql, (json.dumps(listed),)))

    def setup_rows(self, sobject: str, key: str, fields: Sequence[str]) -> Mapping[Any, tuple[Any, ...]]:
        """Stored values of all rows of a small set-up table, by one of its fields."""
        known = self._setup_rows.get((sobject, key, tuple(fields)))
        if known is None:
            known = {}
            if self.has_table(sobject):
                columns = ", ".join(map(quote, (key, *fields)))
                known = {row[0]: row[1:] for row in self.connection.execute(f"SELECT {columns} FROM {quote(sobject)}")}
            self._setup_rows[sobject, key, tuple(fields)] = known
        return known

    def setup_ids(self, sobject: str, flag: str) -> list[str]:
        """Ids of the rows of a small table where a checkbox is set."""
        if not self.has_table(sobject):
            return []
        sql = f'SELECT "Id" FROM {quote(sobject)} WHERE {quote(flag)} = 1'
        return [id for (id,) in self.connection.execute(sql)]

    def check_rules(self, plan: TypePlan, rows: Sequence[Row], *, creating: bool) -> None:
        """Apply the active validation rules of the type."""
        check_rules(self, plan, rows, creating=creating)
