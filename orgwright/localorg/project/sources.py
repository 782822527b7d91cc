"""A project's source tree as components, with the file of each class and trigger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final

from orgwright.errors import OrgwrightError, Place
from orgwright.localorg.project import surroundings
from orgwright.metadata import mdapi, source
from orgwright.metadata.component import Component

_KINDS: Final = {".cls": ("ApexClass", "class"), ".trigger": ("ApexTrigger", "trigger")}
_PASSED_OVER: Final = frozenset({"node_modules", "__tests__", "__mocks__"})
DEFAULT_VERSION: Final = "67.0"
_VERSION: Final = re.compile(rb"<version>\s*(\d+\.\d)\s*</version>")


@dataclass(frozen=True)
class Skipped:
    """What could not be taken: a component or a file, and why."""

    type: str
    name: str
    file: str
    reason: str


@dataclass(frozen=True)
class Project:
    """What a source tree holds.

    ``files`` gives the file of an Apex unit by kind (``class``, ``trigger``) and lower-case name, relative to
    ``root``; ``others`` are the roots of projects that this one needs.
    """

    root: Path
    components: tuple[Component, ...]
    files: dict[tuple[str, str], str]
    skipped: tuple[Skipped, ...] = ()
    api_version: str = DEFAULT_VERSION
    before: tuple[Component, ...] = ()
    """What its org has before it is deployed."""
    after: tuple[Component, ...] = ()
    """What is deployed behind it."""
    namespace: str | None = None
    """The namespace of its package, by which its code may name its own types."""
    opens_fields: bool = False
    """Whether the administrator gets to see every field."""
    own: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """Kind and lower-case name of the units of the project itself, not of those that it needs."""

    @property
    def lines(self) -> int:
        """Lines of Apex in all units."""
        return sum(len(c.body.splitlines()) for c in self.components if c.type in ("ApexClass", "ApexTrigger"))


def read(root: Path, needs: Sequence[Path] = ()) -> Project:
    """Read a project (or a plain folder of source) together with the projects that it needs.

    A class without a ``-meta.xml`` is taken with the project's API version. A component that cannot be read is in ``skipped``.

    Raises:
        OrgwrightError: when a folder does not exist or a project file cannot be read.
    """
    components: dict[tuple[str, str], Component] = {}
    files: dict[tuple[str, str], str] = {}
    before: dict[tuple[str, str], Component] = {}
    after: dict[tuple[str, str], Component] = {}
    skipped: list[Skipped] = []
    own: frozenset[tuple[str, str]] = frozenset()
    for folder in (*needs, root):
        faults: list[OrgwrightError] = []
        found, places = _read_one(folder, root, faults)
        before |= {(c.type, c.name.lower()): c for c in _plain(surroundings.read(folder, faults))}
        components |= {(c.type, c.name.lower()): c for c in found}
        after |= {(c.type, c.name.lower()): c for c in _plain(surroundings.read_last(folder, faults))}
        files |= places
        skipped += [_skipped(fault, root) for fault in faults]
        own = frozenset(places)
    if not components:
        if faults:
            raise faults[0]
        raise OrgwrightError("there is no Salesforce source here", where=Place(file=str(root)))
    return Project(
        root,
        tuple(sorted(components.values())),
        files,
        tuple(skipped),
        api_version(root),
        tuple(sorted(before.values())),
        tuple(sorted(after.values())),
        namespace(root),
        any(map(surroundings.opens_fields, (*needs, root))),
        own,
    )


def api_version(root: Path) -> str:
    """The API version that a project's sfdx-project.json or package.xml names, or the newest one."""
    config = root / "sfdx-project.json"
    if not config.is_file():
        manifests = [folder / "package.xml" for folder in package_folders(root)]
        versions = [_VERSION.search(path.read_bytes()) for path in manifests if path.is_file()]
        return next((found.group(1).decode() for found in versions if found is not None), DEFAULT_VERSION)
    return str(json.loads(config.read_text("utf-8")).get("sourceApiVersion") or DEFAULT_VERSION)


def namespace(root: Path) -> str | None:
    """The namespace that a project's sfdx-project.json names."""
    config = root / "sfdx-project.json"
    return str(json.loads(config.read_text("utf-8")).get("namespace") or "") or None if config.is_file() else None


def _read_one(
    root: Path, base: Path, faults: list[OrgwrightError]
) -> tuple[list[Component], dict[tuple[str, str], str]]:
    if not root.is_dir():
        text = "this is a file: name the folder of the project" if root.is_file() else "the folder does not exist"
        raise OrgwrightError(text, where=Place(file=str(root)))
    places: dict[tuple[str, str], str] = {}
    found: list[Component] = []
    for folder in package_folders(root):
        found += _components(folder, faults)
        for path in _apex_files(folder):
            type_name, kind = _KINDS[path.suffix]
            known = places.setdefault((kind, path.stem.lower()), _relative(path, base))
            if PurePath(known).stem != path.stem:
                raise OrgwrightError(f"the name differs from {known} in case only", where=Place(file=str(path)))
            places[kind, path.stem.lower()] = _relative(path, base)
            if not path.with_name(f"{path.name}-meta.xml").is_file():
                found.append(_bare(type_name, path, api_version(root)))
    return _plain(found), places


def package_folders(root: Path) -> tuple[Path, ...]:
    """Where a project's source stands: the directories of its sfdx-project.json, or else the one folder below it that is in
    metadata format (``src``, mostly), or else ``root`` itself.

    Folders of single packages beside ``src`` are what is installed or deployed apart, not the project.
    """
    if (root / "sfdx-project.json").is_file() or (root / "package.xml").is_file():
        return source.project_folders(root)
    held = [path.parent for pattern in ("src/package.xml", "*/src/package.xml") for path in sorted(root.glob(pattern))]
    return tuple(held[:1]) or (root,)


def _plain(components: Iterable[Component]) -> list[Component]:
    return [surroundings.without_namespace(component) for component in components]


def _skipped(fault: OrgwrightError, base: Path) -> Skipped:
    file = fault.where.file if fault.where else None
    return Skipped("", "", _relative(Path(file), base) if file else "", fault.what)


def _components(folder: Path, faults: list[OrgwrightError]) -> list[Component]:
    """The components of a folder in source format, or in metadata format when it has a package.xml."""
    if not (folder / "package.xml").is_file():
        return list(source.read(folder, faults=faults))
    try:
        return list(mdapi.read(folder).components)
    except OrgwrightError as error:
        faults.append(error)
        return []


def _relative(path: Path, base: Path) -> str:
    full, top = path.resolve(), base.resolve()
    return full.relative_to(top).as_posix() if full.is_relative_to(top) else str(full)


def _apex_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") or part in _PASSED_OVER for part in path.relative_to(folder).parts)
        if path.suffix in _KINDS and not hidden and path.is_file():
            yield path


def _bare(type_name: str, path: Path, version: str) -> Component:
    meta = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{type_name} xmlns="http://soap.sforce.com/2006/04/metadata">'
        f"<apiVersion>{version}</apiVersion><status>Active</status></{type_name}>\n"
    )
    return Component(type_name, path.stem, path.read_bytes(), meta.encode())
