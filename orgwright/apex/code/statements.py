"""Typed statements to Python statements, with the marks of coverage."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from orgwright.apex.check import bodies, typed
from orgwright.apex.code import names
from orgwright.apex.code.analysis import continues_inside_try, is_debug, own_lines
from orgwright.apex.code.operations import Operations
from orgwright.apex.syntax.tree import line_of
from orgwright.apex.types import model
from orgwright.apex.types.model import PlatformType, UserType

SETS_GUARDED = 62
"""The API version since which a loop over a set forbids changes of it."""


class _Loop:
    """A loop around a statement: what ``continue`` must do first, and whether it is a Python loop's own."""

    def __init__(self, update: Callable[[], list[ast.stmt]] | None = None) -> None:
        self.update = update


class Statements(Operations):
    """Writes the statements of one unit."""

    def __init__(self) -> None:
        super().__init__()
        self._loops: list[_Loop] = []
        self.result: str | None = None
        """What a bare ``return`` gives back: ``self`` in a constructor."""

    # ------------------------------------------------------------------ coverage

    def mark(self, lines: Iterable[int]) -> list[ast.stmt]:
        """Mark lines as run."""
        ordered = sorted(line for line in set(lines) if line > 0)
        if not ordered:
            return []
        self.reached(ordered[-1])
        return [self.assign(self.const(1), *[self.item_target(self.name(self.coverage), line) for line in ordered])]

    def properties(self) -> list[ast.stmt]:
        """Mark the automatic properties that were used since they were asked for."""
        targets = [self.item_target(self.name(unit), line) for unit, line in sorted(self.accessed)]
        self.accessed = set()
        return [self.assign(self.const(1), *targets)] if targets else []

    def marked(self, node: bodies.Stmt, *expressions: typed.Expr | None) -> list[ast.stmt]:
        """Mark the line of a statement and those of its expressions."""
        lines = {line_of(node.pos)}
        for expression in expressions:
            if expression is not None:
                lines |= own_lines(expression)
        self.line = line_of(node.pos)
        return self.mark(lines)

    # ------------------------------------------------------------------ dispatch

    def statement(self, node: bodies.Stmt) -> list[ast.stmt]:
        """One statement."""
        self.line = line_of(node.pos) or self.line
        around, self.accessed = self.accessed, set()
        written = _WRITERS[node.__class__](self, node)
        if self.accessed:
            self.line = line_of(node.pos) or self.line
            written = [*self.properties(), *written]
        self.accessed = around
        return written

    def body(self, node: bodies.Stmt | None) -> list[ast.stmt]:
        """A statement as the body of something: never empty."""
        written = self.statement(node) if node is not None else []
        return written or [self.nothing()]

    def _block(self, node: bodies.Block) -> list[ast.stmt]:
        written: list[ast.stmt] = []
        for statement in node.statements:
            written += self.statement(statement)
        return written

    # ------------------------------------------------------------------ simple statements

    def _declare(self, node: bodies.Declare) -> list[ast.stmt]:
        marks = self.marked(node, node.value)
        value = self.expr(node.value) if node.value is not None else self.const(None)
        return [*marks, self.assign(value, self.target(names.local(node.symbol)))]

    def _expression(self, node: bodies.ExprStmt) -> list[ast.stmt]:
        marks = [] if is_debug(node) else self.marked(node, node.expr)
        expr = node.expr
        if isinstance(expr, typed.Assign):
            return [*marks, *self._assignment(expr)]
        if isinstance(expr, typed.Increment) and not expr.prefix:
            expr = typed.Increment(expr.pos, expr.type, expr.target, expr.by, True)
        return [*marks, self.do(self.expr(expr))]

    def _assignment(self, expr: typed.Assign) -> list[ast.stmt]:
        target = expr.target
        if isinstance(target, typed.Local):
            return [self.assign(self.expr(expr.value), self.target(names.local(target.symbol)))]
        if isinstance(target, typed.FieldAccess):
            place = self.attribute_target(self.expr(target.target), names.instance_field(target.field))
            return [self.assign(self.expr(expr.value), place)]
        return [self.do(self.expr(expr))]

    def _return(self, node: bodies.Return) -> list[ast.stmt]:
        marks = self.marked(node, node.value)
        if node.value is not None:
            return [*marks, self.give(self.expr(node.value))]
        return [*marks, self.give(self.name(self.result) if self.result else None)]

    def _throw(self, node: bodies.Throw) -> list[ast.stmt]:
        marks = self.marked(node, node.value)
        return [*marks, self.throw(self.call("_thrown", self.expr(node.value)))]

    def _break(self, node: bodies.Break) -> list[ast.stmt]:
        return [*self.marked(node), self.leave()]

    def _continue(self, node: bodies.Continue) -> list[ast.stmt]:
        marks = self.marked(node)
        update = self._loops[-1].update
        line = self.line
        again = update() if update is not None else []
        self.line = line
        return [*marks, *again, self.next()]

    # ------------------------------------------------------------------ branches

    def _if(self, node: bodies.If) -> list[ast.stmt]:
        otherwise = self.statement(node.otherwise) if node.otherwise is not None else []
        for pos, condition, body in reversed(node.branches):
            self.line = line_of(pos)
            inner = self.body(body)
            self.line = line_of(pos)
            marks = self.mark({line_of(pos)} | own_lines(condition))
            otherwise = [*marks, self.when(self.truth(condition), inner, otherwise)]
        return otherwise

    def _switch(self, node: bodies.Switch) -> list[ast.stmt]:
        marks = self.marked(node, node.subject)
        subject = self.temporary()
        first = self.assign(self.expr(node.subject), self.target(subject))
        written = self._block(node.otherwise) if node.otherwise is not None else []
        for when in reversed(node.whens):
            inner = self._when_body(when, subject)
            self.line = line_of(when.pos)
            tests = self.mark({line_of(when.pos)}.union(*(own_lines(v) for v in when.values)))
            written = [*tests, self.when(self._when_test(when, subject), inner, written)]
        return [*marks, first, *written]

    def _when_body(self, when: bodies.When, subject: str) -> list[ast.stmt]:
        inner = self._block(when.body)
        if when.symbol is not None:
            self.line = line_of(when.pos)
            inner.insert(0, self.assign(self.name(subject), self.target(names.local(when.symbol))))
        return inner or [self.nothing()]

    def _when_test(self, when: bodies.When, subject: str) -> ast.expr:
        if when.tested is not None:
            return self.call("_instance_of", self.name(subject), self.rtype(when.tested))
        tests = []
        for value in when.values:
            inner = value.operand if isinstance(value, typed.Convert) else value
            null = isinstance(inner, typed.Literal) and inner.value is None
            tests.append(self.compare(self.name(subject), "is" if null else "==", self.expr(value)))
        return tests[0] if len(tests) == 1 else self.any(tests)

    # ------------------------------------------------------------------ loops

    def loop_body(self, node: bodies.Stmt | None, loop: _Loop) -> list[ast.stmt]:
        """The body of a loop; its first line is marked in each round, which also stops endless loops."""
        line = self.line
        self._loops.append(loop)
        try:
            inner = self.statement(node) if node is not None else []
        finally:
            self._loops.pop()
        self.line = line
        return [*self.mark({line_of(node.pos) if node is not None else line}), *inner]

    def _while(self, node: bodies.While) -> list[ast.stmt]:
        marks = self.marked(node, node.condition)
        body = self.loop_body(node.body, _Loop())
        return [*marks, self.loop(self.truth(node.condition), body)]

    def _do_while(self, node: bodies.DoWhile) -> list[ast.stmt]:
        first = self.temporary()
        line = self.line
        body = self.loop_body(node.body, _Loop())
        self.line = line_of(node.condition.pos)
        stop = self.negated(self.truth(node.condition))
        leave = [*self.mark(own_lines(node.condition)), self.when(stop, [self.leave()], [])]
        again = self.when(self.name(first), leave, [self.assign(self.const(True), self.target(first))])
        self.line = line
        start = self.assign(self.const(False), self.target(first))
        return [start, self.loop(self.const(True), [again, *body])]

    def _for(self, node: bodies.For) -> list[ast.stmt]:
        lines = {line_of(node.pos)}
        if node.condition is not None:
            lines |= own_lines(node.condition)
        written = self.mark(lines)
        for statement in node.init:
            written += self.statement(statement)
        line = line_of(node.pos)

        def update() -> list[ast.stmt]:
            done: list[ast.stmt] = []
            for expression in node.update:
                done += self.statement(bodies.ExprStmt(expression.pos, expression))
            return done

        self.line = line
        if continues_inside_try(node.body):
            return [*written, *self._for_guarded(node, update)]
        body = [*self.loop_body(node.body, _Loop(update)), *update()]
        self.line = line
        condition = self.truth(node.condition) if node.condition is not None else self.const(True)
        return [*written, self.loop(condition, body)]

    def _for_guarded(self, node: bodies.For, update: Callable[[], list[ast.stmt]]) -> list[ast.stmt]:
        """A ``for`` whose update comes at the start of each round but the first, so that ``finally`` runs before it."""
        first = self.temporary()
        line = self.line
        head = [
            self.when(self.name(first), update() or [self.nothing()], []),
            self.assign(self.const(True), self.target(first)),
        ]
        self.line = line
        if node.condition is not None:
            head.append(self.when(self.negated(self.truth(node.condition)), [self.leave()], []))
        body = self.loop_body(node.body, _Loop())
        return [self.assign(self.const(False), self.target(first)), self.loop(self.const(True), [*head, *body])]

    def _for_each(self, node: bodies.ForEach) -> list[ast.stmt]:
        marks = self.marked(node, node.iterable)
        source = self.expr(node.iterable)
        if node.over == "iterable":
            source = self.call("_iterate", source)
        elif node.over == "set" and self.unit_symbol.api_version < SETS_GUARDED:
            source = self.call("_unguarded", source)
        elif node.over == "batches":
            source = self.call("_batches", source)
        variable = names.local(node.symbol)
        body = self.loop_body(node.body, _Loop())
        if node.convert:
            converted = self.converted(node.element, node.symbol.type, node.convert, self.name(variable))
            body.insert(0, self.assign(converted, self.target(variable)))
        elif node.over != "batches" and self._narrows(node.element, node.symbol.type):
            checked = self.call("_cast", self.name(variable), self.rtype(node.symbol.type))
            body.insert(0, self.assign(checked, self.target(variable)))
        return [*marks, self.each(variable, source, body)]

    @staticmethod
    def _narrows(element: model.Type, target: model.Type) -> bool:
        if element is target or target is model.OBJECT:
            return False
        return element is model.OBJECT or (isinstance(element, model.SObjectType) and element.info is None)

    # ------------------------------------------------------------------ exceptions

    def _try(self, node: bodies.Try) -> list[ast.stmt]:
        marks = self.marked(node)
        line = self.line
        body = self.body(node.body)
        handler: list[ast.stmt] = []
        caught = None
        if node.catches:
            self.line = line
            caught = self.temporary()
            handler = self._catches(node, caught)
        if node.final is None:
            self.line = line
            return [*marks, self.guarded(body, caught, handler, [])]
        inner = [self.guarded(body, caught, handler, [])] if caught else body
        return [*marks, *self._finally(inner, node.final, line)]

    def _catches(self, node: bodies.Try, caught: str) -> list[ast.stmt]:
        found = self.temporary()
        written: list[ast.stmt] = [self.throw(self.name(found))]
        for clause in reversed(node.catches):
            self.line = line_of(clause.pos)
            line = self.line
            bind = self.assign(self.name(found), self.target(names.local(clause.symbol)))
            inner = [*self.mark({line, line_of(clause.body.pos)}), bind, *self._block(clause.body)]
            self.line = line
            written = [self.when(self._catch_test(clause, found), inner, written)]
        start = self.assign(self.call("_caught", self.name(caught)), self.target(found))
        return [start, *written]

    def _catch_test(self, clause: bodies.Catch, found: str) -> ast.expr:
        type_ = clause.symbol.type
        if isinstance(type_, UserType):
            self.use(type_.symbol)
            cls = self.name(f"C:{names.of_class(type_.symbol)}")
        else:
            assert isinstance(type_, PlatformType)
            if type_.decl.name == "System.Exception":
                return self.const(True)
            cls = self.constant("class", type_.decl.name)
        return self.call("isinstance", self.name(found), cls)

    def _finally(self, inner: list[ast.stmt], final: bodies.Block, line: int) -> list[ast.stmt]:
        """``finally`` that does not run when something uncatchable passes."""
        passing, error = self.temporary(), self.temporary()
        self.line = line
        note = [
            self.assign(self.call("_uncatchable", self.name(error)), self.target(passing)),
            self.throw(None),
        ]
        start = self.assign(self.const(False), self.target(passing))
        wrapped = self.guarded(inner, error, note, [])
        body = self._block(final)
        self.line = line
        guarded = [self.when(self.negated(self.name(passing)), body or [self.nothing()], [])]
        return [start, self.guarded([wrapped], None, [], guarded)]

    # ------------------------------------------------------------------ the org

    def _dml(self, node: bodies.Dml) -> list[ast.stmt]:
        marks = self.marked(node, node.value, node.other)
        external = self.const(node.external_id.name if node.external_id is not None else None)
        other = self.expr(node.other) if node.other is not None else self.const(None)
        call = self.method(
            self.name("_x"),
            "statement",
            self.const(node.operation),
            self.expr(node.value),
            self.access(node.access),
            external,
            other,
        )
        return [*marks, self.do(call)]

    def _run_as(self, node: bodies.RunAs) -> list[ast.stmt]:
        marks = self.marked(node, *node.args)
        line = self.line
        manager = self.method(self.name("_x"), "run_as", *self.arguments(node.args))
        body = self._block(node.body) or [self.nothing()]
        self.line = line
        return [*marks, self.using(manager, body)]


_WRITERS: dict[type, Callable[[Statements, Any], list[ast.stmt]]] = {
    bodies.Block: Statements._block,
    bodies.Declare: Statements._declare,
    bodies.ExprStmt: Statements._expression,
    bodies.If: Statements._if,
    bodies.While: Statements._while,
    bodies.DoWhile: Statements._do_while,
    bodies.For: Statements._for,
    bodies.ForEach: Statements._for_each,
    bodies.Switch: Statements._switch,
    bodies.Return: Statements._return,
    bodies.Throw: Statements._throw,
    bodies.Break: Statements._break,
    bodies.Continue: Statements._continue,
    bodies.Try: Statements._try,
    bodies.Dml: Statements._dml,
    bodies.RunAs: Statements._run_as,
}
