"""``orgwright org``: embedded orgs on this machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from orgwright.errors import OrgwrightError
from orgwright.localorg import control, service

EDITIONS = ("Group", "Professional", "Enterprise", "Unlimited", "Performance", "Developer")
KINDS = ("scratch", "sandbox", "developer", "production")


@click.group(name="org", help="Embedded orgs: start, stop, list, create, delete, show, snapshot, restore, clone.")
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
@click.option(
    "--edition",
    type=click.Choice(EDITIONS, case_sensitive=False),
    help="Default: Developer for scratch and developer orgs, else Enterprise.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def create(alias: str, kind: str, limits: tuple[str, ...], edition: str | None, as_json: bool) -> None:
    """Create an embedded org."""
    org = control.create_org(alias, kind, limits=_limits(limits), edition=edition)
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
@click.option("--pubsub", is_flag=True, help="Open the port of the Pub/Sub API (gRPC) and show it.")
def show(alias: str, as_json: bool, show_token: bool, pubsub: bool) -> None:
    """Show how to reach an embedded org."""
    shown = control.show_org(alias).public(token=show_token)
    if pubsub:
        shown["pubsub_address"] = control.pubsub_address()
    if as_json:
        _json(shown)
        return
    width = max(len(name) for name in shown)
    for name, value in shown.items():
        click.echo(f"{name:<{width}}  {value}")


@command.command()
@click.argument("alias")
@click.option("--as", "name", default="", metavar="SNAPSHOT", help="Its name; without: the org's and the time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def snapshot(alias: str, name: str, as_json: bool) -> None:
    """Keep an org as it is now, while others use it."""
    kept = control.snapshot_org(alias, name)
    if as_json:
        _json(asdict(kept))
        return
    click.echo(f"kept {kept.alias} as {kept.name} ({kept.size / 1e6:.1f} MB)")


@command.command()
@click.argument("alias")
@click.argument("snapshot", default="")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def restore(alias: str, snapshot: str, as_json: bool) -> None:
    """Bring an org back to a snapshot of it, by default the newest; what came later is gone."""
    kept = control.restore_org(alias, snapshot)
    if as_json:
        _json(asdict(kept))
        return
    click.echo(f"{alias} is again as it was at {kept.created} ({kept.name})")


@command.command()
@click.argument("alias")
@click.argument("new")
@click.option("--snapshot", default="", metavar="SNAPSHOT", help="Copy this snapshot instead of the org as it is now.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def clone(alias: str, new: str, snapshot: str, as_json: bool) -> None:
    """Make a new org with everything that is in an org; its Id and its user names are its own."""
    org = control.clone_org(alias, new, snapshot=snapshot)
    if as_json:
        _json(org.public())
        return
    click.echo(f"created {org.alias}: {org.kind} org {org.org_id}, user {org.username}")


@command.command()
@click.option("--delete", "name", default=None, metavar="SNAPSHOT", help="Delete a snapshot.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def snapshots(name: str | None, as_json: bool) -> None:
    """List the snapshots, or delete one."""
    if name is not None:
        control.delete_snapshot(name)
        click.echo(f"deleted {name}")
        return
    found = control.list_snapshots()
    if as_json:
        _json([asdict(one) for one in found])
        return
    if not found:
        click.echo("no snapshot yet: orgwright org snapshot NAME")
        return
    width = max(len(one.name) for one in found)
    for one in found:
        click.echo(f"{one.name:<{width}}  {one.alias}  {one.created}  {one.size / 1e6:.1f} MB")


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
