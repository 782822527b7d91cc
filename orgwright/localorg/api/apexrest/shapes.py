"""Apex REST's XML: ``<request>`` read, ``<response>`` and ``<Errors>`` written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from orgwright.localorg.api.http import ApiError
from orgwright.localorg.metadata.document import DocumentError, Node, parse

XML_TYPE = "application/xml;charset=UTF-8"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DECLARED = '<?xml version="1.0" encoding="UTF-8"?>'


def wants_xml(accept: str) -> bool:
    """Whether XML is preferred to JSON."""
    for part in accept.lower().split(","):
        kind = part.partition(";")[0].strip()
        if kind in {"application/xml", "text/xml"}:
            return True
        if kind in {"application/json", "*/*", "application/*"}:
            return False
    return False


def is_xml(content_type: str) -> bool:
    """Whether a body is XML."""
    return content_type.partition(";")[0].strip().lower() in {"application/xml", "text/xml"}


def read(body: bytes) -> dict[str, Any]:
    """The parameters in a ``<request>``: names with texts, mappings, or lists of them."""
    try:
        root = parse(body)
    except DocumentError as error:
        raise ApiError("XML_PARSER_ERROR", f"{error.message} at [line:{error.line}, column:{error.column}]") from None
    if root.tag != "request":
        raise ApiError("XML_PARSER_ERROR", f"The root element is {root.tag[:80]}, request was expected")
    found = _value(root)
    return found if isinstance(found, dict) else {}


def _value(node: Node) -> Any:
    if node.nil:
        return None
    if not node.children:
        return node.text
    found: dict[str, Any] = {}
    for child in node.children:
        value = _value(child)
        if child.tag in found:
            known = found[child.tag]
            found[child.tag] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            found[child.tag] = value
    return found


def response(value: Any) -> bytes:
    """A returned value as ``<response>``."""
    declared = f' xmlns:xsi="{_XSI}"'
    return f"{_DECLARED}{_element('response', value, declared)}".encode()


def _element(name: str, value: Any, attributes: str = "") -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if value is None:
        return f'<{name}{attributes} xsi:nil="true"/>'
    if isinstance(value, Mapping):
        kind = ' xsi:type="sObject"' if "type" in value and "Id" in value else ""
        inner = "".join(_element(key, item) for key, item in value.items())
        return f"<{name}{attributes}{kind}>{inner}</{name}>"
    text = "".join(c for c in str(value) if c >= " " or c in "\t\n\r")
    return f"<{name}{attributes}>{escape(text)}</{name}>"


def errors(error: ApiError) -> bytes:
    """An error as ``<Errors>``."""
    inner = _element("Error", {"errorCode": error.code, "message": error.message})
    return f"{_DECLARED}<Errors>{inner}</Errors>".encode()
