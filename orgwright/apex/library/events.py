"""``EventBus`` and the trigger context of platform events (Platform Events Developer Guide)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orgwright.apex.library.dmlresults import SaveResult, result_list
from orgwright.apex.library.registry import find_class, native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import ApexException, NotSupported, TypeException, null_pointer
from orgwright.apex.runtime.tokens import SObjectType
from orgwright.apex.runtime.values import Long, PlatformObject, has_method

_OF_EVENTS = ("replayid", "eventuuid")
"""Fields that every platform event has, Salesforce's own ones too."""


def change_header(given: Mapping[str, Any]) -> Any:
    """``eventbus.ChangeEventHeader`` from the header that the org made, whose names begin in lower case."""
    made = find_class("eventbus.ChangeEventHeader")
    assert made is not None
    header = made()
    for name, value in given.items():
        if isinstance(value, list):
            value = List(types.list_of(types.STRING), list(value))
        elif name in ("commitNumber", "commitTimestamp"):
            value = Long(value)
        setattr(header, name[0].upper() + name[1:], value)
    return header


@native("EventBus.publish(SObject)", context=True)
def publish_one(execution: Any, event: Any) -> SaveResult:
    if event is None:
        raise null_pointer()
    found: SaveResult = _publish(execution, [event]).items[0]
    return found


@native("EventBus.publish(List<SObject>)", context=True)
def publish(execution: Any, events: List | None) -> List:
    if events is None:
        raise null_pointer()
    return _publish(execution, events.items)


@native("EventBus.publish(SObject, Object)", "EventBus.publish(List<SObject>, Object)", context=True)
def publish_with_callback(execution: Any, events: Any, callback: Any) -> Any:
    """In a test the callback hears of the events when they are delivered or failed ("Get the Result of Event Publishing")."""
    if events is None or callback is None:
        raise null_pointer()
    if not execution.in_test:
        raise NotSupported("EventBus.publish with a callback outside of a test")
    many = isinstance(events, List)
    rows = events.items if many else [events]
    found = _publish(execution, rows)
    uuids = tuple(
        row.fields.get("EventUuid") for row, result in zip(rows, found.items, strict=True) if result.isSuccess()
    )
    execution.state.setdefault("event callbacks", []).append((callback, uuids))
    return found if many else found.items[0]


@native("EventBus.getOperationId")
def operation_id(result: SaveResult | None) -> str | None:
    """The UUID of the publication that a result tells of."""
    if result is None:
        raise null_pointer()
    return next((error.message for error in result.outcome.errors if error.code == "OPERATION_ENQUEUED"), None)


class _PublishResult(PlatformObject):
    """Which events a callback is told of."""

    __slots__ = ("uuids",)

    def __init__(self, uuids: tuple[str, ...] = ()) -> None:
        self.uuids = uuids

    def getEventUuids(self) -> List:
        """The ``EventUuid`` of each."""
        return List(types.list_of(types.STRING), list(self.uuids))


@platform("eventbus.SuccessResult")
class SuccessResult(_PublishResult):
    """``eventbus.SuccessResult``."""

    __slots__ = ()


@platform("eventbus.FailureResult")
class FailureResult(_PublishResult):
    """``eventbus.FailureResult``."""

    __slots__ = ()


def tell_callbacks(execution: Any, *, delivered: bool) -> None:
    """Call the callbacks of the events that were published so far, once."""
    method, made = ("onSuccess", SuccessResult) if delivered else ("onFailure", FailureResult)
    for callback, uuids in execution.state.pop("event callbacks", ()):
        if uuids and has_method(callback, method, 1):
            execution.invoke(callback, method, made(uuids))


def _publishable(token: SObjectType) -> bool:
    """Whether code may publish events of the type: its own, and of Salesforce's those that can be created."""
    info = token.info
    if info is None or not info.createable:
        return token.name.endswith("__e")
    return token.name.endswith("__e") or all(name in info.fields for name in _OF_EVENTS)


def _publish(execution: Any, events: list[Any]) -> List:
    for event in events:
        if event is None:
            raise null_pointer()
        if not _publishable(event.sobject_type):
            raise TypeException(f"DML operation EventBus.publish not allowed on {event.sobject_type.name}")
    return result_list(SaveResult, execution.publish(events))


@platform("eventbus.RetryableException")
class RetryableException(ApexException):
    """``eventbus.RetryableException``: thrown by a subscriber that wants its events again."""

    apex_type = "eventbus.RetryableException"


@platform("eventbus.InvalidReplayIdException")
class InvalidReplayIdException(ApexException):
    """``eventbus.InvalidReplayIdException``: a checkpoint that is none of the trigger's events."""

    apex_type = "eventbus.InvalidReplayIdException"


@platform("eventbus.TriggerContext")
class TriggerContext(PlatformObject):
    """``eventbus.TriggerContext``: how often a batch of events was tried, and where to go on.

    ``point`` is the host's savepoint of the last checkpoint: what was done up to there stays if the trigger fails.
    """

    __slots__ = ("_checkpoint", "_execution", "lastError", "point", "retries")

    def __init__(self, execution: Any, retries: int | None, last_error: str | None) -> None:
        self._execution = execution
        self.retries, self.lastError = retries, last_error
        self._checkpoint: str | None = None
        self.point: object = None

    def getResumeCheckpoint(self) -> str | None:
        """The replay id of the last event that was dealt with."""
        return self._checkpoint

    def setResumeCheckpoint(self, replay_id: str | None) -> None:
        """Go on behind that event, in the next run of the trigger."""
        known = {str(row.fields.get("ReplayId")) for row in self._execution.trigger.new.items}
        if replay_id is None or replay_id not in known:
            raise InvalidReplayIdException(f"Invalid Replay ID: {replay_id}")
        self._checkpoint = replay_id
        self.point = self._execution.host.savepoint()


def prepare(execution: Any, retries: int, last_error: str | None) -> TriggerContext:
    """Give the event trigger that is about to run its context."""
    made = execution.state["event context"] = TriggerContext(execution, retries, last_error)
    return made


@native("eventbus.TriggerContext.currentContext", context=True)
def current_context(execution: Any) -> TriggerContext | None:
    """The context of the running event trigger; null elsewhere. ``execution.state["event context"]`` keeps it."""
    trigger = execution.trigger
    if trigger is None or not trigger.sobject.lower().endswith(("__e", "changeevent")):
        return None
    found = execution.state.get("event context")
    return found if isinstance(found, TriggerContext) else prepare(execution, 0, None)
