"""``orgwright import``: a spec from what is in an org."""

from __future__ import annotations

from pathlib import Path

import click

from orgwright.cli.options import org_option
from orgwright.errors import OrgwrightError, Place


@click.command(name="import")
@click.argument("objects", nargs=-1, required=True, metavar="OBJECT...")
@org_option
@click.option("--name", default="imported", metavar="NAME", help="Name of the connector (imported).")
@click.option("--label", help="Label of the connector.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="connectors/NAME/connector.yml"
)
def command(objects: tuple[str, ...], org_name: str, name: str, label: str | None, out: Path | None) -> None:
    """Write a spec of the custom fields, objects, events and metadata types that an org has.

    The spec is loaded and compared with the org before the command ends.
    """
    from orgwright import plan, spec
    from orgwright.cli.orgs import connect
    from orgwright.plan.importing import import_spec

    file = out or Path("connectors") / name / "connector.yml"
    if file.exists():
        raise OrgwrightError("is there already", where=Place(file=str(file)), help="give another --name or --out")
    with connect(org_name) as org:
        text = import_spec(org, name, label or name.replace("_", " ").capitalize(), objects)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        found = plan.validate(org, spec.load(file))
    for difference in found.differences:
        click.echo(f"! {difference}")
    click.echo(f"{file}: {len(objects)} objects, {len(found.differences) or 'no'} differences from {org_name}")
