"""What was deployed to an org: table ``_component``, one row a component, children of objects included."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.document import Node, parse, to_bytes
from orgwright.metadata import zip as archive
from orgwright.metadata.component import Component
from orgwright.metadata.types import TYPES

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

TABLE = """CREATE TABLE IF NOT EXISTS _component (
    type TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, file TEXT NOT NULL,
    body BLOB NOT NULL, meta BLOB, files BLOB, digest TEXT NOT NULL, version TEXT NOT NULL,
    created TEXT NOT NULL, created_by TEXT NOT NULL, modified TEXT NOT NULL, modified_by TEXT NOT NULL,
    PRIMARY KEY (type, key)) WITHOUT ROWID"""
_COLUMNS = "type, name, id, file, body, meta, files, digest, version, created, created_by, modified, modified_by"


@dataclass(frozen=True)
class Stored:
    """One component as the org keeps it. ``body`` is canonical XML, or the content of what has content."""

    type: str
    name: str
    id: str
    file: str
    body: bytes
    meta: bytes | None
    files: bytes | None
    digest: str
    version: str
    created: str
    created_by: str
    modified: str
    modified_by: str

    @property
    def node(self) -> Node:
        """The declaration: the document, or the ``-meta.xml`` of what has content."""
        return parse(self.meta if self.meta is not None else self.body)

    def component(self) -> Component:
        """The component as the ground package knows it."""
        files = tuple(sorted(archive.read(self.files).items())) if self.files else ()
        return Component(self.type, self.name, self.body, self.meta, files)


def canonical(node: Node, root: str) -> Node:
    """A copy in canonical order: elements by name, equal ones in their own order."""
    children = sorted(
        (canonical(child, child.tag) for child in node.children), key=lambda c: (c.tag != "fullName", c.tag)
    )
    copy = Node(root, text=node.text, children=children)
    copy.xsi_type, copy.nil = node.xsi_type, node.nil
    return copy


def digest(*parts: bytes | None) -> str:
    """A hash that tells contents apart."""
    found = hashlib.sha256()
    for part in parts:
        found.update(b"\0" if part is None else len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


def zip_files(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The files of a bundle as one value; equal files give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for path, data in files:
            target.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


class Components:
    """The components of an org, read and written within one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    @property
    def there(self) -> bool:
        """Whether the org keeps components at all."""
        return bool(self._tx.sql("SELECT 1 FROM sqlite_master WHERE name = '_component'"))

    def get(self, type: str, name: str) -> Stored | None:
        rows = self._tx.sql(f"SELECT {_COLUMNS} FROM _component WHERE type = ? AND key = ?", (type, name.lower()))
        return Stored(*rows[0]) if rows else None

    def has(self, type: str, name: str) -> bool:
        return bool(self._tx.sql("SELECT 1 FROM _component WHERE type = ? AND key = ?", (type, name.lower())))

    def by_id(self, id: str) -> Stored | None:
        rows = self._tx.sql(f"SELECT {_COLUMNS} FROM _component WHERE substr(id, 1, 15) = ?", (id[:15],))
        return Stored(*rows[0]) if rows else None

    def all(self, type: str) -> list[Stored]:
        """Every component of a type, by name."""
        rows = self._tx.sql(f"SELECT {_COLUMNS} FROM _component WHERE type = ? ORDER BY key", (type,))
        return [Stored(*row) for row in rows]

    def children(self, type: str, parent: str) -> list[Stored]:
        """The components of a child type that belong to a parent, by name."""
        low, high = f"{parent.lower()}.", f"{parent.lower()}/"
        rows = self._tx.sql(
            f"SELECT {_COLUMNS} FROM _component WHERE type = ? AND key >= ? AND key < ? ORDER BY key",
            (type, low, high),
        )
        return [Stored(*row) for row in rows]

    def parts(self, stored: Stored) -> list[Stored]:
        """What a document consists of besides itself and is kept apart: the rules of a workflow, the versions of a bot.

        The parts of objects come and go with the handlers of objects.
        """
        kinds = TYPES[stored.type].children if stored.type != "CustomObject" else ()
        apart = (kind.name for kind in kinds if kind.addressable and not kind.bare)
        return [part for name in apart for part in self.children(name, stored.name)]

    def types(self) -> list[str]:
        return [row[0] for row in self._tx.sql("SELECT DISTINCT type FROM _component ORDER BY type")]

    def put(self, stored: Stored) -> None:
        values: tuple[Any, ...] = (
            stored.type, stored.name.lower(), stored.name, stored.id, stored.file, stored.body, stored.meta, stored.files,
            stored.digest, stored.version, stored.created, stored.created_by, stored.modified, stored.modified_by,
        )  # fmt: skip
        self._tx.sql(f"INSERT OR REPLACE INTO _component VALUES ({', '.join('?' * len(values))})", values)

    def remove(self, type: str, name: str) -> None:
        self._tx.sql("DELETE FROM _component WHERE type = ? AND key = ?", (type, name.lower()))


def contents(item_type: str, node: Node | None, content: bytes | None) -> tuple[bytes, bytes | None]:
    """Body and meta as they are kept: canonical XML, and the content unchanged."""
    declared = to_bytes(canonical(node, item_type)) if node is not None else None
    return (declared or b"", None) if content is None else (content, declared)
