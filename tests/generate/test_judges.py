"""apex-ls and PMD on what is generated. Needs java and npm; in CI they must be there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from orgwright import generate, spec
from orgwright.generate import records, templates
from orgwright.metadata import source

ROOT = Path(__file__).parents[2]
PROJECT = '{"packageDirectories": [{"path": "force-app", "default": true}], "sourceApiVersion": "67.0"}'

ALL = """
orgwright: 1
connector: acme
label: Acme
prefix: Acme
events: {{Acme_Change__e: {{fields: {{Body__c: LongTextArea(32768)}}}}}}
publish: {{Acme_Change__e: {{from: [{sources}], set: {{Body__c: $new}}}}}}
"""

pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not (shutil.which("java") and shutil.which("npm")),
    reason="java and npm are not installed",
)


def judge(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(ROOT / ".ci/judges"), str(project)], capture_output=True, text=True)


def test_force_app_has_no_issue() -> None:
    run = judge(ROOT)
    assert (run.returncode, run.stdout) == (0, "apex-ls and PMD: no issue\n"), run.stdout + run.stderr


def test_apex_for_everything_the_spec_can_say_has_no_issue(everything: spec.Connector, tmp_path: Path) -> None:
    (tmp_path / "sfdx-project.json").write_text(PROJECT)
    source.write(generate.components(everything), tmp_path / "force-app")
    run = judge(tmp_path)
    assert (run.returncode, run.stdout) == (0, "apex-ls and PMD: no issue\n"), run.stdout + run.stderr


def test_every_standard_object_can_be_published(tmp_path: Path) -> None:
    table = records.standard(templates.Templates().text("apex/test_records.tsv"))
    sources = sorted(set(table) - {"PricebookEntry"})  # it takes no trigger
    connector = spec.loads(ALL.format(sources=", ".join(sources)))
    (tmp_path / "sfdx-project.json").write_text(PROJECT)
    source.write(generate.components(connector), tmp_path / "force-app")
    run = judge(tmp_path)
    assert (run.returncode, run.stdout) == (0, "apex-ls and PMD: no issue\n"), run.stdout + run.stderr


def test_the_judges_find_what_is_wrong(gentrack: spec.Connector, tmp_path: Path) -> None:
    (tmp_path / "sfdx-project.json").write_text(PROJECT)
    source.write(generate.components(gentrack), tmp_path / "force-app")
    change = tmp_path / "force-app/classes/GentrackChange.cls"
    change.write_text(
        change.read_text().replace(
            "return current().Id;", "try { recordId(); } catch (Exception error) {} return NoSuchThing.Id;"
        )
    )
    run = judge(tmp_path)
    assert run.returncode == 1
    assert "apex-ls: GentrackChange.cls" in run.stdout and "EmptyCatchBlock" in run.stdout
