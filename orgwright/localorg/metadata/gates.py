"""Which tests a deploy runs, and what must come of them ("Code Coverage Best Practices", "Run a Subset of Tests")."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orgwright.localorg.jobs.runner import Selection, run_tests
from orgwright.localorg.metadata.model import CodeCoverage, CoverageWarning, DeployOptions, TestLevel, TestResult

if TYPE_CHECKING:
    from orgwright.localorg.apexhost.program import Built
    from orgwright.localorg.metadata.deploy import Attempt
    from orgwright.localorg.metadata.package import Package
    from orgwright.localorg.org import Org, OrgKind

REQUIRED = 75.0
_APEX = ("ApexClass", "ApexTrigger")


class InvalidOptions(Exception):
    """Options that the org refuses at once; ``code`` is Salesforce's exception code."""

    def __init__(self, message: str, code: str = "INVALID_OPERATION") -> None:
        super().__init__(message)
        self.message, self.code = message, code


@dataclass(frozen=True)
class Level:
    """A test level with the classes named for it."""

    level: TestLevel
    classes: tuple[str, ...] = ()


def check_options(kind: OrgKind, options: DeployOptions) -> None:
    """Refuse options that such an org does not take."""
    production = kind == "production"
    if production and options.test_level is TestLevel.NO_TEST_RUN:
        raise InvalidOptions("testLevel of NoTestRun cannot be used in production organizations")
    if production and not options.rollback_on_error:
        raise InvalidOptions("rollbackOnError must be set to true when deploying to a production organization")
    if options.run_tests and options.test_level not in (None, TestLevel.RUN_SPECIFIED):
        raise InvalidOptions("runTests can be used only with a testLevel of RunSpecifiedTests")
    if options.test_level is TestLevel.RUN_SPECIFIED and not options.run_tests:
        raise InvalidOptions("A testLevel of RunSpecifiedTests requires at least one test in runTests")


def effective_level(kind: OrgKind, package: Package, options: DeployOptions) -> Level | None:
    """The tests to run; ``None`` for none. Production with Apex and no level runs local tests."""
    if options.test_level is TestLevel.NO_TEST_RUN:
        return None
    if options.test_level is not None:
        return Level(options.test_level, options.run_tests)
    if options.run_tests:
        return Level(TestLevel.RUN_SPECIFIED, options.run_tests)
    if kind == "production" and has_apex(package):
        return Level(TestLevel.RUN_LOCAL)
    return None


def has_apex(package: Package) -> bool:
    """Whether the package brings or deletes Apex."""
    return any(item.type in _APEX for item in package.items) or any(
        deletion.type in _APEX for deletion in (*package.before, *package.after)
    )


def run(copy: Org, user_id: str, level: Level, package: Package, attempt: Attempt) -> TestResult:
    """Run the tests of a level in an org and judge them."""
    if attempt.built is None:
        return TestResult()
    result = run_tests(copy, user_id, attempt.built, _selection(level, package, attempt.built))
    return replace(result, warnings=tuple(judge(level, package, result)) if not result.failures else ())


def _selection(level: Level, package: Package, built: Built) -> Selection:
    if level.level is TestLevel.RUN_SPECIFIED:
        return Selection(classes=level.classes)
    if level.level is not TestLevel.RUN_RELEVANT:
        return Selection()
    changed = {item.name.lower() for item in package.items if item.type in _APEX}
    relevant = []
    for (kind, name), unit in built.units.items():
        body = unit.source.body.lower()
        if kind == "class" and (name in changed or any(one in body for one in changed)):
            relevant.append(unit.source.name)
    return Selection(classes=tuple(relevant))


def judge(level: Level, package: Package, result: TestResult) -> list[CoverageWarning]:
    """The gates that coverage did not pass."""
    counted = [c for c in result.coverage if c.lines]
    if level.level is TestLevel.RUN_SPECIFIED:
        mine = {(item.type.removeprefix("Apex"), item.name.lower()) for item in package.items if item.type in _APEX}
        found = (_selected(c) for c in counted if (c.kind, c.name.lower()) in mine)
        return [warning for warning in found if warning is not None]
    warnings = []
    lines = sum(len(c.lines) for c in counted)
    if lines:
        average = 100.0 * sum(len(c.covered) for c in counted) / lines
        if average < REQUIRED:
            text = (
                f"Average test coverage across all Apex Classes and Triggers is {math.floor(average)}%, "
                "at least 75% test coverage is required."
            )
            warnings.append(CoverageWarning(text))
    for one in counted:
        if one.kind == "Trigger" and not one.covered:
            warnings.append(_warning(one, "1%"))
    return warnings


def _selected(one: CodeCoverage) -> CoverageWarning | None:
    if one.kind == "Trigger" and not one.covered:
        return _warning(one, "1%")
    return _warning(one, "75%") if one.percent < REQUIRED else None


def _warning(one: CodeCoverage, required: str) -> CoverageWarning:
    percent = f"{one.percent:.3f}".rstrip("0").rstrip(".")
    text = f"Test coverage of selected Apex {one.kind} is {percent}%, at least {required} test coverage is required"
    return CoverageWarning(text, one.id, one.name)
