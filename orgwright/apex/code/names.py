"""The Python names of Apex things in generated code, and the constants that a unit needs from its surroundings.

All generated code of a program shares one dictionary of globals. ``q`` is a class's qualified name in lower case:

=========================  ==============================================================
``q.method(types)``        function of a method; ``q.<init>(types)`` of a constructor
``q.get:p`` ``q.set:p``    functions of accessors
``C:q``                    Python class
``i:q``                    whether the static initialisers ran (``q.<clinit>`` runs them)
``s:q.f``                  static field
``c:unit``                 coverage: one item a line
``K:...``                  a :data:`Constant`
=========================  ==============================================================

Attributes of instances: ``f<depth>_<name>`` fields, ``method(types)`` methods, private ones with ``@q`` behind.
"""

from __future__ import annotations

from orgwright.apex.types.model import PlatformType, SObjectType, Type, UserType
from orgwright.apex.types.symbols import ClassSymbol, FieldSymbol, LocalSymbol, MethodSymbol

Constant = tuple[str, ...]
"""What a global of a unit holds, as text: ``("type", "List<Account>")``, ``("native", "string.length")`` ...;
see ``image.Image.constant`` for all kinds."""


def of_class(symbol: ClassSymbol) -> str:
    """``q``: the qualified name in lower case. A trigger's has a prefix: it may share a class's name."""
    name = symbol.qualified.lower()
    return f"trigger {name}" if symbol.top.kind == "trigger" else name


def depth(symbol: ClassSymbol) -> int:
    """How many user classes stand above it."""
    count, parent = 0, symbol.parent
    while parent is not None:
        count, parent = count + 1, parent.parent
    return count


def function(method: MethodSymbol) -> str:
    """The global of a method or constructor."""
    return f"{of_class(method.owner)}.{method.key}"


def method_attribute(method: MethodSymbol) -> str:
    """The attribute by which a method is called virtually."""
    hidden = method.visibility == "private" and not (method.abstract or method.virtual or method.override)
    return f"{method.key}@{of_class(method.owner)}" if hidden else method.key


def accessor(field: FieldSymbol, kind: str) -> str:
    """The global of a getter or setter."""
    return f"{of_class(field.owner)}.{kind}:{field.name.lower()}"


def accessor_attribute(field: FieldSymbol, kind: str) -> str:
    """The attribute by which an accessor is called virtually."""
    return f"{kind}:{field.name.lower()}"


def instance_field(field: FieldSymbol) -> str:
    """The attribute that holds an instance field."""
    return f"f{depth(field.owner)}_{field.name.lower()}"


def static_field(field: FieldSymbol) -> str:
    """The global that holds a static field."""
    return f"s:{of_class(field.owner)}.{field.name.lower()}"


def local(symbol: LocalSymbol) -> str:
    """The Python local of a variable."""
    return f"v{symbol.slot}_{symbol.name.lower()}"


def has_accessors(field: FieldSymbol) -> bool:
    """Whether functions are generated for a property: a body, or something may override it."""
    if not field.property:
        return False
    bodies = any(a is not None and a.body is not None for a in (field.getter, field.setter))
    return bodies or field.virtual or field.abstract or field.override or field.owner.kind == "interface"


def spec(type: Type) -> str:
    """A type as text that :meth:`Image.rtype` reads: ``Map<Id,user:foo.bar>``, ``sobject:Account``."""
    if isinstance(type, UserType):
        return f"user:{of_class(type.symbol)}"
    if isinstance(type, SObjectType):
        return f"sobject:{type.name}"
    if isinstance(type, PlatformType):
        if not type.args:
            return f"{type.decl.kind}:{type.decl.name}"
        return f"{type.decl.kind}:{type.decl.name}<{','.join(spec(a) for a in type.args)}>"
    return type.name
