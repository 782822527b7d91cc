"""``orgwright mark``: set the flags of all records."""

from __future__ import annotations

import sys

import click

from orgwright.cli.options import (
    connector_argument,
    failures_as_json,
    json_option,
    load_connector,
    org_option,
    print_json,
)


@click.command(name="mark")
@connector_argument
@org_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask before a production org's records are updated.")
@json_option
def command(connector: str, settings: tuple[str, ...], org_name: str, yes: bool, as_json: bool) -> None:
    """Set the connector's flags on every record that does not have them, so that all of them are fetched once."""
    from orgwright.cli.orgs import connect, is_embedded
    from orgwright.cli.terminal import RowBars
    from orgwright.sync import mark

    with failures_as_json(as_json, org=org_name):
        spec = load_connector(connector, settings)
        with connect(org_name) as org:
            if not yes and not is_embedded(org_name) and org.is_production():
                click.confirm(f"{org_name} is a production org. Update its records?", abort=True, err=True)
            with RowBars() as bars:
                done = mark(org, spec, progress=bars.update)
    failed = sum(item.failed for item in done)
    if as_json:
        objects = [
            {"object": item.sobject, "marked": item.rows, "failed": item.failed, "reasons": list(item.reasons)}
            for item in done
        ]
        print_json({"status": "failed" if failed else "ok", "org": org_name, "objects": objects})
    else:
        for item in done:
            refused = f", {item.failed:,} refused: {'; '.join(item.reasons[:3])}" if item.failed else ""
            click.echo(f" {item.sobject:<26}{item.rows:>12,} marked{refused}")
    if failed:
        sys.exit(1)
