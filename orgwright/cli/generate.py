"""``orgwright generate``."""

from __future__ import annotations

from pathlib import Path

import click

from orgwright.cli.options import (
    connector_argument,
    failures_as_json,
    json_option,
    load_connector,
    print_json,
    templates_of,
)


@click.command(name="generate")
@connector_argument
@json_option
def command(connector: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Write a connector's metadata and Apex: source format into force-app/, metadata format into build/."""
    project = Path.cwd()
    with failures_as_json(as_json):
        from orgwright.workflows.generate import generate_connector

        spec = load_connector(connector, settings, project)
        made = generate_connector(spec, project, templates_of(project))
    packages = [str(path.relative_to(project)) for path in made.packages]
    if as_json:
        print_json({"status": "ok", "components": made.components, "files": made.files, "packages": packages})
        return
    click.echo(f"{made.components} components, {made.files} files written below force-app/")
    click.echo(f"metadata format: {', '.join(packages)}")
