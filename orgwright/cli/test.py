"""``orgwright test``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from orgwright.cli.options import (
    connector_argument,
    failures_as_json,
    json_option,
    junit_option,
    load_connector,
    org_option,
    print_json,
    templates_of,
)


@click.command(name="test")
@connector_argument
@org_option
@json_option
@junit_option
def command(connector: str, settings: tuple[str, ...], org_name: str, as_json: bool, junit: Path | None) -> None:
    """Run a connector's Apex tests in an org and hold them to the gates: all pass, 75 % of each class and trigger.

    Ends with 1 when a gate is missed.
    """
    from orgwright.cli.orgs import connect

    with failures_as_json(as_json, org=org_name):
        from orgwright.workflows.steps import test_connector

        spec = load_connector(connector, settings)
        with connect(org_name) as org:
            report = test_connector(org, spec, templates=templates_of(Path.cwd()))
        if junit is not None:
            from orgwright.report import tests_xml

            junit.parent.mkdir(parents=True, exist_ok=True)
            junit.write_bytes(tests_xml(report))
    if as_json:
        print_json({"status": "failed" if report.missed else "ok", "org": org_name, "tests": report.summary()})
    else:
        for unit in report.coverage:
            click.echo(f" {unit.name:<42}{len(unit.covered):>5} of {unit.lines:<5} lines  {unit.percent:>6.1f} %")
        for line in report.missed:
            click.echo(f"! {line}")
        click.echo(f"{report.passed} of {len(report.methods)} tests passed, coverage {report.percent:.3g} %")
    if report.missed:
        sys.exit(1)
