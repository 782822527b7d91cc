"""Specs made at random: refused politely, or their metadata follows the schema and an org compiles their Apex."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from orgwright import generate, spec
from orgwright.errors import OrgwrightError
from orgwright.generate import Stage
from orgwright.metadata import xml
from tests.generate.proving import refusals
from tests.generate.random_specs import connectors
from tests.generate.test_schema import problems

RARELY = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def stages_of(data: dict[str, Any]) -> tuple[Stage, ...]:
    """What is generated; nothing for a spec that is refused, which is told with its place."""
    try:
        return generate.stages(spec.loads(yaml.safe_dump(data, allow_unicode=True, sort_keys=False)))
    except OrgwrightError as error:
        for one in getattr(error, "errors", (error,)):
            assert one.where is not None and one.where.line, one
        return ()


@settings(RARELY, max_examples=25)
@given(connectors())
def test_metadata_follows_the_schema_or_the_spec_is_refused(data: dict[str, Any]) -> None:
    for stage in stages_of(data):
        for component in stage.components:
            root = xml.parse(component.meta or component.body, name=component.name)
            assert list(problems(root, xml.local(root), component.name)) == []


@pytest.mark.filterwarnings("ignore:The recursion limit will not be reset")
@settings(RARELY, max_examples=6)
@given(connectors())
def test_an_org_takes_what_is_generated(data: dict[str, Any]) -> None:
    assert refusals(stages_of(data)) == []
