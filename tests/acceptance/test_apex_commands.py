"""``orgwright apex check`` and ``apex test`` as their users run them: what they print, write and end with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lxml import etree

from tests.acceptance.conftest import BIN, Workplace

FILES = {
    "sfdx-project.json": '{"packageDirectories": [{"path": "core"}, {"path": "more"}], "sourceApiVersion": "62.0"}',
    "core/main/classes/Rates.cls": (
        "public class Rates {\n"
        "    public static Decimal of(String country) {\n"
        "        if (country == 'DE') {\n"
        "            return 0.19;\n"
        "        }\n"
        "        return 0;\n"
        "    }\n"
        "}\n"
    ),
    "core/main/classes/RatesTest.cls": (
        "@IsTest\nprivate class RatesTest {\n"
        "    @IsTest static void germany() { System.assertEquals(0.19, Rates.of('DE')); }\n"
        "    @IsTest static void abroad() { System.assertEquals(1, Rates.of('XX'), 'a < b & \"c\"'); }\n}\n"
    ),
    "more/classes/Other.cls": "public class Other {\n    public static Integer one() { return 1; }\n}\n",
    "more/classes/OtherTest.cls": (
        "@IsTest\nprivate class OtherTest {\n    @IsTest static void one() { System.assertEquals(1, Other.one()); }\n}\n"
    ),
    "more/lwc/box/box.js": "export default 1;\n",
    "README.md": "A project.\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_run_is_told_written_as_junit_and_cobertura_and_ends_with_1(workplace: Workplace, project: Path) -> None:
    done = workplace.orgwright("apex", "test", project, "--junit", "out/j.xml", "--coverage", "out/c.xml", cwd=project)
    assert done.code == 1
    assert '! RatesTest.abroad: System.AssertException: Assertion Failed: a < b & "c"' in done.out
    assert "Class.RatesTest.abroad: line 4, column 1" in done.out
    assert "2 of 3 tests passed" in done.out

    suites = {suite.get("name"): suite for suite in etree.parse(project / "out/j.xml").getroot()}
    assert {name: (s.get("tests"), s.get("failures"), s.get("errors")) for name, s in suites.items()} == {
        "OtherTest": ("1", "0", "0"),
        "RatesTest": ("2", "1", "0"),
    }
    (failure,) = suites["RatesTest"].iter("failure")
    assert failure.getparent().get("name") == "abroad"
    assert failure.get("message", "").startswith('System.AssertException: Assertion Failed: a < b & "c"')

    covered = etree.parse(project / "out/c.xml").getroot()
    (source,) = covered.iter("source")
    lines = {
        Path(source.text or "", unit.get("filename", "")): {
            line.get("number"): line.get("hits") for line in unit.iter("line")
        }
        for unit in covered.iter("class")
    }
    assert lines == {
        project / "core/main/classes/Rates.cls": {"2": "1", "3": "1", "4": "1", "6": "1"},
        project / "more/classes/Other.cls": {"2": "1"},
    }


def test_json_names_every_method_and_the_lines_are_those_of_the_sf_cli(workplace: Workplace, project: Path) -> None:
    done = workplace.orgwright("apex", "test", project, "--json", "--coverage", project / "c.json", "--jobs", "2")
    assert done.code == 1
    assert {(t["class"], t["method"], t["outcome"]) for t in done.json["tests"]} == {
        ("RatesTest", "germany", "Pass"),
        ("RatesTest", "abroad", "Fail"),
        ("OtherTest", "one", "Pass"),
    }
    rates = next(unit for unit in json.loads((project / "c.json").read_text()) if unit["name"] == "Rates")
    assert rates == {
        "name": "Rates",
        "totalLines": 4,
        "lines": {"2": 1, "3": 1, "4": 1, "6": 1},
        "totalCovered": 4,
        "coveredPercent": 100,
    }


def test_only_what_was_asked_for_runs(workplace: Workplace, project: Path) -> None:
    done = workplace.orgwright("apex", "test", project, "--tests", "othertest,RatesTest.Germany", "--json")
    assert done.code == 0
    assert [(t["class"], t["method"]) for t in done.json["tests"]] == [("OtherTest", "one"), ("RatesTest", "germany")]
    unknown = workplace.orgwright("apex", "test", project, "--tests", "Nowhere")
    assert unknown.code == 1
    assert "! Nowhere: Could not run tests on class Nowhere" in unknown.out
    other = workplace.orgwright("apex", "test", project, "--tests", "Rates")
    assert (other.code, other.err) == (2, "error: --tests: Rates has no test methods\n")


def test_changed_since_a_revision(workplace: Workplace, project: Path) -> None:
    def git(*words: str) -> None:
        author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *author, *words], cwd=project, check=True, capture_output=True)

    def ran() -> set[str]:
        done = workplace.orgwright("apex", "test", project, "--changed-since", "HEAD", "--json")
        return {test["class"] for test in done.json["tests"]}

    outside = workplace.orgwright("apex", "test", project, "--changed-since", "HEAD")
    assert outside.code == 2
    assert "git cannot tell what changed" in outside.err
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    for file in ("README.md", "more/lwc/box/box.js"):
        (project / file).write_text("changed")
    (project / "report.json").write_text("{}")
    assert ran() == set()
    other = project / "more/classes/Other.cls"
    other.write_text(other.read_text() + "// changed\n")
    assert ran() == {"OtherTest"}
    (project / "core/main/labels").mkdir()
    (project / "core/main/labels/CustomLabels.labels-meta.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<CustomLabels xmlns="http://soap.sforce.com/2006/04/metadata"/>\n'
    )
    assert ran() == {"OtherTest", "RatesTest"}


def test_watch_runs_what_a_change_can_affect_and_outlives_a_broken_project(workplace: Workplace, project: Path) -> None:
    with watching(workplace, project) as said:
        said(lambda text: "2 of 3 tests passed" in text)
        other = project / "more/classes/Other.cls"
        other.write_text(other.read_text().replace("return 1", "return 2"))
        said(lambda text: "! OtherTest.one: System.AssertException" in text and "0 of 1 tests passed" in text)
        (project / "sfdx-project.json").write_text("{")
        said(lambda text: "the file is no JSON" in text)
        (project / "sfdx-project.json").write_text(FILES["sfdx-project.json"])
        said(lambda text: "1 of 3 tests passed" in text)


@contextmanager
def watching(workplace: Workplace, project: Path) -> Iterator[Callable[[Callable[[str], bool]], None]]:
    """``apex test --watch`` while it runs; the function waits until what it printed fits."""
    out = project.parent / f"{project.name}.out"
    # tests that a shell runs in the background are started with ^C ignored, which children would inherit
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with out.open("w") as file:
        running = subprocess.Popen(
            [BIN / "orgwright", "apex", "test", project, "--watch"],
            env={**workplace.environment(), "PYTHONUNBUFFERED": "1"},
            stdout=file,
            stderr=subprocess.STDOUT,
        )

        def wait(fits: Callable[[str], bool]) -> None:
            until = time.monotonic() + 60
            while not fits(out.read_text()):
                assert running.poll() is None, out.read_text()
                assert time.monotonic() < until, out.read_text()
                time.sleep(0.2)

        try:
            yield wait
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(timeout=30)
    assert os.linesep + "aborted" in out.read_text()


def test_check_names_file_line_and_column(workplace: Workplace, project: Path) -> None:
    fine = workplace.orgwright("apex", "check", project)
    assert (fine.code, fine.out.splitlines()[-1]) == (0, "4 classes and triggers, 20 lines: 0 errors")
    (project / "more/classes/Other.cls").write_text("public class Other {\n    Nowhere n;\n}\n")
    (project / "more/classes/OtherTest.cls-meta.xml").write_text("<ApexClass><apiVersion>")
    (project / "core/main/objects/Odd__c").mkdir(parents=True)
    (project / "core/main/objects/Odd__c/Odd__c.object-meta.xml").write_text("<CustomObject><label>")
    told = workplace.orgwright("apex", "check", project)
    assert told.code == 1
    assert "more/classes/Other.cls:2:5: Invalid type: Nowhere" in told.out.splitlines()
    assert "more/classes/OtherTest.cls-meta.xml:1:24: Error parsing file" in told.out
    assert "left out: core/main/objects/Odd__c/Odd__c.object-meta.xml: " in told.err
    as_json = workplace.orgwright("apex", "check", project, "--json")
    assert as_json.code == 1
    assert {
        "file": "more/classes/Other.cls",
        "line": 2,
        "column": 5,
        "message": "Invalid type: Nowhere",
        "name": "Other",
    } in as_json.json["errors"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (None, "there is no Salesforce source here"),
        ("{", "the file is no JSON"),
        ("[]", "the file has no list of packageDirectories"),
        ('{"packageDirectories": [{}]}', "every one of the packageDirectories needs a path"),
        ('{"packageDirectories": [{"path": "nowhere"}]}', "the package directory nowhere does not exist"),
        ('{"packageDirectories": [{"path": "../.."}]}', "the package directory ../.. is outside the project"),
    ],
)
def test_what_is_no_project_is_an_error(workplace: Workplace, tmp_path: Path, config: str | None, said: str) -> None:
    if config is not None:
        (tmp_path / "sfdx-project.json").write_text(config)
    done = workplace.orgwright("apex", "test", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_path_that_is_no_folder_is_an_error(workplace: Workplace, tmp_path: Path) -> None:
    (tmp_path / "A.cls").write_text("public class A {}")
    assert "name the folder of the project" in workplace.orgwright("apex", "check", tmp_path / "A.cls").err
    done = workplace.orgwright("apex", "check", tmp_path / "nowhere", "--json")
    assert done.code == 2
    assert done.json["reason"] == "the folder does not exist"
