"""``orgwright docs``: a connector's handbook."""

from __future__ import annotations

from pathlib import Path

import click

from orgwright.cli.options import connector_argument, load_connector


@click.command(name="docs")
@connector_argument
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where to; build/docs/CONNECTOR if absent.",
)
def command(connector: str, settings: tuple[str, ...], out: Path | None) -> None:
    """Write a connector's handbook from its spec: Markdown, HTML, and the data model as SVG.

    It holds the data model, events, mappings, who may see and do what, and a check-list for both sides.
    """
    spec = load_connector(connector, settings)
    from orgwright.report import handbook

    made = handbook(spec)
    folder = out or Path("build") / "docs" / spec.connector
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("README.md", made.markdown), ("index.html", made.html), ("data-model.svg", made.diagram)):
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(folder / name)
