"""What is asked of a record: the SOQL that fetches it, and the form that GraphQL gives it.

Each field of a record is an object with ``value``, ``displayValue`` and, of picklists, ``label``; ``Id`` and ``ApiName`` stand alone.
https://developer.salesforce.com/docs/platform/graphql/guide/query-record-fields.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from orgwright.localorg.api.graphql.clauses import Clauses
from orgwright.localorg.api.graphql.document import Asked
from orgwright.localorg.api.graphql.pages import Page, connection, page_of
from orgwright.localorg.api.http import Unsupported
from orgwright.localorg.org import Transaction
from orgwright.localorg.schema.model import Field, SObjectType

Read = Callable[[Mapping[str, Any]], Any]
_LABELLED = frozenset(("combobox", "multipicklist", "picklist"))
_FORMATTED = frozenset(("currency", "date", "datetime", "double", "int", "percent"))
_VALUE_TYPES = {
    "boolean": "BooleanValue", "combobox": "ComboboxValue", "currency": "CurrencyValue", "date": "DateValue",
    "datetime": "DateTimeValue", "double": "DoubleValue", "email": "EmailValue", "encryptedstring": "EncryptedStringValue",
    "id": "IDValue", "int": "IntValue", "long": "LongValue", "multipicklist": "MultiPicklistValue", "percent": "PercentValue",
    "phone": "PhoneNumberValue", "picklist": "PicklistValue", "reference": "IDValue", "string": "StringValue",
    "textarea": "TextAreaValue", "time": "TimeValue", "url": "UrlValue",
}  # fmt: skip
CHILD_ARGUMENTS = ("after", "first", "orderBy", "upperBound", "where")


@dataclass
class Fetch:
    """The SELECT list of one query or sub-query; each entry stands in it once."""

    tx: Transaction
    items: dict[str, None] = field(default_factory=lambda: {"Id": None})
    children: set[str] = field(default_factory=set)
    _aliases: Iterator[int] = field(default_factory=count)

    def add(self, item: str) -> None:
        """Fetch a path."""
        self.items[item] = None

    def derived(self, function: str, path: str) -> str:
        """Fetch ``function(path)``; the key under which it is found."""
        alias = f"gql{next(self._aliases)}"
        self.items[f"{function}({path}) {alias}"] = None
        return alias


@dataclass(frozen=True)
class Statement:
    """A query without what it selects."""

    source: str
    where: str
    order: str

    def select(self, items: Iterable[str]) -> str:
        """The query that selects these."""
        return f"SELECT {', '.join(items)}{self._tail()} ORDER BY {self.order}"

    def count(self) -> str:
        """The query that counts the rows."""
        return f"SELECT COUNT(){self._tail()}"

    def _tail(self) -> str:
        return f" FROM {self.source}{f' WHERE {self.where}' if self.where else ''}"


def node(fetch: Fetch, sobject: SObjectType, asked: Asked, path: tuple[str, ...] = ()) -> Read:
    """What turns a row into the record that ``asked`` describes; ``path`` leads from the row to the record."""
    readers: list[tuple[str, str | None, Read]] = []
    if not asked.asked:
        raise asked.invalid(
            "SubSelectionRequired", f"Sub selection required for type {sobject.name} of field {asked.name}"
        )
    several = sobject.name == "Name"
    for one in asked.asked:
        only = one.on if several and one.on not in (None, "Name", "Record") else None
        if not several and one.on not in (None, sobject.name, "Record"):
            raise one.invalid("InvalidFragmentType", f"Invalid type of fragment: '{one.on}' is not '{sobject.name}'")
        readers.append((one.alias, only, _member(fetch, sobject, one, path)))
    if several:
        fetch.add(".".join((*path, "Type")))

    def read(row: Mapping[str, Any]) -> Any:
        record = dig(row, path)
        if record is None:
            return None
        return {key: reader(row) for key, only, reader in readers if only is None or record.get("Type") == only}

    return read


def dig(row: Any, path: Sequence[str]) -> Any:
    """The value at the end of a path; none where the path ends early."""
    for step in path:
        row = row.get(step) if isinstance(row, Mapping) else None
    return row


def _member(fetch: Fetch, sobject: SObjectType, asked: Asked, path: tuple[str, ...]) -> Read:
    name = asked.name
    if name in ("__typename", "ApiName"):
        # of a parent that may be of several types, the attributes tell the common one only
        kind = ("Type",) if sobject.name == "Name" else ("attributes", "type")
        return lambda row: dig(row, (*path, *kind))
    known = sobject.field(name)
    if known is not None and known.name == name and fetch.tx.rights.reads_field(sobject, name):
        return _value(fetch, sobject, known, asked, path)
    parent = sobject.parent_field(name)
    if parent is not None and parent.relationship_name == name and fetch.tx.rights.reads_field(sobject, parent.name):
        target = fetch.tx.schema.sobject("Name" if len(parent.reference_to) > 1 else parent.reference_to[0])
        if target is not None and fetch.tx.rights.reads(target):
            fetch.add(".".join((*path, name, "Id")))
            return node(fetch, target, asked, (*path, name))
    child = sobject.child(name)
    if child is not None and child.relationship_name == name:
        target = fetch.tx.schema.sobject(child.child)
        if target is not None and fetch.tx.rights.reads(target):
            if path:
                raise Unsupported(f"GraphQL: the records below a parent ({asked.path})")
            return _children(fetch, target, asked)
    raise asked.undefined(sobject.name)


def _value(fetch: Fetch, sobject: SObjectType, known: Field, asked: Asked, path: tuple[str, ...]) -> Read:
    full = (*path, known.name)
    if known.type not in _VALUE_TYPES:
        raise Unsupported(f"GraphQL: fields of type {known.type} ({asked.path})")
    fetch.add(".".join(full))
    if known.type == "id":
        if asked.asked:
            raise asked.invalid(
                "SubSelectionNotAllowed", f"Sub selection not allowed on leaf type ID of field {asked.name}"
            )
        return lambda row: dig(row, full)
    kind = _VALUE_TYPES[known.type]
    if not asked.asked:
        raise asked.invalid("SubSelectionRequired", f"Sub selection required for type {kind} of field {asked.name}")
    readers = {one.alias: _part(fetch, known, kind, one, full) for one in asked.asked}
    return lambda row: {key: reader(row) for key, reader in readers.items()}


def _part(fetch: Fetch, known: Field, kind: str, asked: Asked, full: tuple[str, ...]) -> Read:
    if asked.name == "value":
        return lambda row: dig(row, full)
    if asked.name == "__typename":
        return lambda row: kind
    labelled = known.type in _LABELLED
    if asked.name == "displayValue" or (asked.name == "label" and labelled):
        if known.type == "time":
            raise Unsupported(f"GraphQL: displayValue of a time ({asked.path})")
        if not labelled and known.type not in _FORMATTED:
            return lambda row: None
        alias = fetch.derived("toLabel" if labelled else "FORMAT", ".".join(full))
        return lambda row: row.get(alias)
    raise asked.undefined(kind)


def _children(fetch: Fetch, sobject: SObjectType, asked: Asked) -> Read:
    if asked.name in fetch.children:
        raise Unsupported(f"GraphQL: one child relationship twice ({asked.path})")
    fetch.children.add(asked.name)
    page = page_of(asked, CHILD_ARGUMENTS)
    inner = Fetch(fetch.tx)
    read = records(inner, sobject, asked, page)
    fetch.add(f"({statement(inner.tx, sobject, asked, asked.name).select(inner.items)})")

    def shown(row: Mapping[str, Any]) -> Any:
        rows = (row.get(asked.name) or {}).get("records", [])
        return read(rows, len(rows))

    return shown


def statement(tx: Transaction, sobject: SObjectType, asked: Asked, source: str, also: str = "") -> Statement:
    """The query behind a connection: ``source`` is the name in FROM, ``also`` one more condition."""
    clauses = Clauses(tx, asked)
    conditions = [one for one in (clauses.where(sobject, asked.arguments.get("where")), also) if one]
    order = clauses.order(sobject, asked.arguments.get("orderBy"))
    # pages must not overlap: rows that the order leaves equal are ordered by their Ids
    unique = [] if any(one.startswith("Id ") for one in order) else ["Id ASC"]
    return Statement(source, " AND ".join(conditions), ", ".join([*order, *unique]))


def records(
    fetch: Fetch, sobject: SObjectType, asked: Asked, page: Page
) -> Callable[[Sequence[Mapping[str, Any]], int], Any]:
    """What turns the rows of a connection, up to one beyond its page, and their number into its answer."""
    return connection(asked, page, lambda one: node(fetch, sobject, one), sobject.name)
