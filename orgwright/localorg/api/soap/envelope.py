"""SOAP envelopes: read by local name, so that every client's prefixes do; written as Salesforce writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from orgwright.localorg.api.http import Answer, ApiError
from orgwright.localorg.metadata.document import DocumentError, Node, parse, to_bytes

CONTENT_TYPE = "text/xml;charset=UTF-8"
NAMESPACES = {
    "m": "http://soap.sforce.com/2006/04/metadata",
    "u": "urn:partner.soap.sforce.com",
    "c": "urn:enterprise.soap.sforce.com",
    "s": "http://soap.sforce.com/2006/08/apex",
}
_RECORDS = {"u": "urn:sobject.partner.soap.sforce.com", "c": "urn:sobject.enterprise.soap.sforce.com"}
_FAULTS = {"u": "urn:fault.partner.soap.sforce.com", "c": "urn:fault.enterprise.soap.sforce.com"}
_FAULT_OF = {
    "INVALID_LOGIN": "LoginFault",
    "LOGIN_DURING_RESTRICTED_TIME": "LoginFault",
    "INVALID_QUERY_LOCATOR": "InvalidQueryLocatorFault",
    "INVALID_NEW_PASSWORD": "InvalidNewPasswordFault",
    "INVALID_OLD_PASSWORD": "InvalidOldPasswordFault",
    "MALFORMED_ID": "InvalidIdFault",
    "INVALID_TYPE": "InvalidSObjectFault",
    "INVALID_FIELD": "InvalidFieldFault",
    "MALFORMED_QUERY": "MalformedQueryFault",
    "MALFORMED_SEARCH": "MalformedSearchFault",
}
_PLACED = frozenset({"InvalidFieldFault", "InvalidSObjectFault", "MalformedQueryFault", "MalformedSearchFault"})
_PLACE = re.compile(r"ERROR at Row:(\d+):Column:(\d+)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Elements that are there with xsi:nil when they have no value; the rest is left out.
_NILLABLE = frozenset(
    {
        "namespace",
        "stackTrace",
        "packageName",
        "exceptionMessage",
        "exceptionStackTrace",
        "compileProblem",
        "queryLocator",
    }
)


@dataclass(frozen=True)
class Raw:
    """XML that is written as it is."""

    text: str


@dataclass(frozen=True)
class Nil:
    """An element that is there without a value (``xsi:nil``)."""


@dataclass(frozen=True)
class Typed:
    """A value whose element names its type (``xsi:type``)."""

    type: str
    value: Any


@dataclass(frozen=True)
class Call:
    """One SOAP call: the operation's element and the header."""

    body: Node
    header: Node

    @property
    def session_id(self) -> str | None:
        """The session of the SessionHeader."""
        session = self.header.find("SessionHeader")
        return session.value("sessionId") or None if session else None


def read(data: bytes) -> Call:
    """The call in an envelope; raises :class:`ApiError` for what is none."""
    try:
        root = parse(data)
    except DocumentError as error:
        raise ApiError("INVALID_XML", f"{error.message} (line {error.line}, column {error.column})", 500) from None
    body = root.find("Body")
    if root.tag != "Envelope" or body is None or not body.children:
        raise ApiError("INVALID_SOAP_HEADER", "The body of the envelope is missing", 500)
    return Call(body.children[0], root.find("Header") or Node("Header"))


def answer(kind: str, operation: str, result: Any, *, header: str = "") -> Answer:
    """The envelope of ``<operation>Response``; ``result`` is a value, or a list for repeated results."""
    inner = "" if result is None else element("result", result)
    records = f' xmlns:sf="{_RECORDS[kind]}" xmlns:xsd="http://www.w3.org/2001/XMLSchema"' if kind in _RECORDS else ""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns="{NAMESPACES[kind]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{records}>'
        f"{header}<soapenv:Body><{operation}Response>{inner}</{operation}Response></soapenv:Body></soapenv:Envelope>"
    )
    return Answer(200, text.encode(), CONTENT_TYPE)


def element(name: str, value: Any) -> str:
    """A value as XML: mappings become children, lists repeated elements, nothing an absent or nil element."""
    if isinstance(value, list | tuple):
        return "".join(element(name, one) for one in value)
    if value is None:
        return f'<{name} xsi:nil="true"/>' if name in _NILLABLE else ""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Nil):
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, Typed):
        return element(name, value.value).replace(f"<{name}", f'<{name} xsi:type="{value.type}"', 1)
    if isinstance(value, Mapping):
        kind = f' xsi:type="{value["xsi:type"]}"' if "xsi:type" in value else ""
        nil = ' xsi:nil="true"' if value.get("xsi:nil") else ""
        children = "".join(element(k, v) for k, v in value.items() if not k.startswith("xsi:"))
        return f"<{name}{kind}{nil}>{children}</{name}>" if children else f"<{name}{kind}{nil}/>"
    if isinstance(value, bool):
        return f"<{name}>{'true' if value else 'false'}</{name}>"
    return f"<{name}>{escape(_printable(str(value)))}</{name}>"


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return _CONTROL.sub("", text)


def from_node(node: Node, tag: str, kind: str | None = None) -> Raw:
    """A metadata document as an element of an answer."""
    copy = Node(tag, text=node.text, children=node.children)
    inner = to_bytes(copy).decode().partition("?>")[2].strip()
    opened = f"<{tag}"
    attributes = f' xsi:type="{kind}"' if kind else ""
    head, _, rest = inner.partition(">")
    own = ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"' if "xsd:" in rest else ""
    closed = head.endswith("/")
    return Raw(f"{opened}{own}{attributes}{'/' if closed else ''}>{rest}")


def fault(kind: str, error: ApiError) -> Answer:
    """An error as a SOAP fault: HTTP 500, ``sf:CODE``."""
    text = escape(_printable(f"{error.code}: {error.message}"))
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns:sf="{_FAULTS.get(kind) or NAMESPACES.get(kind, NAMESPACES["m"])}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<soapenv:Body><soapenv:Fault><faultcode>sf:{escape(error.code)}</faultcode>"
        f"<faultstring>{text}</faultstring>{_detail(error) if kind in _FAULTS else ''}</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return Answer(500, body.encode(), CONTENT_TYPE, error.headers)


def _detail(error: ApiError) -> str:
    """What typed clients raise for the error: the fault of its kind, for a query with its place."""
    name = _FAULT_OF.get(error.code, "UnexpectedErrorFault")
    parts: dict[str, Any] = {"sf:exceptionCode": error.code, "sf:exceptionMessage": error.message}
    if name in _PLACED:
        place = _PLACE.search(error.message)
        parts |= {"sf:row": place[1] if place else -1, "sf:column": place[2] if place else -1}
    return element("detail", {f"sf:{name}": {"xsi:type": f"sf:{name}", **parts}})


def texts(node: Node, tag: str) -> Iterable[str]:
    """The texts of repeated elements."""
    return [child.text for child in node.all(tag)]
