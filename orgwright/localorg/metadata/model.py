"""Options and results of deploys and retrieves, by the names of the Metadata API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from orgwright.localorg.store import forms


class TestLevel(StrEnum):
    """Which tests a deploy runs."""

    __test__ = False
    NO_TEST_RUN = "NoTestRun"
    RUN_SPECIFIED = "RunSpecifiedTests"
    RUN_LOCAL = "RunLocalTests"
    RUN_ALL = "RunAllTestsInOrg"
    RUN_RELEVANT = "RunRelevantTests"


class Status(StrEnum):
    """Where a deploy stands."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    SUCCEEDED_PARTIAL = "SucceededPartial"
    FAILED = "Failed"
    CANCELING = "Canceling"
    CANCELED = "Canceled"

    @property
    def done(self) -> bool:
        return self not in (Status.PENDING, Status.IN_PROGRESS, Status.CANCELING)


@dataclass(frozen=True)
class DeployOptions:
    """``DeployOptions`` of the Metadata API. ``test_level`` is ``None`` when the client names none.

    ``keep_invalid`` is our own: classes that do not compile stay in the org as invalid ones, as a
    dependency's change can leave them, instead of being taken out of it with all that uses them. ``tolerant``
    is our own too: what the org does not know in a component is left out of it, with a warning.
    """

    check_only: bool = False
    ignore_warnings: bool = False
    rollback_on_error: bool = True
    purge_on_delete: bool = False
    allow_missing_files: bool = False
    single_package: bool = True
    test_level: TestLevel | None = None
    run_tests: tuple[str, ...] = ()
    keep_invalid: bool = False
    tolerant: bool = False


@dataclass(frozen=True)
class Problem:
    """What is wrong with a component, and where in its file. ``unknown``: it says what the org does not know."""

    text: str
    line: int | None = None
    column: int | None = None
    warning: bool = False
    unknown: bool = False
    in_meta: bool = False
    """Whether the place is in the ``-meta.xml`` of a component that has content."""


@dataclass(frozen=True)
class DeployMessage:
    """What became of one component (``DeployMessage``)."""

    component_type: str
    full_name: str
    file_name: str
    success: bool
    created: bool = False
    changed: bool = False
    deleted: bool = False
    id: str | None = None
    problem: str | None = None
    problem_type: str | None = None
    line: int | None = None
    column: int | None = None
    in_meta: bool = False
    """Whether the place is in the ``-meta.xml`` of the file."""
    created_date: dt.datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """The message as REST shows it."""
        return {
            "changed": self.changed,
            "columnNumber": self.column,
            "componentType": self.component_type,
            "created": self.created,
            "createdDate": timestamp(self.created_date),
            "deleted": self.deleted,
            "fileName": self.file_name,
            "fullName": self.full_name,
            "id": self.id,
            "lineNumber": self.line,
            "problem": self.problem,
            "problemType": self.problem_type,
            "success": self.success,
        }


@dataclass(frozen=True)
class TestFailure:
    """A test method that failed."""

    __test__ = False
    class_id: str
    class_name: str
    method: str
    message: str
    stack: str
    milliseconds: float
    see_all_data: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.class_id,
            "message": self.message,
            "methodName": self.method,
            "name": self.class_name,
            "namespace": None,
            "packageName": self.class_name,
            "seeAllData": self.see_all_data,
            "stackTrace": self.stack,
            "time": float(self.milliseconds),
            "type": "Class",
        }


@dataclass(frozen=True)
class TestSuccess:
    """A test method that passed."""

    __test__ = False
    class_id: str
    class_name: str
    method: str
    milliseconds: float
    see_all_data: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.class_id,
            "methodName": self.method,
            "name": self.class_name,
            "namespace": None,
            "seeAllData": self.see_all_data,
            "time": float(self.milliseconds),
        }


@dataclass(frozen=True)
class CodeCoverage:
    """Coverage of one class or trigger: every line that counts, with the number of times it ran."""

    id: str
    name: str
    kind: str
    """``Class`` or ``Trigger``."""
    lines: Mapping[int, int] = field(default_factory=dict)

    @property
    def covered(self) -> list[int]:
        return sorted(line for line, hits in self.lines.items() if hits)

    @property
    def uncovered(self) -> list[int]:
        return sorted(line for line, hits in self.lines.items() if not hits)

    @property
    def percent(self) -> float:
        return 100.0 * len(self.covered) / len(self.lines) if self.lines else 100.0

    def to_dict(self) -> dict[str, Any]:
        return {
            "dmlInfo": [],
            "id": self.id,
            "locationsNotCovered": [
                {"column": 0, "line": line, "numExecutions": 0, "time": -1.0} for line in self.uncovered
            ],
            "methodInfo": [],
            "name": self.name,
            "namespace": None,
            "numLocations": len(self.lines),
            "numLocationsNotCovered": len(self.uncovered),
            "soqlInfo": [],
            "soslInfo": [],
            "type": self.kind,
        }


