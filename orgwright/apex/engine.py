"""The Apex engine's facade: compile sources into a :class:`Program`, run it in :class:`Execution`, read :class:`Coverage`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.apex import host
from orgwright.apex.check import typed
from orgwright.apex.code import names
from orgwright.apex.code.units import UnitCode, write_unit
from orgwright.apex.runtime import jobs, triggers
from orgwright.apex.runtime.depth import deep
from orgwright.apex.runtime.exceptions import ApexException
from orgwright.apex.runtime.execution import Execution as Transaction
from orgwright.apex.runtime.execution import Running
from orgwright.apex.runtime.image import Image
from orgwright.apex.sources import CompileError, Source

if TYPE_CHECKING:
    from orgwright.apex.runtime.types import RType

__all__ = ["CompileError", "Coverage", "EventRun", "Execution", "Program", "Source", "TestClass", "compile_program"]


@dataclass(frozen=True)
class TestClass:
    """A class annotated ``@IsTest``; ``methods`` are its test methods in source order, ``setup`` its ``@TestSetup``."""

    __test__ = False
    name: str
    methods: tuple[str, ...]
    setup: str | None = None
    see_all_data: bool = False


@dataclass(frozen=True)
class EventRun:
    """The end of one run of an event trigger.

    ``checkpoint`` is the replay id behind which to go on, ``point`` the host's savepoint that was made with it.
    """

    failure: host.ApexFailure | None
    checkpoint: str | None
    point: object


class Program:
    """Compiled sources. Code is generated unit by unit when it first runs; loaded images are kept and used again.

    ``errors`` holds the compile errors; a unit that has one cannot run.
    """

    def __init__(self, sources: Sequence[Source], schema: host.Schema, checked: typed.Checked) -> None:
        self.sources = tuple(sources)
        self.schema = schema
        self.errors = checked.errors
        self._units: dict[str, typed.Unit] = {names.of_class(u.symbol): u for u in checked.units}
        self._codes: dict[str, UnitCode] = {}
        self._free: list[Image] = []
        self._lock = threading.Lock()
        self._threads = threading.local()
        self._triggers: dict[tuple[str, host.TriggerEvent], tuple[str, ...]] = {}
        self._index_triggers()

    def _index_triggers(self) -> None:
        inactive = {s.name.lower() for s in self.sources if s.kind == "trigger" and not s.active}
        found: dict[tuple[str, host.TriggerEvent], list[str]] = {}
        for q, unit in sorted(self._units.items()):
            if isinstance(unit, typed.Trigger) and unit.symbol.name.lower() not in inactive:
                for event in unit.events:
                    found.setdefault((unit.sobject.name, host.TriggerEvent(event)), []).append(q)
        self._triggers = {key: tuple(units) for key, units in found.items()}

    # ------------------------------------------------------------------ what is in it

    def triggers(self, sobject: str, event: host.TriggerEvent) -> tuple[str, ...]:
        """The active triggers on that event of an SObject type, in the order in which they run."""
        return self._triggers.get((sobject, event), ())

    def units(self) -> Iterator[typed.Unit]:
        """The checked classes and triggers."""
        return iter(self._units.values())

    def test_classes(self) -> tuple[TestClass, ...]:
        """The classes annotated ``@IsTest``, helper classes without test methods too."""
        found = []
        for unit in self._units.values():
            symbol = unit.symbol
            if isinstance(unit, typed.Class) and symbol.is_test:
                methods = [m for overloads in symbol.methods.values() for m in overloads]
                setup = next((m.name for m in methods if m.is_test_setup), None)
                tests = sorted((m for m in methods if m.is_test), key=lambda m: m.pos)
                found.append(TestClass(symbol.name, tuple(m.name for m in tests), setup, symbol.see_all_data))
        return tuple(found)

    def unit(self, q: str) -> UnitCode | None:
        """The code of a unit."""
        found = self._codes.get(q)
        if found is None and q in self._units:
            with deep():
                found = self._codes[q] = write_unit(self._units[q])
        return found

    def find_type(self, name: str, image: Image) -> RType | None:
        """The type that ``Type.forName`` finds: user classes, SObjects, primitives, collections of them, platform types."""
        from orgwright.apex.runtime.lookup import find_type

        return find_type(self, name, image)

    def has_class(self, q: str) -> bool:
        """Whether there is a user class of that lower-case qualified name."""
        unit = self._units.get(q.split(".", 1)[0])
        if unit is None:
            return False
        return "." not in q or q.split(".", 1)[1] in unit.symbol.inner

    # ------------------------------------------------------------------ images

    def take(self, preferred: Image | None) -> Image:
        """An image for one transaction, the preferred one if it is free."""
        with self._lock:
            if preferred is not None and preferred in self._free:
                self._free.remove(preferred)
                return preferred
            if self._free:
                return self._free.pop()
        return Image(self.unit, self.schema)

    def running(self) -> Transaction | None:
        """The transaction of this program that runs on this thread and waits for another one."""
        stack = getattr(self._threads, "stack", None)
        return stack[-1] if stack else None

    def begin(self, transaction: Transaction) -> None:
        """Note that a transaction runs on this thread."""
        stack = getattr(self._threads, "stack", None)
        if stack is None:
            stack = self._threads.stack = []
        stack.append(transaction)

    def end(self, transaction: Transaction) -> None:
        """Note that it does not any more."""
        self._threads.stack.pop()

    def give(self, image: Image) -> None:
        """Give an image back."""
        with self._lock:
            self._free.append(image)

    def anonymous(self, source: str, api_version: float) -> tuple[UnitCode | None, tuple[CompileError, ...]]:
        """Compile an anonymous block against this program."""
        from orgwright.apex.check import compile_units

        block = Source("anonymous", "AnonymousBlock", source, api_version)
        checked = compile_units([*self.sources, block], self.schema)
        errors = tuple(e for e in checked.errors if e.kind == "anonymous")
        unit = next((u for u in checked.units if isinstance(u, typed.AnonymousBlock)), None)
        if unit is None or errors:
            return None, errors
        with deep():
            return write_unit(unit), errors


def compile_program(sources: Sequence[Source], schema: host.Schema, *, previous: Program | None = None) -> Program:
    """Compile sources against an org's schema; compile errors are in the program. ``previous`` saves work if it fits."""
    from orgwright.apex.check import compile_units

    if (
        previous is not None
        and previous.sources == tuple(sources)
        and previous.schema.fingerprint == schema.fingerprint
    ):
        return previous
    return Program(sources, schema, compile_units(sources, schema))


