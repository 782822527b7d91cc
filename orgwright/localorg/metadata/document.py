"""Metadata XML with positions: what a deploy needs to say where a mistake is.

A position is the one that Salesforce reports: line and column (both from 1) just behind the start tag.
Document type declarations are refused: they are never needed and the way to entity bombs.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_QUOTES = {'"': "&quot;", "'": "&apos;"}
_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_DEPTH = 100


class DocumentError(Exception):
    """Text that is not well-formed XML, or XML that is refused, with its place."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass
class Node:
    """One element: name without namespace, text without surrounding blanks, children, place."""

    tag: str
    line: int = 1
    column: int = 1
    text: str = ""
    children: list[Node] = field(default_factory=list)
    xsi_type: str | None = None
    nil: bool = False
    end: tuple[int, int] = (1, 1)

    def all(self, tag: str) -> list[Node]:
        """The children of that name."""
        return [child for child in self.children if child.tag == tag]

    def find(self, tag: str) -> Node | None:
        """The first child of that name."""
        for child in self.children:
            if child.tag == tag:
                return child
        return None

    def value(self, tag: str, default: str = "") -> str:
        """The text of the first child of that name."""
        found = self.find(tag)
        return default if found is None else found.text

    def has(self, tag: str) -> bool:
        return self.find(tag) is not None

    def flag(self, tag: str, default: bool = False) -> bool:
        """The first child of that name as a boolean."""
        found = self.find(tag)
        return default if found is None else found.text == "true"

    def number(self, tag: str) -> int | None:
        """The first child of that name as a whole number; ``None`` when absent or empty."""
        text = self.value(tag)
        return int(text) if text else None

    def without(self, *tags: str) -> Node:
        """A copy that lacks the children of those names."""
        return Node(self.tag, self.line, self.column, self.text, [c for c in self.children if c.tag not in tags])

    def without_places(self, places: Collection[tuple[int | None, int | None]]) -> Node:
        """A copy that lacks the children at those lines and columns."""
        kept = [c for c in self.children if (c.line, c.column) not in places]
        return Node(self.tag, self.line, self.column, self.text, kept)


def make(tag: str, text: str = "", *children: Node) -> Node:
    """An element that was not read from a file."""
    return Node(tag, text=text, children=list(children))


class _Builder:
    """Builds the tree; offsets of the parser become places through the starts of the lines."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.parser = expat.ParserCreate("UTF-8", namespace_separator="\n")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.root: Node | None = None
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self._lines = [0]
        at = data.find(b"\n")
        while at >= 0:
            self._lines.append(at + 1)
            at = data.find(b"\n", at + 1)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._lines, offset)
        start = self._lines[line - 1]
        return line, len(self.data[start:offset].decode("utf-8", "replace")) + 1

    def _behind_tag(self) -> tuple[int, int]:
        """The place behind the tag that the parser is at."""
        match = _TAG.match(self.data, self.parser.CurrentByteIndex)
        return self._place(match.end() if match else self.parser.CurrentByteIndex)

    def _doctype(self, *_: object) -> None:
        line, column = self._place(self.parser.CurrentByteIndex)
        raise DocumentError("DOCTYPE is disallowed", line, column)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEPTH:
            raise DocumentError("Elements are nested too deeply", *self._place(self.parser.CurrentByteIndex))
        line, column = self._behind_tag()
        node = Node(name.rpartition("\n")[2], line, column)
        kind = attributes.get(f"{_XSI}\ntype")
        if kind is not None:
            node.xsi_type = kind.rpartition(":")[2]
        node.nil = attributes.get(f"{_XSI}\nnil") in ("true", "1")
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._texts.append([])

    def _text(self, data: str) -> None:
        if self._texts:
            self._texts[-1].append(data)

    def _end(self, name: str) -> None:
        node = self._open.pop()
        text = "".join(self._texts.pop())
        node.text = "" if node.children else text.strip()
        node.end = self._behind_tag()


def parse(data: bytes) -> Node:
    """Read a document; raises :class:`DocumentError`. Any encoding that its declaration names is understood."""
    try:
        data = _as_utf8(data)
    except (UnicodeDecodeError, LookupError) as error:
        raise DocumentError(f"Invalid encoding: {error}", 1, 1) from error
    builder = _Builder(data)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        text = expat.errors.messages.get(error.code, "not well-formed")
        raise DocumentError(text, error.lineno, error.offset + 1) from error
    assert builder.root is not None
    return builder.root


def _as_utf8(data: bytes) -> bytes:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    match = _ENCODING.match(data)
    name = match.group(1).decode("ascii").lower() if match else "utf-8"
    return data if name in ("utf-8", "utf8") else data.decode(name).encode()


def to_bytes(node: Node) -> bytes:
    """The document in Salesforce's layout: four blanks, ``\\n``, UTF-8 declaration, the Metadata API's namespace."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>']
    _write(node, 0, out, f' xmlns="{NAMESPACE}"' + (f' xmlns:xsi="{_XSI}"' if _uses_xsi(node) else ""))
    return ("\n".join(out) + "\n").encode()


def _uses_xsi(node: Node) -> bool:
    return node.xsi_type is not None or node.nil or any(_uses_xsi(child) for child in node.children)


def _write(node: Node, depth: int, out: list[str], attributes: str = "") -> None:
    pad = "    " * depth
    if node.nil:
        attributes += ' xsi:nil="true"'
    if node.xsi_type:
        # Values of custom metadata records are of the schema's own types, written with the prefix xsd.
        attributes += f' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xsi:type="xsd:{node.xsi_type}"'
    if node.children:
        out.append(f"{pad}<{node.tag}{attributes}>")
        for child in node.children:
            _write(child, depth + 1, out)
        out.append(f"{pad}</{node.tag}>")
    elif node.text:
        out.append(f"{pad}<{node.tag}{attributes}>{escape(node.text, _QUOTES)}</{node.tag}>")
    else:
        out.append(f"{pad}<{node.tag}{attributes}/>")
