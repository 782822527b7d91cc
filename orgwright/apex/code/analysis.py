"""What code generation must know of a body before it writes it: lines, locals that are never null, names in use."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from orgwright.apex.check import bodies, typed
from orgwright.apex.syntax.tree import LINE_SHIFT
from orgwright.apex.types.symbols import LocalSymbol

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


_NODES = (typed.Expr, bodies.Stmt, typed.SObjectValue, bodies.When, bodies.Catch)
_NODE_NAMES = frozenset(
    name for name, cls in vars(typed).items() if isinstance(cls, type) and issubclass(cls, _NODES)
)  # fmt: skip

_Reader = Callable[[Any], Sequence[Any]]


class _Readers(dict[type, _Reader]):
    """How to read the nodes directly below one, by its class: made when the class is first seen."""

    def __missing__(self, cls: type) -> _Reader:
        reader = self[cls] = _reader(*_shape(cls))
        return reader


_READERS = _Readers()


def _shape(cls: type) -> tuple[list[str], list[str], list[str]]:
    """Attributes that hold one node or None, a tuple of nodes, and tuples of tuples with nodes in them."""
    found: tuple[list[str], list[str], list[str]] = ([], [], [])
    for one in fields(cls):
        text = str(one.type)
        if one.name == "hole" or _NODE_NAMES.isdisjoint(re.findall(r"\w+", text)):
            continue
        found[text.count("tuple[")].append(one.name)
    return found


def _reader(single: list[str], flat: list[str], nested: list[str]) -> _Reader:
    """The commonest shapes have readers of their own: this is asked of every node several times."""
    if not nested and not flat:
        if not single:
            return lambda node: ()
        if len(single) == 1:
            (name,) = single
            return lambda node: () if (child := getattr(node, name)) is None else (child,)
        values = attrgetter(*single)
        return lambda node: [child for child in values(node) if child is not None]
    if not nested and not single and len(flat) == 1:
        return attrgetter(flat[0])

    def read(node: Any) -> list[Any]:
        found = [child for name in single if (child := getattr(node, name)) is not None]
        for name in flat:
            found += getattr(node, name)
        for name in nested:
            for item in getattr(node, name):
                found += [child for child in item if isinstance(child, _NODES)]
        return found

    return read


def children(node: Any) -> Sequence[Any]:
    """The typed nodes directly below a node."""
    return _READERS[node.__class__](node)


def walk(node: Any) -> list[Any]:
    """A node and everything below it, in no particular order."""
    found = [node]
    for one in found:  # grows while it is read
        found += _READERS[one.__class__](one)
    return found


# ------------------------------------------------------------------------------------------- lines


def conditional(node: Any) -> tuple[typed.Expr, ...]:
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


_CONDITIONAL = frozenset((typed.Ternary, typed.Logical, typed.Coalesce, typed.SafeNavigation))


def own_lines(node: Any) -> set[int]:
    """The lines of an expression that run whenever it is evaluated, from its first to its last token."""
    sure: set[int] = set()
    maybe: list[Any] = []
    waiting: list[Any] = [node]
    for one in waiting:  # grows while it is read
        cls = one.__class__
        if cls is not typed.SafeNavigation:  # it stands where its last member does, which may not be reached
            sure.add(one.pos >> LINE_SHIFT)
        below = _READERS[cls](one)
        if cls in _CONDITIONAL:
            unsure = conditional(one)
            maybe += unsure
            waiting += [child for child in below if child not in unsure]
        elif below:
            waiting += below
    first, last = min(sure), max(sure)
    if first == last:
        return sure
    if not maybe:
        return set(range(first, last + 1))
    left_out = {below.pos >> LINE_SHIFT for one in maybe for below in walk(one)} - sure
    return {line for line in range(first, last + 1) if line not in left_out}


def is_debug(statement: bodies.Stmt) -> bool:
    """Whether it is a whole ``System.debug(...)`` statement, which does not count."""
    return (
        isinstance(statement, bodies.ExprStmt)
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


def sure_locals(body: bodies.Block | None) -> set[LocalSymbol]:
    """The locals of a body to which nothing is assigned that could be null."""
    if body is None:
        return set()
    given: dict[LocalSymbol, list[typed.Expr | None]] = {}
    sure: set[LocalSymbol] = set()
    for node in walk(body):
        cls = node.__class__
        if cls is bodies.Declare:
            sure.add(node.symbol)
            given.setdefault(node.symbol, []).append(node.value)
        elif cls is typed.Assign and isinstance(node.target, typed.Local):
            given.setdefault(node.target.symbol, []).append(node.value)
    changed = True
    while changed:
        lost = {s for s in sure if not all(v is not None and never_null(v, sure) for v in given[s])}
        sure -= lost
        changed = bool(lost)
    return sure


def continues_inside_try(body: bodies.Stmt | None) -> bool:
    """Whether a ``continue`` of this loop body stands inside a ``try``."""
    return body is not None and _continue_in_try(body, False)


def _continue_in_try(node: Any, inside: bool) -> bool:
    if isinstance(node, bodies.Continue):
        return inside
    if isinstance(node, (bodies.While, bodies.DoWhile, bodies.For, bodies.ForEach)):
        return False
    inside = inside or isinstance(node, (bodies.Try, bodies.RunAs))
    return any(_continue_in_try(child, inside) for child in children(node))
