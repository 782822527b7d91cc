"""The syntax tree of Apex, as it is written: nothing is resolved yet.

Nodes are built once by the parser and never changed afterwards; they are slotted instead of frozen
because building them is a hot path. Every node has ``pos``, a packed position: :func:`line_of` and
:func:`column_of` give the 1-based line and column. Names keep the spelling of the source; modifiers,
operators made of letters and keywords are in lower case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Choice

LINE_SHIFT = 24
"""A position is ``line << LINE_SHIFT | column``: one integer, ordered as the text is."""


def position(line: int, column: int) -> int:
    """Pack a 1-based line and column."""
    return (line << LINE_SHIFT) | column


def line_of(pos: int) -> int:
    """The 1-based line of a position."""
    return pos >> LINE_SHIFT


def column_of(pos: int) -> int:
    """The 1-based column of a position, in characters."""
    return pos & 0xFFFFFF


@dataclass(slots=True, eq=False)
class Node:
    """Anything with a position."""

    pos: int


@dataclass(slots=True, eq=False)
class TypeRef(Node):
    """A type as written: ``Map<Id, a.b[]>``. An array ``T[]`` stands as ``List<T>``."""

    name: str
    """Dotted name without blanks."""
    args: tuple[TypeRef, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}<{','.join(map(str, self.args))}>" if self.args else self.name


# --------------------------------------------------------------------------------------- expressions


@dataclass(slots=True, eq=False)
class Expr(Node):
    """Any expression; ``pos`` is where Salesforce reports an error of it."""


@dataclass(slots=True, eq=False)
class Literal(Expr):
    """A literal: ``value`` is an int, float, Decimal, str, bool or None."""

    kind: Choice["Integer", "Long", "Double", "Decimal", "String", "Boolean", "null"]
    value: object


@dataclass(slots=True, eq=False)
class Name(Expr):
    """A bare identifier: variable, type or namespace."""

    name: str


@dataclass(slots=True, eq=False)
class This(Expr):
    """``this``."""


@dataclass(slots=True, eq=False)
class Super(Expr):
    """``super`` as the receiver of a call."""


@dataclass(slots=True, eq=False)
class Paren(Expr):
    """``(inner)``: ends a chain of safe navigation."""

    inner: Expr


@dataclass(slots=True, eq=False)
class Member(Expr):
    """``target.name`` or ``target?.name``; ``pos`` is that of the name."""

    target: Expr
    name: str
    safe: bool


@dataclass(slots=True, eq=False)
class Call(Expr):
    """``name(args)``, ``target.name(args)``, ``target?.name(args)``; ``pos`` is that of the name."""

    target: Expr | None
    name: str
    args: tuple[Expr, ...]
    safe: bool


@dataclass(slots=True, eq=False)
class ConstructorCall(Expr):
    """``this(args)`` or ``super(args)``."""

    which: Choice["this", "super"]
    args: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Index(Expr):
    """``target[index]``."""

    target: Expr
    index: Expr


@dataclass(slots=True, eq=False)
class NamedArg(Expr):
    """``name = value`` in the construction of an SObject."""

    name: str
    value: Expr


@dataclass(slots=True, eq=False)
class New(Expr):
    """``new T(args)``; SObjects have :class:`NamedArg` arguments."""

    type: TypeRef
    args: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class NewArray(Expr):
    """``new T[size]``."""

    element: TypeRef
    size: Expr


@dataclass(slots=True, eq=False)
class NewElements(Expr):
    """``new List<T>{a, b}``, ``new Set<T>{...}`` or ``new T[]{...}`` (type ``List<T>``)."""

    type: TypeRef
    elements: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class NewPairs(Expr):
    """``new Map<K, V>{k => v, ...}``."""

    type: TypeRef
    pairs: tuple[tuple[Expr, Expr], ...]


@dataclass(slots=True, eq=False)
class Cast(Expr):
    """``(T) operand``."""

    type: TypeRef
    operand: Expr


@dataclass(slots=True, eq=False)
class InstanceOf(Expr):
    """``operand instanceof T``; ``pos`` is that of the keyword."""

    operand: Expr
    type: TypeRef


@dataclass(slots=True, eq=False)
class Unary(Expr):
    """``op operand``: ``+ - ! ~ ++ --``."""

    op: str
    operand: Expr


@dataclass(slots=True, eq=False)
class Postfix(Expr):
    """``operand++`` or ``operand--``."""

    op: str
    operand: Expr


@dataclass(slots=True, eq=False)
class Binary(Expr):
    """``left op right``; ``<>`` stands as ``!=``. ``pos`` is that of the left operand."""

    op: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Ternary(Expr):
    """``condition ? yes : no``."""

    condition: Expr
    yes: Expr
    no: Expr


@dataclass(slots=True, eq=False)
class Assign(Expr):
    """``target op value``: ``=``, ``+=``, ... ``>>>=``. ``pos`` is that of the target."""

    op: str
    target: Expr
    value: Expr


@dataclass(slots=True, eq=False)
class ClassLiteral(Expr):
    """``T.class``."""

    type: TypeRef


@dataclass(slots=True, eq=False)
class Query(Expr):
    """A SOQL or SOSL literal.

    In ``text`` each bind stands as ``:tmpVarN`` (N from 1), comments as blanks; ``binds`` are the bind
    expressions in order; ``spans`` maps offsets of ``text`` to positions: ``(offset, pos)``, ascending,
    one for each start of a line or stretch after a bind.
    """

    language: Choice["SOQL", "SOSL"]
    text: str
    binds: tuple[Expr, ...]
    spans: tuple[tuple[int, int], ...]


# ---------------------------------------------------------------------------------------- statements


@dataclass(slots=True, eq=False)
class Stmt(Node):
    """Any statement."""


@dataclass(slots=True, eq=False)
class Block(Stmt):
    """``{ ... }``; ``pos`` is that of the brace, ``end`` of the closing one."""

    statements: tuple[Stmt, ...]
    end: int


@dataclass(slots=True, eq=False)
class Declarator(Node):
    """``name`` or ``name = value`` of a local or a field."""

    name: str
    value: Expr | None


@dataclass(slots=True, eq=False)
class LocalDecl(Stmt):
    """``final T a = 1, b;``."""

    modifiers: Modifiers
    type: TypeRef
    declarators: tuple[Declarator, ...]


@dataclass(slots=True, eq=False)
class ExprStmt(Stmt):
    """An expression as a statement."""

    expr: Expr


@dataclass(slots=True, eq=False)
class If(Stmt):
    """``if ... else if ... else``: all branches in one node, so that long chains are not deep."""

    branches: tuple[tuple[int, Expr, Stmt], ...]
    """Position of the ``if``, condition, body."""
    otherwise: Stmt | None


@dataclass(slots=True, eq=False)
class While(Stmt):
    """``while (condition) body``; ``body`` is None for ``while (c);``."""

    condition: Expr
    body: Stmt | None


@dataclass(slots=True, eq=False)
class DoWhile(Stmt):
    """``do { } while (condition);``."""

    body: Block
    condition: Expr


@dataclass(slots=True, eq=False)
class For(Stmt):
    """``for (init; condition; update) body``."""

    init: LocalDecl | tuple[Expr, ...]
    condition: Expr | None
    update: tuple[Expr, ...]
    body: Stmt | None


@dataclass(slots=True, eq=False)
class ForEach(Stmt):
    """``for (T name : iterable) body``."""

    type: TypeRef
    name: str
    name_pos: int
    iterable: Expr
    body: Stmt | None


@dataclass(slots=True, eq=False)
class When(Node):
    """One branch of a switch: values, or a type with a variable, or neither for ``when else``."""

    values: tuple[Expr, ...]
    type: TypeRef | None
    name: str | None
    name_pos: int
    body: Block


@dataclass(slots=True, eq=False)
class Switch(Stmt):
    """``switch on subject { when ... }``."""

    subject: Expr
    whens: tuple[When, ...]


@dataclass(slots=True, eq=False)
class Return(Stmt):
    """``return;`` or ``return value;``."""

    value: Expr | None


@dataclass(slots=True, eq=False)
class Throw(Stmt):
    """``throw value;``."""

    value: Expr


@dataclass(slots=True, eq=False)
class Break(Stmt):
    """``break;``."""


@dataclass(slots=True, eq=False)
class Continue(Stmt):
    """``continue;``."""


@dataclass(slots=True, eq=False)
class Catch(Node):
    """``catch (T name) { }``."""

    type: TypeRef
    name: str
    name_pos: int
    body: Block


@dataclass(slots=True, eq=False)
class Try(Stmt):
    """``try { } catch ... finally { }``."""

    body: Block
    catches: tuple[Catch, ...]
    final: Block | None


@dataclass(slots=True, eq=False)
class Dml(Stmt):
    """``insert [as user|as system] value``; upsert with ``field``, merge with ``other``."""

    operation: Choice["insert", "update", "upsert", "delete", "undelete", "merge"]
    value: Expr
    access: Choice["user", "system"] | None
    field: TypeRef | None = None
    other: Expr | None = None


@dataclass(slots=True, eq=False)
class RunAs(Stmt):
    """``System.runAs(user) { }``."""

    args: tuple[Expr, ...]
    body: Block


# -------------------------------------------------------------------------------------- declarations


@dataclass(slots=True, eq=False)
class Annotation(Node):
    """``@Name(key=value ...)``; keys in lower case, values as text.

    ``numbers`` and ``booleans`` are the keys whose values are such literals.
    """

    name: str
    values: dict[str, str]
    numbers: frozenset[str] = frozenset()
    booleans: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Modifiers(Node):
    """Modifiers in lower case, in order; ``with sharing`` is one modifier."""

    words: tuple[str, ...]
    annotations: tuple[Annotation, ...]


@dataclass(slots=True, eq=False)
class Decl(Node):
    """Any declaration; ``pos`` is that of the declared name."""

    modifiers: Modifiers


@dataclass(slots=True, eq=False)
class Parameter(Node):
    """A parameter; ``pos`` is that of its name."""

    modifiers: Modifiers
    type: TypeRef
    name: str


@dataclass(slots=True, eq=False)
class FieldDecl(Decl):
    """``T a = 1, b;`` in a class."""

    type: TypeRef
    declarators: tuple[Declarator, ...]


@dataclass(slots=True, eq=False)
class Accessor(Decl):
    """``get`` or ``set``; ``body`` is None for ``get;``."""

    kind: Choice["get", "set"]
    body: Block | None


@dataclass(slots=True, eq=False)
class PropertyDecl(Decl):
    """``T name { get; set; }``."""

    type: TypeRef
    name: str
    getter: Accessor | None
    setter: Accessor | None


@dataclass(slots=True, eq=False)
class MethodDecl(Decl):
    """A method; ``body`` is None when it is abstract or belongs to an interface."""

    type: TypeRef
    name: str
    parameters: tuple[Parameter, ...]
    body: Block | None


@dataclass(slots=True, eq=False)
class ConstructorDecl(Decl):
    """A constructor."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Block | None


