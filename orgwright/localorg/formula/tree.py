"""What a formula says, before anybody asked the schema. ``at`` is the 0-based offset in the text."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number, TRUE, FALSE or NULL."""

    value: str | Decimal | bool | None
    kind: str
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A merge field: ``Amount``, ``Account.Owner.Name``, ``$User.Id``, ``Owner:User.Email``."""

    text: str
    at: int

    @property
    def parts(self) -> tuple[str, ...]:
        """The steps of the path."""
        return tuple(self.text.split("."))


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; ``name`` in upper case."""

    name: str
    arguments: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x``, ``+x``, ``!x``."""

    operator: str
    operand: Node
    at: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands joined from left to right by operators of one precedence: ``a + b - c``."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    at: int


Node = Literal | Name | Call | Unary | Chain
