"""``orgwright up``: the main job."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from orgwright.cli.options import (
    bypass_option,
    connector_argument,
    failures_as_json,
    history_of,
    json_option,
    junit_option,
    load_connector,
    org_option,
    print_json,
    templates_of,
)


@click.command(name="up")
@connector_argument
@org_option
@click.option(
    "--source", "address", metavar="DIR|FILE|URL", help="Data to seed; sample data of the connector if absent."
)
@click.option("--size", type=click.IntRange(min=0), help="Size of the sample data (1,000: a thousand accounts).")
@click.option("--no-seed", is_flag=True, help="Load no data.")
@bypass_option
@click.option("--adopt", is_flag=True, help="Take over Apex of the same names that no apply brought.")
@json_option
@junit_option
def command(
    connector: str,
    settings: tuple[str, ...],
    org_name: str,
    address: str | None,
    size: int | None,
    no_seed: bool,
    bypass: tuple[str, ...],
    adopt: bool,
    as_json: bool,
    junit: Path | None,
) -> None:
    """Bring an org up for a connector: generate, deploy, test, validate, seed.

    Sample data is loaded into embedded orgs only; into any other org give --source. Every step can be run again: what is
    as the spec says stays as it is.
    """
    with failures_as_json(as_json, org=org_name):
        _up(connector, settings, org_name, address, size, no_seed, bypass, adopt, as_json, junit)


def _up(
    name: str,
    settings: tuple[str, ...],
    org_name: str,
    address: str | None,
    size: int | None,
    no_seed: bool,
    bypass: tuple[str, ...],
    adopt: bool,
    as_json: bool,
    junit: Path | None,
) -> None:
    from orgwright.cli.data import data_for
    from orgwright.cli.orgs import connect
    from orgwright.cli.reports import write_page
    from orgwright.cli.terminal import RowBars, print_step
    from orgwright.report import tests_xml
    from orgwright.workflows.up import Plan, up

    project = Path.cwd()
    spec = load_connector(name, settings, project)
    data = None if no_seed else data_for(spec, org_name, address, size)
    with connect(org_name) as org, RowBars() as bars:
        if not as_json:
            click.echo(
                f"{spec.connector} -> {org_name} ({org.connection.instance_url}, API {org.connection.api_version})\n"
            )
        work = Plan(spec, project, history_of(org.connection.org_id), data, templates_of(project), adopt, bypass)
        result = up(org, work, on_step=_nothing if as_json else print_step, on_rows=bars.update)
    result = write_page(result, spec, project, dt.datetime.now(dt.UTC))
    if junit is not None and result.tests is not None:
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_bytes(tests_xml(result.tests))
    if as_json:
        print_json(result.summary())
    else:
        click.echo(_ending(result.status, result.seconds, result.report, result.reason, spec.connector))
    if result.status != "ok":
        sys.exit(1)


def _nothing(_: object) -> None:
    return None


def _ending(status: str, seconds: float, report: str | None, reason: str | None, connector: str) -> str:
    if status != "ok":
        return f"\nNot ready after {seconds:.1f} s: {reason}\nReport: {report}"
    return (
        f"\nReady in {seconds:.1f} s.  Report: {report}\n"
        f"Next: orgwright plan {connector} --org uat     (any org that 'cci org list' shows)"
    )
