"""Elements in the order of the Metadata API's schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from orgwright.metadata import xml

Pairs: TypeAlias = "list[tuple[str, xml.Content]]"


def ordered(content: Iterable[tuple[str, xml.Content]]) -> Pairs:
    """``content`` as the schema orders it: ``fullName`` first, the rest by the alphabet, equal elements as given."""
    return sorted(content, key=lambda pair: (pair[0] != "fullName", pair[0]))


def document(tag: str, content: Iterable[tuple[str, xml.Content]]) -> bytes:
    """A document whose elements are in the schema's order."""
    return xml.document(tag, ordered(content))


def flag(value: bool) -> bool | None:
    """True, or nothing: for elements that are left out when they are false."""
    return True if value else None
