"""A GraphQL document: its text to an operation whose variables and fragments are filled in.

The text is read by graphql-core (GraphQL spec, October 2021). Its validation and execution want a schema made beforehand;
here the schema is the org's own and changes with it, so that fields are looked up as they are met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphql.error import GraphQLSyntaxError
from graphql.language import ast, parse

MAX_DEPTH = 50
MAX_TOKENS = 20_000
MAX_FIELDS = 20_000
MAX_DIGITS = 40
_TOKEN = re.compile(r"\.\.\.|\w+|.", re.DOTALL)


class Invalid(Exception):
    """What is wrong with a document, and where (line and column from 1)."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(frozen=True)
class Asked:
    """A field that is asked for. ``on`` is the type of the fragment around it, ``path`` what leads to it."""

    name: str
    alias: str
    arguments: Mapping[str, Any]
    asked: tuple[Asked, ...]
    line: int
    column: int
    on: str | None = None
    path: str = ""

    def undefined(self, owner: str) -> Invalid:
        """The error of a field that its type does not have."""
        return self.invalid("FieldUndefined", f"Field '{self.name}' in type '{owner}' is undefined")

    def invalid(self, kind: str, text: str) -> Invalid:
        """A validation error at this field, as Salesforce words it."""
        return Invalid(f"Validation error of type {kind}: {text} @ '{self.path}'", self.line, self.column)


@dataclass(frozen=True)
class Operation:
    """``query``, ``mutation`` or ``subscription`` with its fields."""

    kind: str
    asked: tuple[Asked, ...]


def operation(text: str, name: str | None, variables: Mapping[str, Any]) -> Operation:
    """The operation of a document that is to be run; raises :class:`Invalid`."""
    definitions = _parsed(text).definitions
    fragments = {one.name.value: one for one in definitions if isinstance(one, ast.FragmentDefinitionNode)}
    operations = [one for one in definitions if isinstance(one, ast.OperationDefinitionNode)]
    candidates = [one for one in operations if name is None or (one.name is not None and one.name.value == name)]
    if name is not None and not candidates:
        raise Invalid(f"Unknown operation named '{name}'.")
    if len(candidates) != 1:
        raise Invalid("Must provide operation name if query contains multiple operations.")
    chosen = candidates[0]
    filling = _Filling(fragments, _values(chosen, variables))
    return Operation(chosen.operation.value, filling.fields(chosen.selection_set, None, "", 0))


