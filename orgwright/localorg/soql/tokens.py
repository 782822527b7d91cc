"""Words of a SOQL text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orgwright.apex.host import QueryProblem

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d(?![\d]))
    | (?P<time>\d\d:\d\d:\d\d(?:\.\d+)?Z)
    | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<currency>[A-Za-z]{3}\d+(?:\.\d+)?(?![\w.]))
    | (?P<name>[A-Za-z_]\w*)
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<bind>:\s*[A-Za-z_][\w.]*)
    | (?P<mark><=|>=|!=|<>|[=<>(),.])
    """,
    re.VERBOSE,
)
_DATE_LITERAL = re.compile(
    r"(?:YESTERDAY|TODAY|TOMORROW|(?:LAST|THIS|NEXT)_(?:WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)"
    r"|(?:LAST|NEXT)_90_DAYS|(?:LAST|NEXT)_N_(?:DAYS|WEEKS|MONTHS|QUARTERS|YEARS|FISCAL_QUARTERS|FISCAL_YEARS)"
    r"|N_(?:DAYS|WEEKS|MONTHS|QUARTERS|YEARS|FISCAL_QUARTERS|FISCAL_YEARS)_AGO)\Z",
    re.IGNORECASE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_BIND = re.compile(r":\s*[A-Za-z_][\w.]*")


@dataclass(frozen=True, slots=True)
class Token:
    """One word; ``kind`` is the group's name of the pattern, ``end`` for the end of the text."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """Split ``text``; the last token is of kind ``end``. Raises :class:`QueryProblem`."""
    found: list[Token] = []
    at, size = 0, len(text)
    while at < size:
        match = _TOKEN.match(text, at)
        if match is None:
            raise QueryProblem(_unknown(text, at), offset=at)
        kind = match.lastgroup or ""
        if kind == "name" and text[match.end() : match.end() + 1] == ":" and _DATE_LITERAL.match(match.group()):
            at = _counted(text, match, found)
            continue
        if kind != "space":
            found.append(Token(kind, match.group(), at))
        at = match.end()
    found.append(Token("end", "<EOF>", size))
    return found


def _unknown(text: str, at: int) -> str:
    if text[at] == "'":
        return "line 1:" + str(at) + " mismatched character '<EOF>' expecting '''"
    return f"unexpected token: '{text[at]}'"


def _counted(text: str, match: re.Match[str], found: list[Token]) -> int:
    """A date literal with a number: ``LAST_N_DAYS:30``, or a bind there."""
    number = re.compile(r":\s*(\d+)").match(text, match.end())
    if number is None:
        raise QueryProblem("unexpected token: ':'", offset=match.end())
    found.append(Token("dateliteral", f"{match.group()}:{number.group(1)}", match.start()))
    return number.end()


def is_date_literal(name: str) -> bool:
    """Whether the name is a date literal such as ``TODAY``."""
    return _DATE_LITERAL.match(name) is not None


def unescape(token: Token, *, like: bool) -> str:
    r"""The text of a string literal; ``\_`` and ``\%`` are kept for LIKE and refused elsewhere."""

    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in "uU" and len(code) == 5:
            return chr(int(code[1:], 16))
        if code in "_%":
            return match.group() if like else code
        plain = _ESCAPES.get(code) or _ESCAPES.get(code.lower())
        if plain is None:
            problem = (
                f"Invalid string literal '{token.text[1:-1]}'. Illegal character sequence '\\{code}' in string literal."
            )
            raise QueryProblem(problem, offset=token.at)
        return "\\\\" if like and plain == "\\" else plain

    return _ESCAPE.sub(one, token.text[1:-1])
