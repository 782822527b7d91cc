"""The org as one Apex transaction sees it: :class:`orgwright.apex.host.Host` on a :class:`Transaction`."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from orgwright.apex.host import (
    AccessMode,
    ApexFailure,
    AsyncJob,
    ConversionOutcome,
    DmlOptions,
    FieldSetInfo,
    FlowFailure,
    FlowRun,
    Formula,
    FormulaFields,
    HttpRequest,
    HttpResponse,
    Kinds,
    LeadConversion,
    Operation,
    OrgInfo,
    QueryProblem,
    Record,
    RecordError,
    SaveOutcome,
    TriggerErrors,
    TriggerEvent,
    User,
)
from orgwright.localorg.apexhost import callouts
from orgwright.localorg.apexhost.mixed import MixedDml
from orgwright.localorg.apexhost.sources import header
from orgwright.localorg.dml import locks
from orgwright.localorg.dml.calculated import formula_fields
from orgwright.localorg.dml.convert import convert
from orgwright.localorg.dml.defaults import default_values
from orgwright.localorg.dml.remove import purge
from orgwright.localorg.dml.request import MergeRequest, SaveRequest
from orgwright.localorg.events.capture import HEADER
from orgwright.localorg.formula.free import compiled
from orgwright.localorg.jobs import debuglog
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.orglimits import DAILY_API_REQUESTS, LIMITS
from orgwright.localorg.soql.search import run_search
from orgwright.localorg.transaction import Right

if TYPE_CHECKING:
    from orgwright.apex.engine import Coverage, Execution
    from orgwright.localorg.apexhost.program import Built
    from orgwright.localorg.jobs.debuglog import DebugLog
    from orgwright.localorg.org import Org, Transaction
    from orgwright.localorg.schema.schema import Schema

log = logging.getLogger("orgwright.apex")
AUTOMATED_PROCESS = "Automated Process"


class OrgHost:
    """Fulfils ``apex.host.Host``. ``execution`` is the Apex transaction that runs on it."""

    def __init__(
        self,
        tx: Transaction,
        built: Built,
        *,
        coverage: Coverage | None = None,
        in_test: bool = False,
        debug_log: DebugLog | None = None,
    ) -> None:
        from orgwright.apex.engine import Execution

        tx.testing = tx.testing or in_test
        self.tx, self.built, self.coverage, self.in_test = tx, built, coverage, in_test
        self.jobs: list[tuple[str, AsyncJob]] = []
        """Jobs that a test enqueued and that wait for ``Test.stopTest``."""
        self._log = debug_log
        self._mixed = MixedDml()
        self.execution: Execution = Execution(built.program, self, coverage=coverage, in_test=in_test)
        if debug_log is not None and debug_log.measured is None:
            debug_log.measured = lambda: self.execution.transaction.limits

    @property
    def schema(self) -> Schema:
        return self.tx.schema

    @property
    def user(self) -> User:
        return self.tx.user()

    @property
    def org(self) -> OrgInfo:
        return self.tx.org.info

    def session_id(self) -> str:
        org = self.tx.org
        if org.open_session is not None and not self.in_test:
            return org.open_session(self.tx.user_id)
        return f"{org.record.id[:15]}!{secrets.token_urlsafe(48)}"

    def now(self) -> dt.datetime:
        return self.tx.now()

    def query(self, soql: str, binds: Mapping[str, Any], *, access: AccessMode, all_rows: bool = False) -> list[Record]:
        with self._naming_closed_fields(soql, binds), self._queried("SOQL", f"Aggregations:0|{soql}") as rows:
            rows += self.tx.query(soql, binds=binds, access=access, all_rows=all_rows, with_ids=True).records
        return rows

    def count(self, soql: str, binds: Mapping[str, Any], *, access: AccessMode) -> int:
        with self._naming_closed_fields(soql, binds), self._queried("SOQL", f"Aggregations:0|{soql}"):
            return self.tx.query(soql, binds=binds, access=access).total

    @contextmanager
    def _naming_closed_fields(self, soql: str, binds: Mapping[str, Any]) -> Iterator[None]:
        """A query that was refused says which of its fields are closed to the user."""
        try:
            yield
        except QueryProblem as problem:
            problem.inaccessible = self.tx.inaccessible_fields(soql, binds)
            raise

    def search(
        self, sosl: str, binds: Mapping[str, Any], *, access: AccessMode, fixed: Sequence[str] | None = None
    ) -> list[list[Record]]:
        with self._queried("SOSL", sosl) as rows:
            found = run_search(self.tx, sosl, binds, access=access, fixed=fixed)
            rows += [record for records in found for record in records]
        return found

    @contextmanager
    def _queried(self, kind: str, shown: str) -> Iterator[list[Record]]:
        """A query with its events in the debug log; the list takes the rows."""
        rows: list[Record] = []
        if self._log is None:
            yield rows
            return
        line = self.execution.line
        self._log.event("DB", "INFO", f"{kind}_EXECUTE_BEGIN|[{line}]|{shown}")
        yield rows
        self._log.event("DB", "INFO", f"{kind}_EXECUTE_END|[{line}]|Rows:{len(rows)}")

    def save(self, operation: Operation, records: Sequence[Record], options: DmlOptions) -> list[SaveOutcome]:
        if self._log is None:
            return self._save(operation, records, options)
        line, kind = self.execution.line, records[0].type if records else "SObject"
        self._log.event("DB", "INFO", f"DML_BEGIN|[{line}]|Op:{operation.title()}|Type:{kind}|Rows:{len(records)}")
        try:
            return self._save(operation, records, options)
        finally:
            self._log.event("DB", "INFO", f"DML_END|[{line}]")

    def _save(self, operation: Operation, records: Sequence[Record], options: DmlOptions) -> list[SaveOutcome]:
        self._mixed.enter(self.execution.transaction.testing)
        refused = self._check_objects(operation, records, options) or self._mixed.refuse(operation, records)
        if refused is not None:
            return refused
        if operation == "merge":
            master, *losers = records
            request = MergeRequest(master, [str(r.fields["Id"]) for r in losers], access=options.access)
            return [self.tx.merge(request)]
        return self.tx.save(
            SaveRequest(
                operation,
                records,
                external_id=options.external_id,
                all_or_none=options.all_or_none,
                access=options.access,
                raw="typed",
                allow_duplicates=options.allow_duplicates,
                truncate=options.truncate,
            )
        )

    def _check_objects(
        self, operation: Operation, records: Sequence[Record], options: DmlOptions
    ) -> list[SaveOutcome] | None:
        """In user mode an object that the user may not write ends the statement; an upsert and an undelete fail row by row."""
        if options.access != "user":
            return None
        needed: dict[Operation, tuple[Right, ...]] = {
            "insert": ("create",), "update": ("edit",), "upsert": ("create", "edit"), "merge": ("edit", "delete"),
        }  # fmt: skip
        for name in dict.fromkeys(record.type for record in records):
            if all(self.tx.can(right, name) for right in needed.get(operation, ("delete",))):
                continue
            if operation in ("upsert", "undelete"):
                closed = (_closed(operation, name),)
                return [SaveOutcome(record.fields.get("Id"), False, errors=closed) for record in records]
            raise ApexFailure("System.SecurityException", f"Access to entity '{name}' denied")
        return None

    def convert_lead(self, lead: LeadConversion, *, access: AccessMode) -> ConversionOutcome:
        return convert(self.tx, lead, access)

    def empty_recycle_bin(self, ids: Sequence[str]) -> list[SaveOutcome]:
        return [purge(self.tx, id) for id in ids]

    def existing(self, ids: Sequence[str]) -> set[str]:
        return self.tx.existing(ids)[0]

    def set_locked(self, id: str, locked: bool) -> None:
        locks.set_locked(self.tx, id, locked)

    def locked(self, ids: Sequence[str]) -> set[str]:
        return locks.locked(self.tx, ids)

    def formula(self, text: str, kinds: Kinds, *, zero: bool, variables: frozenset[str]) -> Formula:
        return compiled(self.tx, text, kinds, zero=zero, variables=variables)

    def defaults(self, sobject: str, record_type: str | None) -> dict[str, Any]:
        return default_values(self.tx, sobject, record_type)

    def formula_fields(self, record: Record) -> FormulaFields:
        return formula_fields(self.tx, record)

    def publish(self, events: Sequence[Record]) -> list[SaveOutcome]:
        return self.tx.publish(events)

    def deliver_events(self) -> None:
        """Deliver, type by type and in order, what was published so far; what subscribers publish waits."""
        waiting = [*self.tx.waiting.immediate, *self.tx.waiting.after_commit]
        self.fail_events()
        by_type: dict[str, list[Record]] = {}
        for number, event in enumerate((one for one in waiting if one.record is not None), 1):
            assert event.record is not None
            event.record.fields["ReplayId"] = str(number)
            header = event.payload.get(HEADER)
            if header is not None:
                header["sequenceNumber"] = number
                header["commitTimestamp"] = int(self.tx.now().timestamp() * 1000)
                header["commitNumber"] = number
            by_type.setdefault(event.record.type, []).append(event.record)
        for sobject, events in by_type.items():
            self._deliver(sobject, events)

    def _deliver(self, sobject: str, events: list[Record]) -> None:
        runner = self.other()
        if not runner.has(sobject, TriggerEvent.AFTER_INSERT):
            return
        point = self.tx.savepoint()
        try:
            with runner.host.serving():
                runner.run(sobject, TriggerEvent.AFTER_INSERT, events, None)
        except ApexFailure as error:
            # A subscriber's failure never reaches the publisher; its own work is gone.
            self.tx.rollback(point)
            log.info("event trigger on %s failed: %s", sobject, error)

    def capture_changes(self) -> None:
        """Capture the changes of all objects from now on, in a test."""
        self.tx.capture.everything = True

    def fail_events(self) -> None:
        self.tx.waiting.immediate.clear()
        self.tx.waiting.after_commit.clear()

    def other(self) -> Runner:
        """Another Apex transaction on the same rows: own statics and limits."""
        host = OrgHost(self.tx, self.built, coverage=self.coverage, in_test=self.in_test, debug_log=self._log)
        return Runner(host)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """While it lasts, what is saved runs its triggers in this Apex transaction."""
        outer, self.tx.triggers = self.tx.triggers, Runner(self)
        try:
            yield
        finally:
            self.tx.triggers = outer

    def savepoint(self) -> object:
        return self.tx.savepoint()

    def rollback(self, savepoint: object) -> None:
        self.tx.rollback(savepoint)

    @contextmanager
    def run_as(self, user_id: str) -> Iterator[None]:
        """Another user for a while; set-up and other objects may be written on either side of the border."""
        outer, self._mixed = self._mixed, MixedDml()
        try:
            with self.tx.run_as(user_id):
                yield
        finally:
            self._mixed = outer

    def enqueue(self, job: AsyncJob) -> str:
        from orgwright.localorg.jobs.asynchronous import MAX_BATCHES, enqueue, too_many_batches

        if _submits_batch(job) and sum(_submits_batch(known) for _, known in self.jobs) >= MAX_BATCHES:
            raise too_many_batches()
        id = enqueue(self.tx, self.built, job, run=not self.in_test)
        if self.in_test:
            self.jobs.append((id, job))
        return id

    def abort_job(self, id: str) -> None:
        from orgwright.localorg.jobs.asynchronous import abort

        abort(self.tx, id)
        self.jobs = [(known, job) for known, job in self.jobs if known[:15] != id[:15]]

    def run_jobs(self) -> None:
        from orgwright.localorg.jobs.asynchronous import run_in_test

        waiting, self.jobs = self.jobs, []
        run_in_test(self, waiting)

    def callout(self, request: HttpRequest) -> HttpResponse:
        if self.in_test:
            raise ApexFailure(
                "System.TypeException", "Methods defined as TestMethod do not support Web service callouts"
            )
        if self._log is None:
            return callouts.send(self.tx, request)
        line = self.execution.line
        shown = f"System.HttpRequest[Endpoint={request.endpoint}, Method={request.method}]"
        self._log.event("CALLOUT", "INFO", f"CALLOUT_REQUEST|[{line}]|{shown}")
        answer = callouts.send(self.tx, request)
        shown = f"System.HttpResponse[Status={answer.status}, StatusCode={answer.status_code}]"
        self._log.event("CALLOUT", "INFO", f"CALLOUT_RESPONSE|[{line}]|{shown}")
        return answer

    def org_limits(self) -> dict[str, int]:
        return dict(sorted({"DailyApiRequests": DAILY_API_REQUESTS[self.tx.org.record.kind], **LIMITS}.items()))

    def set_created(self, id: str, moment: dt.datetime) -> None:
        self.tx.update_setup(id, {"CreatedDate": moment})

    def has_permission(self, custom_permission: str) -> bool:
        return self.tx.has_permission(custom_permission)

    def can(self, right: Literal["read", "create", "edit", "delete"], sobject: str, field: str | None) -> bool:
        return self.tx.can(right, sobject, field)

    def default_record_type(self, sobject: str) -> str | None:
        found = self.tx.schema.sobject(sobject)
        return self.tx.default_record_type(found) if found is not None else None

    def has_flow(self, name: str) -> bool:
        return Components(self.tx).has("Flow", name)

    def run_flow(self, name: str, inputs: Sequence[Mapping[str, Any]]) -> list[FlowRun | FlowFailure]:
        from orgwright.localorg.flows.launched import launch

        return launch(self.tx, name, inputs)

    def field_sets(self, sobject: str) -> list[FieldSetInfo]:
        prefix = f"{sobject.lower()}."
        return [
            FieldSetInfo(
                stored.name.partition(".")[2],
                stored.node.value("label"),
                stored.node.value("description"),
                tuple((one.value("field"), one.flag("isRequired")) for one in stored.node.all("displayedFields")),
            )
            for stored in Components(self.tx).all("FieldSet")
            if stored.name.lower().startswith(prefix)
        ]

    def static_resource(self, name: str) -> bytes | None:
        stored = Components(self.tx).get("StaticResource", name)
        return None if stored is None else stored.body

    def log(self, level: str, message: str) -> None:
        if self._log is not None:
            self._log.debug(self.execution.line, level, message)

    @contextmanager
    def trigger_unit(self, name: str, event: TriggerEvent) -> Iterator[None]:
        from orgwright.apex.runtime.triggers import failure_of

        if self._log is None:
            yield
            return
        unit = self.built.units[("trigger", name)]
        found = header(unit.source.body)
        moment = event.value.title().replace(" ", "")
        on = found.sobject if found is not None else ""
        shown = f"{unit.source.name} on {on} trigger event {moment}|__sfdc_trigger/{unit.source.name}"
        self._log.started(shown, unit.id)
        try:
            yield
        except Exception as error:
            self._log.failed(failure_of(self.execution.transaction.image.translated(error)))
            raise
        finally:
            self._log.finished(shown)


class Runner:
    """Runs triggers for the save path (``dml.triggers.TriggerRunner``) within one Apex transaction."""

    def __init__(self, host: OrgHost) -> None:
        self.host = host
        self.failure: ApexFailure | None = None
        """What first escaped from the triggers of a statement that did not come from one of them."""

    def has(self, sobject: str, event: TriggerEvent) -> bool:
        return bool(self.host.built.program.triggers(sobject, event))

    def run(
        self, sobject: str, event: TriggerEvent, new: Sequence[Record] | None, old: Sequence[Record] | None
    ) -> TriggerErrors:
        execution = self.host.execution
        outermost = not execution.transaction.triggers
        try:
            return execution.run_triggers(
                sobject, event, None if new is None else list(new), None if old is None else list(old)
            )
        except ApexFailure as failure:
            if outermost and self.failure is None:
                self.failure = failure
            raise


def _closed(operation: Operation, name: str) -> RecordError:
    """Why a row is refused whose object is closed to the user."""
    if operation == "undelete":
        return RecordError("INVALID_ID_FIELD", "invalid record id")
    text = f"Operation failed due to fields being inaccessible on Sobject {name}, check errors on Exception or Result!"
    return RecordError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)


def _submits_batch(job: AsyncJob) -> bool:
    """Whether a job is a batch that is due at once, not one on the schedule."""
    return job.kind == "batch" and job.name is None


def attach_runner(tx: Transaction, built: Built) -> Runner:
    """A runner for a transaction that did not start in Apex; what its triggers do is logged for who is traced."""
    log = debuglog.opened(tx, tx.user_id)
    runner = Runner(OrgHost(tx, built, debug_log=log))
    if log is not None:
        tx.on_end(lambda: _keep(tx.org, log, runner))
    return runner


def _keep(org: Org, log: DebugLog, runner: Runner) -> None:
    """Keep the log of a transaction in which a trigger ran."""
    if log.used:
        log.close()
        with org.transaction(log.user.id) as tx:
            debuglog.keep(tx, log, "Api", debuglog.status_of(runner.failure))


def automated_process(org: Org) -> str:
    """The Id of the user whom event triggers run as."""
    with org.read() as tx:
        found = tx.query(f"SELECT Id FROM User WHERE Name = '{AUTOMATED_PROCESS}'", access="system").records
    return str(found[0].fields["Id"]) if found else org.record.admin_id
