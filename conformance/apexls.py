"""``python -m conformance.apexls CHECKOUT [--with CHECKOUT]...``: our compile errors beside those of apex-ls, on the same files.

apex-ls is an independent type checker (see ``.ci/judges``; it needs Java and npm). What only one of the two finds is
a fault of one of them, or a place where the org that the files meet differs: each is printed for a person to judge.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

from orgwright.errors import OrgwrightError, show
from orgwright.localorg.project import sources, trial
from orgwright.metadata.source import project_folders

_JUDGES = Path(__file__).resolve().parent.parent / ".ci" / "judges"
_ERRORS = frozenset({"Error", "Syntax", "Missing"})
_LEFT = shutil.ignore_patterns(".*", "node_modules", "__tests__", "__mocks__")


@dataclass(frozen=True, order=True)
class Finding:
    """An error at a 1-based line of a file, named relative to its project."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Comparison:
    """Errors at lines where the other has none, and the number of lines at which both have one."""

    ours: tuple[Finding, ...]
    theirs: tuple[Finding, ...]
    both: int


def compare(ours: Iterable[Finding], theirs: Iterable[Finding]) -> Comparison:
    """Hold two lists of errors against each other, line by line."""
    mine, other = sorted(ours), sorted(theirs)
    my_lines, other_lines = ({(f.file, f.line) for f in found} for found in (mine, other))
    return Comparison(
        tuple(f for f in mine if (f.file, f.line) not in other_lines),
        tuple(f for f in other if (f.file, f.line) not in my_lines),
        len(my_lines & other_lines),
    )


def our_findings(project: sources.Project) -> list[Finding]:
    """What ``orgwright apex check`` finds in the files of the project itself."""
    with closing(trial.deploy(project)) as made:
        own = {project.files[key] for key in project.own}
        return [Finding(fault.file, fault.line, fault.message) for fault in made.faults if fault.file in own]


def their_findings(root: Path, needs: Sequence[Path]) -> list[Finding]:
    """What apex-ls finds in the Apex of the project itself."""
    judges = scripts()
    with tempfile.TemporaryDirectory() as work:
        origins = _workspace(Path(work), root, needs)
        issues = judges.typed(Path(work), judges.libraries())
        return list(_in_project(issues, Path(work).resolve(), origins, root))


def scripts(path: Path = _JUDGES) -> Any:
    """The script that runs the judges, as a module: the name of its file has no suffix."""
    loader = SourceFileLoader("judges", str(path))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def _workspace(work: Path, root: Path, needs: Sequence[Path]) -> dict[str, Path]:
    """One project of all that is needed; gives the folder that each of its package directories is a copy of."""
    origins: dict[str, Path] = {}
    for project in (*needs, root):
        for folder in project_folders(project):
            name = f"p{len(origins)}"
            shutil.copytree(folder, work / name, ignore=_LEFT)
            origins[name] = folder
    listed = [{"path": name, "default": name == next(iter(origins))} for name in origins]
    document = {"packageDirectories": listed, "sourceApiVersion": sources.api_version(root)}
    (work / "sfdx-project.json").write_text(json.dumps(document))
    return origins


def _in_project(
    issues: Iterable[dict[str, Any]], work: Path, origins: dict[str, Path], root: Path
) -> Iterable[Finding]:
    for issue in issues:
        path = Path(issue["path"]).resolve()
        if issue["category"] not in _ERRORS or path.suffix not in (".cls", ".trigger"):
            continue
        name, *rest = path.relative_to(work).parts
        origin = origins[name].joinpath(*rest).resolve()
        if origin.is_relative_to(root.resolve()):
            yield Finding(origin.relative_to(root.resolve()).as_posix(), issue["line"], issue["message"])


def main() -> int:
    """Compare on one checkout; 1 when we find an error where apex-ls finds none."""
    parser = argparse.ArgumentParser(prog="conformance.apexls", description=__doc__)
    parser.add_argument("checkout", type=Path, help="a source-format project")
    parser.add_argument("--with", dest="needs", type=Path, action="append", default=[], help="a project that it needs")
    given = parser.parse_args()
    try:
        found = compare(
            our_findings(sources.read(given.checkout, given.needs)), their_findings(given.checkout, given.needs)
        )
    except OrgwrightError as error:
        print(show(error), file=sys.stderr)
        return error.exit_code
    for title, findings in (("only orgwright", found.ours), ("only apex-ls", found.theirs)):
        print(f"{title}: {len(findings)}")
        for finding in findings:
            print(f"  {finding}")
    print(
        f"{given.checkout.name}: {found.both} lines with errors of both, {len(found.ours)} of orgwright alone", end=""
    )
    print(f", {len(found.theirs)} of apex-ls alone")
    return 1 if found.ours else 0


if __name__ == "__main__":
    sys.exit(main())
