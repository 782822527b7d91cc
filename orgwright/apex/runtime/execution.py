"""One Apex transaction: what natives get as their first argument, and what generated code calls ``_x``."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from orgwright.apex.host import (
    AccessMode,
    ApexFailure,
    AsyncJob,
    DmlOptions,
    Host,
    Operation,
    QueryProblem,
    SaveOutcome,
)
from orgwright.apex.runtime import jobs, types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.compare import value_of_key
from orgwright.apex.runtime.depth import bounded
from orgwright.apex.runtime.exceptions import (
    ApexException,
    AsyncException,
    DmlException,
    DmlRow,
    FinalException,
    ListException,
    QueryException,
    SObjectException,
    TypeException,
    null_pointer,
)
from orgwright.apex.runtime.image import Image
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.limits import Limits
from orgwright.apex.runtime.operators import make
from orgwright.apex.runtime.sobject import SObject, Types, from_record, to_record
from orgwright.apex.runtime.stubs import make_stub
from orgwright.apex.runtime.text import storable
from orgwright.apex.runtime.transfer import freeze, thaw
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import ApexObject, EnumValue, Id, Long
from orgwright.apex.runtime.watchdog import WATCHDOG

if TYPE_CHECKING:
    from orgwright.apex.engine import Program
    from orgwright.apex.runtime.triggers import TriggerContext

StatedAccess = AccessMode | Literal["caller"]
"""``caller`` is system mode with or without sharing as the caller runs."""
_VERBS = {
    "insert": "Insert", "update": "Update", "upsert": "Upsert", "delete": "Delete", "undelete": "Undelete",
    "merge": "Merge",
}  # fmt: skip


@dataclass(frozen=True)
class Running:
    """What kind of transaction runs: ``kind`` is ``sync future queueable batch scheduled finalizer``."""

    kind: str = "sync"
    job_id: str | None = None
    depth: int = 1
    max_depth: int | None = None
    delay_minutes: int = 0
    ended: jobs.Ended | None = None


class Execution:
    """One transaction. It enters an image of the program for each run and leaves its statics there in between.

    Attributes for the library: ``host``, ``types`` (SObject tokens), ``limits``, ``in_test``, ``program``, ``job`` (what runs),
    ``trigger`` (the innermost trigger context or None), ``mocks``
    (``Test.setMock``: name of the interface to the mock), ``state`` (whatever a module of the library keeps for the
    transaction, by its own key).
    """

    def __init__(
        self,
        program: Program,
        host: Host,
        *,
        coverage: Any = None,
        in_test: bool = False,
        cpu_ms: int = 0,
        job: Running | None = None,
    ) -> None:
        self.program, self.host, self.coverage, self.in_test = program, host, coverage, in_test
        self.job = job or Running()
        self.limits = Limits(self.job.kind in ("future", "queueable", "batch"), cpu_ms)
        if self.job.kind == "finalizer":
            self.limits.finalizing()
        self.mocks: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self.store = self.state
        self.triggers: list[TriggerContext] = []
        self.work_pending = False
        self.testing: str | None = None
        self._image: Image | None = None
        self._statics: dict[str, Any] = {}
        self._entered = 0
        self._as_others = 0
        self._outer_limits: Limits | None = None
        self.phase = ""
        """Of a batch job: START, EXECUTE or FINISH; ``scope`` are the Ids of its chunk."""
        self.scope: tuple[str, ...] = ()
        self.finalizer: Any = None
        """The finalizer that the job attached, frozen when the job has ended."""

    # ------------------------------------------------------------------ entering and leaving

    @property
    def image(self) -> Image:
        """The image that serves this transaction now."""
        assert self._image is not None
        return self._image

    @property
    def types(self) -> Types:
        """The SObject tokens."""
        return self.image.types

    @property
    def nested(self) -> bool:
        """Whether Apex code of this transaction is running."""
        return self._entered > 0

    @contextlib.contextmanager
    def entered(self) -> Iterator[Image]:
        """Run Apex code: an image is taken for the outermost entry; what escapes becomes an Apex exception."""
        if self._entered:
            self._entered += 1
            try:
                yield self.image
            finally:
                self._entered -= 1
            return
        outer = self.program.running()
        shared = outer is not None and self.in_test
        waiting = outer.image.detach() if outer is not None and not shared else None
        self._take(outer)
        self._entered = 1
        self.program.begin(self)
        watched = WATCHDOG.watch(max(0.001, self.limits.cpu_ms / 1000), self.image.trip)
        try:
            with bounded():
                yield self.image
        finally:
            WATCHDOG.forget(watched)
            self._entered = 0
            self.program.end(self)
            if not shared:
                self._statics = self.image.detach()
            if outer is None:
                self.program.give(self.image)
            elif shared:
                self.image.hand_over(outer, outer.coverage)
            else:
                self.image.attach(outer, waiting or {}, outer.coverage)

    def _take(self, outer: Execution | None) -> None:
        """Take an image: that of the transaction that waits for this one on the same thread, else a free one.

        In a test they share statics and mocks as well: what a job sets is there after ``Test.stopTest``.
        """
        if outer is not None and self.in_test:
            self.mocks, self._image = outer.mocks, outer.image
            outer.image.hand_over(self, self.coverage)
            return
        image = outer.image if outer is not None else self.program.take(self._image)
        statics = self._statics
        if image is not self._image and self._image is not None and statics:
            memo: dict[int, Any] = {}
            frozen = {name: freeze(value, memo) for name, value in statics.items()}
            again: dict[int, Any] = {}
            statics = {name: thaw(value, image, again) for name, value in frozen.items()}
        self._image = image
        image.attach(self, statics, self.coverage)

    # ------------------------------------------------------------------ types and objects, for the library

    @property
    def context(self) -> str | None:
        """``future queueable batch scheduled finalizer``, or ``None`` in a synchronous transaction."""
        return None if self.job.kind == "sync" else self.job.kind

    @property
    def quiddity(self) -> str:
        """How the transaction was started, by the name of ``System.Quiddity``."""
        if self.in_test and self.context is None:
            return "RUNTEST_SYNC"
        names = {
            "future": "FUTURE", "queueable": "QUEUEABLE", "batch": "BATCH_APEX", "scheduled": "SCHEDULED",
            "finalizer": "TRANSACTION_FINALIZER_QUEUEABLE",
        }  # fmt: skip
        return names.get(self.job.kind, "SYNCHRONOUS")

    @property
    def caller_access(self) -> AccessMode:
        """The access mode of database operations that the API version of the running class means."""
        frame = sys._getframe(1)
        space = self.image.globals
        while frame is not None:
            if frame.f_globals is space and frame.f_code.co_name in self.image.display:
                version = self.image.version_of(frame.f_code.co_name)
                return "user" if version >= 67 else self.caller_sharing
            frame = frame.f_back  # type: ignore[assignment]
        return "system"

    @property
    def caller_sharing(self) -> AccessMode:
        """System mode with or without sharing: as the innermost running class says that says anything.

        Where none does, an entry point with ``inherited sharing`` and the block of a ``System.runAs`` run with sharing.
        """
        frame = sys._getframe(1)
        space, display, sharing = self.image.globals, self.image.display, self.image.sharing
        outermost = ""
        while frame is not None:
            if frame.f_globals is space and frame.f_code.co_name in display:
                outermost = sharing.get(frame.f_code.co_name, "")
                if outermost in ("with", "without"):
                    return "sharing" if outermost == "with" else "system"
            frame = frame.f_back  # type: ignore[assignment]
        return "sharing" if outermost == "inherited" or self._as_others else "system"

    def access_of(self, named: AccessMode | None) -> AccessMode:
        """The mode of a database operation that names user or system mode, or neither."""
        if named is None:
            return self.caller_access
        return "user" if named == "user" else self.caller_sharing

    def find_type(self, name: str) -> RType | None:
        """The type of a name as ``Type.forName`` takes it, or ``None``."""
        return self.program.find_type(name, self.image)

    def construct(self, rtype: RType) -> Any:
        """A new instance by the constructor without arguments; LookupError if there is none."""
        if rtype.kind == "sobject":
            return SObject(self.types.get(rtype.name))
        if rtype.kind == "list":
            return List(rtype)
        if rtype.kind in ("set", "map"):
            from orgwright.apex.runtime.keyed import new_map, new_set

            return new_set(rtype) if rtype.kind == "set" else new_map(rtype)
        cls = rtype.python
        if cls is None:
            raise LookupError(rtype.name)
        code = getattr(cls, "apex_code", None)
        if code is None:
            return cls()
        function = self.image.globals.get(f"{code.q}.<init>()")
        if function is None or code.abstract:
            raise LookupError(rtype.name)
        return function(None)

    def allocate(self, rtype: RType) -> Any:
        """An instance without running its body: the constructor without arguments if there is one (JSON)."""
        try:
            return self.construct(rtype)
        except LookupError:
            if rtype.python is None:
                raise
            made = make(rtype.python)
            if isinstance(made, ApexException):
                ApexException.__init__(made)
            return made

    def set_field(self, made: Any, attribute: str, value: Any) -> None:
        """Set an instance field by its attribute; a property's setter runs."""
        for base in made.__class__.__mro__:
            for field in getattr(base.__dict__.get("apex_code"), "fields", ()):
                if field.attribute == attribute and field.setter:
                    getattr(made, f"set:{field.name.lower()}")(value)
                    return
        setattr(made, attribute, value)

    def read_property(self, made: Any, attribute: str) -> Any:
        """An instance field by its attribute; a property's getter runs."""
        for base in made.__class__.__mro__:
            for field in getattr(base.__dict__.get("apex_code"), "fields", ()):
                if field.attribute == attribute and field.getter:
                    return getattr(made, f"get:{field.name.lower()}")()
        return getattr(made, attribute)

    def invoke(self, receiver: Any, name: str, *arguments: Any) -> Any:
        """Call an instance method by name: how the platform calls interfaces that users implement."""
        return self.image.invoke(receiver, name, *arguments)

    def label(self, name: str) -> str:
        """The text of a custom label."""
        found = self.host.schema.label(name.rsplit(".", 1)[-1])
        return "" if found is None else found

    # ------------------------------------------------------------------ queries

    def query(
        self,
        soql: str,
        binds: Mapping[str, Any],
        access: StatedAccess = "system",
        rtype: RType | None = None,
        *,
        all_rows: bool = False,
        counts: bool = True,
    ) -> List:
        """Rows of a SOQL text as a list of ``rtype`` (``List<SObject>`` unless given); ``counts``: against the limits."""
        if counts:
            self.limits.count("queries")
        plain = {name: self.plain(value) for name, value in binds.items()}
        try:
            records = self.host.query(storable(soql), plain, access=self._mode(soql, access), all_rows=all_rows)
        except QueryProblem as problem:
            raise QueryException(problem.message, inaccessible=problem.inaccessible) from problem
        tokens = self.types
        rows = [from_record(record, tokens, queried=True) for record in records]
        if counts:
            self.limits.count("queryrows", len(rows) + sum(_children(row) for row in rows))
        return List(rtype or types.list_of(types.SOBJECT), rows)

    def count(self, soql: str, binds: Mapping[str, Any], access: StatedAccess = "system") -> int:
        """The number of a ``SELECT COUNT()`` text."""
        self.limits.count("queries")
        self.limits.count("queryrows")
        plain = {name: self.plain(value) for name, value in binds.items()}
        try:
            return self.host.count(storable(soql), plain, access=self._mode(soql, access))
        except QueryProblem as problem:
            raise QueryException(problem.message, inaccessible=problem.inaccessible) from problem

    def search(self, sosl: str, binds: Mapping[str, Any], access: StatedAccess = "system") -> List:
        """The lists of a SOSL text."""
        self.limits.count("soslqueries")
        plain = {name: self.plain(value) for name, value in binds.items()}
        try:
            fixed = self.state.get("fixed search results", []) if self.in_test else None
            found = self.host.search(storable(sosl), plain, access=self._mode(sosl, access), fixed=fixed)
        except QueryProblem as problem:
            raise QueryException(problem.message, inaccessible=problem.inaccessible) from problem
        tokens = self.types
        inner = types.list_of(types.SOBJECT)
        lists = [List(inner, [from_record(r, tokens, queried=True) for r in records]) for records in found]
        return List(types.list_of(inner), lists)

    def _mode(self, query: str, access: StatedAccess) -> AccessMode:
        """The mode of a query: as its own ``WITH USER_MODE`` or ``WITH SYSTEM_MODE`` says, else as the class means it."""
        named = mode_of(query)
        if named is not None:
            return self.access_of(named)
        return self.caller_sharing if access == "caller" else access

    def plain(self, value: Any) -> Any:
        """A bind value as it crosses the border."""
        if isinstance(value, List):
            return [self.plain(item) for item in value.items]
        if hasattr(value, "keys_listed"):
            return [self.plain(value_of_key(item)) for item in value.keys_listed()]
        if isinstance(value, SObject):
            return self.plain(value.fields.get("Id"))
        if value.__class__ is Id:
            return str.__str__(value)
        if value.__class__ is Long:
            return int(value)
        if isinstance(value, EnumValue):
            return value.name
        if isinstance(value, (ApexObject, Map)):
            raise QueryException("Invalid bind expression type of " + types.name_of(value))
        if isinstance(value, str):
            return storable(value)
        shown = getattr(value, "apex_text", None)
        return shown() if shown is not None else value

    # ------------------------------------------------------------------ DML

    def statement(
        self, operation: Operation, value: Any, access: StatedAccess, external_id: str | None = None, other: Any = None
    ) -> None:
        """A DML statement; DmlException if any row fails."""
        if operation == "merge":
            self._merge(value, other, access)
            return
        rows = self.rows_of(value)
        mode = self.caller_sharing if access == "caller" else access
        self.dml(operation, rows, DmlOptions(access=mode, external_id=external_id))

    def _merge(self, master: SObject, losers: Any, access: StatedAccess) -> None:
        if master is None or losers is None:
            raise null_pointer()
        found = losers.items if isinstance(losers, List) else [losers]
        token = master.sobject_type
        rows = [master, *(r if isinstance(r, SObject) else SObject(token, {"Id": r}) for r in found)]
        mode = self.caller_sharing if access == "caller" else access
        self.dml("merge", rows, DmlOptions(access=mode))

    @staticmethod
    def rows_of(value: Any) -> list[SObject]:
        """The rows that a DML statement is given: a record or a list."""
        if value is None:
            raise null_pointer()
        rows = value.items if isinstance(value, List) else [value]
        if any(row is None for row in rows):
            raise null_pointer()
        return rows

    def dml(self, operation: Operation, rows: Sequence[SObject], options: DmlOptions) -> list[SaveOutcome]:
        """Run one DML statement; Ids are put into the rows.

        With ``all_or_none`` a failure raises DmlException, else the outcomes tell. No rows count nothing.
        """
        if not rows:
            return []
        self._refuse(operation, rows)
        self.limits.count("dmlstatements")
        self.limits.count("dmlrows", len(rows))
        self.work_pending = True
        records = [to_record(row) for row in rows]
        try:
            outcomes = self.host.save(operation, records, options)
        except ApexFailure as failure:
            if failure.type_name != "System.SecurityException":
                raise
            raise self.from_failure(failure) from failure
        if options.all_or_none:
            self.raise_failures(operation, rows, outcomes)
        if operation in ("insert", "upsert"):
            for row, outcome in zip(rows, outcomes, strict=True):
                if outcome.success and outcome.id is not None:
                    row.fields["Id"] = Id(outcome.id)
        return outcomes

    def _refuse(self, operation: Operation, rows: Sequence[SObject]) -> None:
        if any(row.trigger for row in rows):
            raise SObjectException("DML statement cannot operate on trigger.new or trigger.old")
        if operation in ("insert", "upsert") and len({id(row) for row in rows}) < len(rows):
            raise ListException("Before Insert or Upsert list must not have two identically equal elements")
        if operation in ("update", "delete", "upsert"):
            seen: set[str] = set()
            for row in rows:
                key = row.fields.get("Id")
                if key is not None and key in seen:
                    raise ListException(f"Duplicate id in list: {key}")
                if key is not None:
                    seen.add(key)
        names: list[str] = []
        for row in rows:
            if not names or names[-1] != row.sobject_type.name:
                names.append(row.sobject_type.name)
        if len(names) > 10:
            raise TypeException(
                "Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking."
            )

    def raise_failures(self, operation: str, rows: Sequence[SObject], outcomes: Sequence[SaveOutcome]) -> None:
        """The DmlException of failed rows, if there are any."""
        failed = [
            DmlRow(index, outcome.id or row.fields.get("Id"), error)
            for index, (row, outcome) in enumerate(zip(rows, outcomes, strict=False))
            if not outcome.success
            for error in outcome.errors
        ]
        if not failed:
            return
        first = failed[0]
        place = f"row {first.index}"
        if first.id and operation not in ("insert",):
            place += f" with id {first.id}"
        error = first.error
        raise DmlException(
            f"{_VERBS[operation]} failed. First exception on {place}; first error: {error.code}, {error.message}: "
            f"[{', '.join(error.fields)}]",
            rows=failed,
        )

    def publish(self, events: Sequence[SObject]) -> list[SaveOutcome]:
        """Publish platform events."""
        if not events:
            return []
        tokens = {event.sobject_type for event in events}
        for kind in sorted({"publishimmediatedml" if t.publishes_immediately else "dmlstatements" for t in tokens}):
            self.limits.count(kind)
        return self.host.publish([to_record(event) for event in events])

    # ------------------------------------------------------------------ triggers

    @property
    def trigger(self) -> TriggerContext | None:
        """The innermost trigger context."""
        return self.triggers[-1] if self.triggers else None

    def trigger_variable(self, name: str) -> Any:
        """``Trigger.new`` and its kin."""
        context = self.trigger
        if context is None:
            return False if name.lower().startswith("is") else None
        return context.variable(name)

    # ------------------------------------------------------------------ tests

    def start_test(self) -> None:
        """``Test.startTest``: a new set of limits."""
        if self.testing is not None:
            raise FinalException("Testing already started")
        self.testing = "started"
        self._outer_limits = self.limits
        self.limits = self.limits.fresh()
        self.work_pending = False

    def stop_test(self) -> None:
        """``Test.stopTest``: runs what is waiting, then the outer limits are back."""
        if self.testing is None:
            raise FinalException("Testing has not started")
        if self.testing == "stopped":
            raise FinalException("Testing already stopped")
        self.testing = "stopped"
        self.run_waiting()
        assert self._outer_limits is not None
        self.limits = self._outer_limits

    def run_waiting(self) -> None:
        """In a test: run the jobs and deliver the events that are waiting."""
        try:
            self.host.run_jobs()
            self.host.deliver_events()
            self._tell_callbacks()
        except ApexFailure as failure:
            raise self.from_failure(failure) from failure

    def _tell_callbacks(self) -> None:
        if "event callbacks" in self.state:
            from orgwright.apex.library.events import tell_callbacks

            tell_callbacks(self, delivered=True)

    def from_failure(self, failure: ApexFailure) -> ApexException:
        """An ApexFailure of another transaction as an exception of this one."""
        from orgwright.apex.library import registry

        cls = registry.find_class(failure.type_name)
        made: ApexException
        if cls is not None and issubclass(cls, ApexException):
            made = cls(failure.message)
        else:
            made = type(failure.type_name, (ApexException,), {"apex_type": failure.type_name})(failure.message)
        return made

    @contextlib.contextmanager
    def run_as(self, user: Any) -> Iterator[None]:
        """``System.runAs``."""
        if not self.in_test:
            raise TypeException("System.runAs can only be used within a test method: ")
        if user is None:
            raise null_pointer()
        self.limits.count("dmlstatements")
        if not isinstance(user, SObject):
            yield
            return
        key = user.fields.get("Id")
        if key is None:
            key = self._insert_user(user)
        self._as_others += 1
        try:
            with self.host.run_as(str(key)):
                yield
        finally:
            self._as_others -= 1

    def _insert_user(self, user: SObject) -> str:
        self.dml("insert", [user], DmlOptions())
        return str(user.fields["Id"])

    # ------------------------------------------------------------------ jobs

    def enqueue(self, job: AsyncJob) -> str:
        """Hand a job to the org; its payload is copied now."""
        if job.kind == "future":
            if self.job.kind in ("future", "batch"):
                raise AsyncException("Future method cannot be called from a future or batch method")
            self.limits.count("futurecalls")
        elif job.kind == "queueable":
            self._queue()
        try:
            return self.host.enqueue(replace(job, payload=jobs.frozen(self, job)))
        except ApexFailure as failure:
            raise self.from_failure(failure) from failure

    def abort_job(self, id: str) -> None:
        """``System.abortJob``."""
        try:
            self.host.abort_job(id)
        except ApexFailure as failure:
            raise self.from_failure(failure) from failure

    def future(self, q: str, class_name: str, method: str, function: str, *arguments: Any) -> None:
        """The call of a ``@future`` method."""
        jobs.future(self, q, class_name, method, function, arguments)

    def _queue(self) -> None:
        self.limits.count("queueablejobs")
        if self.job.kind != "queueable" or self.triggers:
            return
        longest = self.job.max_depth if self.job.max_depth is not None else (1 if self.in_test else None)
        if longest is not None and self.job.depth >= longest:
            raise AsyncException("Maximum stack depth has been reached.")

    def keep_finalizer(self) -> None:
        """At the end of a job: what its finalizer holds now is what the finalizer's own transaction gets."""
        if self.finalizer is not None:
            self.finalizer = freeze(self.finalizer)

    # ------------------------------------------------------------------ stubs

    def stub(self, rtype: RType, provider: Any) -> Any:
        """``Test.createStub``: an instance of the class whose public methods ask the provider."""
        return make_stub(self, rtype, provider)


_MODE = re.compile(r"'(?:[^'\\]|\\.)*'|\bWITH\s+(SYSTEM|USER)_MODE\b", re.IGNORECASE)


def mode_of(query: str) -> AccessMode | None:
    """The access mode that a query's own ``WITH USER_MODE`` or ``WITH SYSTEM_MODE`` names."""
    if "_mode" not in query.lower():
        return None
    found = next((m.group(1) for m in _MODE.finditer(query) if m.group(1)), None)
    return None if found is None else ("user" if found.lower() == "user" else "system")


def _children(row: SObject) -> int:
    return sum(len(value.items) for value in row.fields.values() if value.__class__ is List)
