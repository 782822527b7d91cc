"""``orgwright deploy``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orgwright.cli.options import (
    connector_argument,
    failures_as_json,
    json_option,
    load_connector,
    org_option,
    print_json,
    templates_of,
)

if TYPE_CHECKING:
    from orgwright.org.metadata import TestLevel

LEVELS = ("NoTestRun", "RunSpecifiedTests", "RunLocalTests", "RunAllTestsInOrg")


@click.command(name="deploy")
@connector_argument
@org_option
@click.option("--check-only", is_flag=True, help="Only find out whether the org would take it.")
@click.option("--test-level", type=click.Choice(LEVELS), help="Which tests the org runs; by its kind if absent.")
@json_option
def command(
    connector: str,
    settings: tuple[str, ...],
    org_name: str,
    check_only: bool,
    test_level: TestLevel | None,
    as_json: bool,
) -> None:
    """Deploy what a connector's spec generates, all of it or nothing."""
    from orgwright.cli.orgs import connect

    with failures_as_json(as_json, org=org_name):
        from orgwright.workflows.steps import deploy_connector

        spec = load_connector(connector, settings)
        with connect(org_name) as org:
            templates = templates_of(Path.cwd())
            done = deploy_connector(org, spec, templates=templates, check_only=check_only, test_level=test_level)
    if as_json:
        print_json({"status": "ok", "org": org_name, "check_only": check_only, "components": done.counts()})
        return
    verb = "would be deployed" if check_only else "deployed"
    counts = ", ".join(f"{count} {word}" for word, count in done.counts().items())
    click.echo(f"{done.total} components {verb} to {org_name}: {counts}")
