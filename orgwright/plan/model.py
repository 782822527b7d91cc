"""What a comparison of a spec with an org says: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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

    @property
    def valid(self) -> bool:
        """Whether the org is as the spec says."""
        return not self.differences


@dataclass(frozen=True)
class Change:
    """What a deploy of the spec would do to one component, and why it cannot when it is in the way."""

    kind: str
    component: str
    differences: tuple[Difference, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Foreseen:
    """What a deploy of the spec would do: create, change, leave alone; what Salesforce would refuse is in the way."""

    create: tuple[Change, ...] = ()
    change: tuple[Change, ...] = ()
    same: tuple[Change, ...] = field(default=())
    in_the_way: tuple[Change, ...] = ()
