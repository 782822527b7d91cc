"""Apex test runs and their coverage, over the Tooling API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from orgwright.errors import OrgwrightError, Place
from orgwright.org.client import quote

if TYPE_CHECKING:
    from orgwright.org.client import OrgClient

_PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_IN_SIZE: Final = 100


@dataclass(frozen=True)
class MethodResult:
    """The outcome of one test method; ``seconds`` is its run time."""

    class_name: str
    method: str
    outcome: str
    message: str | None
    stack: str | None
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the method passed."""
        return self.outcome == "Pass"


@dataclass(frozen=True)
class UnitCoverage:
    """The lines of one class or trigger that the last test runs touched, and those they did not.

    ``touched`` is false for a unit that the org has no coverage of: no test went there, and its lines are unknown.
    """

    name: str
    kind: str
    covered: tuple[int, ...]
    uncovered: tuple[int, ...]
    touched: bool = True

    @property
    def lines(self) -> int:
        """Lines that count."""
        return len(self.covered) + len(self.uncovered)

    @property
    def percent(self) -> float:
        """Covered lines in per cent; a unit without lines that count is wholly covered."""
        if not self.touched:
            return 0.0
        return 100.0 * len(self.covered) / self.lines if self.lines else 100.0


@dataclass(frozen=True)
class TestRun:
    """A finished test run."""

    __test__ = False  # pytest: the name is Salesforce's

    methods: tuple[MethodResult, ...]
    coverage: tuple[UnitCoverage, ...]

    @property
    def failed(self) -> tuple[MethodResult, ...]:
        """Methods that did not pass."""
        return tuple(m for m in self.methods if not m.passed)

    @property
    def percent(self) -> float:
        """Coverage of all units together, in per cent."""
        lines = sum(u.lines for u in self.coverage)
        return 100.0 * sum(len(u.covered) for u in self.coverage) / lines if lines else 100.0


class TestRunFailed(OrgwrightError):
    """The org could not run the tests at all."""


@dataclass
class TestApi:
    """Runs Apex tests in one org. Follows "Running Apex Tests" of the Tooling API guide."""

    org: OrgClient

    def run(self, classes: Sequence[str], *, units: Sequence[str] = ()) -> TestRun:
        """Run whole test classes and read the coverage of ``units`` (classes and triggers by name)."""
        ids = self._class_ids(classes)
        job = self.org.post("/tooling/runTestsAsynchronous", json={"classids": ",".join(ids.values())})
        self._wait(str(job))
        return TestRun(self._methods(str(job)), self.coverage(units))

    def coverage(self, units: Sequence[str]) -> tuple[UnitCoverage, ...]:
        """Aggregate coverage of classes and triggers, by name; a unit that no test touched has no row."""
        found: list[UnitCoverage] = []
        for part in _parts(units):
            names = ", ".join(quote(name) for name in part)
            soql = (
                "SELECT ApexClassOrTriggerId, ApexClassOrTrigger.Name, Coverage FROM ApexCodeCoverageAggregate "
                f"WHERE ApexClassOrTrigger.Name IN ({names})"
            )
            found += [_unit(row) for row in self.org.query(soql, tooling=True)]
        return tuple(sorted(found, key=lambda unit: (unit.kind, unit.name)))

    def _class_ids(self, classes: Sequence[str]) -> dict[str, str]:
        ids: dict[str, str] = {}
        for part in _parts(classes):
            names = ", ".join(quote(name) for name in part)
            soql = f"SELECT Id, Name FROM ApexClass WHERE Name IN ({names})"
            ids.update({row["Name"]: row["Id"] for row in self.org.query(soql, tooling=True)})
        missing = sorted(set(classes) - set(ids))
        if missing:
            raise TestRunFailed(
                f"the org has no class {', '.join(missing)}",
                where=Place(path=self.org.connection.alias),
                help="deploy the connector first: orgwright up CONNECTOR --org ORG",
            )
        return ids

    def _wait(self, job: str) -> None:
        soql = f"SELECT Status FROM ApexTestQueueItem WHERE ParentJobId = {quote(job)}"
        attempt = 0
        while True:
            statuses = {row["Status"] for row in self.org.query(soql, tooling=True)}
            if statuses and statuses <= {"Completed", "Failed", "Aborted"}:
                return
            self.org.pause(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1

    def _methods(self, job: str) -> tuple[MethodResult, ...]:
        soql = (
            "SELECT ApexClass.Name, MethodName, Outcome, Message, StackTrace, RunTime FROM ApexTestResult "
            f"WHERE AsyncApexJobId = {quote(job)}"
        )
        methods = [
            MethodResult(
                class_name=row["ApexClass"]["Name"],
                method=row["MethodName"],
                outcome=row["Outcome"],
                message=row["Message"],
                stack=row["StackTrace"],
                seconds=(row["RunTime"] or 0) / 1000,
            )
            for row in self.org.query(soql, tooling=True)
        ]
        return tuple(sorted(methods, key=lambda m: (m.class_name, m.method)))


def _unit(row: dict[str, Any]) -> UnitCoverage:
    lines = row["Coverage"] or {}
    kind = "ApexTrigger" if row["ApexClassOrTriggerId"].startswith("01q") else "ApexClass"
    return UnitCoverage(
        name=row["ApexClassOrTrigger"]["Name"],
        kind=kind,
        covered=tuple(lines.get("coveredLines") or ()),
        uncovered=tuple(lines.get("uncoveredLines") or ()),
    )


def _parts(names: Sequence[str]) -> list[list[str]]:
    return [list(names[start : start + _IN_SIZE]) for start in range(0, len(names), _IN_SIZE)]
