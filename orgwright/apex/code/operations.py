"""Typed operators and assignments to Python expressions."""

from __future__ import annotations

import ast

from orgwright.apex.check import typed
from orgwright.apex.code import names
from orgwright.apex.code.expressions import WRITERS, Expressions
from orgwright.apex.library import registry
from orgwright.apex.syntax.tree import line_of
from orgwright.apex.types import model
from orgwright.apex.types.model import Type
from orgwright.apex.types.symbols import FieldSymbol

_INTEGERS = (model.INTEGER, model.LONG)
_PLAIN_EQUAL = (
    model.INTEGER, model.LONG, model.DOUBLE, model.DECIMAL, model.DATE, model.TIME, model.BLOB,
)  # fmt: skip


class Operations(Expressions):
    """Writes operators and assignments."""

    # ------------------------------------------------------------------ operators

    def wrapped(self, value: ast.expr, type: Type) -> ast.expr:
        """An Integer or Long result, wrapped to its bits."""
        if type is model.INTEGER:
            return self.choose(
                self.within(self.walrus("t", value)), self.name("t"), self.call("_wrap32", self.name("t"))
            )
        return self.call("_wrap64", value)

    def arithmetic(self, op: str, type: Type, left: ast.expr, right: ast.expr) -> ast.expr:
        """A binary operation on converted operands."""
        if type in (model.DATE, model.DATETIME, model.TIME):
            return self.call("_shift_date", left, right, self.const(1 if op == "+" else -1))
        if op == "/":
            name = {"Double": "_divide_double", "Decimal": "_divide_decimal"}.get(type.name, "_divide_integer")
            quotient = self.call(name, left, right)
            return self.wrapped(quotient, type) if type in _INTEGERS else quotient
        value = self.binary(left, op, right)
        return self.wrapped(value, type) if type in _INTEGERS else value

    def _arithmetic(self, node: typed.Arithmetic) -> ast.expr:
        return self.arithmetic(node.op, node.type, self.expr(node.left), self.expr(node.right))

    def _negate(self, node: typed.Negate) -> ast.expr:
        value = self.negative(self.expr(node.operand))
        return self.wrapped(value, node.type) if node.type in _INTEGERS else value

    def _not(self, node: typed.Not) -> ast.expr:
        return self.negated(self.truth(node.operand))

    def _complement(self, node: typed.Complement) -> ast.expr:
        return self.inverse(self.expr(node.operand))

    def text(self, node: typed.Expr) -> ast.expr:
        """The text of a part of a concatenation."""
        if isinstance(node, typed.Literal) and node.type is model.STRING and node.value is not None:
            return self.const(node.value)
        value = self.expr(node)
        if node.type is model.STRING and self.sure(node):
            return value
        return self.call("_text", value)

    def _concat(self, node: typed.Concat) -> ast.expr:
        value = self.joined([self.text(part) for part in node.parts])
        return self.limited(value)

    def limited(self, value: ast.expr) -> ast.expr:
        """A String, refused when it is longer than a String may be."""
        return self.choose(
            self.compare(self.call("len", self.walrus("t", value)), "<=", self.const(6_000_000)),
            self.name("t"),
            self.call("_too_long"),
        )

    def bits(self, op: str, left: ast.expr, right: ast.expr) -> ast.expr:
        """``& | ^``."""
        return self.binary(left, op, right)

    def _bits(self, node: typed.Bits) -> ast.expr:
        return self.bits(node.op, self.expr(node.left), self.expr(node.right))

    def shift(self, op: str, type: Type, left: ast.expr, right: ast.expr) -> ast.expr:
        """``<< >> >>>`` with the count masked."""
        return self.call({"<<": "_shl", ">>": "_shr", ">>>": "_ushr"}[op], left, right, self.const(type is model.LONG))

    def _shift(self, node: typed.Shift) -> ast.expr:
        return self.shift(node.op, node.type, self.expr(node.left), self.expr(node.right))

    def _logical(self, node: typed.Logical) -> ast.expr:
        line = self.line
        first, *rest = node.operands
        values = [self.truth(first), *(self.branch(operand, line, self.truth) for operand in rest)]
        return self.all(values) if node.op == "&&" else self.any(values)

    def _compare(self, node: typed.Compare) -> ast.expr:
        left, right = self.expr(node.left), self.expr(node.right)
        if node.left.type is model.STRING and node.right.type is model.STRING:
            return self.call("_order_texts", left, right, self.const(node.op))
        if self.sure(node.left) and self.sure(node.right):
            return self.compare(left, node.op, right)
        if self._simple(node.left) and self._simple(node.right):
            none = self.const(None)
            tests = [
                self.compare(self.expr(side), "is not", none) for side in (node.left, node.right) if not self.sure(side)
            ]
            return self.all([*tests, self.compare(left, node.op, right)])
        return self.call("_order", left, right, self.const(node.op))

    def _simple(self, node: typed.Expr) -> bool:
        return isinstance(node, (typed.Local, typed.Literal, typed.Hole)) or self.sure(node)

    def _equal(self, node: typed.Equal) -> ast.expr:
        one, other = node.left, node.right
        left, right = self.expr(one), self.expr(other)
        if _is_null(one) or _is_null(other):
            return self.compare(left, "is not" if node.negated else "is", right)
        kinds = (one.type, other.type)
        if node.identity:
            same = self.call("_identical", left, right)
        elif model.ID in kinds:
            same = self.call("_same_id", left, right)
        elif kinds == (model.STRING, model.STRING):
            same = self.call("_same_text", left, right)
        elif (kinds[0] in _PLAIN_EQUAL and kinds[1] in _PLAIN_EQUAL) or kinds == (model.BOOLEAN, model.BOOLEAN):
            return self.compare(left, "!=" if node.negated else "==", right)
        else:
            same = self.call("_equals", left, right)
        return self.negated(same) if node.negated else same

    def _ternary(self, node: typed.Ternary) -> ast.expr:
        line = self.line
        return self.choose(self.truth(node.condition), self.branch(node.yes, line), self.branch(node.no, line))

    def lenient(self, node: typed.Expr) -> ast.expr:
        """An expression for which a query without rows gives null."""
        if isinstance(node, typed.Convert) and node.kind == "row":
            line = self.line
            self.line = line_of(node.pos) or line
            value = self._convert(node, lenient=True)
            self.line = line
            return value
        return self.expr(node)

    def _coalesce(self, node: typed.Coalesce) -> ast.expr:
        left = self.lenient(node.left)
        right = self.branch(node.right, self.line)
        present = self.compare(self.walrus("t", left), "is not", self.const(None))
        return self.choose(present, self.name("t"), right)

    def _safe_navigation(self, node: typed.SafeNavigation) -> ast.expr:
        hole = f"h{node.hole.number}"
        receiver = self.compare(self.walrus(hole, self.lenient(node.receiver)), "is", self.const(None))
        return self.choose(receiver, self.const(None), self.branch(node.rest, self.line))

    # ------------------------------------------------------------------ assignment

    def store(self, target: typed.Expr, value: ast.expr) -> ast.expr:
        """An assignment as an expression with the value."""
        if isinstance(target, typed.Local):
            return self.walrus(names.local(target.symbol), value)
        if isinstance(target, typed.FieldAccess):
            return self.call(
                "_set_field", self.expr(target.target), self.const(names.instance_field(target.field)), value
            )
        if isinstance(target, typed.StaticField):
            return self.store_static(target.field, value)
        if isinstance(target, typed.SObjectField):
            return self.method(self.expr(target.target), "write", self.const(target.field.name), value)
        if isinstance(target, typed.SObjectParent):
            return self.method(self.expr(target.target), "write", self.const(target.name), value)
        if isinstance(target, typed.Index):
            return self.call("_set_index", self.expr(target.target), self.expr(target.index), value)
        if isinstance(target, typed.PropertyAccess):
            return self._store_property(target, value)
        if isinstance(target, typed.PlatformValue):
            return self._store_platform(target, value)
        if isinstance(target, (typed.SafeNavigation, typed.Convert, typed.Cast)):
            raise ValueError("not assignable")
        raise ValueError(f"assignment to {target.__class__.__name__}")

    def store_static(self, field: FieldSymbol, value: ast.expr) -> ast.expr:
        """An assignment to a static field."""
        name = self.static(field)
        self.scope.shared.add(name)
        if self.initialised(field.owner):
            return self.walrus(name, value)
        q = names.of_class(field.owner)
        return self.last(self.call("_static", self.const(q), self.const("i:" + q)), self.walrus(name, value))

    def _store_property(self, target: typed.PropertyAccess, value: ast.expr) -> ast.expr:
        field = target.field
        plain = self.storage(target)
        if plain is not None:
            self.used(field)
            return self.store(plain, value)
        setter = names.accessor(field, "set")
        temporary = self.temporary()
        given = self.walrus(temporary, value)
        if target.target is None:
            self.use(field.owner)
            done = self.call(setter, given)
        elif target.direct:
            done = self.call(setter, self.expr(target.target), given)
        else:
            done = self.method(self.expr(target.target), names.accessor_attribute(field, "set"), given)
        return self.last(done, self.name(temporary))

    def _store_platform(self, target: typed.PlatformValue, value: ast.expr) -> ast.expr:
        declared = target.property
        found = registry.find_setter(declared.owner.key, declared.name)
        if found is not None:
            temporary = self.temporary()
            arguments = [self.name("_x")] if found.context else []
            if target.target is not None:
                arguments.append(self.present(target.target))
            arguments.append(self.walrus(temporary, value))
            return self.last(self.call(self.constant("native", found.key), *arguments), self.name(temporary))
        if target.target is None:
            return self.call("_missing", self.const(f"assignment to {declared.owner.key}.{declared.name}"))
        return self.call("_set_field", self.expr(target.target), self.const(declared.name), value)

    def _assign(self, node: typed.Assign) -> ast.expr:
        return self.store(node.target, self.expr(node.value))

    def held(self, target: typed.Expr) -> typed.Expr | _Held:
        """A target whose parts are evaluated once: they are put into temporaries by the returned node's first use."""
        inner = getattr(target, "target", None)
        simple = inner is None or isinstance(inner, (typed.This, typed.Local, typed.Hole))
        if isinstance(target, typed.Index):
            simple = simple and isinstance(target.index, (typed.Local, typed.Literal, typed.Hole))
        return target if simple else _Held.of(self, target)

    def _compound(self, node: typed.CompoundAssign) -> ast.expr:
        target = self.held(node.target)
        before = target.prepare if isinstance(target, _Held) else []
        place = target.node if isinstance(target, _Held) else target
        kind = node.operation
        old: ast.expr
        if kind is model.STRING:
            value = self.limited(self.joined([self.text(place), self.text(node.value)]))
        else:
            old = self.expr(place)
            if place.type is not kind and kind in (model.DOUBLE, model.DECIMAL):
                old = self.converted(place.type, kind, "number", old)
            right = self.expr(node.value)
            if node.op in ("&", "|", "^"):
                value = self.bits(node.op, old, right)
            elif node.op in ("<<", ">>", ">>>"):
                value = self.shift(node.op, kind, old, right)
            else:
                value = self.arithmetic(node.op, kind, old, right)
        if kind is not place.type and place.type in (model.DOUBLE, model.DECIMAL) and kind in (
            model.INTEGER, model.LONG, model.DOUBLE, model.DECIMAL,
        ):  # fmt: skip
            value = self.converted(kind, place.type, "number", value)
        stored = self.store(place, value)
        return self.last(*before, stored) if before else stored

    def _increment(self, node: typed.Increment) -> ast.expr:
        target = self.held(node.target)
        before = target.prepare if isinstance(target, _Held) else []
        place = target.node if isinstance(target, _Held) else target
        one: ast.expr = self.const(abs(node.by))
        if place.type is model.DECIMAL:
            one = self.constant("decimal", "1")
        operator = "+" if node.by > 0 else "-"
        if node.prefix:
            result = self.store(place, self.arithmetic(operator, place.type, self.expr(place), one))
        else:
            temporary = self.temporary()
            old = self.walrus(temporary, self.expr(place))
            done = self.store(place, self.arithmetic(operator, place.type, old, one))
            result = self.last(done, self.name(temporary))
        return self.last(*before, result) if before else result


