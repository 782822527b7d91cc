"""``orgwright validate``: the data model of an org against the spec (G16)."""

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
)


@click.command(name="validate")
@connector_argument
@org_option
@json_option
@junit_option
def command(connector: str, settings: tuple[str, ...], org_name: str, as_json: bool, junit: Path | None) -> None:
    """Compare every field, event, setting, permission, trigger, app and user of the spec with the org.

    Ends with 1 when something differs.
    """
    from orgwright.cli.orgs import connect

    with failures_as_json(as_json, org=org_name):
        spec = load_connector(connector, settings)
        from orgwright import plan

        with connect(org_name) as org:
            result = plan.validate(org, spec)
        if junit is not None:
            from orgwright.report import differences_xml

            junit.parent.mkdir(parents=True, exist_ok=True)
            junit.write_bytes(differences_xml(result, name=spec.connector))
    if as_json:
        differences = [difference.as_dict() for difference in result.differences]
        status = "failed" if differences else "ok"
        print_json(
            {
                "status": status,
                "org": org_name,
                "checked": result.checked,
                "differences": differences,
                "notes": list(result.notes),
            }
        )
    else:
        for difference in result.differences:
            click.echo(f"! {difference}")
        for note in result.notes:
            click.echo(f"  {note}")
        count = len(result.differences)
        click.echo(f"{result.checked} checks, {count or 'no'} difference{'s' if count > 1 else ''}")
    if result.differences:
        sys.exit(1)
