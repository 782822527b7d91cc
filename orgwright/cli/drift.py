"""``orgwright drift``: what somebody changed by hand since the last apply."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from orgwright.cli.options import failures_as_json, json_option, org_option, print_json
from orgwright.errors import OrgwrightError

if TYPE_CHECKING:
    from orgwright.plan import Drifted


@click.command(name="drift")
@click.argument("connector", required=False)
@click.option("--all", "every", is_flag=True, help="All connectors that were applied to the org.")
@org_option
@json_option
def command(connector: str | None, every: bool, org_name: str, as_json: bool) -> None:
    """Compare an org with what the last apply of a connector left there, and name who changed it.

    The org keeps the record, so neither the spec nor the machine that applied it is needed. Ends with 1 when something
    has drifted.
    """
    if (connector is None) is not every:
        raise OrgwrightError("name a connector, or give --all", help="orgwright drift --all --org ORG")
    from orgwright.cli.orgs import connect

    with failures_as_json(as_json, org=org_name):
        from orgwright import plan

        with connect(org_name) as org:
            found = plan.drift(org, [connector] if connector else [])
    if as_json:
        print_json(
            {
                "status": "failed" if found.drifted else "ok",
                "org": org_name,
                "applied": dict(found.since),
                "checked": found.checked,
                "drifted": [one.as_dict() for one in found.drifted],
            }
        )
    else:
        for one in found.drifted:
            click.echo(_line(one))
        count = len(found.drifted)
        names = ", ".join(f"{name} (applied {when[:16]})" for name, when in found.since.items()) or "no connector"
        click.echo(f"{names}: {found.checked} components, {count or 'none'} drifted")
    if found.drifted:
        sys.exit(1)


def _line(one: Drifted) -> str:
    who = f"  by {one.by}, {one.when[:16]}" if one.by else ""
    if one.gone:
        return f"- {one.component}  was deleted{who}"
    changes = ", ".join(f"{d.attribute} {d.expected or 'nothing'} -> {d.actual or 'nothing'}" for d in one.differences)
    return f"~ {one.component}  {changes}{who}"
