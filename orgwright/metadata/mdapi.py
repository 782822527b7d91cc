"""The metadata format: what the Metadata API takes and gives, as a zip or a folder.

One document an object with its children inside, no ``-meta.xml`` for declarative components, package.xml at the root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from orgwright.errors import OrgwrightError, Place
from orgwright.metadata import children, manifest, xml, zip
from orgwright.metadata.component import Component
from orgwright.metadata.manifest import Members
from orgwright.metadata.types import TYPES, MetadataType, by_folder
from orgwright.metadata.written import Written, write_files

API_VERSION: Final = "67.0"
_MANIFESTS: Final = ("package.xml", "destructiveChanges.xml", "destructiveChangesPre.xml", "destructiveChangesPost.xml")


class PackageError(OrgwrightError):
    """A package that is none: no package.xml, or a component that has no place in it."""


@dataclass(frozen=True)
class Package:
    """A package as it was sent.

    ``components`` are those that have files; ``members`` is what package.xml lists, by type. ``before`` are deletions that come first
    (destructiveChanges.xml and destructiveChangesPre.xml), ``destructive`` those that come last (destructiveChangesPost.xml).
    ``paths`` gives the file in the archive for a component's key (a child has its object's); ``unknown`` are files that belong to no type.
    """

    components: tuple[Component, ...]
    version: str | None = None
    members: Members = field(default_factory=dict)
    destructive: Members = field(default_factory=dict)
    before: Members = field(default_factory=dict)
    paths: Mapping[tuple[str, str], str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def to_zip(
    components: Iterable[Component],
    *,
    api_version: str = API_VERSION,
    destructive: Iterable[tuple[str, str]] = (),
    before: Iterable[tuple[str, str]] = (),
) -> bytes:
    """The deploy zip of ``components``; ``before`` and ``destructive`` are types and names to delete before and after them.

    The same components give the same bytes, in whatever order they come.
    """
    return zip.write(files(components, api_version=api_version, destructive=destructive, before=before))


def write(components: Iterable[Component], root: Path, *, api_version: str = API_VERSION) -> Written:
    """The same as :func:`to_zip`, as files under ``root``; nothing is removed."""
    return write_files(files(components, api_version=api_version), root)


def files(
    components: Iterable[Component],
    *,
    api_version: str = API_VERSION,
    destructive: Iterable[tuple[str, str]] = (),
    before: Iterable[tuple[str, str]] = (),
) -> dict[str, bytes]:
    """Every file of the package by its path."""
    given = sorted(components)
    out: dict[str, bytes] = {"package.xml": manifest.build(manifest.members(c.key for c in given), api_version)}
    for name, keys in (("destructiveChangesPre.xml", before), ("destructiveChangesPost.xml", destructive)):
        if listed := manifest.members(keys):
            out[name] = manifest.build(listed, None)
    parents: dict[tuple[str, str], list[Component]] = {}
    owners = {(kind.parent, children.parent_name(c)) for c in given if (kind := _kind(c)).parent}
    for component in given:
        kind = _kind(component)
        if kind.parent or kind.decomposed == "folders" or component.key in owners:
            parent = (kind.parent or kind.name, children.parent_name(component) if kind.parent else component.name)
            parents.setdefault(parent, []).append(component)
        else:
            out.update(_files(component, kind))
    for (parent_type, name), members in parents.items():
        kind = TYPES[parent_type]
        own = next((c for c in members if c.type == parent_type), None)
        body = children.merge(kind, own, [c for c in members if c.type != parent_type])
        out[f"{kind.folder}/{name}.{kind.suffix}"] = body
    return out


def _kind(component: Component) -> MetadataType:
    kind = TYPES.get(component.type)
    if kind is None:
        raise PackageError(f"{component.type} is not a metadata type", where=Place(path=component.name))
    return kind


def _files(component: Component, kind: MetadataType) -> dict[str, bytes]:
    base = kind.path(component.name)
    if kind.folder_of:
        return {f"{base}-meta.xml": component.body}
    if kind.layout == "xml":
        return {f"{base}.{kind.suffix}": component.body}
    if kind.layout == "bundle":
        return {f"{base}/{path}": content for path, content in component.files}
    if kind.name == "ExperienceBundle":
        out = {f"{base}/{path}": content for path, content in component.files}
        return out | ({f"{base}.site-meta.xml": component.meta} if component.meta else {})
    content = f"{base}.{kind.suffix}" if kind.name != "Document" else base
    body = zip.write(dict(component.files)) if component.files else component.body
    return {content: body} | ({f"{content}-meta.xml": component.meta} if component.meta is not None else {})


def read_zip(data: bytes, *, limits: zip.Limits = zip.DEPLOY) -> Package:
    """The package in a deploy zip, with package.xml at the root or in the one folder that has it (``unpackaged/``).

    Raises:
        ZipError, XmlError, PackageError: for what cannot be read; nothing is guessed.
    """
    return read_files(zip.read(data, limits=limits))


def read(root: Path) -> Package:
    """The package in a folder in metadata format."""
    found = {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
    return read_files(found)


def read_files(found: Mapping[str, bytes]) -> Package:
    """The package that consists of the files ``found`` by path."""
    root = _root(found)
    inside = {path.removeprefix(root): content for path, content in found.items() if path.startswith(root)}
    lists = {name: manifest.parse(inside[name], name=name) for name in _MANIFESTS if name in inside}
    package = lists["package.xml"]
    reader = _Reader(package.members)
    for path, content in inside.items():
        if path not in _MANIFESTS:
            reader.take(path, content)
    components, paths = reader.finish()
    pre = [lists[n].members for n in ("destructiveChanges.xml", "destructiveChangesPre.xml") if n in lists]
    return Package(
        components,
        package.version,
        package.members,
        lists["destructiveChangesPost.xml"].members if "destructiveChangesPost.xml" in lists else {},
        _union(pre),
        {key: root + path for key, path in paths.items()},
        tuple(root + path for path in reader.unknown),
    )


def _root(found: Mapping[str, bytes]) -> str:
    if "package.xml" in found:
        return ""
    folders = sorted(p.removesuffix("package.xml") for p in found if p.endswith("/package.xml") and p.count("/") == 1)
    if len(folders) != 1:
        raise PackageError("No package.xml found", help="a package has package.xml at its root")
    return folders[0]


def _union(lists: Iterable[Members]) -> Members:
    out: dict[str, tuple[str, ...]] = {}
    for listed in lists:
        for type_name, names in listed.items():
            out[type_name] = tuple(dict.fromkeys((*out.get(type_name, ()), *names)))
    return out


@dataclass
class _Parts:
    """The files of one component while they are gathered."""

    path: str
    body: bytes = b""
    meta: bytes | None = None
    files: dict[str, bytes] = field(default_factory=dict)


class _Reader:
    """Turns paths and contents into components."""

    def __init__(self, listed: Members) -> None:
        self._listed = listed
        self._parts: dict[tuple[str, str], _Parts] = {}
        self.unknown: list[str] = []

    def take(self, path: str, content: bytes) -> None:
        folder, _, rest = path.partition("/")
        kinds = by_folder(folder)
        if not rest or not kinds:
            self.unknown.append(path)
            return
        bundle = next((k for k in kinds if k.layout == "bundle" or k.name == "ExperienceBundle"), None)
        if bundle is not None:
            self._take_bundle(bundle, rest, path, content)
            return
        is_meta = rest.endswith("-meta.xml")
        stem = rest.removesuffix("-meta.xml")
        suffix = PurePosixPath(stem).suffix.removeprefix(".")
        kind = next((k for k in kinds if k.suffix == suffix and not k.folder_of), None)
        if kind is None and folder == "documents" and (suffix or "/" in stem):  # a document may have no extension
            kind = TYPES["Document"]
        if kind is None and is_meta:
            folder_kind = next((k for k in kinds if k.folder_of and not k.alias), None)
            if folder_kind is not None:
                self._at(folder_kind, stem, path).body = content
                return
        if kind is None:
            self.unknown.append(path)
            return
        name = stem if kind.name == "Document" else kind.full_name(stem.removesuffix(f".{suffix}"))
        if is_meta and kind.has_meta_file:
            self._at(kind, name, path.removesuffix("-meta.xml")).meta = content
        else:
            self._at(kind, name, path).body = content

    def _take_bundle(self, kind: MetadataType, rest: str, path: str, content: bytes) -> None:
        if kind.name == "ExperienceBundle" and rest.endswith(".site-meta.xml") and "/" not in rest:
            self._at(kind, rest.removesuffix(".site-meta.xml"), path).meta = content
            return
        depth = 2 if kind.name == "DigitalExperienceBundle" else 1
        parts = rest.split("/")
        if len(parts) <= depth:
            self.unknown.append(path)
            return
        name, inner = "/".join(parts[:depth]), "/".join(parts[depth:])
        self._at(kind, name, f"{kind.folder}/{name}").files[inner] = content

    def _at(self, kind: MetadataType, name: str, path: str) -> _Parts:
        return self._parts.setdefault((kind.name, name), _Parts(path))

    def finish(self) -> tuple[tuple[Component, ...], dict[tuple[str, str], str]]:
        components: list[Component] = []
        paths: dict[tuple[str, str], str] = {}
        for (type_name, name), parts in self._parts.items():
            whole = Component(type_name, name, parts.body, parts.meta, tuple(sorted(parts.files.items())))
            for component in self._decompose(whole, parts.path):
                components.append(component)
                paths[component.key] = parts.path
        return tuple(sorted(components)), paths

    def _decompose(self, whole: Component, path: str) -> Iterable[Component]:
        if TYPES[whole.type].decomposed != "folders":
            return (whole,)
        try:
            rest, inner = children.split(whole)
        except xml.XmlError as error:
            place = error.where or Place()
            raise xml.XmlError(error.what, where=Place(file=path, line=place.line, column=place.column)) from None
        if rest is None and whole.name in self._listed.get(whole.type, ()):
            rest = Component(whole.type, whole.name, xml.document(whole.type))
        return (*((rest,) if rest else ()), *inner)
