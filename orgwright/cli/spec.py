"""``orgwright spec``: check specs, list connectors, export the JSON Schema."""

from __future__ import annotations

from pathlib import Path

import click

from orgwright.cli.options import load_connector, print_json


@click.group(name="spec", help="Check connector specs; export the JSON Schema.")
def command() -> None:
    """The group of commands."""


@command.command()
@click.argument("connector")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter.")
def check(connector: str, settings: tuple[str, ...]) -> None:
    """Check a connector's spec (its name, or the path of a .yml file)."""
    spec = load_connector(connector, settings)
    counts = ((len(spec.custom_fields), "custom field"), (len(spec.events), "event"))
    told = ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts)
    click.echo(f"{spec.connector}: {told}: the spec is sound")


@command.command(name="list")
def list_() -> None:
    """List the connectors of the project and those that come with orgwright."""
    from orgwright import spec

    for name in spec.names(Path.cwd()):
        click.echo(name)


@command.command()
def schema() -> None:
    """Print the JSON Schema, for completion in editors."""
    from orgwright import spec

    print_json(spec.schema())


@command.command()
@click.argument("connector")
@click.option("--write", is_flag=True, help="Put it into the README.md beside the spec.")
def rows(connector: str, write: bool) -> None:
    """Print a table: what each row of the vendor's documents asks, and the part, command and test that serve it."""
    from orgwright import spec
    from orgwright.spec.rows import put_table, table

    file = spec.find(connector, Path.cwd())
    made = table(file)
    if not write:
        click.echo(made)
        return
    page = file.with_name("README.md")
    present = page.read_text(encoding="utf-8") if page.is_file() else f"# {spec.load(file).label}\n"
    page.write_text(put_table(present, made), encoding="utf-8")
    click.echo(f"Written: {page}")