@dataclass(slots=True, eq=False)
class InitBlock(Decl):
    """``{ }`` or ``static { }`` in a class."""

    static: bool
    body: Block


@dataclass(slots=True, eq=False)
class ClassDecl(Decl):
    """A class."""

    name: str
    extends: TypeRef | None
    implements: tuple[TypeRef, ...]
    members: tuple[Decl, ...]
    end: int


@dataclass(slots=True, eq=False)
class InterfaceDecl(Decl):
    """An interface; its members are methods without a body."""

    name: str
    extends: tuple[TypeRef, ...]
    members: tuple[Decl, ...]
    end: int


@dataclass(slots=True, eq=False)
class EnumDecl(Decl):
    """An enum; ``constants`` are ``(name, pos)``."""

    name: str
    constants: tuple[tuple[str, int], ...]
    end: int


@dataclass(slots=True, eq=False)
class TriggerDecl(Decl):
    """``trigger N on Obj (events) { ... }``; events in lower case with their positions."""

    name: str
    sobject: TypeRef
    events: tuple[tuple[str, int], ...]
    members: tuple[Decl, ...]
    body: Block


@dataclass(slots=True, eq=False)
class Anonymous(Decl):
    """An anonymous block: declarations and statements mixed."""

    members: tuple[Decl, ...]
    body: Block


TypeDecl = ClassDecl | InterfaceDecl | EnumDecl
Unit = ClassDecl | InterfaceDecl | EnumDecl | TriggerDecl | Anonymous
