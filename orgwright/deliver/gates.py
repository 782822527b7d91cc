"""Run a connector's Apex tests in an org and hold them to Salesforce's gates.

The gates follow "Code Coverage Best Practices" of the Apex developer guide: all tests pass, 75 % of the lines are
covered, each trigger is touched. Ours are a little stricter: each class and trigger has to reach 75 % by itself, as
``RunSpecifiedTests`` demands in production.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from orgwright.errors import OrgwrightError, Place
from orgwright.org import OrgClient
from orgwright.org.tests import MethodResult, UnitCoverage


@dataclass(frozen=True)
class Gates:
    """What tests must reach, in per cent."""

    overall: float = 75.0
    each_unit: float = 75.0


@dataclass(frozen=True)
class TestReport:
    """A test run held to the gates. ``missed`` has a line for each gate that was missed."""

    __test__ = False

    methods: tuple[MethodResult, ...]
    coverage: tuple[UnitCoverage, ...]
    percent: float
    missed: tuple[str, ...]

    @property
    def passed(self) -> int:
        """Methods that passed."""
        return sum(1 for method in self.methods if method.passed)

    @property
    def failed(self) -> int:
        """Methods that did not."""
        return len(self.methods) - self.passed

    @property
    def lowest(self) -> UnitCoverage | None:
        """The unit with the least coverage."""
        return min(self.coverage, key=lambda unit: unit.percent, default=None)

    def summary(self) -> dict[str, Any]:
        """Figures for ``--json``; ``classes`` maps classes and triggers to their coverage in per cent."""
        return {
            "run": len(self.methods),
            "passed": self.passed,
            "failed": self.failed,
            "coverage": round(self.percent, 2),
            "classes": {unit.name: round(unit.percent, 2) for unit in self.coverage},
        }


class GatesMissed(OrgwrightError):
    """Tests failed, or covered too little."""

    exit_code = 1

    def __init__(self, org: str, report: TestReport) -> None:
        self.report = report
        super().__init__(
            "the tests miss a gate:\n  " + "\n  ".join(report.missed),
            where=Place(path=org),
            help="production refuses this: mend the class or its test, then run the command again",
        )


def run_tests(
    org: OrgClient, classes: Sequence[str], units: Sequence[str], *, gates: Gates | None = None
) -> TestReport:
    """Run test classes and measure the coverage of ``units`` (classes and triggers by name).

    The report tells which gates were missed; the caller decides whether that ends the work.
    """
    if not classes:
        return TestReport((), (), 100.0, ())
    run = org.tests.run(classes, units=units)
    coverage = _with_untouched(run.coverage, units)
    report = TestReport(run.methods, coverage, _percent(coverage), ())
    return TestReport(run.methods, coverage, report.percent, tuple(_missed(report, gates or Gates())))


def _with_untouched(coverage: tuple[UnitCoverage, ...], units: Sequence[str]) -> tuple[UnitCoverage, ...]:
    """The org has no coverage row for a unit that no test touched: that is a miss, not an absence."""
    seen = {unit.name for unit in coverage}
    untouched = tuple(UnitCoverage(name, "ApexClass", (), (), touched=False) for name in units if name not in seen)
    return (*coverage, *untouched)


def _percent(coverage: Sequence[UnitCoverage]) -> float:
    lines = sum(unit.lines for unit in coverage)
    return 100.0 * sum(len(unit.covered) for unit in coverage) / lines if lines else 100.0


def _missed(report: TestReport, gates: Gates) -> Iterator[str]:
    for method in report.methods:
        if not method.passed:
            yield f"{method.class_name}.{method.method}: {method.message or method.outcome}"
    if report.percent < gates.overall:
        yield f"coverage is {report.percent:.3g} %, at least {gates.overall:.3g} % is required"
    for unit in report.coverage:
        if not unit.touched:
            yield f"{unit.name}: no test touches it"
        elif unit.percent < gates.each_unit:
            yield f"{unit.name}: coverage is {unit.percent:.3g} %, at least {gates.each_unit:.3g} % is required"
