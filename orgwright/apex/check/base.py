"""The door to expression checking: dispatch by node, and safe-navigation chains."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from orgwright.apex.check import typed
from orgwright.apex.check.context import Context
from orgwright.apex.check.report import Problem
from orgwright.apex.syntax import tree
from orgwright.apex.types.model import BOOLEAN, DECIMAL, DOUBLE, INTEGER, LONG, NULL, OBJECT, STRING, VOID, Type

_LITERALS: dict[str, Type] = {
    "Integer": INTEGER,
    "Long": LONG,
    "Double": DOUBLE,
    "Decimal": DECIMAL,
    "String": STRING,
    "Boolean": BOOLEAN,
    "null": NULL,
}


class ExpressionBase(Context):
    """Dispatch; the subclasses check each kind of expression."""

    handlers: ClassVar[dict[type, Callable[..., typed.Expr]]] = {}

    def expr(self, node: tree.Expr) -> typed.Expr:
        """The typed form of an expression; raises :class:`Problem`."""
        return self.handlers[node.__class__](self, node)

    def literal(self, node: tree.Literal) -> typed.Expr:
        """A literal."""
        return typed.Literal(node.pos, _LITERALS[node.kind], node.value)

    def paren(self, node: tree.Paren) -> typed.Expr:
        """A parenthesis leaves no trace, except that it ends a chain."""
        return self.expr(node.inner)

    def value(self, value: typed.Expr, wanted: Type = OBJECT) -> None:
        """Refuse a call without a result."""
        if value.type is VOID:
            raise Problem(value.pos, f"Illegal assignment from void to {wanted.name}")

    # ---------------------------------------------------------------------------------- safe navigation
    def chain_root(self, node: tree.Expr) -> typed.Expr:
        """The outermost member, call or index of a chain: wraps what stands behind each ``?.``."""
        outer, self.holes = self.holes, []
        try:
            result = self.link(node)
            for hole, receiver in reversed(self.holes):
                result = typed.SafeNavigation(result.pos, result.type, receiver, hole, result)
        finally:
            self.holes = outer
        return result

    def apart(self, node: tree.Expr) -> typed.Expr:
        """An expression that stands inside a link, an index say: a chain of its own."""
        outer, self.holes = self.holes, []
        try:
            return self.expr(node)
        finally:
            self.holes = outer

    def link(self, node: tree.Expr) -> typed.Expr:
        """One link of a chain."""
        raise NotImplementedError

    def receiver(self, node: tree.Expr) -> typed.Expr:
        """The target of a link: a link itself, or where the chain begins."""
        if isinstance(node, tree.Member | tree.Call | tree.Index):
            return self.link(node)
        return self.expr(node)

    def safely(self, receiver: typed.Expr, safe: bool, pos: int, *, whole: bool = False) -> typed.Expr:
        """Put a hole for the receiver of a ``?.``: a query is its only record, or ``whole`` the list."""
        if not safe:
            return receiver
        if not whole:
            receiver = self.row(receiver) or receiver
        self.frame.holes += 1
        hole = typed.Hole(pos, receiver.type, self.frame.holes)
        self.holes.append((hole, receiver))
        return hole

    def target(self, node: tree.Expr) -> typed.Expr:
        """The left side of an assignment."""
        raise NotImplementedError

    def check_getter(self, found: typed.Expr, pos: int) -> None:
        """Refuse a property that cannot be read."""
        raise NotImplementedError
