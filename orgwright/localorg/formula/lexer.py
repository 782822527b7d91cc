"""Formula text to tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from orgwright.localorg.formula import problem

_TOKEN = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/)
      | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<name>[$A-Za-z][\w$]*(?:[.:][\w$]+)*)
      | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<sign>&&|\|\||<>|!=|==|<=|>=|[-+*/^&=<>!(),])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_KNOWN_ESCAPES = frozenset("nrtNRT\"'\\")


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: number, name, string, sign, end."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of ``text``, an ``end`` last; raises :class:`FormulaProblem`."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise problem.syntax(text[at])
        kind = match.lastgroup or ""
        if kind == "string":
            yield Token(kind, _unescaped(match.group()), at)
        elif kind != "space":
            yield Token(kind, match.group(), at)
        at = match.end()
    yield Token("end", "", at)


def _unescaped(quoted: str) -> str:
    def one(match: re.Match[str]) -> str:
        letter = match.group(1)
        if letter not in _KNOWN_ESCAPES:
            raise problem.syntax("\\")
        return _ESCAPES.get(letter.lower(), letter)

    return _ESCAPE.sub(one, quoted[1:-1])
