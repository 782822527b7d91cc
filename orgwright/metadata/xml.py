"""The one way to XML: a parser that trusts nothing and a writer with Salesforce's layout."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from lxml import etree

from orgwright.errors import OrgwrightError, Place

NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"
MAX_BYTES: Final = 100 * 1024 * 1024

Element: TypeAlias = etree._Element
Content: TypeAlias = "str | int | float | bool | Iterable[tuple[str, Content]] | None"

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_PROLOG: Final = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ENCODING: Final = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS: Final = {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"}


class XmlError(OrgwrightError):
    """A document that is not well-formed, or that uses what is refused (DTD, entities, other encodings, excessive size or depth)."""


def parse(data: bytes, *, name: str) -> Element:
    """The root element of ``data``. ``name`` is what errors call the document.

    A document type declaration is refused before the parser sees it, so there are no entities (XXE, "billion laughs") and
    nothing is fetched; depth and text size stay under libxml2's limits.

    Raises:
        XmlError: with line and column, for anything that cannot be read.
    """
    _refuse(data, name)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=False,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = re.sub(r", line \d+, column \d+.*$", "", error.msg or "not well-formed", flags=re.DOTALL)
        raise XmlError(reason, where=Place(file=name, line=line or 1, column=max(column, 1))) from None


def _refuse(data: bytes, name: str) -> None:
    if len(data) > MAX_BYTES:
        raise _refused(f"the document has {len(data):,} bytes, at most {MAX_BYTES:,} are read", name)
    if not data or data.isspace():
        raise _refused("the document is empty", name)
    body = data.removeprefix(b"\xef\xbb\xbf")
    declared = _ENCODING.match(body)
    # an encoding that hides "<!DOCTYPE" from the check below (UTF-16, UTF-7, EBCDIC) has no place in metadata
    if (
        b"\0" in body[:4]
        or body[:2] in (b"\xff\xfe", b"\xfe\xff")
        or (declared and declared[1].lower() not in _ENCODINGS)
    ):
        raise _refused("the encoding is not supported: use UTF-8", name)
    prolog = _PROLOG.match(body)
    end = prolog.end() if prolog else 0
    if body[end : end + 2] == b"<!":
        line = body.count(b"\n", 0, end) + 1
        column = end - (body.rfind(b"\n", 0, end) + 1) + 1
        raise _refused("document type declarations and entities are not allowed", name, line, column)


def _refused(what: str, name: str, line: int = 1, column: int = 1) -> XmlError:
    return XmlError(what, where=Place(file=name, line=line, column=column))


def local(element: Element) -> str:
    """The name of an element without its namespace; empty for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def line_of(element: Element) -> int | None:
    """The line of the document on which an element stands, where it was parsed."""
    return element.sourceline if isinstance(element.sourceline, int) else None


def children(element: Element, tag: str | None = None) -> list[Element]:
    """The child elements (without comments), only those called ``tag`` if given, whatever their namespace."""
    return [child for child in element if isinstance(child.tag, str) and (tag is None or local(child) == tag)]


def child(element: Element, tag: str) -> Element | None:
    """The first child element called ``tag``."""
    return next(iter(children(element, tag)), None)


def text(element: Element, path: str, default: str = "") -> str:
    """The text at ``a/b/c`` below ``element``; ``default`` where there is none."""
    at: Element | None = element
    for step in path.split("/"):
        at = child(at, step) if at is not None else None
    return default if at is None else (at.text or "")


def element(tag: str, content: Content = (), *, attributes: dict[str, str] | None = None) -> Element:
    """An element of the metadata namespace, built from pairs: ``element("CustomField", [("fullName", "X__c"), ("length", 64)])``.

    A pair with None is left out; booleans become ``true`` and ``false``; a nested list of pairs becomes children.
    """
    root = etree.Element(f"{{{NAMESPACE}}}{tag}", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    for key, value in (attributes or {}).items():
        root.set(key, value)
    _fill(root, content)
    return root


def _fill(parent: Element, content: Content) -> None:
    if content is None:
        return
    if isinstance(content, bool):
        parent.text = "true" if content else "false"
    elif isinstance(content, str | int | float):
        parent.text = str(content)
    else:
        for tag, value in content:
            if value is not None:
                _fill(etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}"), value)


def document(tag: str, content: Content = ()) -> bytes:
    """A whole document made of pairs, as bytes: see :func:`element`."""
    return to_bytes(element(tag, content))


def to_bytes(root: Element) -> bytes:
    """``root`` as a document in Salesforce's layout: UTF-8, double quotes, four blanks, one newline at the end."""
    etree.indent(root, space="    ")
    return _DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False, with_tail=False) + b"\n"
