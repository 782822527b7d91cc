"""A compiled piece of a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from orgwright.localorg.formula import problem
from orgwright.localorg.formula.names import Names
from orgwright.localorg.formula.tree import Node
from orgwright.localorg.formula.values import Source

Run = Callable[[Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """The kind of value that a node has, and the function that works it out of the sources' values."""

    kind: str
    run: Run
    node: Node
    source: Source | None = None


class Compiling(Protocol):
    """What functions and operators ask of the compiler."""

    names: Names

    def part(self, node: Node) -> Part:
        """A part of any kind."""

    def plain(self, node: Node) -> Part:
        """A part where a picklist is not allowed."""

    def read(self, source: Source, node: Node) -> Part:
        """A part that reads a source."""

    def hidden(self, origin: str, node: Node) -> Part:
        """A part that reads what is no merge field."""


def expect(callee: str, part: Part, *kinds: str) -> Part:
    """``part``, if it is of one of the kinds; else the problem."""
    if part.kind not in kinds and part.kind != "null":
        raise problem.wrong_type(callee, kinds, part.kind)
    return part


def common(callee: str, first: Part, other: Part) -> str:
    """The kind that both parts share."""
    if first.kind == "null":
        return other.kind
    if other.kind not in ("null", first.kind):
        raise problem.wrong_type(callee, (first.kind,), other.kind)
    return first.kind
