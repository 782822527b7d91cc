"""Operators: which kinds they join, and how. Blanks follow the three-valued logic of the formula engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from orgwright.localorg.formula import moments, numeric, problem
from orgwright.localorg.formula.part import Compiling, Part, Run, expect
from orgwright.localorg.formula.tree import Chain, Unary
from orgwright.localorg.formula.values import NUMBERS

Work = Callable[[Any, Any], Any]
_SHOWN = ("number", "date", "datetime")
_COMPARABLE = ("number", "date", "datetime", "time", "text")


def unary(part: Part, node: Unary) -> Part:
    """A sign, a negation, or parentheses."""
    run = part.run
    if node.operator == "()":
        return Part(part.kind, run, node)
    if node.operator == "!":
        expect("NOT", part, "boolean")
        return Part("boolean", lambda env: None if (v := run(env)) is None else not v, node)
    expect(node.operator, part, "number")
    if node.operator == "+":
        return Part("number", run, node)
    return Part("number", lambda env: None if (v := run(env)) is None else -v, node)


def chain(compiler: Compiling, node: Chain) -> Part:
    """Operands from left to right."""
    if node.rest[0][0] in ("&&", "||"):
        return _logic(compiler, node)
    first = compiler.plain(node.first)
    kind = first.kind
    works: list[tuple[Work, Run, bool]] = []
    for sign, operand in node.rest:
        right = compiler.plain(operand)
        kind, work, blanks = _binary(sign, kind, right.kind)
        works.append((work, right.run, blanks))
    return Part(kind, _folded(first.run, works), node)


def _folded(first: Run, works: Sequence[tuple[Work, Run, bool]]) -> Run:
    if len(works) == 1:
        work, other, blanks = works[0]
        return _pair(work, first, other, blanks)

    def run(env: Sequence[Any]) -> Any:
        value = first(env)
        for work, other, blanks in works:
            right = other(env)
            value = None if not blanks and (value is None or right is None) else work(value, right)
        return value

    return run


def _pair(work: Work, left: Run, right: Run, blanks: bool) -> Run:
    def run(env: Sequence[Any]) -> Any:
        one, two = left(env), right(env)
        if not blanks and (one is None or two is None):
            return None
        return work(one, two)

    return run


def _logic(compiler: Compiling, node: Chain) -> Part:
    sign = node.rest[0][0]
    parts = [expect(sign, compiler.plain(one), "boolean") for one in (node.first, *(n for _, n in node.rest))]
    return Part("boolean", all_of(parts) if sign == "&&" else any_of(parts), node)


def all_of(parts: Sequence[Part]) -> Run:
    """Whether all are true; what follows a false or blank one is not looked at."""
    runs = tuple(part.run for part in parts)
    return lambda env: all(run(env) is True for run in runs)


def any_of(parts: Sequence[Part]) -> Run:
    """Whether any is true."""
    runs = tuple(part.run for part in parts)
    return lambda env: any(run(env) is True for run in runs)


def _binary(sign: str, left: str, right: str) -> tuple[str, Work, bool]:
    """The result's kind, the work, and whether the work itself looks at blanks."""
    if sign == "&":
        for kind in (left, right):
            if kind not in ("text", "null"):
                raise problem.wrong_type(sign, ("text",), kind)
        return "text", joined, True
    if sign in ("+", "-"):
        return _sum(sign, left, right)
    if sign in ("=", "<>"):
        if left != right and "null" not in (left, right):
            raise problem.wrong_type(sign, (left,), right)
        text = "text" in (left, right)
        same = equal_text if text else lambda one, two: one == two
        return "boolean", same if sign == "=" else lambda one, two: not same(one, two), text
    if sign in ("<", ">", "<=", ">="):
        work, text = _comparison(sign, left, right), "text" in (left, right)
        return "boolean", _ordered_text(work) if text else work, text
    for kind in (left, right):
        if kind not in ("number", "null"):
            raise problem.wrong_type(sign, ("number",), kind)
    work = {"*": NUMBERS.multiply, "/": NUMBERS.divide, "^": numeric.power}[sign]
    return "number", work, False


def _ordered_text(work: Work) -> Work:
    """A blank text is neither before nor after another."""
    return lambda one, two: one is not None and two is not None and work(one, two)


def _comparison(sign: str, left: str, right: str) -> Work:
    if left != right and "null" not in (left, right):
        raise problem.wrong_type(sign, (left,), right)
    for kind in (left, right):
        if kind not in _COMPARABLE and kind != "null":
            raise problem.wrong_type(sign, _SHOWN, kind)
    works: dict[str, Work] = {
        "<": lambda one, two: one < two,
        ">": lambda one, two: one > two,
        "<=": lambda one, two: one <= two,
        ">=": lambda one, two: one >= two,
    }
    return works[sign]


def _sum(sign: str, left: str, right: str) -> tuple[str, Work, bool]:
    plus = sign == "+"
    one, two = ("number" if left == "null" else left), ("number" if right == "null" else right)
    if left == "null" and right in ("text", "date", "datetime"):
        one = "text" if right == "text" else "number"
    if right == "null" and left == "text":
        two = "text"
    if one == two == "number":
        return "number", NUMBERS.add if plus else NUMBERS.subtract, False
    if one == two == "text" and plus:
        return "text", joined, True
    if one in ("date", "datetime") and two == "number":
        return one, moments.plus_days if plus else lambda day, n: moments.plus_days(day, -n), False
    if one == "number" and two in ("date", "datetime") and plus:
        return two, lambda n, day: moments.plus_days(day, n), False
    if one == two and one in ("date", "datetime") and not plus:
        return "number", moments.days_between, False
    if one == "time" and two == "number":
        return "time", moments.plus_milliseconds if plus else lambda t, n: moments.plus_milliseconds(t, -n), False
    if one == two == "time" and not plus:
        return "number", _between_times, False
    wrong = left if left not in (*_SHOWN, "time", "null") else right
    raise problem.wrong_type(sign, _SHOWN, wrong)


def _between_times(later: dt.time, earlier: dt.time) -> Decimal:
    day = int(moments.MILLISECONDS)
    return Decimal((moments.milliseconds_of(later) - moments.milliseconds_of(earlier)) % day)


def joined(left: str | None, right: str | None) -> str | None:
    """Text after text; a blank adds nothing."""
    if left is None or right is None:
        return right if left is None else left
    if len(left) + len(right) > 100_000:
        raise problem.FormulaError("the text is too long")
    return left + right


def equal_text(left: str | None, right: str | None) -> bool:
    """Whether two texts are the same; a blank is the empty text."""
    return (left or "") == (right or "")
