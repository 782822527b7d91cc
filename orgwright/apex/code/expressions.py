"""Typed expressions to Python expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orgwright.apex.check import typed
from orgwright.apex.code import names
from orgwright.apex.code.analysis import never_null, own_lines
from orgwright.apex.code.build import Builder
from orgwright.apex.code.names import Constant
from orgwright.apex.library import registry
from orgwright.apex.syntax.tree import line_of
from orgwright.apex.types import model
from orgwright.apex.types.declarations import PlatformClass, PlatformMethod
from orgwright.apex.types.model import PlatformType, SObjectType, Type, UserType
from orgwright.apex.types.symbols import ClassSymbol, FieldSymbol, LocalSymbol

_COMPONENT_MAKERS = {"flow.interview": "createInterview"}
_COLLECTIONS = {"System.List": "_new_list", "System.Set": "_new_set", "System.Map": "_new_map"}


class Scope:
    """What expressions of one function see: its class, its globals to declare, locals that are never null."""

    def __init__(self, owner: ClassSymbol, sure: set[LocalSymbol]) -> None:
        self.owner = owner
        self.sure = sure
        self.shared: set[str] = set()
        self.temporaries = 0


class Expressions(Builder):
    """Writes the expressions of one unit; collects the constants and units that it needs."""

    def __init__(self) -> None:
        super().__init__()
        self.constants: dict[str, Constant] = {}
        self.needs: set[str] = set()
        self.scope: Scope
        self.coverage = "c:"
        self.accessed: set[tuple[str, int]] = set()
        """Automatic properties that the current statement uses: the coverage list of their unit, and their line."""
        self.unit_symbol: ClassSymbol

    # ------------------------------------------------------------------ small parts

    def constant(self, *parts: str) -> ast.expr:
        """A constant of the unit, by its description."""
        name = "K:" + "\x1f".join(parts)
        self.constants[name] = parts
        return self.name(name)

    def rtype(self, type: Type) -> ast.expr:
        """A run-time type."""
        self.use_type(type)
        return self.constant("type", names.spec(type))

    def use(self, symbol: ClassSymbol) -> None:
        """Note that the unit of a class is needed."""
        self.needs.add(names.of_class(symbol.top))

    def use_type(self, type: Type) -> None:
        """Note the units of the classes in a type."""
        if isinstance(type, UserType):
            self.use(type.symbol)
        elif isinstance(type, PlatformType):
            for argument in type.args:
                self.use_type(argument)

    def temporary(self) -> str:
        """A local that lives across other evaluations."""
        self.scope.temporaries += 1
        return f"t{self.scope.temporaries}"

    def sure(self, node: typed.Expr) -> bool:
        """Whether an expression is never null."""
        return never_null(node, self.scope.sure)

    def present(self, node: typed.Expr, otherwise: str = "_npe") -> ast.expr:
        """An expression that must not be null: NullPointerException otherwise."""
        value = self.expr(node)
        return value if self.sure(node) else self.checked(value, otherwise)

    def checked(self, value: ast.expr, otherwise: str = "_npe") -> ast.expr:
        """A value, or NullPointerException when it is null."""
        return self.choose(
            self.compare(self.walrus("t", value), "is not", self.const(None)), self.name("t"), self.call(otherwise)
        )

    def truth(self, node: typed.Expr) -> ast.expr:
        """A condition: null is a NullPointerException."""
        return self.present(node)

    # ------------------------------------------------------------------ dispatch

    def expr(self, node: typed.Expr) -> ast.expr:
        """Any expression, on its own line."""
        line = self.line
        self.line = line_of(node.pos) or line
        try:
            return WRITERS[node.__class__](self, node)
        finally:
            self.line = line

    def reached(self, line: int) -> None:
        """Told the highest line that is marked."""

    def branch(self, node: typed.Expr, around: int, write: Callable[[typed.Expr], ast.expr] | None = None) -> ast.expr:
        """An operand that may stay unevaluated: its lines are marked when it runs, if it has lines of its own."""
        value = (write or self.expr)(node)
        lines = {line for line in own_lines(node) if line != around}
        if not lines:
            return value
        self.reached(max(lines))
        marks = [
            self.method(self.name(self.coverage), "__setitem__", self.const(n), self.const(1)) for n in sorted(lines)
        ]
        return self.last(*marks, value)

    # ------------------------------------------------------------------ values

    def _literal(self, node: typed.Literal) -> ast.expr:
        value = node.value
        if node.type is model.DOUBLE and value is not None:
            return self.const(float(value))  # type: ignore[arg-type]
        if isinstance(value, Decimal) or (node.type is model.DECIMAL and isinstance(value, (int, float))):
            return self.constant("decimal", str(value))
        return self.const(value)

    def _local(self, node: typed.Local) -> ast.expr:
        return self.name(names.local(node.symbol))

    def _this(self, node: typed.This) -> ast.expr:
        return self.name("self")

    def _hole(self, node: typed.Hole) -> ast.expr:
        return self.name(f"h{node.number}")

    def _field(self, node: typed.FieldAccess) -> ast.expr:
        return self.attribute(self.expr(node.target), names.instance_field(node.field))

    def _static_field(self, node: typed.StaticField) -> ast.expr:
        field = node.field
        if field.constant is not None and not isinstance(field.constant, (tuple, list)):
            return self._literal(typed.Literal(node.pos, field.type, field.constant))
        name = self.static(field)
        if self.initialised(field.owner):
            return self.name(name)
        q = names.of_class(field.owner)
        return self.choose(self.name(f"i:{q}"), self.name(name), self.call("_static", self.const(q), self.const(name)))

    def static(self, field: FieldSymbol) -> str:
        """The global of a static field; its unit is needed."""
        self.use(field.owner)
        return names.static_field(field)

    def initialised(self, owner: ClassSymbol) -> bool:
        """Whether the static initialisers of a class have run for sure where the current code runs."""
        return owner.top is self.scope.owner.top and (self.scope.owner.outer is None)

    @staticmethod
    def storage(node: typed.PropertyAccess) -> typed.FieldAccess | typed.StaticField | None:
        """The storage itself, when a property's accessors are both automatic and nothing overrides them."""
        if names.has_accessors(node.field):
            return None
        if node.target is None:
            return typed.StaticField(node.pos, node.type, node.field)
        return typed.FieldAccess(node.pos, node.type, node.target, node.field)

    def used(self, field: FieldSymbol) -> None:
        """Note the use of an automatic property: its line has then run, as that of an accessor with a body has."""
        self.use(field.owner)
        self.accessed.add(("c:" + names.of_class(field.owner.top), line_of(field.pos)))

    def _property(self, node: typed.PropertyAccess) -> ast.expr:
        field = node.field
        plain = self.storage(node)
        if plain is not None:
            self.used(field)
            return self.expr(plain)
        if node.target is None:
            self.use(field.owner)
            return self.call(names.accessor(field, "get"))
        if node.direct:
            return self.call(names.accessor(field, "get"), self.expr(node.target))
        return self.method(self.expr(node.target), names.accessor_attribute(field, "get"))

    def _platform_value(self, node: typed.PlatformValue) -> ast.expr:
        declared = node.property
        found = registry.find_getter(declared.owner.key, declared.name)
        if found is not None:
            arguments = [self.name("_x")] if found.context else []
            if node.target is not None:
                arguments.append(self.present(node.target))
            return self.call(self.constant("native", found.key), *arguments)
        if node.target is not None:
            return self.attribute(self.expr(node.target), declared.name)
        cls = registry.find_class(declared.owner.key)
        if cls is not None and hasattr(cls, declared.name):
            return self.attribute(self.constant("class", declared.owner.name), declared.name)
        return self.call("_missing", self.const(f"{declared.owner.key}.{declared.name}"))

    def _enum_constant(self, node: typed.EnumConstant) -> ast.expr:
        if isinstance(node.type, UserType):
            self.use(node.type.symbol)
            return self.constant("userenum", names.of_class(node.type.symbol), node.name)
        assert isinstance(node.type, PlatformType)
        return self.constant("enum", node.type.decl.name, ",".join(node.type.decl.constants), node.name)

    def _sobject_field(self, node: typed.SObjectField) -> ast.expr:
        if isinstance(node.target, (typed.SObjectParent, typed.SafeNavigation)):
            return self.call("_field", self.expr(node.target), self.const(node.field.name))
        return self.method(self.expr(node.target), "read", self.const(node.field.name))

    def _sobject_parent(self, node: typed.SObjectParent) -> ast.expr:
        if isinstance(node.target, typed.SObjectParent):
            return self.call("_parent", self.expr(node.target), self.const(node.name))
        return self.method(self.expr(node.target), "parent", self.const(node.name))

    def _sobject_children(self, node: typed.SObjectChildren) -> ast.expr:
        return self.method(self.expr(node.target), "children", self.const(node.name))

    def _index(self, node: typed.Index) -> ast.expr:
        return self.method(self.expr(node.target), "get", self.expr(node.index))

    def _trigger_variable(self, node: typed.TriggerVariable) -> ast.expr:
        return self.method(self.name("_x"), "trigger_variable", self.const(node.name))

    # ------------------------------------------------------------------ calls

    def arguments(self, nodes: tuple[typed.Expr, ...]) -> list[ast.expr]:
        """Arguments in order."""
        return [self.expr(node) for node in nodes]

    def _call(self, node: typed.Call) -> ast.expr:
        method = node.method
        arguments = self.arguments(node.args)
        if not node.virtual and isinstance(node.target, typed.This):
            self.use(method.owner)
            return self.call(names.function(method), self.name("self"), *arguments)
        return self.method(self.expr(node.target), names.method_attribute(method), *arguments)

    def _static_call(self, node: typed.StaticCall) -> ast.expr:
        self.use(node.method.owner)
        return self.call(names.function(node.method), *self.arguments(node.args))

    def _platform_call(self, node: typed.PlatformCall) -> ast.expr:
        method = node.method
        key = method.owner.key
        if node.direct:
            return self.call("_super_call", self.expr(node.target), self.const(method.name), *self.arguments(node.args))
        if method.owner.kind == "interface" or key == "Object":
            return self.call("_invoke", self.expr(node.target), self.const(method.name), *self.arguments(node.args))
        found = registry.find(key, method.name, [t.name for t in method.parameters])
        if found is not None:
            receiver = self.present(
                node.target, "_null_blob" if key.lower().removeprefix("system.") == "blob" else "_npe"
            )
            arguments = [receiver, *self.arguments(node.args)]
            if found.context:
                arguments.insert(0, self.name("_x"))
            return self.call(self.constant("native", found.key), *arguments)
        own = _python_method(key, method.name)
        if own is None:
            if method.owner.virtual or method.owner.abstract:
                what = (self.const(method.name), self.const(method.signature))
                return self.call("_invoke_extended", self.expr(node.target), *what, *self.arguments(node.args))
            return self.call("_missing", self.const(method.signature))
        name, contextual = own
        arguments = self.arguments(node.args)
        if contextual:
            arguments.insert(0, self.name("_x"))
        return self.method(self.expr(node.target), name, *arguments)

    def _platform_static_call(self, node: typed.PlatformStaticCall) -> ast.expr:
        method = node.method
        arguments = self.arguments(node.args)
        if isinstance(node.owner, UserType):
            return self.call("_enum_static", self.constant("userenumtype", names.of_class(node.owner.symbol)),
                             self.const(method.name), *arguments)  # fmt: skip
        if isinstance(node.owner, PlatformType) and node.owner.decl.kind == "enum":
            decl = node.owner.decl
            return self.call("_enum_static", self.constant("enumtype", decl.name, ",".join(decl.constants)),
                             self.const(method.name), *arguments)  # fmt: skip
        if isinstance(node.owner, SObjectType) and node.owner.info is not None:
            # custom settings and custom metadata types: Foo__c.getInstance()
            arguments.insert(0, self.const(node.owner.info.name))
        return self.platform_static(method, arguments)

    def platform_static(self, method: PlatformMethod, arguments: list[ast.expr]) -> ast.expr:
        """The call of a static platform method."""
        found = registry.find(method.owner.key, method.name, [t.name for t in method.parameters])
        if found is not None:
            if found.context:
                arguments = [self.name("_x"), *arguments]
            return self.call(self.constant("native", found.key), *arguments)
        own = _python_method(method.owner.key, method.name)
        if own is None and method.owner.key.lower().startswith("connectapi."):
            return self.call("_siloed", self.name("_x"), self.const(method.signature))
        if own is None:
            return self.call("_missing", self.const(method.signature))
        if own[1]:
            arguments = [self.name("_x"), *arguments]
        return self.method(self.constant("class", method.owner.name), own[0], *arguments)

    def _field_add_error(self, node: typed.FieldAddError) -> ast.expr:
        return self.call(
            "_field_error", self.expr(node.record), self.const(node.field.name), *self.arguments(node.args)
        )

    def _new(self, node: typed.New) -> ast.expr:
        assert isinstance(node.type, UserType)
        symbol = node.type.symbol
        self.use(symbol)
        q = names.of_class(symbol)
        if isinstance(node.constructor, PlatformMethod):
            maker = f"{q}.<platform>"
        else:
            maker = names.function(node.constructor) if node.constructor else f"{q}.<init>()"
        made = self.call(maker, self.const(None), *self.arguments(node.args))
        return self._born(made, exception=symbol.is_exception)

    def _born(self, made: ast.expr, *, exception: bool) -> ast.expr:
        """A new object; an exception remembers where it was made."""
        return self.call("_made", made) if exception else made

    def _new_platform(self, node: typed.NewPlatform) -> ast.expr:
        method = node.constructor
        arguments = self.arguments(node.args)
        if method.owner.name in _COLLECTIONS:
            return self.call(_COLLECTIONS[method.owner.name], self.rtype(node.type), *arguments)
        exception = method.owner.kind == "exception"
        found = registry.find(method.owner.key, "<init>", [t.name for t in method.parameters])
        if found is not None:
            if found.context:
                arguments.insert(0, self.name("_x"))
            return self._born(self.call(self.constant("native", found.key), *arguments), exception=exception)
        cls = registry.find_class(method.owner.key)
        if cls is None:
            made = self._new_component(method.owner, arguments)
            if made is not None:
                return made
            return self.call("_missing", self.const(f"new {method.owner.key}"))
        if getattr(cls.__init__, "contextual", False):  # type: ignore[misc]
            arguments.insert(0, self.name("_x"))
        return self._born(self.call(self.constant("class", method.owner.name), *arguments), exception=exception)

    def _new_component(self, owner: PlatformClass, arguments: list[ast.expr]) -> ast.expr | None:
        """An object of a class that a component brings along: ``new Flow.Interview.Close_Case(inputs)``."""
        space, _, name = owner.name.rpartition(".")
        maker = registry.find(space, _COMPONENT_MAKERS.get(space.lower(), ""), ["String", "Map<String,Object>"])
        if maker is None:
            return None
        return self.call(self.constant("native", maker.key), self.name("_x"), self.const(name), *arguments)

    def _new_sobject(self, node: typed.NewSObject) -> ast.expr:
        keys = [self.const(v.name) for v in node.values]
        values = [self.expr(v.value) for v in node.values]
        return self.call("_SObject", self.constant("sobject", node.type.name), self.dict(keys, values))

    def _new_list(self, node: typed.NewList) -> ast.expr:
        if not node.elements:
            return self.call("_List", self.rtype(node.type))
        return self.call("_list_of", self.rtype(node.type), self.tuple(self.arguments(node.elements)))

    def _new_set(self, node: typed.NewSet) -> ast.expr:
        return self.call("_set_of", self.rtype(node.type), self.tuple(self.arguments(node.elements)))

    def _new_map(self, node: typed.NewMap) -> ast.expr:
        pairs = [self.tuple((self.expr(k), self.expr(v))) for k, v in node.pairs]
        return self.call("_map_of", self.rtype(node.type), self.tuple(pairs))

    def _new_array(self, node: typed.NewArray) -> ast.expr:
        return self.call("_new_array", self.rtype(node.type), self.expr(node.size))

    # ------------------------------------------------------------------ conversions

    def _convert(self, node: typed.Convert, lenient: bool = False) -> ast.expr:
        if node.kind == "row":
            return self.call("_row", self.expr(node.operand), self.const(lenient))
        return self.converted(node.operand.type, node.type, node.kind, self.expr(node.operand), self.sure(node.operand))

    def converted(self, source: Type, target: Type, kind: str, value: ast.expr, sure: bool = False) -> ast.expr:
        """A value converted implicitly from one static type to another."""
        if kind == "number":
            if target is model.LONG or source is target:
                return value
            if target is model.DOUBLE:
                return self.call("float", value) if sure else self.call("_to_double", value)
            return self.call("_to_decimal", value)
        if kind == "box":
            return self.call("_box", value) if source is model.LONG else value
        if kind == "id":
            return self.call("_to_id", value)
        if kind == "text":
            return self.call("_to_string", value)
        if kind == "datetime":
            return self.call("_to_datetime", value)
        if kind == "check":
            return value  # real orgs look at no element here: one of another type is found when it is used
        raise ValueError(f"conversion {kind}")

    def _cast(self, node: typed.Cast) -> ast.expr:
        source, target = node.operand.type, node.type
        value = self.expr(node.operand)
        numbers = (model.INTEGER, model.LONG, model.DOUBLE, model.DECIMAL)
        if source in numbers and target in numbers:
            if source is target:
                return value
            return self.call("_cast_number", value, self.const(target.name))
        if target is model.OBJECT or source is target:
            return self.call("_box", value) if source is model.LONG else value
        return self.call("_cast", value, self.rtype(target))

    def _instance_of(self, node: typed.InstanceOf) -> ast.expr:
        return self.call("_instance_of", self.expr(node.operand), self.rtype(node.tested))

    # ------------------------------------------------------------------ tokens, queries

    def _type_literal(self, node: typed.TypeLiteral) -> ast.expr:
        self.use_type(node.named)
        return self.constant("typevalue", names.spec(node.named))

    def _sobject_token(self, node: typed.SObjectToken) -> ast.expr:
        return self.constant("sobject", node.sobject.name)

    def _field_token(self, node: typed.FieldToken) -> ast.expr:
        return self.constant("field", node.sobject.name, node.field.name)

    def _sobject_describe(self, node: typed.SObjectDescribe) -> ast.expr:
        return self.call("_describe_sobject", self.constant("sobject", node.sobject.name))

    def _field_describe(self, node: typed.FieldDescribe) -> ast.expr:
        return self.call("_describe_field", self.constant("field", node.sobject.name, node.field.name))

    def _field_set(self, node: typed.FieldSetDescribe) -> ast.expr:
        holder = self.constant("class", "Schema.SObjectTypeFieldSets")
        return self.method(holder, "named", self.name("_x"), self.const(node.sobject.name), self.const(node.name))

    def _label(self, node: typed.Label) -> ast.expr:
        return self.method(self.name("_x"), "label", self.const(node.name))

    def binds(self, binds: tuple[tuple[str, typed.Expr], ...]) -> ast.expr:
        """The values of the binds by name."""
        return self.dict([self.const(name) for name, _ in binds], [self.expr(value) for _, value in binds])

    def access(self, given: str | None) -> ast.expr:
        """The access mode: as written, else by the class's API version; system mode has the class's sharing."""
        if given == "user" or (given is None and self.unit_symbol.api_version >= 67):
            return self.const("user")
        modes = {"with": "sharing", "without": "system"}
        return self.const(modes.get(self.scope.owner.sharing_mode or "", "caller"))

    def _soql(self, node: typed.Soql) -> ast.expr:
        if node.shape.kind == "count":
            return self.method(
                self.name("_x"), "count", self.const(node.text), self.binds(node.binds), self.access(None)
            )
        return self.method(
            self.name("_x"),
            "query",
            self.const(node.text),
            self.binds(node.binds),
            self.access(None),
            self.rtype(node.type),
        )

    def _sosl(self, node: typed.Sosl) -> ast.expr:
        return self.method(self.name("_x"), "search", self.const(node.text), self.binds(node.binds), self.access(None))


