"""From syntax trees to symbols: what every class declares, before any body is checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orgwright.apex.check.annotations import annotation, check_annotations, check_test
from orgwright.apex.check.report import Problem, Report
from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.types.model import ID, UNKNOWN, VOID, PlatformType, Type, UserType
from orgwright.apex.types.symbols import ClassSymbol, FieldSymbol, MethodSymbol, Sharing, Visibility
from orgwright.apex.types.world import World

MAX_PARAMETERS = 32
MAX_CONSTANTS = 100
_WIDTHS: tuple[Visibility, ...] = ("private", "protected", "public", "global")
_GLOBAL = {"webservice": "webService", "global": "global"}
MAX_TYPE_DEPTH = 10
_SCOPES: dict[str, Visibility] = {
    "global": "global",
    "public": "public",
    "protected": "protected",
    "private": "private",
    "webservice": "global",
}
_SHARING: dict[str, Sharing] = {"with sharing": "with", "without sharing": "without", "inherited sharing": "inherited"}
_CLASS_WORDS = frozenset(["global", "public", "private", "abstract", "virtual"]) | frozenset(_SHARING)


@dataclass(slots=True, eq=False)
class UnitSymbols:
    """One parsed unit with its symbol."""

    source: Source
    unit: tree.Unit
    symbol: ClassSymbol


class Declarer:
    """Makes the symbols of all units: types first, then supertypes, then members."""

    def __init__(self, world: World, report: Report) -> None:
        self.world, self.report = world, report

    def declare(self, parsed: Iterable[tuple[Source, tree.Unit]]) -> list[UnitSymbols]:
        """Symbols of all units; errors go to the report."""
        units = [self._unit(source, unit) for source, unit in parsed]
        kept = [u for u in units if u is not None]
        for unit in kept:
            for symbol in all_symbols(unit.symbol):
                self._supertypes(unit.source, symbol)
        for unit in kept:
            for symbol in all_symbols(unit.symbol):
                self._circular(unit.source, symbol)
        for unit in kept:
            for symbol in all_symbols(unit.symbol):
                _Members(self, unit.source, symbol).declare()
        return kept

    # -------------------------------------------------------------------------------------------- types
    def _unit(self, source: Source, unit: tree.Unit) -> UnitSymbols | None:
        if isinstance(unit, tree.TriggerDecl | tree.Anonymous):
            name = unit.name if isinstance(unit, tree.TriggerDecl) else "anon"
            kind = "trigger" if isinstance(unit, tree.TriggerDecl) else "anonymous"
            symbol = ClassSymbol(name, name, kind, source.name, None, unit, source.api_version, "public")  # type: ignore[arg-type]
            if kind == "anonymous":
                symbol.sharing = "with"
            self._inner(source, symbol, unit.members)
            if kind == "trigger":
                self._check_name(source, unit.pos, "trigger", name)
            return UnitSymbols(source, unit, symbol)
        symbol = self._type(source, unit, None)
        self._check_name(source, unit.pos, "class", symbol.name)
        low = symbol.name.lower()
        if low in self.world.users:
            self.report.add(source, unit.pos, f"Type name already in use: {symbol.name}")
            return None
        self.world.users[low] = symbol
        return UnitSymbols(source, unit, symbol)

    def _check_name(self, source: Source, pos: int, kind: str, name: str) -> None:
        if name.lower() != source.name.lower():
            self.report.add(source, pos, f"File name mismatch with {kind} name: {name}")

    def _type(self, source: Source, decl: tree.TypeDecl, outer: ClassSymbol | None) -> ClassSymbol:
        modifiers = decl.modifiers
        words = set(modifiers.words)
        if isinstance(decl, tree.ClassDecl):
            kind = "class"
        elif isinstance(decl, tree.InterfaceDecl):
            kind = "interface"
        else:
            kind = "enum"
        qualified = (
            f"{outer.qualified}.{decl.name}" if outer and outer.kind not in ("anonymous", "trigger") else decl.name
        )
        symbol = ClassSymbol(decl.name, qualified, kind, source.name, outer, decl, source.api_version)  # type: ignore[arg-type]
        symbol.annotations = modifiers.annotations
        symbol.visibility = visibility(modifiers, "private")
        symbol.abstract = "abstract" in words or kind == "interface"
        symbol.virtual = "virtual" in words or symbol.abstract or (outer is not None and outer.kind == "anonymous")
        symbol.sharing = next((_SHARING[w] for w in modifiers.words if w in _SHARING), None)
        test = annotation(modifiers.annotations, "istest")
        symbol.is_test = test is not None or (outer is not None and outer.is_test)
        symbol.see_all_data = test is not None and test.values.get("seealldata") == "true"
        with self.report.guard(source):
            self._check_type(decl, outer, symbol, words)
        if isinstance(decl, tree.ClassDecl):
            self._inner(source, symbol, decl.members)
        elif isinstance(decl, tree.EnumDecl):
            symbol.constants = tuple(name for name, _ in decl.constants)
            if len(symbol.constants) > MAX_CONSTANTS:
                self.report.add(source, decl.pos, f"Maximum number of enum items exceeded: {MAX_CONSTANTS}")
            seen: set[str] = set()
            for name, pos in decl.constants:
                if name.lower() in seen:
                    self.report.add(source, pos, f"Duplicate field: {name}")
                seen.add(name.lower())
        return symbol

    def _check_type(self, decl: tree.TypeDecl, outer: ClassSymbol | None, symbol: ClassSymbol, words: set[str]) -> None:
        noun = {"class": "classes", "interface": "interfaces", "enum": "enums"}[symbol.kind]
        check_annotations(decl.modifiers, noun, decl.pos)
        exception = symbol.kind == "class" and symbol.name.lower().endswith("exception")
        if annotation(decl.modifiers.annotations, "istest") and (outer or exception or symbol.kind != "class"):
            raise Problem(decl.pos, "Only top-level non-exception class types can be marked as tests")
        for word in decl.modifiers.words:
            if word not in _CLASS_WORDS or (symbol.kind == "enum" and _SCOPES.get(word) is None):
                raise Problem(decl.pos, f"{word} is not allowed on {noun}")
        if len(words & set(_SCOPES)) > 1:
            raise Problem(decl.pos, "Declarations can only have one scope")
        if len([w for w in decl.modifiers.words if w in _SHARING]) > 1:
            raise Problem(decl.pos, "Duplicate modifier")
        if outer is None and not words & {"public", "global"} and not symbol.is_test:
            raise Problem(decl.pos, "Top-level type must have public or global visibility")
        if outer is not None and outer.outer is not None:
            raise Problem(decl.pos, "Inner types are not allowed to have inner types")

    def _inner(self, source: Source, symbol: ClassSymbol, members: tuple[tree.Decl, ...]) -> None:
        for member in members:
            if isinstance(member, tree.ClassDecl | tree.InterfaceDecl | tree.EnumDecl):
                inner = self._type(source, member, symbol)
                low = inner.name.lower()
                if low in symbol.inner or low == symbol.name.lower():
                    self.report.add(source, member.pos, f"Type name already in use: {inner.qualified}")
                else:
                    symbol.inner[low] = inner

    # --------------------------------------------------------------------------------------- supertypes
    def _supertypes(self, source: Source, symbol: ClassSymbol) -> None:
        decl = symbol.decl
        scope = symbol.outer or symbol
        if isinstance(decl, tree.ClassDecl):
            if decl.extends is not None:
                with self.report.guard(source):
                    symbol.super = self._super(decl.extends, symbol, scope)
            symbol.interfaces = self._interfaces(source, decl.implements, scope)
        elif isinstance(decl, tree.InterfaceDecl):
            symbol.interfaces = self._interfaces(source, decl.extends, scope)

    def _super(self, ref: tree.TypeRef, symbol: ClassSymbol, scope: ClassSymbol) -> Type:
        found = self.type(ref, scope)
        if isinstance(found, UserType):
            if found.symbol.kind != "class":
                raise Problem(ref.pos, f"Invalid super type: {found.name}")
            if not found.symbol.virtual:
                raise Problem(ref.pos, f"Non-virtual and non-abstract type cannot be extended: {found.name}")
            return found
        if isinstance(found, PlatformType) and found.decl.kind == "exception":
            return found
        if (
            isinstance(found, PlatformType)
            and found.decl.kind == "class"
            and (found.decl.virtual or found.decl.abstract)
        ):
            return found
        if isinstance(found, PlatformType) and found.decl.kind == "class":
            raise Problem(ref.pos, f"Non-virtual and non-abstract type cannot be extended: {found.name}")
        raise Problem(ref.pos, f"Invalid super type: {found.name}")

    def _interfaces(self, source: Source, refs: tuple[tree.TypeRef, ...], scope: ClassSymbol) -> tuple[Type, ...]:
        found: list[Type] = []
        for ref in refs:
            with self.report.guard(source):
                one = self.type(ref, scope)
                kind = one.symbol.kind if isinstance(one, UserType) else getattr(getattr(one, "decl", None), "kind", "")
                if kind != "interface":
                    raise Problem(ref.pos, f"Invalid interface: {one.name}")
                if one in found:
                    raise Problem(ref.pos, f"Interface already implemented: {one.name}")
                found.append(one)
        return tuple(found)

    def _circular(self, source: Source, symbol: ClassSymbol) -> None:
        pending: list[Type] = [*symbol.interfaces, *([symbol.super] if symbol.super else [])]
        seen: set[Type] = set()
        while pending:
            one = pending.pop()
            if one is symbol.type:
                self.report.add(source, symbol.decl.pos, f"Circular definition: {symbol.qualified}")
                symbol.super, symbol.interfaces = None, ()
                return
            if one not in seen and isinstance(one, UserType):
                seen.add(one)
                pending.extend(one.symbol.interfaces)
                if one.symbol.super:
                    pending.append(one.symbol.super)

    # -------------------------------------------------------------------------------------------- names
    def type(self, ref: tree.TypeRef, scope: ClassSymbol | None, depth: int = 1) -> Type:
        """The type a reference means; raises :class:`Problem` ``Invalid type``."""
        if depth > MAX_TYPE_DEPTH:
            raise Problem(ref.pos, f"Maximum type depth exceeded: {MAX_TYPE_DEPTH}")
        found = self.world.named(ref.name, scope)
        if found is None:
            raise Problem(ref.pos, f"Invalid type: {ref.name}")
        if isinstance(found, PlatformType) and (ref.args or found.decl.variables):
            wanted = len(found.decl.variables)
            if len(ref.args) != wanted:
                raise Problem(ref.pos, f"Invalid type: {ref}" if ref.args else f"Invalid type: {ref.name}")
            args = tuple(self.type(a, scope, depth + 1) for a in ref.args)
            if VOID in args:
                raise Problem(ref.pos, f"Invalid type: {ref}")
            return self.world.generic(found, args)
        if ref.args:
            raise Problem(ref.pos, f"Invalid type: {ref}")
        if isinstance(found, UserType) and found.symbol.outer is not None and scope is not None:
            self._check_visible(found.symbol, ref, scope)
        return found

    def _check_visible(self, symbol: ClassSymbol, ref: tree.TypeRef, scope: ClassSymbol) -> None:
        """A private inner type is for its own top-level class, and for tests when it is @TestVisible."""
        if symbol.visibility != "private" or symbol.top is scope.top:
            return
        if scope.top.is_test and annotation(symbol.annotations, "testvisible"):
            return
        raise Problem(ref.pos, f"Type is not visible: {symbol.qualified}")


class _Members:
    """Declares the members of one class."""

    def __init__(self, declarer: Declarer, source: Source, symbol: ClassSymbol) -> None:
        self.declarer, self.source, self.symbol = declarer, source, symbol
        self.report = declarer.report

    def declare(self) -> None:
        """All fields, properties, methods and constructors."""
        decl = self.symbol.decl
        if isinstance(decl, tree.EnumDecl):
            return
        for member in decl.members:
            with self.report.guard(self.source):
                if isinstance(member, tree.FieldDecl):
                    self._fields(member)
                elif isinstance(member, tree.PropertyDecl):
                    self._property(member)
                elif isinstance(member, tree.MethodDecl):
                    self._method(member)
                elif isinstance(member, tree.ConstructorDecl):
                    self._constructor(member)
                elif isinstance(member, tree.InitBlock) and member.static and self.symbol.outer is not None:
                    raise Problem(member.pos, "Inner types are not allowed to have static blocks")
        if isinstance(decl, tree.Anonymous):
            for statement in decl.body.statements:
                if isinstance(statement, tree.LocalDecl):
                    with self.report.guard(self.source):
                        self._fields(tree.FieldDecl(statement.pos, _STATIC, statement.type, statement.declarators))

    def _type(self, ref: tree.TypeRef, what: str) -> Type:
        try:
            found = self.declarer.type(ref, self.symbol)
        except Problem as problem:
            self.report.note(self.source, problem)
            return UNKNOWN
        if found is VOID and what:
            raise Problem(ref.pos, f"{what} cannot be of type void")
        return found

    def _check_static(self, modifiers: tree.Modifiers, pos: int, what: str) -> bool:
        static = "static" in modifiers.words
        if static and self.symbol.outer is not None:
            raise Problem(pos, f"static can only be used on {what} of a top level type")
        return static or self.symbol.kind in ("trigger", "anonymous")

    def _check_scope(self, modifiers: tree.Modifiers, noun: str, pos: int) -> None:
        """What is for other namespaces stands in a class that is so; new protected methods where classes can extend."""
        words = modifiers.words
        for word, name in _GLOBAL.items():
            if word in words and self.symbol.kind == "class" and self.symbol.visibility != "global":
                raise Problem(pos, f"Defining type for {name} {noun} must be declared as global")
        if "webservice" in words and noun == "methods" and "static" not in words:
            raise Problem(pos, "webService methods must be declared as static")
        if "protected" in words and noun == "methods" and "static" in words:
            raise Problem(pos, "protected methods cannot be static")
        if "protected" in words and noun == "methods" and "override" not in words and not self.symbol.virtual:
            raise Problem(pos, "New protected methods cannot be defined in non-virtual classes")

    def _fields(self, member: tree.FieldDecl) -> None:
        modifiers = member.modifiers
        check_modifiers(modifiers, "fields", member.pos)
        self._check_scope(modifiers, "fields", member.pos)
        _check_words(modifiers, "abstract override virtual testmethod", "fields", member.pos)
        kind = self._type(member.type, "Variables")
        static = self._check_static(modifiers, member.pos, "fields")
        for declarator in member.declarators:
            value = declarator.value
            final = "final" in modifiers.words
            # a constant Id is a text that is converted first, so that it may fail
            early = static and final and kind is not ID
            constant = value.value if early and isinstance(value, tree.Literal) else None
            self._add_field(
                FieldSymbol(
                    self.symbol,
                    declarator.name,
                    kind,
                    declarator.pos,
                    static,
                    final,
                    "transient" in modifiers.words,
                    visibility(modifiers, "private"),
                    annotation(modifiers.annotations, "testvisible") is not None,
                    annotations=modifiers.annotations,
                    constant=constant,
                )
            )

    def _add_field(self, field: FieldSymbol) -> None:
        low = field.name.lower()
        if low in self.symbol.fields:
            raise Problem(field.pos, f"Duplicate field: {field.name}")
        self.symbol.fields[low] = field

    def _property(self, member: tree.PropertyDecl) -> None:
        modifiers = member.modifiers
        check_modifiers(modifiers, "properties", member.pos)
        self._check_scope(modifiers, "properties", member.pos)
        static = self._check_static(modifiers, member.pos, "fields")
        own = visibility(modifiers, "private")
        getter, setter = member.getter, member.setter
        for accessor in (getter, setter):
            inside = visibility(accessor.modifiers, own) if accessor else own
            if accessor and _WIDTHS.index(inside) > _WIDTHS.index(own):
                raise Problem(accessor.pos, f"Cannot declare {inside} accessor on {own} property")
        field = FieldSymbol(
            self.symbol,
            member.name,
            self._type(member.type, "Properties"),
            member.pos,
            static,
            "final" in modifiers.words,
            "transient" in modifiers.words,
            own,
            annotation(modifiers.annotations, "testvisible") is not None,
            True,
            getter,
            setter,
            visibility(getter.modifiers, own) if getter else own,
            visibility(setter.modifiers, own) if setter else own,
            modifiers.annotations,
        )
        field.virtual = "virtual" in modifiers.words
        field.abstract = "abstract" in modifiers.words
        field.override = "override" in modifiers.words
        self._add_field(field)

    def _method(self, member: tree.MethodDecl) -> None:
        modifiers = member.modifiers
        check_modifiers(modifiers, "methods", member.pos)
        self._check_scope(modifiers, "methods", member.pos)
        symbol = self.symbol
        interface = symbol.kind == "interface"
        words = modifiers.words
        _check_words(modifiers, "final transient", "methods", member.pos)
        test = "testmethod" in words or annotation(modifiers.annotations, "istest") is not None
        setup = annotation(modifiers.annotations, "testsetup") is not None
        static = self._check_static(modifiers, member.pos, "methods") or test
        method = MethodSymbol(
            symbol,
            member.name,
            self._parameters(member.parameters, member.pos),
            self._type(member.type, ""),
            member.pos,
            static,
            "global" if interface else visibility(modifiers, "private"),
            "abstract" in words or interface,
            "virtual" in words or "abstract" in words or interface,
            "override" in words,
            annotation(modifiers.annotations, "testvisible") is not None,
            modifiers.annotations,
            member,
            test,
            setup,
        )
        self._check_body(method, member, interface)
        if test or setup:
            check_test(method, modifiers)
        self._add_method(method)

    def _check_body(self, method: MethodSymbol, member: tree.MethodDecl, interface: bool) -> None:
        if interface:
            if member.body is not None:
                raise Problem(member.pos, "Abstract methods cannot have a body")
            return
        if method.abstract:
            if member.body is not None:
                raise Problem(member.pos, "Abstract methods cannot have a body")
            if not self.symbol.abstract:
                raise Problem(member.pos, f"Class {self.symbol.qualified} must be abstract to define abstract methods")
        elif member.body is None:
            raise Problem(member.pos, "Method must have a body")
        if method.static and (method.virtual or method.override):
            raise Problem(member.pos, f"Static methods cannot be {'override' if method.override else 'virtual'}")

    def _add_method(self, method: MethodSymbol) -> None:
        others = self.symbol.methods.setdefault(method.name.lower(), [])
        for other in others:
            if other.types == method.types and UNKNOWN not in method.types:
                shown = ", ".join(t.name for t in method.types)
                raise Problem(
                    method.pos,
                    f"Method already defined: {method.returns.name} {method.name}({shown}) from the type {self.symbol.qualified}",
                )
        others.append(method)

    def _parameters(self, parameters: tuple[tree.Parameter, ...], pos: int) -> tuple[tuple[str, Type], ...]:
        if len(parameters) > MAX_PARAMETERS:
            raise Problem(pos, f"Invalid number of parameters exceeds: {MAX_PARAMETERS}")
        seen: set[str] = set()
        for parameter in parameters:
            if parameter.name.lower() in seen:
                raise Problem(parameter.pos, f"Duplicate variable: {parameter.name}")
            seen.add(parameter.name.lower())
        return tuple((p.name, self._type(p.type, "Parameters")) for p in parameters)

    def _constructor(self, member: tree.ConstructorDecl) -> None:
        if self.symbol.kind != "class":
            raise Problem(member.pos, f"Invalid constructor name: {member.name}")
        modifiers = member.modifiers
        check_modifiers(modifiers, "constructors", member.pos)
        self._check_scope(modifiers, "constructors", member.pos)
        _check_words(
            modifiers, "static abstract virtual override final transient testmethod", "constructors", member.pos
        )
        if member.body is None:
            raise Problem(member.pos, "Method must have a body")
        constructor = MethodSymbol(
            self.symbol,
            "<init>",
            self._parameters(member.parameters, member.pos),
            VOID,
            member.pos,
            False,
            visibility(modifiers, "private"),
            False,
            False,
            False,
            annotation(modifiers.annotations, "testvisible") is not None,
            modifiers.annotations,
            member,
        )
        if any(other.types == constructor.types and UNKNOWN not in other.types for other in self.symbol.constructors):
            shown = ", ".join(t.name for t in constructor.types)
            raise Problem(
                member.pos, f"Method already defined: void <init>({shown}) from the type {self.symbol.qualified}"
            )
        self.symbol.constructors.append(constructor)


_STATIC = tree.Modifiers(0, ("static",), ())


def all_symbols(symbol: ClassSymbol) -> list[ClassSymbol]:
    """A symbol and its inner types."""
    return [symbol, *symbol.inner.values()]


def visibility(modifiers: tree.Modifiers, default: Visibility) -> Visibility:
    """The scope that is written, or the default."""
    return next((_SCOPES[w] for w in modifiers.words if w in _SCOPES), default)


def check_modifiers(modifiers: tree.Modifiers, noun: str, pos: int) -> None:
    """Refuse bad annotations and more than one scope; ``noun`` is what is declared at ``pos``, in the plural."""
    if modifiers.annotations:
        check_annotations(modifiers, noun, pos)
    if len([w for w in modifiers.words if w in _SCOPES]) > 1:
        raise Problem(modifiers.pos, "Declarations can only have one scope")


def _check_words(modifiers: tree.Modifiers, forbidden: str, noun: str, pos: int) -> None:
    for word in modifiers.words:
        if word in forbidden.split() or word in _SHARING:
            raise Problem(pos, f"{word} is not allowed on {noun}")