class Coverage:
    """Which lines ran, for all units of a program; add up several runs with :meth:`add`."""

    def __init__(self, program: Program, *, like: Coverage | None = None) -> None:
        """``like`` is another coverage of the program, with which this one shares what it knows of the sources."""
        self.program = program
        self._hits: dict[str, list[int]] = {}
        self._coverable: dict[str, frozenset[int]] = {} if like is None else like._coverable

    def hits(self, unit: UnitCode) -> list[int]:
        """The list that a unit's code marks its lines in."""
        found = self._hits.get(unit.q)
        if found is None:
            found = self._hits[unit.q] = [0] * unit.lines
        return found

    def lines(self, name: str, kind: str = "class") -> Mapping[int, int]:
        """The lines of a unit that count, with 1 for those that ran and 0 for the others."""
        q = f"trigger {name.lower()}" if kind == "trigger" else name.lower()
        hits = self._hits.get(q, [])
        return {line: hits[line] if line < len(hits) else 0 for line in sorted(self._lines(q, name, kind))}

    def _lines(self, q: str, name: str, kind: str) -> frozenset[int]:
        found = self._coverable.get(q)
        if found is None:
            from orgwright.apex.coverage import coverable_lines

            source = next(s for s in self.program.sources if s.kind == kind and s.name.lower() == name.lower())
            found = self._coverable[q] = frozenset(coverable_lines(source.body))
        return found

    def add(self, other: Coverage) -> None:
        """Add what another coverage of the same program has seen."""
        for q, hits in other._hits.items():
            mine = self._hits.setdefault(q, [0] * len(hits))
            mine[:] = [a | b for a, b in zip(mine, hits, strict=True)]


