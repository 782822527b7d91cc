"""The typed tree: what code generation gets.

Every name is resolved, every call names its target, every implicit conversion is a :class:`Convert`.
Only the checker that builds a node may still complete it; what is handed on never changes. ``pos`` is a packed position as in :mod:`orgwright.apex.syntax.tree`;
``type`` of an expression is never ``UNKNOWN``. Methods of the platform stand with their declaration and the
static type of their receiver; type variables of ``method.parameters`` are settled in the node's ``type``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal as Choice

from orgwright.apex.host import ChildInfo, FieldInfo, QueryShape, SObjectInfo
from orgwright.apex.sources import CompileError
from orgwright.apex.types.declarations import PlatformMethod, PlatformProperty
from orgwright.apex.types.model import SObjectType, Type
from orgwright.apex.types.symbols import ClassSymbol, FieldSymbol, LocalSymbol, MethodSymbol

# --------------------------------------------------------------------------------------- expressions


@dataclass(slots=True, eq=False)
class Expr:
    """Any expression."""

    pos: int
    type: Type


@dataclass(slots=True, eq=False)
class Literal(Expr):
    """``value`` is an int (Integer, Long), float (Double), Decimal, str, bool or None (type NULL or converted)."""

    value: object


@dataclass(slots=True, eq=False)
class Local(Expr):
    """A local variable or parameter."""

    symbol: LocalSymbol


@dataclass(slots=True, eq=False)
class This(Expr):
    """``this``."""


@dataclass(slots=True, eq=False)
class FieldAccess(Expr):
    """The storage of an instance field (or of a property, inside its own accessors and when automatic)."""

    target: Expr
    field: FieldSymbol


@dataclass(slots=True, eq=False)
class StaticField(Expr):
    """The storage of a static field; the first use of a class runs its static initialisers."""

    field: FieldSymbol


@dataclass(slots=True, eq=False)
class PropertyAccess(Expr):
    """A property through its accessors: read calls the getter, assignment the setter. Static: no ``target``.

    Virtual properties are called virtually unless ``target`` is ``super`` (``direct``).
    """

    target: Expr | None
    field: FieldSymbol
    direct: bool = False


@dataclass(slots=True, eq=False)
class PlatformValue(Expr):
    """A property of a platform class; static when ``target`` is None."""

    target: Expr | None
    property: PlatformProperty


@dataclass(slots=True, eq=False)
class EnumConstant(Expr):
    """A constant of a user enum or platform enum (see ``type``)."""

    name: str
    ordinal: int


@dataclass(slots=True, eq=False)
class SObjectField(Expr):
    """``record.Field``: a plain field."""

    target: Expr
    field: FieldInfo


@dataclass(slots=True, eq=False)
class SObjectParent(Expr):
    """``record.Relationship``: the parent record; ``field`` is the reference field."""

    target: Expr
    name: str
    field: FieldInfo


@dataclass(slots=True, eq=False)
class SObjectChildren(Expr):
    """``record.ChildRelationship``: a list of child records."""

    target: Expr
    name: str
    child: ChildInfo


@dataclass(slots=True, eq=False)
class Index(Expr):
    """``list[index]``; ``index`` is Integer."""

    target: Expr
    index: Expr


@dataclass(slots=True, eq=False)
class TriggerVariable(Expr):
    """``Trigger.new``, ``Trigger.isInsert`` ...: ``name`` in the platform's spelling (``new``, ``oldMap``, ``size``)."""

    name: str


@dataclass(slots=True, eq=False)
class Call(Expr):
    """An instance method of a user class.

    ``virtual`` False: the very method is called (``super.f()`` or nothing can override it).
    """

    target: Expr
    method: MethodSymbol
    args: tuple[Expr, ...]
    virtual: bool


@dataclass(slots=True, eq=False)
class StaticCall(Expr):
    """A static method of a user class or a method of a trigger or anonymous block."""

    method: MethodSymbol
    args: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class PlatformCall(Expr):
    """An instance method of the platform; the receiver's static type is ``target.type``.

    The receiver may be a user object: an interface of the platform that a user class implements
    (``Comparable``, ``Iterator<T>``), an exception, or ``Object`` (``equals``, ``hashCode``, ``toString``).
    ``direct`` is set for ``super.f()``.
    """

    target: Expr
    method: PlatformMethod
    args: tuple[Expr, ...]
    direct: bool = False


