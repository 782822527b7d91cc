"""The tutorial is run as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("plan")
PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"


def test_each_command_of_the_tutorial_works(workplace: Workplace) -> None:
    commands = re.findall(r"(?m)^\$ orgwright (.*)$", PAGE.read_text(encoding="utf-8"))
    assert len(commands) > 8
    project = workplace.project.parent / "tutorial"
    made = workplace.orgwright("init", project, cwd=workplace.project.parent)
    assert made.code == 0, made.text
    for command in commands:
        done = workplace.orgwright(*shlex.split(command), cwd=project)
        assert done.code == 0, f"{command}\n{done.text}"
