"""Set and Map: collections with keys. Their Apex methods are the Python methods of the same names.

``data`` may be read by the library; changes go through the methods, as with lists.
"""

# ruff: noqa: N802  the methods have the names of Apex
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from orgwright.apex.library.registry import platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import ApexIterator, Guarded, List, stored, values_in
from orgwright.apex.runtime.compare import equals, key_of, value_of_key
from orgwright.apex.runtime.exceptions import FinalException, ListException, NullPointerException, null_pointer
from orgwright.apex.runtime.hashes import hash_of, signed
from orgwright.apex.runtime.text import elements_text, to_text
from orgwright.apex.runtime.types import RType


class _Keyed(Guarded):
    """What Set and Map share: a dictionary whose keys tell types apart where several may meet."""

    __slots__ = ("_wraps", "data")
    data: dict[Any, Any]
    _wraps: bool

    def _key(self, value: Any) -> Any:
        """The key of a value to look up; a value of another type is simply not found."""
        if self._wraps:
            return key_of(value)
        element = self.rtype.args[0]
        if value.__class__ in element.direct:
            return value
        if element.kind in ("id", "long", "double", "string"):
            return stored(self.rtype, element, value)
        return value

    def _new_key(self, value: Any) -> Any:
        element = self.rtype.args[0]
        if value.__class__ not in element.direct:
            value = stored(self.rtype, element, value)
        return key_of(value) if self._wraps else value

    def _change(self) -> None:
        """Refuse a change of a read-only collection, or of one that is being iterated."""
        if self.guard:
            self.blocked()

    def size(self) -> int:
        """The number of elements."""
        return len(self.data)

    def isEmpty(self) -> bool:
        """Whether there are no elements."""
        return not self.data

    def __len__(self) -> int:
        return len(self.data)

    def clear(self) -> None:
        """Remove everything."""
        self._change()
        self.data.clear()

    def keys_listed(self) -> list[Any]:
        """The elements of a Set, the keys of a Map, in order."""
        return list(map(value_of_key, self.data)) if self._wraps else list(self.data)


@platform("System.Set")
class Set(_Keyed):
    """``Set<T>``; ``owner`` is the Map that a key set belongs to."""

    __slots__ = ("owner",)

    def __init__(self, rtype: RType, data: dict[Any, Any] | None = None, owner: Map | None = None) -> None:
        self.rtype = rtype
        self._wraps = rtype.args[0].kind in ("object", "decimal")
        self.data = {} if data is None else data
        self.owner = owner
        self.guard = 0

    @classmethod
    def of(cls, rtype: RType, values: Iterable[Any]) -> Set:
        """A set of that type with these values."""
        made = cls(rtype)
        made.data = dict.fromkeys(map(made._new_key, values))
        return made

    def __iter__(self) -> Iterator[Any]:
        keys = self.keys_listed()
        last = len(keys) - 1
        if last < 0:
            return
        self.guard += 1
        held = True
        try:
            for index in range(last):
                yield keys[index]
            held = False
            self.guard -= 1
            yield keys[last]
        finally:
            if held:
                self.guard -= 1

    def _change(self) -> None:
        super()._change()
        if self.owner is not None and self.owner.guard:
            self.owner.blocked()

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Set) and self.data.keys() == other.data.keys())

    def __hash__(self) -> int:
        return hash(frozenset(self.data))

    def apex_text(self, limit: int | None = None) -> str:
        """``{1, 2}``."""
        keys = self.keys_listed()
        shown = keys if limit is None else keys[:limit]
        return f"{{{elements_text([to_text(item, limit) for item in shown], len(shown) < len(keys))}}}"

    def toString(self) -> str:
        """The text of all elements."""
        return to_text(self, None)

    def add(self, value: Any) -> bool:
        """Add a value; whether it is new."""
        self._change()
        if self.owner is not None:
            raise FinalException("Collection is read-only")
        key = self._new_key(value)
        if key in self.data:
            return False
        self.data[key] = None
        return True

    def addAll(self, source: Any) -> bool:
        """Add the elements of a List or Set; whether any is new."""
        if source is None:
            raise NullPointerException("Argument 1 cannot be null")
        self._change()
        if self.owner is not None:
            raise FinalException("Collection is read-only")
        before = len(self.data)
        for value in values_in(source):
            self.data.setdefault(self._new_key(value))
        return len(self.data) > before

    def clone(self) -> Set:
        """A copy."""
        return Set(self.rtype, dict.fromkeys(self.data))

    def contains(self, value: Any) -> bool:
        """Whether the value is an element."""
        return self._key(value) in self.data

    def containsAll(self, source: Any) -> bool:
        """Whether every element of the List or Set is an element."""
        if source is None:
            raise NullPointerException("Argument 1 cannot be null")
        return all(self._key(value) in self.data for value in values_in(source))

    def equals(self, other: Any) -> bool:
        """Equality by elements."""
        return bool(self == other)

    def hashCode(self) -> int:
        """The hash of the elements."""
        return signed(sum(map(hash_of, self.keys_listed())))

    def iterator(self) -> ApexIterator:
        """An ``Iterator`` over the elements."""
        return ApexIterator(iter(self))

    def remove(self, value: Any) -> bool:
        """Remove a value; whether it was there."""
        self._change()
        key = self._key(value)
        if key not in self.data:
            return False
        del self.data[key]
        return True

    def removeAll(self, source: Any) -> bool:
        """Remove the elements of the List or Set; whether any was there."""
        if source is None:
            raise NullPointerException("Argument 1 cannot be null")
        self._change()
        before = len(self.data)
        for value in list(values_in(source)):
            self.data.pop(self._key(value), None)
        return len(self.data) < before

    def retainAll(self, source: Any) -> bool:
        """Keep only the elements of the List or Set; whether any went."""
        if source is None:
            raise NullPointerException("Argument 1 cannot be null")
        self._change()
        kept = {self._key(value) for value in values_in(source)}
        gone = [key for key in self.data if key not in kept]
        for key in gone:
            del self.data[key]
        return bool(gone)


