"""The sf CLI on Apex: anonymous blocks, test runs, logs."""

from __future__ import annotations

import time
from typing import Any

import pytest

from orgwright.localorg.control import OrgAccess
from tests.clients.conftest import Sf

covers = pytest.mark.covers


def block(sf: Sf, source: str) -> str:
    (sf.project / "block.apex").write_text(source)
    return "apex run --file block.apex"


@covers("sf", "apex run")
def test_anonymous_blocks_run_and_log(sf: Sf) -> None:
    done = sf.run(block(sf, "Integer i = 20;\nSystem.debug('i is ' + (i + 1));")).result
    assert done["success"] and "|USER_DEBUG|[2]|DEBUG|i is 21" in done["logs"]
    broken = sf.run(block(sf, "Integer i = 'x';"), code=1).json
    assert "Illegal assignment from String to Integer" in str(broken)
    thrown = sf.run(block(sf, "Account a = null;\na.Name = 'x';"), code=1).json
    assert "System.NullPointerException: Attempt to de-reference a null object" in str(thrown)


@covers("sf", "apex run test", "apex get test")
def test_test_runs(sf: Sf, deployed: Any) -> None:
    here = sf.run("apex run test --synchronous --code-coverage --class-names AdderTest").result
    assert (here["summary"]["outcome"], here["summary"]["testsRan"]) == ("Passed", 1)
    waited = sf.run("apex run test --test-level RunLocalTests --wait 5 --code-coverage").result
    coverage = {one["name"]: one["coveredPercent"] for one in waited["coverage"]["coverage"]}
    assert coverage["Adder"] == 75
    method = sf.run("apex run test --tests AdderTest.adds --wait 5").result
    assert [one["FullName"] for one in method["tests"]] == ["AdderTest.adds"]
    later = sf.run("apex run test --class-names AdderTest --code-coverage").result
    line = f"apex get test --test-run-id {later['testRunId']} --code-coverage"
    found = sf.run(line).result
    assert found["summary"]["outcome"] == "Passed" and "orgWideCoverage" in found["summary"]
    again = found["coverage"]["coverage"]
    assert [(one["name"], one["lines"]) for one in again] == [("Adder", {"2": 1, "3": 1, "4": 0, "6": 1})]
    shown = sf.run(line, as_json=False).out.partition("Apex Code Coverage by Class")[2]
    assert any(one.split()[:2] == ["Adder", "75%"] for one in shown.splitlines()), shown


@covers("sf", "apex list log", "apex get log")
def test_logs_of_who_is_traced(sf: Sf, dev: OrgAccess) -> None:
    level = sf.run("data create record -t -s DebugLevel", "-v", "DeveloperName=Cli MasterLabel=Cli ApexCode=DEBUG")
    flag = f"TracedEntityId={dev.user_id} DebugLevelId={level.result['id']} LogType=DEVELOPER_LOG"
    traced = sf.run("data create record -t -s TraceFlag", "-v", flag).result["id"]
    sf.run(block(sf, "System.debug('traced');"))
    logs = sf.run("apex list log").result
    assert len(logs) == 1 and logs[0]["LogUser"]["Name"] == "User User"
    (log,) = sf.run("apex get log --number 1").result
    assert "|USER_DEBUG|[1]|DEBUG|traced" in log["log"]
    sf.run(f"data delete record -t -s TraceFlag -i {traced}")


@covers("sf", "apex tail log")
def test_logs_are_shown_as_they_are_written(sf: Sf, dev: OrgAccess) -> None:
    with sf.started("apex tail log") as tail:
        deadline = time.monotonic() + 60
        while "|tailed" not in tail.shown and time.monotonic() < deadline:
            sf.run(block(sf, "System.debug('tailed');"))
    assert "|USER_DEBUG|[1]|DEBUG|tailed" in tail.shown, tail.shown


@covers("sf", "logic run test")
def test_runs_of_all_kinds_of_tests(sf: Sf, deployed: Any) -> None:
    found = sf.run("logic run test --test-level RunLocalTests --wait 5").result
    assert (found["summary"]["outcome"], found["summary"]["testsRan"]) == ("Passed", 1)
