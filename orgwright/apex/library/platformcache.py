"""``cache.Org`` and ``cache.Session`` (Apex Reference Guide, Cache Namespace).

Both live as long as the transaction: a platform cache may drop its content at any time, so code has to cope with
that. Partitions are told apart by name.
"""

from __future__ import annotations

import re
from typing import Any

from orgwright.apex.library.registry import native, platform
from orgwright.apex.library.typetoken import Type
from orgwright.apex.runtime import types
from orgwright.apex.runtime.exceptions import ApexException, null_pointer
from orgwright.apex.runtime.keyed import Map, Set
from orgwright.apex.runtime.text import to_text
from orgwright.apex.runtime.values import PlatformObject

_PARTITION_BYTES = 1024 * 1024
"""The least that a partition is given."""


@platform("cache.InvalidParamException")
class InvalidParamException(ApexException):
    """``cache.InvalidParamException``."""

    apex_type = "cache.InvalidParamException"


def _content(execution: Any, kind: str, partition: str) -> dict[str, Any]:
    found: dict[str, Any] = execution.state.setdefault(f"cache {kind}", {}).setdefault(partition, {})
    return found


def _split(key: str | None) -> tuple[str, str]:
    """Partition and key of ``ns.partition.key`` or ``key``."""
    if key is None:
        raise null_pointer("Argument cannot be null.")
    partition, _, name = key.rpartition(".")
    _check(name)
    return partition.rpartition(".")[2].lower(), name


def _check(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9]{1,50}", name):
        raise InvalidParamException(f"Invalid cache key: {name}. Keys must be alphanumeric and up to 50 characters.")


def _key_of(builder: Type, key: str) -> str:
    """Where the value of a CacheBuilder is kept: each class has its own keys."""
    return f"{builder.rtype.name.replace('.', '')}{key}"


def _built(execution: Any, content: dict[str, Any], builder: Type | None, key: str) -> Any:
    """The value of a key, made by a user's ``cache.CacheBuilder`` when it is not there."""
    if builder is None:
        raise null_pointer("Argument cannot be null.")
    place = _key_of(builder, key)
    if place not in content:
        value = execution.invoke(execution.construct(builder.rtype), "doLoad", key)
        if value is None:
            return None
        content[place] = value
    return content[place]


@platform("cache.Partition")
class Partition(PlatformObject):
    """A partition by name."""

    kind = ""

    def __init__(self, name: str, execution: Any = None) -> None:
        self.name = name
        self.execution = execution

    @property
    def content(self) -> dict[str, Any]:
        """Keys and values."""
        return _content(self.execution, self.kind, self.name.rpartition(".")[2].lower())

    def get(self, *arguments: Any) -> Any:
        """A value, null when it is not there; with a CacheBuilder type in front it is made then. Of a set of keys, a map."""
        *builder, key = arguments
        if isinstance(key, Set):
            return Map.of(types.map_of(types.STRING, types.OBJECT), ((name, self.get(name)) for name in key))
        _check(key)
        return _built(self.execution, self.content, builder[0], key) if builder else self.content.get(key)

    def put(self, key: str, value: Any, *options: Any) -> None:
        """Keep a value."""
        _check(key)
        if value is None:
            raise null_pointer("Argument cannot be null.")
        self.content[key] = value

    def contains(self, key: Any) -> Any:
        """Whether there is a value; of a set of keys, a map."""
        if isinstance(key, Set):
            return Map.of(types.map_of(types.STRING, types.BOOLEAN), ((name, name in self.content) for name in key))
        return key in self.content

    def remove(self, *arguments: Any) -> bool:
        """Forget a value; whether there was one. A CacheBuilder type may stand in front of the key."""
        *builder, key = arguments
        return self.content.pop(_key_of(builder[0], key) if builder else key, None) is not None

    def getCapacity(self) -> float:
        """The share of the partition that is in use, in percent: by the length of the values' texts, of 1 MB."""
        used = sum(len(key) + len(to_text(value)) for key, value in self.content.items())
        return min(100.0, used * 100 / _PARTITION_BYTES)

    def getKeys(self) -> Set:
        """The keys."""
        return Set.of(types.set_of(types.STRING), self.content)

    def getNumKeys(self) -> int:
        """The number of keys."""
        return len(self.content)

    def isAvailable(self) -> bool:
        """Whether the cache can be used."""
        return True

    def getName(self) -> str:
        """The name."""
        return self.name


@platform("cache.OrgPartition")
class OrgPartition(Partition):
    """``cache.OrgPartition``."""

    kind = "Org"


@platform("cache.SessionPartition")
class SessionPartition(Partition):
    """``cache.SessionPartition``."""

    kind = "Session"


def _register(kind: str, partition_class: type[Partition]) -> None:
    def get(execution: Any, key: str | None) -> Any:
        partition, name = _split(key)
        return _content(execution, kind, partition).get(name)

    def put(execution: Any, key: str | None, value: Any, *options: Any) -> None:
        partition, name = _split(key)
        if value is None:
            raise null_pointer("Argument cannot be null.")
        _content(execution, kind, partition)[name] = value

    def contains(execution: Any, key: str | None) -> bool:
        partition, name = _split(key)
        return name in _content(execution, kind, partition)

    def remove(execution: Any, key: str | None) -> bool:
        partition, name = _split(key)
        return _content(execution, kind, partition).pop(name, None) is not None

    def partition_of(execution: Any, name: str | None) -> Partition:
        if name is None:
            raise null_pointer("Argument cannot be null.")
        return partition_class(name, execution)

    def built(execution: Any, builder: Type | None, key: str | None) -> Any:
        """The value of a key; a CacheBuilder makes it when it is not there."""
        partition, name = _split(key)
        return _built(execution, _content(execution, kind, partition), builder, name)

    def remove_built(execution: Any, builder: Type | None, key: str | None) -> bool:
        partition, name = _split(key)
        if builder is None:
            raise null_pointer("Argument cannot be null.")
        return _content(execution, kind, partition).pop(_key_of(builder, name), None) is not None

    native(f"cache.{kind}.get(String)", context=True)(get)
    native(f"cache.{kind}.get(Type, String)", context=True)(built)
    native(f"cache.{kind}.remove(Type, String)", context=True)(remove_built)
    native(f"cache.{kind}.put", context=True)(put)
    native(f"cache.{kind}.contains(String)", context=True)(contains)
    native(f"cache.{kind}.remove(String)", context=True)(remove)
    native(f"cache.{kind}.getPartition", context=True)(partition_of)


@native("cache.Session.isAvailable", context=True)
def session_available(execution: Any) -> bool:
    """Only in a user's own transaction: jobs have no session."""
    return execution.context is None


_register("Org", OrgPartition)
_register("Session", SessionPartition)
