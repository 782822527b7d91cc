"""What a workflow did, as plain values and as the one JSON object of ``--json``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from orgwright.deliver import Deployment, TestReport
from orgwright.deliver.access import AccessGiven
from orgwright.plan import Validation
from orgwright.sync import SeedResult


@dataclass(frozen=True)
class Step:
    """A step that was done: its name, what it did in one line, how long it took."""

    name: str
    text: str
    seconds: float


@dataclass(frozen=True)
class UpResult:
    """Everything that ``up`` did, as far as it came. ``reason`` says why it did not end well."""

    connector: str
    org: str
    status: Literal["ok", "failed"] = "failed"
    steps: tuple[Step, ...] = ()
    deployment: Deployment | None = None
    access: AccessGiven | None = None
    tests: TestReport | None = None
    validation: Validation | None = None
    seed: SeedResult | None = None
    report: str | None = None
    reason: str | None = None

    @property
    def seconds(self) -> float:
        """How long all steps took."""
        return sum(step.seconds for step in self.steps)

    def with_step(self, name: str, text: str, seconds: float) -> UpResult:
        """The result with one more step."""
        return replace(self, steps=(*self.steps, Step(name, text, seconds)))

    def summary(self) -> dict[str, Any]:
        """The object that ``--json`` prints; a part that was not reached is ``null``."""
        return {
            "status": self.status,
            "org": self.org,
            "components": self.deployment and self.deployment.counts(),
            "tests": self.tests and self.tests.summary(),
            "data_model": self.validation and _data_model(self.validation),
            "rows": self.seed and _rows(self.seed),
            "report": self.report,
            "seconds": round(self.seconds, 3),
            **({"reason": self.reason} if self.reason else {}),
        }


def _data_model(validation: Validation) -> dict[str, Any]:
    return {"checked": validation.checked, "differences": [d.as_dict() for d in validation.differences]}


def _rows(seed: SeedResult) -> dict[str, Any]:
    return {
        "sent": seed.sent,
        "created": seed.created,
        "updated": seed.updated,
        "failed": seed.failed,
        "state": seed.state,
        "failed_rows": [str(path) for path in seed.failed_rows],
        "events": seed.events,
    }