def _parsed(text: str) -> ast.DocumentNode:
    try:
        return parse(text, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError as problem:
        place = problem.locations[0] if problem.locations else None
        if place is None or not problem.message.startswith(("Syntax Error: Expected", "Syntax Error: Unexpected")):
            raise Invalid(f"Invalid Syntax : {problem.message.removeprefix('Syntax Error: ')}") from None
        found = _TOKEN.match(text, next(iter(problem.positions))) if problem.positions else None
        token = found.group() if found else "<EOF>"
        raise Invalid(
            f"Invalid Syntax : offending token '{token}' at line {place.line} column {place.column}",
            place.line,
            place.column,
        ) from None


def _values(chosen: ast.OperationDefinitionNode, given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each variable that the operation declares."""
    values: dict[str, Any] = {}
    for declared in chosen.variable_definitions or ():
        name = declared.variable.name.value
        if declared.default_value is not None:
            values[name] = _Filling({}, {}).value(declared.default_value)
        elif isinstance(declared.type, ast.NonNullTypeNode) and given.get(name) is None:
            raise Invalid(f"Variable '{name}' has an invalid value: Variable '{name}' has coerced Null value")
        values[name] = given.get(name, values.get(name))
    return values


@dataclass(frozen=True)
class _Filling:
    """Puts fragments and variables in their places."""

    fragments: Mapping[str, ast.FragmentDefinitionNode]
    variables: Mapping[str, Any]
    left: Iterator[int] = field(default_factory=lambda: iter(range(MAX_FIELDS)))
    """One for each selection that may still be filled: fragments within fragments multiply."""

    def fields(
        self, selections: ast.SelectionSetNode | None, on: str | None, path: str, depth: int
    ) -> tuple[Asked, ...]:
        if depth > MAX_DEPTH:
            raise Invalid("The fragments of the document lead back to themselves or are nested too deeply")
        found: list[Asked] = []
        for node in selections.selections if selections else ():
            if next(self.left, None) is None:
                raise Invalid(f"The document asks for more than {MAX_FIELDS} fields")
            if not self.wanted(node.directives):
                continue
            if isinstance(node, ast.FieldNode):
                found.append(self.asked(node, on, path, depth))
            elif isinstance(node, ast.FragmentSpreadNode):
                found += self.fields(self.fragment(node, path).selection_set, on, path, depth + 1)
            elif isinstance(node, ast.InlineFragmentNode):
                inner = node.type_condition.name.value if node.type_condition else on
                found += self.fields(node.selection_set, inner, path, depth + 1)
        return _merged(found)

    def asked(self, node: ast.FieldNode, on: str | None, path: str, depth: int) -> Asked:
        name = node.name.value
        where = f"{path}/{name}" if path else name
        alias = node.alias.value if node.alias else name
        arguments = dict(self.entries(node.arguments))
        return Asked(
            name, alias, arguments, self.fields(node.selection_set, None, where, depth + 1), *_place(node), on, where
        )

    def fragment(self, node: ast.FragmentSpreadNode, path: str) -> ast.FragmentDefinitionNode:
        name = node.name.value
        if name not in self.fragments:
            text = f"Validation error of type UndefinedFragment: Undefined fragment {name} @ '{path}'"
            raise Invalid(text, *_place(node))
        return self.fragments[name]

    def wanted(self, directives: Sequence[ast.DirectiveNode] | None) -> bool:
        given = {one.name.value: dict(self.entries(one.arguments)) for one in directives or ()}
        skip, include = given.get("skip", {}).get("if", False), given.get("include", {}).get("if", True)
        return include is True and skip is not True

    def entries(self, nodes: Sequence[ast.ArgumentNode | ast.ObjectFieldNode] | None) -> Iterator[tuple[str, Any]]:
        """Names and values; a value that is a variable which nobody set is as if not written."""
        for node in nodes or ():
            value = self.value(node.value)
            if value is not None or not isinstance(node.value, ast.VariableNode):
                yield node.name.value, value

    def value(self, node: ast.ValueNode) -> Any:
        if isinstance(node, ast.VariableNode):
            if node.name.value not in self.variables:
                text = f"Validation error of type UndefinedVariable: Undefined variable {node.name.value}"
                raise Invalid(text, *_place(node))
            return self.variables[node.name.value]
        if isinstance(node, ast.ListValueNode):
            return [self.value(one) for one in node.values]
        if isinstance(node, ast.ObjectValueNode):
            return dict(self.entries(node.fields))
        if isinstance(node, ast.IntValueNode):
            if len(node.value) > MAX_DIGITS:
                raise Invalid(f"Invalid Syntax : a number of {len(node.value)} digits", *_place(node))
            return int(node.value)
        if isinstance(node, ast.FloatValueNode):
            return float(node.value)
        if isinstance(node, (ast.StringValueNode, ast.BooleanValueNode, ast.EnumValueNode)):
            return node.value
        return None


def _place(node: ast.Node) -> tuple[int, int]:
    start = node.loc.start_token if node.loc else None
    return (start.line, start.column) if start else (0, 0)


def _merged(found: list[Asked]) -> tuple[Asked, ...]:
    """Fields of one answer key are one field with all that is asked below it."""
    merged: dict[tuple[str, str | None], Asked] = {}
    for one in found:
        key = (one.alias, one.on)
        before = merged.get(key)
        if before is None:
            merged[key] = one
        elif before.name != one.name or before.arguments != one.arguments:
            raise one.invalid("FieldsConflict", f"{one.alias}: they are from differing fields or arguments")
        else:
            merged[key] = replace(before, asked=_merged([*before.asked, *one.asked]))
    return tuple(merged.values())
