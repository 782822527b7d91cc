"""Reads the platform's declarations (``platform/*.txt``): a quick index first, a class when it is asked for.

The format is described in ``platform/README.md`` and ``docs/plan.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal, cast

from orgwright.apex.types.declarations import PlatformClass, PlatformMethod, PlatformProperty
from orgwright.apex.types.model import VOID, Type, TypeVariable

_FOLDER = Path(__file__).parent / "platform"
_HEADER = re.compile(r"^(class|interface|enum|exception) (?:virtual |abstract )*([\w.]+)", re.MULTILINE)
_PARTS = re.compile(
    r"(?P<kind>\w+) (?P<words>(?:virtual |abstract )*)(?P<name>[\w.]+)(?:<(?P<variables>[\w, ]+)>)?"
    r"(?: extends (?P<super>[\w.<>,]+))?(?:\s*:\s*(?P<rest>.+))?\Z"
)
_MEMBER = re.compile(
    r"(?P<static>static )?(?P<readonly>readonly )?(?:(?P<type>[\w.]+(?:<.+?>)?(?:\[\])?) )?(?P<name>\w+)?(?P<call>\(.*\))?\Z"
)

Kind = Literal["class", "interface", "enum", "exception"]
Resolve = Callable[[str, tuple[str, ...]], Type]
"""From a type's text and the type variables in scope to the type."""


@cache
def index() -> dict[str, str]:
    """Every class by lower-case full name, with the text of its block."""
    found: dict[str, str] = {}
    for path in sorted(_FOLDER.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        last: re.Match[str] | None = None
        for match in _HEADER.finditer(text):
            if last is not None:
                found[last.group(2).lower()] = text[last.start() : match.start()]
            last = match
        if last is not None:
            found[last.group(2).lower()] = text[last.start() :]
    return found


@cache
def namespaces() -> frozenset[str]:
    """The platform's namespaces in lower case."""
    return frozenset(name.partition(".")[0] for name in index())


def split_arguments(text: str) -> list[str]:
    """``A, Map<B,C>`` to ``["A", "Map<B,C>"]``."""
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        if letter == "<":
            depth += 1
        elif letter == ">":
            depth -= 1
        elif letter == "," and not depth:
            parts.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return [*parts, last] if last else parts


def read_header(block: str) -> PlatformClass:
    """The class of a block, without what needs other types: see :func:`read_members`."""
    match = _PARTS.match(block.split("\n", 1)[0].rstrip())
    if match is None:
        raise ValueError(f"bad header of a platform class: {block.splitlines()[0]!r}")
    words = match["words"].split()
    variables = tuple(v.strip() for v in match["variables"].split(",")) if match["variables"] else ()
    found = PlatformClass(
        match["name"],
        cast(Kind, match["kind"]),
        "virtual" in words,
        "abstract" in words or match["kind"] == "interface",
        variables,
    )
    if match["kind"] == "enum":
        found.constants = tuple(c.strip() for c in (match["rest"] or "").split(",") if c.strip())
    return found


def read_members(found: PlatformClass, block: str, resolve: Resolve) -> None:
    """Fill in supertypes, methods, properties and constructors."""
    lines = block.rstrip().split("\n")
    match = _PARTS.match(lines[0].rstrip())
    if match is None:
        raise ValueError(f"bad header of a platform class: {lines[0]!r}")
    variables = found.variables
    if match["super"]:
        found.super = resolve(match["super"], variables)
    elif found.kind == "exception" and found.name != "System.Exception":
        found.super = resolve("Exception", ())
    if found.kind != "enum" and match["rest"]:
        found.interfaces = tuple(resolve(t, variables) for t in split_arguments(match["rest"]))
    for line in lines[1:]:
        text = line.split("#", 1)[0].strip()
        if text:
            _member(found, text, resolve)


def _member(found: PlatformClass, text: str, resolve: Resolve) -> None:
    match = _MEMBER.match(text)
    if match is None:
        raise ValueError(f"bad member of {found.name}: {text!r}")
    static, name, kind = match["static"] is not None, match["name"], match["type"]
    variables = found.variables
    if match["call"] is None:
        found.properties[name.lower()] = PlatformProperty(
            found, name, resolve(kind, variables), static, match["readonly"] is not None
        )
        return
    parameters = tuple(resolve(t, variables) for t in split_arguments(match["call"][1:-1]))
    if name is None or kind is None:
        found.constructors.append(PlatformMethod(found, "<init>", parameters, VOID, False))
        return
    method = PlatformMethod(found, name, parameters, resolve(kind, variables), static)
    found.methods.setdefault(name.lower(), []).append(method)


def variable(name: str, variables: tuple[str, ...]) -> TypeVariable | None:
    """The type variable of that name."""
    return TypeVariable(name, variables.index(name)) if name in variables else None
