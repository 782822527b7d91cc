"""The symbols of user code: what the headers of classes declare, before any body is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from orgwright.apex.syntax import tree
from orgwright.apex.types.model import PlatformType, Type, UserType

Visibility = Literal["private", "protected", "public", "global"]
Sharing = Literal["with", "without", "inherited"]


@dataclass(slots=True, eq=False)
class LocalSymbol:
    """A local variable or parameter. ``slot`` is unique within the method, so names never clash."""

    name: str
    type: Type
    pos: int
    slot: int
    final: bool = False


@dataclass(slots=True, eq=False)
class FieldSymbol:
    """A field or property.

    A property has ``property`` set; ``getter`` and ``setter`` are its accessors (None: there is none), an
    accessor without a body is automatic: it reads or writes the property's own storage.
    """

    owner: ClassSymbol
    name: str
    type: Type
    pos: int
    static: bool
    final: bool
    transient: bool
    visibility: Visibility
    test_visible: bool
    property: bool = False
    getter: tree.Accessor | None = None
    setter: tree.Accessor | None = None
    getter_visibility: Visibility = "private"
    setter_visibility: Visibility = "private"
    annotations: tuple[tree.Annotation, ...] = ()
    constant: object = None
    """The value of a ``static final`` field with a literal."""
    virtual: bool = False
    abstract: bool = False
    override: bool = False


@dataclass(slots=True, eq=False)
class MethodSymbol:
    """A method or constructor (``name`` is ``<init>``) of a user class."""

    owner: ClassSymbol
    name: str
    parameters: tuple[tuple[str, Type], ...]
    returns: Type
    pos: int
    static: bool
    visibility: Visibility
    abstract: bool
    virtual: bool
    override: bool
    test_visible: bool
    annotations: tuple[tree.Annotation, ...]
    decl: tree.MethodDecl | tree.ConstructorDecl | None
    is_test: bool = False
    is_test_setup: bool = False
    key: str = field(init=False)
    """Name and parameter types in lower case: two methods of one class never share it, overriders do."""

    def __post_init__(self) -> None:
        self.key = f"{self.name}({','.join([t.name for _, t in self.parameters])})".lower()

    @property
    def types(self) -> tuple[Type, ...]:
        """The parameter types."""
        return tuple([t for _, t in self.parameters])

    def __str__(self) -> str:
        return f"{self.returns.name} {self.owner.type.name}.{self.name}({', '.join(t.name for t in self.types)})"


_SECURE = 67
"""The API version from which on code is secure by default."""


@dataclass(slots=True, eq=False)
class ClassSymbol:
    """A user class, interface, enum, trigger or anonymous block.

    ``fields`` and ``methods`` hold what the class itself declares, by lower-case name and in source order.
    """

    name: str
    qualified: str
    kind: Literal["class", "interface", "enum", "trigger", "anonymous"]
    unit: str
    outer: ClassSymbol | None
    decl: tree.Unit
    api_version: float
    visibility: Visibility = "private"
    abstract: bool = False
    virtual: bool = False
    sharing: Sharing | None = None
    """As written; None when nothing is written (the default depends on ``api_version``)."""
    is_test: bool = False
    see_all_data: bool = False
    annotations: tuple[tree.Annotation, ...] = ()
    super: Type | None = None
    """The extended class: a user type or a platform exception; None for none."""
    interfaces: tuple[Type, ...] = ()
    fields: dict[str, FieldSymbol] = field(default_factory=dict)
    methods: dict[str, list[MethodSymbol]] = field(default_factory=dict)
    constructors: list[MethodSymbol] = field(default_factory=list)
    inner: dict[str, ClassSymbol] = field(default_factory=dict)
    constants: tuple[str, ...] = ()
    """The names of an enum's constants."""
    answers: dict[str, MethodSymbol] = field(default_factory=dict)
    """The methods that fulfil those which supertypes ask for, by the key of what is asked for."""
    type: UserType = field(init=False)

    def __post_init__(self) -> None:
        self.type = UserType(self.qualified, self)

    @property
    def top(self) -> ClassSymbol:
        """The top-level class around it."""
        return self.outer.top if self.outer else self

    @property
    def parent(self) -> ClassSymbol | None:
        """The extended class, if it is a user class."""
        return self.super.symbol if isinstance(self.super, UserType) else None

    @property
    def is_exception(self) -> bool:
        """Whether its objects can be thrown: it extends a platform exception, or a class that does."""
        if isinstance(self.super, UserType):
            return self.super.symbol.is_exception
        return isinstance(self.super, PlatformType) and self.super.decl.kind == "exception"

    @property
    def sharing_mode(self) -> Sharing | None:
        """With or without sharing, as its methods run; None: as the caller does (Apex Developer Guide, sharing keywords).

        A class that says nothing takes the mode of the class that it extends; from API 67 on it is ``with sharing``.
        A trigger runs without, an anonymous block with the sharing of the user.
        """
        if self.kind == "trigger":
            return "with" if self.api_version >= _SECURE else "without"
        seen: ClassSymbol | None = self
        while seen is not None:
            if seen.sharing is not None:
                return seen.sharing
            seen = seen.parent
        return "with" if self.api_version >= _SECURE else None

    def __repr__(self) -> str:
        return f"<ClassSymbol {self.qualified}>"
