"""Faults that make a class not compile any more, put into its text one at a time."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from orgwright.apex.coverage import slots
from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.syntax.lexer import END, WORD, Tokens
from orgwright.apex.syntax.parse import parse

KINDS = (
    "wrong type",
    "wrong return",
    "wrong condition",
    "unknown variable",
    "unknown field",
    "unknown query field",
    "unknown method",
    "argument count",
    "missing return",
    "unreachable code",
    "missing interface method",
)
_ODD = "Qqz"
_TEXT, _NUMBER = "'odd'", "20260101"
_WRONG = {
    "integer": _TEXT,
    "long": _TEXT,
    "decimal": _TEXT,
    "double": _TEXT,
    "boolean": _TEXT,
    "date": _TEXT,
    "datetime": _TEXT,
    "time": _TEXT,
    "blob": _TEXT,
    "string": _NUMBER,
    "id": _NUMBER,
    "list": _NUMBER,
    "map": _NUMBER,
    "set": _NUMBER,
    "account": _NUMBER,
    "contact": _NUMBER,
}
_CALLS = frozenset(("adderror",))
"""Methods that take fields as if they were values."""


@dataclass(frozen=True)
class Mutation:
    """A text with one fault, and the 1-based lines at which a compiler may report it."""

    kind: str
    source: Source
    lines: frozenset[int]
    body: str


class Mutator:
    """Finds the places in one source. ``interfaces`` names the methods that each interface asks for, in lower case."""

    def __init__(self, source: Source, interfaces: dict[str, frozenset[str]]) -> None:
        self.source, self.interfaces = source, interfaces
        self.tokens = Tokens(source.body)
        self.unit = parse(source)

    def mutations(self) -> Iterator[Mutation]:
        """All of them, in no particular order."""
        pending: list[object] = [self.unit]
        while pending:
            node = pending.pop()
            if isinstance(node, tuple):
                pending.extend(node)
            elif isinstance(node, tree.Node):
                yield from self._of(node)
                pending.extend(getattr(node, slot) for slot in slots(node.__class__))

    def _of(self, node: tree.Node) -> Iterator[Mutation]:
        if isinstance(node, tree.LocalDecl | tree.FieldDecl):
            yield from self._values(node)
        elif isinstance(node, tree.MethodDecl):
            yield from self._method(node)
        elif isinstance(node, tree.Block):
            yield from self._block(node)
        elif isinstance(node, tree.If):
            for _, condition, _ in node.branches:
                yield from self._condition(condition)
        elif isinstance(node, tree.Call) and node.name.lower() not in _CALLS:
            yield from self._call(node)
        elif isinstance(node, tree.Member):
            yield from self._rename("unknown field", self._named(node.pos, node.name))
        elif isinstance(node, tree.Name):
            yield from self._rename("unknown variable", self._at(node.pos))
        elif isinstance(node, tree.NamedArg):
            yield from self._rename("unknown field", self._named(node.pos, node.name))
        elif isinstance(node, tree.Query) and node.language == "SOQL":
            yield from self._query(node)
        elif isinstance(node, tree.ClassDecl):
            yield from self._interface(node)

    # ------------------------------------------------------------------------------------ the faults
    def _values(self, node: tree.LocalDecl | tree.FieldDecl) -> Iterator[Mutation]:
        wrong = _WRONG.get(node.type.name.lower().removeprefix("system."))
        for declarator in node.declarators:
            at = self._at(declarator.pos)
            if wrong is None or declarator.value is None or at is None or self.tokens.low[at + 1] != "=":
                continue
            end = self._until(at + 2, (",", ";"))
            lines = frozenset(range(self._line(at), self._line(end) + 1))
            yield self._edit("wrong type", at + 2, end, wrong, lines)

    def _method(self, node: tree.MethodDecl) -> Iterator[Mutation]:
        if node.body is None or not node.body.statements or node.type.name.lower() == "void":
            return
        last = node.body.statements[-1]
        at = self._at(last.pos)
        if at is None or not isinstance(last, tree.Return):
            return
        end = self._until(at, (";",))
        line = frozenset({tree.line_of(node.pos)})
        yield self._edit("missing return", at, end + 1, "", line)
        wrong = _WRONG.get(node.type.name.lower().removeprefix("system."))
        if wrong is not None and last.value is not None:
            lines = frozenset(range(self._line(at), self._line(end) + 1))
            yield self._edit("wrong return", at + 1, end, " " + wrong, lines)

    def _block(self, node: tree.Block) -> Iterator[Mutation]:
        for statement in node.statements:
            if isinstance(statement, tree.Return | tree.Throw):
                at = self._at(statement.pos)
                if at is not None:
                    end = self._until(at, (";",))
                    yield self._edit("unreachable code", end + 1, end + 1, " Integer odd1 = 1;", {self._line(end)})

    def _condition(self, node: tree.Expr) -> Iterator[Mutation]:
        at = self._at(node.pos)
        while at is not None and at and self.tokens.low[at] != "if":
            at -= 1
        if at:
            end = self._closing(at + 1)
            lines = frozenset(range(self._line(at), self._line(end) + 1))
            yield self._edit("wrong condition", at + 2, end, _TEXT, lines)

    def _call(self, node: tree.Call) -> Iterator[Mutation]:
        at = self._named(node.pos, node.name)
        if at is None or self.tokens.low[at + 1] != "(":
            return
        yield from self._rename("unknown method", at)
        extra = ", ".join(["null"] * 9)
        close = self._closing(at + 1)
        text = f", {extra}" if node.args else extra
        lines = frozenset({self._line(at), tree.line_of(node.pos)})
        yield self._edit("argument count", close, close, text, lines)

    def _query(self, node: tree.Query) -> Iterator[Mutation]:
        at = self._at(node.pos)
        if at is None or self.tokens.low[at] != "[" or self.tokens.low[at + 1] != "select":
            return
        first = at + 2
        if self.tokens.kinds[first] == WORD and self.tokens.low[first + 1] in (",", "from"):
            end = self._closing(at)
            lines = frozenset(range(self._line(at), self._line(end) + 1))
            yield self._edit("unknown query field", first, first + 1, self.tokens.text[first] + _ODD, lines)

    def _interface(self, node: tree.ClassDecl) -> Iterator[Mutation]:
        asked: set[str] = set()
        for one in node.implements:
            asked |= self.interfaces.get(one.name.lower().rpartition(".")[2], frozenset())
        own = [m.name.lower() for m in node.members if isinstance(m, tree.MethodDecl)]
        for member in node.members:
            if (
                isinstance(member, tree.MethodDecl)
                and member.name.lower() in asked
                and own.count(member.name.lower()) == 1
            ):
                at = self._named(member.pos, member.name)
                if at is not None:
                    lines = frozenset({tree.line_of(node.pos), self._line(at)})
                    name = self.tokens.text[at] + _ODD
                    yield self._edit("missing interface method", at, at + 1, name, lines)

    def _rename(self, kind: str, at: int | None) -> Iterator[Mutation]:
        if at is not None and self.tokens.kinds[at] == WORD:
            yield self._edit(kind, at, at + 1, self.tokens.text[at] + _ODD, {self._line(at)})

    # ------------------------------------------------------------------------------------- the places
    def _edit(self, kind: str, begin: int, end: int, text: str, lines: frozenset[int] | set[int]) -> Mutation:
        """Put text for the tokens from ``begin`` to before ``end``; line breaks stay."""
        starts, source = self.tokens.start, self.tokens.source
        if begin == end:
            where = starts[begin - 1] + len(self.tokens.text[begin - 1])
            body = source[:where] + text + source[where:]
        else:
            until = starts[end - 1] + len(self.tokens.text[end - 1])
            breaks = source.count("\n", starts[begin], until)
            body = source[: starts[begin]] + text + "\n" * breaks + source[until:]
        return Mutation(kind, self.source, frozenset(lines), body)

    def _at(self, pos: int) -> int | None:
        """The token at a position."""
        i = bisect_left(self.tokens.pos, pos)
        return i if i < len(self.tokens.pos) - 1 and self.tokens.pos[i] == pos else None

    def _named(self, pos: int, name: str) -> int | None:
        """The token with that text at a position or just behind it."""
        i = bisect_left(self.tokens.pos, pos)
        return next((k for k in range(i, min(i + 4, len(self.tokens.text))) if self.tokens.text[k] == name), None)

    def _line(self, i: int) -> int:
        return tree.line_of(self.tokens.pos[i])

    def _until(self, i: int, ends: tuple[str, ...]) -> int:
        """The next of some tokens outside of brackets."""
        depth = 0
        while self.tokens.kinds[i] != END and (depth or self.tokens.low[i] not in ends):
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(self.tokens.low[i], 0)
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

    def _closing(self, i: int) -> int:
        """The bracket that closes the one at a place."""
        depth = 0
        while self.tokens.kinds[i] != END:
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(self.tokens.low[i], 0)
            if not depth:
                break
            i += 1
        return i
