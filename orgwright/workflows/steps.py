"""Steps that several workflows share, and that can run alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from orgwright import plan
from orgwright.deliver import Deletions, Deployment, TestReport, deploy, run_tests
from orgwright.metadata.component import Component
from orgwright.org import OrgClient
from orgwright.org.metadata import DeployOptions, TestLevel
from orgwright.plan.record import CODE
from orgwright.spec.model import Connector
from orgwright.workflows.generate import generated_stages

_IS_TEST: Final = re.compile(rb"^\s*@istest\b", re.MULTILINE | re.IGNORECASE)
_WITHOUT_LINES: Final = re.compile(rb"^(?:global|public)\s+(?:interface|enum)\b", re.MULTILINE | re.IGNORECASE)

Stages = Sequence[Sequence[Component]]


def deploy_connector(
    org: OrgClient,
    connector: Connector,
    *,
    templates: Path | None = None,
    check_only: bool = False,
    test_level: TestLevel | None = None,
) -> Deployment:
    """Generate and deploy; the org keeps a record of what it was."""
    stages = generated_stages(connector, templates)
    every = [component for stage in stages for component in stage]
    record = None if check_only else plan.foresee(org, connector, components=every).record
    return deploy_stages(
        org, stages, check_only=check_only, test_level=test_level, record=record.component() if record else None
    )


def deploy_stages(
    org: OrgClient,
    stages: Stages,
    *,
    check_only: bool = False,
    test_level: TestLevel | None = None,
    tests: Sequence[str] | None = None,
    record: Component | None = None,
    deletions: Deletions | None = None,
) -> Deployment:
    """Deploy stages. Without a level a production org runs the connector's own tests, which holds each class and trigger to
    75 %; any other org runs none, since the tests are a step of their own.

    Args:
        tests: the connector's test classes, if the stages do not hold all of them.
        record: goes with the last stage, in the same transaction.
        deletions: what the last stage deletes.
    """
    every = [component for stage in stages for component in stage]
    deleted = (*deletions.before, *deletions.after) if deletions else ()
    code = any(c.type in CODE for c in every) or any(type in CODE for type, _ in deleted)
    named = test_classes(every) if tests is None else tuple(tests)
    if test_level is None and code and named and org.is_production():
        test_level = "RunSpecifiedTests"
    filled = [list(stage) for stage in stages if stage] or [[]]
    if record is not None:
        filled[-1].append(record)
    options = DeployOptions(
        check_only=check_only, test_level=test_level, tests=named if test_level == "RunSpecifiedTests" else ()
    )
    return deploy(org, filled, options, deletions=deletions)


def test_connector(org: OrgClient, connector: Connector, *, templates: Path | None = None) -> TestReport:
    """Run the tests that a spec generates, in an org that has them."""
    return test_components(org, [c for stage in generated_stages(connector, templates) for c in stage])


def test_components(org: OrgClient, components: Sequence[Component]) -> TestReport:
    """Run the test classes among components; the code among them is what they have to cover."""
    return run_tests(org, test_classes(components), tuple(c.name for c in components if _counts(c)))


def _counts(component: Component) -> bool:
    """Whether a component has lines that tests have to cover: triggers and classes do, tests, interfaces and enums do not."""
    if component.type == "ApexTrigger":
        return True
    uncounted = _WITHOUT_LINES.search(component.body) or _IS_TEST.search(component.body)
    return component.type == "ApexClass" and not uncounted


def test_classes(components: Sequence[Component]) -> tuple[str, ...]:
    """The test classes among components that have test methods, by name; classes that only help tests have none."""
    return tuple(c.name for c in components if c.type == "ApexClass" and len(_IS_TEST.findall(c.body)) > 1)
