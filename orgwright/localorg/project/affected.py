"""What a change can affect: test classes whose code can reach, by the names in it, what changed."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from orgwright.localorg.apexhost.sources import header, without_comments
from orgwright.localorg.jobs.runner import Selection
from orgwright.localorg.project.sources import package_folders

if TYPE_CHECKING:
    from orgwright.localorg.project.sources import Project
    from orgwright.localorg.project.trial import Trial

_WORD = re.compile(r"[A-Za-z_]\w*")
_APEX = (".cls", ".trigger")
_NO_MATTER = frozenset({".md", ".txt", ".yml", ".yaml", ".gitignore"})
_CLIENT_SIDE = frozenset({"lwc", "aura"})
_SURROUNDINGS = ("sfdx-project.json", "config/project-scratch-def.json", "unpackaged/pre")
_PASSED_OVER = frozenset({"node_modules"})


def narrow(trial: Trial, selection: Selection, changed: Collection[str]) -> Selection:
    """The classes of a selection that changed files (paths relative to the project) can affect.

    A test reaches what its own code names, directly or over other units and over triggers on objects that it
    names. Any other file of a package directory, or of what the project's orgs are made with, can matter to every test.
    """
    root = trial.project.root
    packages = [folder.relative_to(root.resolve()) for folder in package_folders(root)]
    relevant = [path for path in map(PurePosixPath, changed) if _matters(path, packages)]
    names = {_stem(path) for path in relevant if _is_apex(path)}
    if any(not _is_apex(path) for path in relevant) or _named_by_metadata(trial.project, names):
        return selection
    reached = _reaching(_words(trial.project), names)
    kept = tuple(name for name in selection.classes or () if name.lower() in reached)
    return Selection(kept, selection.methods)


def _matters(path: PurePosixPath, packages: Iterable[Path]) -> bool:
    if any(path.is_relative_to(known) for known in _SURROUNDINGS):
        return True
    inside = path.is_absolute() or any(path.is_relative_to(folder.as_posix()) for folder in packages)
    return inside and path.suffix not in _NO_MATTER and not _CLIENT_SIDE.intersection(path.parts)


def _is_apex(path: PurePosixPath) -> bool:
    return path.suffix in _APEX or path.name.endswith((".cls-meta.xml", ".trigger-meta.xml"))


def _stem(path: PurePosixPath) -> str:
    return path.name.partition(".")[0].lower()


def _named_by_metadata(project: Project, names: set[str]) -> bool:
    """Whether a custom metadata record names a changed class: code that reads it may create one by that name."""
    return any(
        names & {word.lower() for word in _WORD.findall(component.body.decode("utf-8", "replace"))}
        for component in project.components
        if component.type == "CustomMetadata"
    )


def _words(project: Project) -> dict[str, set[str]]:
    """Words of each unit by its lower-case name; a trigger is known by its object's name too."""
    found: dict[str, set[str]] = {}
    for component in project.components:
        if component.type not in ("ApexClass", "ApexTrigger"):
            continue
        text = without_comments(component.body.decode("utf-8", "replace"))
        words = {word.lower() for word in _WORD.findall(text)}
        found.setdefault(component.name.lower(), set()).update(words)
        trigger = header(text) if component.type == "ApexTrigger" else None
        if trigger is not None:
            found.setdefault(trigger.sobject.lower(), set()).add(component.name.lower())
    return found


def _reaching(words: Mapping[str, set[str]], targets: Iterable[str]) -> set[str]:
    """All units whose words lead to one of the targets."""
    users: dict[str, set[str]] = {}
    for unit, named in words.items():
        for word in named & words.keys() | (named & set(targets)):
            users.setdefault(word, set()).add(unit)
    reached, waiting = set(targets), list(targets)
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if user not in reached:
                reached.add(user)
                waiting.append(user)
    return reached


def stamps(root: Path, needs: Iterable[Path] = ()) -> dict[str, tuple[int, int]]:
    """Time and size of every file of a project (paths relative to it) and of those that it needs; hidden ones left out."""
    found = {path.relative_to(root).as_posix(): stamp for path, stamp in _stamped(root)}
    for other in needs:
        found |= {path.resolve().as_posix(): stamp for path, stamp in _stamped(other)}
    return found


def _stamped(root: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _PASSED_OVER]
        for name in names:
            path = Path(folder, name)
            if name.startswith("."):
                continue
            try:
                status = path.stat()
            except FileNotFoundError:  # an editor's file that is gone already, or a dangling link
                continue
            yield path, (status.st_mtime_ns, status.st_size)


def differing(before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]) -> frozenset[str]:
    """The files that were changed, added or removed."""
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
