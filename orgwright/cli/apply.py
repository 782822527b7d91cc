"""``orgwright apply``: do what a plan says."""

from __future__ import annotations

from pathlib import Path

import click

from orgwright.cli.options import failures_as_json, json_option, print_json, templates_of
from orgwright.errors import OrgwrightError, Place


@click.command(name="apply")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--org", "org_name", metavar="ORG", help="The org, if it has another name here than where the plan was made."
)
@click.option("--allow-destroy", is_flag=True, help="Delete what the plan deletes, with its data.")
@json_option
def command(file: Path, org_name: str | None, allow_destroy: bool, as_json: bool) -> None:
    """Do exactly what the plan in FILE says, or nothing if the org or the spec has moved since."""
    from orgwright.cli.orgs import connect

    with failures_as_json(as_json, plan=str(file)):
        from orgwright import spec
        from orgwright.workflows.apply import PlanFile, apply

        planned = PlanFile.read(file)
        name = org_name or planned.org
        if not name:
            raise OrgwrightError("the plan names no org", where=Place(file=str(file)), help="name it with --org")
        connector = spec.load(spec.find(planned.connector, Path.cwd()), planned.parameters)
        with connect(name) as org:
            done = apply(org, connector, planned, templates=templates_of(Path.cwd()), allow_destroy=allow_destroy)
    counts = done.deployment.counts() if done.deployment else {"created": 0, "changed": 0, "unchanged": 0}
    if as_json:
        print_json({"status": "ok", "org": name, "components": counts})
        return
    if done.deployment is None:
        click.echo(f"{name} is as the plan says: nothing to do")
        return
    click.echo(
        f"{name}: {', '.join(f'{count} {word}' for word, count in counts.items() if count) or 'nothing changed'}"
    )
    if done.access is not None and done.access.username:
        state = "made" if done.access.user_created else "changed" if done.access.changed else "is there"
        click.echo(f"service user {done.access.username}: {state}")