class Execution:
    """One Apex transaction in an org: statics, limits and trigger depth live as long as it does.

    The ``run_`` methods raise :class:`orgwright.apex.host.ApexFailure` for an exception that nobody caught.
    ``cpu_ms`` overrides the CPU time limit.
    """

    def __init__(
        self,
        program: Program,
        host: host.Host,
        *,
        coverage: Coverage | None = None,
        in_test: bool = False,
        cpu_ms: int = 0,
    ) -> None:
        self.program = program
        self.transaction = Transaction(program, host, coverage=coverage, in_test=in_test, cpu_ms=cpu_ms)

    @contextmanager
    def running(self) -> Iterator[Image]:
        """Run Apex of this transaction; what nobody caught becomes :class:`orgwright.apex.host.ApexFailure`."""
        with self.transaction.entered() as image:
            try:
                yield image
            except (host.ApexFailure, host.Refused):
                raise
            except ApexException as error:
                raise triggers.failure_of(image.translated(error)) from error
            except Exception as error:
                raise triggers.failure_of(image.translated(error)) from error

    @property
    def line(self) -> int:
        """The Apex line that runs now, asked from within a platform call."""
        return self.transaction.image.line()

    def run_triggers(
        self,
        sobject: str,
        event: host.TriggerEvent,
        new: list[host.Record] | None,
        old: list[host.Record] | None,
    ) -> host.TriggerErrors:
        """Run the triggers on an event; in before events the records of ``new`` are changed in place.

        May be called while this Execution runs (from ``Host.save``): then a LimitException passes as it is.
        """
        return triggers.run_triggers(self.transaction, sobject, event, new, old)

    def run_event_trigger(
        self, trigger: str, sobject: str, events: list[host.Record], *, retries: int, last_error: str | None
    ) -> EventRun:
        """Run one trigger (its name in ``Program.triggers``) on a batch of platform events.

        The answer tells how it ended; ``failure`` is there instead of being raised, as a checkpoint outlives it.
        """
        from orgwright.apex.library.events import prepare

        context = prepare(self.transaction, retries, last_error)
        failure: host.ApexFailure | None = None
        try:
            triggers.run_triggers(self.transaction, sobject, host.TriggerEvent.AFTER_INSERT, events, None, only=trigger)
        except host.ApexFailure as error:
            failure = error
        return EventRun(failure, context.getResumeCheckpoint(), context.point)

    def run_test(self, class_name: str, method: str) -> None:
        """Run one test method."""
        self._run_static(class_name, method)

    def run_setup(self, class_name: str) -> None:
        """Run the ``@TestSetup`` method of a test class, if it has one."""
        found = next((t for t in self.program.test_classes() if t.name.lower() == class_name.lower()), None)
        if found is not None and found.setup is not None:
            self._run_static(class_name, found.setup)

    def _run_static(self, class_name: str, method: str, *arguments: Any) -> Any:
        q = class_name.lower()
        with self.running() as image:
            if image.load(q.split(".", 1)[0]) is None or q not in image.codes:
                raise LookupError(f"no class {class_name}")
            code = next(
                m for m in image.codes[q].methods
                if m.static and m.name.lower() == method.lower() and len(m.parameters) == len(arguments)
            )  # fmt: skip
            return image.globals[code.function](*arguments)

    def call_static(self, class_name: str, method: str, arguments: Sequence[Any] = ()) -> Any:
        """Call a static method with run-time values and return its run-time value."""
        return self._run_static(class_name, method, *arguments)

    def run_anonymous(self, source: str, *, api_version: float = 67.0) -> tuple[CompileError, ...]:
        """Compile and run an anonymous block; the compile errors, if it has any."""
        code, errors = self.program.anonymous(source, api_version)
        if code is None:
            return errors
        with self.running() as image:
            image.adopt(code)
            image.cover(None)
            image.globals[f"{code.q}.<main>"]()
        return ()

    def run_job(self, payload: Any, *, job_id: str | None = None) -> None:
        """Run asynchronous Apex: ``payload`` is what ``Host.enqueue`` was given."""
        job = self._become(payload, job_id)
        with self.running():
            jobs.run(self.transaction, job)

    def finalizer(self, failure: host.ApexFailure | None) -> jobs.Job | None:
        """After :meth:`run_job` of a queueable job: the payload of its finalizer, if it attached one."""
        attached = self.transaction.finalizer
        return None if attached is None else jobs.Job("finalizer", attached, ended=jobs.Ended(failure))

    def batch_error(self, payload: Any, failure: host.ApexFailure, job_id: str) -> host.Record | None:
        """The BatchApexErrorEvent of a failed batch job, if its class asks for events ("Firing Platform Events from Batch Apex")."""
        job: jobs.Job = payload
        return jobs.error_event(self.transaction, failure, job_id) if job.raises_events else None

    def start_batch(self, payload: Any, *, job_id: str) -> jobs.Started:
        """Run ``start`` of a batch job; what it gives is handed back to :meth:`run_chunk` and :meth:`finish_batch`."""
        job = self._become(payload, job_id)
        with self.running():
            return jobs.start(self.transaction, job)

    def run_chunk(self, payload: Any, state: Any, chunk: Any, *, job_id: str) -> Any:
        """Run ``execute`` for one chunk of a batch job; the state for the next."""
        job = self._become(payload, job_id)
        with self.running():
            return jobs.execute(self.transaction, job, state, chunk)

    def finish_batch(self, payload: Any, state: Any, *, job_id: str) -> None:
        """Run ``finish`` of a batch job."""
        job = self._become(payload, job_id)
        with self.running():
            jobs.finish(self.transaction, job, state)

    def _become(self, payload: Any, job_id: str | None) -> jobs.Job:
        """Make this the transaction of a job, with the limits of its kind."""
        job: jobs.Job = payload
        old = self.transaction
        self.transaction = Transaction(
            self.program,
            old.host,
            coverage=old.coverage,
            in_test=old.in_test,
            job=Running(job.kind, job_id, job.depth, job.max_depth, job.delay_minutes, job.ended),
        )
        return job
