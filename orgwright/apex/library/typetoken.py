"""``System.Type`` (Apex Reference Guide, Type Class): a type as a value."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.arguments import given, null_argument
from orgwright.apex.library.registry import getter, native, platform
from orgwright.apex.runtime.exceptions import TypeException
from orgwright.apex.runtime.tokens import SObjectType
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import PlatformObject
from orgwright.apex.utf16 import hash_code


@platform("System.Type")
class Type(PlatformObject):
    """``System.Type``: equal when the types are."""

    __slots__ = ("rtype",)

    def __init__(self, rtype: RType) -> None:
        self.rtype = rtype

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and (
            self.rtype is other.rtype or (self.rtype.kind, self.rtype.name) == (other.rtype.kind, other.rtype.name)
        )

    def __hash__(self) -> int:
        return hash(self.rtype.name)

    def getName(self) -> str:
        """The name; Object inside a generic type prints as ``ANY``."""
        return _printed(self.rtype)

    def toString(self) -> str:
        """The name."""
        return _printed(self.rtype)

    def equals(self, other: object) -> bool:
        """Whether both are the same type."""
        return self == other

    def hashCode(self) -> int:
        """A hash of the name."""
        return hash_code(self.rtype.name)

    def isAssignableFrom(self, other: Type | None) -> bool:
        """Whether a value of the other type is an instance of this one."""
        if other is None:
            raise null_argument(1)
        return self.rtype.covers(other.rtype)


def of(rtype: RType) -> Type:
    """The Type of a run-time type."""
    return Type(rtype)


def _printed(rtype: RType, inner: bool = False) -> str:
    if rtype.kind == "object":
        return "ANY" if inner else "Object"
    if rtype.args:
        base = rtype.name.partition("<")[0]
        return f"{base}<{','.join(_printed(part, True) for part in rtype.args)}>"
    return rtype.name


@native("Type.forName(String)", context=True)
def for_name(execution: Any, name: str | None) -> Type | None:
    given(name)
    return _named(execution, str(name))


@native("Type.forName(String, String)", context=True)
def for_qualified_name(execution: Any, namespace: str | None, name: str | None) -> Type | None:
    """A namespace other than the org's own or ``Schema`` finds nothing."""
    if name is None:
        raise null_argument(2)
    own = execution.host.org.namespace
    if not namespace or (own and namespace.lower() == own.lower()):
        return _named(execution, name)
    if namespace.lower() == "system":
        return None
    return _named(execution, f"{namespace}.{name}")


def _named(execution: Any, name: str) -> Type | None:
    if not name or name != name.strip():
        return None
    found = execution.find_type(name)
    return None if found is None else of(found)


@native("Type.newInstance", context=True)
def new_instance(execution: Any, type: Type) -> Any:
    """An instance made by the constructor without arguments."""
    rtype = type.rtype
    if rtype.kind in ("interface", "enum", "void") or rtype.kind in _PLAIN:
        raise TypeException(f"Type cannot be constructed: {rtype.name}")
    try:
        return execution.construct(rtype)
    except LookupError:
        raise TypeException(f"Class {rtype.name} must have a public no-argument constructor") from None


_PLAIN = frozenset(
    ("integer", "long", "double", "decimal", "string", "id", "boolean", "date", "datetime", "time", "blob", "object")
)


@getter("Type.SObjectType", context=True)
def sobject_type(execution: Any, type: Type) -> SObjectType | None:
    """The token, when the type is an SObject type."""
    if type.rtype.kind != "sobject":
        return None
    found = execution.types.get(type.rtype.name)
    return found if isinstance(found, SObjectType) else None
