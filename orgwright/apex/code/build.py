"""Python ``ast`` nodes with Apex lines, made as cheaply as the standard nodes allow.

Columns do not matter (Salesforce's traces say column 1), so they are class attributes; only ``lineno`` is set on each
node. Names may hold any character: ``compile`` does not check those of a tree, so globals are named ``foo.bar(integer)``.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

_Statements = list[ast.stmt]
_Arguments = list[ast.arg]

LOAD = ast.Load()
STORE = ast.Store()
_LOW, _HIGH = -(1 << 31), (1 << 31) - 1


class _Place:
    col_offset: int = 0
    end_col_offset: int | None = 0


class _Name(_Place, ast.Name): ...


class _Constant(_Place, ast.Constant): ...


class _Call(_Place, ast.Call): ...


class _Attribute(_Place, ast.Attribute): ...


class _IfExp(_Place, ast.IfExp): ...


class _Compare(_Place, ast.Compare): ...


class _BinOp(_Place, ast.BinOp): ...


class _UnaryOp(_Place, ast.UnaryOp): ...


class _BoolOp(_Place, ast.BoolOp): ...


class _NamedExpr(_Place, ast.NamedExpr): ...


class _Tuple(_Place, ast.Tuple): ...


class _List(_Place, ast.List): ...


class _Dict(_Place, ast.Dict): ...


class _Subscript(_Place, ast.Subscript): ...


class _JoinedStr(_Place, ast.JoinedStr): ...


class _FormattedValue(_Place, ast.FormattedValue): ...


class _Assign(_Place, ast.Assign): ...


class _Expr(_Place, ast.Expr): ...


class _If(_Place, ast.If): ...


class _While(_Place, ast.While): ...


class _For(_Place, ast.For): ...


class _Return(_Place, ast.Return): ...


class _Raise(_Place, ast.Raise): ...


class _Try(_Place, ast.Try): ...


class _With(_Place, ast.With): ...


class _ExceptHandler(_Place, ast.ExceptHandler): ...


class _FunctionDef(_Place, ast.FunctionDef): ...


class _Global(_Place, ast.Global): ...


class _Break(_Place, ast.Break): ...


class _Continue(_Place, ast.Continue): ...


class _Pass(_Place, ast.Pass): ...


class _Argument(_Place, ast.arg): ...


_OPERATORS: dict[str, Any] = {
    "+": ast.Add(), "-": ast.Sub(), "*": ast.Mult(), "&": ast.BitAnd(), "|": ast.BitOr(), "^": ast.BitXor(),
    "<<": ast.LShift(), ">>": ast.RShift(), "<": ast.Lt(), "<=": ast.LtE(), ">": ast.Gt(), ">=": ast.GtE(),
    "==": ast.Eq(), "!=": ast.NotEq(), "is": ast.Is(), "is not": ast.IsNot(),
}  # fmt: skip
_AND, _OR, _NOT, _MINUS, _INVERT = ast.And(), ast.Or(), ast.Not(), ast.USub(), ast.Invert()


class Builder:
    """Makes nodes on the current ``line``."""

    def __init__(self) -> None:
        self.line = 1

    def name(self, text: str) -> ast.expr:
        """A variable that is read."""
        node = _Name(text, LOAD)
        node.lineno = self.line
        return node

    def target(self, text: str) -> ast.Name:
        """A variable that is written."""
        node = _Name(text, STORE)
        node.lineno = self.line
        return node

    def const(self, value: Any) -> ast.expr:
        """A Python constant."""
        node = _Constant(value, None)
        node.lineno = self.line
        return node

    def call(self, function: str | ast.expr, *arguments: ast.expr) -> ast.expr:
        """A call; a text names a variable."""
        node = _Call(self.name(function) if isinstance(function, str) else function, list(arguments), [])
        node.lineno = self.line
        return node

    def attribute(self, value: ast.expr, text: str) -> ast.expr:
        """``value.text``."""
        node = _Attribute(value, text, LOAD)
        node.lineno = self.line
        return node

    def attribute_target(self, value: ast.expr, text: str) -> ast.expr:
        """``value.text`` that is written."""
        node = _Attribute(value, text, STORE)
        node.lineno = self.line
        return node

    def method(self, value: ast.expr, text: str, *arguments: ast.expr) -> ast.expr:
        """``value.text(arguments)``."""
        return self.call(self.attribute(value, text), *arguments)

    def choose(self, condition: ast.expr, yes: ast.expr, no: ast.expr) -> ast.expr:
        """``yes if condition else no``."""
        node = _IfExp(condition, yes, no)
        node.lineno = self.line
        return node

    def compare(self, left: ast.expr, operator: str, right: ast.expr) -> ast.expr:
        """A comparison, by value or identity."""
        node = _Compare(left, [_OPERATORS[operator]], [right])
        node.lineno = self.line
        return node

    def within(self, value: ast.expr) -> ast.expr:
        """``-2**31 <= value <= 2**31 - 1``."""
        less = _OPERATORS["<="]
        node = _Compare(self.const(_LOW), [less, less], [value, self.const(_HIGH)])
        node.lineno = self.line
        return node

    def binary(self, left: ast.expr, operator: str, right: ast.expr) -> ast.expr:
        """An arithmetic operation."""
        node = _BinOp(left, _OPERATORS[operator], right)
        node.lineno = self.line
        return node

    def negative(self, value: ast.expr) -> ast.expr:
        """``-value``."""
        return self._unary(_MINUS, value)

    def inverse(self, value: ast.expr) -> ast.expr:
        """``~value``."""
        return self._unary(_INVERT, value)

    def negated(self, value: ast.expr) -> ast.expr:
        """``not value``."""
        return self._unary(_NOT, value)

    def _unary(self, operator: Any, value: ast.expr) -> ast.expr:
        node = _UnaryOp(operator, value)
        node.lineno = self.line
        return node

    def all(self, values: Sequence[ast.expr]) -> ast.expr:
        """``a and b and ...``."""
        node = _BoolOp(_AND, list(values))
        node.lineno = self.line
        return node

    def any(self, values: Sequence[ast.expr]) -> ast.expr:
        """``a or b or ...``."""
        node = _BoolOp(_OR, list(values))
        node.lineno = self.line
        return node

    def walrus(self, text: str, value: ast.expr) -> ast.expr:
        """``(text := value)``."""
        node = _NamedExpr(self.target(text), value)
        node.lineno = self.line
        return node

    def tuple(self, values: Sequence[ast.expr]) -> ast.expr:
        """``(a, b)``."""
        node = _Tuple(list(values), LOAD)
        node.lineno = self.line
        return node

    def list(self, values: Sequence[ast.expr]) -> ast.expr:
        """``[a, b]``."""
        node = _List(list(values), LOAD)
        node.lineno = self.line
        return node

    def dict(self, keys: Sequence[ast.expr], values: Sequence[ast.expr]) -> ast.expr:
        """``{k: v}``."""
        node = _Dict(list(keys), list(values))
        node.lineno = self.line
        return node

    def last(self, *values: ast.expr) -> ast.expr:
        """Evaluate all, the value of the last: ``(a, b)[-1]``."""
        node = _Subscript(self.tuple(values), self.const(-1), LOAD)
        node.lineno = self.line
        return node

    def joined(self, parts: Sequence[ast.expr]) -> ast.expr:
        """An f-string of constant texts and texts."""
        values: list[ast.expr] = []
        for part in parts:
            if isinstance(part, ast.Constant):
                values.append(part)
            else:
                value = _FormattedValue(part, -1, None)
                value.lineno = self.line
                values.append(value)
        node = _JoinedStr(values)
        node.lineno = self.line
        return node

    # ------------------------------------------------------------------ statements

    def assign(self, value: ast.expr, *targets: ast.expr) -> ast.stmt:
        """``target = value``."""
        node = _Assign(list(targets), value, None)
        node.lineno = self.line
        return node

    def item_target(self, value: ast.expr, index: int) -> ast.expr:
        """``value[index]`` that is written."""
        node = _Subscript(value, self.const(index), STORE)
        node.lineno = self.line
        return node

    def do(self, value: ast.expr) -> ast.stmt:
        """An expression as a statement."""
        node = _Expr(value)
        node.lineno = self.line
        return node

    def when(self, condition: ast.expr, body: _Statements, otherwise: _Statements) -> ast.stmt:
        """``if``."""
        node = _If(condition, body, otherwise)
        node.lineno = self.line
        return node

    def loop(self, condition: ast.expr, body: _Statements) -> ast.stmt:
        """``while``."""
        node = _While(condition, body, [])
        node.lineno = self.line
        return node

    def each(self, text: str, source: ast.expr, body: _Statements) -> ast.stmt:
        """``for``."""
        node = _For(self.target(text), source, body, [], None)
        node.lineno = self.line
        return node

    def give(self, value: ast.expr | None) -> ast.stmt:
        """``return``."""
        node = _Return(value)
        node.lineno = self.line
        return node

    def throw(self, value: ast.expr | None) -> ast.stmt:
        """``raise``."""
        node = _Raise(value, None)
        node.lineno = self.line
        return node

    def guarded(self, body: _Statements, caught: str | None, handler: _Statements, final: _Statements) -> ast.stmt:
        """``try``; ``caught`` names the variable of the one ``except Exception``, None: there is none."""
        handlers = []
        if caught is not None:
            clause = _ExceptHandler(self.name("Exception"), caught, handler)
            clause.lineno = self.line
            handlers.append(clause)
        node = _Try(body, handlers, [], final)  # type: ignore[arg-type]
        node.lineno = self.line
        return node

    def using(self, manager: ast.expr, body: _Statements) -> ast.stmt:
        """``with``."""
        node = _With([ast.withitem(manager, None)], body, None)
        node.lineno = self.line
        return node

    def shared(self, names: Sequence[str]) -> ast.stmt:
        """``global``."""
        node = _Global(list(names))
        node.lineno = self.line
        return node

    def leave(self) -> ast.stmt:
        """``break``."""
        node = _Break()
        node.lineno = self.line
        return node

    def next(self) -> ast.stmt:
        """``continue``."""
        node = _Continue()
        node.lineno = self.line
        return node

    def nothing(self) -> ast.stmt:
        """``pass``."""
        node = _Pass()
        node.lineno = self.line
        return node

    def function(self, text: str, parameters: Sequence[str], body: _Statements) -> ast.stmt:
        """``def``."""
        arguments: _Arguments = []
        for parameter in parameters:
            argument = _Argument(parameter, None, None)
            argument.lineno = self.line
            arguments.append(argument)
        signature = ast.arguments([], arguments, None, [], [], None, [])
        node = _FunctionDef(text, signature, body, [], None, None)
        node.lineno = self.line
        return node
