"""What a comparison of a spec with an org says: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orgwright.plan.record import Record


class Cause(StrEnum):
    """What kind of thing is in the way of a deploy; ``--json`` prints it beside the reason in words."""

    EDITION = "edition"
    NO_APEX = "no-apex"
    TRIAL = "trial"
    LICENCE = "licence"
    SEATS = "seats"
    PROFILE = "profile"
    USER_LICENCE = "user-licence"
    PACKAGE = "package"
    PACKAGED = "packaged"
    OBJECT_MISSING = "object-missing"
    TOO_MANY_FIELDS = "too-many-fields"
    TOO_MANY_EXTERNAL_IDS = "too-many-external-ids"
    TOO_MANY_RELATIONSHIPS = "too-many-relationships"
    TOO_MANY_MASTERS = "too-many-masters"
    TOO_MANY_EVENTS = "too-many-events"
    TOO_MANY_OBJECTS = "too-many-objects"
    OTHER_CODE = "other-code"
    OTHER_CONNECTOR = "other-connector"
    CUSTOM_SETTING = "custom-setting"
    FORMULA = "formula"
    SUMMARY = "summary"
    TYPE = "type"
    TYPE_OF_EVENT_FIELD = "type-of-event-field"
    TYPE_OF_KEY = "type-of-key"
    TARGET = "target"
    VALUE_SET = "value-set"
    ROWS = "rows"
    ROWS_WITHOUT_PARENT = "rows-without-parent"
    TOO_LONG = "too-long"
    TOO_LARGE = "too-large"
    TWICE = "twice"
    RELATIONSHIP_NAME = "relationship-name"
    CONNECTED_APP = "connected-app"


@dataclass(frozen=True)
class Reason:
    """Why a change cannot be made: its kind, and in words."""

    cause: Cause
    text: str


@dataclass(frozen=True, order=True)
class Difference:
    """One thing that is otherwise in the org than in the spec.

    ``component`` is what it is about (``Account.Gentrack_External_Id__c``), ``attribute`` what of it differs (``length``);
    ``presence`` when the org does not have it at all. ``expected`` is the spec's value, ``actual`` the org's (None: absent).
    """

    kind: str
    component: str
    attribute: str
    expected: str
    actual: str | None = None

    def __str__(self) -> str:
        if self.attribute == "presence":
            return f"{self.component}: not in the org ({self.expected})"
        actual, expected = self.actual or "nothing", self.expected or "nothing"
        return f"{self.component}: {self.attribute} is {actual} in the org, {expected} in the spec"

    def as_dict(self) -> dict[str, Any]:
        """The difference as ``--json`` prints it."""
        return {
            "kind": self.kind,
            "component": self.component,
            "attribute": self.attribute,
            "expected": self.expected,
            "actual": self.actual,
        }


@dataclass(frozen=True)
class Validation:
    """How many things were compared, and what differs."""

    checked: int
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()
    """What people should know: advised packages, rates that do not fit."""

    @property
    def valid(self) -> bool:
        """Whether the org is as the spec says."""
        return not self.differences


@dataclass(frozen=True)
class Change:
    """What a deploy of the spec would do to one component, and why it cannot when it is in the way.

    ``summary`` is what it is, in a word (``Text(64)``); ``type`` its metadata type, empty for what is none (a user, an edition);
    ``cause`` what kind of thing ``reason`` is.
    """

    kind: str
    component: str
    differences: tuple[Difference, ...] = ()
    reason: str | None = None
    summary: str = ""
    type: str = ""
    cause: Cause | None = None

    def as_dict(self) -> dict[str, Any]:
        """The change as ``--json`` prints it."""
        return {
            "kind": self.kind,
            "type": self.type or None,
            "component": self.component,
            "is": self.summary or None,
            "differences": [difference.as_dict() for difference in self.differences],
            "cause": self.cause and str(self.cause),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Foreseen:
    """What a deploy of the spec would do: create, change, leave alone; what Salesforce would refuse is in the way.

    ``destroy`` is what an earlier apply created and the spec no longer has. ``notes`` say what could not be found out.
    ``seen`` are digests of all that the org showed, by what they are about: an org that shows others has moved.
    ``record`` is what this apply would keep in the org, ``record_changed`` whether that is news to it.
    """

    create: tuple[Change, ...] = ()
    change: tuple[Change, ...] = ()
    same: tuple[Change, ...] = field(default=())
    in_the_way: tuple[Change, ...] = ()
    destroy: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    seen: Mapping[str, str] = field(default_factory=dict)
    record: Record | None = None
    record_changed: bool = False

    @property
    def empty(self) -> bool:
        """Whether the org is as the spec says."""
        return not (self.create or self.change or self.in_the_way or self.destroy)
