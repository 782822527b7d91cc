"""``orgwright remove``: take one connector out of an org."""

from __future__ import annotations

import sys

import click

from orgwright.cli.options import failures_as_json, json_option, org_option, print_json


@click.command(name="remove")
@click.argument("connector")
@org_option
@click.option("--with-data", is_flag=True, help="Delete its fields and objects too, with all data in them.")
@click.option("--yes", is_flag=True, help="Do not ask before data is deleted.")
@json_option
def command(connector: str, org_name: str, with_data: bool, yes: bool, as_json: bool) -> None:
    """Delete what the applies of a connector created in an org; other connectors stay whole.

    Code, permissions, events and apps go. Fields and objects stay with their data unless --with-data. What was there
    before the first apply, settings and the service user always stay.
    """
    from orgwright.cli.orgs import connect

    with failures_as_json(as_json, org=org_name):
        from orgwright.workflows.remove import remove

        if with_data and not yes and sys.stdin.isatty():
            click.confirm(
                f"Delete the fields and objects of {connector} in {org_name}, with all their data?", abort=True
            )
        with connect(org_name) as org:
            done = remove(org, connector, with_data=with_data)
    work = done.removal
    deleted = sum(len(deployment.deleted) for deployment in done.deployments)
    counts = {
        "deleted": deleted,
        "kept": len(work.kept),
        "shared": len(work.shared),
        "adopted": len(work.adopted),
        "unassigned": done.unassigned,
    }
    if as_json:
        print_json({"status": "ok", "org": org_name, "connector": connector, **counts})
        return
    click.echo(f"{connector} is out of {org_name}: {deleted} components deleted")
    if work.kept:
        click.echo(f"  {len(work.kept)} fields and objects stay with their data (--with-data deletes them)")
    if work.shared:
        click.echo(f"  {len(work.shared)} components stay: other connectors use them")
    if work.adopted:
        click.echo(f"  {len(work.adopted)} components stay: they were there before, or are settings")
