"""The typed tree: what code generation gets. Its expressions; :mod:`orgwright.apex.check.bodies` has the rest.

Every name is resolved, every call names its target, every implicit conversion is a :class:`Convert`.
Only the checker that builds a node may still complete it; what is handed on never changes. ``pos`` is a packed
position as in :mod:`orgwright.apex.syntax.tree`; ``type`` of an expression is never ``UNKNOWN``. Methods of the platform stand with their declaration and the
static type of their receiver; type variables of ``method.parameters`` are settled in the node's ``type``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Choice

from orgwright.apex.host import ChildInfo, FieldInfo, QueryShape, SObjectInfo
from orgwright.apex.types.declarations import PlatformMethod, PlatformProperty
from orgwright.apex.types.model import Type
from orgwright.apex.types.symbols import FieldSymbol, LocalSymbol, MethodSymbol


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
