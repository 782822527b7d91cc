"""``orgwright plan``: what a deploy would do, and what is in its way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orgwright.cli.options import (
    connector_argument,
    failures_as_json,
    json_option,
    load_connector,
    org_option,
    parameters,
    print_json,
    templates_of,
)

if TYPE_CHECKING:
    from orgwright.plan import Change, Foreseen


@click.command(name="plan")
@connector_argument
@org_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the plan for 'orgwright apply'.",
)
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when there are changes, 0 when there are none.")
@click.option("--adopt", is_flag=True, help="Take over Apex of the same names that no apply brought.")
@json_option
def command(
    connector: str,
    settings: tuple[str, ...],
    org_name: str,
    out: Path | None,
    detailed_exitcode: bool,
    adopt: bool,
    as_json: bool,
) -> None:
    """Show what would be created, changed, deleted, and what is in the way. Nothing is changed.

    Ends with 1 when something is in the way: Salesforce would refuse the deploy.
    """
    from orgwright.cli.orgs import connect

    with failures_as_json(as_json, org=org_name):
        from orgwright.workflows.apply import as_dict, make_plan

        spec = load_connector(connector, settings)
        with connect(org_name) as org:
            foreseen, file = make_plan(
                org,
                spec,
                name=connector,
                parameters=parameters(settings),
                templates=templates_of(Path.cwd()),
                adopt=adopt,
            )
        if out is not None:
            file.write(out)
    if as_json:
        print_json({"status": "failed" if foreseen.in_the_way else "ok", "org": org_name, **as_dict(foreseen)})
    else:
        for line in shown(foreseen):
            click.echo(line)
        if out is not None:
            click.echo(f"The plan is kept: orgwright apply {out}")
    if foreseen.in_the_way:
        sys.exit(1)
    if detailed_exitcode and not foreseen.empty:
        sys.exit(2)


def shown(foreseen: Foreseen) -> Iterator[str]:
    """The plan in lines, in Terraform's manner."""
    yield from _lines("+", foreseen.create)
    yield from _lines("~", foreseen.change)
    yield from _lines("-", foreseen.destroy)
    yield from _lines("!", foreseen.in_the_way)
    if foreseen.same:
        yield f"= {len(foreseen.same)} components as they are"
    for note in foreseen.notes:
        yield f"? {note}"
    counts = [
        (len(foreseen.create), "to create"),
        (len(foreseen.change), "to change"),
        (len(foreseen.destroy), "to delete"),
        (len(foreseen.in_the_way), "in the way"),
    ]
    yield ""
    if foreseen.empty:
        yield "No changes: the org is as the spec says."
        if foreseen.record_changed:
            yield "No record of an apply tells so yet: an apply leaves one."
        return
    told = [f"{count} {what}" for count, what in counts if count or what not in ("to delete",)]
    yield f"{', '.join(told)}. Nothing was changed."


def _lines(sign: str, changes: tuple[Change, ...]) -> Iterator[str]:
    wide = min(max((len(change.component) for change in changes), default=0), 60)
    for change in changes:
        name = change.component.ljust(wide)
        if change.reason is not None:
            yield f"{sign} {change.component}: {change.reason}"
        elif not change.differences:
            yield f"{sign} {name}  {change.summary or change.kind}"
        else:
            first, *more = (
                f"{d.attribute} {d.actual or 'nothing'} -> {d.expected or 'nothing'}" for d in change.differences
            )
            yield f"{sign} {name}  {first}"
            yield from (f"  {' ' * wide}  {text}" for text in more)
