"""Functions that take plain values: each with the kinds of its parameters and of its result.

Behaviour for blanks follows Salesforce's formula engine: most functions of a blank are blank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Kinds = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Simple:
    """A function of plain values. ``required`` counts the parameters that must be given."""

    result: str
    parameters: tuple[Kinds, ...]
    required: int
    call: Callable[..., Any]
    blanks: bool
    """The function itself looks at blank arguments; else a blank argument makes the result blank."""
    many: bool = False
    """The last parameter may be repeated."""
    hidden: tuple[str, ...] = ()
    """Origins of values that are passed before the arguments: ``now``, ``today``, ``zone``."""


FUNCTIONS: dict[str, Simple] = {}
_LETTERS = {"T": "text", "N": "number", "B": "boolean", "D": "date", "S": "datetime", "H": "time", "L": "location"}


def function(
    name: str, result: str, parameters: str = "", *, blanks: bool = False, many: bool = False, hidden: Kinds = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function; ``parameters`` as in ``"T N?"``, alternatives as in ``"D/S"``."""
    kinds = []
    required = 0
    for part in parameters.split():
        optional = part.endswith("?")
        required += not optional
        kinds.append(tuple(_LETTERS[letter] for letter in part.rstrip("?").split("/")))

    def register(call: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[name] = Simple(_LETTERS[result], tuple(kinds), required, call, blanks, many, hidden)
        return call

    return register
