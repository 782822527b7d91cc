"""One Apex class or trigger that is about to be rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orgwright.errors import Place


@dataclass(frozen=True)
class Unit:
    """A class or trigger: its template and the values for it; ``place`` is what asks for it in the spec.

    ``parents`` are objects of which a test makes records for the lookups that it changes.
    """

    kind: str
    name: str
    template: str
    values: dict[str, Any]
    place: Place
    test: bool = False
    parents: tuple[str, ...] = ()


def apex_class(
    name: str, template: str, place: Place, *, test: bool = False, parents: tuple[str, ...] = (), **values: Any
) -> Unit:
    """A class."""
    return Unit("ApexClass", name, template, values, place, test, parents)


def apex_trigger(name: str, template: str, place: Place, **values: Any) -> Unit:
    """A trigger."""
    return Unit("ApexTrigger", name, template, values, place)
