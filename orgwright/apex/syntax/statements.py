"""The statement half of the parser."""

from __future__ import annotations

from collections.abc import Callable

from orgwright.apex.syntax import tree
from orgwright.apex.syntax.expressions import ExpressionParser
from orgwright.apex.syntax.lexer import END, WORD, ApexSyntaxError, check_identifier
from orgwright.apex.syntax.words import KEYWORDS, MODIFIERS, RESERVED

_EXPRESSION_STATEMENTS = (
    tree.Assign,
    tree.Call,
    tree.ConstructorCall,
    tree.New,
    tree.NewElements,
    tree.NewPairs,
    tree.NewArray,
)


class StatementParser(ExpressionParser):
    """Reads statements and blocks."""

    def block(self) -> tree.Block:
        """``{ ... }``."""
        self.deeper()
        pos = self.expect("{")
        low = self.low
        statements: list[tree.Stmt] = []
        while low[self.i] != "}":
            statements.append(self.statement())
        end = self.pos[self.i]
        self.i += 1
        self.depth -= 1
        return tree.Block(pos, tuple(statements), end)

    def statement(self) -> tree.Stmt:
        """Any statement."""
        i = self.i
        if self.kinds[i] == WORD:
            handler = _STATEMENTS.get(self.low[i])
            if handler is not None:
                found = handler(self)
                if found is not None:
                    return found
            if self.is_declaration(i):
                return self.local(tree.Modifiers(self.pos[i], (), ()))
        elif self.low[i] == "{":
            return self.block()
        elif self.low[i] == ";":
            raise ApexSyntaxError(self.pos[i], "Expecting '}' but was: ';'")
        elif self.low[i] == "@":
            return self.local(self.modifiers())
        elif self.kinds[i] == END:
            raise self.unexpected()
        return self.expression_statement()

    def is_declaration(self, i: int) -> bool:
        """Whether a type and then a name come."""
        kinds, low = self.kinds, self.low
        after = low[i + 1]
        if kinds[i + 1] == WORD:
            return low[i] not in KEYWORDS and after != "instanceof"
        if after in (".", "<", "["):
            end = self.scan_type(i)
            return end > 0 and kinds[end] == WORD and low[end] != "instanceof"
        return False

    def local(self, modifiers: tree.Modifiers) -> tree.Stmt:
        """A declaration of locals with its semicolon."""
        declaration = self.local_declaration(modifiers)
        self.expect(";")
        return declaration

    def local_declaration(self, modifiers: tree.Modifiers) -> tree.LocalDecl:
        """``T a = 1, b``."""
        ref = self.type()
        declarators = [self.declarator(self.variable())]
        while self.low[self.i] == ",":
            self.i += 1
            declarators.append(self.declarator(self.variable()))
        return tree.LocalDecl(declarators[0].pos, modifiers, ref, tuple(declarators))

    def declarator(self, named: tuple[str, int]) -> tree.Declarator:
        """The rest of a declarator."""
        value = None
        if self.low[self.i] == "=":
            self.i += 1
            value = self.expression()
        return tree.Declarator(named[1], named[0], value)

    def variable(self) -> tuple[str, int]:
        """The name of a local, parameter or catch variable, with its position."""
        i = self.i
        low = self.low[i]
        pos = self.pos[i]
        if low in RESERVED:
            if low == "limit":
                raise ApexSyntaxError(pos, "Expecting ';' but was: 'limit'")
            raise ApexSyntaxError(pos, f"Identifier name is reserved: {self.text[i]}")
        name = self.word()
        check_identifier(name, pos)
        return name, pos

    def expression_statement(self) -> tree.Stmt:
        """An expression that may stand alone, or ``System.runAs(...) { }``."""
        i = self.i
        expr = self.expression()
        low = self.low
        if isinstance(expr, tree.Call) and expr.name.lower() == "runas" and low[self.i] == "{":
            return tree.RunAs(self.pos[i], expr.args, self.block())
        self.expect(";")
        ok = isinstance(expr, _EXPRESSION_STATEMENTS) or (
            isinstance(expr, tree.Unary | tree.Postfix) and expr.op in ("++", "--")
        )
        if not ok:
            raise ApexSyntaxError(expr.pos, "Expression cannot be a statement.")
        return tree.ExprStmt(self.pos[i], expr)

    def parenthesised(self) -> tree.Expr:
        """``(condition)``."""
        self.expect("(")
        expr = self.expression()
        self.expect(")")
        return expr

    def loop_body(self) -> tree.Stmt | None:
        """A loop's body; None for a lone semicolon."""
        if self.low[self.i] == ";":
            self.i += 1
            return None
        return self.nested()

    def nested(self) -> tree.Stmt:
        """The statement of an ``if`` or loop: it may be a block."""
        self.deeper()
        statement = self.statement()
        self.depth -= 1
        return statement

    # ------------------------------------------------------------------------ one for each keyword
    def if_(self) -> tree.Stmt:
        """``if``."""
        low = self.low
        first = self.pos[self.i]
        branches: list[tuple[int, tree.Expr, tree.Stmt]] = []
        while True:
            pos = self.pos[self.i]
            self.i += 1
            condition = self.parenthesised()
            branches.append((pos, condition, self.nested()))
            if low[self.i] != "else":
                return tree.If(first, tuple(branches), None)
            self.i += 1
            if low[self.i] != "if":
                return tree.If(first, tuple(branches), self.nested())

    def while_(self) -> tree.Stmt:
        """``while``."""
        pos = self.pos[self.i]
        self.i += 1
        condition = self.parenthesised()
        return tree.While(pos, condition, self.loop_body())

    def do(self) -> tree.Stmt:
        """``do { } while (c);``."""
        pos = self.pos[self.i]
        self.i += 1
        body = self.block()
        self.expect("while")
        condition = self.parenthesised()
        self.expect(";")
        return tree.DoWhile(pos, body, condition)

    def for_(self) -> tree.Stmt:
        """Both kinds of ``for``."""
        pos = self.pos[self.i]
        self.i += 1
        self.expect("(")
        low, kinds = self.low, self.kinds
        end = self.scan_type(self.i)
        if end > 0 and kinds[end] == WORD and low[end + 1] == ":":
            ref = self.type()
            name, name_pos = self.variable()
            self.i += 1
            iterable = self.expression()
            self.expect(")")
            return tree.ForEach(pos, ref, name, name_pos, iterable, self.loop_body())
        init: tree.LocalDecl | tuple[tree.Expr, ...] = ()
        if low[self.i] != ";":
            if low[self.i] in ("final", "@"):
                init = self.local_declaration(self.modifiers())
            elif kinds[self.i] == WORD and self.is_declaration(self.i):
                init = self.local_declaration(tree.Modifiers(self.pos[self.i], (), ()))
            else:
                expressions = [self.expression()]
                while low[self.i] == ",":
                    self.i += 1
                    expressions.append(self.expression())
                init = tuple(expressions)
        self.expect(";")
        condition = None if low[self.i] == ";" else self.expression()
        self.expect(";")
        update = () if low[self.i] == ")" else (self.expression(),)
        self.expect(")")
        return tree.For(pos, init, condition, update, self.loop_body())

    def switch(self) -> tree.Stmt | None:
        """``switch on``."""
        if self.low[self.i + 1] != "on":
            return None
        pos = self.pos[self.i]
        self.i += 2
        subject = self.expression()
        self.expect("{")
        whens: list[tree.When] = []
        while self.low[self.i] != "}":
            if self.low[self.i] != "when":
                raise self.unexpected()
            whens.append(self.when())
        if not whens:
            raise ApexSyntaxError(pos, "Switch statement requires at least one when block")
        self.i += 1
        return tree.Switch(pos, subject, tuple(whens))

    def when(self) -> tree.When:
        """One ``when`` branch."""
        pos = self.pos[self.i]
        self.i += 1
        i = self.i
        if self.low[i] == "else":
            self.i += 1
            return tree.When(pos, (), None, None, pos, self.block())
        end = self.scan_type(i)
        if end > 0 and self.kinds[end] == WORD and self.low[end + 1] == "{":
            ref = self.type()
            name, name_pos = self.variable()
            return tree.When(pos, (), ref, name, name_pos, self.block())
        values = [self.expression()]
        while self.low[self.i] == ",":
            self.i += 1
            values.append(self.expression())
        return tree.When(pos, tuple(values), None, None, pos, self.block())

    def return_(self) -> tree.Stmt:
        """``return``."""
        pos = self.pos[self.i]
        self.i += 1
        value = None if self.low[self.i] == ";" else self.expression()
        self.expect(";")
        return tree.Return(pos, value)

    def throw(self) -> tree.Stmt:
        """``throw``."""
        pos = self.pos[self.i]
        self.i += 1
        value = self.expression()
        self.expect(";")
        return tree.Throw(pos, value)

    def break_(self) -> tree.Stmt:
        """``break``."""
        self.i += 1
        self.expect(";")
        return tree.Break(self.pos[self.i - 2])

    def continue_(self) -> tree.Stmt:
        """``continue``."""
        self.i += 1
        self.expect(";")
        return tree.Continue(self.pos[self.i - 2])

    def try_(self) -> tree.Stmt:
        """``try``."""
        pos = self.pos[self.i]
        self.i += 1
        body = self.block()
        low = self.low
        catches: list[tree.Catch] = []
        while low[self.i] == "catch":
            at = self.pos[self.i]
            self.i += 1
            self.expect("(")
            if low[self.i] == "final":
                self.i += 1
            ref = self.type()
            name, name_pos = self.variable()
            self.expect(")")
            catches.append(tree.Catch(at, ref, name, name_pos, self.block()))
        final = None
        if low[self.i] == "finally":
            self.i += 1
            final = self.block()
        if not catches and final is None:
            raise ApexSyntaxError(pos, "Try block must have at least one catch block or a finally block")
        return tree.Try(pos, body, tuple(catches), final)

    def dml(self) -> tree.Stmt:
        """``insert`` and its kin."""
        i = self.i
        pos, operation = self.pos[i], self.low[i]
        self.i += 1
        low = self.low
        access = None
        if low[self.i] == "as" and low[self.i + 1] in ("user", "system"):
            access = low[self.i + 1]
            self.i += 2
        value = self.expression()
        field = other = None
        if operation == "upsert" and self.kinds[self.i] == WORD:
            field = self.plain_type()
        elif operation == "merge":
            other = self.expression()
        self.expect(";")
        return tree.Dml(pos, operation, value, access, field, other)  # type: ignore[arg-type]

    def final(self) -> tree.Stmt:
        """A local with modifiers."""
        return self.local(self.modifiers())

    # ------------------------------------------------------------------------ modifiers, annotations
    def modifiers(self) -> tree.Modifiers:
        """Modifiers and annotations, possibly none."""
        low = self.low
        pos = self.pos[self.i]
        words: list[str] = []
        annotations: list[tree.Annotation] = []
        while True:
            i = self.i
            word = low[i]
            if word == "@":
                annotations.append(self.annotation())
                continue
            if word not in MODIFIERS or self.kinds[i] != WORD:
                break
            if word in ("with", "without", "inherited"):
                if low[i + 1] != "sharing":
                    break
                word += " sharing"
                self.i += 1
            self.i += 1
            if word in words:
                raise ApexSyntaxError(self.pos[i], "Duplicate modifier")
            words.append(word)
        return tree.Modifiers(pos, tuple(words), tuple(annotations))

    def annotation(self) -> tree.Annotation:
        """``@Name`` or ``@Name(...)``."""
        self.i += 1
        pos = self.pos[self.i]
        if self.kinds[self.i] != WORD:
            raise self.unexpected()
        name = self.text[self.i]
        self.i += 1
        values: dict[str, str] = {}
        kinds: dict[str, type] = {}
        if self.low[self.i] == "(":
            self.i += 1
            while self.low[self.i] != ")":
                self.annotation_value(values, kinds)
                if self.low[self.i] == ",":
                    self.i += 1
            self.i += 1
        booleans = frozenset(key for key, kind in kinds.items() if kind is bool)
        numbers = frozenset(key for key, kind in kinds.items() if kind not in (bool, str))
        return tree.Annotation(pos, name, values, numbers, booleans)

    def annotation_value(self, values: dict[str, str], kinds: dict[str, type]) -> None:
        """``key = value`` or a lone value."""
        i = self.i
        key = "value"
        if self.kinds[i] == WORD and self.low[i + 1] == "=":
            key = self.low[i]
            self.i += 2
        expr = self.unary()
        if isinstance(expr, tree.Literal):
            value = expr.value
            kinds[key] = type(value)
            values[key] = str(value).lower() if isinstance(value, bool) else str(value)
        elif isinstance(expr, tree.Name | tree.Member | tree.ClassLiteral):
            values[key] = "".join(self.text[self.i - 1 : self.i]) if isinstance(expr, tree.Member) else _name(expr)
        else:
            raise ApexSyntaxError(self.pos[i], f"Unexpected token '{self.text[i]}'.")


def _name(expr: tree.Name | tree.ClassLiteral) -> str:
    return expr.name if isinstance(expr, tree.Name) else f"{expr.type}.class"


_STATEMENTS: dict[str, Callable[[StatementParser], tree.Stmt | None]] = {
    "if": StatementParser.if_,
    "while": StatementParser.while_,
    "do": StatementParser.do,
    "for": StatementParser.for_,
    "switch": StatementParser.switch,
    "return": StatementParser.return_,
    "throw": StatementParser.throw,
    "break": StatementParser.break_,
    "continue": StatementParser.continue_,
    "try": StatementParser.try_,
    "insert": StatementParser.dml,
    "update": StatementParser.dml,
    "upsert": StatementParser.dml,
    "delete": StatementParser.dml,
    "undelete": StatementParser.dml,
    "merge": StatementParser.dml,
    "final": StatementParser.final,
    "transient": StatementParser.final,
}