def _python_method(owner: str, name: str) -> tuple[str, bool] | None:
    """The method of a platform class's Python class, and whether it wants the Execution."""
    cls = registry.find_class(owner)
    if cls is None:
        return None
    found = getattr(cls, name, None)
    if found is None:
        lowered = name.lower()
        name = next((n for n in dir(cls) if n.lower() == lowered), name)
        found = getattr(cls, name, None)
    return (name, getattr(found, "contextual", False)) if callable(found) else None


WRITERS: dict[type, Callable[[Any, Any], ast.expr]] = {
    typed.Literal: Expressions._literal,
    typed.Local: Expressions._local,
    typed.This: Expressions._this,
    typed.Hole: Expressions._hole,
    typed.FieldAccess: Expressions._field,
    typed.StaticField: Expressions._static_field,
    typed.PropertyAccess: Expressions._property,
    typed.PlatformValue: Expressions._platform_value,
    typed.EnumConstant: Expressions._enum_constant,
    typed.SObjectField: Expressions._sobject_field,
    typed.SObjectParent: Expressions._sobject_parent,
    typed.SObjectChildren: Expressions._sobject_children,
    typed.Index: Expressions._index,
    typed.TriggerVariable: Expressions._trigger_variable,
    typed.Call: Expressions._call,
    typed.StaticCall: Expressions._static_call,
    typed.PlatformCall: Expressions._platform_call,
    typed.PlatformStaticCall: Expressions._platform_static_call,
    typed.FieldAddError: Expressions._field_add_error,
    typed.New: Expressions._new,
    typed.NewPlatform: Expressions._new_platform,
    typed.NewSObject: Expressions._new_sobject,
    typed.NewList: Expressions._new_list,
    typed.NewSet: Expressions._new_set,
    typed.NewMap: Expressions._new_map,
    typed.NewArray: Expressions._new_array,
    typed.Convert: Expressions._convert,
    typed.Cast: Expressions._cast,
    typed.InstanceOf: Expressions._instance_of,
    typed.TypeLiteral: Expressions._type_literal,
    typed.SObjectToken: Expressions._sobject_token,
    typed.FieldToken: Expressions._field_token,
    typed.SObjectDescribe: Expressions._sobject_describe,
    typed.FieldDescribe: Expressions._field_describe,
    typed.FieldSetDescribe: Expressions._field_set,
    typed.Label: Expressions._label,
    typed.Soql: Expressions._soql,
    typed.Sosl: Expressions._sosl,
}
