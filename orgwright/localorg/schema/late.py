"""Parts of a standard object that are read when somebody looks: a list of all objects needs their names and flags only."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence, ValuesView
from typing import overload

from orgwright.localorg.schema.model import ChildRelationship, Field


class LateFields(Mapping[str, Field]):
    """Fields by lower-case name, made by ``load`` at the first look."""

    __slots__ = ("_found", "_load")

    def __init__(self, load: Callable[[], Mapping[str, Field]]) -> None:
        self._load = load
        self._found: Mapping[str, Field] | None = None

    def _all(self) -> Mapping[str, Field]:
        if self._found is None:
            self._found = self._load()
        return self._found

    def __getitem__(self, name: str) -> Field:
        return self._all()[name]

    def get(self, name: str, default: Field | None = None) -> Field | None:  # type: ignore[override]
        """The field of that lower-case name: the mapping's own ``get``, which raises nothing on the way."""
        return self._all().get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def values(self) -> ValuesView[Field]:
        """The fields in describe order."""
        return self._all().values()

    def items(self) -> ItemsView[str, Field]:
        """Names and fields in describe order."""
        return self._all().items()


class LateChildren(Sequence[ChildRelationship]):
    """Child relationships, made by ``load`` at the first look."""

    __slots__ = ("_found", "_load")

    def __init__(self, load: Callable[[], Sequence[ChildRelationship]]) -> None:
        self._load = load
        self._found: Sequence[ChildRelationship] | None = None

    def _all(self) -> Sequence[ChildRelationship]:
        if self._found is None:
            self._found = self._load()
        return self._found

    @overload
    def __getitem__(self, index: int) -> ChildRelationship: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ChildRelationship]: ...
    def __getitem__(self, index: int | slice) -> ChildRelationship | Sequence[ChildRelationship]:
        return self._all()[index]

    def __iter__(self) -> Iterator[ChildRelationship]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))
