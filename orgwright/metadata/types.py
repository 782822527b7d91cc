"""The registry of metadata types: folder, suffix, layout, children.

The facts are in ``types.tsv`` beside this module; they follow the Metadata API's describeMetadata and the source format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal

Layout = Literal["xml", "content", "bundle", "mixed"]


@dataclass(frozen=True)
class MetadataType:
    """How components of one type are kept in files.

    ``layout``: ``xml`` one document; ``content`` a file and its ``-meta.xml``; ``bundle`` a folder of files; ``mixed`` a file of any
    extension, or a folder, and a ``-meta.xml``. ``tag`` is the element of a child inside its parent's document, ``key`` the element
    that holds the child's name. ``inside`` is the folder, within one for each model, of what belongs to it (empty: the model itself):
    ``territory2Models/Model/territories/Name``, whose full name is ``Model.Name``. ``decomposed`` says how the source format splits the parent (``folders`` or ``flat``).
    """

    name: str
    folder: str
    suffix: str | None
    layout: Layout
    strict: bool = False
    in_folder: bool = False
    folder_type: str | None = None
    folder_of: str | None = None
    decomposed: Literal["folders", "flat"] | None = None
    parent: str | None = None
    tag: str | None = None
    key: str = "fullName"
    bare: bool = False
    addressable: bool = True
    legacy_suffix: str | None = None
    alias: str | None = None
    inside: str | None = None
    children: tuple[MetadataType, ...] = field(default=(), repr=False)

    @property
    def has_meta_file(self) -> bool:
        """Whether a component has a ``-meta.xml`` beside its content in the metadata format."""
        return self.layout in ("content", "mixed")

    def path(self, name: str) -> str:
        """Where a package has the component of that full name: its path without suffix."""
        if self.inside is None:
            return f"{self.folder}/{name}"
        if not self.inside:
            return f"{self.folder}/{name}/{name}"
        model, _, own = name.partition(".")
        return f"{self.folder}/{model}/{self.inside}/{own}"

    def full_name(self, path: str) -> str:
        """The full name of the component whose file is at ``path`` (behind the type's folder, without suffix)."""
        if self.inside is None:
            return path
        model, _, own = path.partition("/")
        own = own.rpartition("/")[2] or model
        return f"{model}.{own}" if self.inside else own


def _flags(words: list[str]) -> dict[str, str]:
    return {name: value or "yes" for name, _, value in (word.partition("=") for word in words)}


def _parse(text: str) -> dict[str, MetadataType]:
    types: dict[str, MetadataType] = {}
    parents: list[tuple[list[str], list[list[str]]]] = []
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        cells = line.strip().split("\t")
        if line.startswith("  "):
            parents[-1][1].append(cells)
        else:
            parents.append((cells, []))
    for cells, rows in parents:
        children = tuple(_child(row, cells[0]) for row in rows)
        types[cells[0]] = _top(cells, children)
        types.update({child.name: child for child in children})
    return types


def _top(cells: list[str], children: tuple[MetadataType, ...]) -> MetadataType:
    name, folder, suffix, layout, *words = cells
    flags = _flags(words)
    return MetadataType(
        name=name,
        folder=folder,
        suffix=None if suffix == "-" else suffix,
        layout=layout,  # type: ignore[arg-type]
        strict="strict" in flags,
        in_folder="infolder" in flags,
        folder_type=flags.get("folder"),
        folder_of=flags.get("folderof"),
        decomposed=flags.get("decomposed"),  # type: ignore[arg-type]
        legacy_suffix=flags.get("legacy"),
        alias=flags.get("alias"),
        inside=flags["inside"].replace("yes", "") if "inside" in flags else None,
        children=children,
    )


def _child(cells: list[str], parent: str) -> MetadataType:
    name, folder, suffix, tag, *words = cells
    flags = _flags(words)
    return MetadataType(
        name=name,
        folder=folder,
        suffix=suffix,
        layout="xml",
        parent=parent,
        tag=tag,
        key=flags.get("key", "fullName"),
        bare="bare" in flags,
        addressable="unaddressable" not in flags,
        legacy_suffix=flags.get("legacy"),
    )


TYPES: Mapping[str, MetadataType] = _parse(resources.files(__package__).joinpath("types.tsv").read_text("utf-8"))
"""Every type by its Metadata API name, children (CustomField ...) included."""


@cache
def by_suffix(suffix: str) -> tuple[MetadataType, ...]:
    """Every type whose files end in ``.suffix`` (or did so once)."""
    return tuple(t for t in TYPES.values() if suffix in (t.suffix, t.legacy_suffix))


@cache
def by_folder(folder: str) -> tuple[MetadataType, ...]:
    """Every top-level type that lives in ``folder`` of a package."""
    return tuple(t for t in TYPES.values() if t.folder == folder and t.parent is None)
