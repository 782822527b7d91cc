"""The text of a class with its tokens: where things stand in it, and copies of it with one edit."""

from __future__ import annotations

import re
from bisect import bisect_left

from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.syntax.lexer import END, Tokens

_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


class Text:
    """One source. Places are indexes of its ``tokens``."""

    def __init__(self, source: Source) -> None:
        self.tokens = Tokens(source.body)

    def edited(self, begin: int, end: int, text: str) -> str:
        """The source with a text for the tokens from ``begin`` to before ``end``; line breaks stay."""
        starts, source = self.tokens.start, self.tokens.source
        if begin == end:
            where = starts[begin - 1] + len(self.tokens.text[begin - 1])
            return source[:where] + text + source[where:]
        until = starts[end - 1] + len(self.tokens.text[end - 1])
        breaks = source.count("\n", starts[begin], until)
        return source[: starts[begin]] + text + "\n" * breaks + source[until:]

    def at(self, pos: int) -> int | None:
        """The token at a position."""
        i = bisect_left(self.tokens.pos, pos)
        return i if i < len(self.tokens.pos) - 1 and self.tokens.pos[i] == pos else None

    def named(self, pos: int, name: str) -> int | None:
        """The token with that text at a position or just behind it."""
        i = bisect_left(self.tokens.pos, pos)
        return next((k for k in range(i, min(i + 4, len(self.tokens.text))) if self.tokens.text[k] == name), None)

    def line(self, i: int) -> int:
        """The 1-based line of a token."""
        return tree.line_of(self.tokens.pos[i])

    def lines(self, begin: int, end: int) -> frozenset[int]:
        """The lines from one token to another one."""
        return frozenset(range(self.line(begin), self.line(end) + 1))

    def modifier(self, declared: tree.Decl, word: str) -> int | None:
        """A modifier of a declaration."""
        first, last = bisect_left(self.tokens.pos, declared.modifiers.pos), bisect_left(self.tokens.pos, declared.pos)
        return next((i for i in range(first, last) if self.tokens.low[i] == word), None)

    def until(self, i: int, ends: tuple[str, ...]) -> int:
        """The next of some tokens outside of brackets."""
        depth = 0
        while self.tokens.kinds[i] != END and (depth or self.tokens.low[i] not in ends):
            depth += _BRACKETS.get(self.tokens.low[i], 0)
            # generics: a comma inside of them stands between names
            if depth == 0 and self.tokens.low[i] == "<" and re.match(r"<[\w.,\s<>\[\]]*>", self._rest(i)):
                depth_, i = 1, i + 1
                while depth_ and self.tokens.kinds[i] != END:
                    word = self.tokens.low[i]
                    depth_ += word.count("<") - word.count(">")
                    i += 1
                continue
            i += 1
        return i

    def _rest(self, i: int) -> str:
        return self.tokens.source[self.tokens.start[i] : self.tokens.start[i] + 200]

    def closing(self, i: int) -> int:
        """The bracket that closes the one at a place."""
        depth = 0
        while self.tokens.kinds[i] != END:
            depth += _BRACKETS.get(self.tokens.low[i], 0)
            if not depth:
                break
            i += 1
        return i
