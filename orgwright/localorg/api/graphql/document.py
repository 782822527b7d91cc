"""A GraphQL document: its text to operations whose variables and fragments are filled in (GraphQL spec, October 2021)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

_TOKEN = re.compile(
    r'''
      (?P<ignored>[\s,\ufeff]+|\#[^\r\n]*)
    | (?P<block>"""(?:\\"""|[^"]|"(?!""))*""")
    | (?P<string>"(?:[^"\\\r\n]|\\.)*")
    | (?P<float>-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+))
    | (?P<int>-?(?:0|[1-9]\d*))
    | (?P<name>[A-Za-z_]\w*)
    | (?P<mark>\.\.\.|[!$&()\[\]{}:=@|])
    ''',
    re.VERBOSE | re.ASCII,
)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)")
MAX_DEPTH = 50
MAX_DIGITS = 40


class Invalid(Exception):
    """What is wrong with a document, and where (line and column from 1)."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


class Enum(str):
    """A name that stands as a value: ``ASC``."""


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
    """``query`` or ``mutation`` with its fields."""

    kind: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class _Variable:
    name: str


@dataclass(frozen=True)
class _Spread:
    name: str
    on: str | None
    inner: tuple[_Node, ...]
    directives: Mapping[str, Mapping[str, Any]]
    at: int


@dataclass(frozen=True)
class _Leaf:
    name: str
    alias: str
    arguments: Mapping[str, Any]
    inner: tuple[_Node, ...]
    directives: Mapping[str, Mapping[str, Any]]
    at: int


_Node = _Leaf | _Spread


@dataclass
class _Definition:
    kind: str
    name: str
    inner: tuple[_Node, ...]
    defaults: dict[str, Any] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)


def operation(text: str, name: str | None, variables: Mapping[str, Any]) -> Operation:
    """The operation of a document that is to be run; raises :class:`Invalid`."""
    definitions = _Parser(text).document()
    fragments = {one.name: one for one in definitions if one.kind == "fragment"}
    candidates = [one for one in definitions if one.kind != "fragment" and name in (None, one.name)]
    if name is not None and not candidates:
        raise Invalid(f"Unknown operation named '{name}'.")
    if len(candidates) != 1:
        raise Invalid("Must provide operation name if query contains multiple operations.")
    chosen = candidates[0]
    for missing in sorted(one for one in chosen.required if variables.get(one) is None):
        raise Invalid(f"Variable '{missing}' has an invalid value: Variable '{missing}' has coerced Null value")
    filling = _Filling(text, fragments, {**chosen.defaults, **variables}, set(chosen.defaults) | chosen.required)
    return Operation(chosen.kind, filling.fields(chosen.inner, None, "", 0))


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    def document(self) -> list[_Definition]:
        found = [self.definition()]
        while self.tokens[self.at].kind != "end":
            found.append(self.definition())
        return found

    def definition(self) -> _Definition:
        if self.tokens[self.at].text == "{":
            return _Definition("query", "", self.selection())
        kind = self.name()
        if kind == "fragment":
            name = self.name()
            self.need("on")
            self.name()
            self.directives()
            return _Definition(kind, name, self.selection())
        if kind not in ("query", "mutation", "subscription"):
            self.at -= 1
            raise self.offending()
        found = _Definition(kind, self.name() if self.tokens[self.at].kind == "name" else "", ())
        if self.take("("):
            while not self.take(")"):
                self.variable(found)
        self.directives()
        found.inner = self.selection()
        return found

    def variable(self, definition: _Definition) -> None:
        self.need("$")
        name = self.name()
        self.need(":")
        required = self.type()
        definition.defaults[name] = None
        if self.take("="):
            definition.defaults[name] = self.value()
        elif required:
            definition.required.add(name)
        self.directives()

    def type(self) -> bool:
        """Skip a type; whether it ends with ``!``."""
        if self.take("["):
            self.type()
            self.need("]")
        else:
            self.name()
        return self.take("!")

    def selection(self) -> tuple[_Node, ...]:
        self.need("{")
        self.deeper()
        found = [self.node()]
        while not self.take("}"):
            found.append(self.node())
        self.depth -= 1
        return tuple(found)

    def node(self) -> _Node:
        at = self.tokens[self.at].at
        if self.take("..."):
            if self.tokens[self.at].kind == "name" and self.tokens[self.at].text != "on":
                return _Spread(self.name(), None, (), self.directives(), at)
            on = self.name() if self.take("on") else None
            directives = self.directives()
            return _Spread("", on, self.selection(), directives, at)
        alias = name = self.name()
        if self.take(":"):
            name = self.name()
        arguments = self.arguments()
        directives = self.directives()
        inner = self.selection() if self.tokens[self.at].text == "{" else ()
        return _Leaf(name, alias, arguments, inner, directives, at)

    def directives(self) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        while self.take("@"):
            name = self.name()
            found[name] = self.arguments()
        return found

    def arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.take("("):
            while not self.take(")"):
                name = self.name()
                self.need(":")
                found[name] = self.value()
        return found

    def value(self) -> Any:
        token = self.tokens[self.at]
        self.at += 1
        if token.text == "$":
            return _Variable(self.name())
        if token.text == "[":
            self.deeper()
            items = []
            while not self.take("]"):
                items.append(self.value())
            self.depth -= 1
            return items
        if token.text == "{":
            self.deeper()
            found: dict[str, Any] = {}
            while not self.take("}"):
                name = self.name()
                self.need(":")
                found[name] = self.value()
            self.depth -= 1
            return found
        if token.kind in ("string", "block"):
            return _string(token)
        if token.kind == "int" and len(token.text) <= MAX_DIGITS:
            return int(token.text)
        if token.kind == "float":
            return float(token.text)
        if token.kind == "name":
            return {"true": True, "false": False, "null": None}.get(token.text, Enum(token.text))
        self.at -= 1
        raise self.offending()

    def name(self) -> str:
        token = self.tokens[self.at]
        if token.kind != "name":
            raise self.offending()
        self.at += 1
        return token.text

    def take(self, text: str) -> bool:
        token = self.tokens[self.at]
        if token.text != text or token.kind not in ("mark", "name"):
            return False
        self.at += 1
        return True

    def need(self, text: str) -> None:
        if not self.take(text):
            raise self.offending()

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.offending()

    def offending(self) -> Invalid:
        token = self.tokens[self.at]
        line, column = _place(self.text, token.at)
        return Invalid(f"Invalid Syntax : offending token '{token.text}' at line {line} column {column}", line, column)


@dataclass
class _Filling:
    """Puts fragments and variables in their places."""

    text: str
    fragments: Mapping[str, _Definition]
    variables: Mapping[str, Any]
    declared: set[str]

    def fields(self, nodes: tuple[_Node, ...], on: str | None, path: str, depth: int) -> tuple[Asked, ...]:
        if depth > MAX_DEPTH:
            raise Invalid("The fragments of the document lead back to themselves or are nested too deeply")
        found: list[Asked] = []
        for node in nodes:
            if not self.wanted(node.directives, node.at):
                continue
            if isinstance(node, _Spread):
                inner = node.inner
                if node.name:
                    if node.name not in self.fragments:
                        raise Invalid(
                            f"Validation error of type UndefinedFragment: Undefined fragment {node.name} @ '{path}'",
                            *_place(self.text, node.at),
                        )
                    inner = self.fragments[node.name].inner
                found += self.fields(inner, node.on or on, path, depth + 1)
                continue
            where = f"{path}/{node.name}" if path else node.name
            line, column = _place(self.text, node.at)
            arguments = {name: self.filled(value, node.at) for name, value in node.arguments.items()}
            inner_fields = self.fields(node.inner, None, where, depth + 1)
            found.append(Asked(node.name, node.alias, arguments, inner_fields, line, column, on, where))
        return _merged(found)

    def wanted(self, directives: Mapping[str, Mapping[str, Any]], at: int) -> bool:
        skip = self.filled(directives.get("skip", {}).get("if", False), at)
        include = self.filled(directives.get("include", {}).get("if", True), at)
        return include is True and skip is not True

    def filled(self, value: Any, at: int) -> Any:
        if isinstance(value, _Variable):
            if value.name not in self.declared:
                raise Invalid(
                    f"Validation error of type UndefinedVariable: Undefined variable {value.name}",
                    *_place(self.text, at),
                )
            return self.variables.get(value.name)
        if isinstance(value, dict):
            return {name: self.filled(inner, at) for name, inner in value.items() if not self.absent(inner)}
        if isinstance(value, list):
            return [self.filled(inner, at) for inner in value]
        return value

    def absent(self, value: Any) -> bool:
        """Whether a value is a variable that nobody set: then its field is as if not written."""
        return isinstance(value, _Variable) and value.name in self.declared and self.variables.get(value.name) is None


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


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            line, column = _place(text, at)
            raise Invalid(f"Invalid Syntax : offending token '{text[at]}' at line {line} column {column}", line, column)
        if match.lastgroup != "ignored":
            yield _Token(match.lastgroup or "", match.group(), at)
        at = match.end()
    yield _Token("end", "<EOF>", at)


def _string(token: _Token) -> str:
    if token.kind == "block":
        lines = token.text[3:-3].replace('\\"""', '"""').split("\n")
        indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
        cut = min(indents, default=0)
        return "\n".join([lines[0], *(line[cut:] for line in lines[1:])]).strip("\n")

    def one(match: re.Match[str]) -> str:
        code: str = match.group(1)
        return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPES.get(code, code)

    return _ESCAPE.sub(one, token.text[1:-1])


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
