"""``orgwright history``: the loads of an org (G18)."""

from __future__ import annotations

from dataclasses import asdict

import click

from orgwright.cli.options import failures_as_json, history_of, json_option, org_option, print_json


@click.command(name="history")
@org_option
@json_option
def command(org_name: str, as_json: bool) -> None:
    """List the loads of an org, whether they succeeded or not."""
    from orgwright.cli.orgs import connect

    with failures_as_json(as_json, org=org_name):
        with connect(org_name) as org:
            runs = list(history_of(org.connection.org_id).runs())
        if as_json:
            print_json([asdict(run) for run in runs])
            return
        if not runs:
            click.echo(f"no load yet: orgwright seed CONNECTOR --org {org_name} --source ...")
        for run in runs:
            rows = sum(part.rows for part in run.parts)
            stage = f" at {run.stage}: {run.reason}" if run.state == "failed" else ""
            click.echo(
                f"{run.id:<14}{run.connector:<16}{run.state}{stage}, {rows:,} rows, {run.failed:,} refused  ({run.source})"
            )
