"""The text of a SOQL or SOSL literal, put together from the source around its binds."""

from __future__ import annotations

from orgwright.apex.syntax import tree
from orgwright.apex.syntax.lexer import Tokens


class QueryText:
    """Puts the text of a query together and keeps where each part came from."""

    def __init__(self, tokens: Tokens, first: int) -> None:
        self.tokens = tokens
        self.parts: list[str] = []
        self.spans: list[tuple[int, int]] = []
        self.length = 0
        self.index = first

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self.parts)

    def upto(self, i: int) -> None:
        """Take the source before sign ``i``, with comments blanked."""
        tokens = self.tokens
        begin, end = tokens.start[self.index], tokens.start[i]
        if begin < end:
            last_line = -1
            for k in range(self.index, i):
                line = tokens.pos[k] >> tree.LINE_SHIFT
                if line != last_line:
                    self.spans.append((self.length + tokens.start[k] - begin, tokens.pos[k]))
                    last_line = line
        piece = tokens.source[begin:end]
        if "/*" in piece or "//" in piece:
            for left, right in tokens.comments:
                if begin <= left < end:
                    blank = "".join("\n" if c == "\n" else " " for c in tokens.source[left:right])
                    piece = piece[: left - begin] + blank + piece[right - begin :]
        self.parts.append(piece)
        self.length += len(piece)
        self.index = i

    def bind(self, number: int, after: int) -> None:
        """Put a placeholder for a bind that ends before sign ``after``."""
        tokens = self.tokens
        last = after - 1
        gap = tokens.start[after] - tokens.start[last] - len(tokens.text[last])
        placeholder = f":tmpVar{number}" + " " * bool(gap)
        self.parts.append(placeholder)
        self.length += len(placeholder)
        self.index = after
