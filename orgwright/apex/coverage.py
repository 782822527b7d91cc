"""Which lines of an Apex source count for coverage.

A line counts when it holds the name of a method or constructor with a body, of a property or of an initialised
field, the start of a statement or declared local, any token of an expression, or the brace that opens a loop body
or catch block. Headers, ``else``, ``finally``, ``System.debug`` statements, SOQL text without binds, constants of
``static final String`` and test classes do not count. These are the rules that real orgs' coverage results show.
"""

from __future__ import annotations

from collections.abc import Iterator

from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.syntax.lexer import WORD, Tokens
from orgwright.apex.syntax.parse import parse

_SLOTS: dict[type, tuple[str, ...]] = {}
_QUIET = (tree.TypeRef, tree.Modifiers, tree.Annotation, tree.Parameter)
_LOOPS = (tree.While, tree.For, tree.ForEach)


def coverable_lines(source: str | Source) -> set[int]:
    """The 1-based lines that count.

    Argument: the text of a class or trigger file. Raises :class:`~.syntax.lexer.ApexSyntaxError` for a text
    that is not Apex. Test classes have no lines that count.
    """
    if isinstance(source, str):
        kind = "trigger" if _is_trigger(source) else "class"
        source = Source(kind, "", source)  # type: ignore[arg-type]
    return lines_of(parse(source))


def lines_of(unit: tree.Unit) -> set[int]:
    """The lines that count in a parsed unit."""
    if any(a.name.lower() == "istest" for a in unit.modifiers.annotations):
        return set()
    return {tree.line_of(pos) for pos in _positions(unit)}


def _is_trigger(text: str) -> bool:
    tokens = Tokens(text)
    return next((word for kind, word in zip(tokens.kinds, tokens.low, strict=True) if kind == WORD), "") == "trigger"


def _positions(unit: tree.Unit) -> Iterator[int]:
    pending: list[object] = [unit]
    while pending:
        node = pending.pop()
        if isinstance(node, tuple):
            pending.extend(node)
        elif isinstance(node, tree.Node) and not isinstance(node, _QUIET):
            yield from _own(node)
            pending.extend(_below(node))


def _own(node: tree.Node) -> Iterator[int]:
    """The positions that count because of the node itself."""
    if isinstance(node, tree.MethodDecl | tree.ConstructorDecl):
        if node.body is not None:
            yield node.pos
    elif isinstance(node, tree.Block):
        return
    elif isinstance(node, tree.PropertyDecl | tree.Expr):
        yield node.pos
    elif isinstance(node, tree.DoWhile):
        yield node.condition.pos
    elif isinstance(node, tree.If):
        yield from (pos for pos, _, _ in node.branches)
    elif isinstance(node, tree.Catch):
        yield node.body.pos
    elif isinstance(node, tree.When):
        if node.type is not None:
            yield node.type.pos
    elif isinstance(node, tree.ExprStmt):
        if not _is_debug(node):
            yield node.pos
    elif isinstance(node, tree.Stmt):
        yield node.pos
        if isinstance(node, _LOOPS) and isinstance(node.body, tree.Block):
            yield node.body.pos


def _below(node: tree.Node) -> list[object]:
    """The nodes inside that can count."""
    if isinstance(node, tree.ExprStmt) and _is_debug(node):
        return []
    if isinstance(node, tree.FieldDecl):
        words = node.modifiers.words
        constant = "static" in words and "final" in words and node.type.name.lower() in ("string", "system.string")
        kept = [d for d in node.declarators if d.value is not None and not (constant and _is_literal(d.value))]
        return [_Named(d.pos, d.value) for d in kept]
    if isinstance(node, tree.LocalDecl):
        return [_Named(d.pos, d.value) for d in node.declarators]
    if isinstance(node, tree.Binary) and _is_literal(node):
        return [node.left]
    return [getattr(node, slot) for slot in slots(node.__class__)]


class _Named(tree.Expr):
    """A declarator: its name counts, and so does its value."""

    __slots__ = ("value",)

    def __init__(self, pos: int, value: tree.Expr | None) -> None:
        super().__init__(pos)
        self.value = value


def slots(kind: type) -> tuple[str, ...]:
    """The attributes of a class of syntax nodes, its position left out."""
    found = _SLOTS.get(kind)
    if found is None:
        names = [name for base in reversed(kind.__mro__) for name in getattr(base, "__slots__", ()) if name != "pos"]
        found = _SLOTS[kind] = tuple(names)
    return found


def _is_literal(node: tree.Expr) -> bool:
    """A string literal, or literals that the compiler folds into one."""
    while isinstance(node, tree.Binary):
        if node.op != "+" or not (isinstance(node.right, tree.Literal) and node.right.kind == "String"):
            return False
        node = node.left
    return isinstance(node, tree.Literal) and node.kind == "String"


def _is_debug(node: tree.ExprStmt) -> bool:
    call = node.expr
    if not isinstance(call, tree.Call) or call.name.lower() != "debug":
        return False
    target = call.target
    return isinstance(target, tree.Name) and target.name.lower() == "system"
