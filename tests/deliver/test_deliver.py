"""Deploys stop at the first stage that is refused; gates are held; the service user is made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orgwright import spec
from orgwright.deliver import DeployFailed, deploy, run_tests
from orgwright.deliver.access import AccessRefused, give_access
from orgwright.metadata.component import Component
from orgwright.org import ApiError, Connection, RowResult, Secret
from orgwright.org.metadata import DeployMessage, DeployOptions, DeployResult
from orgwright.org.tests import MethodResult, TestRun, UnitCoverage

CONNECTION = Connection("uat", "https://uat.example", Secret("t"), "00D", "me@x.y")
FIELD = Component("CustomField", "Account.A__c", b"<CustomField xmlns='http://soap.sforce.com/2006/04/metadata'/>")


class FakeOrg:
    """An org that deploys and tests as it is told, and remembers what it was asked."""

    connection = CONNECTION

    def __init__(self, results: list[DeployResult] | None = None, run: TestRun | None = None) -> None:
        self.results, self.run_result = results or [], run
        self.options: list[DeployOptions] = []
        self.metadata = self.tests = self

    def deploy(self, package: bytes, options: DeployOptions, **_: object) -> DeployResult:
        self.options.append(options)
        return self.results.pop(0)

    def run(self, classes: object, *, units: object) -> TestRun:
        assert self.run_result is not None
        return self.run_result


def result(success: bool, *messages: DeployMessage, **more: Any) -> DeployResult:
    status = "Succeeded" if success else "Failed"
    failures = () if success else messages
    return DeployResult("0Af1", status, success, False, None, messages if success else (), failures, **more)


def message(name: str, *, created: bool = False, changed: bool = False, **more: Any) -> DeployMessage:
    return DeployMessage("CustomField", name, f"objects/{name}", created, changed, False, **more)


def test_components_are_counted_over_all_stages() -> None:
    org = FakeOrg([result(True, message("A", changed=True)), result(True, message("B", created=True), message("C"))])
    done = deploy(org, [[FIELD], [FIELD]], DeployOptions(test_level="RunLocalTests"))  # type: ignore[arg-type]
    assert done.counts() == {"created": 1, "changed": 1, "unchanged": 1}
    assert [options.test_level for options in org.options] == [None, "RunLocalTests"]


def test_refused_stage_stops_the_work_and_names_everything() -> None:
    refused = result(
        False, message("B", problem="Variable does not exist: x", line=3, column=7), warnings=("too little",)
    )
    org = FakeOrg([refused, result(True)])
    with pytest.raises(DeployFailed) as caught:
        deploy(org, [[FIELD], [FIELD]], DeployOptions())  # type: ignore[arg-type]
    assert caught.value.problems == ("CustomField B (3:7): Variable does not exist: x", "too little")
    assert caught.value.exit_code == 1
    assert len(org.options) == 1


def test_empty_stages_are_not_sent() -> None:
    org = FakeOrg([result(True)])
    deploy(org, [[], [FIELD]], DeployOptions())  # type: ignore[arg-type]
    assert len(org.options) == 1


def unit(name: str, covered: int, uncovered: int, kind: str = "ApexClass") -> UnitCoverage:
    return UnitCoverage(name, kind, tuple(range(covered)), tuple(range(covered, covered + uncovered)))


def method(outcome: str = "Pass", message: str | None = None) -> MethodResult:
    return MethodResult("ATest", "works", outcome, message, None, 0.01)


@pytest.mark.parametrize(
    ("run", "units", "missed"),
    [
        (TestRun((method(),), (unit("A", 3, 1),)), ["A"], ()),
        (TestRun((method("Fail", "boom"),), (unit("A", 4, 0),)), ["A"], ("ATest.works: boom",)),
        (
            TestRun((method(),), (unit("A", 74, 26),)),
            ["A"],
            ("coverage is 74 %, at least 75 % is required", "A: coverage is 74 %, at least 75 % is required"),
        ),
        (
            TestRun((method(),), (unit("A", 100, 0), unit("B", 1, 1))),
            ["A", "B"],
            ("B: coverage is 50 %, at least 75 % is required",),
        ),
        (TestRun((method(),), (unit("A", 4, 0),)), ["A", "T"], ("T: no test touches it",)),
    ],
)
def test_gates(run: TestRun, units: list[str], missed: tuple[str, ...]) -> None:
    assert run_tests(FakeOrg(run=run), ["ATest"], units).missed == missed  # type: ignore[arg-type]


def test_unit_that_no_test_touches_is_the_lowest() -> None:
    report = run_tests(FakeOrg(run=TestRun((method(),), (unit("A", 4, 0),))), ["ATest"], ["A", "T"])  # type: ignore[arg-type]
    assert report.lowest is not None
    assert (report.lowest.name, report.lowest.percent) == ("T", 0.0)


PERMISSION_SETS = ("Gentrack_Connector", "Gentrack_Data", "Gentrack_Failures", "Gentrack_Bypass")


class UserOrg:
    """An org as far as users go."""

    connection = CONNECTION

    def __init__(self, *, refuse: str | None = None) -> None:
        self.refuse = refuse
        self.users: list[dict[str, Any]] = []
        self.assigned: list[dict[str, Any]] = []

    def query(self, soql: str) -> Iterator[dict[str, Any]]:
        if "FROM User WHERE" in soql and "TimeZoneSidKey" in soql:
            rows = [
                {
                    "TimeZoneSidKey": "GMT",
                    "LocaleSidKey": "en_US",
                    "LanguageLocaleKey": "en_US",
                    "EmailEncodingKey": "UTF-8",
                }
            ]
        elif "FROM User WHERE" in soql:
            rest = {"IsActive": True, "Profile": {"Name": "Standard User"}}
            rows = [
                {"Id": "005x", "Email": user.get("Email"), **rest}
                for user in [*self.users, {"Username": "me@x.y"}]
                if user["Username"] in soql
            ]
        elif "FROM PermissionSetAssignment" in soql:
            rows = list(self.assigned)
        elif "FROM PermissionSet" in soql:
            rows = [{"Id": f"0PS{name}", "Name": name} for name in PERMISSION_SETS if f"'{name}'" in soql]
        else:
            rows = [{"Id": "00e1"}]
        return iter(rows)

    def create(self, sobject: str, record: dict[str, Any]) -> str:
        if self.refuse:
            raise ApiError("no", code=self.refuse, status=400)
        self.users.append(record)
        return "005x"

    def create_all(self, records: list[dict[str, Any]]) -> list[RowResult]:
        self.assigned += records
        return [RowResult("0Pa", True, ()) for _ in records]


def connector() -> Any:
    return spec.load(spec.find("gentrack", Path(__file__).parents[2]), {"domain": "acme.example"})


def test_service_user_is_made_once() -> None:
    org = UserOrg()
    first = give_access(org, connector())  # type: ignore[arg-type]
    again = give_access(org, connector())  # type: ignore[arg-type]
    assert first.user_created
    assert not again.user_created
    assert org.users[0]["Username"] == "gcis-salesforce-sales-cloud-connector@acme.example"
    assert org.users[0]["TimeZoneSidKey"] == "GMT"


@pytest.mark.parametrize(
    ("code", "help"), [("DUPLICATE_USERNAME", "unique across all"), ("LICENSE_LIMIT_EXCEEDED", "licence")]
)
def test_refused_user_is_told_with_what_to_do(code: str, help: str) -> None:
    with pytest.raises(AccessRefused, match=code) as caught:
        give_access(UserOrg(refuse=code), connector())  # type: ignore[arg-type]
    assert help in (caught.value.help or "")
