"""The org that a deploy is making: an open transaction, the schema to come, the Apex to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from orgwright.localorg.metadata import tracking
from orgwright.localorg.metadata.components import Components, Stored, contents, digest, zip_files
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.ids import new_id
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.store import forms

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction


class Rejected(Exception):
    """A component that the org refuses, with all that is wrong with it."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(p.text for p in problems))
        self.problems = problems


@dataclass
class Draft:
    """What handlers work on. ``items`` is everything that the deploy brings, by type and lower-case name."""

    tx: Transaction
    schema: Schema
    version: str
    purge: bool = False
    check_only: bool = False
    tolerant: bool = False
    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    leaving: frozenset[tuple[str, str]] = frozenset()
    """Everything that the deploy deletes, by type and lower-case name."""
    apex_changed: bool = False
    originals: dict[tuple[str, str], Stored | None] = field(default_factory=dict)
    """What components that the deploy wrote were before, by type and lower-case name."""

    @property
    def components(self) -> Components:
        return Components(self.tx)

    def sobject(self, name: str) -> SObjectType | None:
        return self.schema.sobject(name)

    def flush(self) -> None:
        """Make the tables fit the schema to come, so that rows of new objects can be written."""
        if self.schema is not self.tx.schema:
            self.tx.set_schema(self.schema)

    def has(self, type: str, name: str) -> bool:
        """Whether the org will have that component (it has it, or the deploy brought it already)."""
        return self.components.has(type, name)

    def accepted(self, item: Item, problems: Sequence[Problem]) -> Node:
        """The declaration of an item without problems. A tolerant deploy leaves what is unknown out of it, and warns.

        Raises:
            Rejected: for any other problem.
        """
        if any(not (p.unknown and self.tolerant) for p in problems):
            raise Rejected(*problems)
        assert item.node is not None
        if problems:
            places = {(p.line, p.column) for p in problems}
            item.node = item.node.without_places(places)
            item.problems += [replace(p, warning=True) for p in problems]
        return item.node

    def keep(self, item: Item, id: str | None, old: Stored | None) -> Stored:
        """Write the component down; ``id`` is the Id that its handler gave it, if any."""
        body, meta = contents(
            item.node.tag if item.type == "Settings" and item.node else item.type, item.node, item.content
        )
        files = zip_files(item.files) if item.files else None
        now = forms.zulu_text(self.tx.now())
        stored = Stored(
            type=item.type,
            name=old.name if old else item.name,
            id=id or (old.id if old else new_id(self.tx, item.type)),
            file=item.file,
            body=body,
            meta=meta,
            files=files,
            digest=digest(body, meta, files),
            version=self.version,
            created=old.created if old else now,
            created_by=old.created_by if old else self.tx.user_id,
            modified=now,
            modified_by=self.tx.user_id,
        )
        if old is not None and old.digest == stored.digest:
            stored = replace(stored, modified=old.modified, modified_by=old.modified_by, version=old.version)
        self.components.put(stored)
        tracking.changed(self.tx, stored.type, stored.name, stored.id, now, created=old is None)
        return stored


def same(item: Item, old: Stored) -> bool:
    """Whether the org has the component exactly so already."""
    body, meta = contents(
        item.node.tag if item.type == "Settings" and item.node else item.type, item.node, item.content
    )
    return old.digest == digest(body, meta, zip_files(item.files) if item.files else None)