@platform("System.Map")
class Map(_Keyed):
    """``Map<K,V>``; ``folds`` makes lookups ignore case (describes, parameters of pages)."""

    __slots__ = ("_spellings", "folds")

    def __init__(self, rtype: RType, data: dict[Any, Any] | None = None, folds: bool = False) -> None:
        self.rtype = rtype
        self._wraps = rtype.args[0].kind in ("object", "decimal")
        self.data = {} if data is None else data
        self.folds = folds
        self._spellings: dict[str, str] | None = None
        self.guard = 0

    @classmethod
    def of(cls, rtype: RType, pairs: Iterable[tuple[Any, Any]]) -> Map:
        """A map of that type with these entries."""
        made = cls(rtype)
        for key, value in pairs:
            made.put(key, value)
        return made

    def _key(self, value: Any) -> Any:
        if self.folds and isinstance(value, str):
            return self._spelt(value)
        return super()._key(value)

    def _new_key(self, value: Any) -> Any:
        if self.folds and isinstance(value, str):
            spelt = self._spelt(value)
            self._known_spellings()[spelt.lower()] = spelt
            return spelt
        return super()._new_key(value)

    def _spelt(self, text: str) -> str:
        """The key that is there in whatever case, or the text itself."""
        spelt = self._known_spellings().get(text.lower())
        return spelt if spelt in self.data and spelt is not None else text

    def _known_spellings(self) -> dict[str, str]:
        """How the keys are written by their lower-case form; keys that were removed may be among them."""
        if self._spellings is None:
            self._spellings = {key.lower(): key for key in self.data if isinstance(key, str)}
        return self._spellings

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Map) or self.data.keys() != other.data.keys():
            return False
        return all(equals(value, other.data[key]) for key, value in self.data.items())

    def __hash__(self) -> int:
        return hash(frozenset((key, key_of(value)) for key, value in self.data.items()))

    def apex_text(self, limit: int | None = None) -> str:
        """``{k=v, k2=v2}``."""
        pairs = list(zip(self.keys_listed(), self.data.values(), strict=True))
        shown = pairs if limit is None else pairs[:limit]
        texts = [f"{to_text(key, limit)}={to_text(value, limit)}" for key, value in shown]
        return f"{{{elements_text(texts, len(shown) < len(pairs))}}}"

    def toString(self) -> str:
        """The text of all entries."""
        return to_text(self, None)

    def entries(self) -> list[tuple[Any, Any]]:
        """Keys and values in order, for the library."""
        return list(zip(self.keys_listed(), self.data.values(), strict=True))

    def clone(self) -> Map:
        """A shallow copy."""
        return Map(self.rtype, dict(self.data), self.folds)

    def deepClone(self) -> Map:
        """A copy with cloned SObjects that keep their Ids."""
        copied = {k: v.clone(True, True) if hasattr(v, "sobject_type") else v for k, v in self.data.items()}
        return Map(self.rtype, copied, self.folds)

    def containsKey(self, key: Any) -> bool:
        """Whether the key is there."""
        return self._key(key) in self.data

    def equals(self, other: Any) -> bool:
        """Equality by entries."""
        return bool(self == other)

    def hashCode(self) -> int:
        """The hash of the entries."""
        return signed(sum(hash_of(key) ^ hash_of(value) for key, value in self.entries()))

    def get(self, key: Any) -> Any:
        """The value of a key, or null."""
        return self.data.get(self._key(key))

    def keySet(self) -> Set:
        """The keys, live for removal; of a read-only map they cannot be changed either.

        Keys of a describe's map (read-only, and its lookup ignores case) are a set of their own: released packages take keys
        out of it (Volunteers-for-Salesforce takes ``lastvieweddate``).
        """
        if self.folds and self.guard < 0:
            return Set(types.set_of(self.rtype.args[0]), dict.fromkeys(self.data))
        return Set(types.set_of(self.rtype.args[0]), self.data, self)

    def put(self, key: Any, value: Any) -> Any:
        """Set the value of a key; the old one or null."""
        element = self.rtype.args[1]
        if value.__class__ not in element.direct:
            value = stored(self.rtype, element, value)
        key = self._new_key(key)
        self._change()
        old = self.data.get(key)
        self.data[key] = value
        return old

    def putAll(self, source: Any) -> None:
        """Put the entries of a Map, or the SObjects of a List by Id."""
        if source is None:
            raise NullPointerException("Argument 1 cannot be null")
        # records without an Id and repeated ones pass here, unlike in a constructor (apex-rollup's suite shows)
        pairs = source.entries() if isinstance(source, Map) else [(row.record_id, row) for row in values_in(source)]
        for key, value in pairs:
            self.put(key, value)

    def remove(self, key: Any) -> Any:
        """Remove a key; its value or null."""
        self._change()
        return self.data.pop(self._key(key), None)

    def values(self) -> List:
        """The values, copied."""
        return List(types.list_of(self.rtype.args[1]), list(self.data.values()))


