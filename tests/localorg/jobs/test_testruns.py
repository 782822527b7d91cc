"""Test runs: setup, selection, outcomes, coverage that is kept."""

from __future__ import annotations

import pytest

from orgwright.localorg.jobs import testruns
from orgwright.localorg.jobs.runner import Selection
from orgwright.localorg.metadata.model import TestResult
from orgwright.localorg.org import Org
from tests.localorg.deploying import apex, deploy, make_org

BROKEN_SETUP = (
    "@IsTest\nprivate class BadSetup {\n    @TestSetup\n    static void make() { Integer i = 1 / 0; }\n"
    "    @IsTest\n    static void a() {}\n    @IsTest\n    static void b() {}\n}"
)
STATICS = (
    "@IsTest\nprivate class Statics {\n    static Integer n = 0;\n    @TestSetup\n    static void make() { n = 5; insert new Account(Name = 's'); }\n"
    "    @IsTest\n    static void a() { n++; System.assertEquals(1, n); insert new Account(Name = 'a'); }\n"
    "    @IsTest\n    static void b() { n++; System.assertEquals(1, n); System.assertEquals(1, [SELECT COUNT() FROM Account]); }\n}"
)
PLAIN = "public class Plain {}"
JOB = (
    "public class RolledBack implements Queueable {\n"
    "    public void execute(QueueableContext context) { insert new Account(Name = 'job'); }\n}"
)
ROLLED_BACK = """\
@IsTest
private class RolledBackTest {
    @IsTest
    static void jobsOfWhatIsUndoneDoNotRun() {
        Test.startTest();
        System.Savepoint before = Database.setSavepoint();
        System.enqueueJob(new RolledBack());
        Database.rollback(before);
        Test.stopTest();
        System.assertEquals(0, [SELECT COUNT() FROM Account]);
    }
    @IsTest
    static void othersDo() {
        Test.startTest();
        System.enqueueJob(new RolledBack());
        Test.stopTest();
        System.assertEquals(1, [SELECT COUNT() FROM Account]);
    }
}
"""


@pytest.fixture(scope="module")
def org() -> Org:
    made = make_org()
    files = {**apex("BadSetup", BROKEN_SETUP), **apex("Statics", STATICS), **apex("Plain", PLAIN)}
    assert deploy(made, files, {"ApexClass": ["BadSetup", "Statics", "Plain"]})["success"]
    return made


def run(org: Org, *classes: str, **methods: tuple[str, ...]) -> TestResult:
    selection = Selection(classes=classes, methods={name.lower(): value for name, value in methods.items()})
    return testruns.of(org).run_now(org.record.admin_id, selection)


def test_a_failing_setup_fails_every_method(org: Org) -> None:
    result = run(org, "BadSetup")
    assert [(f.method, f.message) for f in result.failures] == [
        ("a", "System.MathException: Divide by 0"),
        ("b", "System.MathException: Divide by 0"),
    ]
    assert result.failures[0].stack.startswith("Class.BadSetup.make: line 4, column 1")


def test_each_method_has_its_own_statics_and_the_rows_of_setup(org: Org) -> None:
    result = run(org, "statics")
    assert [f.message for f in result.failures] == []
    assert [s.method for s in result.successes] == ["a", "b"]


def test_one_method(org: Org) -> None:
    assert [s.method for s in run(org, "Statics", Statics=("B",)).successes] == ["b"]
    missing = run(org, "Statics", Statics=("nope",))
    assert "Method nope does not exist" in missing.failures[0].message


def test_classes_that_cannot_run(org: Org) -> None:
    assert run(org, "Plain").number == 0
    assert (
        run(org, "Gone").failures[0].message == "Could not run tests on class Gone because: Class does not exist: Gone"
    )


def test_a_run_of_nothing_is_refused(org: Org) -> None:
    with pytest.raises(testruns.NoTests):
        testruns.of(org).start(org.record.admin_id, Selection(classes=("Gone",)))


def test_jobs_that_were_rolled_back_are_not_run() -> None:
    org = make_org()
    files = {**apex("RolledBack", JOB), **apex("RolledBackTest", ROLLED_BACK)}
    assert deploy(org, files, {"ApexClass": ["RolledBack", "RolledBackTest"]})["success"]
    assert [f.message for f in run(org, "RolledBackTest").failures] == []
