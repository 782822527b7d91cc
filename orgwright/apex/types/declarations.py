"""The platform's classes, loaded from the text files in ``platform/`` the first time they are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from orgwright.apex.types.model import Type


@dataclass(slots=True, eq=False)
class PlatformMethod:
    """A method or constructor (``name`` is ``<init>``) of a platform class, with type variables as declared."""

    owner: PlatformClass
    name: str
    parameters: tuple[Type, ...]
    returns: Type
    static: bool

    @property
    def key(self) -> str:
        """``String.valueOf``: the namespace ``System`` is left out."""
        return f"{self.owner.key}.{self.name}"

    @property
    def signature(self) -> str:
        """``String.valueOf(Date)``, ``Schema.DescribeSObjectResult.getName()``; type variables as ``T``."""
        return f"{self.key}({','.join(t.name.removeprefix('System.') for t in self.parameters)})"


@dataclass(slots=True, eq=False)
class PlatformProperty:
    """A property of a platform class: ``AccessLevel.USER_MODE``, ``RestRequest.params``."""

    owner: PlatformClass
    name: str
    type: Type
    static: bool
    readonly: bool

    @property
    def key(self) -> str:
        """``RestRequest.params``."""
        return f"{self.owner.key}.{self.name}"


@dataclass(slots=True, eq=False)
class PlatformClass:
    """A class, interface, enum or exception of the platform. ``name`` is qualified: ``System.String``."""

    name: str
    kind: Literal["class", "interface", "enum", "exception"]
    virtual: bool = False
    abstract: bool = False
    variables: tuple[str, ...] = ()
    super: Type | None = None
    interfaces: tuple[Type, ...] = ()
    methods: dict[str, list[PlatformMethod]] = field(default_factory=dict)
    """By lower-case name; own methods only."""
    properties: dict[str, PlatformProperty] = field(default_factory=dict)
    constructors: list[PlatformMethod] = field(default_factory=list)
    constants: tuple[str, ...] = ()

    @property
    def namespace(self) -> str:
        """``System``, ``Schema``, ``Database`` ..."""
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        """The name without the namespace ``System``."""
        return self.name.removeprefix("System.")

    def __repr__(self) -> str:
        return f"<PlatformClass {self.name}>"