@dataclass(slots=True, eq=False)
class PlatformStaticCall(Expr):
    """A static method of the platform. ``owner`` is the type it was called on (generic or enum types need it)."""

    owner: Type
    method: PlatformMethod
    args: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class FieldAddError(Expr):
    """``record.Field.addError(message[, escape])``."""

    record: Expr
    field: FieldInfo
    args: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class New(Expr):
    """``new C(args)`` of a user class.

    ``constructor`` is a user constructor, or None for the default one, or a platform constructor that a
    user exception inherits.
    """

    constructor: MethodSymbol | PlatformMethod | None
    args: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class NewPlatform(Expr):
    """``new HttpRequest()``, ``new List<Account>(other)``: a constructor of the platform."""

    constructor: PlatformMethod
    args: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class NewSObject(Expr):
    """``new Account(Name = 'x', Parent = other)``."""

    values: tuple[SObjectValue, ...]


@dataclass(slots=True, eq=False)
class SObjectValue:
    """One ``name = value``: ``name`` is the field's or relationship's name in the schema's spelling."""

    pos: int
    name: str
    field: FieldInfo
    relationship: bool
    value: Expr


@dataclass(slots=True, eq=False)
class NewList(Expr):
    """``new List<T>{...}`` or ``new T[]{...}``."""

    elements: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class NewSet(Expr):
    """``new Set<T>{...}``."""

    elements: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class NewMap(Expr):
    """``new Map<K, V>{k => v}``."""

    pairs: tuple[tuple[Expr, Expr], ...]


@dataclass(slots=True, eq=False)
class NewArray(Expr):
    """``new T[size]``: a list of ``size`` nulls."""

    size: Expr


@dataclass(slots=True, eq=False)
class Convert(Expr):
    """An implicit conversion of ``operand`` to ``type``.

    ``number``: Integer to Long, Double, Decimal; Long to Double, Decimal; Double and Decimal to each other.
    ``box``: a primitive to Object (matters for Long). ``id``: String to Id, checked. ``text``: Id to String.
    ``datetime``: Date to Datetime. ``row``: the list of a query to its only record (directly under
    ``SafeNavigation.receiver`` or ``Coalesce.left`` no row gives null instead of an exception).
    ``check``: a list of SObjects to a list of another SObject type, elements checked.
    """

    operand: Expr
    kind: Choice["number", "box", "id", "text", "datetime", "row", "check"]


@dataclass(slots=True, eq=False)
class Cast(Expr):
    """``(type) operand``, checked at run time; between numbers it truncates (static type of ``operand``)."""

    operand: Expr


@dataclass(slots=True, eq=False)
class InstanceOf(Expr):
    """``operand instanceof tested``."""

    operand: Expr
    tested: Type


@dataclass(slots=True, eq=False)
class Negate(Expr):
    """``-operand`` on a number of ``type``."""

    operand: Expr


@dataclass(slots=True, eq=False)
class Not(Expr):
    """``!operand``."""

    operand: Expr


@dataclass(slots=True, eq=False)
class Complement(Expr):
    """``~operand`` on Integer or Long."""

    operand: Expr


@dataclass(slots=True, eq=False)
class Arithmetic(Expr):
    """``+ - * /``; numbers have both operands converted to ``type``, which is Integer, Long, Double or Decimal.

    With Date, Datetime or Time as ``type`` the left operand is of it and the right one a number, unconverted.
    """

    op: Choice["+", "-", "*", "/"]
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Concat(Expr):
    """A chain of string concatenations; the parts keep their own static types (they print by them)."""

    parts: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Bits(Expr):
    """``& | ^`` on Integer, Long or Boolean (``type``), operands converted."""

    op: Choice["&", "|", "^"]
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Shift(Expr):
    """``<< >> >>>``; ``left`` is of ``type``, ``right`` Integer or Long."""

    op: Choice["<<", ">>", ">>>"]
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Logical(Expr):
    """``a && b && c`` or ``a || b || c``."""

    op: Choice["&&", "||"]
    operands: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Compare(Expr):
    """``< <= > >=``; numbers are converted to a common type, else both sides have comparable types."""

    op: Choice["<", "<=", ">", ">="]
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Equal(Expr):
    """``== !=`` (by value) and ``=== !==`` (``identity``); look at the operands' types for what equality means.

    Numbers of different types are converted to a common type.
    """

    negated: bool
    identity: bool
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Ternary(Expr):
    """``condition ? yes : no``, branches converted to ``type``."""

    condition: Expr
    yes: Expr
    no: Expr


