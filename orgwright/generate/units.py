"""One Apex class or trigger that is about to be rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orgwright.errors import Place


@dataclass(frozen=True)
class Unit:
    """A class or trigger: its template and the values for it; ``place`` is what asks for it in the spec."""

    kind: str
    name: str
    template: str
    values: dict[str, Any]
    place: Place
    test: bool = False


def apex_class(name: str, template: str, place: Place, *, test: bool = False, **values: Any) -> Unit:
    """A class."""
    return Unit("ApexClass", name, template, values, place, test)


def apex_trigger(name: str, template: str, place: Place, **values: Any) -> Unit:
    """A trigger."""
    return Unit("ApexTrigger", name, template, values, place)
