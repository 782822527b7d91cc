"""From a spec to files in a project. It needs no org, nor the code that reaches one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from orgwright import generate
from orgwright.metadata import mdapi, source
from orgwright.metadata.component import Component
from orgwright.metadata.written import write_files
from orgwright.spec.model import Connector


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
