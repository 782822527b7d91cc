"""The types of the Metadata API: elements, order of elements, enumerations (``data/types.txt``).

One type a line. A complex type is ``Name[:Base] element=Type[?|*|+] ...`` in the order of the schema,
an enumeration ``Name| value<TAB>value ...``. ``?`` is optional, ``*`` a list, ``+`` a list of one or more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from orgwright.metadata.types import TYPES

PRIMITIVES = frozenset({"string", "boolean", "int", "double", "date", "dateTime", "time", "base64Binary", "anyType"})


@dataclass(frozen=True)
class Element:
    """One element of a complex type."""

    name: str
    type: str
    required: bool
    many: bool


@dataclass(frozen=True)
class ComplexType:
    """A complex type with the elements it inherits, in schema order."""

    name: str
    base: str | None
    elements: Mapping[str, Element] = field(default_factory=dict)

    @property
    def is_metadata(self) -> bool:
        """Whether it is a metadata type: something with a ``fullName`` that can be deployed."""
        return "fullName" in self.elements


class Catalog:
    """Looks types up by name; each line is parsed when it is first asked for."""

    def __init__(self, text: str) -> None:
        self._complex: dict[str, str] = {}
        self._enums: dict[str, str] = {}
        for line in text.splitlines():
            name = line.partition(" ")[0]
            if name.endswith("|"):
                self._enums[name[:-1]] = line
            else:
                self._complex[name.partition(":")[0]] = line
        self._parsed: dict[str, ComplexType] = {}

    def type(self, name: str) -> ComplexType | None:
        """The complex type of that exact name."""
        if name in self._parsed:
            return self._parsed[name]
        line = self._complex.get(name)
        if line is None:
            return None
        head, *items = line.split()
        base = head.partition(":")[2] or None
        elements: dict[str, Element] = {}
        parent = self.type(base) if base else None
        if parent is not None:
            elements.update(parent.elements)
        for item in items:
            element, _, kind = item.partition("=")
            mark = kind[-1] if kind[-1] in "?*+" else ""
            elements[element] = Element(element, kind.rstrip("?*+"), mark in ("", "+"), mark in ("*", "+"))
        self._parsed[name] = found = ComplexType(name, base, elements)
        return found

    def enum(self, name: str) -> tuple[str, ...] | None:
        """The values of an enumeration."""
        line = self._enums.get(name)
        return None if line is None else tuple(line.partition("| ")[2].split("\t"))

    def settings(self) -> tuple[str, ...]:
        """The members of the type Settings: ``Account`` for AccountSettings and so on."""
        names = (n for n, line in self._complex.items() if n.endswith("Settings") and line.startswith(f"{n}:Metadata "))
        return tuple(sorted(n.removesuffix("Settings") for n in names if n not in TYPES))

    def is_subtype(self, name: str, base: str) -> bool:
        """Whether ``name`` is ``base`` or extends it."""
        kind = self.type(name)
        while kind is not None:
            if kind.name == base:
                return True
            kind = self.type(kind.base) if kind.base else None
        return False


@cache
def catalog() -> Catalog:
    """The catalog that ships with the package."""
    return Catalog(resources.files(__package__).joinpath("data/types.txt").read_text("utf-8"))
