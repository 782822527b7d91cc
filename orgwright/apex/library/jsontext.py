"""JSON text as tokens, with the error texts of the parser that Salesforce uses (Jackson).

Columns are those of that parser: an unexpected character is reported behind itself, and at the end of the text the
characters of the last buffer are counted twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orgwright.apex.library.numbertext import MOST_DIGITS
from orgwright.apex.utf16 import points

_BUFFER = 4000
_BLANK = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_WORD = re.compile(r"[A-Za-z0-9_$]*")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": ("VALUE_TRUE", True), "false": ("VALUE_FALSE", False), "null": ("VALUE_NULL", None)}
_VALUE = "expected a valid value (number, String, array, object, 'true', 'false' or 'null')"


class JsonProblem(ValueError):
    """Text that is no JSON: what is wrong and at which line and column."""

    def __init__(self, what: str, line: int, column: int) -> None:
        super().__init__(what)
        self.what, self.line, self.column = what, line, column


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind by the names of ``System.JSONToken``, its value, where it starts and ends."""

    kind: str
    value: Any
    start: int
    end: int


Mark = tuple[int, tuple[tuple[str, int], ...], str]


class Scanner:
    """Tokens of one JSON value and what follows it."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self._open: list[tuple[str, int]] = []
        self._state = "value"

    # ---------------------------------------------------------------------------------------- places

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of the parser when it stands at that offset."""
        line = self.text.count("\n", 0, offset) + 1
        start = self.text.rfind("\n", 0, offset) + 1
        column = offset - start + 1
        if offset >= len(self.text) and self.text:
            column += len(self.text) % _BUFFER or _BUFFER
        return line, column

    def problem(self, what: str, offset: int) -> JsonProblem:
        """The error of a parser that stands at that offset."""
        return JsonProblem(what, *self.place(offset))

    def _unexpected(self, what: str) -> JsonProblem:
        char = self.text[self.at]
        code = ord(char)
        shown = f"'{char}' (code {code})" if code >= 32 else f"(CTRL-CHAR, code {code})"
        return self.problem(f"Unexpected character ({shown}): {what}", self.at + 1)

    def _end(self) -> JsonProblem:
        if not self._open:
            return self.problem("Unexpected end-of-input", len(self.text))
        kind, start = self._open[-1]
        line = self.text.count("\n", 0, start) + 1
        column = start - self.text.rfind("\n", 0, start)
        closing = f"expected close marker for {kind} (from [line:{line}, column:{column}])"
        return self.problem(f"Unexpected end-of-input: {closing}", len(self.text))

    # ---------------------------------------------------------------------------------------- tokens

    def mark(self) -> Mark:
        """Where the scanner stands, for :meth:`back`."""
        return self.at, tuple(self._open), self._state

    def back(self, mark: Mark) -> None:
        """Stand where the mark was made."""
        self.at, opened, self._state = mark
        self._open = list(opened)

    @property
    def depth(self) -> int:
        """How many objects and arrays are open."""
        return len(self._open)

    def next(self) -> Token | None:
        """The next token; ``None`` when the value is complete."""
        self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
        if self._state == "done":
            return None
        if self.at >= len(self.text):
            if self._state == "value" and not self._open:
                return None
            raise self._end()
        return getattr(self, "_" + self._state)()  # type: ignore[no-any-return]

    def _after(self) -> None:
        self._state = "more" if self._open else "done"

    def _more(self) -> Token | None:
        kind = self._open[-1][0]
        char = self.text[self.at]
        if char in "]}":
            return self._close(char)
        if char != ",":
            raise self._unexpected(f"was expecting comma to separate {kind} entries")
        self.at += 1
        self._state = "name" if kind == "OBJECT" else "value"
        self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
        if self.at >= len(self.text):
            raise self._end()
        return self._name() if kind == "OBJECT" else self._value()

    def _first(self) -> Token | None:
        char = self.text[self.at]
        if char in "]}":
            return self._close(char)
        return self._name() if self._open[-1][0] == "OBJECT" else self._value()

    def _close(self, char: str) -> Token:
        kind, start = self._open[-1]
        wanted = "}" if kind == "OBJECT" else "]"
        if char != wanted:
            line, column = self.text.count("\n", 0, start) + 1, start - self.text.rfind("\n", 0, start)
            raise self.problem(
                f"Unexpected close marker '{char}': expected '{wanted}' (for {kind} starting at [line:{line}, column:{column}])",
                self.at + 1,
            )
        self._open.pop()
        self.at += 1
        self._after()
        return Token("END_" + kind, None, self.at - 1, self.at)

    def _name(self) -> Token:
        if self.text[self.at] != '"':
            raise self._unexpected("was expecting double-quote to start field name")
        start = self.at
        name = self._string()
        end = self.at
        self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
        if self.at >= len(self.text):
            raise self._end()
        if self.text[self.at] != ":":
            raise self._unexpected("was expecting a colon to separate field name and value")
        self.at += 1
        self._state = "value"
        return Token("FIELD_NAME", name, start, end)

    def _value(self) -> Token:
        start = self.at
        char = self.text[start]
        if char == '"':
            value: Any = self._string()
            kind = "VALUE_STRING"
        elif char in "{[":
            self._open.append(("OBJECT" if char == "{" else "ARRAY", start))
            self.at += 1
            self._state = "first"
            return Token("START_" + self._open[-1][0], None, start, self.at)
        elif char == "-" or char in "0123456789":
            kind, value = self._number()
        else:
            kind, value = self._word()
        self._after()
        return Token(kind, value, start, self.at)

    def _number(self) -> tuple[str, int | Decimal]:
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            self.at += 1
            if self.at >= len(self.text):
                raise self.problem("Unexpected end-of-input: was expecting a digit", self.at)
            raise self._unexpected("expected digit (0-9) to follow minus sign, for valid numeric value")
        text = match.group()
        following = self.text[match.end() : match.end() + 1]
        if text.lstrip("-") == "0" and following.isdigit():
            raise self.problem("Invalid numeric value: Leading zeroes not allowed", match.end() + 1)
        if following == ".":
            self.at = match.end() + 1
            if self.at >= len(self.text):
                raise self.problem("Unexpected end-of-input: decimal point not followed by a digit", self.at)
            raise self._unexpected("Decimal point not followed by a digit")
        self.at = match.end()
        whole = text.lstrip("-").isdigit()
        if not whole:
            return "VALUE_NUMBER_FLOAT", Decimal(text)
        return "VALUE_NUMBER_INT", int(text) if len(text) <= MOST_DIGITS else Decimal(text)

    def _word(self) -> tuple[str, bool | None]:
        word = _WORD.match(self.text, self.at).group()  # type: ignore[union-attr]
        if word in _WORDS:
            self.at += len(word)
            return _WORDS[word]
        if word[:1] in ("t", "f", "n") and word:
            raise self.problem(
                f"Unrecognized token '{word}': was expecting 'null', 'true', 'false' or NaN", self.at + len(word)
            )
        raise self._unexpected(_VALUE)

    def _string(self) -> str:
        start = self.at
        parts: list[str] = []
        at = start + 1
        while True:
            match = _PLAIN.match(self.text, at)
            assert match is not None
            parts.append(match.group())
            at = match.end()
            if at >= len(self.text):
                raise self.problem("Unexpected end-of-input: was expecting closing quote for a string value", at)
            char = self.text[at]
            if char == '"':
                self.at = at + 1
                return points("".join(parts))
            if char != "\\":
                raise self.problem(
                    f"Illegal unquoted character ((CTRL-CHAR, code {ord(char)})): has to be escaped using backslash to be "
                    "included in string value",
                    at + 1,
                )
            part, at = self._escaped(at + 1)
            parts.append(part)

    def _escaped(self, at: int) -> tuple[str, int]:
        char = self.text[at : at + 1]
        if char in _ESCAPES and char:
            return _ESCAPES[char], at + 1
        if char == "u":
            digits = self.text[at + 1 : at + 5]
            if re.fullmatch(r"[0-9a-fA-F]{4}", digits):
                return chr(int(digits, 16)), at + 5
            self.at = at + 1 + len(re.match(r"[0-9a-fA-F]*", digits).group())  # type: ignore[union-attr]
            if self.at >= len(self.text):
                raise self.problem("Unexpected end-of-input in character escape sequence", self.at)
            raise self._unexpected("expected a hex-digit for character escape sequence")
        if not char:
            raise self.problem("Unexpected end-of-input in character escape sequence", at)
        raise self.problem(f"Unrecognized character escape '{char}' (code {ord(char)})", at + 1)
