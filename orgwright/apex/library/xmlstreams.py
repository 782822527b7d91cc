"""``XmlStreamReader`` and ``XmlStreamWriter`` (Apex Reference Guide): XML token by token.

The reader takes no document type and no entities of its own: what Apex code is given may be hostile.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from orgwright.apex.library.enums import enum
from orgwright.apex.library.registry import platform
from orgwright.apex.runtime.exceptions import XmlException, null_pointer
from orgwright.apex.runtime.values import EnumValue, PlatformObject

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_QUOTES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
Attribute = tuple[str | None, str | None, str, str]
"""Namespace, prefix, local name, value."""


class _Event:
    """One token: its kind by the name of ``System.XmlTag``, and what it holds."""

    __slots__ = ("attributes", "kind", "name", "namespace", "prefix", "text")

    def __init__(self, kind: str, text: str | None = None) -> None:
        self.kind, self.text = kind, text
        self.namespace: str | None = None
        self.prefix: str | None = None
        self.name: str | None = None
        self.attributes: tuple[Attribute, ...] = ()


def _named(event: _Event, raw: str) -> _Event:
    event.namespace, event.prefix, event.name = _parts(raw)
    return event


def _parts(raw: str) -> tuple[str | None, str | None, str]:
    """Namespace, prefix and local name of expat's form of a name."""
    parts = raw.split(" ")
    if len(parts) == 1:
        return None, None, raw
    return parts[0], parts[2] if len(parts) > 2 else None, parts[1]


def _events(text: str) -> list[_Event]:
    found = [_Event("START_DOCUMENT")]
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.namespace_prefixes = True
    parser.ordered_attributes = True
    parser.buffer_text = True

    def start(name: str, attributes: list[str]) -> None:
        event = _named(_Event("START_ELEMENT"), name)
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        event.attributes = tuple((*_parts(key), value) for key, value in pairs)
        found.append(event)

    def refuse(*_: Any) -> None:
        raise XmlException("ParseError: a document type is not allowed")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: found.append(_named(_Event("END_ELEMENT"), name))
    parser.CharacterDataHandler = lambda data: found.append(_Event("CHARACTERS", data))
    parser.CommentHandler = lambda data: found.append(_Event("COMMENT", data))
    parser.StartDoctypeDeclHandler = refuse

    def instruction(target: str, data: str) -> None:
        event = _Event("PROCESSING_INSTRUCTION", data)
        event.name = target
        found.append(event)

    parser.ProcessingInstructionHandler = instruction
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        place = f"[row,col]:[{error.lineno},{error.offset + 1}]"
        raise XmlException(f"ParseError at {place} Message: {expat.ErrorString(error.code)}") from None
    found.append(_Event("END_DOCUMENT"))
    return found


@platform("System.XmlStreamReader")
class XmlStreamReader(PlatformObject):
    """``System.XmlStreamReader``."""

    def __init__(self, text: str | None) -> None:
        if text is None:
            raise null_pointer("Argument cannot be null.")
        self.events = _events(text)
        self.at = 0

    @property
    def _event(self) -> _Event:
        return self.events[self.at]

    def getEventType(self) -> EnumValue:
        """The kind of the current token."""
        return enum("System.XmlTag")[self._event.kind]

    def hasNext(self) -> bool:
        """Whether there is a token behind this one."""
        return self.at < len(self.events) - 1

    def next(self) -> int:
        """Go to the next token."""
        if not self.hasNext():
            raise XmlException("No more elements to read")
        self.at += 1
        return enum("System.XmlTag")[self._event.kind].ordinal

    def nextTag(self) -> int:
        """Go on to the next start or end of an element."""
        found = self.next()
        while self._event.kind not in ("START_ELEMENT", "END_ELEMENT"):
            found = self.next()
        return found

    def isStartElement(self) -> bool:
        """Whether an element starts here."""
        return self._event.kind == "START_ELEMENT"

    def isEndElement(self) -> bool:
        """Whether an element ends here."""
        return self._event.kind == "END_ELEMENT"

    def isCharacters(self) -> bool:
        """Whether this is text."""
        return self._event.kind == "CHARACTERS"

    def isWhitespace(self) -> bool:
        """Whether this is text of blanks only."""
        return self.isCharacters() and not (self._event.text or "").strip()

    def hasName(self) -> bool:
        """Whether the token has a name."""
        return self.isStartElement() or self.isEndElement()

    def hasText(self) -> bool:
        """Whether the token has a text."""
        return self._event.kind in ("CHARACTERS", "COMMENT")

    def getText(self) -> str | None:
        """The text of characters or a comment."""
        return self._event.text if self.hasText() else None

    def getLocalName(self) -> str | None:
        """The local name of an element."""
        return self._event.name if self.hasName() else None

    def getNamespace(self) -> str | None:
        """The namespace of an element."""
        return self._event.namespace

    def getPrefix(self) -> str | None:
        """The prefix of an element."""
        return self._event.prefix

    def getAttributeCount(self) -> int:
        """The number of attributes; namespaces do not count."""
        return len(self._event.attributes)

    def _attribute(self, index: int | None) -> Attribute | None:
        attributes = self._event.attributes
        return attributes[index] if index is not None and 0 <= index < len(attributes) else None

    def getAttributeLocalName(self, index: int | None) -> str | None:
        """The local name of an attribute."""
        found = self._attribute(index)
        return None if found is None else found[2]

    def getAttributeNamespace(self, index: int | None) -> str | None:
        """The namespace of an attribute."""
        found = self._attribute(index)
        return None if found is None else found[0]

    def getAttributePrefix(self, index: int | None) -> str | None:
        """The prefix of an attribute."""
        found = self._attribute(index)
        return None if found is None else found[1]

    def getAttributeValueAt(self, index: int | None) -> str | None:
        """The value of an attribute by its place."""
        found = self._attribute(index)
        return None if found is None else found[3]

    def getAttributeValue(self, namespace: str | None, name: str | None) -> str | None:
        """The value of an attribute by its name; without a namespace of any."""
        for space, _, local, value in self._event.attributes:
            if local == name and (not namespace or space == namespace):
                return value
        return None

    def getPITarget(self) -> str | None:
        """The target of a processing instruction."""
        return self._event.name if self._event.kind == "PROCESSING_INSTRUCTION" else None

    def getPIData(self) -> str | None:
        """The data of a processing instruction."""
        return self._event.text if self._event.kind == "PROCESSING_INSTRUCTION" else None

    def setCoalescing(self, joined: bool | None) -> None:
        """Whether texts side by side are one token: here they always are."""

    def setNamespaceAware(self, aware: bool | None) -> None:
        """Whether namespaces are told apart: here they always are."""


