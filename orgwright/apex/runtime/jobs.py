"""Asynchronous Apex: what a job carries and how it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import ApexFailure, AsyncJob, Record
from orgwright.apex.library import registry
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List, values_in
from orgwright.apex.runtime.exceptions import NotSupported, UnexpectedException
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.tokens import rtype_of
from orgwright.apex.runtime.transfer import freeze, thaw
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import has_method

if TYPE_CHECKING:
    from orgwright.apex.runtime.execution import Execution
    from orgwright.apex.runtime.image import Image


@dataclass(frozen=True)
class Job:
    """The payload of an :class:`AsyncJob`: frozen data that belongs to no image.

    ``data`` is the object that runs; of a future call the function's global name, its unit and the arguments.
    ``max_depth`` is how long its chain of queueable jobs may get, ``raises_events`` whether the failures of a batch job
    are published, ``ended`` how the job ended that a finalizer belongs to.
    """

    kind: str
    data: Any
    depth: int = 1
    scope_size: int = 200
    max_depth: int | None = None
    delay_minutes: int = 0
    raises_events: bool = False
    ended: Ended | None = None


@dataclass(frozen=True)
class Ended:
    """How a queueable job ended, for its finalizer: ``failure`` is ``None`` after success."""

    failure: ApexFailure | None = None


def future(
    execution: Execution, q: str, class_name: str, method: str, function: str, arguments: tuple[Any, ...]
) -> None:
    """The call of a ``@future`` method: it is handed to the org."""
    execution.enqueue(AsyncJob("future", class_name, method, (function, q, arguments)))


def frozen(execution: Execution, job: AsyncJob) -> Job:
    """The payload of a job that this transaction enqueues."""
    chained = execution.job.kind == "queueable" and job.kind == "queueable"
    return Job(
        job.kind,
        freeze(job.payload),
        execution.job.depth + 1 if chained else 1,
        job.scope_size,
        execution.job.max_depth if chained else job.max_depth,
        job.delay_minutes,
        "Database.RaisesPlatformEvents" in getattr(job.payload, "apex_supers", ()),
    )


def run(execution: Execution, job: Job) -> None:
    """Run a job in this (new) transaction; the caller turns exceptions into failures."""
    image = execution.image
    data = _revived(job.data, image)
    if job.kind == "future":
        function, q, arguments = data
        image.load(q)
        image.globals[function](*arguments)
    elif job.kind == "queueable":
        try:
            image.invoke(data, "execute", _context(execution, "System.QueueableContext"))
        finally:
            execution.keep_finalizer()
    elif job.kind == "finalizer":
        ended = execution.job.ended or Ended()
        context = registry.find_class("System.FinalizerContext")
        assert context is not None
        image.invoke(data, "execute", context(execution.job.job_id, ended.failure))
    elif job.kind == "scheduled":
        image.invoke(data, "execute", _context(execution, "System.SchedulableContext"))
    elif job.kind == "batch":
        _batch(execution, job)
    else:
        raise NotSupported(f"{job.kind} Apex")


def _revived(data: Any, image: Image) -> Any:
    """A payload live again, the statics of its objects' classes initialised: that a job holds an object is its first use."""
    memo: dict[int, Any] = {}
    live = thaw(data, image, memo)
    for made in memo.values():
        for cls in reversed(type(made).__mro__):
            code = cls.__dict__.get("apex_code")
            if code is not None:
                image.ready(code.q)
    return live


def _context(execution: Execution, name: str) -> Any:
    """The context object that the platform hands to a job."""
    cls = registry.find_class(name)
    if cls is None:
        return None
    return cls(execution.job.job_id)


@dataclass(frozen=True)
class Started:
    """A batch job after ``start``: its state and the chunks of its rows, frozen."""

    state: Any
    chunks: tuple[Any, ...]


def start(execution: Execution, job: Job) -> Started:
    """Call ``start`` of a batch job and cut what it gives into chunks."""
    image = execution.image
    execution.phase = "START"
    batch = _revived(job.data, image)
    rows = _rows(execution, image.invoke(batch, "start", _context(execution, "Database.BatchableContext")))
    chunks = tuple(freeze(tuple(rows[i : i + job.scope_size])) for i in range(0, len(rows), job.scope_size))
    return Started(freeze(batch) if _stateful(batch) else job.data, chunks)


def execute(execution: Execution, job: Job, state: Any, chunk: Any) -> Any:
    """Call ``execute`` for one chunk; the state for the next one, which only a stateful job changes."""
    image = execution.image
    execution.phase = "EXECUTE"
    batch = _revived(state, image)
    items = list(thaw(chunk, image))
    execution.scope = tuple(str(row.fields["Id"]) for row in items if hasattr(row, "fields") and row.fields.get("Id"))
    scope = List(types.list_of(_scope_type(items)), items)
    image.invoke(batch, "execute", _context(execution, "Database.BatchableContext"), scope)
    return freeze(batch) if _stateful(batch) else state


def finish(execution: Execution, job: Job, state: Any) -> None:
    """Call ``finish``, if the job has it."""
    execution.phase, execution.scope = "FINISH", ()
    batch = _revived(state, execution.image)
    if has_method(batch, "finish", 1):
        execution.image.invoke(batch, "finish", _context(execution, "Database.BatchableContext"))


_LONGEST_SCOPE = 40_000
_LONGEST_TEXT = 5_000


def error_event(execution: Execution, failure: ApexFailure, job_id: str) -> Record:
    """The BatchApexErrorEvent of the phase that failed."""
    scope = ",".join(execution.scope)
    return Record(
        "BatchApexErrorEvent",
        {
            "AsyncApexJobId": job_id,
            "ExceptionType": failure.type_name,
            "Message": failure.message[:_LONGEST_TEXT],
            "StackTrace": failure.stack[:_LONGEST_TEXT],
            "Phase": execution.phase,
            "JobScope": scope[:_LONGEST_SCOPE],
            "DoesExceedJobScopeMaxLength": len(scope) > _LONGEST_SCOPE,
        },
    )


def _stateful(batch: Any) -> bool:
    return "Database.Stateful" in batch.apex_supers


def _batch(execution: Execution, job: Job) -> None:
    """The whole of a batch job in a test, which may have one chunk; its exceptions leave through ``Test.stopTest``."""
    started = start(execution, job)
    if len(started.chunks) > 1:
        raise UnexpectedException(
            "No more than one executeBatch can be called from within a test method. Please make sure the iterable "
            "returned from your start method matches the batch size, resulting in one executeBatch invocation."
        )
    state = started.state
    for chunk in started.chunks:
        state = execute(execution, job, state, chunk)
    finish(execution, job, state)


def _scope_type(items: list[Any]) -> RType:
    """Records of one type come as a list of that type (apex-rollup's suite relies on it)."""
    if not all(isinstance(item, SObject) for item in items):
        return types.OBJECT
    names = {item.sobject_type.name for item in items}
    return rtype_of(names.pop()) if len(names) == 1 else types.SOBJECT


def _rows(execution: Execution, started: Any) -> list[Any]:
    if started is None:
        return []
    locator = getattr(started, "rows", None)
    if locator is not None and callable(locator):
        return list(values_in(locator(execution)))
    return list(values_in(started))
