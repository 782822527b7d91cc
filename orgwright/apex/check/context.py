"""What the checks of one class share: types in scope, locals, conversions, overload choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from orgwright.apex.check import typed
from orgwright.apex.check.declare import Declarer
from orgwright.apex.check.report import Problem
from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.types.conversion import Conversions
from orgwright.apex.types.declarations import PlatformMethod
from orgwright.apex.types.model import (
    DECIMAL,
    DOUBLE,
    NULL,
    UNKNOWN,
    PlatformType,
    SObjectType,
    Type,
    UserType,
    is_list,
)
from orgwright.apex.types.symbols import ClassSymbol, FieldSymbol, LocalSymbol, MethodSymbol, Visibility
from orgwright.apex.types.world import World

C = TypeVar("C", bound=MethodSymbol | PlatformMethod)
Candidate = tuple[tuple[Type, ...], C]
"""Parameter types as seen by the caller, and the method."""
_ROW_METHODS = frozenset(("database.query", "database.querywithbinds"))


@dataclass(slots=True, eq=False)
class Frame:
    """What is true inside one body: a method, accessor, initialiser or trigger."""

    static: bool
    returns: Type | None
    """The type that ``return`` must give; None where there is nothing to return from."""
    constructor: bool = False
    accessor: FieldSymbol | None = None
    initialising: bool = False
    """Final fields may be assigned here."""
    loops: int = 0
    nesting: int = 0
    """How many of Python's nested blocks the code of the enclosing statements takes."""
    slots: int = 0
    holes: int = 0
    declaring: FieldSymbol | None = None
    """The field whose initial value this is."""
    chain_args: bool = False
    """Inside the arguments of ``this(...)`` or ``super(...)``: no instance members."""