@platform("System.XmlStreamWriter")
class XmlStreamWriter(PlatformObject):
    """``System.XmlStreamWriter``."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.open: list[str] = []
        self.pending = ""
        """How the start tag that is still open ends."""

    def _flush(self) -> None:
        if self.pending:
            self.parts.append(self.pending)
            self.pending = ""

    def _write(self, text: str) -> None:
        self._flush()
        self.parts.append(text)

    @staticmethod
    def _name(prefix: str | None, local: str | None) -> str:
        if local is None:
            raise null_pointer("Argument cannot be null.")
        return f"{prefix}:{local}" if prefix else local

    def _in_tag(self) -> None:
        if not self.pending:
            raise XmlException("Attribute not associated with any element")

    def writeStartDocument(self, encoding: str | None, version: str | None) -> None:
        """The XML declaration."""
        named = f' encoding="{encoding}"' if encoding else ""
        self._write(f'<?xml version="{version or "1.0"}"{named}?>')

    def writeEndDocument(self) -> None:
        """End all elements that are open."""
        while self.open:
            self.writeEndElement()
        self._flush()

    def writeStartElement(self, prefix: str | None, local: str | None, namespace: str | None) -> None:
        """Start an element."""
        name = self._name(prefix, local)
        self._write(f"<{name}")
        self.open.append(name)
        self.pending = ">"

    def writeEmptyElement(self, prefix: str | None, local: str | None, namespace: str | None) -> None:
        """An element without content."""
        self._write(f"<{self._name(prefix, local)}")
        self.pending = "/>"

    def writeEndElement(self) -> None:
        """End the innermost element."""
        if not self.open:
            raise XmlException("No element was found to write")
        self._write(f"</{self.open.pop()}>")

    def writeAttribute(self, prefix: str | None, namespace: str | None, local: str | None, value: str | None) -> None:
        """An attribute of the element that was just started."""
        if value is None:
            raise null_pointer("Argument cannot be null.")
        self._in_tag()
        self.parts.append(f' {self._name(prefix, local)}="{value.translate(_IN_QUOTES)}"')

    def writeNamespace(self, prefix: str | None, uri: str | None) -> None:
        """Declare a prefix."""
        self._in_tag()
        self.parts.append(f' xmlns:{prefix}="{(uri or "").translate(_IN_QUOTES)}"')

    def writeDefaultNamespace(self, uri: str | None) -> None:
        """Declare the namespace of names without a prefix."""
        self._in_tag()
        self.parts.append(f' xmlns="{(uri or "").translate(_IN_QUOTES)}"')

    def setDefaultNamespace(self, uri: str | None) -> None:
        """Bind a namespace without writing it."""

    def writeCharacters(self, text: str | None) -> None:
        """Text."""
        if text is None:
            raise null_pointer("Argument cannot be null.")
        self._write(text.translate(_ESCAPES))

    def writeCData(self, text: str | None) -> None:
        """A CDATA section."""
        self._write(f"<![CDATA[{text or ''}]]>")

    def writeComment(self, text: str | None) -> None:
        """A comment."""
        self._write(f"<!--{text or ''}-->")

    def writeProcessingInstruction(self, target: str | None, data: str | None) -> None:
        """A processing instruction."""
        self._write(f"<?{target} {data}?>" if data else f"<?{target}?>")

    def getXmlString(self) -> str:
        """What was written so far."""
        self._flush()
        return "".join(self.parts)

    def close(self) -> None:
        """End the writing."""
        self._flush()
