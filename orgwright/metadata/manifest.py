"""Manifests: package.xml and the destructiveChanges files, which list members by type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orgwright.errors import Place
from orgwright.metadata import xml
from orgwright.metadata.types import TYPES

Members = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Manifest:
    """What a package.xml says: members by type (``*`` stays as it is), API version (None if it gives none), package name."""

    members: Members
    version: str | None = None
    full_name: str | None = None


def members(keys: Iterable[tuple[str, str]]) -> Members:
    """Types and names as a manifest lists them: sorted, once each, folders under the type that lives in them."""
    found: dict[str, set[str]] = {}
    for type_name, name in keys:
        kind = TYPES.get(type_name)
        if kind is not None and not kind.addressable:
            continue
        found.setdefault(kind.folder_of if kind and kind.folder_of else type_name, set()).add(name)
    return {type_name: tuple(sorted(found[type_name])) for type_name in sorted(found)}


def build(listed: Members, version: str | None) -> bytes:
    """The manifest as a document; without ``version`` as destructiveChanges files have it."""
    content: list[tuple[str, xml.Content]] = [
        ("types", [*(("members", name) for name in names), ("name", type_name)])
        for type_name, names in listed.items()
        if names
    ]
    return xml.document("Package", [*content, ("version", version)])


def parse(data: bytes, *, name: str = "package.xml") -> Manifest:
    """The manifest in ``data``.

    Raises:
        XmlError: when it is no manifest, or a ``types`` has no ``name``.
    """
    root = xml.parse(data, name=name)
    if xml.local(root) != "Package":
        raise xml.XmlError(
            f"the root element is {xml.local(root)}, not Package", where=Place(file=name, line=xml.line_of(root))
        )
    found: dict[str, list[str]] = {}
    for types in xml.children(root, "types"):
        type_name = xml.text(types, "name").strip()
        if not type_name:
            raise xml.XmlError("a types element has no name", where=Place(file=name, line=xml.line_of(types)))
        listed = found.setdefault(type_name, [])
        listed += [
            n for member in xml.children(types, "members") if (n := (member.text or "").strip()) and n not in listed
        ]
    return Manifest(
        {type_name: tuple(names) for type_name, names in found.items()},
        xml.text(root, "version").strip() or None,
        xml.text(root, "fullName").strip() or None,
    )
