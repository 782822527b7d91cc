"""What code generation must know of a body before it writes it: lines, locals that are never null, names in use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from orgwright.apex.check import typed
from orgwright.apex.syntax.tree import line_of
from orgwright.apex.types.symbols import LocalSymbol

_FOLLOWED: dict[type, tuple[str, ...]] = {}
_SKIPPED = frozenset(("pos", "type", "symbol", "field", "method", "name", "kind", "op", "shape", "hole", "end"))
_NUMBERS = frozenset(("Integer", "Long", "Double", "Decimal"))

#: platform methods that never return null
_NEVER_NULL = frozenset(
    (
        "list.size", "set.size", "map.size", "string.length", "list.isempty", "set.isempty", "map.isempty",
        "set.contains", "map.containskey", "list.contains", "string.isblank", "string.isempty", "string.isnotblank",
        "string.equals", "string.equalsignorecase", "string.contains", "string.startswith", "string.endswith",
        "string.indexof", "set.add", "set.remove", "map.values", "map.keyset", "list.clone", "string.touppercase",
        "string.tolowercase", "string.trim", "string.valueof", "math.mod", "test.isrunningtest", "object.equals",
        "string.isnotempty", "set.containsall", "set.addall", "string.format", "string.join", "iterator.hasnext",
    )
)  # fmt: skip


def _attributes(cls: type) -> tuple[str, ...]:
    found = _FOLLOWED.get(cls)
    if found is None:
        found = tuple(f.name for f in fields(cls) if f.name not in _SKIPPED)
        _FOLLOWED[cls] = found
    return found


_NODES = (typed.Expr, typed.Stmt, typed.SObjectValue, typed.When, typed.Catch)


def children(node: Any) -> Iterator[Any]:
    """The typed nodes directly below a node, in order of their attributes."""
    for name in _attributes(node.__class__):
        yield from _nodes(getattr(node, name))


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, _NODES):
        yield value
    elif value.__class__ is tuple:
        for item in value:
            yield from _nodes(item)


def walk(node: Any) -> Iterator[Any]:
    """A node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


# ------------------------------------------------------------------------------------------- lines


def conditional(node: typed.Expr) -> tuple[typed.Expr, ...]:
    """The operands that may stay unevaluated."""
    if isinstance(node, typed.Ternary):
        return (node.yes, node.no)
    if isinstance(node, typed.Logical):
        return node.operands[1:]
    if isinstance(node, typed.Coalesce):
        return (node.right,)
    if isinstance(node, typed.SafeNavigation):
        return (node.rest,)
    return ()


def own_lines(node: Any) -> set[int]:
    """The lines of an expression that run whenever it is evaluated, from its first to its last token."""
    sure: set[int] = set()
    maybe: set[int] = set()
    _collect(node, sure, maybe)
    first, last = min(sure), max(sure)
    if first == last:
        return sure
    return {line for line in range(first, last + 1) if line in sure or line not in maybe}


def _collect(node: Any, sure: set[int], maybe: set[int]) -> None:
    sure.add(line_of(node.pos))
    unsure = conditional(node)
    for child in children(node):
        if child in unsure:
            maybe.update(line_of(n.pos) for n in walk(child))
        else:
            _collect(child, sure, maybe)


def is_debug(statement: typed.Stmt) -> bool:
    """Whether it is a whole ``System.debug(...)`` statement, which does not count."""
    return (
        isinstance(statement, typed.ExprStmt)
        and isinstance(statement.expr, typed.PlatformStaticCall)
        and statement.expr.method.key.lower() == "system.debug"
    )


# --------------------------------------------------------------------------------- nulls and flow


def never_null(node: typed.Expr, locals_: frozenset[LocalSymbol] | set[LocalSymbol]) -> bool:
    """Whether an expression can be proved not to be null."""
    cls = node.__class__
    if cls is typed.Local:
        return node.symbol in locals_  # type: ignore[attr-defined]
    if cls is typed.Literal:
        return node.value is not None  # type: ignore[attr-defined]
    if cls is typed.Convert:
        return node.kind != "row" and never_null(node.operand, locals_)  # type: ignore[attr-defined]
    if cls in (typed.PlatformCall, typed.PlatformStaticCall):
        return node.method.key.lower() in _NEVER_NULL  # type: ignore[attr-defined]
    if cls in (typed.Ternary, typed.Coalesce):
        parts = (node.yes, node.no) if isinstance(node, typed.Ternary) else (node.right,)  # type: ignore[attr-defined]
        return all(never_null(part, locals_) for part in parts)
    if cls in (typed.Cast, typed.Assign):
        inner = node.operand if isinstance(node, typed.Cast) else node.value  # type: ignore[attr-defined]
        return never_null(inner, locals_)
    return cls in _ALWAYS


_ALWAYS = frozenset(
    (
        typed.This, typed.New, typed.NewPlatform, typed.NewSObject, typed.NewList, typed.NewSet, typed.NewMap,
        typed.NewArray, typed.InstanceOf, typed.Negate, typed.Not, typed.Complement, typed.Arithmetic, typed.Concat,
        typed.Bits, typed.Shift, typed.Logical, typed.Compare, typed.Equal, typed.Hole, typed.Increment,
        typed.CompoundAssign, typed.TypeLiteral, typed.SObjectToken, typed.FieldToken, typed.SObjectDescribe,
        typed.FieldDescribe, typed.EnumConstant, typed.Soql, typed.Sosl, typed.Label,
    )
)  # fmt: skip


def sure_locals(body: typed.Block | None) -> set[LocalSymbol]:
    """The locals of a body to which nothing is assigned that could be null."""
    if body is None:
        return set()
    given: dict[LocalSymbol, list[typed.Expr | None]] = {}
    for node in walk(body):
        cls = node.__class__
        if cls is typed.Declare:
            given.setdefault(node.symbol, []).append(node.value)
        elif cls is typed.Assign and isinstance(node.target, typed.Local):
            given.setdefault(node.target.symbol, []).append(node.value)
    declared = {node.symbol for node in walk(body) if node.__class__ is typed.Declare}
    sure = {symbol for symbol in given if symbol in declared}
    changed = True
    while changed:
        lost = {s for s in sure if not all(v is not None and never_null(v, sure) for v in given[s])}
        sure -= lost
        changed = bool(lost)
    return sure


def continues_inside_try(body: typed.Stmt | None) -> bool:
    """Whether a ``continue`` of this loop body stands inside a ``try``."""
    return body is not None and _continue_in_try(body, False)


def _continue_in_try(node: Any, inside: bool) -> bool:
    if isinstance(node, typed.Continue):
        return inside
    if isinstance(node, (typed.While, typed.DoWhile, typed.For, typed.ForEach)):
        return False
    inside = inside or isinstance(node, (typed.Try, typed.RunAs))
    return any(_continue_in_try(child, inside) for child in children(node))
