"""``System.String``: escaping and unescaping for HTML, XML, Java, ECMAScript, CSV and quotes."""

from __future__ import annotations

import html.entities
import re

from orgwright.apex.library.arguments import given
from orgwright.apex.library.registry import native
from orgwright.apex.runtime.exceptions import StringException
from orgwright.apex.utf16 import points, units

_BASIC = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_HTML4 = {chr(code): f"&{name};" for code, name in html.entities.codepoint2name.items()}
_HTML3 = {char: name for char, name in _HTML4.items() if ord(char) < 256}
_HTML4_CHARS = {name[1:-1]: char for char, name in _HTML4.items()}
_HTML3_CHARS = {name[1:-1]: char for char, name in _HTML3.items()}
_XML_CHARS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_JAVA = {"\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_JAVA_BACK = {"b": "\b", "n": "\n", "t": "\t", "f": "\f", "r": "\r"}
_REFERENCE = re.compile(r"&(?:#([0-9]+)|#[xX]([0-9a-fA-F]+)|(\w+));")
_BACKSLASH = re.compile(r"\\(?:u+([0-9a-fA-F]{4})|([0-3]?[0-7]{1,2})|(.))", re.S)


@native("String.escapeSingleQuotes")
def escape_single_quotes(text: str) -> str:
    given(text)
    return text.replace("\\", "\\\\").replace("'", "\\'")


@native("String.escapeHtml3")
def escape_html3(text: str) -> str:
    return "".join(_HTML3.get(char, char) for char in text)


@native("String.escapeHtml4")
def escape_html4(text: str) -> str:
    return "".join(_HTML4.get(char, char) for char in text)


@native("String.escapeXml")
def escape_xml(text: str) -> str:
    return "".join("&apos;" if char == "'" else _BASIC.get(char, char) for char in text)


def _unescape(text: str, names: dict[str, str]) -> str:
    def put(match: re.Match[str]) -> str:
        decimal, hexadecimal, name = match.groups()
        if name is not None:
            return names.get(name, match.group())
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return chr(code) if code <= 0x10FFFF else match.group()

    return _REFERENCE.sub(put, text)


@native("String.unescapeHtml3")
def unescape_html3(text: str) -> str:
    return _unescape(text, _HTML3_CHARS)


@native("String.unescapeHtml4")
def unescape_html4(text: str) -> str:
    return _unescape(text, _HTML4_CHARS)


@native("String.unescapeXml")
def unescape_xml(text: str) -> str:
    return _unescape(text, _XML_CHARS)


def _backslashed(text: str, extra: dict[str, str]) -> str:
    out: list[str] = []
    for char in units(text):
        known = extra.get(char) or _JAVA.get(char)
        out.append(known or (char if " " <= char <= "~" else f"\\u{ord(char):04X}"))
    return "".join(out)


@native("String.escapeJava")
def escape_java(text: str) -> str:
    return _backslashed(text, {})


@native("String.escapeEcmaScript")
def escape_ecma_script(text: str) -> str:
    return _backslashed(text, {"'": "\\'", "/": "\\/"})


@native("String.unescapeJava", "String.unescapeEcmaScript")
def unescape_java(text: str) -> str:
    def put(match: re.Match[str]) -> str:
        code, octal, other = match.groups()
        if code is not None:
            return chr(int(code, 16))
        if octal is not None:
            return chr(int(octal, 8))
        return _JAVA_BACK.get(other, other)

    return points(_BACKSLASH.sub(put, text))


@native("String.escapeUnicode")
def escape_unicode(text: str) -> str:
    return "".join(char if ord(char) < 128 else f"\\u{ord(char):04X}" for char in units(text))


@native("String.unescapeUnicode")
def unescape_unicode(text: str) -> str:
    def put(match: re.Match[str]) -> str:
        if not match.group(1):
            raise StringException(
                f"Less than 4 hex digits in unicode value: '{match.group()}' due to end of CharSequence"
            )
        return chr(int(match.group(1), 16))

    return points(re.sub(r"\\u+\+?([0-9a-fA-F]{4})?", put, text))


@native("String.escapeCsv")
def escape_csv(text: str) -> str:
    if any(char in ',"\n\r' for char in text):
        return '"' + text.replace('"', '""') + '"'
    return text


@native("String.unescapeCsv")
def unescape_csv(text: str) -> str:
    inner = text[1:-1]
    if len(text) >= 2 and text[0] == text[-1] == '"' and any(char in ',"\n\r' for char in inner):
        return inner.replace('""', '"')
    return text
