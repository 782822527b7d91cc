"""The expression half of the parser: precedence climbing over the token lists."""

from __future__ import annotations

from orgwright.apex.syntax import tree
from orgwright.apex.syntax.lexer import END, NUMBER, STRING, WORD, ApexSyntaxError, Tokens, number, string
from orgwright.apex.syntax.querytext import QueryText
from orgwright.apex.syntax.words import KEYWORDS

MAX_DEPTH = 120
"""Nested constructs that are accepted; deeper ones could not be run either."""
MAX_CHAIN = 1000
TOO_LONG = "Expression is too long, please split this expression into multiple statements"

_LEVELS = {
    "??": 1,
    "||": 2,
    "&&": 3,
    "|": 4,
    "^": 5,
    "&": 6,
    "==": 7,
    "!=": 7,
    "<>": 7,
    "===": 7,
    "!==": 7,
    "<": 7,
    ">": 7,
    "<=": 7,
    ">=": 7,
    "instanceof": 7,
    "<<": 8,
    ">>": 8,
    ">>>": 8,
    "+": 9,
    "-": 9,
    "*": 10,
    "/": 10,
}
_ASSIGNMENTS = frozenset(["=", "+=", "-=", "*=", "/=", "&=", "|=", "^=", "<<=", ">>=", ">>>="])
_SIGNED = frozenset(["integer", "long", "double", "decimal"])
_QUERY_WORDS = frozenset(
    [
        "and",
        "or",
        "limit",
        "order",
        "group",
        "having",
        "offset",
        "for",
        "with",
        "all",
        "in",
        "returning",
        "not",
        "using",
    ]
)
_BIND_BEFORE = frozenset(["in", "like", "limit", "offset", "find", "includes", "excludes"])


