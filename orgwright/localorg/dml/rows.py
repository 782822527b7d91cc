"""One record on its way through the save path."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from orgwright.apex.host import Record, RecordError, SaveOutcome


class Row:
    """A record of a request: what came in, what the store will hold, what went wrong.

    ``values`` are stored forms of the fields that this save sets; ``old`` is the whole stored row before it;
    ``record`` is the typed record that triggers saw; ``rolled_up`` are stored roll-ups that were others before the save.
    """

    # what most rows never get lies on the class: a load makes rows by the million
    id: str | None = None
    old: dict[str, Any] | None = None
    record: Record | None = None
    parents: list[ParentKey] | None = None
    junctions: dict[str, list[str | None]] | None = None
    """The Ids of junction id lists, which the store keeps in rows of their own."""
    rolled_up: Mapping[str, Any] = MappingProxyType({})
    created = False
    doubts: list[tuple[str, str, RecordError]] | None = None
    """Texts that are too long until a before trigger shortens them: field, text, the error if none does."""

    def __init__(self, raw: Record) -> None:
        self.raw = raw
        self.values: dict[str, Any] = {}
        self.errors: list[RecordError] = []

    def doubt(self, name: str, kept: str, error: RecordError) -> None:
        """Let the before triggers see a text that is too long."""
        self.values[name] = kept
        if self.doubts is None:
            self.doubts = []
        self.doubts.append((name, kept, error))

    def settle(self, lengths: Mapping[str, int] | None = None) -> None:
        """Note the errors of the texts that are still too long, or cut them where ``lengths`` are given."""
        for name, kept, error in self.doubts or ():
            if self.values.get(name) != kept:
                continue
            if lengths is None:
                self.errors.append(error)
            else:
                self.values[name] = kept[: lengths[name]]

    def fail(self, code: str, message: str, *fields: str) -> None:
        """Note an error; the record will not be saved."""
        self.errors.append(RecordError(code, message, fields))

    def shown(self) -> dict[str, Any]:
        """What triggers see of the values: with the junction id lists that this save sets."""
        return self.values if self.junctions is None else {**self.values, **self.junctions}

    def get(self, name: str) -> Any:
        """The stored value as it will be after the save."""
        if name in self.values:
            return self.values[name]
        return self.old.get(name) if self.old is not None else None

    def sets(self, name: str) -> bool:
        """Whether this save gives the field another value than it had."""
        if name not in self.values:
            return False
        return self.old is None or self.old.get(name) != self.values[name]

    def outcome(self) -> SaveOutcome:
        """The result that the caller gets."""
        if self.errors:
            return SaveOutcome(self.id if not self.created else None, False, False, tuple(self.errors))
        return SaveOutcome(self.id, True, self.created)


class ParentKey:
    """A parent named by external id: ``reference`` gets the Id of the ``target`` whose ``key`` is ``value``."""

    __slots__ = ("key", "reference", "target", "value")

    def __init__(self, reference: str, target: str, key: str, value: Any) -> None:
        self.reference, self.target, self.key, self.value = reference, target, key, value
