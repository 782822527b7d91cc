"""Apex source text to tokens, in one pass of one regular expression."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal

from orgwright.apex.syntax.tree import LINE_SHIFT
from orgwright.apex.utf16 import points

COMMENT, WORD, NUMBER, STRING, PUNCTUATION, JUNK, END = 1, 2, 3, 4, 5, 6, 7

_TOKEN = re.compile(
    r"""
    \s*+
    (?:
    (//[^\n]* | /\*(?s:.*?)\*/)
  | ([A-Za-z_$\x80-\U0010ffff][\w$]*)
  | ((?:\d+(?:\.\d+)?|\.\d+)[A-Za-z_]*)
  | ('''[ \t]*\n(?s:.*?)(?<!\\)''' | '(?:[^'\\\n]|\\[^\n])*')
  | (=> | \?\? | \?\. | ===? | !==? | <> | <<=? | [<>+\-*/&|^]= | && | \|\| | \+\+ | --
      | [{}()\[\];,.<>=+\-*&|^~!?:@] | /(?!\*))
  | ((?s:.))
    )
    """,
    re.VERBOSE,
)
_IDENTIFIER = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*\Z")
_CUSTOM_NAME = re.compile(r"[A-Za-z](?:_{0,2}[A-Za-z0-9])*\Z")
_MOST_DIGITS = 4000
"""What is longer, Python does not read as a number."""
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


class ApexSyntaxError(Exception):
    """A text that is not Apex: packed position and Salesforce's message."""

    def __init__(self, pos: int, message: str) -> None:
        super().__init__(message)
        self.pos, self.message = pos, message


class Tokens:
    """Tokens as parallel lists: kind, text, lower-case text, packed position, offset; an ``END`` token closes them.

    ``source`` is the text with line ends made ``\\n`` and without a byte order mark: offsets count in it.
    """

    __slots__ = ("comments", "kinds", "low", "pos", "source", "start", "text")

    def __init__(self, source: str) -> None:
        if "\r" in source:
            source = source.replace("\r\n", "\n").replace("\r", "\n")
        self.source = source.removeprefix("\ufeff")
        self.kinds: list[int] = []
        self.text: list[str] = []
        self.low: list[str] = []
        self.pos: list[int] = []
        self.start: list[int] = []
        self.comments: list[tuple[int, int]] = []
        self._scan()

    def _scan(self) -> None:
        source = self.source
        # without the blanks at the end, which would be tried again from each of them on
        found = list(_TOKEN.finditer(source, 0, len(source.rstrip())))
        self.comments += [match.span(COMMENT) for match in found if match.lastindex == COMMENT]
        if self.comments:
            found = [match for match in found if match.lastindex != COMMENT]
        self.kinds += [match.lastindex or JUNK for match in found]
        self.text += [match[kind] for match, kind in zip(found, self.kinds, strict=True)]
        self.low += [t.lower() if kind == WORD else t for t, kind in zip(self.text, self.kinds, strict=True)]
        self.start += [match.end() - len(text) for match, text in zip(found, self.text, strict=True)]
        self.pos += _positions(source, self.start)
        if JUNK in self.kinds:
            at = self.kinds.index(JUNK)
            raise ApexSyntaxError(self.pos[at], self._junk(self.text[at], self.start[at]))
        self.kinds.append(END)
        self.text.append("<EOF>")
        self.low.append("<EOF>")
        self.start.append(len(source))
        lines = source.count("\n") + 1
        self.pos.append((lines << LINE_SHIFT) + len(source) - source.rfind("\n"))

    def _junk(self, text: str, start: int) -> str:
        if self.source.startswith("/*", start):
            return "Missing closing mark */ on multi-line comment."
        if text == "'":
            rest = self.source[start + 1 :].split("\n", 1)[0]
            if re.match(r"(?:[^'\\\n]|\\.)*\\?\Z", rest) and "'" in self.source[start + 1 + len(rest) :]:
                return "Line breaks are not allowed in string literals"
            return "Missing closing quote character ' on string."
        if text == "%":
            return "Found punctuation symbol or operator '%' that isn't valid in Apex."
        shown = text if text.isprintable() else f"\\u{ord(text):04x}"
        return f"Unrecognized symbol '{shown}', which is not a valid Apex identifier."


def _positions(source: str, starts: Sequence[int]) -> list[int]:
    """Packed positions of ascending offsets."""
    found: list[int] = []
    begin = done = 0
    for number, line in enumerate(source.split("\n"), 1):
        after = begin + len(line) + 1
        end = bisect_left(starts, after, done)
        if end > done:
            base = (number << LINE_SHIFT) + 1 - begin
            found += [base + start for start in starts[done:end]]
            done = end
        begin = after
    return found


def check_identifier(name: str, pos: int) -> None:
    """Refuse a declared name that Salesforce refuses."""
    if not _IDENTIFIER.match(name):
        raise ApexSyntaxError(pos, f"Invalid character in identifier: {name}")
    if len(name) > 255:
        raise ApexSyntaxError(pos, f"Identifier name is too long: {name}")


def number(text: str, pos: int) -> tuple[str, object]:
    """Kind and value of a number literal."""
    last = text[-1]
    if text.isdigit():
        return "Integer", _whole(text, 31, "integer", pos)
    digits = text[:-1]
    if last in "lL" and digits.isdigit():
        return "Long", _whole(digits, 63, "long", pos)
    if last.isdigit() and text.count(".") == 1 and text.replace(".", "").isdigit():
        return "Decimal", Decimal(text)
    if last in "dD" and digits.replace(".", "").isdigit():
        return "Double", float(digits)
    lead = re.match(r"\d+", text)
    raise ApexSyntaxError(pos, f"Unexpected token '{lead.group() if lead else text}'.")


def _whole(digits: str, bits: int, kind: str, pos: int) -> int:
    value = int(digits) if len(digits) <= _MOST_DIGITS else 1 << bits
    if value >> bits:
        raise ApexSyntaxError(pos, f"Illegal {kind}")
    return value


def string(text: str, pos: int) -> str:
    """The value of a string literal or text block."""
    if text.startswith("'''") and len(text) > 5:
        inner = _strip_indent(text[3:-3].split("\n", 1)[1])
    else:
        inner = text[1:-1]
    if "\\" not in inner:
        return inner

    def value(match: re.Match[str]) -> str:
        code, letter = match.groups()
        if code:
            return chr(int(code, 16))
        low = letter.lower()
        if low in _ESCAPES:
            return _ESCAPES[low]
        if low == "u":
            detail = "Illegal unicode sequence. Less than four hex digits in unicode sequence."
        else:
            detail = f"Illegal character sequence '\\{letter}' in string literal."
        raise ApexSyntaxError(pos, f"Invalid string literal '{inner}'. {detail}")

    return points(_ESCAPE.sub(value, inner))


def _strip_indent(block: str) -> str:
    """Take away common indentation and trailing blanks, as Java does for text blocks."""
    lines = block.split("\n")
    counted = [line for line in lines[:-1] if line.strip()] + [lines[-1]]
    indent = min(len(line) - len(line.lstrip()) for line in counted)
    return "\n".join(line[indent:].rstrip() if line.strip() else "" for line in lines)
