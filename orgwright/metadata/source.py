"""The source format: one small file a component, as ``sf project`` keeps it in version control.

Objects are folders whose fields are files; declarative files end in ``-meta.xml``; zipped static resources are folders.
"""

from __future__ import annotations

import io
import json
import mimetypes
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Final

from orgwright.errors import OrgwrightError, Place
from orgwright.metadata import children, xml, zip
from orgwright.metadata.component import Component
from orgwright.metadata.types import TYPES, MetadataType, by_folder, by_suffix
from orgwright.metadata.written import Written, write_files

_META: Final = "-meta.xml"
_SKIPPED_FOLDERS: Final = frozenset({"__tests__", "__mocks__", "__utam__", "node_modules"})
_SKIPPED_FILES: Final = frozenset({"jsconfig.json", "tsconfig.json", "package.xml"})
_EXTENSIONS: Final = {
    "application/json": "json",
    "application/javascript": "js",
    "text/javascript": "js",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
    "image/jpeg": "jpg",
    "text/plain": "txt",
}


class SourceError(OrgwrightError):
    """A source tree that cannot be read or a component that has no place in one."""


def write(components: Iterable[Component], root: Path) -> Written:
    """Write ``components`` below ``root`` (a package directory's ``main/default``); same content, same bytes; nothing is removed."""
    return write_files(files(components), root)


def files(components: Iterable[Component]) -> dict[str, bytes]:
    """Every source file of ``components`` by its path."""
    out: dict[str, bytes] = {}
    for component in sorted(components):
        kind = TYPES.get(component.type)
        if kind is None:
            raise SourceError(f"{component.type} is not a metadata type", where=Place(path=component.name))
        out.update(_files(component, kind))
    return out


def _files(component: Component, kind: MetadataType) -> dict[str, bytes]:
    if kind.parent:
        parent = TYPES[kind.parent]
        owner, _, name = component.name.partition(".")
        if parent.decomposed != "folders":
            raise SourceError(f"a {kind.name} is written with its {parent.name}", where=Place(path=component.name))
        return {f"{parent.folder}/{owner}/{kind.folder}/{name}.{kind.suffix}{_META}": component.body}
    base = kind.path(component.name)
    if kind.decomposed:
        return {f"{base}/{component.name}.{kind.suffix}{_META}": component.body}
    if kind.layout == "xml":
        return {f"{base}.{kind.suffix}{_META}": component.body}
    if kind.layout == "content":
        return {f"{base}.{kind.suffix}": component.body} | _meta(f"{base}.{kind.suffix}", component)
    if kind.layout == "bundle" or kind.name == "ExperienceBundle":
        inside = {f"{base}/{path}": content for path, content in component.files}
        return inside | (_meta(f"{base}.site", component) if kind.name == "ExperienceBundle" else {})
    return _mixed(component, kind, base)


def _meta(path: str, component: Component) -> dict[str, bytes]:
    return {} if component.meta is None else {f"{path}{_META}": component.meta}


def _mixed(component: Component, kind: MetadataType, base: str) -> dict[str, bytes]:
    """Static resources and documents: content under its own extension, or unpacked."""
    if kind.name == "Document":
        return {base: component.body} | _meta(f"{base.rpartition('.')[0] or base}.document", component)
    meta = _meta(f"{base}.{kind.suffix}", component)
    unpacked = dict(component.files) or _unpacked(component)
    if unpacked:
        return {f"{base}/{path}": content for path, content in unpacked.items()} | meta
    return {f"{base}.{_extension(component)}": component.body} | meta


def _content_type(component: Component) -> str:
    return xml.text(xml.parse(component.meta, name=component.name), "contentType") if component.meta else ""


def _unpacked(component: Component) -> dict[str, bytes]:
    if _content_type(component) not in ("application/zip", "application/x-zip-compressed"):
        return {}
    return zip.read(component.body, name=component.name) if zipfile.is_zipfile(io.BytesIO(component.body)) else {}


def _extension(component: Component) -> str:
    content_type = _content_type(component)
    known = _EXTENSIONS.get(content_type) or (mimetypes.guess_extension(content_type) or "").removeprefix(".")
    return known or "resource"


@dataclass
class _Parts:
    body: bytes | None = None
    meta: bytes | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    place: str = ""


def project_folders(root: Path) -> tuple[Path, ...]:
    """The package directories of a project: those of ``sfdx-project.json``, or ``root`` itself where there is none.

    Raises:
        SourceError: when the file is no JSON object or names a folder that is missing or outside the project.
    """
    config = root / "sfdx-project.json"
    if not config.is_file():
        return (root,)
    folders = []
    for name in _package_directories(config):
        folder = (root / name.replace("\\", "/")).resolve()
        if not folder.is_relative_to(root.resolve()):
            raise SourceError(f"the package directory {name} is outside the project", where=Place(file=str(config)))
        if not folder.is_dir():
            raise SourceError(f"the package directory {name} does not exist", where=Place(file=str(config)))
        folders.append(folder)
    return tuple(folders)


