"""Where a connector's file is: in the project, else in the installed package."""

from __future__ import annotations

import re
from pathlib import Path

from orgwright.spec.errors import SpecError, did_you_mean

FILE = "connector.yml"


def folders(project: Path | None = None) -> tuple[Path, ...]:
    """The folders that hold connectors, the project's first."""
    package = Path(__file__).parents[1]
    places = [project / "connectors"] if project else []
    places += [package / "connectors", package.parent / "connectors"]
    return tuple(place for place in places if place.is_dir())


def names(project: Path | None = None) -> tuple[str, ...]:
    """Names of all connectors that can be found."""
    return tuple(sorted({file.parent.name for folder in folders(project) for file in folder.glob(f"*/{FILE}")}))


def find(name: str, project: Path | None = None) -> Path:
    """The file of a connector.

    Args:
        name: of the connector, or the path of a file or folder.
        project: top of the checkout whose ``connectors/`` comes first.

    Raises:
        SpecError: there is no such connector.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        given = Path(name)
        file = given / FILE if given.is_dir() else given
        if file.is_file():
            return file
        raise SpecError(f"{name} is no file", help="give the name of a connector or the path of its connector.yml")
    for folder in folders(project):
        if (folder / name / FILE).is_file():
            return folder / name / FILE
    known = names(project)
    raise SpecError(
        f"no connector is called {name}",
        help=did_you_mean(name, known) or f"connectors here: {', '.join(known) or 'none'}",
    )
