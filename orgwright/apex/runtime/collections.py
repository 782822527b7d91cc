"""Lists, and what they share with Set and Map. Their Apex methods are the Python methods of the same names.

``items`` may be read by the library; changes go through the methods, which check element types, read-only views and changes
during iteration.
"""

# ruff: noqa: N802  the methods have the names of Apex
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from orgwright.apex.library.registry import platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.compare import as_id, by_order, equals, key_of
from orgwright.apex.runtime.exceptions import (
    FinalException,
    LimitException,
    ListException,
    NoSuchElementException,
    NotSupported,
    NullPointerException,
    TypeException,
    null_pointer,
)
from orgwright.apex.runtime.hashes import hash_of, signed
from orgwright.apex.runtime.text import elements_text, to_text
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import Id, Long, PlatformObject, invoke

READ_ONLY = -(1 << 40)
#: more elements than this cannot be in a transaction's heap (4 bytes each at the least)
MOST_ELEMENTS = 3_000_000


def stored(holder: RType, element: RType, value: Any) -> Any:
    """The value as a collection keeps it, converted or refused; the slow way of every store."""
    cls = value.__class__
    kind = element.kind
    if kind == "long" and cls is int:
        return Long(value)
    if kind == "double" and cls in (int, Long, Decimal):
        return float(value)
    if kind == "decimal" and cls in (int, Long):
        return Decimal(int(value))
    if kind == "decimal" and cls is float:
        return Decimal(repr(value))
    if kind == "datetime" and cls is dt.date:
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    if kind == "id" and cls is str:
        return as_id(value)
    if kind == "string" and cls is Id:
        return str.__str__(value)
    if element.accepts(value):
        if kind in ("object", "class", "interface", "platform"):
            element.direct.add(cls)
        return value
    raise TypeException(f"Collection store exception adding {types.name_of(value)} to {holder.name}")


class Guarded(PlatformObject):
    """What List, Set and Map share: the guard against changes while iterating and of read-only views."""

    __slots__ = ("guard", "rtype")
    shown_once = True
    guard: int
    rtype: RType

    def blocked(self) -> None:
        """Raise what a change means now."""
        if self.guard < 0:
            raise FinalException("Collection is read-only")
        raise FinalException("Cannot modify a collection while it is being iterated.")

    def read_only(self) -> Any:
        """Make this collection read-only and return it."""
        self.guard = READ_ONLY
        return self

    def __ne__(self, other: object) -> bool:
        return not self == other


def values_in(source: Any) -> Iterable[Any]:
    """The elements of a List, a Set, or an object that implements Iterable."""
    if source.__class__ is List:
        return source.items
    if isinstance(source, (list, tuple)):
        return source
    return list(iterate(source))


def iterate(source: Any) -> Iterator[Any]:
    """What ``for (x : source)`` walks over."""
    if source is None:
        raise null_pointer()
    if hasattr(source, "__iter__"):
        return iter(source)
    return _walk(invoke(source, "iterator"))


def _walk(iterator: Any) -> Iterator[Any]:
    if hasattr(iterator, "__next__"):
        yield from iterator
        return
    while invoke(iterator, "hasNext"):
        yield invoke(iterator, "next")


