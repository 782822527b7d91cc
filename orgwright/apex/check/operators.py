"""Operators: arithmetic, comparison, logic, assignment, ternary and null coalescing."""

from __future__ import annotations

from orgwright.apex.check import typed
from orgwright.apex.check.base import ExpressionBase
from orgwright.apex.check.report import Problem
from orgwright.apex.syntax import tree
from orgwright.apex.types.conversion import NUMBERS
from orgwright.apex.types.model import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    DOUBLE,
    ID,
    INTEGER,
    LONG,
    NULL,
    OBJECT,
    STRING,
    TIME,
    VOID,
    PlatformType,
    Primitive,
    SObjectType,
    Type,
    UserType,
    is_list,
)

_WHOLE = (INTEGER, LONG)
_TEMPORAL: dict[Type, tuple[tuple[Type, ...], str]] = {
    DATE: (_WHOLE, "Date expressions must use Integer or Long"),
    DATETIME: ((INTEGER, LONG, DOUBLE, DECIMAL), "Date/time expressions must use Integer or Double or Decimal"),
    TIME: (_WHOLE, "Time expressions must use Integer or Long"),
}
_ORDERED = frozenset((STRING, ID, DATE, DATETIME, TIME, BOOLEAN))
ARITHMETIC = "Arithmetic expressions must use numeric arguments"


