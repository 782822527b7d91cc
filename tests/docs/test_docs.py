"""What the documentation says can be done, can be done."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from orgwright.cli import COMMANDS, root

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "connectors").rglob("*.md")])


def commands(program: str) -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for line in re.findall(rf"(?m)^\$ {program} (.*)$", page.read_text(encoding="utf-8")):
            found.append((page.name, re.split(r"\s+# ", line)[0].strip()))
    return found


def parse(command: click.Command, words: list[str]) -> None:
    """Let click read the words as the command line would, without running anything."""
    with command.make_context(command.name, list(words)) as context:
        if isinstance(command, click.Group):
            name, following, rest = command.resolve_command(context, [*context.protected_args, *context.args])
            assert following is not None, name
            parse(following, rest)


@pytest.mark.parametrize(("page", "line"), commands("orgwright"))
def test_documented_command_lines_are_valid(page: str, line: str) -> None:
    words = [word for word in shlex.split(line) if word not in {"-h", "--help", "--version"}]
    if words:
        parse(root, words)


@pytest.mark.parametrize(("page", "line"), commands("cci"))
def test_documented_flows_and_tasks_exist(page: str, line: str) -> None:
    project = yaml.safe_load((ROOT / "cumulusci.yml").read_text())
    kind, verb, *rest = shlex.split(line)
    if (kind, verb) == ("flow", "run"):
        assert rest[0] in project["flows"]
    elif (kind, verb) == ("task", "run"):
        assert rest[0] in project["tasks"]
    else:
        assert kind == "org"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert command is not None
    with click.Context(command, info_name=name) as context:
        assert len(command.get_help(context)) > 80
