"""The Apex engine's facade: compile sources into a :class:`Program`, run it in :class:`Execution`, read :class:`Coverage`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from orgwright.apex import host
from orgwright.apex.code.units import UnitCode
from orgwright.apex.program import Program, TestClass, compile_program
from orgwright.apex.runtime import jobs, triggers
from orgwright.apex.runtime.exceptions import ApexException
from orgwright.apex.runtime.execution import Execution as Transaction
from orgwright.apex.runtime.execution import Running
from orgwright.apex.runtime.image import Image
from orgwright.apex.sources import CompileError, Source

__all__ = ["CompileError", "Coverage", "EventRun", "Execution", "Program", "Source", "TestClass", "compile_program"]


@dataclass(frozen=True)
class EventRun:
    """The end of one run of an event trigger.

    ``checkpoint`` is the replay id behind which to go on, ``point`` the host's savepoint that was made with it.
    """

    failure: host.ApexFailure | None
    checkpoint: str | None
    point: object


class Coverage:
    """Which lines ran, for all units of a program; add up several runs with :meth:`add`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._hits: dict[str, list[int]] = {}

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
        return {line: hits[line] if line < len(hits) else 0 for line in sorted(self.program.coverable(q))}

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
        test = next((t for t in self.program.test_classes() if t.name.lower() == class_name.lower()), None)
        self.transaction.state["see all data"] = test is not None and test.sees_all_data(method)
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
