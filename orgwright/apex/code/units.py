"""A checked unit to Python code and the plain data that describes its classes."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from types import CodeType

from orgwright.apex.check import bodies
from orgwright.apex.code import names
from orgwright.apex.code.analysis import own_lines, sure_locals
from orgwright.apex.code.expressions import Scope
from orgwright.apex.code.names import Constant
from orgwright.apex.code.statements import Statements
from orgwright.apex.syntax.tree import line_of
from orgwright.apex.types.declarations import PlatformMethod
from orgwright.apex.types.model import PlatformType, Type, UserType
from orgwright.apex.types.symbols import ClassSymbol, FieldSymbol, MethodSymbol

FUTURE = "!future"
"""Behind the global of a ``@future`` method: the function with its body."""


@dataclass(frozen=True)
class FieldCode:
    """A field or property: ``attribute`` of the instance or global of a static one; ``type`` as a type spec."""

    name: str
    attribute: str
    type: str
    static: bool
    transient: bool
    property: bool
    getter: bool
    setter: bool
    constant: object = None
    visibility: str = "private"


@dataclass(frozen=True)
class MethodCode:
    """A method: its name, global function, attribute and parameter types."""

    name: str
    function: str
    attribute: str
    parameters: tuple[str, ...]
    parameter_names: tuple[str, ...]
    returns: str
    static: bool
    abstract: bool
    visibility: str
    annotations: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


@dataclass(frozen=True)
class ClassCode:
    """What the image needs to build one class."""

    q: str
    name: str
    """The qualified name as Salesforce prints it."""
    kind: str
    outer: str | None
    super: str | None
    """A type spec."""
    supers: tuple[str, ...]
    """Qualified names of everything it is an instance of, itself included."""
    fields: tuple[FieldCode, ...]
    methods: tuple[MethodCode, ...]
    constructors: tuple[MethodCode, ...]
    constants: tuple[str, ...]
    abstract: bool
    static_init: bool
    is_test: bool
    api_version: float
    annotations: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    visibility: str = "private"
    bridges: tuple[tuple[str, str], ...] = ()
    """Attributes by which supertypes call, and those of the methods that answer: one may take wider types."""


@dataclass(frozen=True)
class UnitCode:
    """One unit as code: ``code`` defines the functions, ``display`` names them in stack traces."""

    q: str
    name: str
    kind: str
    code: CodeType
    classes: tuple[ClassCode, ...]
    constants: dict[str, Constant]
    needs: tuple[str, ...]
    display: dict[str, str]
    api_version: float
    lines: int
    """One more than the number of the last line."""
    sharing: dict[str, str]
    """How functions run: with, without or inherited; those that are not named say nothing and follow their caller."""


class UnitWriter(Statements):
    """Writes one unit."""

    def __init__(self, unit: bodies.Unit) -> None:
        super().__init__()
        self.unit = unit
        self.unit_symbol = unit.symbol
        self.kind = unit.symbol.kind if not isinstance(unit, bodies.Class) else "class"
        self.coverage = "c:" + names.of_class(unit.symbol)
        self.functions: list[ast.stmt] = []
        self.classes: list[ClassCode] = []
        self.display: dict[str, str] = {}
        self.sharing: dict[str, str] = {}
        self.highest = 1

    def write(self) -> UnitCode:
        """The code of the unit."""
        unit = self.unit
        if isinstance(unit, bodies.Class):
            self._class(unit)
        else:
            self._class(unit.members)
            self._main(unit)
        module = ast.Module(self.functions, [])
        q = names.of_class(unit.symbol)
        prefix = {"trigger": "Trigger.", "anonymous": ""}.get(self.kind, "Class.")
        code = compile(module, prefix + unit.symbol.qualified, "exec", dont_inherit=True)
        needs = tuple(sorted(self.needs - {q}))
        classes = tuple(self.classes)
        return UnitCode(
            q,
            unit.symbol.name,
            self.kind,
            code,
            classes,
            self.constants,
            needs,
            self.display,
            unit.symbol.api_version,
            self.highest + 1,
            self.sharing,
        )

    # ------------------------------------------------------------------ functions

    def reached(self, line: int) -> None:
        """Remember the highest line."""
        self.highest = max(self.highest, line)

    def function_of(
        self,
        name: str,
        shown: str,
        parameters: list[str],
        body: list[ast.stmt],
        line: int,
    ) -> None:
        """Add a function; statics that it assigns are declared global."""
        self.line = line
        body = [*self.properties(), *body]
        if self.scope.shared:
            body = [self.shared(sorted(self.scope.shared)), *body]
        self.functions.append(self.function(name, parameters, body or [self.nothing()]))
        self.display[name] = shown
        mode = self.scope.owner.sharing_mode
        if mode is not None:
            self.sharing[name] = mode

    def enter(self, owner: ClassSymbol, body: bodies.Block | None, line: int) -> None:
        """Start a function of a class."""
        self.scope = Scope(owner, sure_locals(body))
        self.result = None
        self.line = line
        self.highest = max(self.highest, line)

    def first_use(self, symbol: ClassSymbol) -> list[ast.stmt]:
        """Run the static initialisers unless they ran: at the start of static methods and constructors."""
        q = names.of_class(symbol)
        if q not in self._initialising:
            return []
        run = self.do(self.call("_initialise", self.const(q)))
        return [self.when(self.name(f"i:{q}"), [self.nothing()], [run])]

    _initialising: set[str] = set()

    # ------------------------------------------------------------------ classes

    def _class(self, node: bodies.Class) -> None:
        symbol = node.symbol
        q = names.of_class(symbol)
        if node.static_init:
            self._initialising = {*self._initialising, q}
        self.reached(max((line_of(field.pos) for field in symbol.fields.values() if field.property), default=0))
        for inner in node.inner:
            self._class(inner)
        shown = "Trigger." + symbol.name if symbol.kind == "trigger" else "Class." + symbol.qualified
        if symbol.kind == "anonymous":
            shown = "AnonymousBlock"
        if node.static_init:
            self._static_initialiser(node, q, shown)
        if symbol.kind == "class":
            self._construction(node, q, shown)
        for method in node.methods:
            if method.body is not None:
                self._method(method, f"{shown}.{method.symbol.name}")
        self._accessors(node, shown)
        self.classes.append(_class_code(symbol, bool(node.static_init)))
        for type_ in (symbol.super, *symbol.interfaces):
            if type_ is not None:
                self.use_type(type_)

    def _static_initialiser(self, node: bodies.Class, q: str, shown: str) -> None:
        line = line_of(node.static_init[0].pos)
        self.enter(node.symbol, None, line)
        body = self._initialisers(node.static_init)
        self.function_of(f"{q}.<clinit>", f"{shown}.<clinit>", [], body, line)

    def _initialisers(self, initialisers: tuple[bodies.Initialiser, ...]) -> list[ast.stmt]:
        written: list[ast.stmt] = []
        for item in initialisers:
            self.line = line_of(item.pos)
            if item.block is not None:
                self.scope.sure = sure_locals(item.block)
                written += self.statement(item.block)
            elif item.field is not None:
                written += self._field_value(item.field, item)
        return written

    def _field_value(self, field: FieldSymbol, item: bodies.Initialiser) -> list[ast.stmt]:
        lines = {line_of(item.pos), line_of(field.pos)}
        if item.value is None:
            return self.mark(lines)
        marks = self.mark(lines | own_lines(item.value))
        value = self.expr(item.value)
        if field.static:
            self.scope.shared.add(names.static_field(field))
            return [*marks, self.assign(value, self.target(names.static_field(field)))]
        return [*marks, self.assign(value, self.attribute_target(self.name("self"), names.instance_field(field)))]

    def _construction(self, node: bodies.Class, q: str, shown: str) -> None:
        """The constructors. ``<fields>`` runs the initialisers, those of the parents first, before any constructor body."""
        symbol, line = node.symbol, line_of(node.symbol.decl.pos)
        self.enter(symbol, None, line)
        fields = [*self.first_use(symbol), *self._initialisers(node.instance_init)]
        if symbol.parent is not None:
            self.use(symbol.parent)
            self.line = line
            fields.insert(0, self.do(self.call(f"{names.of_class(symbol.parent)}.<fields>", self.name("self"))))
        self.function_of(f"{q}.<fields>", f"{shown}.<init>", ["self"], fields, line)
        for constructor in node.constructors:
            self._constructor(constructor, q, shown)
        if not node.constructors:
            self.enter(symbol, None, line)
            body = [self._allocated(q), *self._chain(node.default_chain), self.give(self.name("self"))]
            self.function_of(f"{q}.<init>()", f"{shown}.<init>", ["self"], body, line)
        if symbol.is_exception:
            self._platform_constructor(node, q, shown, line)

    def _allocated(self, q: str) -> ast.stmt:
        """``new`` gives no ``self``: the object is made, its initialisers run; a chained constructor gets it."""
        made = self.assign(self.call("_make", self.name(f"C:{q}")), self.target("self"))
        return self.when(self.compare(self.name("self"), "is", self.const(None)), [made], [])

    def _platform_constructor(self, node: bodies.Class, q: str, shown: str, line: int) -> None:
        """The constructors that a user exception inherits from ``Exception``."""
        self.enter(node.symbol, None, line)
        parent = node.symbol.parent
        up = f"{names.of_class(parent)}.<platform>" if parent else "_init_platform"
        if parent:
            self.use(parent)
        given = [self.name("first"), self.name("second")]
        body = [self._allocated(q), self.do(self.call(up, self.name("self"), *given)), self.give(self.name("self"))]
        self.function_of(f"{q}.<platform>", f"{shown}.<init>", ["self", "first", "second"], body, line)
        definition = self.functions[-1]
        assert isinstance(definition, ast.FunctionDef)
        definition.args.defaults = [self.name("_unset"), self.name("_unset")]

    def _chain(self, chain: bodies.Chain | None) -> list[ast.stmt]:
        written: list[ast.stmt] = []
        if chain is not None and not chain.implicit:
            self.line = line_of(chain.pos)
            written += self.mark({self.line}.union(*(own_lines(a) for a in chain.args)))
        if chain is not None and chain.constructor is not None:
            arguments = [self.name("self"), *self.arguments(chain.args)]
            if isinstance(chain.constructor, PlatformMethod):
                written.append(self.do(self.call("_init_platform", *arguments)))
            else:
                self.use(chain.constructor.owner)
                written.append(self.do(self.call(names.function(chain.constructor), *arguments)))
        elif chain is not None and chain.which == "super":
            parent = self.scope.owner.parent
            if parent is not None:
                self.use(parent)
                written.append(self.do(self.call(f"{names.of_class(parent)}.<init>()", self.name("self"))))
            elif self.scope.owner.is_exception:
                written.append(self.do(self.call("_init_platform", self.name("self"))))
        return written

    def _constructor(self, node: bodies.Constructor, q: str, shown: str) -> None:
        line = line_of(node.symbol.pos)
        self.enter(node.symbol.owner, node.body, line)
        self.result = "self"
        body = [self._allocated(q), *self.mark({line}), *self._chain(node.chain)]
        body += self.statement(node.body)
        self.line = line
        body.append(self.give(self.name("self")))
        parameters = ["self", *(names.local(p) for p in node.parameters)]
        self.function_of(names.function(node.symbol), f"{shown}.<init>", parameters, body, line)

    def _method(self, node: bodies.Method, shown: str) -> None:
        symbol = node.symbol
        line = line_of(symbol.pos)
        assert node.body is not None
        self.enter(symbol.owner, node.body, line)
        if symbol.owner.kind in ("trigger", "anonymous"):
            shown = shown if symbol.owner.kind == "trigger" else f"AnonymousBlock.{symbol.name}"
        body = [*(self.first_use(symbol.owner) if symbol.static else []), *self.mark({line})]
        body += self.statement(node.body)
        parameters = [names.local(p) for p in node.parameters]
        if not symbol.static and symbol.owner.kind not in ("trigger", "anonymous"):
            parameters.insert(0, "self")
        name = names.function(symbol)
        if any(annotation.name.lower() == "future" for annotation in symbol.annotations):
            self._future(symbol, name, parameters, line)
            name += FUTURE
        self.function_of(name, shown, parameters, body, line)

    def _future(self, symbol: MethodSymbol, name: str, parameters: list[str], line: int) -> None:
        """Calling a ``@future`` method hands it to the org; its body is a function of its own."""
        self.line = line
        texts = (names.of_class(symbol.owner.top), symbol.owner.qualified, symbol.name, name + FUTURE)
        arguments = [*(self.const(text) for text in texts), *(self.name(p) for p in parameters)]
        body = [self.do(self.method(self.name("_x"), "future", *arguments))]
        self.functions.append(self.function(name, parameters, body))

    # ------------------------------------------------------------------ properties

    def _accessors(self, node: bodies.Class, shown: str) -> None:
        written = {(a.field.name.lower(), a.kind) for a in node.accessors}
        for accessor in node.accessors:
            field, line = accessor.field, line_of(accessor.pos)
            self.enter(field.owner, accessor.body, line)
            lines = {line, line_of(field.pos)}
            body = [*(self.first_use(field.owner) if field.static else []), *self.mark(lines)]
            body += self.statement(accessor.body)
            parameters = [] if field.static else ["self"]
            if accessor.value is not None:
                parameters.append(names.local(accessor.value))
            name = names.accessor(field, accessor.kind)
            self.function_of(name, f"{shown}.__sfdc_{field.name}", parameters, body, line)
        for field in node.symbol.fields.values():
            if names.has_accessors(field) and not field.abstract and node.symbol.kind != "interface":
                for kind, declared in (("get", field.getter), ("set", field.setter)):
                    if declared is not None and (field.name.lower(), kind) not in written:
                        self._automatic_accessor(field, kind, shown)

    def _automatic_accessor(self, field: FieldSymbol, kind: str, shown: str) -> None:
        line = line_of(field.pos)
        self.enter(field.owner, None, line)
        marks = self.mark({line})
        name = names.accessor(field, kind)
        place = names.static_field(field) if field.static else names.instance_field(field)
        parameters = [] if field.static else ["self"]
        start = self.first_use(field.owner) if field.static else []
        if kind == "get":
            value = self.name(place) if field.static else self.attribute(self.name("self"), place)
            body = [self.give(value)]
        else:
            parameters.append("value")
            if field.static:
                self.scope.shared.add(place)
            target = self.target(place) if field.static else self.attribute_target(self.name("self"), place)
            body = [self.assign(self.name("value"), target)]
        self.function_of(name, f"{shown}.__sfdc_{field.name}", parameters, [*start, *marks, *body], line)

    # ------------------------------------------------------------------ triggers and blocks

    def _main(self, unit: bodies.Trigger | bodies.AnonymousBlock) -> None:
        line = line_of(unit.body.pos)
        self.enter(unit.members.symbol, unit.body, line)
        q = names.of_class(unit.symbol)
        body = [*self.first_use(unit.members.symbol), *self.statement(unit.body)]
        shown = f"Trigger.{unit.symbol.name}" if isinstance(unit, bodies.Trigger) else "AnonymousBlock"
        self.function_of(f"{q}.<main>", shown, [], body, max(line, 1))


def _annotations(symbol: ClassSymbol | MethodSymbol) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    found = []
    for annotation in symbol.annotations:
        found.append((annotation.name.lower(), tuple(annotation.values.items())))
    return tuple(found)


def _method_code(symbol: MethodSymbol) -> MethodCode:
    return MethodCode(
        symbol.name,
        names.function(symbol),
        names.method_attribute(symbol),
        tuple(names.spec(t) for t in symbol.types),
        tuple(name for name, _ in symbol.parameters),
        names.spec(symbol.returns),
        symbol.static,
        symbol.abstract or symbol.owner.kind == "interface",
        symbol.visibility,
        _annotations(symbol),
    )


def _field_code(symbol: FieldSymbol) -> FieldCode:
    attribute = names.static_field(symbol) if symbol.static else names.instance_field(symbol)
    accessors = names.has_accessors(symbol)
    constant = symbol.constant if isinstance(symbol.constant, (str, int, float, bool)) else None
    return FieldCode(
        symbol.name,
        attribute,
        names.spec(symbol.type),
        symbol.static,
        symbol.transient,
        symbol.property,
        accessors and symbol.getter is not None,
        accessors and symbol.setter is not None,
        constant,
        symbol.visibility,
    )


def _supers(type_: Type | None, found: dict[str, None]) -> None:
    if type_ is None:
        return
    if isinstance(type_, UserType):
        found[type_.symbol.qualified] = None
        _supers(type_.symbol.super, found)
        for interface in type_.symbol.interfaces:
            _supers(interface, found)
    elif isinstance(type_, PlatformType):
        found[type_.name] = None
        found[type_.decl.name] = None
        _supers(type_.decl.super, found)
        for interface in type_.decl.interfaces:
            _supers(interface, found)


def _class_code(symbol: ClassSymbol, static_init: bool) -> ClassCode:
    supers: dict[str, None] = {}
    _supers(symbol.type, supers)
    methods = tuple(_method_code(m) for overloads in symbol.methods.values() for m in overloads)
    return ClassCode(
        names.of_class(symbol),
        symbol.qualified,
        symbol.kind,
        names.of_class(symbol.outer) if symbol.outer else None,
        names.spec(symbol.super) if symbol.super else None,
        tuple(supers),
        tuple(_field_code(f) for f in symbol.fields.values()),
        methods,
        tuple(_method_code(c) for c in symbol.constructors),
        symbol.constants,
        symbol.abstract,
        static_init,
        symbol.is_test,
        symbol.api_version,
        _annotations(symbol),
        symbol.visibility,
        _bridges(symbol),
    )


def _bridges(symbol: ClassSymbol) -> tuple[tuple[str, str], ...]:
    answers = {asked: names.method_attribute(method) for asked, method in symbol.answers.items()}
    return tuple((asked, attribute) for asked, attribute in answers.items() if asked != attribute)


def write_unit(unit: bodies.Unit) -> UnitCode:
    """Turn a checked unit into code."""
    return UnitWriter(unit).write()