@dataclass(slots=True, eq=False)
class Coalesce(Expr):
    """``left ?? right``, both converted to ``type``."""

    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Hole(Expr):
    """Stands for the receiver inside the ``rest`` of a :class:`SafeNavigation`; ``number`` is unique in the method."""

    number: int


@dataclass(slots=True, eq=False)
class SafeNavigation(Expr):
    """``receiver?.rest``: null when ``receiver`` is null, else ``rest``, in which ``hole`` is the receiver.

    ``rest`` reaches to the end of the chain: all of it is skipped. ``type`` is ``rest.type``.
    """

    receiver: Expr
    hole: Hole
    rest: Expr


@dataclass(slots=True, eq=False)
class Assign(Expr):
    """``target = value`` with ``value`` converted; the value of the expression is the converted value."""

    target: Expr
    value: Expr


@dataclass(slots=True, eq=False)
class CompoundAssign(Expr):
    """``target op= value``: ``target`` is evaluated once.

    The operation is done in ``operation`` (a number type, Boolean, String for concatenation, Date,
    Datetime, Time); ``value`` is converted to it, except for String, shifts and dates. The result, of type
    ``operation``, is then the target's (``type`` is the target's type and never narrower).
    """

    op: Choice["+", "-", "*", "/", "&", "|", "^", "<<", ">>", ">>>"]
    target: Expr
    value: Expr
    operation: Type


@dataclass(slots=True, eq=False)
class Increment(Expr):
    """``++x x++ --x x--``: ``by`` is 1 or -1; ``prefix`` gives the new value."""

    target: Expr
    by: int
    prefix: bool


@dataclass(slots=True, eq=False)
class TypeLiteral(Expr):
    """``T.class``: ``type`` is System.Type."""

    named: Type


@dataclass(slots=True, eq=False)
class SObjectToken(Expr):
    """``Account.SObjectType``, ``Schema.Account.SObjectType``: type Schema.SObjectType."""

    sobject: SObjectInfo


@dataclass(slots=True, eq=False)
class FieldToken(Expr):
    """``Account.Name`` as a token: type Schema.SObjectField."""

    sobject: SObjectInfo
    field: FieldInfo


@dataclass(slots=True, eq=False)
class SObjectDescribe(Expr):
    """``Schema.SObjectType.Account``: type Schema.DescribeSObjectResult."""

    sobject: SObjectInfo


@dataclass(slots=True, eq=False)
class FieldDescribe(Expr):
    """``Schema.SObjectType.Account.fields.Name``: type Schema.DescribeFieldResult."""

    sobject: SObjectInfo
    field: FieldInfo


@dataclass(slots=True, eq=False)
class FieldSetDescribe(Expr):
    """``Schema.SObjectType.Account.fieldSets.Name``: type Schema.FieldSet."""

    sobject: SObjectInfo
    name: str


@dataclass(slots=True, eq=False)
class Label(Expr):
    """``System.Label.x`` or ``Label.ns.x``."""

    name: str


@dataclass(slots=True, eq=False)
class Soql(Expr):
    """A SOQL literal. ``type`` is ``List<X>``, ``List<AggregateResult>`` or Integer (``COUNT()``).

    In ``text`` each bind stands as ``:name`` of ``binds``, in order.
    """

    text: str
    binds: tuple[tuple[str, Expr], ...]
    shape: QueryShape


@dataclass(slots=True, eq=False)
class Sosl(Expr):
    """A SOSL literal: ``List<List<SObject>>``."""

    text: str
    binds: tuple[tuple[str, Expr], ...]


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
    ``query``: a :class:`Soql` row by row; ``batches``: a query (literal or ``Database.query``) in lists of 200.
    ``element`` is the static type of what comes; a :class:`Cast` to the variable's type is implied when
    they differ (``convert`` names the conversion as in :class:`Convert`, None for none or an upcast).
    """

    symbol: LocalSymbol
    iterable: Expr
    over: Choice["list", "set", "iterable", "query", "batches"]
    element: Type
    convert: str | None
    body: Stmt | None


@dataclass(slots=True, eq=False)
class When(Stmt):
    """One branch: constants (:class:`Literal`, :class:`EnumConstant`, :class:`StaticField`), or an SObject type."""

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
    """The constructor that a constructor calls first. ``constructor`` as in :class:`New`; None: nothing to run."""

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
    ``known`` the symbols of units that were not checked again.
    """

    units: tuple[Unit, ...]
    errors: tuple[CompileError, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    known: tuple[ClassSymbol, ...] = ()
