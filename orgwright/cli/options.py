"""What several commands take: the connector, the org, parameters of the spec; and what they print."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from orgwright.errors import OrgwrightError, Place, show

if TYPE_CHECKING:
    from orgwright.spec.model import Connector
    from orgwright.sync import History

F = TypeVar("F", bound=Callable[..., Any])


COLLECT_AFTER = 100_000


def connector_argument(command: F) -> F:
    """CONNECTOR and ``--set``."""
    command = click.option(
        "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter of the spec."
    )(command)
    return click.argument("connector")(command)


def org_option(command: F) -> F:
    """``--org``."""
    return click.option(
        "--org", "org_name", required=True, metavar="ORG", help="An org of 'cci org list', or an embedded org."
    )(command)


def bypass_option(command: F) -> F:
    """``--bypass SET``, once or more."""
    return click.option(
        "--bypass",
        "bypass",
        metavar="SET",
        multiple=True,
        help="Another permission set that the loading user holds meanwhile, such as the bypass of another connector; repeatable.",
    )(command)


def json_option(command: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)


def junit_option(command: F) -> F:
    """``--junit FILE``."""
    return click.option(
        "--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write JUnit XML as well."
    )(command)


def load_connector(name: str, settings: tuple[str, ...], project: Path | None = None) -> Connector:
    """The connector of that name or path, with parameters set. Raises :class:`OrgwrightError`."""
    from orgwright import spec

    # A large spec is many objects that all stay: the collector would walk them again and again and free nothing.
    gc.set_threshold(COLLECT_AFTER, 50, 100)
    return spec.load(spec.find(name, project or Path.cwd()), parameters(settings))


def parameters(settings: tuple[str, ...]) -> dict[str, str]:
    """``NAME=VALUE`` pairs as a mapping."""
    pairs = [setting.partition("=") for setting in settings]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise OrgwrightError(f"{name!r} is not NAME=VALUE", where=Place(path="--set"))
    return {name: value for name, _, value in pairs}


def templates_of(project: Path) -> Path | None:
    """A project's own Apex templates, which override the shipped ones file by file."""
    own = project / "templates"
    return own if own.is_dir() else None


def history_of(org_id: str) -> History:
    """The loads of an org, in the state folder."""
    from orgwright.localorg.files import home_folder
    from orgwright.sync import History

    return History(home_folder() / "loads" / org_id)


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


@contextmanager
def failures_as_json(as_json: bool, **base: object) -> Iterator[None]:
    """With ``--json`` an error is one JSON object too: ``status``, ``reason``, ``where``, ``help``."""
    if not as_json:
        yield
        return
    try:
        yield
    except OrgwrightError as fault:
        where = str(fault.where) if fault.where else None
        print_json({"status": "failed", **base, "reason": fault.what, "where": where, "help": fault.help})
        click.echo(show(fault), err=True)
        sys.exit(fault.exit_code)
