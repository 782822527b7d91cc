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
    from orgwright import generate
    from orgwright.metadata import mdapi, source

    project = Path.cwd()
    with failures_as_json(as_json):
        spec = load_connector(connector, settings, project)
        components = generate.components(spec, templates=templates_of(project))
        written = source.write(components, project / "force-app")
        package = project / "build" / spec.connector / "package"
        mdapi.write(components, package)
    if as_json:
        counts = {"created": len(written.created), "changed": len(written.changed), "unchanged": len(written.unchanged)}
        print_json({"status": "ok", "components": len(components), "files": counts, "package": str(package)})
        return
    for word, paths in (("+", written.created), ("~", written.changed)):
        for path in paths:
            click.echo(f"{word} {path}")
    click.echo(
        f"{len(components)} components: {len(written.created)} files created, {len(written.changed)} changed, "
        f"{len(written.unchanged)} as they were"
    )
