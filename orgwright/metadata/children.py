"""Children of a component: fields and the like, merged into their object's document or taken out of it.

The metadata format keeps an object and all its fields in ``objects/X.object``; the source format and this project keep each child by itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from orgwright.errors import Place
from orgwright.metadata import xml
from orgwright.metadata.component import Component
from orgwright.metadata.types import TYPES, MetadataType

OBJECT = "CustomObject"


def full_name(parent: str, child: str, kind: MetadataType) -> str:
    """The child's name in a manifest: ``Account.Acme_Id__c``; labels go without their parent."""
    return child if kind.bare else f"{parent}.{child}"


def split(parent: Component) -> tuple[Component | None, tuple[Component, ...]]:
    """``parent`` without its children, and the children as components of their own, in the document's order.

    The first is None when the document holds nothing but children: a standard object that only brings fields is not itself deployed.

    Raises:
        XmlError: when the document cannot be read or a child has no name.
    """
    kind = TYPES[parent.type]
    root = xml.parse(parent.body, name=parent.name)
    tags = {child.tag: child for child in kind.children}
    found: list[Component] = []
    for element in list(root):
        child_kind = tags.get(xml.local(element))
        if child_kind is None:
            continue
        root.remove(element)
        found.append(_take(element, child_kind, parent.name))
    rest = Component(parent.type, parent.name, xml.to_bytes(root)) if xml.children(root) or not found else None
    return rest, tuple(found)


def _take(element: xml.Element, kind: MetadataType, parent: str) -> Component:
    name = xml.text(element, kind.key).strip()
    if not name:
        raise xml.XmlError(
            f"element {kind.key} missing for a child of type {kind.name}",
            where=Place(file=parent, line=xml.line_of(element)),
        )
    return Component(kind.name, full_name(parent, name, kind), xml.to_bytes(_renamed(element, kind.name)))


def _renamed(element: xml.Element, tag: str) -> xml.Element:
    """What is inside an element, under another name. It is moved, not copied: a large object has hundreds of fields."""
    root = xml.element(tag)
    if len(element) == 0:
        root.text = element.text
    for child in list(element):
        child.tail = None
        root.append(child)
    return root


def merge(kind: MetadataType, parent: Component | None, parts: Iterable[Component]) -> bytes:
    """The document of a parent with its children inside, elements in alphabetical order, children by name.

    The Metadata API wants equal elements side by side; the alphabet is the order in which it answers itself.
    """
    root = xml.parse(parent.body, name=parent.name) if parent else xml.element(kind.name)
    tags = {child.name: child.tag or "" for child in kind.children}
    own = [element for element in root if isinstance(element.tag, str)]
    inner = [_renamed(xml.parse(part.body, name=part.name), tags[part.type]) for part in sorted(parts)]
    merged = xml.element(kind.name)
    for element in sorted(own + inner, key=xml.local):
        merged.append(element)
    etree.cleanup_namespaces(merged, keep_ns_prefixes=["xsi", "xsd"])
    return xml.to_bytes(merged)


def parent_name(component: Component) -> str:
    """The component that a child belongs to: ``Account`` for ``Account.Acme_Id__c``, the one ``CustomLabels`` for a label."""
    kind = TYPES[component.type]
    return kind.parent or component.name if kind.bare else component.name.partition(".")[0]
