"""The command line. It loads a command's code only when that command runs, so that it starts at once."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from typing import Any, Final

import click

from orgwright import __version__
from orgwright.errors import OrgwrightError, show

COMMANDS: Final = {
    "up": ("orgwright.cli.up", "Bring an org up for a connector: generate, deploy, test, validate, seed."),
    "generate": ("orgwright.cli.generate", "Write a connector's metadata and Apex into the project."),
    "deploy": ("orgwright.cli.deploy", "Deploy a connector's metadata and Apex to an org."),
    "plan": ("orgwright.cli.plan", "Show what a deploy would do, and what is in its way."),
    "apply": ("orgwright.cli.apply", "Do exactly what a plan says."),
    "drift": ("orgwright.cli.drift", "Show what somebody changed by hand since the last apply."),
    "remove": ("orgwright.cli.remove", "Take one connector out of an org and leave the others whole."),
    "test": ("orgwright.cli.test", "Run a connector's Apex tests in an org and hold them to the gates."),
    "validate": ("orgwright.cli.validate", "Compare an org with a connector's spec."),
    "seed": ("orgwright.cli.seed", "Load the first data into an org."),
    "mark": ("orgwright.cli.mark", "Set a connector's flags on all records, so that each is fetched once."),
    "apex": ("orgwright.cli.apex", "Check, test and run Apex: a source tree without any org, a block in an org."),
    "history": ("orgwright.cli.history", "List the loads of an org."),
    "spec": ("orgwright.cli.spec", "Check connector specs; export the JSON Schema."),
    "docs": ("orgwright.cli.docs", "Write a connector's handbook: Markdown, HTML, data model as SVG."),
    "new": ("orgwright.cli.new", "Write a first spec, with comments."),
    "import": ("orgwright.cli.importing", "Write a spec from what is in an org."),
    "init": ("orgwright.cli.init", "Make a project."),
    "org": ("orgwright.cli.org", "Embedded orgs: start, stop, list, create, delete, show."),
}
"""Command name -> module that holds it (an attribute ``command``), one line of help."""


class Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in ``--help``, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help) for name, (_, help) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="orgwright")
def root() -> None:
    """A connector spec goes in, a Salesforce org that is ready for that connector comes out.

    ORG is any org that CumulusCI knows ('cci org list'), or an embedded org: a name that begins with
    'local' is made and started on demand.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run a command line and leave the process: 0 fine, 1 ran and found something wrong, 2 could not run."""
    try:
        root.main(args=arguments, standalone_mode=False)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.Abort:
        click.echo("aborted", err=True)
        sys.exit(130)
    except click.ClickException as fault:
        fault.show()
        sys.exit(2)
    except OrgwrightError as fault:
        click.echo(show(fault), err=True)
        sys.exit(fault.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as fault:
        if os.environ.get("ORGWRIGHT_DEBUG"):
            raise
        if isinstance(fault, OSError) and fault.filename is not None:
            click.echo(f"error: {fault.filename}: {fault.strerror}", err=True)
            sys.exit(2)
        if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            click.echo(f"error: {fault.strerror}\n  help: make room on the disk and run the command again", err=True)
            sys.exit(2)
        _internal(fault)


def _internal(fault: Exception) -> Any:
    """A defect of ours: say so without a traceback, and how to get one."""
    click.echo(
        f"error: orgwright met a fault of its own: {type(fault).__name__}: {fault}\n"
        "  help: please report it; ORGWRIGHT_DEBUG=1 shows where it happened",
        err=True,
    )
    sys.exit(2)
