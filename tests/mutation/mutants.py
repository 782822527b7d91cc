"""Small faults put into Apex on purpose, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orgwright.apex.syntax.lexer import END, NUMBER, STRING, WORD, Tokens
from orgwright.apex.syntax.tree import line_of

SWAPPED = {
    "==": "!=",
    "!=": "==",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "&&": "||",
    "||": "&&",
    "++": "--",
    "true": "false",
    "false": "true",
}
NO_STATEMENT = frozenset(
    [
        "abstract",
        "break",
        "catch",
        "class",
        "continue",
        "do",
        "else",
        "enum",
        "final",
        "finally",
        "for",
        "global",
        "if",
        "interface",
        "override",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "transient",
        "trigger",
        "try",
        "virtual",
        "when",
        "while",
        "with",
        "without",
        "inherited",
    ]
)


@dataclass(frozen=True)
class Mutant:
    """One fault: where it is, what it does, the whole source with it."""

    unit: str
    line: int
    what: str
    source: str


def mutants(unit: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a class or trigger. Some do not compile: they tell nothing and are not counted."""
    tokens = Tokens(source)
    for index in range(len(tokens.kinds)):
        for start, end, text in _changes(tokens, index):
            old = tokens.source[start:end]
            what = f"{_short(old)} -> {_short(text) or 'nothing'}"
            changed = tokens.source[:start] + text + tokens.source[end:]
            yield Mutant(unit, line_of(tokens.pos[index]), what, changed)


def _changes(tokens: Tokens, index: int) -> Iterator[tuple[int, int, str]]:
    kind, text, start = tokens.kinds[index], tokens.low[index], tokens.start[index]
    end = start + len(tokens.text[index])
    if _is_generic(tokens, index) or _in_annotation(tokens, index):
        return
    if text in SWAPPED:
        yield start, end, SWAPPED[text]
    elif text == "!":
        yield start, end, ""
    elif kind == NUMBER and text.isdigit():
        yield start, end, str(int(text) + 1)
    elif kind == STRING and len(text) > 2:
        yield start, end, "''"
    elif text == "if" and tokens.text[index + 1] == "(":
        close = _closing(tokens, index + 1)
        yield tokens.start[index + 1], tokens.start[close] + 1, f"(!{_between(tokens, index + 1, close)})"
    elif text == "return" and tokens.text[index + 1] not in {";", "null"}:
        yield end, tokens.start[_semicolon(tokens, index)], " null"
    elif kind == WORD and _begins_statement(tokens, index):
        yield start, tokens.start[_semicolon(tokens, index)] + 1, ""


def _begins_statement(tokens: Tokens, index: int) -> bool:
    """A call or an assignment that stands alone; declarations begin with two words."""
    before = tokens.text[index - 1] if index else ""
    after = tokens.text[index + 1]
    return before in {"{", "}", ";", ")"} and after in {".", "(", "=", "+="} and tokens.low[index] not in NO_STATEMENT


def _is_generic(tokens: Tokens, index: int) -> bool:
    """Whether ``<`` or ``>`` is that of ``List<...>``."""
    if tokens.text[index] not in {"<", ">"}:
        return False
    words = (tokens.low[index - 1], tokens.low[index - 2] if index > 1 else "")
    if tokens.text[index] == "<":
        return words[0] in {"list", "set", "map", "iterable", "iterator"}
    back = next((i for i in range(index - 1, -1, -1) if tokens.text[i] in {"<", ";", "{", "}"}), 0)
    return tokens.text[back] == "<" and tokens.low[back - 1] in {"list", "set", "map", "iterable", "iterator"}


def _in_annotation(tokens: Tokens, index: int) -> bool:
    back = next((i for i in range(index, -1, -1) if tokens.text[i] in {"@", ";", "{", "}"}), 0)
    return tokens.text[back] == "@" and line_of(tokens.pos[back]) == line_of(tokens.pos[index])


def _closing(tokens: Tokens, opening: int) -> int:
    depth = 0
    for index in range(opening, len(tokens.text)):
        depth += {"(": 1, ")": -1}.get(tokens.text[index], 0)
        if depth == 0:
            return index
    raise ValueError("a parenthesis is not closed")


def _semicolon(tokens: Tokens, index: int) -> int:
    """The end of the statement that begins here; semicolons in blocks of an expression do not count."""
    depth = 0
    while tokens.kinds[index] != END:
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(tokens.text[index], 0)
        if tokens.text[index] == ";" and depth == 0:
            return index
        index += 1
    raise ValueError("a statement has no end")


def _between(tokens: Tokens, opening: int, closing: int) -> str:
    return tokens.source[tokens.start[opening] : tokens.start[closing] + 1]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 50 else line[:47] + "..."
