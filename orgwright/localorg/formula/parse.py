"""Tokens to a tree. Precedence follows Salesforce's formula engine, where ``^`` binds less than ``*`` and ``/``."""

from __future__ import annotations

from decimal import Decimal

from orgwright.localorg.formula import problem
from orgwright.localorg.formula.lexer import Token, tokens
from orgwright.localorg.formula.tree import Call, Chain, Literal, Name, Node, Unary

MAX_LENGTH = 3900
_MAX_DEPTH = 100
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"||"}),
    frozenset({"&&"}),
    frozenset({"=", "==", "<>", "!="}),
    frozenset({"<", ">", "<=", ">="}),
    frozenset({"+", "-", "&"}),
    frozenset({"^"}),
    frozenset({"*", "/"}),
)
_ALIASES = {"==": "=", "!=": "<>"}
_LEVEL_OF = {sign: level for level, signs in enumerate(_LEVELS) for sign in signs}
_WORDS = {"TRUE": (True, "boolean"), "FALSE": (False, "boolean"), "NULL": (None, "null")}


def parse(text: str) -> Node:
    """The tree of a formula; raises :class:`FormulaProblem`."""
    if len(text) > MAX_LENGTH:
        raise problem.FormulaProblem(
            f"Formula is too long ({len(text):,} characters).  Maximum length is {MAX_LENGTH:,} characters"
        )
    return _Parser(list(tokens(text))).whole()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens, self._at, self._depth = found, 0, 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def whole(self) -> Node:
        node = self._expression()
        if self._token.kind != "end":
            raise problem.syntax(self._token.text)
        return node

    def _unexpected(self) -> problem.FormulaProblem:
        return problem.syntax(self._token.text or "end of formula")

    def _expression(self) -> Node:
        """Operator precedence with a stack, so that long formulas need no deep recursion."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise problem.unsupported(f"a formula nested deeper than {_MAX_DEPTH} levels")
        operands: list[Node] = [self._unary()]
        signs: list[tuple[str, int]] = []
        while self._token.kind == "sign" and self._token.text in _LEVEL_OF:
            sign, at = self._token.text, self._token.at
            self._at += 1
            while signs and _LEVEL_OF[signs[-1][0]] >= _LEVEL_OF[sign]:
                self._reduce(operands, signs)
            signs.append((sign, at))
            operands.append(self._unary())
        while signs:
            self._reduce(operands, signs)
        self._depth -= 1
        return operands[0]

    def _reduce(self, operands: list[Node], signs: list[tuple[str, int]]) -> None:
        sign, at = signs.pop()
        right, left = operands.pop(), operands.pop()
        step = (_ALIASES.get(sign, sign), right)
        level = _LEVEL_OF[sign]
        # a chain in parentheses is wrapped below, so a chain here is of this expression
        if isinstance(left, Chain) and _LEVEL_OF[left.rest[0][0]] == level:
            operands.append(Chain(left.first, (*left.rest, step), left.at))
        else:
            operands.append(Chain(left, (step,), at))

    def _unary(self) -> Node:
        token = self._token
        signs: list[Token] = []
        while (token.kind == "sign" and token.text in "+-!") or (
            token.kind == "name" and token.text.upper() == "NOT" and self._tokens[self._at + 1].text != "("
        ):
            signs.append(token)
            self._at += 1
            token = self._token
        node = self._primary()
        for sign in reversed(signs[-_MAX_DEPTH:]):
            node = Unary("!" if sign.kind == "name" else sign.text, node, sign.at)
        if len(signs) > _MAX_DEPTH:
            raise problem.unsupported(f"more than {_MAX_DEPTH} signs in a row")
        return node

    def _primary(self) -> Node:
        token = self._token
        if token.kind == "number":
            self._at += 1
            return Literal(Decimal(token.text), "number", token.at)
        if token.kind == "string":
            self._at += 1
            return Literal(token.text, "text", token.at)
        if token.kind == "name":
            self._at += 1
            return self._named(token)
        if token.text == "(" and token.kind == "sign":
            self._at += 1
            node = self._expression()
            self._close()
            # equal operators inside and outside of parentheses must not become one chain
            return Unary("()", node, token.at) if isinstance(node, Chain) else node
        raise self._unexpected()

    def _close(self) -> None:
        if self._token.kind == "end":
            raise problem.missing(")")
        if self._token.text != ")" or self._token.kind != "sign":
            raise self._unexpected()
        self._at += 1

    def _named(self, token: Token) -> Node:
        if self._token.kind != "sign" or self._token.text != "(":
            word = _WORDS.get(token.text.upper())
            return Literal(word[0], word[1], token.at) if word is not None else Name(token.text, token.at)
        self._at += 1
        arguments: list[Node] = []
        if self._token.text != ")" or self._token.kind != "sign":
            arguments.append(self._expression())
            while self._token.kind == "sign" and self._token.text == ",":
                self._at += 1
                arguments.append(self._expression())
        self._close()
        return Call(token.text.upper(), tuple(arguments), token.at)
