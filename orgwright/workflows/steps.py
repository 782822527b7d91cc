"""Steps that several workflows share, and that can run alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orgwright import generate, plan
from orgwright.deliver import Deletions, Deployment, TestReport, deploy, run_tests
from orgwright.metadata import mdapi, source
from orgwright.metadata.component import Component
from orgwright.metadata.written import write_files
from orgwright.org import OrgClient
from orgwright.org.metadata import DeployOptions, TestLevel
from orgwright.plan.record import CODE
from orgwright.spec.model import Connector

_IS_TEST: Final = re.compile(rb"^\s*@istest\b", re.MULTILINE | re.IGNORECASE)
_WITHOUT_LINES: Final = re.compile(rb"^(?:global|public)\s+(?:interface|enum)\b", re.MULTILINE | re.IGNORECASE)

Stages = Sequence[Sequence[Component]]


@dataclass(frozen=True)
class Generated:
    """What was generated: the stages of the deploy, a metadata-format package for each, files that were written."""

    stages: tuple[tuple[Component, ...], ...]
    packages: tuple[Path, ...]
    files: int

    @property
    def all(self) -> tuple[Component, ...]:
        """The components of all stages."""
        return tuple(component for stage in self.stages for component in stage)

    @property
    def components(self) -> int:
        """How many components there are."""
        return len(self.all)

    @property
    def code(self) -> int:
        """How many of them are Apex classes and triggers."""
        return sum(1 for component in self.all if component.type in {"ApexClass", "ApexTrigger"})


def generate_connector(connector: Connector, project: Path, templates: Path | None = None) -> Generated:
    """Write source format into ``force-app/main/<connector>/``, the scratch-org definition into ``orgs/``, and a package of
    metadata format for each stage into ``build/``."""
    stages = generated_stages(connector, templates)
    folder = project / "force-app" / "main" / connector.connector
    written = source.write([component for stage in stages for component in stage], folder)
    write_files({f"{connector.connector}.json": generate.scratch_definition(connector)}, project / "orgs")
    packages = []
    for number, stage in enumerate(stages, start=1):
        packages.append(project / "build" / connector.connector / f"package-{number}")
        # whoever deploys the folder deploys every file in it: nothing of an earlier spec may be left
        shutil.rmtree(packages[-1], ignore_errors=True)
        mdapi.write(stage, packages[-1])
    return Generated(tuple(stages), tuple(packages), len(written.created) + len(written.changed))


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
