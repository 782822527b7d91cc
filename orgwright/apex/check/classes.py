"""Whole classes, triggers and anonymous blocks: bodies in the right frame."""

from __future__ import annotations

from orgwright.apex.check import bodies, typed
from orgwright.apex.check.annotations import check_method
from orgwright.apex.check.context import Context, Frame
from orgwright.apex.check.declare import UnitSymbols
from orgwright.apex.check.hierarchy import check_hierarchy
from orgwright.apex.check.report import Problem
from orgwright.apex.check.statements import StatementChecker
from orgwright.apex.syntax import tree
from orgwright.apex.types.model import UNKNOWN, VOID, SObjectType
from orgwright.apex.types.symbols import ClassSymbol, FieldSymbol, LocalSymbol, MethodSymbol

_EVENT_SUFFIX = "__e"


class ClassChecker(StatementChecker):
    """Checks the bodies of one class and its inner classes."""

    def check(self, symbol: ClassSymbol) -> bodies.Class:
        """The class with typed bodies; what is in error is left out (and reported)."""
        outer, self.symbol = self.symbol, symbol
        try:
            with self.report.guard(self.source):
                check_hierarchy(symbol, self.conversions, self.report, self.source)
            return self._check(symbol)
        finally:
            self.symbol = outer

    def _check(self, symbol: ClassSymbol) -> bodies.Class:
        decl = symbol.decl
        static_init: list[bodies.Initialiser] = []
        instance_init: list[bodies.Initialiser] = []
        methods: list[bodies.Method] = []
        constructors: list[bodies.Constructor] = []
        accessors: list[bodies.AccessorBody] = []
        members = decl.members if not isinstance(decl, tree.EnumDecl) else ()
        by_decl = {m.decl: m for group in symbol.methods.values() for m in group}
        by_decl.update({c.decl: c for c in symbol.constructors})
        for member in members:
            if isinstance(member, tree.FieldDecl):
                for declarator in member.declarators:
                    self._initial(symbol, declarator, static_init, instance_init)
            elif isinstance(member, tree.InitBlock):
                (static_init if member.static else instance_init).append(self._init_block(member))
            elif isinstance(member, tree.PropertyDecl):
                self._accessors(symbol, member, accessors)
            elif isinstance(member, tree.MethodDecl) and member in by_decl:
                methods.append(self._method(by_decl[member], member))
            elif isinstance(member, tree.ConstructorDecl) and member in by_decl:
                constructor = self._constructor(by_decl[member], member)
                if constructor is not None:
                    constructors.append(constructor)
        default = None
        if symbol.kind == "class" and not symbol.constructors:
            with self.report.guard(self.source):
                default = self.implicit_chain(symbol, decl.pos)
        inner = tuple([self.check(one) for one in symbol.inner.values()])
        return bodies.Class(
            symbol,
            tuple(static_init),
            tuple(instance_init),
            default,
            tuple(constructors),
            tuple(methods),
            tuple(accessors),
            inner,
        )

    # --------------------------------------------------------------------------------------- bodies
    def _begin(self, frame: Frame) -> None:
        self.frame = frame
        self.scopes = [{}]
        self.holes = []

    def _initial(
        self,
        symbol: ClassSymbol,
        declarator: tree.Declarator,
        static_init: list[bodies.Initialiser],
        instance_init: list[bodies.Initialiser],
    ) -> None:
        field = symbol.fields.get(declarator.name.lower())
        if field is None or field.pos != declarator.pos or declarator.value is None:
            return
        self._begin(Frame(field.static, None, initialising=True, declaring=field))
        with self.report.guard(self.source):
            value = self.expr(declarator.value)
            self.value(value, field.type)
            if field.type is UNKNOWN:
                return
            value = self.convert(value, field.type, declarator.pos)
            (static_init if field.static else instance_init).append(
                bodies.Initialiser(declarator.pos, field, value, None)
            )

    def _init_block(self, member: tree.InitBlock) -> bodies.Initialiser:
        self._begin(Frame(member.static, None, initialising=True))
        block, _ = self.block(member.body)
        return bodies.Initialiser(member.pos, None, None, block)

    def _parameters(
        self, method: MethodSymbol, member: tree.MethodDecl | tree.ConstructorDecl
    ) -> tuple[LocalSymbol, ...]:
        return tuple(
            [
                self.declare(name, kind, p.pos, "final" in p.modifiers.words)
                for (name, kind), p in zip(method.parameters, member.parameters, strict=True)
            ]
        )

    def _method(self, method: MethodSymbol, member: tree.MethodDecl) -> bodies.Method:
        with self.report.guard(self.source):
            check_method(method)
        self._begin(Frame(method.static, method.returns))
        parameters = self._parameters(method, member)
        if member.body is None:
            return bodies.Method(method, parameters, None)
        body, ends = self.block(member.body)
        if ends and method.returns is not VOID and method.returns is not UNKNOWN:
            self.report.add(
                self.source, member.pos, f"Missing return statement required return type: {method.returns.name}"
            )
        return bodies.Method(method, parameters, body)

    def _constructor(self, symbol: MethodSymbol, member: tree.ConstructorDecl) -> bodies.Constructor | None:
        assert member.body is not None
        self._begin(Frame(False, VOID, constructor=True, initialising=True))
        parameters = self._parameters(symbol, member)
        statements = member.body.statements
        chain: bodies.Chain | None = None
        with self.report.guard(self.source):
            first = statements[0] if statements else None
            if isinstance(first, tree.ExprStmt) and isinstance(first.expr, tree.ConstructorCall):
                statements = statements[1:]
                chain = self.chain(first.expr)
            else:
                chain = self.implicit_chain(self.symbol, member.pos)
        body, _ = self.block(tree.Block(member.body.pos, statements, member.body.end))
        return bodies.Constructor(symbol, parameters, chain, body) if chain is not None else None

    def _accessors(self, symbol: ClassSymbol, member: tree.PropertyDecl, found: list[bodies.AccessorBody]) -> None:
        field = symbol.fields.get(member.name.lower())
        if field is None or field.pos != member.pos:
            return
        for accessor in (member.getter, member.setter):
            if accessor is not None and accessor.body is not None:
                found.append(self._accessor(field, accessor, accessor.body))

    def _accessor(self, field: FieldSymbol, accessor: tree.Accessor, node: tree.Block) -> bodies.AccessorBody:
        returns = field.type if accessor.kind == "get" else VOID
        self._begin(Frame(field.static, returns, accessor=field))
        value = self.declare("value", field.type, accessor.pos) if accessor.kind == "set" else None
        body, ends = self.block(node)
        if ends and accessor.kind == "get" and field.type is not UNKNOWN:
            self.report.add(
                self.source, accessor.pos, f"Missing return statement required return type: {field.type.name}"
            )
        return bodies.AccessorBody(field, accessor.kind, accessor.pos, value, body)

    # ------------------------------------------------------------------------------ triggers, anonymous
    def trigger(self, unit: UnitSymbols) -> bodies.Trigger | None:
        """A trigger."""
        decl = unit.unit
        assert isinstance(decl, tree.TriggerDecl)
        kind = self.world.sobject(decl.sobject.name.removeprefix("Schema."))
        if kind is None or kind.info is None:
            self.report.add(self.source, decl.sobject.pos, f"Invalid type: {decl.sobject.name}")
            return None
        self.trigger_type = kind
        with self.report.guard(self.source):
            self._check_events(decl, kind)
        members = self.check(unit.symbol)
        self._begin(Frame(True, VOID))
        body, _ = self.block(decl.body)
        return bodies.Trigger(unit.symbol, kind.info, tuple(event for event, _ in decl.events), members, body)

    def _check_events(self, decl: tree.TriggerDecl, kind: SObjectType) -> None:
        seen: set[str] = set()
        for event, pos in decl.events:
            if event == "before undelete":
                raise Problem(pos, "Trigger Usage Before Undelete is not supported")
            if event in seen:
                raise Problem(pos, f"Duplicate Trigger Usage: {event}")
            if kind.name.endswith(_EVENT_SUFFIX) and event != "after insert":
                raise Problem(pos, f"Platform Event SObjects only supports after insert: {kind.name}")
            seen.add(event)

    def anonymous(self, unit: UnitSymbols) -> bodies.AnonymousBlock:
        """An anonymous block: its top-level variables are static fields of its symbol."""
        decl = unit.unit
        assert isinstance(decl, tree.Anonymous)
        members = self.check(unit.symbol)
        self._begin(Frame(True, VOID))
        statements: list[bodies.Stmt] = []
        reachable = True
        for node in decl.body.statements:
            if not reachable:
                self.report.add(self.source, node.pos, "Unreachable statement")
                break
            if isinstance(node, tree.LocalDecl):
                statements.extend(self._anonymous_variables(unit.symbol, node))
                continue
            checked, reachable = self.statement(node)
            if checked is not None:
                statements.append(checked)
        body = bodies.Block(decl.body.pos, tuple(statements), decl.body.end)
        return bodies.AnonymousBlock(unit.symbol, members, body)

    def _anonymous_variables(self, symbol: ClassSymbol, node: tree.LocalDecl) -> list[bodies.Stmt]:
        found: list[bodies.Stmt] = []
        for declarator in node.declarators:
            field = symbol.fields.get(declarator.name.lower())
            if field is None or field.pos != declarator.pos:
                continue
            with self.report.guard(self.source):
                if declarator.value is None:
                    value: typed.Expr = typed.Literal(declarator.pos, field.type, None)
                else:
                    value = self.convert(self.expr(declarator.value), field.type, declarator.pos)
                target = typed.StaticField(declarator.pos, field.type, field)
                found.append(bodies.ExprStmt(declarator.pos, typed.Assign(declarator.pos, field.type, target, value)))
        return found


def check_unit(context: Context, unit: UnitSymbols) -> bodies.Unit | None:
    """The typed tree of one unit."""
    assert isinstance(context, ClassChecker)
    if isinstance(unit.unit, tree.TriggerDecl):
        return context.trigger(unit)
    if isinstance(unit.unit, tree.Anonymous):
        return context.anonymous(unit)
    return context.check(unit.symbol)
