"""Calls: methods of user classes and of the platform, static and on values."""

from __future__ import annotations

from collections.abc import Iterator

from orgwright.apex.check import typed
from orgwright.apex.check.context import Candidate, shown
from orgwright.apex.check.hierarchy import every_class_has
from orgwright.apex.check.members import LabelTarget, MemberChecker, SpaceTarget, TypeTarget
from orgwright.apex.check.report import Problem
from orgwright.apex.syntax import tree
from orgwright.apex.types.declarations import PlatformClass, PlatformMethod
from orgwright.apex.types.model import (
    BOOLEAN,
    ID,
    INTEGER,
    NULL,
    OBJECT,
    STRING,
    UNKNOWN,
    PlatformType,
    Primitive,
    SObjectType,
    Type,
    UserType,
)
from orgwright.apex.types.symbols import ClassSymbol, MethodSymbol

_SAME_TYPE = frozenset(("sobject.clone",))


class CallChecker(MemberChecker):
    """Typed nodes for calls."""

    def call(self, node: tree.Call) -> typed.Expr:
        """Any call but those of constructors."""
        target = node.target
        if target is None:
            return self.own_call(node, self.args(node.args))
        if isinstance(target, tree.Super):
            return self.super_call(node, self.args(node.args))
        base = self.operand(target)
        if isinstance(base, SpaceTarget):
            if isinstance(base, LabelTarget):
                raise Problem(target.pos, f"External string does not exist: {base.namespace}")
            raise Problem(target.pos, f"Variable does not exist: {base.name}")
        if isinstance(base, TypeTarget):
            if node.safe:
                raise Problem(node.pos, "Safe navigation operator is not allowed on a static reference")
            return self.static_call(base.type, node, self.args(node.args))
        if node.safe and isinstance(base, typed.SObjectField) and node.name.lower() == "adderror":
            raise Problem(node.pos, "Safe navigation operator is not allowed between SObject field and addError")
        receiver = self.safely(base, node.safe, node.pos, whole=self._only_lists_have(node.name.lower()))
        args = self.args(node.args)
        try:
            return self.value_call(receiver, node, args)
        except Problem:
            behind = self.type_behind(target, base)
            if behind is None:
                raise
            return self.static_call(behind.type, node, args)

    def _only_lists_have(self, low: str) -> bool:
        """Whether a method is one of lists and not of records: ``[SELECT Id FROM Account]?.isEmpty()``."""
        return (
            low in self.world.core("System.List").decl.methods
            and low not in self.world.core("System.SObject").decl.methods
        )

    def args(self, nodes: tuple[tree.Expr, ...]) -> tuple[typed.Expr, ...]:
        """Arguments: chains of their own."""
        if not nodes:
            return ()
        outer, self.holes = self.holes, []
        try:
            found = tuple([self.expr(node) for node in nodes])
        finally:
            self.holes = outer
        for one in found:
            self.value(one)
        return found

    def missing(self, node: tree.Call, args: tuple[typed.Expr, ...], owner: str) -> Problem:
        """The error for a method that is not there."""
        return Problem(
            node.pos,
            f"Method does not exist or incorrect signature: void {node.name}({shown(args)}) from the type {owner}",
        )

    def pick(
        self, candidates: list[Candidate[MethodSymbol]], node: tree.Call, args: tuple[typed.Expr, ...]
    ) -> MethodSymbol | None:
        """The user method that is meant."""
        try:
            found = self.choose(candidates, args, True)
        except LookupError:
            raise Problem(node.pos, f"Ambiguous method signature: void {node.name}({shown(args)})") from None
        if found is None:
            return None
        if UNKNOWN in found[0] or found[1].returns is UNKNOWN:
            raise Problem(node.pos, None)
        return found[1]

    # ----------------------------------------------------------------------------------- user methods
    def own_call(self, node: tree.Call, args: tuple[typed.Expr, ...]) -> typed.Expr:
        """``name(args)``: this class, then the class around it."""
        low = node.name.lower()
        holder: ClassSymbol | None = self.symbol
        while holder is not None:
            method = self.pick(self.conversions.methods(holder, low), node, args)
            if method is not None:
                return self._own(node, method, args, holder)
            if holder is self.symbol:
                inherited = self._inherited(node, holder, args)
                if inherited is not None:
                    return inherited
            holder = holder.outer
        raise self.missing(node, args, self.symbol.qualified)

    def _own(
        self, node: tree.Call, method: MethodSymbol, args: tuple[typed.Expr, ...], holder: ClassSymbol
    ) -> typed.Expr:
        if not self.visible(method.owner, method.visibility, method.test_visible):
            raise Problem(node.pos, f"Method is not visible: {method}")
        if method.static:
            return self.user_static(node.pos, method, args)
        if self.frame.static or self.frame.chain_args or holder is not self.symbol:
            raise Problem(node.pos, f"Non static method cannot be referenced from a static context: {method}")
        return self.user_call(node.pos, typed.This(node.pos, self.symbol.type), method, args)

    def _inherited(self, node: tree.Call, holder: ClassSymbol, args: tuple[typed.Expr, ...]) -> typed.Expr | None:
        """A method that this class has from a platform class: ``getMessage()`` in an exception."""
        if self.frame.static:
            return None
        this = typed.This(node.pos, holder.type)
        return self.platform_call(this, holder.type, node, args)

    def super_call(self, node: tree.Call, args: tuple[typed.Expr, ...]) -> typed.Expr:
        """``super.name(args)``."""
        if self.frame.static:
            raise Problem(node.pos, "Super cannot be referenced in a static context")
        above = self.symbol.super
        this = typed.This(node.pos, self.symbol.type)
        if isinstance(above, UserType):
            method = self.pick(self.conversions.methods(above.symbol, node.name.lower()), node, args)
            if method is not None:
                if method.abstract:
                    raise Problem(node.pos, f"Abstract method cannot be called directly: {method}")
                if not self.visible(method.owner, method.visibility, method.test_visible):
                    raise Problem(node.pos, f"Method is not visible: {method}")
                call = self.user_call(node.pos, this, method, args)
                call.virtual = False
                return call
        found = self.platform_call(this, above or OBJECT, node, args)
        if found is None:
            raise self.missing(node, args, above.name if above else self.symbol.qualified)
        assert isinstance(found, typed.PlatformCall)
        found.direct = True
        return found

    def user_static(self, pos: int, method: MethodSymbol, args: tuple[typed.Expr, ...]) -> typed.Expr:
        """A static call with its arguments converted."""
        return typed.StaticCall(pos, method.returns, method, self.converted(args, method.types))

    def user_call(self, pos: int, target: typed.Expr, method: MethodSymbol, args: tuple[typed.Expr, ...]) -> typed.Call:
        """An instance call with its arguments converted."""
        virtual = method.virtual or method.override or method.owner.kind == "interface"
        return typed.Call(pos, method.returns, target, method, self.converted(args, method.types), virtual)

    def converted(self, args: tuple[typed.Expr, ...], types: tuple[Type, ...]) -> tuple[typed.Expr, ...]:
        """Arguments converted to the parameters they were matched with."""
        return tuple([a if a.type is t else self.boxed(a, t) for a, t in zip(args, types, strict=True)])

    # ----------------------------------------------------------------------------------------- on types
    def static_call(self, kind: Type, node: tree.Call, args: tuple[typed.Expr, ...]) -> typed.Expr:
        """``Type.name(args)``."""
        found: typed.Expr | None = None
        if isinstance(kind, UserType):
            found = self._user_static_call(kind.symbol, node, args)
        elif isinstance(kind, SObjectType):
            found = self._sobject_static_call(kind, node, args)
            beside = self.world.platform(f"system.{kind.name.lower()}")
            if (
                found is None and beside is not None
            ):  # Site is an SObject type, Site.getBaseUrl() is the class System.Site
                kind = beside
        if found is None:
            found = self._platform_static_call(kind, node, args)
        if found is None:
            raise self.missing(node, args, kind.name.removeprefix("System."))
        return found

    def _user_static_call(
        self, symbol: ClassSymbol, node: tree.Call, args: tuple[typed.Expr, ...]
    ) -> typed.Expr | None:
        if symbol.kind == "enum":
            return self._enum_static(symbol.type, node, args)
        method = self.pick(self.conversions.methods(symbol, node.name.lower()), node, args)
        if method is None:
            return None
        if not self.visible(method.owner, method.visibility, method.test_visible):
            raise Problem(node.pos, f"Method is not visible: {method}")
        if not method.static:
            # Inside the class (or one that extends it) `Outer.method()` may still mean this instance's method.
            if not self.frame.static and self.conversions.is_subtype(self.symbol.type, symbol.type):
                return self.user_call(node.pos, typed.This(node.pos, self.symbol.type), method, args)
            raise Problem(node.pos, f"Non static method cannot be referenced from a static context: {method}")
        return self.user_static(node.pos, method, args)

    def _enum_static(self, kind: Type, node: tree.Call, args: tuple[typed.Expr, ...]) -> typed.Expr | None:
        low = node.name.lower()
        owner = self._enum_class(kind)
        if low == "values" and not args:
            returns: Type = self.world.list_of(kind)
            return typed.PlatformStaticCall(
                node.pos, returns, kind, PlatformMethod(owner, "values", (), returns, True), ()
            )
        if low == "valueof" and len(args) == 1 and args[0].type in (STRING, NULL):
            method = PlatformMethod(owner, "valueOf", (STRING,), kind, True)
            return typed.PlatformStaticCall(node.pos, kind, kind, method, args)
        return None

    def _enum_class(self, kind: Type) -> PlatformClass:
        return kind.decl if isinstance(kind, PlatformType) else PlatformClass("System.Enum", "enum")

    def _sobject_static_call(
        self, kind: SObjectType, node: tree.Call, args: tuple[typed.Expr, ...]
    ) -> typed.Expr | None:
        info, low = kind.info, node.name.lower()
        if info is None:
            return None
        if low == "getsobjecttype" and not args:
            return typed.SObjectToken(node.pos, self.world.core("Schema.SObjectType"), info)
        owner = self.world.core("System.SObject").decl
        name_of = {
            "getinstance": "getInstance",
            "getvalues": "getValues",
            "getall": "getAll",
            "getorgdefaults": "getOrgDefaults",
        }
        if low not in name_of or not (info.name.lower().endswith("__c") or info.name.lower().endswith("__mdt")):
            return None
        if low in ("getall", "getorgdefaults"):
            wanted: tuple[tuple[Type, ...], ...] = ((),)
        else:
            wanted = ((STRING,), (ID,)) if low == "getvalues" else ((), (STRING,), (ID,))
        for types in wanted:
            if len(types) == len(args) and all(
                self.conversions.rank(a.type, t) for a, t in zip(args, types, strict=True)
            ):
                returns = self.world.map_of(STRING, kind) if low == "getall" else kind
                method = PlatformMethod(owner, name_of[low], (STRING,) * len(types), returns, True)
                return typed.PlatformStaticCall(
                    node.pos, returns, kind, method, self.converted(args, (STRING,) * len(types))
                )
        return None

    def _platform_static_call(self, kind: Type, node: tree.Call, args: tuple[typed.Expr, ...]) -> typed.Expr | None:
        decl = self.world.members(kind)
        if decl is None:
            return None
        if decl.kind == "enum":
            return self._enum_static(kind, node, args)
        holder: PlatformClass | None = decl
        while holder is not None:
            candidates = [(m.parameters, m) for m in holder.methods.get(node.name.lower(), ()) if m.static]
            found = self.choose(candidates, args, False)
            if found is not None:
                method = found[1]
                return typed.PlatformStaticCall(
                    node.pos, method.returns, kind, method, self.converted(args, method.parameters)
                )
            holder = holder.super.decl if isinstance(holder.super, PlatformType) else None
        instance = [(m.parameters, m) for m in decl.methods.get(node.name.lower(), ()) if not m.static]
        if decl.kind != "interface" and self.choose(instance, args, False):
            raise Problem(
                node.pos,
                f"Non static method cannot be referenced from a static context: void {decl.name}.{node.name}({shown(args)})",
            )
        return None

    # ---------------------------------------------------------------------------------------- on values
    def value_call(self, target: typed.Expr, node: tree.Call, args: tuple[typed.Expr, ...]) -> typed.Expr:
        """``value.name(args)``."""
        kind = target.type
        if isinstance(kind, UserType):
            method = self.pick(self.conversions.methods(kind.symbol, node.name.lower()), node, args)
            if method is not None and not (
                method.owner.kind == "interface"
                and every_class_has(method.name.lower(), method.types)
                and method.returns in (BOOLEAN, INTEGER, STRING)
            ):
                return self._value_user(target, method, node, args)
        if isinstance(target, typed.SObjectField) and node.name.lower() == "adderror":
            return self._add_error(target, node, args)
        if node.name.lower() == "adderror" and isinstance(kind, Primitive) and kind not in (OBJECT, NULL):
            raise Problem(
                node.pos, "addError must be invoked on an expression that is an exact SObject field reference"
            )
        found = self.platform_call(target, kind, node, args)
        if found is None and isinstance(kind, UserType) and node.name.lower() == "clone" and not args:
            copy = PlatformMethod(self.world.core("System.Object").decl, "clone", (), kind, False)
            return typed.PlatformCall(node.pos, kind, target, copy, ())
        if found is None:
            row = self.row(target)
            if row is not None:
                return self.value_call(row, node, args)
            raise self.missing(node, args, kind.name.removeprefix("System."))
        return found

    def _value_user(
        self, target: typed.Expr, method: MethodSymbol, node: tree.Call, args: tuple[typed.Expr, ...]
    ) -> typed.Expr:
        if not self.visible(method.owner, method.visibility, method.test_visible):
            raise Problem(node.pos, f"Method is not visible: {method}")
        if method.static:
            raise Problem(node.pos, f"Static method cannot be referenced from a non static context: {method}")
        return self.user_call(node.pos, target, method, args)

    def _add_error(self, target: typed.SObjectField, node: tree.Call, args: tuple[typed.Expr, ...]) -> typed.Expr:
        error = self.world.core("System.Exception")
        for types in ((STRING,), (error,), (STRING, BOOLEAN), (error, BOOLEAN)):
            if len(types) == len(args) and all(
                self.conversions.rank(a.type, t) for a, t in zip(args, types, strict=True)
            ):
                void = self.world.core("System.SObject").decl.methods["adderror"][0].returns
                return typed.FieldAddError(node.pos, void, target.target, target.field, self.converted(args, types))
        raise self.missing(node, args, target.type.name)

    def platform_call(
        self, target: typed.Expr, kind: Type, node: tree.Call, args: tuple[typed.Expr, ...]
    ) -> typed.Expr | None:
        """A method that the platform declares for values of ``kind``; None when it has none that fits."""
        low = node.name.lower()
        candidates: list[Candidate[PlatformMethod]] = []
        owners: dict[PlatformMethod, tuple[Type, ...]] = {}
        for decl, type_args in self._declaring(kind):
            for method in decl.methods.get(low, ()):
                if not method.static:
                    types = (
                        tuple([self.world.bind(p, type_args) for p in method.parameters])
                        if type_args
                        else method.parameters
                    )
                    candidates.append((types, method))
                    owners.setdefault(method, type_args)
        found = self.choose(candidates, args, False)
        if found is None:
            return self._enum_method(target, kind, node, args)
        types, method = found
        returns = self.world.bind(method.returns, owners[method])
        if isinstance(kind, SObjectType) and method.key.lower() in _SAME_TYPE:
            returns = kind
        return typed.PlatformCall(node.pos, returns, target, method, self.converted(args, types))

    def _declaring(self, kind: Type) -> Iterator[tuple[PlatformClass, tuple[Type, ...]]]:
        """The platform classes that a value of that type has methods of, nearest first, with type arguments."""
        if isinstance(kind, UserType | PlatformType):
            for above in self.conversions.supertypes(kind):
                if isinstance(above, PlatformType):
                    yield above.decl, above.args
        elif isinstance(kind, SObjectType):
            if kind is self.world.aggregate:
                own = self.world.platform("system.aggregateresult")
                if own is not None:
                    yield own.decl, ()
            yield self.world.core("System.SObject").decl, ()
        elif isinstance(kind, Primitive) and kind is not NULL:
            own_decl = self.world.members(kind)
            if own_decl is not None:
                yield own_decl, ()
        yield self.world.core("System.Object").decl, ()

    def _enum_method(
        self, target: typed.Expr, kind: Type, node: tree.Call, args: tuple[typed.Expr, ...]
    ) -> typed.Expr | None:
        is_enum = (isinstance(kind, UserType) and kind.symbol.kind == "enum") or (
            isinstance(kind, PlatformType) and kind.decl.kind == "enum"
        )
        returns = {"name": STRING, "ordinal": INTEGER}.get(node.name.lower())
        if not is_enum or returns is None or args:
            return None
        method = PlatformMethod(PlatformClass("System.Enum", "enum"), node.name.lower(), (), returns, False)
        return typed.PlatformCall(node.pos, returns, target, method, ())
