"""``orgwright init``: a project of one's own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

import click

import orgwright
from orgwright.errors import OrgwrightError, Place

COPIED: Final = ("tasks", "robot", "cumulusci.yml", "sfdx-project.json")
IGNORED: Final = ".venv/\nbuild/\n__pycache__/\n.sfdx/\n.sf/\n"


@click.command(name="init")
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Make a project in FOLDER: a git repository with CumulusCI's configuration, tasks, flows and a Robot suite.

    The connectors that come with orgwright work in it at once; one of your own goes into connectors/NAME/connector.yml.
    """
    name = project_name(folder)
    if folder.exists() and any(folder.iterdir()):
        raise OrgwrightError("the folder is not empty", where=Place(file=str(folder)), help="name a new folder")
    _fill(folder, name)
    _make_repository(folder)
    click.echo(f"Project {name} is ready. Next:\n  cd {folder}\n  orgwright up gentrack --org local")


def project_name(folder: Path) -> str:
    """The project's name: that of its folder, which CumulusCI wants plain."""
    name = folder.resolve().name
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", name):
        raise OrgwrightError(
            f"{name!r} is no name for a project",
            where=Place(file=str(folder)),
            help="begin with a letter, then letters, digits, '-', '_' and '.'",
        )
    return name


def _skeleton() -> Path:
    """What a project consists of: in the wheel a folder of its own, in a checkout the checkout itself."""
    package = Path(orgwright.__file__).parent
    packed = package / "skeleton"
    return packed if packed.is_dir() else package.parent


def _fill(folder: Path, name: str) -> None:
    skeleton = _skeleton()
    folder.mkdir(parents=True, exist_ok=True)
    for entry in COPIED:
        source = skeleton / entry
        if source.is_dir():
            shutil.copytree(source, folder / entry, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / entry)
    settings = folder / "cumulusci.yml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^( +name:) orgwright$", rf"\1 {name}", text), encoding="utf-8")
    (folder / "connectors").mkdir()
    (folder / "connectors" / ".gitkeep").touch()
    (folder / "force-app").mkdir()
    (folder / "force-app" / ".gitkeep").touch()
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")


def _make_repository(folder: Path) -> None:
    """CumulusCI works in git repositories only."""
    from git import Repo
    from git.exc import GitCommandNotFound

    try:
        repository = Repo.init(folder, initial_branch="main")
    except GitCommandNotFound as fault:
        raise OrgwrightError("git is not installed", help="install git: CumulusCI needs it") from fault
    repository.close()