@platform("System.List")
class List(Guarded):
    """``List<T>``; ``items`` is the Python list."""

    __slots__ = ("items",)

    def __init__(self, rtype: RType, items: list[Any] | None = None) -> None:
        self.rtype = rtype
        self.items: list[Any] = [] if items is None else items
        self.guard = 0

    @classmethod
    def of(cls, rtype: RType, values: Iterable[Any]) -> List:
        """A list of that type with these values, each checked and converted."""
        made = cls(rtype)
        element = rtype.args[0]
        direct = element.direct
        made.items = [v if v.__class__ in direct else stored(rtype, element, v) for v in values]
        return made

    def __iter__(self) -> Iterator[Any]:
        items = self.items
        last = len(items) - 1
        if last < 0:
            return
        self.guard += 1
        held = True
        try:
            for index in range(last):
                yield items[index]
            held = False
            self.guard -= 1
            yield items[last]
        finally:
            if held:
                self.guard -= 1

    def __len__(self) -> int:
        return len(self.items)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, List) or len(self.items) != len(other.items):
            return False
        return all(equals(a, b) for a, b in zip(self.items, other.items, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(map(key_of, self.items)))

    def apex_text(self, limit: int | None = None) -> str:
        """``(1, 2)``."""
        shown = self.items if limit is None else self.items[:limit]
        return f"({elements_text([to_text(item, limit) for item in shown], len(shown) < len(self.items))})"

    def toString(self) -> str:
        """The text of all elements."""
        return to_text(self, None)

    def _outside(self, index: int | None) -> Any:
        if index is None:
            raise ListException("List index out of bounds: null")
        raise ListException(f"List index out of bounds: {index}")

    def _stored(self, value: Any) -> Any:
        element = self.rtype.args[0]
        return value if value.__class__ in element.direct else stored(self.rtype, element, value)

    def add(self, first: Any, *more: Any) -> None:
        """``add(value)`` and ``add(index, value)``."""
        if self.guard:
            self.blocked()
        if more:
            if first is None or not 0 <= first <= len(self.items):
                self._outside(first)
            self.items.insert(first, self._stored(more[0]))
            return
        element = self.rtype.args[0]
        self.items.append(first if first.__class__ in element.direct else stored(self.rtype, element, first))
        if len(self.items) > MOST_ELEMENTS:
            raise LimitException(f"Apex heap size too large: {len(self.items) * 4}")

    def addAll(self, source: Any) -> None:
        """Append the elements of a List or Set."""
        if source is None:
            raise null_pointer()
        if self.guard:
            self.blocked()
        self.items.extend([self._stored(value) for value in values_in(source)])
        if len(self.items) > MOST_ELEMENTS:
            raise LimitException(f"Apex heap size too large: {len(self.items) * 4}")

    def clear(self) -> None:
        """Remove everything."""
        if self.guard:
            self.blocked()
        self.items.clear()

    def clone(self) -> List:
        """A shallow copy."""
        return List(self.rtype, list(self.items))

    def contains(self, value: Any) -> bool:
        """Whether an element equals the value; its type counts as for a hash."""
        return self.indexOf(value) >= 0

    def deepClone(self, *options: bool) -> List:
        """A copy with cloned SObjects; options as those of ``SObject.clone``."""
        if any(item is not None and not hasattr(item, "sobject_type") for item in self.items):
            raise NotSupported(f"deepClone of a {self.rtype.name}")
        preserve_id = bool(options and options[0])
        return List(
            self.rtype, [None if item is None else item.clone(preserve_id, True, *options[1:]) for item in self.items]
        )

    def equals(self, other: Any) -> bool:
        """Equality by value, in order."""
        return bool(self == other)

    def hashCode(self) -> int:
        """The hash of the elements."""
        found = 1
        for item in self.items:
            found = signed(31 * found + hash_of(item))
        return found

    def get(self, index: int) -> Any:
        """The element at that index."""
        items = self.items
        if index is None or not 0 <= index < len(items):
            self._outside(index)
        return items[index]

    def indexOf(self, value: Any) -> int:
        """The first index of an equal element, or -1."""
        for index, item in enumerate(self.items):
            if item is value or (item.__class__ is value.__class__ and equals(item, value)):
                return index
        return -1

    def isEmpty(self) -> bool:
        """Whether there are no elements."""
        return not self.items

    def iterator(self) -> ApexIterator:
        """An ``Iterator`` over the elements."""
        return ApexIterator(iter(self))

    def remove(self, index: int) -> Any:
        """Remove the element at that index and return it."""
        if self.guard:
            self.blocked()
        if index is None or not 0 <= index < len(self.items):
            self._outside(index)
        return self.items.pop(index)

    def set(self, index: int, value: Any) -> None:
        """Replace the element at that index."""
        if self.guard < 0:
            self.blocked()
        if index is None or not 0 <= index < len(self.items):
            self._outside(index)
        self.items[index] = self._stored(value)

    def size(self) -> int:
        """The number of elements."""
        return len(self.items)

    def sort(self, *comparator: Any) -> None:
        """Sort in place, stable, by the natural order or a Comparator."""
        if self.guard:
            self.blocked()
        if comparator:
            if comparator[0] is None:
                raise NullPointerException("Argument 1 cannot be null")
            import functools

            self.items.sort(key=functools.cmp_to_key(lambda a, b: int(invoke(comparator[0], "compare", a, b))))
            return
        self.items.sort(key=by_order)


@platform("System.Iterator")
class ApexIterator(PlatformObject):
    """What ``iterator()`` of a collection gives."""

    __slots__ = ("_ahead", "_source")
    _none = object()

    def __init__(self, source: Iterator[Any]) -> None:
        self._source = source
        self._ahead: Any = self._none

    def hasNext(self) -> bool:
        """Whether there is another element."""
        if self._ahead is self._none:
            self._ahead = next(self._source, self._none)
        return self._ahead is not self._none

    def next(self) -> Any:
        """The next element."""
        if not self.hasNext():
            raise NoSuchElementException("Iterator has no more elements")
        found, self._ahead = self._ahead, self._none
        return found


def new_list(rtype: RType, source: Any = (), *, sized: bool = False) -> List:
    """``new List<T>()``, ``new List<T>(collection)``, ``new T[n]``."""
    if sized:
        if source > MOST_ELEMENTS:
            raise LimitException(f"Apex heap size too large: {source * 4}")
        return List(rtype, [None] * source)
    return List(rtype) if source is None else List.of(rtype, values_in(source))
