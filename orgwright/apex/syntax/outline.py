"""What of a unit's text other units can see: everything outside the bodies of its methods."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from orgwright.apex.syntax.lexer import WORD, Tokens


@dataclass(frozen=True, slots=True)
class Outline:
    """The words of a unit in lower case, those outside of method bodies, and a digest of all text outside of them.

    Blanks, comments and places do not matter. What is doubtful counts as visible.
    """

    words: frozenset[str]
    visible: frozenset[str]
    digest: str


def outline(tokens: Tokens) -> Outline:
    """The outline of a unit that parses."""
    low, kinds, text = tokens.low, tokens.kinds, tokens.text
    words = frozenset([word for word, kind in zip(low, kinds, strict=True) if kind == WORD])
    seen: list[str] = []
    visible: set[str] = set()
    start = 0
    for begin, end in _bodies(low):
        seen += text[start : begin + 1]
        visible.update([w for w, k in zip(low[start:begin], kinds[start:begin], strict=True) if k == WORD])
        start = end
    seen += text[start:]
    visible.update([w for w, k in zip(low[start:], kinds[start:], strict=True) if k == WORD])
    digest = hashlib.sha256("\0".join(seen).encode("utf-8", "surrogatepass")).hexdigest()
    return Outline(words, frozenset(visible), digest)


def _bodies(low: list[str]) -> list[tuple[int, int]]:
    """From the opening to the closing brace of every method body: a brace behind the parenthesis of the parameters."""
    found: list[tuple[int, int]] = []
    begin = depth = 0
    for i in [i for i, word in enumerate(low) if word == "{" or word == "}"]:
        if depth:
            depth += 1 if low[i] == "{" else -1
            if not depth:
                found.append((begin, i))
        elif low[i] == "{" and i and low[i - 1] == ")":
            begin, depth = i, 1
    return found
