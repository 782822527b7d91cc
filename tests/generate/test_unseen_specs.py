"""Specs at the edges of what the format allows: their Apex compiles, passes its own tests, and is covered line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from orgwright import generate, spec
from orgwright.metadata import xml
from tests.generate.proving import faults
from tests.generate.test_schema import problems

SPECS = sorted((Path(__file__).parent / "unseen").glob("*.yml"))


@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_generated_apex_holds(path: Path) -> None:
    connector = spec.load(path)
    for component in generate.components(connector):
        root = xml.parse(component.meta or component.body, name=component.name)
        assert list(problems(root, xml.local(root), component.name)) == []
    assert faults(connector) == []
