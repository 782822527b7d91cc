"""``orgwright seed`` and what belongs to it."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

import click

from orgwright.cli.options import (
    bypass_option,
    connector_argument,
    failures_as_json,
    history_of,
    json_option,
    load_connector,
    org_option,
    print_json,
)
from orgwright.errors import OrgwrightError

if TYPE_CHECKING:
    from orgwright.org import OrgClient
    from orgwright.spec.model import Connector
    from orgwright.sync import SeedResult


@click.command(name="seed")
@connector_argument
@org_option
@click.option("--source", "address", metavar="DIR|FILE|URL", help="CSV folder or file, SQLite file, or SQLAlchemy URL.")
@click.option("--size", type=click.IntRange(min=0), help="Load sample data of this size.")
@click.option("--resume", "run", metavar="LOAD", help="Go on with a load that stopped.")
@bypass_option
@click.option("--yes", is_flag=True, help="Do not ask before a load into a production org.")
@json_option
def command(
    connector: str,
    settings: tuple[str, ...],
    org_name: str,
    address: str | None,
    size: int | None,
    run: str | None,
    bypass: tuple[str, ...],
    yes: bool,
    as_json: bool,
) -> None:
    """Load the first data into an org: Bulk API 2.0 upserts by external ID, parents first.

    The loading user holds the connector's bypass while the load runs, so that it publishes no events. Other connectors in the
    org are told of what is loaded, unless their bypass is asked for too. Rows that the org
    refuses do not stop the load: they end in CSV files with the reasons, and the exit code is 1.
    """
    with failures_as_json(as_json, org=org_name):
        spec = load_connector(connector, settings)
        signal.signal(signal.SIGTERM, _stop)
        result = _seed(spec, org_name, address, size, run, bypass, yes)
        print_json(_summary(org_name, result)) if as_json else _print(result)
    if result.failed:
        sys.exit(1)


def _stop(number: int, frame: FrameType | None) -> None:
    """A polite kill ends the load as ^C does, so that the bypass is taken back."""
    raise KeyboardInterrupt


def _seed(
    spec: Connector,
    org_name: str,
    address: str | None,
    size: int | None,
    run: str | None,
    bypass: tuple[str, ...],
    yes: bool,
) -> SeedResult:
    from orgwright.cli.data import data_for
    from orgwright.cli.orgs import connect
    from orgwright.cli.terminal import RowBars
    from orgwright.sync import resume, seed

    data = None if run else data_for(spec, org_name, address, size)
    if run and bypass:
        raise OrgwrightError("--resume goes on with the bypass that the load began with: leave --bypass out")
    if data is None and run is None:
        raise OrgwrightError("no data: give --source, or --size for sample data", help="see orgwright seed --help")
    with connect(org_name) as org, RowBars() as bars:
        history = history_of(org.connection.org_id)
        if not yes:
            _confirm(org, spec, org_name)
        try:
            if run is not None:
                return resume(org, spec, history, run, progress=bars.update)
            assert data is not None
            return seed(org, spec, data, history, bypass=bypass, progress=bars.update)
        except KeyboardInterrupt:
            stopped = [record.id for record in history.runs() if record.state == "stopped"][-1:]
            for id in stopped:
                click.echo(
                    f"\nStopped at a checkpoint. Nothing is lost: orgwright seed {spec.connector} --org {org_name} --resume {id}",
                    err=True,
                )
            raise click.Abort from None


def _confirm(org: OrgClient, spec: Connector, org_name: str) -> None:
    from orgwright.cli.orgs import is_embedded

    if not spec.outage.confirm or is_embedded(org_name) or not org.is_production():
        return
    for step in spec.outage.before:
        click.echo(f"  before the load: {step.text}", err=True)
    click.confirm(f"{org_name} is a production org. Start the load?", abort=True, err=True)


def _print(result: SeedResult) -> None:
    for id in result.mended:
        click.echo(f"The load {id} had left the bypass with its user: taken back.")
    for count in result.objects:
        refused = f"  {count.failed:,} refused" if count.failed else ""
        click.echo(
            f" {count.sobject:<26}{count.sent:>12,} rows  {count.created:,} created, {count.updated:,} updated{refused}"
        )
    events = "" if result.events is None else f", {result.events} events published"
    click.echo(f"\nLoad {result.run} {result.state}: {result.sent:,} rows, {result.failed:,} refused{events}.")
    for item in result.left_out:
        click.echo(f"Left out: {item.rows:,} rows of {item.sobject}, with reasons: {item.path}")
    for path in result.failed_rows:
        click.echo(f"Refused rows and reasons: {path}")


def _summary(org_name: str, result: SeedResult) -> dict[str, object]:
    return {
        "status": "failed" if result.failed else "ok",
        "org": org_name,
        "run": result.run,
        "state": result.state,
        "rows": {"sent": result.sent, "created": result.created, "updated": result.updated, "failed": result.failed},
        "objects": [
            {"object": c.sobject, "sent": c.sent, "created": c.created, "updated": c.updated, "failed": c.failed}
            for c in result.objects
        ],
        "failed_rows": [str(path) for path in result.failed_rows],
        "left_out": [{"object": item.sobject, "rows": item.rows, "file": str(item.path)} for item in result.left_out],
        "events": result.events,
    }
