"""SOQL text to tree, by recursive descent (SOQL and SOSL Reference, "SOQL SELECT Syntax")."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from orgwright.apex.host import QueryProblem
from orgwright.localorg.soql.tokens import Token, is_date_literal, tokens, unescape
from orgwright.localorg.soql.tree import (
    Call,
    Comparison,
    Condition,
    Fields,
    Group,
    Item,
    Logic,
    Operand,
    Order,
    Path,
    Query,
    Source,
    TypeOf,
    Value,
)

RESERVED = frozenset(
    ["AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH"]
)  # fmt: skip
_CLAUSES = frozenset(["WHERE", "WITH", "GROUP", "ORDER", "LIMIT", "OFFSET", "FOR", "ALL", "USING", "HAVING", "UPDATE"])
_MAX_TEXT = 100_000
_NAMES = ("name", "currency")  # abc1 reads as an amount of money, too
_COMPARE = frozenset(("=", "!=", "<>", "<", "<=", ">", ">="))
T = TypeVar("T")


def parse(text: str) -> Query:
    """The tree of a query. Raises :class:`QueryProblem` (``MALFORMED_QUERY``) with the offset of the fault."""
    if len(text) > _MAX_TEXT:
        raise QueryProblem("SOQL statements cannot be longer than 100,000 characters.", "QUERY_TOO_COMPLICATED")
    return _Parser(text).statement()


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.position = 0
        self.like = False

    # --- words ---

    @property
    def now(self) -> Token:
        return self.tokens[self.position]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def unexpected(self, token: Token | None = None) -> QueryProblem:
        token = token or self.now
        shown = "'<EOF>'" if token.kind == "end" else f"'{token.text}'"
        return QueryProblem(f"unexpected token: {shown}", offset=token.at)

    def advance(self) -> Token:
        token = self.now
        self.position += 1
        return token

    def is_word(self, *words: str) -> bool:
        return self.now.kind == "name" and self.now.text.upper() in words

    def take_word(self, *words: str) -> bool:
        if self.is_word(*words):
            self.position += 1
            return True
        return False

    def word(self, word: str) -> None:
        if not self.take_word(word):
            raise self.unexpected()

    def take(self, mark: str) -> bool:
        if self.now.kind == "mark" and self.now.text == mark:
            self.position += 1
            return True
        return False

    def mark(self, mark: str) -> None:
        if not self.take(mark):
            raise self.unexpected()

    def name(self) -> Token:
        if self.now.kind not in _NAMES:
            raise self.unexpected()
        return self.advance()

    def listed(self, one: Callable[[], T]) -> tuple[T, ...]:
        found = [one()]
        while self.take(","):
            found.append(one())
        return tuple(found)

    def path(self) -> Path:
        first = self.name()
        parts = [first.text]
        while self.take("."):
            parts.append(self.name().text)
        return Path(tuple(parts), first.at)

    # --- statement ---

    def statement(self) -> Query:
        query = self.query()
        if self.now.kind != "end":
            raise self.unexpected()
        return query

    def query(self) -> Query:
        at = self.now.at
        self.word("SELECT")
        select = self.listed(self.select_item)
        self.word("FROM")
        sources = self.listed(self.source)
        scope = self.name().text if self.take_word("USING") and self._scope() else None
        where = self.condition() if self.take_word("WHERE") else None
        security = self.security() if self.take_word("WITH") else None
        group = self.grouping() if self.take_word("GROUP") else None
        having = self.condition() if self.take_word("HAVING") else None
        order: tuple[Order, ...] = ()
        if self.take_word("ORDER"):
            self.word("BY")
            order = self.listed(self.ordering)
        limit = self.count() if self.take_word("LIMIT") else None
        offset = self.count() if self.take_word("OFFSET") else None
        for_clauses, update, all_rows = self.tail()
        return Query(
            select,
            sources,
            at,
            where,
            group,
            having,
            order,
            limit,
            offset,
            scope,
            security,
            all_rows,
            for_clauses,
            update,
        )

    def _scope(self) -> bool:
        self.word("SCOPE")
        return True

    def tail(self) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
        for_clauses: list[str] = []
        update: tuple[str, ...] = ()
        all_rows = False
        while True:
            if self.take_word("FOR"):
                if not self.is_word("VIEW", "REFERENCE", "UPDATE"):
                    raise self.unexpected()
                for_clauses.append(self.advance().text.upper())
            elif self.take_word("UPDATE"):
                update = self.listed(lambda: self.name().text.upper())
            elif self.is_word("ALL") and self.peek().text.upper() == "ROWS":
                self.position += 2
                all_rows = True
            else:
                return tuple(for_clauses), update, all_rows

    def source(self) -> Source:
        path = self.path()
        alias = None
        self.take_word("AS")
        if self.now.kind in _NAMES and self.now.text.upper() not in RESERVED | _CLAUSES:
            alias = self.advance().text
        return Source(path, alias)

    def count(self) -> Value:
        value = self.value()
        if value.kind == "bind":
            return value
        if value.kind != "number" or not isinstance(value.value, int) or value.value < 0:
            raise QueryProblem(f"unexpected token: '{value.value}'", offset=value.at)
        return value

    def security(self) -> str:
        name = self.name().text.upper()
        if name in ("SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"):
            return name
        raise QueryProblem(
            f"WITH {name} is not supported by the embedded org", "NOT_SUPPORTED_BY_EMBEDDED_ORG", self.now.at
        )

    # --- select list ---

    def select_item(self) -> Item | TypeOf | Fields | Query:
        if self.take("("):
            query = self.query()
            self.mark(")")
            return query
        if self.is_word("TYPEOF") and self.peek().kind == "name":
            return self.type_of()
        if self.is_word("FIELDS") and self.peek().text == "(":
            at = self.advance().at
            self.mark("(")
            group = self.name()
            if group.text.upper() not in ("ALL", "STANDARD", "CUSTOM"):
                raise self.unexpected(group)
            self.mark(")")
            return Fields(group.text.upper(), at)
        if self.is_word("FROM"):
            raise self.unexpected()
        what = self.path_or_call()
        alias = None
        if self.now.kind in _NAMES and self.now.text.upper() not in RESERVED:
            alias = self.advance().text
        return Item(what, alias)

    def path_or_call(self) -> Path | Call:
        if self.now.kind == "name" and self.peek().text == "(" and self.peek().kind == "mark":
            start = self.position
            name = self.advance()
            self.mark("(")
            arguments: tuple[Operand, ...] = ()
            if not self.take(")"):
                arguments = self.listed(self.argument)
                self.mark(")")
            written = "".join(token.text for token in self.tokens[start : self.position])
            return Call(name.text.upper(), arguments, name.at, written)
        return self.path()

    def argument(self) -> Operand:
        if self.now.kind in ("string", "number", "bind"):
            return self.value()
        return self.path_or_call()

    def type_of(self) -> TypeOf:
        self.advance()
        path = self.path()
        whens = []
        while self.take_word("WHEN"):
            kind = self.name()
            self.word("THEN")
            whens.append((kind.text, kind.at, self.listed(self.path)))
        if not whens:
            raise self.unexpected()
        otherwise = self.listed(self.path) if self.take_word("ELSE") else ()
        self.word("END")
        return TypeOf(path, tuple(whens), otherwise)

    # --- conditions ---

    def condition(self) -> Condition:
        first = self.single()
        if not self.is_word("AND", "OR"):
            return first
        operator = self.now.text.upper()
        parts = [first]
        while self.is_word("AND", "OR"):
            if self.now.text.upper() != operator:
                raise self.unexpected()
            self.advance()
            parts.append(self.single())
        return Logic("AND" if operator == "AND" else "OR", tuple(parts))

    def single(self) -> Condition:
        if self.take_word("NOT"):
            return Logic("NOT", (self.single(),))
        if self.take("("):
            inner = self.condition()
            self.mark(")")
            return inner
        return self.comparison()

    def comparison(self) -> Comparison:
        left = self.path_or_call()
        at = self.now.at
        if self.now.kind == "mark" and self.now.text in _COMPARE:
            operator = self.advance().text.replace("<>", "!=")
            return Comparison(left, operator, self.value(), at)
        if self.take_word("LIKE"):
            return Comparison(left, "LIKE", self.value(like=True), at)
        negative = self.take_word("NOT")
        if self.take_word("IN"):
            return Comparison(left, "NOT IN" if negative else "IN", self.members(), at)
        if not negative and self.is_word("INCLUDES", "EXCLUDES"):
            operator = self.advance().text.upper()
            self.mark("(")
            values = self.listed(self.value)
            self.mark(")")
            return Comparison(left, operator, values, at)
        raise self.unexpected()

    def members(self) -> Value | tuple[Value, ...] | Query:
        if self.now.kind == "bind":
            return self.value()
        self.mark("(")
        found: tuple[Value, ...] | Query
        found = self.query() if self.is_word("SELECT") else self.listed(self.value)
        self.mark(")")
        return found

    def value(self, *, like: bool = False) -> Value:
        token = self.now
        kind = token.kind
        if kind == "string":
            self.advance()
            return Value("string", unescape(token, like=like), token.at)
        if kind == "number":
            self.advance()
            whole = token.text.lstrip("+-").isdigit()
            return Value("number", int(token.text) if whole else Decimal(token.text), token.at)
        if kind in ("date", "datetime", "time"):
            self.advance()
            return Value(kind, token.text, token.at)
        if kind == "bind":
            self.advance()
            return Value("bind", token.text[1:].strip(), token.at)
        if kind == "dateliteral":
            self.advance()
            name, _, number = token.text.upper().partition(":")
            return Value("dateliteral", name, token.at, int(number))
        return self._named_value(token)

    def _named_value(self, token: Token) -> Value:
        upper = token.text.upper()
        if token.kind == "currency":
            self.advance()
            return Value("currency", (upper[:3], Decimal(token.text[3:])), token.at)
        if token.kind != "name":
            raise self.unexpected()
        if upper in ("TRUE", "FALSE"):
            self.advance()
            return Value("boolean", upper == "TRUE", token.at)
        if upper == "NULL":
            self.advance()
            return Value("null", None, token.at)
        if is_date_literal(upper):
            self.advance()
            return Value("dateliteral", upper, token.at)
        raise self.unexpected()

    # --- grouping and order ---

    def grouping(self) -> Group:
        self.word("BY")
        if self.is_word("ROLLUP", "CUBE") and self.peek().text == "(":
            kind = self.advance().text.upper()
            self.mark("(")
            by = self.listed(self.path_or_call)
            self.mark(")")
            return Group(kind, by)
        return Group("plain", self.listed(self.path_or_call))

    def ordering(self) -> Order:
        what = self.path_or_call()
        descending = False
        if self.is_word("ASC", "DESC"):
            descending = self.advance().text.upper() == "DESC"
        nulls = None
        if self.take_word("NULLS"):
            if not self.is_word("FIRST", "LAST"):
                raise self.unexpected()
            nulls = self.advance().text.upper()
        return Order(what, descending, nulls)