class ExpressionParser:
    """Reads expressions and types; the statement and declaration parsers build on it."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.kinds, self.low, self.text = tokens.kinds, tokens.low, tokens.text
        self.pos, self.start = tokens.pos, tokens.start
        self.i = 0
        self.depth = 0
        self.in_bind = False

    # ------------------------------------------------------------------------------------- tokens
    def unexpected(self) -> ApexSyntaxError:
        """The error for the sign that cannot continue."""
        i = self.i
        if self.kinds[i] == END:
            return ApexSyntaxError(self.pos[i], "Unexpected <EOF>")
        if self.kinds[i] == NUMBER:
            number(self.text[i], self.pos[i])  # 1x: the error is about the 1
        return ApexSyntaxError(self.pos[i], f"Unexpected token '{self.text[i]}'.")

    def expect(self, sign: str) -> int:
        """Step over a sign that must be here; its position."""
        i = self.i
        if self.low[i] == sign and self.kinds[i] != STRING:
            self.i = i + 1
            return self.pos[i]
        raise self.expecting(sign)

    def expecting(self, sign: str) -> ApexSyntaxError:
        """The error for a sign that is missing."""
        i = self.i
        if self.kinds[i] == END:
            return ApexSyntaxError(self.pos[i], "Unexpected <EOF>")
        if self.kinds[i] == NUMBER and sign == ";":
            return self.unexpected()
        if sign == ";" and self.kinds[i] == WORD and self.low[i] not in KEYWORDS and self.low[i] != "limit":
            return self.unexpected()
        if sign == ";" and self.low[i] in (")", "}", "]"):
            return ApexSyntaxError(self.pos[i], f"Missing ';' at '{self.text[i]}'")
        return ApexSyntaxError(self.pos[i], f"Expecting '{sign}' but was: '{self.text[i]}'")

    def word(self) -> str:
        """Step over an identifier."""
        i = self.i
        if self.kinds[i] != WORD or self.low[i] in KEYWORDS:
            raise self.unexpected()
        self.i = i + 1
        return self.text[i]

    def deeper(self) -> None:
        """Count one level of nesting."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ApexSyntaxError(self.pos[self.i], TOO_LONG)

    # -------------------------------------------------------------------------------------- types
    def scan_type(self, i: int) -> int:
        """The index after a type that starts at ``i``, or -1: looks only."""
        kinds, low = self.kinds, self.low
        depth = 0
        while True:
            if kinds[i] != WORD or low[i] in KEYWORDS:
                return -1
            i += 1
            while low[i] == "." and kinds[i + 1] == WORD and low[i + 1] not in KEYWORDS:
                i += 2
            if low[i] == "<":
                depth += 1
                i += 1
                continue
            while True:
                while low[i] == "[" and low[i + 1] == "]":
                    i += 2
                if depth and low[i] == ">":
                    depth -= 1
                    i += 1
                else:
                    break
            if not depth:
                return i
            if low[i] != ",":
                return -1
            i += 1

    def type(self) -> tree.TypeRef:
        """A type; arrays as ``List``."""
        ref = self.plain_type()
        while self.low[self.i] == "[" and self.low[self.i + 1] == "]":
            self.i += 2
            ref = tree.TypeRef(ref.pos, "List", (ref,))
        return ref

    def plain_type(self) -> tree.TypeRef:
        """A type without array brackets."""
        low, i = self.low, self.i
        pos = self.pos[i]
        if self.kinds[i] != WORD or (low[i] in KEYWORDS):
            raise self.unexpected()
        name = self.text[i]
        i += 1
        while low[i] == "." and self.kinds[i + 1] == WORD:
            name += "." + self.text[i + 1]
            i += 2
        self.i = i
        if low[i] != "<":
            return tree.TypeRef(pos, name)
        self.deeper()
        self.i = i + 1
        args = [self.type()]
        while low[self.i] == ",":
            self.i += 1
            args.append(self.type())
        self.expect(">")
        self.depth -= 1
        return tree.TypeRef(pos, name, tuple(args))

    # -------------------------------------------------------------------------------- expressions
    def expression(self) -> tree.Expr:
        """Any expression, assignments included."""
        self.deeper()
        pos = self.pos[self.i]
        left = self.binary(1)
        low, i = self.low, self.i
        op = low[i]
        if op == "?":
            self.i = i + 1
            yes = self.expression()
            self.expect(":")
            left = tree.Ternary(pos, left, yes, self.expression())
        else:
            if op == ">":
                op = self.shift_assignment(i)
            if op in _ASSIGNMENTS and self.kinds[i] != STRING:
                self.i += 1
                left = tree.Assign(left.pos, op, left, self.expression())
        self.depth -= 1
        return left

    def shift_assignment(self, i: int) -> str:
        """``>>=`` and ``>>>=`` come as single tokens, because ``>`` also closes type arguments."""
        low, start = self.low, self.start
        if low[i + 1] == ">=" and start[i + 1] == start[i] + 1:
            self.i += 1
            return ">>="
        if low[i + 1] == ">" and low[i + 2] == ">=" and start[i + 2] == start[i] + 2:
            self.i += 2
            return ">>>="
        return ">"

    def shift(self, i: int) -> str:
        """The operator that starts with the ``>`` at ``i``; steps to its last sign."""
        low, start = self.low, self.start
        if low[i + 1] not in (">", ">=") or start[i + 1] != start[i] + 1:
            return ">"
        if low[i + 1] == ">=":
            return ">>="
        if low[i + 2] in (">", ">=") and start[i + 2] == start[i] + 2:
            if low[i + 2] == ">=":
                return ">>>="
            self.i = i + 2
            return ">>>"
        self.i = i + 1
        return ">>"

    def binary(self, level: int) -> tree.Expr:
        """Operators of at least that level."""
        left = self.unary()
        low, kinds = self.low, self.kinds
        count = 0
        while True:
            i = self.i
            op = low[i]
            if op == ">":
                op = self.shift(i)
            found = _LEVELS.get(op)
            if found is None or found < level or kinds[i] == STRING:
                self.i = i
                return left
            count += 1
            if count > MAX_CHAIN and op not in ("+", "&&", "||"):
                raise ApexSyntaxError(self.pos[i], TOO_LONG)
            pos = self.pos[i]
            self.i += 1
            if (op == "<" or op == ">") and low[self.i] == "=":  # Salesforce reads "> =" as ">="
                op += "="
                self.i += 1
            if op == "instanceof":
                left = tree.InstanceOf(pos, left, self.type())
            else:
                right = self.binary(found + 1)
                left = tree.Binary(left.pos, "!=" if op == "<>" else op, left, right)

    def unary(self) -> tree.Expr:
        """Prefix operators and casts, then postfix ones."""
        i = self.i
        sign = self.low[i]
        if self.kinds[i] in (WORD, STRING, NUMBER):
            return self.postfix()
        if sign in ("!", "-", "+", "~", "++", "--"):
            self.deeper()
            self.i = i + 1
            expr: tree.Expr = tree.Unary(self.pos[i], sign, self.unary())
            self.depth -= 1
            return expr
        if sign == "(" and self.is_cast(i):
            self.deeper()
            self.i = i + 1
            ref = self.type()
            self.expect(")")
            expr = tree.Cast(self.pos[i], ref, self.unary())
            self.depth -= 1
            return expr
        return self.postfix()

    def is_cast(self, i: int) -> bool:
        """Whether the ``(`` at ``i`` opens a cast."""
        end = self.scan_type(i + 1)
        low = self.low
        if end < 0 or low[end] != ")":
            return False
        after = low[end + 1]
        kind = self.kinds[end + 1]
        if kind == WORD:
            return after != "instanceof" and not (self.in_bind and after in _QUERY_WORDS)
        if kind in (NUMBER, STRING):
            return True
        if after == "[":
            return low[end + 2] in ("select", "find")
        if after in ("-", "+"):
            return low[i + 1] in _SIGNED
        return after in ("(", "!", "~")

    def postfix(self) -> tree.Expr:
        """A primary with its members, calls, indexes, ``++`` and ``--``."""
        expr = self.primary()
        low = self.low
        count = 0
        while True:
            i = self.i
            sign = low[i]
            if sign == "." or sign == "?.":
                count += 1
                if count > MAX_CHAIN:
                    raise ApexSyntaxError(self.pos[i], TOO_LONG)
                expr = self.member(expr, sign == "?.")
            elif sign == "[":
                self.i = i + 1
                index = self.expression()
                self.expect("]")
                expr = tree.Index(expr.pos, expr, index)
            elif sign == "++" or sign == "--":
                self.i = i + 1
                expr = tree.Postfix(expr.pos, sign, expr)
            else:
                return expr

    def member(self, target: tree.Expr, safe: bool) -> tree.Expr:
        """``.name``, ``.name(args)`` or ``.class`` after a target."""
        i = self.i + 1
        if self.kinds[i] != WORD:
            self.i = i
            raise self.unexpected()
        name, pos = self.text[i], self.pos[i]
        self.i = i + 1
        if self.low[i + 1] == "(":
            return tree.Call(pos, target, name, self.arguments(), safe)
        if self.low[i] == "class":
            ref = _as_type(target)
            if ref is None:
                raise ApexSyntaxError(pos, f"Unexpected token '{name}'.")
            return tree.ClassLiteral(ref.pos, ref)
        return tree.Member(pos, target, name, safe)

    def arguments(self) -> tuple[tree.Expr, ...]:
        """``(a, b)``."""
        self.i += 1
        low = self.low
        if low[self.i] == ")":
            self.i += 1
            return ()
        args = [self.expression()]
        while low[self.i] == ",":
            self.i += 1
            args.append(self.expression())
        self.expect(")")
        return tuple(args)

    def primary(self) -> tree.Expr:
        """A literal, name, call, ``new``, query or parenthesis."""
        i = self.i
        kind, pos = self.kinds[i], self.pos[i]
        if kind == WORD:
            return self.word_primary(i, pos)
        if kind == STRING:
            self.i = i + 1
            return tree.Literal(pos, "String", string(self.text[i], pos))
        if kind == NUMBER:
            self.i = i + 1
            of, value = number(self.text[i], pos)
            return tree.Literal(pos, of, value)  # type: ignore[arg-type]
        sign = self.low[i]
        if sign == "(":
            self.i = i + 1
            inner = self.expression()
            self.expect(")")
            return tree.Paren(pos, inner)
        if sign == "[" and self.low[i + 1] in ("select", "find"):
            return self.query(i)
        raise self.unexpected()

    def word_primary(self, i: int, pos: int) -> tree.Expr:
        """A primary that starts with a word."""
        low = self.low
        word, after = low[i], low[i + 1]
        if word in KEYWORDS:
            return self.keyword_primary(i, word, pos)
        if after == "(":
            self.i = i + 1
            return tree.Call(pos, None, self.text[i], self.arguments(), False)
        if after == "<" or (after == "[" and low[i + 2] == "]"):
            end = self.scan_type(i)
            if end > 0 and low[end] == "." and low[end + 1] == "class":
                ref = self.type()
                self.i = end + 2
                return tree.ClassLiteral(pos, ref)
        self.i = i + 1
        return tree.Name(pos, self.text[i])

    def keyword_primary(self, i: int, word: str, pos: int) -> tree.Expr:
        """``null true false this super new``."""
        self.i = i + 1
        if word == "null":
            return tree.Literal(pos, "null", None)
        if word == "true" or word == "false":
            return tree.Literal(pos, "Boolean", word == "true")
        if word == "new":
            return self.creation(pos)
        if word == "this" or word == "super":
            if self.low[i + 1] == "(":
                return tree.ConstructorCall(pos, word, self.arguments())  # type: ignore[arg-type]
            return tree.This(pos) if word == "this" else tree.Super(pos)
        self.i = i
        raise self.unexpected()

    def creation(self, pos: int) -> tree.Expr:
        """What follows ``new``."""
        ref = self.plain_type()
        low = self.low
        while low[self.i] == "[":
            if low[self.i + 1] != "]":
                self.i += 1
                size = self.expression()
                self.expect("]")
                return tree.NewArray(pos, ref, size)
            self.i += 2
            ref = tree.TypeRef(ref.pos, "List", (ref,))
        if low[self.i] == "(":
            return tree.New(pos, ref, self.new_arguments())
        if low[self.i] == "{":
            return self.elements(pos, ref)
        raise self.expecting("(")

    def new_arguments(self) -> tuple[tree.Expr, ...]:
        """Arguments of a constructor, ``name = value`` pairs among them."""
        low = self.low
        if not (self.kinds[self.i + 1] == WORD and low[self.i + 2] == "="):
            return self.arguments()
        self.i += 1
        args: list[tree.Expr] = []
        while True:
            i = self.i
            if self.kinds[i] == WORD and low[i + 1] == "=":
                self.i = i + 2
                args.append(tree.NamedArg(self.pos[i], self.text[i], self.expression()))
            else:
                args.append(self.expression())
            if low[self.i] != ",":
                break
            self.i += 1
        self.expect(")")
        return tuple(args)

    def elements(self, pos: int, ref: tree.TypeRef) -> tree.Expr:
        """``{a, b}`` or ``{k => v}`` after a type."""
        low = self.low
        self.i += 1
        if low[self.i] == "}":
            self.i += 1
            if ref.name.lower() in ("map", "system.map"):
                return tree.NewPairs(pos, ref, ())
            return tree.NewElements(pos, ref, ())
        first = self.expression()
        if low[self.i] == "=>":
            self.i += 1
            pairs = [(first, self.expression())]
            while low[self.i] == ",":
                self.i += 1
                key = self.expression()
                self.expect("=>")
                pairs.append((key, self.expression()))
            self.expect("}")
            return tree.NewPairs(pos, ref, tuple(pairs))
        values = [first]
        while low[self.i] == ",":
            self.i += 1
            values.append(self.expression())
        self.expect("}")
        return tree.NewElements(pos, ref, tuple(values))

    # ------------------------------------------------------------------------------------ queries
    def query(self, opening: int) -> tree.Expr:
        """A SOQL or SOSL literal: its text up to the closing bracket, binds read as expressions."""
        kinds, low = self.kinds, self.low
        pieces = QueryText(self.tokens, opening + 1)
        binds: list[tree.Expr] = []
        i = opening + 1
        nested = 0
        outer, self.in_bind = self.in_bind, True
        while True:
            sign = low[i]
            if kinds[i] == END:
                self.i = i
                raise self.unexpected()
            if kinds[i] != STRING:
                if sign == "[":
                    nested += 1
                elif sign == "]":
                    if not nested:
                        break
                    nested -= 1
                elif sign == ":" and self.is_bind(i):
                    pieces.upto(i)
                    self.i = i + 1
                    binds.append(self.expression())
                    i = self.i
                    pieces.bind(len(binds), i)
                    continue
            i += 1
        self.in_bind = outer
        pieces.upto(i)
        self.i = i + 1
        language = "SOSL" if low[opening + 1] == "find" else "SOQL"
        return tree.Query(self.pos[opening], language, pieces.text, tuple(binds), tuple(pieces.spans))  # type: ignore[arg-type]

    def is_bind(self, i: int) -> bool:
        """Tell a bind's colon from those of date literals (``LAST_N_DAYS:5``) and times."""
        before = i - 1
        glued = self.start[before] + len(self.text[before]) == self.start[i]
        if self.kinds[before] == WORD:
            return (
                self.low[before] in _BIND_BEFORE
                or not glued
                or not self.low[before].startswith(("last_", "next_", "n_"))
            )
        return not (self.kinds[before] == NUMBER and glued and self.kinds[i + 1] == NUMBER)


def _as_type(expr: tree.Expr) -> tree.TypeRef | None:
    """The dotted name ``a.b`` that was read as an expression, as a type."""
    names: list[str] = []
    while isinstance(expr, tree.Member) and not expr.safe:
        names.append(expr.name)
        expr = expr.target
    if not isinstance(expr, tree.Name):
        return None
    names.append(expr.name)
    return tree.TypeRef(expr.pos, ".".join(reversed(names)))
