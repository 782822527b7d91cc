"""One Apex transaction: what natives get as their first argument, and what generated code calls ``_x``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import (
    ApexFailure,
    AsyncJob,
    DmlOptions,
    Host,
)
from orgwright.apex.runtime import jobs
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.data import DataAccess
from orgwright.apex.runtime.depth import bounded
from orgwright.apex.runtime.exceptions import (
    AsyncException,
    FinalException,
    NotSupported,
    TypeException,
    null_pointer,
)
from orgwright.apex.runtime.image import Image
from orgwright.apex.runtime.limits import Limits
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.stubs import make_stub
from orgwright.apex.runtime.transfer import freeze, thaw
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.watchdog import WATCHDOG
from orgwright.apex.types.sitelabels import is_site_label

if TYPE_CHECKING:
    from orgwright.apex.engine import Program
    from orgwright.apex.runtime.triggers import TriggerContext


@dataclass(frozen=True)
class Running:
    """What kind of transaction runs: ``kind`` is ``sync future queueable batch scheduled finalizer``."""

    kind: str = "sync"
    job_id: str | None = None
    depth: int = 1
    max_depth: int | None = None
    delay_minutes: int = 0
    ended: jobs.Ended | None = None


class Execution(DataAccess):
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

    def set_field(self, made: Any, attribute: str, value: Any) -> None:
        """Set an instance field by its attribute; a property's setter runs."""
        for base in made.__class__.__mro__:
            for field in getattr(base.__dict__.get("apex_code"), "fields", ()):
                if field.attribute == attribute and field.setter:
                    getattr(made, f"set:{field.name.lower()}")(value)
                    return
        setattr(made, attribute, value)

    def invoke(self, receiver: Any, name: str, *arguments: Any) -> Any:
        """Call an instance method by name: how the platform calls interfaces that users implement."""
        return self.image.invoke(receiver, name, *arguments)

    def label(self, name: str) -> str:
        """The text of a custom label."""
        if is_site_label(name):
            raise NotSupported(f"Label.{name}")
        found = self.host.schema.label(name.rsplit(".", 1)[-1])
        return "" if found is None else found

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
