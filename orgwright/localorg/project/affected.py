"""What a change can affect: test classes whose code can reach, by the names in it, what changed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from orgwright.localorg.apexhost.sources import header, without_comments
from orgwright.localorg.jobs.runner import Selection

if TYPE_CHECKING:
    from orgwright.localorg.project.sources import Project
    from orgwright.localorg.project.trial import Trial

_WORD = re.compile(r"[A-Za-z_]\w*")
_APEX = (".cls", ".trigger")
_NO_MATTER = frozenset({".md", ".txt", ".yml", ".yaml", ".gitignore"})


def narrow(trial: Trial, selection: Selection, changed: Collection[str]) -> Selection:
    """The classes of a selection that changed files (paths relative to the project) can affect.

    A test reaches what its own code names, directly or over other units and over triggers on objects that it
    names. A changed file that is no Apex can matter to every test.
    """
    relevant = [PurePosixPath(c) for c in changed if PurePosixPath(c).suffix not in _NO_MATTER]
    names = {_stem(path) for path in relevant if _is_apex(path)}
    if any(not _is_apex(path) for path in relevant) or _named_by_metadata(trial.project, names):
        return selection
    reached = _reaching(_words(trial.project), names)
    kept = tuple(name for name in selection.classes or () if name.lower() in reached)
    return Selection(kept, selection.methods)


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


def stamps(root: Path) -> dict[str, tuple[int, int]]:
    """Time and size of every file of a project, hidden ones left out."""
    found = {}
    for path in root.rglob("*"):
        relative = path.relative_to(root)
        if any(part.startswith(".") or part == "node_modules" for part in relative.parts) or not path.is_file():
            continue
        status = path.stat()
        found[relative.as_posix()] = (status.st_mtime_ns, status.st_size)
    return found


def differing(before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]) -> frozenset[str]:
    """The files that were changed, added or removed."""
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