def _package_directories(config: Path) -> list[str]:
    place = Place(file=str(config))
    try:
        document = json.loads(config.read_text("utf-8-sig"))
    except ValueError as error:
        raise SourceError(f"the file is no JSON: {error}", where=place) from None
    listed = document.get("packageDirectories") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed:
        raise SourceError("the file has no list of packageDirectories", where=place)
    paths = [entry.get("path") if isinstance(entry, dict) else None for entry in listed]
    if not all(isinstance(path, str) and path for path in paths):
        raise SourceError("every one of the packageDirectories needs a path", where=place)
    return [str(path) for path in paths]


def read(root: Path, *, faults: list[OrgwrightError] | None = None) -> tuple[Component, ...]:
    """Every component below ``root``, sorted; files that belong to no type (README, tests of LWC, hidden files) are passed over.

    With ``faults`` a component that cannot be read is passed over too, and its error added to the list.

    Raises:
        SourceError: when ``root`` is no folder, when a ``-meta.xml`` belongs to no known type, or when its content is missing.
        XmlError: when a document that has to be looked into cannot be read.
    """
    if not root.is_dir():
        raise SourceError("the folder does not exist", where=Place(file=str(root)))
    reader = _Reader(root, faults)
    for path in _walk(root):
        with reader.tolerant():
            reader.take(path)
    return reader.finish()


def _walk(root: Path) -> Iterator[PurePosixPath]:
    for folder, names, found in os.walk(root):
        names[:] = sorted(n for n in names if not n.startswith(".") and n not in _SKIPPED_FOLDERS)
        for name in sorted(found):
            if not name.startswith(".") and name not in _SKIPPED_FILES:
                yield PurePosixPath((Path(folder) / name).relative_to(root).as_posix())


@contextmanager
def _errors_of(file: Path) -> Iterator[None]:
    """Errors of the XML inside name the file, whatever the document is called where it is read."""
    try:
        yield
    except xml.XmlError as error:
        where = replace(error.where or Place(), file=str(file))
        raise xml.XmlError(error.what, where=where, help=error.help) from None


