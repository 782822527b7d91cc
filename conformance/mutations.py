"""Faults that make a class not compile any more, put into its text one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.editing import Text
from orgwright.apex.coverage import slots
from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.syntax.lexer import WORD
from orgwright.apex.syntax.parse import parse

KINDS = (
    "wrong type",
    "wrong type argument",
    "wrong return",
    "wrong condition",
    "missing cast",
    "void as a value",
    "unknown variable",
    "unknown field",
    "unknown query field",
    "unknown query object",
    "unknown method",
    "unknown type",
    "argument count",
    "missing return",
    "returned from void",
    "unreachable code",
    "missing semicolon",
    "break outside of a loop",
    "duplicate variable",
    "duplicate method",
    "assignment to final",
    "instance from static",
    "private member",
    "abstract instantiation",
    "missing interface method",
    "missing override",
    "override of nothing",
    "missing virtual",
    "wrong annotation",
    "not iterable",
    "not an exception",
    "not a record",
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
_WANT_STATIC = frozenset(("istest", "testsetup", "future", "invocablemethod", "httpget", "httppost"))
_WIDE = frozenset(("object", "sobject", "blob"))
"""Elements of collections to which one of blobs may be assigned."""


@dataclass(frozen=True)
class Mutation:
    """A text with one fault, and the 1-based lines at which a compiler may report it."""

    kind: str
    source: Source
    lines: frozenset[int]
    body: str


@dataclass(frozen=True)
class Knowledge:
    """What a mutator has to know about the rest of the program. Names of interfaces and methods are in lower case."""

    interfaces: dict[str, frozenset[str]] = field(default_factory=dict)
    """The methods that each interface asks for."""
    private: dict[str, str] = field(default_factory=dict)
    """For a class, an expression that names a private static member of another class."""
    abstract: tuple[str, ...] = ()
    """Classes that cannot be made."""
    casts: frozenset[tuple[str, int]] = frozenset()
    """Unit and position of the casts without which the code does not compile."""
    void: frozenset[tuple[str, int]] = frozenset()
    """Unit and position of the calls that have no value."""


class Mutator:
    """Finds the places in one source."""

    def __init__(self, source: Source, known: Knowledge) -> None:
        self.source, self.known = source, known
        self.text = Text(source)
        self.tokens = self.text.tokens
        self.unit = parse(source)

    def mutations(self) -> Iterator[Mutation]:
        """All of them, in no particular order."""
        pending: list[object] = [self.unit]
        while pending:
            node = pending.pop()
            if isinstance(node, tuple):
                pending.extend(node)
            elif isinstance(node, tree.Node):
                for kind, faults in _FAULTS.items():
                    if isinstance(node, kind):
                        yield from faults(self, node)
                pending.extend(getattr(node, slot) for slot in slots(node.__class__))

    # --------------------------------------------------------------------------------- expressions
    def _call(self, node: tree.Call) -> Iterator[Mutation]:
        at = self.text.named(node.pos, node.name)
        if at is None or self.tokens.low[at + 1] != "(" or node.name.lower() in _CALLS:
            return
        yield from self._rename("unknown method", at)
        extra = ", ".join(["null"] * 9)
        close = self.text.closing(at + 1)
        text = f", {extra}" if node.args else extra
        yield self._edit("argument count", close, close, text, {self.text.line(at), tree.line_of(node.pos)})

    def _member(self, node: tree.Member) -> Iterator[Mutation]:
        yield from self._rename("unknown field", self.text.named(node.pos, node.name))

    def _name(self, node: tree.Name) -> Iterator[Mutation]:
        yield from self._rename("unknown variable", self.text.at(node.pos))

    def _argument(self, node: tree.NamedArg) -> Iterator[Mutation]:
        yield from self._rename("unknown field", self.text.named(node.pos, node.name))

    def _type(self, node: tree.TypeRef) -> Iterator[Mutation]:
        at = self.text.named(node.pos, node.name)
        if at is not None and self.tokens.low[at + 1] not in (".", "("):
            yield from self._rename("unknown type", at)

    def _cast(self, node: tree.Cast) -> Iterator[Mutation]:
        at = self.text.at(node.pos)
        if at is None or (self.source.name, node.pos) not in self.known.casts:
            return
        close = self.text.closing(at)
        # the error stands where the value is used, which may be a line above
        lines = {self.text.line(at), self.text.line(at) - 1, self.text.line(close + 1)}
        yield self._edit("missing cast", at, close + 1, "", lines)

    def _query(self, node: tree.Query) -> Iterator[Mutation]:
        at = self.text.at(node.pos)
        if node.language != "SOQL" or at is None or self.tokens.low[at] != "[" or self.tokens.low[at + 1] != "select":
            return
        first, end = at + 2, self.text.closing(at)
        lines = self.text.lines(at, end)
        if self.tokens.kinds[first] == WORD and self.tokens.low[first + 1] in (",", "from"):
            yield self._edit("unknown query field", first, first + 1, self.tokens.text[first] + _ODD, lines)
        source = self.text.until(first, ("from",)) + 1
        if source < end:
            yield self._edit("unknown query object", source, source + 1, self.tokens.text[source] + _ODD, lines)

    # ---------------------------------------------------------------------------------- statements
    def _values(self, node: tree.LocalDecl | tree.FieldDecl) -> Iterator[Mutation]:
        wrong = _WRONG.get(node.type.name.lower().removeprefix("system."))
        for declarator in node.declarators:
            at = self.text.at(declarator.pos)
            if declarator.value is None or at is None or self.tokens.low[at + 1] != "=":
                continue
            end = self.text.until(at + 2, (",", ";"))
            if wrong is not None:
                yield self._edit("wrong type", at + 2, end, wrong, self.text.lines(at, end))
            yield from self._type_argument(node.type, declarator.value, self.text.lines(at, end))

    def _type_argument(self, declared: tree.TypeRef, value: tree.Expr, lines: frozenset[int]) -> Iterator[Mutation]:
        if isinstance(value, tree.New) and value.type.args and not value.args:
            argument = value.type.args[-1]
            at = self.text.named(argument.pos, argument.name)
            if at is not None and not argument.args and argument.name.lower() not in _WIDE and declared.args:
                yield self._edit("wrong type argument", at, at + 1, "Blob", lines)

    def _local(self, node: tree.LocalDecl) -> Iterator[Mutation]:
        at = self.text.at(node.declarators[-1].pos)
        if at is None or self.tokens.low[end := self.text.until(at, (";", ":"))] != ";":
            return
        again = f" Integer {node.declarators[0].name};"
        if not self._in_header(at):
            yield self._edit("duplicate variable", end + 1, end + 1, again, {self.text.line(end)})
            lines = {self.text.line(end), self.text.line(end + 1)}
            yield self._edit("missing semicolon", end, end + 1, "", lines)

    def _in_header(self, i: int) -> bool:
        """Whether a token stands in the head of a ``for``."""
        while self.tokens.low[i] not in (";", "{", "}", "for"):
            i -= 1
        return self.tokens.low[i] == "for"

    def _block(self, node: tree.Block) -> Iterator[Mutation]:
        for statement in node.statements:
            if isinstance(statement, tree.Return | tree.Throw):
                at = self.text.at(statement.pos)
                if at is not None:
                    end = self.text.until(at, (";",))
                    yield self._edit("unreachable code", end + 1, end + 1, " Integer odd1 = 1;", {self.text.line(end)})

    def _if(self, node: tree.If) -> Iterator[Mutation]:
        for pos, _, _ in node.branches:
            yield from self._condition(pos, "if")

    def _while(self, node: tree.While) -> Iterator[Mutation]:
        yield from self._condition(node.pos, "while")

    def _condition(self, pos: int, word: str) -> Iterator[Mutation]:
        at = self.text.at(pos)
        if at is not None and self.tokens.low[at] == word:
            end = self.text.closing(at + 1)
            yield self._edit("wrong condition", at + 2, end, _TEXT, self.text.lines(at, end))

    def _statement(self, node: tree.ExprStmt) -> Iterator[Mutation]:
        at = self.text.at(node.pos)
        if at is None or not isinstance(node.expr, tree.Call):
            return
        end = self.text.until(at, (";",))
        if (self.source.name, node.expr.pos) in self.known.void:
            lines = self.text.lines(at, end)
            yield self._edit("void as a value", at, at, " Object odd1 =", lines | {self.text.line(at - 1)})

    def _each(self, node: tree.ForEach) -> Iterator[Mutation]:
        at = self.text.at(node.name_pos)
        if at is not None and self.tokens.low[at + 1] == ":":
            end = self.text.until(at + 2, (")",))
            yield self._edit("not iterable", at + 2, end, _NUMBER, self.text.lines(at, end))

    def _throw(self, node: tree.Throw) -> Iterator[Mutation]:
        at = self.text.at(node.pos)
        if at is not None:
            end = self.text.until(at, (";",))
            yield self._edit("not an exception", at + 1, end, " " + _TEXT, self.text.lines(at, end))

    def _dml(self, node: tree.Dml) -> Iterator[Mutation]:
        at = self.text.at(node.pos)
        if at is not None and node.access is None and node.field is None and node.other is None:
            end = self.text.until(at, (";",))
            yield self._edit("not a record", at + 1, end, " " + _TEXT, self.text.lines(at, end))

    # -------------------------------------------------------------------------------- declarations
    def _method(self, node: tree.MethodDecl) -> Iterator[Mutation]:
        line = {tree.line_of(node.pos)}
        override, name = self.text.modifier(node, "override"), self.text.at(node.pos)
        if override is not None:
            yield self._edit("missing override", override, override + 1, "", line)
            if name is not None:
                yield self._edit("override of nothing", name, name + 1, node.name + _ODD, line)
        yield from self._annotated(node)
        if node.body is None:
            return
        yield from self._begin(node, node.body)
        yield from self._returned(node, node.body)

    def _begin(self, node: tree.MethodDecl, body: tree.Block) -> Iterator[Mutation]:
        """Faults in a statement that comes first in a method."""
        at = self.text.at(body.pos)
        if at is None:
            return
        inserted = {"break outside of a loop": "if (true) { break; }"}
        if node.type.name.lower() == "void":
            inserted["returned from void"] = "if (true) { return 1; }"
        if "static" in node.modifiers.words:
            inserted["instance from static"] = "Object odd1 = this;"
        if self.source.name in self.known.private:
            inserted["private member"] = f"Object odd1 = {self.known.private[self.source.name]};"
        if self.known.abstract:
            chosen = self.known.abstract[node.pos % len(self.known.abstract)]
            inserted["abstract instantiation"] = f"Object odd1 = new {chosen}();"
        for kind, text in inserted.items():
            yield self._edit(kind, at + 1, at + 1, " " + text, {self.text.line(at)})

    def _returned(self, node: tree.MethodDecl, body: tree.Block) -> Iterator[Mutation]:
        last = body.statements[-1] if body.statements else None
        at = self.text.at(last.pos) if last is not None else None
        if at is None or not isinstance(last, tree.Return) or last.value is None:
            return
        end = self.text.until(at, (";",))
        yield self._edit("missing return", at, end + 1, "", {tree.line_of(node.pos)})
        wrong = _WRONG.get(node.type.name.lower().removeprefix("system."))
        if wrong is not None:
            yield self._edit("wrong return", at + 1, end, " " + wrong, self.text.lines(at, end))

    def _annotated(self, node: tree.MethodDecl) -> Iterator[Mutation]:
        lines = frozenset(range(tree.line_of(node.modifiers.pos), tree.line_of(node.pos) + 1))
        static = self.text.modifier(node, "static")
        for annotation in node.modifiers.annotations:
            at = self.text.named(annotation.pos, annotation.name)
            if at is not None:
                yield self._edit("wrong annotation", at, at + 1, annotation.name + _ODD, lines)
            if static is not None and annotation.name.lower() in _WANT_STATIC:
                yield self._edit("wrong annotation", static, static + 1, "", lines)

    def _class(self, node: tree.ClassDecl) -> Iterator[Mutation]:
        yield from self._interface(node)
        methods = [m for m in node.members if isinstance(m, tree.MethodDecl)]
        for method in methods:
            if method.body is not None and (end := self.text.at(method.body.end)) is not None:
                words = ("static " if "static" in method.modifiers.words else "") + "Integer"
                types = ", ".join(f"{p.type} odd{i}" for i, p in enumerate(method.parameters))
                text = f" private {words} {method.name}({types}) {{ return 1; }}"
                yield self._edit(
                    "duplicate method",
                    end + 1,
                    end + 1,
                    text,
                    {self.text.line(end), tree.line_of(method.pos)},
                )
        yield from self._finals(node, methods)
        yield from self._extended(node)

    def _finals(self, node: tree.ClassDecl, methods: list[tree.MethodDecl]) -> Iterator[Mutation]:
        for member in node.members:
            words = member.modifiers.words
            if not isinstance(member, tree.FieldDecl) or "final" not in words:
                continue
            for method in methods[:3]:
                fitting = "static" in words or "static" not in method.modifiers.words
                if method.body is not None and fitting and (at := self.text.at(method.body.pos)) is not None:
                    name = f"{node.name if 'static' in words else 'this'}.{member.declarators[0].name}"
                    text = f" {name} = null;"
                    yield self._edit("assignment to final", at + 1, at + 1, text, {self.text.line(at)})

    def _extended(self, node: tree.ClassDecl) -> Iterator[Mutation]:
        """Inner classes that others of the same class extend cannot be so any more."""
        own = {m.name.lower(): m for m in node.members if isinstance(m, tree.ClassDecl)}
        for member in node.members:
            base = (
                own.get(member.extends.name.lower()) if isinstance(member, tree.ClassDecl) and member.extends else None
            )
            virtual = self.text.modifier(base, "virtual") if base is not None else None
            if virtual is not None:
                yield self._edit("missing virtual", virtual, virtual + 1, "", {tree.line_of(member.pos)})

    def _interface(self, node: tree.ClassDecl) -> Iterator[Mutation]:
        asked: set[str] = set()
        for one in node.implements:
            asked |= self.known.interfaces.get(one.name.lower().rpartition(".")[2], frozenset())
        own = [m.name.lower() for m in node.members if isinstance(m, tree.MethodDecl)]
        for member in node.members:
            low = member.name.lower() if isinstance(member, tree.MethodDecl) else ""
            if low in asked and own.count(low) == 1:
                at = self.text.at(member.pos)
                if at is not None:
                    lines = {tree.line_of(node.pos), self.text.line(at)}
                    yield self._edit("missing interface method", at, at + 1, self.tokens.text[at] + _ODD, lines)

    # ----------------------------------------------------------------------------------- the edits
    def _rename(self, kind: str, at: int | None) -> Iterator[Mutation]:
        if at is not None and self.tokens.kinds[at] == WORD:
            yield self._edit(kind, at, at + 1, self.tokens.text[at] + _ODD, {self.text.line(at)})

    def _edit(self, kind: str, begin: int, end: int, text: str, lines: frozenset[int] | set[int]) -> Mutation:
        return Mutation(kind, self.source, frozenset(lines), self.text.edited(begin, end, text))


_FAULTS = {
    tree.Call: Mutator._call,
    tree.Member: Mutator._member,
    tree.Name: Mutator._name,
    tree.NamedArg: Mutator._argument,
    tree.TypeRef: Mutator._type,
    tree.Cast: Mutator._cast,
    tree.Query: Mutator._query,
    tree.LocalDecl | tree.FieldDecl: Mutator._values,
    tree.LocalDecl: Mutator._local,
    tree.Block: Mutator._block,
    tree.If: Mutator._if,
    tree.While: Mutator._while,
    tree.ExprStmt: Mutator._statement,
    tree.ForEach: Mutator._each,
    tree.Throw: Mutator._throw,
    tree.Dml: Mutator._dml,
    tree.MethodDecl: Mutator._method,
    tree.ClassDecl: Mutator._class,
}
