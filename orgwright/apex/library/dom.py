"""``dom.Document`` and ``dom.XmlNode`` (Apex Reference Guide, Dom Namespace).

XML is read without entities, external files or a document type: what Apex code is given may be hostile.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.enums import enum
from orgwright.apex.library.http import HttpRequest, HttpResponse
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import XmlException
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import EnumValue, PlatformObject

_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_QUOTES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
Name = tuple[str | None, str]
"""Namespace and local name."""


@platform("dom.XmlNode")
class XmlNode(PlatformObject):
    """An element, a text or a comment."""

    __slots__ = ("attributes", "children", "kind", "name", "namespaces", "parent", "prefix", "text")

    def __init__(self, kind: str, name: Name = (None, ""), prefix: str | None = None, text: str = "") -> None:
        self.kind, self.name, self.prefix, self.text = kind, name, prefix, text
        self.attributes: dict[Name, str] = {}
        self.namespaces: dict[str, str] = {}
        self.children: list[XmlNode] = []
        self.parent: XmlNode | None = None

    def _add(self, node: XmlNode) -> XmlNode:
        node.parent = self
        self.children.append(node)
        return node

    # ------------------------------------------------------------------------------------- reading

    def getNodeType(self) -> EnumValue:
        """ELEMENT, TEXT or COMMENT."""
        return enum("dom.XmlNodeType")[self.kind]

    def getName(self) -> str | None:
        """The local name of an element."""
        return self.name[1] if self.kind == "ELEMENT" else None

    def getNamespace(self) -> str | None:
        """The namespace of an element."""
        return self.name[0]

    def getParent(self) -> XmlNode | None:
        """The element around it."""
        return self.parent

    def getText(self) -> str:
        """The text right inside an element, or of a text or comment."""
        if self.kind != "ELEMENT":
            return self.text
        return "".join(child.text for child in self.children if child.kind == "TEXT")

    def getChildren(self) -> List:
        """All nodes inside."""
        return _nodes(self.children)

    def getChildElements(self) -> List:
        """The elements inside."""
        return _nodes([child for child in self.children if child.kind == "ELEMENT"])

    def getChildElement(self, name: str | None, namespace: str | None) -> XmlNode | None:
        """The first element inside with that name; null when there is none."""
        if name is None:
            raise null_argument()
        wanted = (namespace, name)
        return next((child for child in self.children if child.kind == "ELEMENT" and child.name == wanted), None)

    def getAttributeCount(self) -> int:
        """The number of attributes."""
        return len(self.attributes)

    def getAttributeKeyAt(self, index: int) -> str | None:
        """The name of the attribute at a place."""
        names = list(self.attributes)
        return names[index][1] if 0 <= index < len(names) else None

    def getAttributeKeyNsAt(self, index: int) -> str | None:
        """The namespace of the attribute at a place."""
        names = list(self.attributes)
        return names[index][0] if 0 <= index < len(names) else None

    def getAttributeValue(self, name: str, namespace: str | None) -> str | None:
        """The value of an attribute; null when it is not there."""
        return self.attributes.get((namespace, name))

    getAttributeValueNs = getAttributeValue  # noqa: N815  an older name of it

    def getAttribute(self, name: str, namespace: str | None) -> str | None:
        """The value of an attribute; null when it is not there."""
        return self.attributes.get((namespace, name))

    def getPrefixFor(self, namespace: str) -> str | None:
        """The prefix that stands for a namespace here."""
        node: XmlNode | None = self
        while node is not None:
            found = next((prefix for prefix, uri in node.namespaces.items() if uri == namespace), None)
            if found is not None:
                return found
            node = node.parent
        return None

    def getNamespaceFor(self, prefix: str) -> str | None:
        """The namespace that a prefix stands for here."""
        node: XmlNode | None = self
        while node is not None:
            if prefix in node.namespaces:
                return node.namespaces[prefix]
            node = node.parent
        return None

    # ------------------------------------------------------------------------------------- writing

    def addChildElement(self, name: str | None, namespace: str | None, prefix: str | None) -> XmlNode:
        """A new element inside."""
        if name is None:
            raise null_argument()
        return self._add(XmlNode("ELEMENT", (namespace, name), prefix))

    def addTextNode(self, text: str | None) -> XmlNode:
        """A new text inside."""
        return self._add(XmlNode("TEXT", text=text or ""))

    def addCommentNode(self, text: str | None) -> XmlNode:
        """A new comment inside."""
        return self._add(XmlNode("COMMENT", text=text or ""))

    def insertBefore(self, node: XmlNode, before: XmlNode | None) -> XmlNode:
        """Put a node before another, or at the end."""
        if before is None:
            return self._add(node)
        if before not in self.children:
            raise XmlException("The reference node is not a child of this node")
        self.children.insert(self.children.index(before), node)
        node.parent = self
        return node

    def removeChild(self, node: XmlNode) -> bool:
        """Take a node out; whether it was inside."""
        if not any(child is node for child in self.children):
            return False
        self.children = [child for child in self.children if child is not node]
        node.parent = None
        return True

    def setAttribute(self, name: str, value: str) -> None:
        """Set an attribute without namespace."""
        self.attributes[(None, name)] = value

    def setAttributeNs(self, name: str, value: str, namespace: str | None, value_namespace: str | None) -> None:
        """Set an attribute in a namespace."""
        self.attributes[(namespace, name)] = value

    def removeAttribute(self, name: str, namespace: str | None) -> bool:
        """Take an attribute away; whether it was there."""
        return self.attributes.pop((namespace, name), None) is not None

    def setNamespace(self, prefix: str, namespace: str) -> None:
        """Declare a prefix here."""
        self.namespaces[prefix] = namespace

    def xml(self) -> str:
        """The node as XML."""
        if self.kind == "TEXT":
            return self.text.translate(_SPECIAL)
        if self.kind == "COMMENT":
            return f"<!--{self.text}-->"
        declared = dict(self.namespaces)
        tag = self._tag(declared)
        attributes = ""
        for (namespace, name), value in self.attributes.items():
            prefix = None if namespace is None else self.getPrefixFor(namespace) or "ns"
            if prefix and self.getNamespaceFor(prefix) != namespace:
                declared[prefix] = str(namespace)
            attributes += f" {f'{prefix}:' if prefix else ''}{name}={_quoted(value)}"
        shown = "".join(f" xmlns{f':{prefix}' if prefix else ''}={_quoted(uri)}" for prefix, uri in declared.items())
        inner = "".join(child.xml() for child in self.children)
        return f"<{tag}{shown}{attributes}>{inner}</{tag}>" if inner else f"<{tag}{shown}{attributes} />"

    def _tag(self, declared: dict[str, str]) -> str:
        namespace, name = self.name
        if namespace is None:
            return name
        prefix = self.prefix if self.prefix is not None else self.getPrefixFor(namespace)
        if prefix is None or self.getNamespaceFor(prefix) != namespace:
            declared[prefix or ""] = namespace
        return f"{prefix}:{name}" if prefix else name


def _quoted(text: str) -> str:
    return f'"{text.translate(_IN_QUOTES)}"'


def _nodes(nodes: list[XmlNode]) -> List:
    return List(types.list_of(RType("platform", XmlNode.apex_type, (), XmlNode)), list(nodes))


@platform("dom.Document")
class Document(PlatformObject):
    """``dom.Document``."""

    __slots__ = ("root",)

    def __init__(self) -> None:
        self.root: XmlNode | None = None

    def load(self, text: str | None) -> None:
        """Read a text. Raises XmlException when it is no XML, or has a document type."""
        if text is None:
            raise null_argument()
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            tree = etree.fromstring(text.encode(), parser)
        except etree.XMLSyntaxError as problem:
            line, column = problem.position
            raise XmlException(f"ParseError at [row,col]:[{line},{column}]\nMessage: {problem.msg}") from None
        if tree.getroottree().docinfo.internalDTD is not None:
            raise XmlException("DOCTYPE is not allowed")
        self.root = _read(tree)

    def getRootElement(self) -> XmlNode | None:
        """The outermost element."""
        return self.root

    def createRootElement(self, name: str | None, namespace: str | None, prefix: str | None) -> XmlNode:
        """A new outermost element."""
        if name is None:
            raise null_argument()
        self.root = XmlNode("ELEMENT", (namespace, name), prefix)
        return self.root

    def toXmlString(self) -> str:
        """The document as XML."""
        body = self.root.xml() if self.root is not None else ""
        return f'<?xml version="1.0" encoding="UTF-8"?>{body}'


def _read(element: Any) -> XmlNode:
    """The node of a parsed element, without recursion: documents may be deep."""
    root = _element(element)
    waiting = [(element, root)]
    while waiting:
        source, node = waiting.pop()
        if source.text:
            node.addTextNode(source.text)
        for child in source:
            if isinstance(child.tag, str):
                made = node._add(_element(child))
                waiting.append((child, made))
            elif child.tag is etree.Comment:
                node.addCommentNode(child.text)
            if child.tail:
                node.addTextNode(child.tail)
    return root


def _name(tag: str) -> Name:
    name = etree.QName(tag)
    return (name.namespace, name.localname)


def _element(source: Any) -> XmlNode:
    node = XmlNode("ELEMENT", _name(source.tag), source.prefix or ("" if source.nsmap.get(None) else None))
    above = source.getparent()
    known = {} if above is None else above.nsmap
    node.namespaces = {prefix or "": uri for prefix, uri in source.nsmap.items() if known.get(prefix) != uri}
    node.attributes = {_name(key): str(value) for key, value in source.attrib.items()}
    return node


@native("HttpResponse.getBodyDocument", "HttpRequest.getBodyDocument")
def body_document(message: HttpRequest | HttpResponse) -> Document:
    made = Document()
    made.load(message.getBody())
    return made


@native("HttpRequest.setBodyDocument")
def set_body_document(message: HttpRequest, document: Document | None) -> None:
    if document is None:
        raise null_argument()
    message.setBody(document.toXmlString())
