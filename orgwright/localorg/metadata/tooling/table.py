"""A virtual table: its SObject type and the function that makes its rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from orgwright.localorg.schema.model import ChildRelationship, Field, SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

Rows = Callable[["Transaction", "Asked"], Iterable[Mapping[str, Any]]]
_WORD = re.compile(r"\w+")
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=\d)(?=[A-Z])")
"""Where one word of a name ends and the next begins."""
_LITERAL = re.compile(r"'((?:\\.|[^'\\])*)'")
JSON = "json"
"""What ``extra_type_info`` says of a field whose value is a JSON document (Metadata, SymbolTable ...)."""
_LENGTHS = {"string": 255, "textarea": 131072, "id": 18, "reference": 18, "picklist": 255}


@dataclass(frozen=True)
class Asked:
    """What a query mentions: its words and its text literals, both in lower case.

    ``name in asked`` says whether the field of that lower-case name can be wanted. ``objects`` are the lower-case names of
    those that a query of definitions is about; ``None``: any.
    """

    words: frozenset[str]
    literals: frozenset[str]
    objects: frozenset[str] | None = None

    @classmethod
    def by(cls, soql: str) -> Asked:
        """What a SOQL text mentions."""
        lower = soql.lower()
        return cls(frozenset(_WORD.findall(lower)), frozenset(_LITERAL.findall(lower)))

    def __contains__(self, name: str) -> bool:
        return name in self.words


@dataclass(frozen=True)
class Table:
    """One object. ``make`` gets the transaction and what the query mentions; ``kinds`` of org have it (empty: all)."""

    sobject: SObjectType
    make: Rows
    kinds: frozenset[str] = frozenset()

    def rows(self, tx: Transaction, fields: Asked) -> Iterator[Mapping[str, Any]]:
        """All rows in stored form; a field that is not wanted may be left out. JSON values are text."""
        documents = self.documents
        for row in self.make(tx, fields):
            packed = {
                name: json.dumps(row[name]) if name.lower() in fields and row.get(name) is not None else None
                for name in documents
            }
            yield {**row, **packed}

    @property
    def documents(self) -> tuple[str, ...]:
        """The fields whose values are JSON."""
        return tuple(f.name for f in self.sobject.fields.values() if f.extra_type_info == JSON)


def column(name: str, type: str = "string", **more: Any) -> Field:
    """A read-only field of a virtual table."""
    document = type == "complexvalue"
    if document:
        # A query carries the document as text; whoever answers it makes JSON of it again.
        type, more["extra_type_info"] = "textarea", JSON
    return Field(
        name=name,
        label=name,
        type=type,
        length=_LENGTHS.get(type, 0),
        scale=more.pop("scale", 1 if type == "double" else 0),
        nillable=more.pop("nillable", type != "boolean"),
        createable=False,
        updateable=False,
        filterable=not document,
        sortable=not document,
        groupable=type not in ("textarea", "datetime"),
        **more,
    )


def reference(name: str, to: str | tuple[str, ...], relationship: str) -> Field:
    """A reference to other rows."""
    targets = (to,) if isinstance(to, str) else to
    return column(name, "reference", reference_to=targets, relationship_name=relationship, polymorphic=len(targets) > 1)


def table(
    name: str,
    make: Rows,
    *columns: Field,
    prefix: str | None = None,
    kinds: frozenset[str] = frozenset(),
    given: Collection[str] = (),
    children: Sequence[ChildRelationship] = (),
) -> Table:
    """A virtual table; ``Id`` comes first by itself. ``given`` are the fields that clients write; without any it is only read."""
    own = (replace(one, createable=True, updateable=True) if one.name in given else one for one in columns)
    fields = (column("Id", "id", nillable=False), *own)
    label = _WORDS.sub(" ", name)
    sobject = SObjectType(
        name=name,
        label=label,
        label_plural=_plural(label),
        key_prefix=prefix,
        createable=bool(given),
        updateable=bool(given),
        deletable=bool(given),
        undeletable=False,
        searchable=False,
        replicateable=False,
        layoutable=False,
        triggerable=False,
        tooling=True,
        fields=MappingProxyType({field.name.lower(): field for field in fields}),
        children=children,
    )
    return Table(sobject, make, kinds)


def reached(words: Collection[str], known: Mapping[str, Table]) -> dict[str, Table]:
    """The tables among the ``known`` that a query of those words names, and those that it reaches through a relationship."""
    found: dict[str, Table] = {}
    waiting = [name for name in words if name in known]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = known[name]
        sobject = known[name].sobject
        for field in sobject.fields.values():
            if field.relationship_name and field.relationship_name.lower() in words:
                waiting += [target.lower() for target in field.reference_to if target.lower() in known]
        for child in sobject.children:
            if child.relationship_name and child.relationship_name.lower() in words and child.child.lower() in known:
                waiting.append(child.child.lower())
    return found


def _plural(label: str) -> str:
    if label.endswith(("ss", "x", "ch")):
        return f"{label}es"
    if label.endswith("s"):
        return label
    return f"{label[:-1]}ies" if label.endswith("y") else f"{label}s"


AUDIT = (
    column("CreatedDate", "datetime"),
    reference("CreatedById", "User", "CreatedBy"),
    column("LastModifiedDate", "datetime"),
    reference("LastModifiedById", "User", "LastModifiedBy"),
    column("SystemModstamp", "datetime"),
)
