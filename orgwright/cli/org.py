"""``orgwright org``: embedded orgs on this machine."""

from __future__ import annotations

import json
from typing import Any

import click

from orgwright.errors import OrgwrightError
from orgwright.localorg import control, service

KINDS = ("scratch", "sandbox", "developer", "production")


@click.group(name="org", help="Embedded orgs: start, stop, list, create, delete, show.")
def command() -> None:
    """The group of commands."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def start(as_json: bool) -> None:
    """Start the server of embedded orgs (other commands do that by themselves)."""
    running = service.ensure()
    if as_json:
        _json({"http_url": running.http_url, "https_url": running.https_url, "ca_bundle": str(running.ca_bundle),
               "pid": running.pid})  # fmt: skip
        return
    click.echo(f"embedded orgs at {running.http_url} and {running.https_url} (process {running.pid})")


@command.command()
def stop() -> None:
    """Stop the server; the orgs stay on disk."""
    click.echo("stopped" if service.stop() else "was not running")


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_(as_json: bool) -> None:
    """List the embedded orgs."""
    orgs = control.list_orgs()
    if as_json:
        _json([org.public() for org in orgs])
        return
    if not orgs:
        click.echo("no embedded org yet: orgwright org create NAME")
        return
    width = max(len(org.alias) for org in orgs)
    for org in orgs:
        click.echo(f"{org.alias:<{width}}  {org.kind:<10}  {org.org_id}  {org.username}")


@command.command()
@click.argument("alias")
@click.option("--kind", type=click.Choice(KINDS), default="scratch", show_default=True, help="What the org is.")
@click.option("--limit", "limits", multiple=True, metavar="NAME=NUMBER", help="Override a limit of the org.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def create(alias: str, kind: str, limits: tuple[str, ...], as_json: bool) -> None:
    """Create an embedded org."""
    org = control.create_org(alias, kind, limits=_limits(limits))
    if as_json:
        _json(org.public())
        return
    click.echo(f"created {org.alias}: {org.kind} org {org.org_id}, user {org.username}")


@command.command()
@click.argument("alias")
def delete(alias: str) -> None:
    """Delete an embedded org with everything in it."""
    control.delete_org(alias)
    click.echo(f"deleted {alias}")


@command.command()
@click.argument("alias")
@click.argument("limits", nargs=-1, required=True, metavar="NAME=NUMBER...")
def limit(alias: str, limits: tuple[str, ...]) -> None:
    """Override limits of an org, for instance DailyApiRequests=100."""
    org = control.set_limits(alias, _limits(limits))
    click.echo(", ".join(f"{name}={amount}" for name, amount in org.limits.items()))


@command.command()
@click.argument("alias")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--show-token", is_flag=True, help="Print the access token too.")
def show(alias: str, as_json: bool, show_token: bool) -> None:
    """Show how to reach an embedded org."""
    shown = control.show_org(alias).public(token=show_token)
    if as_json:
        _json(shown)
        return
    width = max(len(name) for name in shown)
    for name, value in shown.items():
        click.echo(f"{name:<{width}}  {value}")


def _json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2))


def _limits(pairs: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for pair in pairs:
        name, equals, number = pair.partition("=")
        if not name or not equals or not number.isdigit():
            raise OrgwrightError(f"{pair!r} is no limit", help="write NAME=NUMBER, for instance DailyApiRequests=100")
        found[name] = int(number)
    return found