class _Reader:
    """Gathers the files of each component, then builds it."""

    def __init__(self, root: Path, faults: list[OrgwrightError] | None = None) -> None:
        self._root = root
        self._faults = faults
        # a root may itself be a type's folder (lwc) or stand inside one
        self._above = root.resolve().parts[-1:]
        self._parts: dict[tuple[str, str], _Parts] = {}

    @contextmanager
    def tolerant(self) -> Iterator[None]:
        """Note an error inside instead of raising it, where the caller wants that."""
        try:
            yield
        except OrgwrightError as fault:
            if self._faults is None:
                raise
            self._faults.append(fault)

    def take(self, path: PurePosixPath) -> None:
        if self._take_bundle(path) or self._take_mixed(path):
            return
        if path.name.endswith(_META):
            self._take_meta(path)
        else:
            self._take_content(path)

    def _bytes(self, path: PurePosixPath) -> bytes:
        return (self._root / path).read_bytes()

    def _at(self, kind: MetadataType, name: str, path: PurePosixPath) -> _Parts:
        parts = self._parts.setdefault((kind.name, name), _Parts())
        parts.place = parts.place or str(path)
        return parts

    def _inside(self, path: PurePosixPath, wanted: str) -> Iterator[tuple[MetadataType, tuple[str, ...]]]:
        """The types of a layout whose folder is on the path, with what follows the folder."""
        parts = (*self._above, *path.parts)
        for index, part in enumerate(parts[:-1]):
            for kind in by_folder(part):
                if kind.layout == wanted:
                    yield kind, parts[index + 1 :]

    def _take_bundle(self, path: PurePosixPath) -> bool:
        for kind, rest in self._inside(path, "bundle"):
            depth = 2 if kind.name == "DigitalExperienceBundle" else 1
            if len(rest) > depth:
                inner = "/".join(rest[depth:])
                self._at(kind, "/".join(rest[:depth]), path).files[inner] = self._bytes(path)
            return True
        return False

    def _take_mixed(self, path: PurePosixPath) -> bool:
        for kind, rest in self._inside(path, "mixed"):
            if kind.name == "Document":
                return self._take_document(kind, rest, path)
            suffix = kind.suffix or "site"
            name = rest[0].removesuffix(f".{suffix}{_META}")
            if len(rest) == 1 and name != rest[0]:
                self._at(kind, name, path).meta = self._bytes(path)
            elif len(rest) == 1:
                self._at(kind, rest[0].rpartition(".")[0] or rest[0], path).body = self._bytes(path)
            else:
                self._at(kind, rest[0], path).files["/".join(rest[1:])] = self._bytes(path)
            return True
        return False

    def _take_document(self, kind: MetadataType, rest: tuple[str, ...], path: PurePosixPath) -> bool:
        name = "/".join(rest)
        if name.endswith(f".documentFolder{_META}"):
            return False
        if name.endswith(f".document{_META}"):
            self._at(kind, self._document(name.removesuffix(f".document{_META}"), path), path).meta = self._bytes(path)
        elif name.endswith(_META):
            self._at(kind, name.removesuffix(_META), path).meta = self._bytes(path)
        else:
            self._at(kind, name, path).body = self._bytes(path)
        return True

    def _document(self, name: str, meta: PurePosixPath) -> str:
        """The full name of a document, which has the extension of its content."""
        stem = meta.name.removesuffix(f".document{_META}")
        found = sorted(
            p.suffix for p in (self._root / meta.parent).glob("*") if p.stem == stem and not p.name.endswith(_META)
        )
        return name + next(iter(found), "")

    def _take_meta(self, path: PurePosixPath) -> None:
        stem = path.name.removesuffix(_META)
        suffix = PurePosixPath(stem).suffix.removeprefix(".")
        kind = self._kind(path, suffix)
        if kind is None:
            raise SourceError(
                f"no metadata type has files that end in .{suffix}{_META}", where=Place(file=str(self._root / path))
            )
        name = self._name(kind, path, stem.removesuffix(f".{suffix}"))
        parts = self._at(kind, name, path)
        if kind.has_meta_file:
            parts.meta = self._bytes(path)
        else:
            parts.body = self._bytes(path)

    def _take_content(self, path: PurePosixPath) -> None:
        kind = self._kind(path, path.suffix.removeprefix("."))
        if kind is not None and kind.layout == "content" and (self._root / f"{path}{_META}").is_file():
            self._at(kind, self._name(kind, path, path.stem), path).body = self._bytes(path)

    def _kind(self, path: PurePosixPath, suffix: str) -> MetadataType | None:
        candidates = by_suffix(suffix)
        folders = (*self._above, *path.parts[:-1])
        nearest = [k for folder in reversed(folders) for k in candidates if k.folder == folder]
        loose = [k for k in candidates if not k.strict]
        return next(iter(nearest or loose), None)

    def _name(self, kind: MetadataType, path: PurePosixPath, stem: str) -> str:
        parts = (*self._above, *path.parts[:-1])
        if kind.parent:
            # objects/Account/fields/X.field-meta.xml, or objects/Account/X.field-meta.xml
            owner = parts[-2] if parts[-1:] == (kind.folder,) and len(parts) > 1 else parts[-1]
            return children.full_name(owner, stem, kind)
        if kind.in_folder or kind.folder_of:
            last = max((i for i, part in enumerate(parts) if part == kind.folder), default=len(parts) - 1)
            return "/".join((*parts[last + 1 :], stem))
        if kind.inside is not None and kind.folder in parts:
            return kind.full_name("/".join((*parts[parts.index(kind.folder) + 1 :], stem)))
        return stem

    def finish(self) -> tuple[Component, ...]:
        flat: dict[tuple[str, str], list[Component]] = {}
        out: list[Component] = []
        for (type_name, name), parts in self._parts.items():
            with self.tolerant(), _errors_of(self._root / parts.place):
                self._add(self._component(type_name, name, parts), flat, out)
        return tuple(sorted([*(c for c in out if c.key not in flat), *self._whole(flat, out)]))

    @staticmethod
    def _add(component: Component, flat: dict[tuple[str, str], list[Component]], out: list[Component]) -> None:
        kind = TYPES[component.type]
        if kind.parent and TYPES[kind.parent].decomposed == "flat":
            flat.setdefault((kind.parent, children.parent_name(component)), []).append(component)
        elif kind.decomposed == "folders":
            rest, inner = children.split(component)
            out += [*([rest] if rest else []), *inner]
        else:
            out.append(component)

    def _whole(self, flat: dict[tuple[str, str], list[Component]], out: list[Component]) -> Iterator[Component]:
        """Parents that no one can deploy without their parts (translations, bots), put together again."""
        known = {component.key: component for component in out}
        for key, parts in flat.items():
            yield Component(*key, children.merge(TYPES[key[0]], known.get(key), parts))

    def _component(self, type_name: str, name: str, parts: _Parts) -> Component:
        kind = TYPES[type_name]
        place = Place(file=str(self._root / parts.place))
        if kind.name == "Document" and parts.body is None:
            raise SourceError(f"the content of the document {name} is missing", where=place)
        if kind.layout in ("content", "mixed") and parts.body is None and not parts.files:
            raise SourceError(f"the content of {type_name} {name} is missing", where=place)
        # a child's document is rewritten into its parent's, so blank lines before its XML declaration never arrive
        body = (parts.body or b"").lstrip() if kind.parent else parts.body or b""
        return Component(type_name, name, body, parts.meta, tuple(sorted(parts.files.items())))
