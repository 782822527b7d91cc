"""Coverage of whole files: ``tests/apex/coverage`` holds classes and a trigger with every construct of the language.

``//+`` at the end of a line says that it counts and runs, ``//-`` that it counts and does not; no other line counts.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orgwright.apex.coverage import coverable_lines
from orgwright.localorg.project import sources, trial

FILES = Path(__file__).parent / "coverage"
RUNNER = """@IsTest
private class RunnerTest {
    @IsTest
    static void run() {
        Statements.run();
        Expressions.run();
        Members.run();
        insert new Contact(LastName = 'x');
    }
}
"""
PATHS = sorted(FILES.iterdir())


def marked(path: Path, sign: str) -> set[int]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {n for n, line in enumerate(lines, 1) if line.endswith(f"//{sign}")}


@pytest.fixture(scope="module")
def covered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[int, int]]:
    """How often each line that counts ran, by name of the unit."""
    project = tmp_path_factory.mktemp("covered")
    for path in PATHS:
        shutil.copy(path, project)
    (project / "RunnerTest.cls").write_text(RUNNER)
    made = trial.deploy(sources.read(project))
    try:
        assert made.faults == ()
        found = trial.test(made, trial.select(made, []))
    finally:
        made.close()
    assert [outcome.message for outcome in found.methods] == [None]
    return {unit.name: dict(unit.lines) for unit in found.coverage}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_the_lines_that_count(path: Path) -> None:
    assert sorted(coverable_lines(path.read_text(encoding="utf-8"))) == sorted(marked(path, "+") | marked(path, "-"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_the_lines_that_ran(path: Path, covered: dict[str, dict[int, int]]) -> None:
    lines = covered[path.stem]
    assert sorted(n for n, hits in lines.items() if hits) == sorted(marked(path, "+"))
    assert sorted(n for n, hits in lines.items() if not hits) == sorted(marked(path, "-"))
