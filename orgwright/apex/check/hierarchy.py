"""The rules between a class and what it extends and implements."""

from __future__ import annotations

from orgwright.apex.check.report import Problem, Report
from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.types.conversion import Conversions
from orgwright.apex.types.model import OBJECT, UNKNOWN, VOID, PlatformType, Primitive, Type, UserType
from orgwright.apex.types.symbols import ClassSymbol, MethodSymbol

# An override of a global method may be public.
_RANKS = {"private": 0, "protected": 1, "public": 2, "global": 2}
_FREE = frozenset(("equals", "hashcode", "tostring"))


def check_hierarchy(symbol: ClassSymbol, conversions: Conversions, report: Report, source: Source) -> None:
    """Overriding, abstract and interface methods, exception names."""
    if symbol.kind not in ("class", "interface"):
        return
    _check_exception(symbol)
    for group in symbol.methods.values():
        for method in group:
            with report.guard(source):
                _check_method(symbol, method, conversions)
    if symbol.kind == "class":
        _check_implemented(symbol, conversions)


def _check_exception(symbol: ClassSymbol) -> None:
    named = symbol.name.lower().endswith("exception")
    if symbol.is_exception and not named:
        raise Problem(
            symbol.decl.pos, f"Classes extending Exception must have a name ending in 'Exception': {symbol.qualified}"
        )
    if named and not symbol.is_exception and symbol.kind == "class":
        raise Problem(symbol.decl.pos, f"Exception class must extend another Exception class: {symbol.qualified}")


def _same(left: tuple[Type, ...], right: tuple[Type, ...]) -> bool:
    return len(left) == len(right) and all(a is b or UNKNOWN in (a, b) for a, b in zip(left, right, strict=True))


def inherited(symbol: ClassSymbol, method: MethodSymbol, conversions: Conversions) -> MethodSymbol | None:
    """The method of an extended user class that ``method`` replaces."""
    holder = symbol.parent
    while holder is not None:
        for other in holder.methods.get(method.name.lower(), ()):
            if _same(other.types, method.types):
                return other
        holder = holder.parent
    return None


def _check_method(symbol: ClassSymbol, method: MethodSymbol, conversions: Conversions) -> None:
    above = inherited(symbol, method, conversions)
    if above is not None and above.visibility == "private" and above.owner.top is not symbol.top:
        above = above if above.test_visible and symbol.top.is_test else None
    if above is None:
        if method.override and not _platform_method(symbol, method, conversions):
            raise Problem(method.pos, f"@Override specified for non-overriding method: {method}")
        return
    if above.static or method.static:
        if above.static and not method.static:
            raise Problem(method.pos, f"Cannot override static method: {above} with {method}")
        return
    if not above.virtual:
        raise Problem(method.pos, f"Non-virtual, non-abstract methods cannot be overridden: {above}")
    if not method.override:
        raise Problem(method.pos, f"Method must use the override keyword: {method}")
    if _RANKS[method.visibility] < _RANKS[above.visibility]:
        raise Problem(method.pos, f"Cannot reduce the visibility of method: {method}")
    if not _covariant(method.returns, above.returns, conversions):
        raise Problem(
            method.pos,
            f"Method return types clash: {method.returns.name} vs {above.returns.name} from the type {above.owner.qualified}",
        )


def _platform_method(symbol: ClassSymbol, method: MethodSymbol, conversions: Conversions) -> bool:
    """Whether a platform supertype (or Object) has the method: ``override getMessage()``, ``override toString()``."""
    low = method.name.lower()
    if low in _FREE:
        return True
    for above in conversions.supertypes(symbol.type):
        if isinstance(above, PlatformType) and any(
            len(m.parameters) == len(method.parameters) for m in above.decl.methods.get(low, ())
        ):
            return True
        if (
            isinstance(above, UserType)
            and above.symbol.kind == "interface"
            and any(_same(m.types, method.types) for m in above.symbol.methods.get(low, ()))
        ):
            return True
    return False


def _check_implemented(symbol: ClassSymbol, conversions: Conversions) -> None:
    world = conversions.world
    for above in conversions.supertypes(symbol.type):
        if above is symbol.type:
            continue
        if isinstance(above, UserType):
            for group in above.symbol.methods.values():
                for method in group:
                    if method.abstract:
                        _require(symbol, method, above, conversions)
        elif isinstance(above, PlatformType) and above.decl.kind == "interface" and not symbol.abstract:
            for methods in above.decl.methods.values():
                for wanted in methods:
                    types = tuple(world.bind(p, above.args) for p in wanted.parameters)
                    found = _implementation(symbol, wanted.name.lower(), types, conversions)
                    if found is not None:
                        _check_visible(symbol, found)
                    elif not every_class_has(wanted.name.lower(), types):
                        shown = ", ".join(t.name for t in types)
                        returns = world.bind(wanted.returns, above.args).name
                        raise Problem(
                            symbol.decl.pos,
                            f"Class {symbol.qualified} must implement the method: {returns} {above.name}.{wanted.name}({shown})",
                        )


def every_class_has(low: str, types: tuple[Type, ...]) -> bool:
    """Whether ``Object`` brings the method, so that an interface that asks for it is content with any class."""
    return (low in ("tostring", "hashcode") and not types) or (low == "equals" and types == (OBJECT,))


def _require(symbol: ClassSymbol, method: MethodSymbol, above: UserType, conversions: Conversions) -> None:
    found = _implementation(symbol, method.name.lower(), method.types, conversions)
    is_interface = above.symbol.kind == "interface"
    if found is None:
        if symbol.abstract or (is_interface and every_class_has(method.name.lower(), method.types)):
            return
        kind = "method" if is_interface else "abstract method"
        raise Problem(symbol.decl.pos, f"Class {symbol.qualified} must implement the {kind}: {method}")
    symbol.answers[method.key] = found
    if not is_interface:
        return
    _check_visible(symbol, found)
    if found.owner is symbol and not _covariant(found.returns, method.returns, conversions):
        raise Problem(
            found.pos,
            f"Method return types clash: {found.returns.name} vs {method.returns.name} from the type {above.name}",
        )


def _covariant(returns: Type, above: Type, conversions: Conversions) -> bool:
    """An override may return a more special type."""
    if UNKNOWN in (returns, above) or returns is above:
        return True
    if VOID in (returns, above) or isinstance(returns, Primitive):
        return above is OBJECT and returns is not VOID
    return conversions.rank(returns, above) is not None


def _check_visible(symbol: ClassSymbol, method: MethodSymbol) -> None:
    if method.visibility not in ("public", "global"):
        raise Problem(
            method.pos,
            f"{symbol.qualified}: Overriding implementations of global or public interface methods must be global or public: {method}",
        )


def _implementation(
    symbol: ClassSymbol, low: str, types: tuple[Type, ...], conversions: Conversions
) -> MethodSymbol | None:
    holder: ClassSymbol | None = symbol
    loose: MethodSymbol | None = None
    while holder is not None:
        if not (isinstance(holder.decl, tree.InterfaceDecl)):
            for method in holder.methods.get(low, ()):
                if method.abstract:
                    continue
                if _same(method.types, types):
                    return method
                if len(method.types) == len(types) and all(
                    conversions.rank(a, b) is not None or b is OBJECT for a, b in zip(types, method.types, strict=True)
                ):
                    loose = loose or method
        holder = holder.parent
    return loose
