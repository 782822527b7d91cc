"""Our compile errors beside those of apex-ls."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from conformance.apexls import Finding, compare, our_findings, their_findings
from orgwright.localorg.project import sources

PROJECT = '{"packageDirectories": [{"path": "app", "default": true}], "sourceApiVersion": "65.0"}'
BASE = "public virtual class Base {\n    public virtual Integer size() {\n        return 1;\n    }\n}\n"
WRONG = "public class Wrong extends Base {\n    public Integer one = 'text';\n    public Integer two = nowhere;\n}\n"


def test_errors_are_held_against_each_other_by_line() -> None:
    ours = [Finding("A.cls", 3, "ours"), Finding("A.cls", 5, "both, as we say"), Finding("B.cls", 3, "ours, too")]
    theirs = [Finding("A.cls", 5, "both, as they say"), Finding("B.cls", 4, "theirs")]
    found = compare(ours, theirs)
    assert [str(f) for f in found.ours] == ["A.cls:3: ours", "B.cls:3: ours, too"]
    assert [str(f) for f in found.theirs] == ["B.cls:4: theirs"]
    assert found.both == 1


@pytest.fixture
def projects(tmp_path: Path) -> tuple[Path, Path]:
    """A project, and one that it needs."""
    for name, classes in {"base": {"Base": BASE}, "wrong": {"Wrong": WRONG}}.items():
        folder = tmp_path / name / "app" / "classes"
        folder.mkdir(parents=True)
        (tmp_path / name / "sfdx-project.json").write_text(PROJECT)
        for unit, text in classes.items():
            (folder / f"{unit}.cls").write_text(text)
            (folder / f"{unit}.cls-meta.xml").write_text(
                '<ApexClass xmlns="http://soap.sforce.com/2006/04/metadata"><apiVersion>65.0</apiVersion></ApexClass>'
            )
    return tmp_path / "wrong", tmp_path / "base"


def test_our_errors_name_files_of_the_project_itself(projects: tuple[Path, Path]) -> None:
    root, needed = projects
    found = our_findings(sources.read(root, [needed]))
    assert [(f.file, f.line) for f in found] == [("app/classes/Wrong.cls", 2), ("app/classes/Wrong.cls", 3)]


@pytest.mark.skipif(
    not os.environ.get("CI") and not (shutil.which("java") and shutil.which("npm")),
    reason="java and npm are not installed",
)
def test_apex_ls_sees_the_needed_project_and_the_same_errors(projects: tuple[Path, Path]) -> None:
    root, needed = projects
    ours, theirs = our_findings(sources.read(root, [needed])), their_findings(root, [needed])
    assert compare(ours, theirs) == compare(ours, ours)
