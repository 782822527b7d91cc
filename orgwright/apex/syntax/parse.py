"""Classes, triggers and anonymous blocks: :func:`parse` is the door to the parser."""

from __future__ import annotations

import sys

from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.syntax.lexer import END, WORD, ApexSyntaxError, Tokens, check_identifier
from orgwright.apex.syntax.outline import Outline, outline
from orgwright.apex.syntax.statements import StatementParser
from orgwright.apex.syntax.words import KEYWORDS, MODIFIERS

__all__ = ["ApexSyntaxError", "parse", "parse_with_outline"]

_STACK = 12_000
"""Frames that the deepest accepted nesting needs while it is parsed, checked and turned into code."""
_EVENTS = frozenset(("before", "after"))
_MOMENTS = frozenset(("insert", "update", "delete", "undelete"))


def parse(source: Source) -> tree.Unit:
    """The syntax tree of a class, trigger or anonymous block.

    Raises :class:`ApexSyntaxError` with Salesforce's message at the first fault.
    """
    return _parse(source, Tokens(source.body))


def parse_with_outline(source: Source) -> tuple[tree.Unit, Outline]:
    """As :func:`parse`, and what other units can see of the text."""
    tokens = Tokens(source.body)
    return _parse(source, tokens), outline(tokens)


def _parse(source: Source, tokens: Tokens) -> tree.Unit:
    if sys.getrecursionlimit() < _STACK:
        sys.setrecursionlimit(_STACK)
    parser = Parser(tokens)
    if source.kind == "anonymous":
        return parser.anonymous()
    unit = parser.trigger() if source.kind == "trigger" else parser.top_level()
    if parser.kinds[parser.i] != END:
        raise parser.after_unit()
    return unit


