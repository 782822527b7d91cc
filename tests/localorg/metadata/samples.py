"""Small valid components of any metadata type, made of what the catalog says about the type."""

from __future__ import annotations

from collections.abc import Callable

from orgwright.localorg.metadata.catalog import ComplexType, Element, catalog
from orgwright.metadata.types import TYPES, MetadataType

from ..deploying import NAMESPACE

PLAIN = {"boolean": "true", "int": "1", "double": "1.0", "date": "2026-01-01", "dateTime": "2026-01-01T00:00:00.000Z",
         "time": "10:00:00.000Z", "base64Binary": "eA==", "string": "Text"}  # fmt: skip
Choose = Callable[[Element, int], int]
"""How often an element stands in the sample, by the element and how deep it is."""


def required(element: Element, depth: int) -> int:
    """What the schema asks for, no more."""
    return 1 if element.required and element.name not in ("fullName", "content") else 0


def body(type_name: str, choose: Choose = required, depth: int = 0) -> str:
    """The elements of a value of that type."""
    kind = catalog().type(type_name)
    return "" if kind is None else "".join(_elements(kind, choose, depth))


def _elements(kind: ComplexType, choose: Choose, depth: int) -> list[str]:
    found = []
    for element in kind.elements.values():
        count = choose(element, depth)
        value = _value(element, choose, depth)
        if value is not None:
            found += [f"<{element.name}>{value}</{element.name}>"] * (count if element.many else min(count, 1))
    return found


def _value(element: Element, choose: Choose, depth: int) -> str | None:
    if element.type in PLAIN:
        return PLAIN[element.type]
    values = catalog().enum(element.type)
    if values is not None:
        return values[0]
    if catalog().type(element.type) is None:
        return "x"
    if depth > 3:
        return None
    return body(element.type, choose, depth + 1)


def document(type_name: str, choose: Choose = required) -> bytes:
    """A document of that type."""
    return f"<{type_name} {NAMESPACE}>{body(type_name, choose)}</{type_name}>".encode()


def files(kind: MetadataType, name: str, choose: Choose = required) -> dict[str, bytes]:
    """The files of one component in the metadata format."""
    meta = document(kind.name, choose)
    if kind.layout == "bundle":
        return {f"{kind.folder}/{name}/{path}": data for path, data in _bundle(kind, name, meta).items()}
    if kind.name == "ExperienceBundle":
        return {f"experiences/{name}.site-meta.xml": meta, f"experiences/{name}/config/{name}.json": b"{}"}
    if kind.name == "Document":
        return {f"documents/{name}": b"\0\1 bytes", f"documents/{name}-meta.xml": meta}
    if kind.layout == "mixed":
        extension = f".{kind.suffix}"
        return {f"{kind.folder}/{name}{extension}": b"\0\1 bytes", f"{kind.folder}/{name}{extension}-meta.xml": meta}
    if kind.layout == "content":
        path = f"{kind.folder}/{name}.{kind.suffix}"
        return {path: f"content of {name}".encode(), f"{path}-meta.xml": meta}
    if kind.folder_of:
        return {f"{kind.folder}/{name}-meta.xml": meta}
    return {f"{kind.path(name)}.{kind.suffix}": meta}


def _bundle(kind: MetadataType, name: str, meta: bytes) -> dict[str, bytes]:
    if kind.name == "LightningComponentBundle":
        return {f"{name}.js": b"export default class {}", f"{name}.js-meta.xml": meta, "__tests__/a.test.js": b"//"}
    if kind.name == "AuraDefinitionBundle":
        return {f"{name}.cmp": b"<aura:component/>", f"{name}.cmp-meta.xml": meta}
    return {"content.json": b"{}", "inner/deep.txt": b"deep"}


def name_of(kind: MetadataType) -> str:
    """A name for a component of that type."""
    if kind.name == "DigitalExperienceBundle":
        return "site/Sample"
    name = "Fold/Sample" if kind.in_folder else "Model.Sample" if kind.inside else "Sample"
    return f"{name}.txt" if kind.name == "Document" else name


def parents() -> list[MetadataType]:
    """Every type that is not part of another's document."""
    return [kind for kind in TYPES.values() if kind.parent is None]
