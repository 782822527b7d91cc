"""The typed tree: statements, and the methods, classes, triggers and anonymous blocks that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal as Choice

from orgwright.apex.check.typed import Expr
from orgwright.apex.host import FieldInfo, SObjectInfo
from orgwright.apex.sources import CompileError
from orgwright.apex.types.declarations import PlatformMethod
from orgwright.apex.types.model import SObjectType, Type
from orgwright.apex.types.symbols import ClassSymbol, FieldSymbol, LocalSymbol, MethodSymbol

# ---------------------------------------------------------------------------------------- statements


@dataclass(slots=True, eq=False)
class Stmt:
    """Any statement."""

    pos: int


@dataclass(slots=True, eq=False)
class Block(Stmt):
    """Statements; ``end`` is the position of the closing brace (of the last statement when there is none)."""

    statements: tuple[Stmt, ...]
    end: int


@dataclass(slots=True, eq=False)
class Declare(Stmt):
    """One declared local; without a value it is null."""

    symbol: LocalSymbol
    value: Expr | None


@dataclass(slots=True, eq=False)
class ExprStmt(Stmt):
    """An expression whose value is dropped."""

    expr: Expr


@dataclass(slots=True, eq=False)
class If(Stmt):
    """``if``, its ``else if`` branches (position, condition, body) and the ``else``."""

    branches: tuple[tuple[int, Expr, Stmt], ...]
    otherwise: Stmt | None


@dataclass(slots=True, eq=False)
class While(Stmt):
    """``while``."""

    condition: Expr
    body: Stmt | None


@dataclass(slots=True, eq=False)
class DoWhile(Stmt):
    """``do while``."""

    body: Stmt
    condition: Expr


@dataclass(slots=True, eq=False)
class For(Stmt):
    """``for (init; condition; update)``."""

    init: tuple[Stmt, ...]
    condition: Expr | None
    update: tuple[Expr, ...]
    body: Stmt | None


@dataclass(slots=True, eq=False)
class ForEach(Stmt):
    """``for (T x : iterable)``.

    ``over``: ``list``, ``set``: a collection; ``iterable``: an ``Iterable<T>`` of platform or user class;
    ``query``: a ``Soql`` row by row; ``batches``: a query (literal or ``Database.query``) in lists of 200.
    ``element`` is the static type of what comes; a ``Cast`` to the variable's type is implied when
    they differ (``convert`` names the conversion as in ``Convert``, None for none or an upcast).
    """

    symbol: LocalSymbol
    iterable: Expr
    over: Choice["list", "set", "iterable", "query", "batches"]
    element: Type
    convert: str | None
    body: Stmt | None


@dataclass(slots=True, eq=False)
class When(Stmt):
    """One branch: constants (``Literal``, ``EnumConstant``, ``StaticField``), or an SObject type."""

    values: tuple[Expr, ...]
    tested: SObjectType | None
    symbol: LocalSymbol | None
    body: Block


@dataclass(slots=True, eq=False)
class Switch(Stmt):
    """``switch on``; values are converted to the subject's type; ``otherwise`` is ``when else``."""

    subject: Expr
    whens: tuple[When, ...]
    otherwise: Block | None


@dataclass(slots=True, eq=False)
class Return(Stmt):
    """``return``, the value converted to the method's type."""

    value: Expr | None


@dataclass(slots=True, eq=False)
class Throw(Stmt):
    """``throw``."""

    value: Expr


@dataclass(slots=True, eq=False)
class Break(Stmt):
    """``break``: leaves the loop."""


@dataclass(slots=True, eq=False)
class Continue(Stmt):
    """``continue``."""


@dataclass(slots=True, eq=False)
class Catch:
    """One catch; ``symbol.type`` is the exception type (user or platform)."""

    pos: int
    symbol: LocalSymbol
    body: Block


@dataclass(slots=True, eq=False)
class Try(Stmt):
    """``try``."""

    body: Block
    catches: tuple[Catch, ...]
    final: Block | None


@dataclass(slots=True, eq=False)
class Dml(Stmt):
    """A DML statement on a record or list; ``access`` None: the default of the class's API version."""

    operation: Choice["insert", "update", "upsert", "delete", "undelete", "merge"]
    value: Expr
    access: Choice["user", "system"] | None
    external_id: FieldInfo | None
    other: Expr | None
    """The record, Id or list that a merge merges into ``value``."""


@dataclass(slots=True, eq=False)
class RunAs(Stmt):
    """``System.runAs(user or version) { }``."""

    args: tuple[Expr, ...]
    body: Block


# ---------------------------------------------------------------------------------------------- units


@dataclass(slots=True, eq=False)
class Method:
    """A method with a body (``body`` None: abstract or interface)."""

    symbol: MethodSymbol
    parameters: tuple[LocalSymbol, ...]
    body: Block | None


@dataclass(slots=True, eq=False)
class Chain:
    """The constructor that a constructor calls first. ``constructor`` as in ``New``; None: nothing to run."""

    pos: int
    which: Choice["this", "super"]
    constructor: MethodSymbol | PlatformMethod | None
    args: tuple[Expr, ...]
    implicit: bool


@dataclass(slots=True, eq=False)
class Constructor:
    """A constructor: chain, then (unless it chains to ``this``) the instance initialisers, then the body."""

    symbol: MethodSymbol
    parameters: tuple[LocalSymbol, ...]
    chain: Chain
    body: Block


@dataclass(slots=True, eq=False)
class AccessorBody:
    """A getter or setter that has a body; a setter's ``value`` is the parameter ``value``."""

    field: FieldSymbol
    kind: Choice["get", "set"]
    pos: int
    value: LocalSymbol | None
    body: Block


@dataclass(slots=True, eq=False)
class Initialiser:
    """A field's initial value or an initialiser block, in source order."""

    pos: int
    field: FieldSymbol | None
    value: Expr | None
    block: Block | None


@dataclass(slots=True, eq=False)
class Class:
    """A class, interface or enum with its checked bodies.

    Fields, supertypes, visibility, sharing, annotations and API version are in ``symbol``. ``default_chain``
    is the implicit ``super()`` of a class without constructors.
    """

    symbol: ClassSymbol
    static_init: tuple[Initialiser, ...]
    instance_init: tuple[Initialiser, ...]
    default_chain: Chain | None
    constructors: tuple[Constructor, ...]
    methods: tuple[Method, ...]
    accessors: tuple[AccessorBody, ...]
    inner: tuple[Class, ...]


@dataclass(slots=True, eq=False)
class Trigger:
    """A trigger; ``events`` are values of ``host.TriggerEvent`` (``before insert``). ``members`` holds its methods."""

    symbol: ClassSymbol
    sobject: SObjectInfo
    events: tuple[str, ...]
    members: Class
    body: Block


@dataclass(slots=True, eq=False)
class AnonymousBlock:
    """An anonymous block: its declared classes, methods and the statements; top-level locals are fields to its methods."""

    symbol: ClassSymbol
    members: Class
    body: Block


Unit = Class | Trigger | AnonymousBlock


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check: the units that have no error, and the errors of the others.

    ``keys`` holds, by ``kind:name`` in lower case, a digest of all that a unit's code depends on in the program;
    ``known`` the symbols of units that come without a tree: not checked again, or with their code in ``codes``, by key.
    """

    units: tuple[Unit, ...]
    errors: tuple[CompileError, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    known: tuple[ClassSymbol, ...] = ()
    codes: Mapping[str, bytes] = field(default_factory=dict)