class Parser(StatementParser):
    """Reads declarations."""

    def after_unit(self) -> ApexSyntaxError:
        """The error for text behind the end of a unit."""
        i = self.i
        if self.low[i] in (";", "}"):
            return ApexSyntaxError(
                self.pos[i], f"Extra '}}', at '{self.text[i]}'." if self.low[i] == ";" else "Extra '}'"
            )
        return self.unexpected()

    # ------------------------------------------------------------------------------- type declarations
    def top_level(self) -> tree.TypeDecl:
        """The only type of a class file."""
        modifiers = self.modifiers()
        declaration = self.type_declaration(modifiers)
        if declaration is None:
            raise self.unexpected()
        return declaration

    def type_declaration(self, modifiers: tree.Modifiers) -> tree.TypeDecl | None:
        """A class, interface or enum, if one comes."""
        low, i = self.low, self.i
        word = low[i]
        if word not in ("class", "interface", "enum") or self.kinds[i + 1] != WORD:
            return None
        self.i = i + 1
        name, pos = self.declared()
        if low[self.i] == "<":
            raise ApexSyntaxError(self.pos[self.i], "Type parameters are not supported")
        if word == "enum":
            return self.enum(modifiers, name, pos)
        extends: list[tree.TypeRef] = []
        implements: list[tree.TypeRef] = []
        if low[self.i] == "extends":
            extends = self.type_list()
        if word == "class" and low[self.i] == "implements":
            implements = self.type_list()
        if word == "class" and len(extends) > 1:
            raise ApexSyntaxError(extends[1].pos, "Expecting '{' but was: ','")
        self.deeper()
        self.expect("{")
        members: list[tree.Decl] = []
        while low[self.i] != "}":
            members.append(self.member_declaration(name, word == "interface"))
        end = self.pos[self.i]
        self.i += 1
        self.depth -= 1
        if word == "interface":
            return tree.InterfaceDecl(pos, modifiers, name, tuple(extends), tuple(members), end)
        return tree.ClassDecl(
            pos, modifiers, name, extends[0] if extends else None, tuple(implements), tuple(members), end
        )

    def type_list(self) -> list[tree.TypeRef]:
        """``extends A, B``."""
        self.i += 1
        refs = [self.type()]
        while self.low[self.i] == ",":
            self.i += 1
            refs.append(self.type())
        return refs

    def enum(self, modifiers: tree.Modifiers, name: str, pos: int) -> tree.EnumDecl:
        """The constants of an enum."""
        self.expect("{")
        constants: list[tuple[str, int]] = []
        while self.low[self.i] != "}":
            constants.append(self.declared())
            if self.low[self.i] != ",":
                break
            self.i += 1
            if self.low[self.i] == "}":
                raise self.unexpected()
        end = self.expect("}")
        return tree.EnumDecl(pos, modifiers, name, tuple(constants), end)

    def declared(self) -> tuple[str, int]:
        """The name of a type, field, method or constant, with its position."""
        pos = self.pos[self.i]
        name = self.word()
        check_identifier(name, pos)
        return name, pos

    # ------------------------------------------------------------------------------------------ members
    def member_declaration(self, owner: str, interface: bool = False) -> tree.Decl:
        """One member of a class or interface."""
        low, kinds = self.low, self.kinds
        if low[self.i] == ";":
            raise ApexSyntaxError(
                self.pos[self.i], "Unexpected token 'class'." if not interface else "Unexpected token ';'."
            )
        if kinds[self.i] == END:
            raise self.unexpected()
        modifiers = self.modifiers()
        i = self.i
        if low[i] == "{":
            return self.initialiser(modifiers)
        inner = self.type_declaration(modifiers)
        if inner is not None:
            return inner
        if kinds[i] == WORD and low[i + 1] == "(" and low[i] not in KEYWORDS:
            return self.constructor(modifiers, owner)
        ref = self.type()
        name, pos = self.member_name()
        if low[self.i] == "(":
            return self.method(modifiers, ref, name, pos)
        check_identifier(name, pos)
        if low[self.i] == "{":
            return self.property(modifiers, ref, name, pos)
        declarators = [self.declarator((name, pos))]
        while low[self.i] == ",":
            self.i += 1
            declarators.append(self.declarator(self.declared()))
        self.expect(";")
        return tree.FieldDecl(pos, modifiers, ref, tuple(declarators))

    def member_name(self) -> tuple[str, int]:
        """The name of a method, field or property: freer than that of a variable."""
        i = self.i
        if self.kinds[i] != WORD or (self.low[i] in KEYWORDS and self.low[i + 1] != "("):
            raise self.unexpected()
        self.i = i + 1
        return self.text[i], self.pos[i]

    def initialiser(self, modifiers: tree.Modifiers) -> tree.Decl:
        """``{ }`` or ``static { }``."""
        if modifiers.annotations or set(modifiers.words) - {"static"}:
            raise self.unexpected()
        pos = self.pos[self.i]
        return tree.InitBlock(pos, modifiers, "static" in modifiers.words, self.block())

    def parameters(self) -> tuple[tree.Parameter, ...]:
        """``(final T a, U b)``."""
        self.i += 1
        low = self.low
        found: list[tree.Parameter] = []
        if low[self.i] != ")":
            while True:
                modifiers = self.modifiers()
                ref = self.type()
                name, pos = self.variable()
                found.append(tree.Parameter(pos, modifiers, ref, name))
                if low[self.i] != ",":
                    break
                self.i += 1
        self.expect(")")
        return tuple(found)

    def body(self) -> tree.Block | None:
        """A method's block, or None for a semicolon."""
        if self.low[self.i] == ";":
            self.i += 1
            return None
        return self.block()

    def constructor(self, modifiers: tree.Modifiers, owner: str) -> tree.Decl:
        """A constructor."""
        name, pos = self.text[self.i], self.pos[self.i]
        self.i += 1
        parameters = self.parameters()
        if name.lower() != owner.lower():
            raise ApexSyntaxError(pos, f"Invalid constructor name: {name}")
        return tree.ConstructorDecl(pos, modifiers, name, parameters, self.body())

    def method(self, modifiers: tree.Modifiers, ref: tree.TypeRef, name: str, pos: int) -> tree.Decl:
        """A method."""
        check_identifier(name, pos)
        return tree.MethodDecl(pos, modifiers, ref, name, self.parameters(), self.body())

    def property(self, modifiers: tree.Modifiers, ref: tree.TypeRef, name: str, pos: int) -> tree.Decl:
        """``{ get; private set { } }``."""
        self.i += 1
        getter = setter = None
        while self.low[self.i] != "}":
            own = self.modifiers()
            i = self.i
            kind = self.low[i]
            if kind not in ("get", "set") or (getter if kind == "get" else setter):
                raise self.unexpected()
            self.i += 1
            accessor = tree.Accessor(self.pos[i], own, kind, self.body())  # type: ignore[arg-type]
            if kind == "get":
                getter = accessor
            else:
                setter = accessor
        self.i += 1
        if getter is None and setter is None:
            raise ApexSyntaxError(pos, "Property must have at least one accessor")
        return tree.PropertyDecl(pos, modifiers, ref, name, getter, setter)

    # ------------------------------------------------------------------------- triggers, anonymous blocks
    def trigger(self) -> tree.TriggerDecl:
        """A trigger file."""
        modifiers = self.modifiers()
        self.expect("trigger")
        name, pos = self.declared()
        self.expect("on")
        sobject = self.type()
        self.expect("(")
        events = [self.event()]
        while self.low[self.i] == ",":
            self.i += 1
            events.append(self.event())
        self.expect(")")
        opening = self.expect("{")
        members, statements = self.mixed("}")
        end = self.expect("}")
        body = tree.Block(opening, tuple(statements), end)
        return tree.TriggerDecl(pos, modifiers, name, sobject, tuple(events), tuple(members), body)

    def event(self) -> tuple[str, int]:
        """``before insert``."""
        i = self.i
        if self.low[i] not in _EVENTS or self.kinds[i] != WORD:
            raise self.unexpected()
        self.i += 1
        if self.low[self.i] not in _MOMENTS:
            raise self.unexpected()
        self.i += 1
        return f"{self.low[i]} {self.low[i + 1]}", self.pos[i]

    def anonymous(self) -> tree.Anonymous:
        """An anonymous block."""
        members, statements = self.mixed("<EOF>")
        pos = tree.position(1, 1)
        if self.kinds[self.i] != END:
            raise self.unexpected()
        body = tree.Block(pos, tuple(statements), self.pos[self.i])
        return tree.Anonymous(pos, tree.Modifiers(pos, (), ()), tuple(members), body)

    def mixed(self, end: str) -> tuple[list[tree.Decl], list[tree.Stmt]]:
        """Statements, methods and types up to ``end``."""
        members: list[tree.Decl] = []
        statements: list[tree.Stmt] = []
        while self.low[self.i] != end and self.kinds[self.i] != END:
            if self.is_member(self.i):
                members.append(self.member_declaration(""))
            else:
                statements.append(self.statement())
        return members, statements

    def is_member(self, i: int) -> bool:
        """Whether a method, property, type or static field comes, not a statement."""
        low, kinds = self.low, self.kinds
        begin = i
        while True:
            if low[i] == "@":
                i += 1
                i += kinds[i] != END
                if low[i] == "(":
                    while low[i] != ")" and kinds[i] != END:
                        i += 1
                    i += kinds[i] != END
            elif low[i] in MODIFIERS and kinds[i] == WORD:
                if low[i] == "static" and begin == i and low[i + 1] == "{":
                    return False
                i += 1
            elif low[i] == "sharing" and i > begin:
                i += 1
            else:
                break
        if low[i] in ("class", "interface", "enum") and kinds[i + 1] == WORD:
            return True
        end = self.scan_type(i)
        return end > 0 and kinds[end] == WORD and low[end + 1] in ("(", "{") and low[i] not in ("return", "throw")
