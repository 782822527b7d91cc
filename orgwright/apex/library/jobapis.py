"""Starting asynchronous Apex: ``System.enqueueJob``, ``schedule``, ``AsyncOptions`` and the contexts that jobs get."""

from __future__ import annotations

import re
from typing import Any

from orgwright.apex.host import ApexFailure, AsyncJob
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.database import enqueue_batch
from orgwright.apex.library.enums import enum
from orgwright.apex.library.registry import contextual, native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.exceptions import (
    ApexException,
    AsyncException,
    DuplicateMessageException,
    HandledException,
    InvalidParameterValueException,
    TypeException,
    null_pointer,
)
from orgwright.apex.runtime.values import EnumValue, Id, PlatformObject


def implements(value: Any, *interfaces: str) -> bool:
    """Whether a user object implements one of these platform interfaces."""
    supers = {name.partition("<")[0] for name in getattr(value, "apex_supers", ())}
    return not supers.isdisjoint(interfaces)


# ----------------------------------------------------------------------------------------- contexts


class _JobContext(PlatformObject):
    """What a job learns of itself."""

    __slots__ = ("job_id",)

    def __init__(self, job_id: str | None = None) -> None:
        self.job_id = None if job_id is None else Id(job_id)

    def getJobId(self) -> Id | None:
        """The Id of the AsyncApexJob."""
        return self.job_id


@platform("System.QueueableContext", "System.QueueableContextImpl")
class QueueableContext(_JobContext):
    """``System.QueueableContext``."""

    __slots__ = ()


@platform("Database.BatchableContext", "Database.BatchableContextImpl")
class BatchableContext(_JobContext):
    """``Database.BatchableContext``."""

    __slots__ = ()

    def getChildJobId(self) -> Id | None:
        """The Id of the job that runs the chunk: chunks have no rows of their own in the embedded org."""
        return self.job_id


@platform("System.SchedulableContext", "System.SchedulableContextImpl")
class SchedulableContext(_JobContext):
    """``System.SchedulableContext``."""

    __slots__ = ()

    def getTriggerId(self) -> Id | None:
        """The Id of the CronTrigger."""
        return self.job_id


# ----------------------------------------------------------------------------------------- queueable


@platform("System.AsyncOptions")
class AsyncOptions(PlatformObject):
    """``System.AsyncOptions``."""

    def __init__(self) -> None:
        self.DuplicateSignature: QueueableDuplicateSignature | None = None
        self.MaximumQueueableStackDepth: int | None = None
        self.MinimumQueueableDelayInMinutes: int | None = None


@platform("System.QueueableDuplicateSignature")
class QueueableDuplicateSignature(PlatformObject):
    """The signature by which duplicate jobs are told."""

    __slots__ = ("text",)

    def __init__(self, text: str = "") -> None:
        self.text = text

    def toString(self) -> str:
        """The parts of the signature."""
        return self.text


_LARGEST_SIGNATURE = 8192