class OperatorChecker(ExpressionBase):
    """Typed nodes for everything with an operator."""

    # ------------------------------------------------------------------------------------------- binary
    def binary(self, node: tree.Binary) -> typed.Expr:
        """A binary expression; long chains to the left are walked in a loop."""
        spine: list[tree.Binary] = []
        leftmost: tree.Expr = node
        while isinstance(leftmost, tree.Binary):
            spine.append(leftmost)
            leftmost = leftmost.left
        left = self.expr(leftmost)
        while spine:
            step = spine.pop()
            left = self.operation(step.op, left, self.expr(step.right), step.pos)
        return left

    def operation(self, op: str, left: typed.Expr, right: typed.Expr, pos: int) -> typed.Expr:
        """One binary operation."""
        self.value(left)
        self.value(right)
        if op == "+" and (left.type is STRING or right.type is STRING):
            return self.concat(left, right, pos)
        if op in ("+", "-", "*", "/"):
            return self.arithmetic(op, left, right, pos)
        if op in ("&&", "||"):
            return self.logical(op, left, right, pos)
        if op in ("==", "!=", "===", "!=="):
            return self.equality(op, left, right, pos)
        if op in ("<", ">", "<=", ">="):
            return self.ordering(op, left, right, pos)
        if op in ("&", "|", "^"):
            return self.bits(op, left, right, pos)
        if op == "??":
            return self.coalesce(left, right, pos)
        return self.shift(op, left, right, pos)

    def concat(self, left: typed.Expr, right: typed.Expr, pos: int) -> typed.Expr:
        """String concatenation; chains become one node."""
        if isinstance(left, typed.Concat):
            left.parts += (right,)
            return left
        return typed.Concat(pos, STRING, (left, right))

    def arithmetic(self, op: str, left: typed.Expr, right: typed.Expr, pos: int) -> typed.Expr:
        """Numbers, and dates plus or minus numbers."""
        temporal = _TEMPORAL.get(left.type)
        if temporal and op in ("+", "-"):
            if right.type not in temporal[0]:
                raise Problem(pos, temporal[1])
            return typed.Arithmetic(pos, left.type, op, left, right)  # type: ignore[arg-type]
        wide = self.wider(left.type, right.type)
        if wide is None:
            raise Problem(pos, ARITHMETIC)
        return typed.Arithmetic(pos, wide, op, self.number(left, wide), self.number(right, wide))  # type: ignore[arg-type]

    def wider(self, left: Type, right: Type) -> Type | None:
        """The common type of two numbers; None when one is none."""
        a, b = NUMBERS.get(left), NUMBERS.get(right)
        if a is None or b is None:
            return None
        return left if a >= b else right

    def number(self, value: typed.Expr, target: Type) -> typed.Expr:
        """A number widened."""
        return value if value.type is target else typed.Convert(value.pos, target, value, "number")

    def logical(self, op: str, left: typed.Expr, right: typed.Expr, pos: int) -> typed.Expr:
        """``&&`` and ``||``; chains of one operator become one node."""
        for side in (left, right):
            if side.type is not BOOLEAN:
                raise Problem(side.pos, "Logical operator can only be applied to Boolean")
        if isinstance(left, typed.Logical) and left.op == op:
            left.operands += (right,)
            return left
        return typed.Logical(pos, BOOLEAN, op, (left, right))  # type: ignore[arg-type]

    def equality(self, op: str, left: typed.Expr, right: typed.Expr, pos: int) -> typed.Expr:
        """``== != === !==``."""
        identity = len(op) == 3
        a, b = left.type, right.type
        if identity:
            values = [t for t in (a, b) if isinstance(t, Primitive) and t is not OBJECT]
            named = [t for t in values if t is not NULL]
            if len(values) == 2 and named:
                raise Problem(pos, f"Exact equality operator only allowed for reference types: {named[0].name}")
        if not self.conversions.comparable(a, b) and not self._related(a, b):
            row_left, row_right = self.row(left), self.row(right)
            if row_left and self.conversions.comparable(row_left.type, b):
                left = row_left
            elif row_right and self.conversions.comparable(a, row_right.type):
                right = row_right
            else:
                raise Problem(pos, f"Comparison arguments must be compatible types: {a.name}, {b.name}")
        wide = self.wider(a, b)
        if wide is not None:
            left, right = self.number(left, wide), self.number(right, wide)
        return typed.Equal(pos, BOOLEAN, op[0] == "!", identity, left, right)

    def _related(self, a: Type, b: Type) -> bool:
        """Interfaces and collections whose values could be the same object."""
        if isinstance(a, UserType | PlatformType) and isinstance(b, UserType | PlatformType):
            return self.conversions.castable(a, b)
        return False

    def ordering(self, op: str, left: typed.Expr, right: typed.Expr, pos: int) -> typed.Expr:
        """``< > <= >=``."""
        a, b = left.type, right.type
        wide = self.wider(a, b)
        if wide is not None:
            left, right = self.number(left, wide), self.number(right, wide)
        else:
            for side, other in ((a, b), (b, a)):
                if side is NULL:
                    continue
                if (side not in _ORDERED and side not in NUMBERS) or (side is BOOLEAN and other is BOOLEAN):
                    raise Problem(pos, f"Inequality operator not allowed for this type: {side.name}")
            if not self.conversions.comparable(a, b):
                raise Problem(pos, f"Comparison arguments must be compatible types: {a.name}, {b.name}")
            if {a, b} == {DATE, DATETIME}:
                left = self.convert(left, DATETIME, pos)
                right = self.convert(right, DATETIME, pos)
        return typed.Compare(pos, BOOLEAN, op, left, right)  # type: ignore[arg-type]

    def bits(self, op: str, left: typed.Expr, right: typed.Expr, pos: int) -> typed.Expr:
        """``& | ^``."""
        a, b = left.type, right.type
        if a is BOOLEAN and b is BOOLEAN:
            return typed.Bits(pos, BOOLEAN, op, left, right)  # type: ignore[arg-type]
        if a in _WHOLE and b in _WHOLE:
            wide = LONG if LONG in (a, b) else INTEGER
            return typed.Bits(pos, wide, op, self.number(left, wide), self.number(right, wide))  # type: ignore[arg-type]
        raise Problem(
            pos, f"{op} operator can only be applied to Boolean expressions or to Integer or Long expressions"
        )

    def shift(self, op: str, left: typed.Expr, right: typed.Expr, pos: int) -> typed.Expr:
        """``<< >> >>>``."""
        if left.type not in _WHOLE or right.type not in _WHOLE:
            raise Problem(pos, f"{op} operation can only be applied to Integer or Long types")
        return typed.Shift(pos, left.type, op, left, right)  # type: ignore[arg-type]

    def coalesce(self, left: typed.Expr, right: typed.Expr, pos: int) -> typed.Expr:
        """``left ?? right``; a query beside ``null`` is its only record."""
        if right.type is NULL:
            left = self.row(left) or left
        common = self.common(left, right, pos, "Incompatible types in null coalescing operator: {}, {}")
        return typed.Coalesce(pos, common[0].type, common[0], common[1])

    def common(self, left: typed.Expr, right: typed.Expr, pos: int, wording: str) -> tuple[typed.Expr, typed.Expr]:
        """Both values as one type: the wider number, or the type of the side that the other converts to."""
        a, b = left.type, right.type
        if a is b:
            return left, right
        wide = self.wider(a, b)
        if wide is not None:
            return self.number(left, wide), self.number(right, wide)
        if a is NULL:
            return typed.Literal(left.pos, b, None) if isinstance(left, typed.Literal) else left, right
        if b is NULL:
            return left, typed.Literal(right.pos, a, None) if isinstance(right, typed.Literal) else right
        if isinstance(a, SObjectType) and isinstance(b, SObjectType) and self.world.sobject_base in (a, b):
            return (left, _typed(right, a)) if a is self.world.sobject_base else (_typed(left, b), right)
        if self.conversions.assign(b, a) is not None:
            return left, _typed(self.convert(right, a, pos), a)
        if self.conversions.assign(a, b) is not None:
            return _typed(self.convert(left, b, pos), b), right
        for one, other, swap in ((left, right, False), (right, left, True)):
            row = self.row(one)
            if row is not None and self.conversions.comparable(row.type, other.type):
                return (other, row) if swap else (row, other)
        raise Problem(pos, wording.format(a.name, b.name))

    def ternary(self, node: tree.Ternary) -> typed.Expr:
        """``c ? a : b``."""
        condition = self.condition(node.condition)
        yes, no = self.expr(node.yes), self.expr(node.no)
        self.value(yes)
        self.value(no)
        yes, no = self.common(yes, no, node.pos, "Incompatible types in ternary operator: {}, {}")
        kind = no.type if yes.type is NULL else yes.type
        return typed.Ternary(node.pos, kind, condition, yes, no)

    def condition(self, node: tree.Expr) -> typed.Expr:
        """A condition: must be Boolean."""
        value = self.expr(node)
        if value.type is not BOOLEAN:
            raise Problem(value.pos, f"Condition expression must be of type Boolean: {value.type.name}")
        return value

    # -------------------------------------------------------------------------------------------- unary
    def unary(self, node: tree.Unary) -> typed.Expr:
        """Prefix operators."""
        if node.op in ("++", "--"):
            return self.increment(node, node.operand, 1 if node.op == "++" else -1, True)
        operand = self.expr(node.operand)
        kind = operand.type
        if node.op == "!":
            if kind is not BOOLEAN:
                raise Problem(node.pos, "! operator can only be applied to boolean expressions")
            return typed.Not(node.pos, BOOLEAN, operand)
        if node.op == "~":
            if kind not in _WHOLE:
                raise Problem(node.pos, "~ operation can only be applied to Integer or Long types")
            return typed.Complement(node.pos, kind, operand)
        if kind not in NUMBERS and not (node.op == "+" and kind is STRING):
            raise Problem(node.pos, "Unary negation must use a numeric argument")
        return typed.Negate(node.pos, kind, operand) if node.op == "-" else operand

    def postfix(self, node: tree.Postfix) -> typed.Expr:
        """``x++`` and ``x--``."""
        return self.increment(node, node.operand, 1 if node.op == "++" else -1, False)

    def increment(self, node: tree.Expr, operand: tree.Expr, by: int, prefix: bool) -> typed.Expr:
        """Both forms of ``++`` and ``--``."""
        target = self.target(operand)
        self.check_getter(target, operand.pos)
        if target.type not in NUMBERS:
            where = "prefix" if prefix else "postfix"
            raise Problem(
                node.pos,
                f"Unary {where} increment/decrement can only be applied to numeric expressions: {target.type.name}",
            )
        return typed.Increment(node.pos, target.type, target, by, prefix)

    # --------------------------------------------------------------------------------------- assignment
    def assign(self, node: tree.Assign) -> typed.Expr:
        """``=`` and the compound forms."""
        target = self.target(node.target)
        value = self.expr(node.value)
        self.value(value, target.type)
        if node.op == "=":
            return typed.Assign(node.pos, target.type, target, self.convert(value, target.type, node.pos))
        return self.compound(node.pos, target, node.op[:-1], value)

    def compound(self, pos: int, target: typed.Expr, op: str, value: typed.Expr) -> typed.Expr:
        """``target op= value``."""
        self.check_getter(target, pos)
        kind = target.type
        operation: Type = kind
        if op == "+" and kind is STRING:
            pass
        elif op in ("<<", ">>", ">>>"):
            self.shift(op, target, value, pos)
        elif op in ("&", "|", "^"):
            operation = self.bits(op, target, value, pos).type
            value = self.number(value, operation) if operation is not BOOLEAN else value
        else:
            result = self.operation(op, target, value, pos)
            operation = result.type
            if isinstance(result, typed.Arithmetic):
                value = result.right
        if self.conversions.assign(operation, kind) is None:
            raise Problem(pos, f"Illegal assignment from {operation.name} to {kind.name}")
        return typed.CompoundAssign(pos, kind, op, target, value, operation)  # type: ignore[arg-type]

    # ------------------------------------------------------------------------------- casts, instanceof
    def cast(self, node: tree.Cast) -> typed.Expr:
        """``(T) x``."""
        target = self.type(node.type)
        operand = self.expr(node.operand)
        self.value(operand, target)
        source = operand.type
        if not self.conversions.castable(source, target):
            row = self.row(operand)
            if row is None or not self.conversions.castable(row.type, target):
                raise Problem(
                    node.pos,
                    f"Incompatible types since an instance of {source.name} is never an instance of {target.name}",
                )
            operand = row
        return typed.Cast(node.pos, target, operand)

    def instance_of(self, node: tree.InstanceOf) -> typed.Expr:
        """``x instanceof T``: must not be decidable."""
        operand = self.expr(node.operand)
        tested = self.type(node.type)
        source = operand.type
        if source is VOID:
            raise Problem(node.pos, "Invalid type: void")
        if source is not OBJECT and source is not NULL:
            # lists of one SObject type and of any convert both ways: what such a list holds shows at run time
            rows = isinstance(tested, PlatformType) and is_list(tested) and isinstance(tested.args[0], SObjectType)
            always = self.conversions.is_subtype(source, tested) and not rows
            if always or not self.conversions.castable(source, tested):
                result, word = ("true", "always") if always else ("false", "never")
                raise Problem(
                    node.pos,
                    f"Operation instanceof is always {result} since an instance of {source.name} is {word} "
                    f"an instance of {tested.name}",
                )
        return typed.InstanceOf(node.pos, BOOLEAN, operand, tested)


def _typed(value: typed.Expr, kind: Type) -> typed.Expr:
    """An upcast that shows in the static type."""
    return value if value.type is kind else typed.Cast(value.pos, kind, value)
