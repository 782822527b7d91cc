"""SOQL and SOSL literals, and the dispatch table of all expressions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from orgwright.apex.check import typed
from orgwright.apex.check.creation import CreationChecker
from orgwright.apex.check.operators import OperatorChecker
from orgwright.apex.check.report import Problem
from orgwright.apex.host import QueryProblem
from orgwright.apex.syntax import tree
from orgwright.apex.types.model import INTEGER, Type


class ExpressionChecker(OperatorChecker, CreationChecker):
    """Checks every expression."""

    def query(self, node: tree.Query) -> typed.Expr:
        """A literal: the schema checks its text."""
        values = self.args(node.binds)
        binds = tuple([(f"tmpVar{i}", value) for i, value in enumerate(values, 1)])
        if node.language == "SOSL":
            rows = self.world.list_of(self.world.sobject_base)
            return typed.Sosl(node.pos, self.world.list_of(rows), node.text.strip(), binds)
        text = node.text.strip()
        lead = len(node.text) - len(node.text.lstrip())
        try:
            shape = self.world.schema.check_query(text)
        except QueryProblem as problem:
            raise Problem(_place(node, problem.offset + lead), problem.message) from None
        kind: Type
        if shape.kind == "count":
            kind = INTEGER
        elif shape.kind == "aggregate":
            kind = self.world.list_of(self.world.aggregate)
        else:
            kind = self.world.list_of(self.world.sobject(shape.sobject) or self.world.sobject_base)
        return typed.Soql(node.pos, kind, text, binds, shape)


def _place(node: tree.Query, offset: int) -> int:
    """The source position of an offset in the query's text."""
    at = bisect_right(node.spans, (offset, 1 << 62)) - 1
    if at < 0:
        return node.pos
    start, pos = node.spans[at]
    return pos + offset - start


_TABLE: dict[type, Callable[[Any, Any], typed.Expr]] = {
    tree.Literal: ExpressionChecker.literal,
    tree.Name: ExpressionChecker.name,
    tree.This: ExpressionChecker.this,
    tree.Super: ExpressionChecker.super_alone,
    tree.Paren: ExpressionChecker.paren,
    tree.Member: ExpressionChecker.chain_root,
    tree.Call: ExpressionChecker.chain_root,
    tree.Index: ExpressionChecker.chain_root,
    tree.ConstructorCall: ExpressionChecker.misplaced_chain,
    tree.NamedArg: ExpressionChecker.named_arg,
    tree.New: ExpressionChecker.new,
    tree.NewArray: ExpressionChecker.new_array,
    tree.NewElements: ExpressionChecker.new_elements,
    tree.NewPairs: ExpressionChecker.new_pairs,
    tree.Cast: ExpressionChecker.cast,
    tree.InstanceOf: ExpressionChecker.instance_of,
    tree.Unary: ExpressionChecker.unary,
    tree.Postfix: ExpressionChecker.postfix,
    tree.Binary: ExpressionChecker.binary,
    tree.Ternary: ExpressionChecker.ternary,
    tree.Assign: ExpressionChecker.assign,
    tree.ClassLiteral: ExpressionChecker.class_literal,
    tree.Query: ExpressionChecker.query,
}
ExpressionChecker.handlers = _TABLE
