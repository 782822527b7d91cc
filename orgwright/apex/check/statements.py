"""Statements: declarations, control flow, exceptions, DML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from orgwright.apex.check import bodies, typed
from orgwright.apex.check.queries import ExpressionChecker
from orgwright.apex.check.report import Problem
from orgwright.apex.host import FieldInfo
from orgwright.apex.syntax import tree
from orgwright.apex.types.model import (
    BOOLEAN,
    ID,
    NULL,
    UNKNOWN,
    VOID,
    PlatformType,
    SObjectType,
    Type,
    UserType,
    is_list,
    is_set,
)

MOST_NESTED = 16
"""Python takes 20 blocks within each other; the handlers of the innermost statement need the rest."""

Flow = tuple[bodies.Stmt | None, bool]
"""The typed statement (None when it is in error) and whether the end of the statement can be reached."""

_UNREACHABLE_REFUSED = 31
"""The API version since which statements that cannot be reached are refused."""
_MERGED = frozenset(("Account", "Contact", "Lead", "Case"))
"""The SObject types that can be merged."""


class StatementChecker(ExpressionChecker):
    """Checks statements; errors go to the report, one a statement."""

    statement_handlers: ClassVar[dict[type, Callable[[Any, Any], Flow]]] = {}

    def statement(self, node: tree.Stmt) -> Flow:
        """One statement."""
        depth, loops, nesting = len(self.scopes), self.frame.loops, self.frame.nesting
        try:
            return self.statement_handlers[node.__class__](self, node)
        except Problem as problem:
            self.report.note(self.source, problem)
            del self.scopes[depth:]
            self.frame.loops, self.frame.nesting = loops, nesting
            return None, not isinstance(node, tree.Return | tree.Throw)

    def block(self, node: tree.Block) -> tuple[bodies.Block, bool]:
        """A block with a scope of its own."""
        self.scopes.append({})
        found: list[bodies.Stmt] = []
        reachable = True
        for statement in node.statements:
            if not reachable and self.symbol.api_version >= _UNREACHABLE_REFUSED:
                self.report.add(self.source, statement.pos, "Unreachable statement")
                break
            checked, ends = self.statement(statement)
            reachable = reachable and ends
            if checked is not None:
                if isinstance(checked, bodies.Block) and isinstance(statement, tree.LocalDecl):
                    found.extend(checked.statements)
                else:
                    found.append(checked)
        self.scopes.pop()
        return bodies.Block(node.pos, tuple(found), node.end), reachable

    def nested_block(self, node: tree.Block) -> Flow:
        """A block as a statement."""
        return self.block(node)

    def nested(self, node: tree.Stmt | None) -> Flow:
        """The body of an ``if`` or loop: a scope of its own even without braces."""
        if node is None:
            return None, True
        if isinstance(node, tree.Block):
            return self.block(node)
        self.scopes.append({})
        try:
            return self.statement(node)
        finally:
            self.scopes.pop()

    # ------------------------------------------------------------------------------- declarations
    def locals(self, node: tree.LocalDecl) -> Flow:
        """``T a = 1, b;``: one :class:`bodies.Declare` each, gathered in a block that is dissolved."""
        try:
            kind = self.type(node.type)
            if kind is VOID:
                raise Problem(node.type.pos, "Variables cannot be of type void")
        except Problem as problem:
            self.report.note(self.source, problem)
            kind = UNKNOWN
        for word in node.modifiers.words:
            if word not in ("final", "transient"):
                raise Problem(node.pos, f"{word} is not allowed on local variables")
        final = "final" in node.modifiers.words
        found: list[bodies.Stmt] = []
        for declarator in node.declarators:
            value: typed.Expr | None = None
            try:
                if declarator.value is not None:
                    value = self.expr(declarator.value)
                    self.value(value, kind)
                    if kind is not UNKNOWN:
                        value = self.convert(value, kind, declarator.pos)
            except Problem as problem:
                self.report.note(self.source, problem)
            local = self.declare(declarator.name, kind, declarator.pos, final)
            found.append(bodies.Declare(declarator.pos, local, value))
        if len(found) == 1:
            return found[0], True
        return bodies.Block(node.pos, tuple(found), found[-1].pos), True

    def expression(self, node: tree.ExprStmt) -> Flow:
        """An expression statement."""
        return bodies.ExprStmt(node.pos, self.expr(node.expr)), True

    # ------------------------------------------------------------------------------------ control flow
    def if_(self, node: tree.If) -> Flow:
        """``if`` with its branches."""
        branches: list[tuple[int, typed.Expr, bodies.Stmt]] = []
        ends = False
        for pos, condition, body in node.branches:
            checked: typed.Expr | None = None
            try:
                checked = self.condition(condition)
            except Problem as problem:
                self.report.note(self.source, problem)
            inner, reachable = self.nested(body)
            ends = ends or reachable
            if checked is not None:
                branches.append((pos, checked, inner or bodies.Block(pos, (), pos)))
        otherwise = None
        if node.otherwise is None:
            ends = True
        else:
            otherwise, reachable = self.nested(node.otherwise)
            ends = ends or reachable
        return bodies.If(node.pos, tuple(branches), otherwise), ends

    def loop(self, body: tree.Stmt | None) -> bodies.Stmt | None:
        """The body of a loop."""
        self.frame.loops += 1
        with self.within(body, 1):
            checked, _ = self.nested(body)
        self.frame.loops -= 1
        return checked

    @contextmanager
    def within(self, body: tree.Stmt | None, weight: int) -> Iterator[None]:
        """Check a body whose code stands in that many more of Python's nested blocks; too many cannot be run."""
        self.frame.nesting += weight
        if self.frame.nesting > MOST_NESTED and body is not None:
            raise Problem(body.pos, "Blocks nested this deeply are not supported by the embedded org")
        yield
        self.frame.nesting -= weight

    def while_(self, node: tree.While) -> Flow:
        """``while``."""
        condition = self.condition(node.condition)
        return bodies.While(node.pos, condition, self.loop(node.body)), True

    def do(self, node: tree.DoWhile) -> Flow:
        """``do ... while``."""
        body = self.loop(node.body)
        condition = self.condition(node.condition)
        return bodies.DoWhile(node.pos, body or bodies.Block(node.pos, (), node.pos), condition), True

    def for_(self, node: tree.For) -> Flow:
        """``for (;;)``."""
        self.scopes.append({})
        init: tuple[bodies.Stmt, ...] = ()
        if isinstance(node.init, tree.LocalDecl):
            declared, _ = self.locals(node.init)
            if declared is not None:
                init = declared.statements if isinstance(declared, bodies.Block) else (declared,)
        else:
            init = tuple([bodies.ExprStmt(e.pos, self.expr(e)) for e in node.init])
        condition = self.condition(node.condition) if node.condition is not None else None
        update = tuple([self.expr(e) for e in node.update])
        body = self.loop(node.body)
        self.scopes.pop()
        return bodies.For(node.pos, init, condition, update, body), True

    def for_each(self, node: tree.ForEach) -> Flow:
        """``for (T x : xs)``."""
        kind: Type = UNKNOWN
        iterable: typed.Expr | None = None
        over, element = "list", kind
        convert: str | None = None
        try:
            kind = self.type(node.type)
            iterable = self.expr(node.iterable)
            if node.body is None and isinstance(iterable, typed.Soql):
                raise Problem(node.pos, "Loop with query must provide a statement")
            over, element = self._iteration(iterable, kind)
            convert = self._loop_variable(element, kind, node)
        except Problem as problem:
            self.report.note(self.source, problem)
        self.scopes.append({})
        local = self.declare(node.name, kind, node.name_pos)
        body = self.loop(node.body)
        self.scopes.pop()
        if iterable is None:
            return None, True
        return bodies.ForEach(node.pos, local, iterable, over, element, convert, body), True  # type: ignore[arg-type]

    def _iteration(self, iterable: typed.Expr, kind: Type) -> tuple[str, Type]:
        source = iterable.type
        if isinstance(source, PlatformType) and is_list(source):
            if self.row(iterable) is not None and is_list(kind):
                return "batches", source
            return "query" if isinstance(iterable, typed.Soql) else "list", source.args[0]
        if isinstance(source, PlatformType) and is_set(source):
            return "set", source.args[0]
        for above in self.conversions.supertypes(source):
            if isinstance(above, PlatformType) and above.decl.name == "System.Iterable":
                return "iterable", above.args[0]
        raise Problem(iterable.pos, f"Loop must iterate over collection: {source.name}")

    def _loop_variable(self, element: Type, kind: Type, node: tree.ForEach) -> str | None:
        converted = self.conversions.assign(element, kind)
        if converted is not None:
            return converted or None
        if isinstance(element, SObjectType) and isinstance(kind, SObjectType) and element is self.world.sobject_base:
            return None
        raise Problem(node.pos, f"Invalid loop variable type expected {element.name} was {kind.name}")

    def switch(self, node: tree.Switch) -> Flow:
        """``switch on``."""
        subject = self.expr(node.subject)
        kind = subject.type
        if kind is BOOLEAN or kind is VOID or not self._switchable(kind):
            raise Problem(node.subject.pos, f"{kind.name} is not a valid switch expression type")
        whens: list[bodies.When] = []
        otherwise: bodies.Block | None = None
        ends = False
        seen: set[object] = set()
        for position, when in enumerate(node.whens):
            self.scopes.append({})
            try:
                if not when.values and when.type is None:
                    if position != len(node.whens) - 1:
                        raise Problem(when.pos, "'when else' must be the last when block")
                    otherwise, reachable = self.block(when.body)
                else:
                    branch, reachable = self._when(when, kind, seen)
                    whens.append(branch)
                ends = ends or reachable
            except Problem as problem:
                self.report.note(self.source, problem)
                ends = True
            finally:
                self.scopes.pop()
        return bodies.Switch(node.pos, subject, tuple(whens), otherwise), ends or otherwise is None

    def _switchable(self, kind: Type) -> bool:
        if kind.name in ("Integer", "Long", "String") or isinstance(kind, SObjectType):
            return True
        return self.enum_constants(kind) is not None

    def enum_constants(self, kind: Type) -> tuple[str, ...] | None:
        """The constants of an enum type; None for other types."""
        holder: Any = getattr(kind, "symbol", None) or getattr(kind, "decl", None)
        return holder.constants if holder is not None and holder.kind == "enum" else None

    def _when(self, when: tree.When, kind: Type, seen: set[object]) -> tuple[bodies.When, bool]:
        if when.type is not None:
            tested = self.type(when.type)
            if not isinstance(tested, SObjectType) or not isinstance(kind, SObjectType):
                raise Problem(when.type.pos, f"Invalid type: {when.type}")
            if tested in seen:
                raise Problem(when.pos, f"{tested.name} occurs as more than one when branch for this switch statement")
            seen.add(tested)
            local = self.declare(when.name or "", tested, when.name_pos)
            body, ends = self.block(when.body)
            return bodies.When(when.pos, (), tested, local, body), ends
        values = tuple([self._when_value(value, kind) for value in when.values])
        for value in values:
            key = _constant(value)
            if key in seen:
                raise Problem(value.pos, f"{key} occurs as more than one when branch for this switch statement")
            seen.add(key)
        body, ends = self.block(when.body)
        return bodies.When(when.pos, values, None, None, body), ends

    def _when_value(self, node: tree.Expr, kind: Type) -> typed.Expr:
        constants = self.enum_constants(kind)
        if constants is not None:
            if isinstance(node, tree.Name):
                for ordinal, constant in enumerate(constants):
                    if constant.lower() == node.name.lower():
                        return typed.EnumConstant(node.pos, kind, constant, ordinal)
                raise Problem(node.pos, f"Variable does not exist: {node.name}")
            if isinstance(node, tree.Member):
                raise Problem(node.pos, "Enum value used in 'when expression' should be unqualified")
        value = self.expr(node)
        if not isinstance(value, typed.Literal | typed.Negate | typed.EnumConstant | typed.StaticField):
            raise Problem(node.pos, "'when expression' must be a literal, a constant literal field or enum value")
        if isinstance(value, typed.StaticField) and not value.field.final:
            raise Problem(node.pos, f"Field must be a static final constant: {value.field.name}")
        return self.convert(
            value,
            kind,
            node.pos,
            "{} value in 'when expression' cannot be implicitly converted to the {} type in switch expression",
        )

    def return_(self, node: tree.Return) -> Flow:
        """``return``."""
        wanted = self.frame.returns
        if wanted is None:
            raise Problem(node.pos, "Return must be called from a method")
        if node.value is None:
            if wanted is not VOID and wanted is not UNKNOWN:
                raise Problem(node.pos, f"Missing return statement required return type: {wanted.name}")
            return bodies.Return(node.pos, None), False
        value = self.expr(node.value)
        if wanted is VOID:
            message = (
                "Constructors must not return a value"
                if self.frame.constructor
                else "Void method must not return a value"
            )
            if self.symbol.kind == "trigger":
                message = "Trigger bodies must not return a value"
            raise Problem(node.pos, message)
        return bodies.Return(node.pos, self.convert(value, wanted, node.pos, "Illegal conversion from {} to {}")), False

    def throw(self, node: tree.Throw) -> Flow:
        """``throw``."""
        value = self.expr(node.value)
        if value.type is not NULL and not self.is_exception(value.type):
            raise Problem(node.pos, f"Throw expression must be of type exception: {value.type.name}")
        return bodies.Throw(node.pos, value), False

    def is_exception(self, kind: Type) -> bool:
        """Whether values of that type can be thrown."""
        if isinstance(kind, UserType):
            return kind.symbol.is_exception
        return isinstance(kind, PlatformType) and kind.decl.kind == "exception"

    def break_(self, node: tree.Break) -> Flow:
        """``break``."""
        if not self.frame.loops:
            raise Problem(node.pos, "Break statement must be in loop")
        return bodies.Break(node.pos), False

    def continue_(self, node: tree.Continue) -> Flow:
        """``continue``."""
        if not self.frame.loops:
            raise Problem(node.pos, "Continue statement must be in loop")
        return bodies.Continue(node.pos), False

    def try_(self, node: tree.Try) -> Flow:
        """``try``."""
        around = 0 if node.final is None else 2
        with self.within(node.body, around + (1 if node.catches else 0)):
            body, ends = self.block(node.body)
        caught: list[Type] = []
        catches: list[bodies.Catch] = []
        for clause in node.catches:
            self.scopes.append({})
            kind = self._caught(clause, caught)
            local = self.declare(clause.name, kind, clause.name_pos)
            with self.within(clause.body, around + 2):
                inner, reachable = self.block(clause.body)
            catches.append(bodies.Catch(clause.pos, local, inner))
            ends = ends or reachable
            self.scopes.pop()
        final = None
        if node.final is not None:
            # Python writes the block once for each way out of the statement: the code doubles with each level
            with self.within(node.final, 3):
                final, reachable = self.block(node.final)
            ends = ends and reachable
        return bodies.Try(node.pos, body, tuple(catches), final), ends

    def _caught(self, clause: tree.Catch, caught: list[Type]) -> Type:
        """The type of a catch variable; its faults go to the report."""
        try:
            kind = self.type(clause.type)
            if not self.is_exception(kind):
                raise Problem(clause.type.pos, f"Catch block variable must be of type exception: {kind.name}")
            if any(self.conversions.is_subtype(kind, before) for before in caught):
                raise Problem(clause.type.pos, f"Exception type already caught: {kind.name}")
        except Problem as problem:
            self.report.note(self.source, problem)
            return UNKNOWN
        caught.append(kind)
        return kind

    # --------------------------------------------------------------------------------------------- data
    def dml(self, node: tree.Dml) -> Flow:
        """``insert`` and its kin."""
        value = self.expr(node.value)
        row = self._dml_row(value)
        if row is None:
            raise Problem(node.value.pos, f"DML requires SObject or SObject list type: {value.type.name}")
        self._check_allowed(node, row)
        if node.access == "system" and self.symbol.top.kind == "anonymous":
            raise Problem(node.pos, "Cannot use SYSTEM_MODE access level in anonymous execution of Apex.")
        field = self._upsert_field(node.field, row) if node.field is not None else None
        other = None
        if node.operation == "merge":
            if row is self.world.sobject_base:
                raise Problem(node.pos, "Merge requires a concrete SObject type: SObject")
            if row.name not in _MERGED:
                raise Problem(node.pos, f"Specified type {row.name} cannot be merged")
            assert node.other is not None
            other = self.expr(node.other)
            other_row = self._dml_row(other)
            ids = other.type is ID or (
                isinstance(other.type, PlatformType) and is_list(other.type) and other.type.args[0] is ID
            )
            if other_row is None and not ids:
                raise Problem(node.other.pos, f"DML requires SObject or SObject list type: {other.type.name}")
            if other_row is not None and other_row not in (row, self.world.sobject_base):
                raise Problem(node.other.pos, "Invalid type for duplicate records")
        return bodies.Dml(node.pos, node.operation, value, node.access, field, other), True

    def _dml_row(self, value: typed.Expr) -> SObjectType | None:
        kind = value.type
        if isinstance(kind, PlatformType) and is_list(kind):
            kind = kind.args[0]
        return kind if isinstance(kind, SObjectType) and kind is not self.world.aggregate else None

    def _check_allowed(self, node: tree.Dml, row: SObjectType) -> None:
        """The SObject type must take the operation at all."""
        info = row.info
        if info is None:
            return
        allowed = {
            "insert": info.createable,
            "update": info.updateable,
            "upsert": info.createable or info.updateable,
            "delete": info.deletable,
        }
        if not allowed.get(node.operation, True):
            raise Problem(node.pos, f"DML operation {node.operation.title()} not allowed on {row.name}")

    def _upsert_field(self, ref: tree.TypeRef, row: SObjectType) -> FieldInfo:
        if row.info is None:
            raise Problem(ref.pos, "Upsert with a field specification requires a concrete SObject type")
        name = ref.name.rpartition(".")[2]
        field = row.info.fields.get(name.lower())
        if field is None:
            raise Problem(ref.pos, f"Field does not exist: {name} on {row.name}")
        if not (field.external_id or field.id_lookup or field.type == "id"):
            text = "Invalid field for upsert, must be an External Id custom or standard indexed field"
            raise Problem(ref.pos, f"{text}: {name}")
        return field

    def run_as(self, node: tree.RunAs) -> Flow:
        """``System.runAs``."""
        args = self.args(node.args)
        if len(args) != 1 or args[0].type.name not in ("User", "System.Version"):
            raise Problem(node.pos, "runAs requires a single argument of type 'User' or 'Version'")
        with self.within(node.body, 1):
            body, _ = self.block(node.body)
        return bodies.RunAs(node.pos, args, body), True  # what follows counts as reachable even if the block returns


def _constant(value: typed.Expr) -> object:
    if isinstance(value, typed.Convert):
        return _constant(value.operand)
    if isinstance(value, typed.Literal):
        return "null" if value.value is None else value.value
    if isinstance(value, typed.Negate):
        return ("-", _constant(value.operand))
    if isinstance(value, typed.EnumConstant):
        return value.name
    return value


StatementChecker.statement_handlers = {
    tree.Block: StatementChecker.nested_block,
    tree.LocalDecl: StatementChecker.locals,
    tree.ExprStmt: StatementChecker.expression,
    tree.If: StatementChecker.if_,
    tree.While: StatementChecker.while_,
    tree.DoWhile: StatementChecker.do,
    tree.For: StatementChecker.for_,
    tree.ForEach: StatementChecker.for_each,
    tree.Switch: StatementChecker.switch,
    tree.Return: StatementChecker.return_,
    tree.Throw: StatementChecker.throw,
    tree.Break: StatementChecker.break_,
    tree.Continue: StatementChecker.continue_,
    tree.Try: StatementChecker.try_,
    tree.Dml: StatementChecker.dml,
    tree.RunAs: StatementChecker.run_as,
}
