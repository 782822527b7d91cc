"""``new``: user classes, platform classes, SObjects, collections, arrays; calls of other constructors."""

from __future__ import annotations

from orgwright.apex.check import bodies, typed
from orgwright.apex.check.calls import CallChecker
from orgwright.apex.check.context import shown
from orgwright.apex.check.members import writeable
from orgwright.apex.check.report import Problem
from orgwright.apex.syntax import tree
from orgwright.apex.types.declarations import PlatformMethod
from orgwright.apex.types.model import (
    INTEGER,
    PlatformType,
    SObjectType,
    Type,
    UserType,
    is_list,
    is_map,
    is_set,
)
from orgwright.apex.types.symbols import ClassSymbol, MethodSymbol

Constructor = MethodSymbol | PlatformMethod | None


class CreationChecker(CallChecker):
    """Typed nodes for ``new``."""

    def new(self, node: tree.New) -> typed.Expr:
        """``new T(args)``."""
        kind = self.type(node.type)
        if isinstance(kind, SObjectType):
            return self.new_sobject(kind, node)
        if node.args and isinstance(node.args[0], tree.NamedArg):
            raise Problem(
                node.pos, f"Invalid constructor syntax, name=value pairs can only be used for SObjects: {kind.name}"
            )
        args = self.args(node.args)
        if isinstance(kind, UserType):
            return self._new_user(kind, node, args)
        if not isinstance(kind, PlatformType):
            raise Problem(node.pos, f"Type cannot be constructed: {kind.name}")
        return self._new_platform(kind, node, args)

    def _new_user(self, kind: UserType, node: tree.New, args: tuple[typed.Expr, ...]) -> typed.Expr:
        symbol = kind.symbol
        if symbol.kind != "class":
            raise Problem(node.pos, f"Type cannot be constructed: {kind.name}")
        if symbol.abstract:
            raise Problem(node.pos, f"Abstract classes cannot be constructed: {kind.name}")
        constructor, types = self.constructor(symbol, args, node.pos)
        return typed.New(node.pos, kind, constructor, self.converted(args, types))

    def constructor(
        self, symbol: ClassSymbol, args: tuple[typed.Expr, ...], pos: int
    ) -> tuple[Constructor, tuple[Type, ...]]:
        """The constructor of a user class that the arguments choose, with its parameter types."""
        inherited = self._exception_constructors(symbol)
        if symbol.constructors:
            candidates = [(m.types, m) for m in symbol.constructors]
            try:
                found = self.choose(candidates, args, True)
            except LookupError:
                raise Problem(pos, f"Ambiguous method signature: void <init>({shown(args)})") from None
            if found is not None:
                if not self.visible(symbol, found[1].visibility, found[1].test_visible):
                    raise Problem(pos, f"Method is not visible: void {symbol.qualified}.<init>({shown(args)})")
                return found[1], found[0]
        elif not args and not inherited:
            return None, ()
        if inherited:
            try:
                chosen = self.choose([(m.parameters, m) for m in inherited], args, True)
            except LookupError:
                raise Problem(pos, f"Ambiguous method signature: void <init>({shown(args)})") from None
            if chosen is not None:
                return chosen[1], chosen[0]
        raise Problem(pos, f"Constructor not defined: [{symbol.qualified}].<Constructor>({shown(args)})")

    def _exception_constructors(self, symbol: ClassSymbol) -> list[PlatformMethod]:
        """The four constructors that every user exception has."""
        if not symbol.is_exception:
            return []
        return self.world.core("System.DmlException").decl.constructors

    def _new_platform(self, kind: PlatformType, node: tree.New, args: tuple[typed.Expr, ...]) -> typed.Expr:
        decl = kind.decl
        if is_list(kind) and len(args) == 1 and args[0].type is INTEGER:  # not documented, but orgs take it: n nulls
            return typed.NewArray(node.pos, kind, args[0])
        if decl.kind in ("interface", "enum") or decl.name == "System.Exception" or not decl.constructors:
            raise Problem(node.pos, f"Type cannot be constructed: {kind.name}")
        if decl.abstract:
            raise Problem(node.pos, f"Abstract classes cannot be constructed: {kind.name}")
        candidates = [(tuple(self.world.bind(p, kind.args) for p in m.parameters), m) for m in decl.constructors]
        if is_map(kind) and len(args) == 1:
            candidates.extend(self._map_of_records(kind, args[0]))
        found = self.choose(candidates, args, False)
        if found is None:
            raise Problem(node.pos, f"Constructor not defined: [{kind.name}].<Constructor>({shown(args)})")
        return typed.NewPlatform(node.pos, kind, found[1], self.converted(args, found[0]))

    def _map_of_records(self, kind: PlatformType, arg: typed.Expr) -> list[tuple[tuple[Type, ...], PlatformMethod]]:
        """``new Map<Id, Account>(accounts)``: any list of records fits where its records do."""
        if not is_list(arg.type) or not isinstance(arg.type, PlatformType):
            return []
        element = arg.type.args[0]
        if not isinstance(element, SObjectType) or self.conversions.rank(element, kind.args[1]) is None:
            return []
        found = [m for m in kind.decl.constructors if m.parameters and is_list(m.parameters[0])]
        return [((arg.type,), m) for m in found[:1]]

    # ------------------------------------------------------------------------------------------ SObjects
    def new_sobject(self, kind: SObjectType, node: tree.New) -> typed.Expr:
        """``new Account(Name = 'x')``."""
        info = kind.info
        if info is None:
            raise Problem(node.pos, f"Type cannot be constructed: {kind.name}")
        values: list[typed.SObjectValue] = []
        seen: set[str] = set()
        for arg in node.args:
            if not isinstance(arg, tree.NamedArg):
                raise Problem(node.pos, f"Type requires name=value pair construction: {kind.name}")
            low = arg.name.lower()
            if low in seen:
                raise Problem(arg.pos, f"Duplicate field initialization: {arg.name}")
            seen.add(low)
            values.append(self._sobject_value(kind, arg))
        return typed.NewSObject(node.pos, kind, tuple(values))

    def _sobject_value(self, kind: SObjectType, arg: tree.NamedArg) -> typed.SObjectValue:
        assert kind.info is not None
        value = self.apart(arg.value)
        field = self.world.field(kind.info, arg.name)
        if field is not None:
            target = self.world.field_type(field)
            self.value(value, target)
            if not writeable(kind, field):
                raise Problem(arg.pos, f"Field is not writeable: {kind.name}.{field.name}")
            return typed.SObjectValue(arg.pos, field.name, field, False, self.convert(value, target, arg.pos))
        parent = self.world.parent(kind.info, arg.name)
        if parent is None:
            raise Problem(arg.pos, f"Field does not exist: {arg.name} on {kind.name}")
        field, target_type = parent
        wanted = self.world.sobject_base if target_type.name == "Name" else target_type
        assert field.relationship_name is not None
        return typed.SObjectValue(arg.pos, field.relationship_name, field, True, self.convert(value, wanted, arg.pos))

    # --------------------------------------------------------------------------------------- collections
    def new_elements(self, node: tree.NewElements) -> typed.Expr:
        """``new List<T>{...}``, ``new Set<T>{...}``."""
        kind = self.type(node.type)
        if not isinstance(kind, PlatformType) or not (is_list(kind) or is_set(kind)):
            if is_map(kind):
                return self.new_pairs(tree.NewPairs(node.pos, node.type, ()))
            raise Problem(node.pos, f"Type cannot be constructed: {kind.name}")
        wording = "Initial expression is of incorrect type, expected: {1} but was: {0}"
        values = tuple([self.convert(v, kind.args[0], v.pos, wording) for v in self.args(node.elements)])
        return (typed.NewList if is_list(kind) else typed.NewSet)(node.pos, kind, values)

    def new_pairs(self, node: tree.NewPairs) -> typed.Expr:
        """``new Map<K, V>{...}``."""
        kind = self.type(node.type)
        if not isinstance(kind, PlatformType) or not is_map(kind):
            raise Problem(node.pos, f"Type cannot be constructed: {kind.name}")
        key_type, value_type = kind.args
        pairs: list[tuple[typed.Expr, typed.Expr]] = []
        for key_node, value_node in node.pairs:
            key, value = self.args((key_node, value_node))
            key = self.convert(key, key_type, key.pos, f"Invalid key type {{}} for {kind.name}")
            value = self.convert(value, value_type, value.pos, f"Invalid value type {{}} for {kind.name}")
            pairs.append((key, value))
        return typed.NewMap(node.pos, kind, tuple(pairs))

    def new_array(self, node: tree.NewArray) -> typed.Expr:
        """``new T[n]``."""
        element = self.type(node.element)
        (size,) = self.args((node.size,))
        if size.type is not INTEGER:
            if isinstance(size.type, PlatformType):  # new Account[] (list) is written new List<Account>(list)
                raise Problem(size.pos, f"Illegal assignment from {size.type.name} to Integer")
            raise Problem(size.pos, f"List index must be of type Integer: {size.type.name}")
        return typed.NewArray(node.pos, self.world.list_of(element), size)

    # ----------------------------------------------------------------------------- constructor chaining
    def misplaced_chain(self, node: tree.ConstructorCall) -> typed.Expr:
        """``this(...)`` anywhere but at the start of a constructor."""
        raise Problem(node.pos, f"Call to '{node.which}()' must be the first statement in a constructor method")

    def chain(self, node: tree.ConstructorCall) -> bodies.Chain:
        """``this(...)`` or ``super(...)`` at the start of a constructor."""
        self.frame.chain_args = True
        args = self.args(node.args)
        self.frame.chain_args = False
        if node.which == "this":
            constructor, types = self.constructor(self.symbol, args, node.pos)
            return bodies.Chain(node.pos, "this", constructor, self.converted(args, types), False)
        above = self.symbol.super
        if above is None:
            if args:
                raise Problem(node.pos, f"No super type defined: {self.symbol.qualified}")
            return bodies.Chain(node.pos, "super", None, (), False)
        if isinstance(above, UserType):
            constructor, types = self.constructor(above.symbol, args, node.pos)
            return bodies.Chain(node.pos, "super", constructor, self.converted(args, types), False)
        assert isinstance(above, PlatformType)
        declared = above.decl.constructors or (
            self.world.core("System.DmlException").decl.constructors if above.decl.kind == "exception" else []
        )
        if not args and not declared:
            return bodies.Chain(node.pos, "super", None, (), False)
        found = self.choose([(m.parameters, m) for m in declared], args, False)
        if found is None:
            raise Problem(node.pos, f"Constructor not defined: [{above.name}].<Constructor>({shown(args)})")
        return bodies.Chain(node.pos, "super", found[1], self.converted(args, found[0]), False)

    def implicit_chain(self, symbol: ClassSymbol, pos: int) -> bodies.Chain:
        """The ``super()`` that nobody wrote."""
        above = symbol.super
        if isinstance(above, UserType):
            parent = above.symbol
            if parent.constructors:
                empty = next((c for c in parent.constructors if not c.parameters), None)
                if empty is None:
                    raise Problem(pos, f"No default constructor available in super type: {parent.qualified}")
                return bodies.Chain(pos, "super", empty, (), True)
            inherited = self._exception_constructors(parent)
            first = next((c for c in inherited if not c.parameters), None)
            return bodies.Chain(pos, "super", first, (), True)
        if isinstance(above, PlatformType):
            empty_platform = next((c for c in above.decl.constructors if not c.parameters), None)
            return bodies.Chain(pos, "super", empty_platform, (), True)
        return bodies.Chain(pos, "super", None, (), True)

    def named_arg(self, node: tree.NamedArg) -> typed.Expr:
        """A pair outside the construction of an SObject."""
        raise Problem(node.pos, "Unexpected token '='.")
