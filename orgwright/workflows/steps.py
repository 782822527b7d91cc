"""Steps that several workflows share, and that can run alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orgwright import generate
from orgwright.deliver import Deployment, TestReport, deploy, run_tests
from orgwright.metadata.component import Component
from orgwright.org import OrgClient
from orgwright.org.metadata import DeployOptions, TestLevel
from orgwright.spec.model import Connector

Stages = Sequence[Sequence[Component]]


def generated_stages(connector: Connector, templates: Path | None) -> list[tuple[Component, ...]]:
    """What a spec generates, in the order of its deploys."""
    return [tuple(stage.components) for stage in generate.stages(connector, templates=templates)]


def deploy_connector(
    org: OrgClient,
    connector: Connector,
    *,
    templates: Path | None = None,
    check_only: bool = False,
    test_level: TestLevel | None = None,
) -> Deployment:
    """Generate and deploy."""
    return deploy_stages(org, generated_stages(connector, templates), check_only=check_only, test_level=test_level)


def deploy_stages(
    org: OrgClient, stages: Stages, *, check_only: bool = False, test_level: TestLevel | None = None
) -> Deployment:
    """Deploy stages. Without a level a production org runs the connector's own tests, which holds each class and trigger to
    75 %; any other org runs none, since the tests are a step of their own."""
    tests = test_classes([component for stage in stages for component in stage])
    if test_level is None and tests and org.is_production():
        test_level = "RunSpecifiedTests"
    named = tests if test_level == "RunSpecifiedTests" else ()
    return deploy(org, stages, DeployOptions(check_only=check_only, test_level=test_level, tests=named))


def test_connector(org: OrgClient, connector: Connector, *, templates: Path | None = None) -> TestReport:
    """Run the tests that a spec generates, in an org that has them."""
    return test_components(org, [c for stage in generated_stages(connector, templates) for c in stage])


def test_components(org: OrgClient, components: Sequence[Component]) -> TestReport:
    """Run the test classes among components; the others are what they have to cover."""
    tests = test_classes(components)
    units = tuple(c.name for c in components if c.type in {"ApexClass", "ApexTrigger"} and c.name not in tests)
    return run_tests(org, tests, units)


def test_classes(components: Sequence[Component]) -> tuple[str, ...]:
    """The test classes among components, by name."""
    return tuple(c.name for c in components if c.type == "ApexClass" and b"@istest" in c.body.lower())