class Context:
    """State and common questions of the check of one top-level class, trigger or anonymous block."""

    def __init__(
        self, world: World, conversions: Conversions, declarer: Declarer, source: Source, symbol: ClassSymbol
    ) -> None:
        self.world, self.conversions, self.declarer = world, conversions, declarer
        self.source, self.symbol = source, symbol
        self.report = declarer.report
        self.frame = Frame(True, None)
        self.scopes: list[dict[str, LocalSymbol]] = [{}]
        self.holes: list[tuple[typed.Hole, typed.Expr]] = []
        self.types: dict[tuple[str, ClassSymbol], Type | None] = {}
        self.trigger_type: SObjectType | None = None
        self.assigned: tree.Expr | None = None
        """What stands on the left of the assignment that is looked at."""

    # -------------------------------------------------------------------------------------------- types
    def type(self, ref: tree.TypeRef) -> Type:
        """The type a reference means here."""
        return self.declarer.type(ref, self.symbol)

    def named(self, name: str) -> Type | None:
        """The type of a name here, None when there is none."""
        key = (name.lower(), self.symbol)
        try:
            return self.types[key]
        except KeyError:
            found = self.types[key] = self.world.named(name, self.symbol)
            return found

    # ------------------------------------------------------------------------------------------- locals
    def declare(self, name: str, kind: Type, pos: int, final: bool = False) -> LocalSymbol:
        """Declare a local; a block cannot declare one of an enclosing block again."""
        low = name.lower()
        for scope in self.scopes:
            if low in scope:
                raise Problem(pos, f"Duplicate variable: {name}")
        self.frame.slots += 1
        local = LocalSymbol(name, kind, pos, self.frame.slots, final)
        self.scopes[-1][low] = local
        return local

    def local(self, low: str) -> LocalSymbol | None:
        """The local of that lower-case name."""
        for scope in reversed(self.scopes):
            found = scope.get(low)
            if found is not None:
                return found
        return None

    # -------------------------------------------------------------------------------------- conversions
    def convert(
        self, value: typed.Expr, target: Type, pos: int, wording: str = "Illegal assignment from {} to {}"
    ) -> typed.Expr:
        """``value`` as ``target`` by the rules of assignment, or the error in ``wording``."""
        source = value.type
        if source is target:
            return value
        if target is UNKNOWN or source is UNKNOWN:
            raise Problem(pos, None)
        kind = self.conversions.assign(source, target)
        if kind is None:
            row = self.row(value)
            if row is not None and isinstance(target, SObjectType) and self._row_fits(row.type, target):
                row.type = target if row.type is self.world.sobject_base else row.type
                return row
            raise Problem(pos, wording.format(source.name, target.name))
        if not kind:
            return value
        return typed.Convert(value.pos, target, value, kind)  # type: ignore[arg-type]

    def _row_fits(self, row: Type, target: SObjectType) -> bool:
        return row is self.world.sobject_base or self.conversions.assign(row, target) is not None

    def row(self, value: typed.Expr) -> typed.Convert | None:
        """The only record of a query, if ``value`` is a query that gives records."""
        if not is_list(value.type):
            return None
        is_query = isinstance(value, typed.Soql) or (
            isinstance(value, typed.PlatformStaticCall) and value.method.key.lower() in _ROW_METHODS
        )
        if not is_query or not isinstance(value.type, PlatformType):
            return None
        return typed.Convert(value.pos, value.type.args[0], value, "row")

    def boxed(self, value: typed.Expr, target: Type) -> typed.Expr:
        """``value`` as an argument of type ``target`` that was found to fit."""
        kind = self.conversions.assign(value.type, target)
        if kind is None:
            row = self.row(value)
            if row is None:
                raise AssertionError("an argument that was ranked does not convert")
            row.type = target if row.type is self.world.sobject_base else row.type
            return row
        return typed.Convert(value.pos, target, value, kind) if kind else value  # type: ignore[arg-type]

    # ----------------------------------------------------------------------------------------- overloads
    def choose(
        self, candidates: Iterable[Candidate[C]], args: Sequence[typed.Expr], strict: bool
    ) -> Candidate[C] | None:
        """The most specific candidate for the arguments; None when none fits.

        Raises LookupError when the choice is ambiguous (never, when not ``strict``).
        """
        count = len(args)
        fitting: list[tuple[list[int], Candidate[C]]] = []
        for candidate in candidates:
            types = candidate[0]
            if len(types) != count:
                continue
            ranks: list[int] = []
            for arg, target in zip(args, types, strict=True):
                ranked = self.conversions.rank(arg.type, target)
                if ranked is None:
                    ranked = self._last_resort(arg, target, strict)
                    if ranked is None:
                        break
                ranks.append(ranked[0])
            else:
                fitting.append((ranks, candidate))
        if not fitting:
            return None
        if len(fitting) == 1:
            return fitting[0][1]
        return self._best(fitting, args, strict)

    def _last_resort(self, arg: typed.Expr, target: Type, strict: bool) -> tuple[int, str] | None:
        """A query as its only row; for methods of the platform also a Decimal as a Double."""
        if arg.type is DECIMAL and target is DOUBLE:
            return None if strict else (4, "number")
        row = self.row(arg)
        if row is not None and row.type is self.world.sobject_base and isinstance(target, SObjectType):
            return 51, ""
        ranked = self.conversions.rank(row.type, target) if row else None
        return (ranked[0] + 50, "") if ranked else None

    def _best(
        self, fitting: list[tuple[list[int], Candidate[C]]], args: Sequence[typed.Expr], strict: bool
    ) -> Candidate[C]:
        best = fitting[0]
        for other in fitting[1:]:
            if all(a <= b for a, b in zip(other[0], best[0], strict=True)) and other[0] != best[0]:
                best = other
        rivals: list[tuple[list[int], Candidate[C]]] = [
            f for f in fitting if f is not best and not all(a <= b for a, b in zip(best[0], f[0], strict=True))
        ]
        equal: list[tuple[list[int], Candidate[C]]] = [f for f in fitting if f is not best and f[0] == best[0]]
        if not rivals and not equal:
            return best[1]
        if any(arg.type is NULL for arg in args):
            if strict:
                raise LookupError
            return self._narrowest([best, *rivals, *equal], args)
        if strict and rivals:
            raise LookupError
        return best[1]

    def _narrowest(self, fitting: list[tuple[list[int], Candidate[C]]], args: Sequence[typed.Expr]) -> Candidate[C]:
        """For platform methods and ``null``: the candidate whose parameter for the null is the most special."""
        best = fitting[0][1]
        for _, other in fitting[1:]:
            pairs = [(o, b) for o, b, arg in zip(other[0], best[0], args, strict=True) if arg.type is NULL]
            if all(self.conversions.rank(o, b) is not None for o, b in pairs):
                best = other
        return best

    # ---------------------------------------------------------------------------------------- visibility
    def visible(self, owner: ClassSymbol, scope: Visibility, test_visible: bool) -> bool:
        """Whether a member of ``owner`` may be used here."""
        if scope in ("public", "global") or owner.top is self.symbol.top:
            return True
        if test_visible and self.symbol.top.is_test:
            return True
        if scope == "protected":
            around: ClassSymbol | None = self.symbol
            while around is not None:
                if self.conversions.is_subtype(around.type, owner.type):
                    return True
                around = around.outer
        return False


def shown(args: Sequence[typed.Expr]) -> str:
    """Argument types as error messages list them."""
    return ", ".join(arg.type.name for arg in args)


def find_field(symbol: ClassSymbol, low: str) -> FieldSymbol | None:
    """A field of a class or of the classes it extends."""
    return next(fields_named(symbol, low), None)


def fields_named(symbol: ClassSymbol, low: str) -> Iterator[FieldSymbol]:
    """The fields of a name that a class and the classes it extends have, its own first."""
    holder: ClassSymbol | None = symbol
    while holder is not None:
        found = holder.fields.get(low)
        if found is not None:
            yield found
        holder = holder.parent


def user(t: Type) -> ClassSymbol | None:
    """The symbol of a user type."""
    return t.symbol if isinstance(t, UserType) else None