@dataclass(frozen=True)
class CoverageWarning:
    """A gate that coverage did not pass; ``name`` is ``None`` for the org as a whole."""

    message: str
    id: str | None = None
    name: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, "message": self.message, "name": self.name, "namespace": None}


@dataclass(frozen=True)
class TestResult:
    """``RunTestsResult``: what the tests of a deploy or a run came to."""

    __test__ = False
    successes: tuple[TestSuccess, ...] = ()
    failures: tuple[TestFailure, ...] = ()
    coverage: tuple[CodeCoverage, ...] = ()
    warnings: tuple[CoverageWarning, ...] = ()
    milliseconds: float = 0.0

    @property
    def number(self) -> int:
        return len(self.successes) + len(self.failures)

    def to_dict(self) -> dict[str, Any]:
        return {
            "apexLogId": None,
            "codeCoverage": [c.to_dict() for c in self.coverage],
            "codeCoverageWarnings": [w.to_dict() for w in self.warnings],
            "failures": [f.to_dict() for f in self.failures],
            "flowCoverage": [],
            "flowCoverageWarnings": [],
            "numFailures": len(self.failures),
            "numTestsRun": self.number,
            "successes": [s.to_dict() for s in self.successes],
            "totalTime": float(self.milliseconds),
        }


@dataclass(frozen=True)
class DeployResult:
    """``DeployResult`` of the Metadata API."""

    id: str
    status: Status
    options: DeployOptions
    created_by: str
    created_by_name: str
    created_date: dt.datetime
    start_date: dt.datetime | None = None
    completed_date: dt.datetime | None = None
    messages: tuple[DeployMessage, ...] = ()
    tests: TestResult = TestResult()
    tests_ran: bool = False
    components_total: int = 0
    error_message: str | None = None
    error_code: str | None = None
    canceled_by: str | None = None
    canceled_by_name: str | None = None
    state_detail: str | None = None

    @property
    def failures(self) -> list[DeployMessage]:
        return [m for m in self.messages if not m.success]

    @property
    def successes(self) -> list[DeployMessage]:
        return [m for m in self.messages if m.success]

    @property
    def deployed(self) -> int:
        """Components that are (or in a validation: would be) in the org."""
        return sum(1 for m in self.messages if m.success and m.full_name != "package.xml")

    @property
    def success(self) -> bool:
        return self.status in (Status.SUCCEEDED, Status.SUCCEEDED_PARTIAL)

    def with_(self, **changes: Any) -> DeployResult:
        return replace(self, **changes)

    def to_dict(self, details: bool = True) -> dict[str, Any]:
        """The result as REST shows it; without ``details`` the lists are left out."""
        found: dict[str, Any] = {
            "canceledBy": self.canceled_by,
            "canceledByName": self.canceled_by_name,
            "checkOnly": self.options.check_only,
            "completedDate": timestamp(self.completed_date),
            "createdBy": self.created_by,
            "createdByName": self.created_by_name,
            "createdDate": timestamp(self.created_date),
            "details": self._details() if details else None,
            "done": self.status.done,
            "errorMessage": self.error_message,
            "errorStatusCode": self.error_code,
            "id": self.id,
            "ignoreWarnings": self.options.ignore_warnings,
            "lastModifiedDate": timestamp(self.completed_date or self.start_date or self.created_date),
            "numberComponentErrors": len(self.failures),
            "numberComponentsDeployed": self.deployed,
            "numberComponentsTotal": self.components_total,
            "numberTestErrors": len(self.tests.failures),
            "numberTestsCompleted": len(self.tests.successes),
            "numberTestsTotal": self.tests.number,
            "rollbackOnError": self.options.rollback_on_error,
            "runTestsEnabled": self.tests_ran,
            "startDate": timestamp(self.start_date),
            "stateDetail": self.state_detail,
            "status": self.status.value,
            "success": self.success,
        }
        return found

    def _details(self) -> dict[str, Any]:
        return {
            "allComponentMessages": [],
            "componentFailures": [m.to_dict() for m in self.failures],
            "componentSuccesses": [m.to_dict() for m in self.successes],
            "retrieveResult": None,
            "runTestResult": self.tests.to_dict(),
        }


def timestamp(moment: dt.datetime | None) -> str | None:
    """A moment as REST writes it."""
    if moment is None:
        return None
    return forms.exact_text(moment)