def rows_by_id(rows: Iterable[Any]) -> list[tuple[Any, Any]]:
    """The entries that ``new Map<Id,SObject>(rows)`` takes."""
    pairs: dict[Any, Any] = {}
    for index, row in enumerate(rows):
        if row is None:
            raise ListException(f"Null row at index: {index}")
        key = row.record_id
        if key is None:
            raise ListException(f"Row with null Id at index: {index}")
        if key in pairs:
            raise ListException(f"Row with duplicate Id at index: {index}")
        pairs[key] = row
    return list(pairs.items())


def new_set(rtype: RType, source: Any = ()) -> Set:
    """``new Set<T>()``, ``new Set<T>(collection)``."""
    if source is None:
        raise null_pointer()
    return Set.of(rtype, values_in(source))


def new_map(rtype: RType, source: Any = ()) -> Map:
    """``new Map<K,V>()``, ``new Map<K,V>(map)``, ``new Map<Id,SObject>(rows)``."""
    if source is None:
        raise null_pointer()
    made = Map(rtype)
    if isinstance(source, Map):
        made.putAll(source)
    else:
        for key, row in rows_by_id(values_in(source)):
            made.put(key, row)
    return made


def unguarded(source: Set | None) -> list[Any]:
    """What ``for (x : set)`` walks over up to API 61: the loop may change the set (Apex Developer Guide, Versioned Behavior Changes)."""
    if source is None:
        raise null_pointer()
    return source.keys_listed()