@platform("System.QueueableDuplicateSignature.Builder")
class SignatureBuilder(PlatformObject):
    """Builds a signature from texts, Ids and numbers."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts: list[str] = []

    def _add(self, value: Any) -> SignatureBuilder:
        if value is None:
            raise null_argument()
        self.parts.append(f"{types.name_of(value)}:{value}")
        return self

    def addString(self, value: str | None) -> SignatureBuilder:
        """Add a text."""
        return self._add(value)

    def addId(self, value: str | None) -> SignatureBuilder:
        """Add an Id."""
        return self._add(value)

    def addInteger(self, value: int | None) -> SignatureBuilder:
        """Add a number."""
        return self._add(value)

    def getSize(self) -> int:
        """The bytes that the parts take."""
        return len("|".join(self.parts).encode())

    def getMaxSize(self) -> int:
        """The bytes that a signature may take."""
        return _LARGEST_SIGNATURE

    def getRemainingSize(self) -> int:
        """The bytes that are left."""
        return _LARGEST_SIGNATURE - self.getSize()

    def build(self) -> QueueableDuplicateSignature:
        """The signature."""
        return QueueableDuplicateSignature("|".join(self.parts))


@native("System.QueueableDuplicateSignature.Builder()")
def signature_builder() -> SignatureBuilder:
    """A new builder, as code that calls it like a method makes it."""
    return SignatureBuilder()


@native("System.enqueueJob(Object)", context=True)
def enqueue_job(execution: Any, job: Any) -> Id:
    return _enqueue(execution, job, 0)


@native("System.enqueueJob(Object, Integer)", context=True)
def enqueue_job_later(execution: Any, job: Any, delay: int | None) -> Id:
    if delay is None:
        raise null_argument(2)
    return _enqueue(execution, job, delay)


@native("System.enqueueJob(Object, AsyncOptions)", context=True)
def enqueue_job_with(execution: Any, job: Any, options: AsyncOptions | None) -> Id:
    if options is None:
        raise null_argument(2)
    depth = options.MaximumQueueableStackDepth
    if depth is not None:
        if execution.context == "queueable":
            raise AsyncException("Cannot reset Maximum Queueable Stack Depth in a queueable")
        if depth < 0:
            raise InvalidParameterValueException("Stack depth must be greater than 0")
        if depth == 0:
            raise AsyncException("Maximum stack depth has been reached.")
    signature = options.DuplicateSignature
    if signature is not None:
        known: set[str] = execution.state.setdefault("job signatures", set())
        if signature.text in known:
            raise DuplicateMessageException("Attempt to enqueue job with duplicate queueable signature")
        known.add(signature.text)
    return _enqueue(execution, job, options.MinimumQueueableDelayInMinutes or 0, depth)


def _enqueue(execution: Any, job: Any, delay: int, depth: int | None = None) -> Id:
    if job is None:
        raise null_argument()
    if not implements(job, "System.Queueable"):
        raise TypeException(f"{types.name_of(job)} does not implement System.Queueable")
    if delay < 0:
        raise InvalidParameterValueException("Delay must be greater than or equal to 0 minutes")
    if delay > 10:
        raise InvalidParameterValueException("Delay must be less than or equal to 10 minutes")
    name = types.name_of(job)
    return Id(execution.enqueue(AsyncJob("queueable", name, None, job, delay_minutes=delay, max_depth=depth)))


def _in_queueable(execution: Any, method: str) -> None:
    if execution.context not in ("queueable", "finalizer"):
        raise AsyncException(f"{method} is not allowed outside a Queueable of Finalizer execution")


@native("AsyncInfo.getCurrentQueueableStackDepth", context=True)
def stack_depth(execution: Any) -> int:
    _in_queueable(execution, "getCurrentQueueableStackDepth")
    return int(execution.job.depth)


@native("AsyncInfo.getMaximumQueueableStackDepth", context=True)
def longest_chain(execution: Any) -> int | None:
    _in_queueable(execution, "getMaximumQueueableStackDepth")
    found: int | None = execution.job.max_depth
    return found


@native("AsyncInfo.hasMaxStackDepth", context=True)
def has_longest_chain(execution: Any) -> bool:
    _in_queueable(execution, "hasMaxStackDepth")
    return execution.job.max_depth is not None


@native("AsyncInfo.getMinimumQueueableDelayInMinutes", context=True)
def shortest_delay(execution: Any) -> int:
    _in_queueable(execution, "getMinimumQueueableDelayInMinutes")
    return int(execution.job.delay_minutes)


# ----------------------------------------------------------------------------------------- finalizers


@platform("System.FinalizerContext")
class FinalizerContext(_JobContext):
    """``System.FinalizerContext``: how the job ended that the finalizer is attached to."""

    __slots__ = ("failure",)

    def __init__(self, job_id: str | None = None, failure: ApexFailure | None = None) -> None:
        super().__init__(job_id)
        self.failure = failure

    def getAsyncApexJobId(self) -> Id | None:
        """The Id of the queueable job."""
        return self.job_id

    def getRequestId(self) -> str:
        """The request of the queueable job; here each job is one."""
        return "" if self.job_id is None else str(self.job_id)

    def getResult(self) -> EnumValue:
        """SUCCESS or UNHANDLED_EXCEPTION."""
        return enum("System.ParentJobResult")["SUCCESS" if self.failure is None else "UNHANDLED_EXCEPTION"]

    @contextual
    def getException(self, execution: Any) -> ApexException | None:
        """The exception that ended the job."""
        if self.failure is None:
            return None
        found: ApexException = execution.from_failure(self.failure)
        return found


@native("System.attachFinalizer", context=True)
def attach_finalizer(execution: Any, finalizer: Any) -> None:
    """One finalizer for the queueable job that runs ("Transaction Finalizers")."""
    if execution.context != "queueable":
        raise HandledException("System.attachFinalizer(Finalizer) is not allowed in this context")
    if finalizer is None:
        raise null_pointer("Argument cannot be null")
    if execution.finalizer is not None:
        raise HandledException("More than one Finalizer cannot be attached to same Async Apex Job")
    execution.finalizer = finalizer


# ----------------------------------------------------------------------------------------- scheduled

_FIELDS = (
    ("Seconds", 0, 59), ("Minutes", 0, 59), ("Hours", 0, 23), ("Day of month", 1, 31), ("Month", 1, 12),
    ("Day-of-Week", 1, 7), ("Year", 1970, 2099),
)  # fmt: skip
_NAMES = {
    name: number
    for names in (
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
        ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"),
    )
    for number, name in enumerate(names, 1)
}


def check_cron(text: str) -> None:
    """Refuse what is no cron expression. Follows the Apex Scheduler page of the Apex Developer Guide."""
    parts = text.split()
    if len(parts) < 6:
        if len(text.strip()) < 3:
            raise AsyncException(
                "Illegal cron expression format (java.lang.StringIndexOutOfBoundsException: begin 0, end 3, "
                f"length {len(text.strip())})"
            )
        raise AsyncException("Unexpected end of expression.")
    if len(parts) > 7:
        raise AsyncException(f"Illegal cron expression format: too many fields in {text}")
    if "?" in (parts[3], parts[5]):
        if parts[3] == parts[5]:
            raise AsyncException("'?' can only be specified for Day-of-Month -OR- Day-of-Week.")
    else:
        raise AsyncException(
            "Support for specifying both a day-of-week AND a day-of-month parameter is not implemented."
        )
    for part, (name, low, high) in zip(parts, _FIELDS, strict=False):
        _check_field(part.upper(), name, low, high)
    if not (parts[0].isdigit() and parts[1].isdigit()):
        raise AsyncException("Seconds and minutes must be specified as integers: " + text)


def _check_field(part: str, name: str, low: int, high: int) -> None:
    if part in ("?", "L", "LW"):
        return
    for item in part.split(","):
        span, _, step = item.partition("/")
        if step and not step.isdigit():
            raise AsyncException(f"Illegal cron expression: {part} in {name}")
        if span == "*":
            continue
        for bound in re.split(r"[-#]", span):
            number = _NAMES.get(bound.rstrip("LW"))
            digits = bound.rstrip("LW")
            if number is None and not digits.isdigit():
                raise AsyncException(f"Illegal characters for this position: '{bound}'")
            value = number if number is not None else int(digits)
            if not low <= value <= high:
                raise AsyncException(f"{name} values must be between {low} and {high}")


@native("System.schedule", context=True)
def schedule(execution: Any, name: str | None, cron: str | None, job: Any) -> str:
    """Schedule a Schedulable; the Id of its CronTrigger."""
    if name is None or cron is None or job is None:
        raise null_argument()
    check_cron(cron)
    scheduled: set[str] = execution.state.setdefault("scheduled names", set())
    if name in scheduled:
        raise AsyncException(f'The Apex job named "{name}" is already scheduled for execution.')
    scheduled.add(name)
    return str(execution.enqueue(AsyncJob("scheduled", types.name_of(job), None, job, cron=cron, name=name)))


@native("System.scheduleBatch(Object, String, Integer)", context=True)
def schedule_batch(execution: Any, batch: Any, name: str | None, minutes: int | None) -> str:
    return schedule_batch_scoped(execution, batch, name, minutes, 200)


@native("System.scheduleBatch(Object, String, Integer, Integer)", context=True)
def schedule_batch_scoped(execution: Any, batch: Any, name: str | None, minutes: int | None, scope: int | None) -> str:
    if batch is None or name is None or minutes is None or scope is None:
        raise null_argument()
    return enqueue_batch(execution, batch, scope, minutes, name)


@native("System.abortJob", context=True)
def abort_job(execution: Any, id: str | None) -> None:
    if id is None:
        raise null_argument()
    execution.abort_job(str(id))