class _Held:
    """An assignment target whose receiver and index were evaluated into temporaries."""

    def __init__(self, node: typed.Expr, prepare: list[ast.expr]) -> None:
        self.node, self.prepare = node, prepare
        self.type = node.type

    @classmethod
    def of(cls, writer: Operations, target: typed.Expr) -> typed.Expr | _Held:
        """Evaluate the parts of a target into holes."""
        prepare: list[ast.expr] = []

        def hold(part: typed.Expr) -> typed.Expr:
            writer.scope.temporaries += 1
            number = -writer.scope.temporaries
            prepare.append(writer.walrus(f"h{number}", writer.expr(part)))
            return typed.Hole(part.pos, part.type, number)

        if isinstance(target, typed.Index):
            return cls(typed.Index(target.pos, target.type, hold(target.target), hold(target.index)), prepare)
        if isinstance(target, typed.FieldAccess):
            return cls(typed.FieldAccess(target.pos, target.type, hold(target.target), target.field), prepare)
        if isinstance(target, typed.SObjectField):
            return cls(typed.SObjectField(target.pos, target.type, hold(target.target), target.field), prepare)
        if isinstance(target, typed.PropertyAccess) and target.target is not None:
            held = typed.PropertyAccess(target.pos, target.type, hold(target.target), target.field, target.direct)
            return cls(held, prepare)
        if isinstance(target, typed.PlatformValue) and target.target is not None:
            return cls(typed.PlatformValue(target.pos, target.type, hold(target.target), target.property), prepare)
        return target


def _is_null(node: typed.Expr) -> bool:
    while isinstance(node, typed.Convert):
        node = node.operand
    return isinstance(node, typed.Literal) and node.value is None


WRITERS.update(
    {
        typed.Negate: Operations._negate,
        typed.Not: Operations._not,
        typed.Complement: Operations._complement,
        typed.Arithmetic: Operations._arithmetic,
        typed.Concat: Operations._concat,
        typed.Bits: Operations._bits,
        typed.Shift: Operations._shift,
        typed.Logical: Operations._logical,
        typed.Compare: Operations._compare,
        typed.Equal: Operations._equal,
        typed.Ternary: Operations._ternary,
        typed.Coalesce: Operations._coalesce,
        typed.SafeNavigation: Operations._safe_navigation,
        typed.Assign: Operations._assign,
        typed.CompoundAssign: Operations._compound,
        typed.Increment: Operations._increment,
    }
)
