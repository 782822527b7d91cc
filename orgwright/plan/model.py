"""What a comparison of a spec with an org says: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orgwright.plan.record import Record


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

    ``summary`` is what it is, in a word (``Text(64)``); ``type`` its metadata type, empty for what is none (a user, an edition).
    """

    kind: str
    component: str
    differences: tuple[Difference, ...] = ()
    reason: str | None = None
    summary: str = ""
    type: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The change as ``--json`` prints it."""
        return {
            "kind": self.kind,
            "type": self.type or None,
            "component": self.component,
            "is": self.summary or None,
            "differences": [difference.as_dict() for difference in self.differences],
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
