"""PK chunking: the header ``Sforce-Enable-PKChunking`` splits a query of a query job into one batch for each range of Ids.

Follows "PK Chunking" of the Bulk API Developer Guide. ``chunked.txt`` lists the standard objects that it names.
Boundaries are Ids of records that exist, deleted ones too, so no chunk is larger than was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice

from orgwright.apex.host import QueryProblem
from orgwright.localorg.api.bulk1.errors import BulkError
from orgwright.localorg.org import Org, Transaction
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.soql.parse import parse
from orgwright.localorg.soql.tokens import tokens
from orgwright.localorg.soql.tree import Call, Comparison, Item, Query, comparisons
from orgwright.localorg.store.ids import to18

HEADER = "sforce-enable-pkchunking"
DEFAULT_SIZE = 100_000
LARGEST_SIZE = 250_000


@dataclass(frozen=True)
class Chunking:
    """How a job's queries are split: by ``field``, into ranges of ``size`` Ids of ``sobject``, from ``start`` on."""

    sobject: str
    field: str = "Id"
    size: int = DEFAULT_SIZE
    start: str | None = None


def read(header: str | None, sobject: SObjectType, schema: Schema) -> Chunking | None:
    """The chunking that a header asks for; ``None`` without one or when it says FALSE. Raises :class:`BulkError`."""
    words = [word.strip() for word in (header or "").split(";") if word.strip()]
    given = dict(_setting(word) for word in words if word.lower() not in ("true", "false"))
    if not words or any(word.lower() == "false" for word in words):
        return None
    parent = given.get("parent")
    target = sobject if parent is None else schema.sobject(parent)
    if target is None or not (target.custom or target.name in _chunked()):
        raise BulkError("InvalidJob", f"PK chunking is not supported for the object {parent or sobject.name}")
    return Chunking(
        target.name,
        "Id" if parent is None else _link(sobject, target),
        _size(given.get("chunksize")),
        _start(given.get("startrow")),
    )


def queries(org: Org, user_id: str, soql: str, chunking: Chunking) -> Sequence[str] | None:
    """The query of each chunk; ``None`` for one that is run whole, as it cannot be split (or cannot be run at all)."""
    try:
        query = parse(soql)
    except QueryProblem:
        return None
    if not _can_split(query):
        return None
    with org.read(user_id) as tx:
        starts = list(_starts(tx, chunking))
    return [_within(soql, query, chunking.field, *ends) for ends in zip(starts, [*starts[1:], None], strict=True)]


def _setting(word: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in word.partition("="))
    if not equals or name.lower() not in ("chunksize", "parent", "startrow", "usesampleddata"):
        raise BulkError("InvalidJob", f"Sforce-Enable-PKChunking has an unknown value: {word[:80]}")
    return name.lower(), value


def _size(text: str | None) -> int:
    if text is None:
        return DEFAULT_SIZE
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_SIZE):
        raise BulkError("InvalidJob", f"chunkSize must be a number from 1 to {LARGEST_SIZE}, not {text[:20]}")
    return int(text)


def _start(text: str | None) -> str | None:
    start = None if text is None else to18(text)
    if text is not None and start is None:
        raise BulkError("InvalidJob", f"startRow is no record ID: {text[:20]}")
    return start


def _link(sobject: SObjectType, parent: SObjectType) -> str:
    """The field by which a sharing or history object refers to its parent."""
    field = sobject.field("ParentId" if parent.custom else f"{parent.name}Id")
    of_parent = sobject.name.endswith(("Share", "History")) and field is not None and parent.name in field.reference_to
    if field is None or not of_parent:
        raise BulkError(
            "InvalidJob", f"{parent.name} is not the parent of the sharing or history object {sobject.name}"
        )
    return field.name


@cache
def _chunked() -> frozenset[str]:
    return frozenset(resources.files(__package__).joinpath("chunked.txt").read_text("utf-8").split())


def _can_split(query: Query) -> bool:
    """Whether it has no clause but WHERE, no sub-query, no aggregate, and no condition on a field with ``id`` in its name."""
    others = (query.group, query.having, query.order, query.limit, query.offset, query.scope, query.security,
              query.all_rows, query.for_clauses, query.update)  # fmt: skip
    calls = (item for item in query.select if isinstance(item, Item) and isinstance(item.what, Call))
    if any(others) or any(isinstance(item, Query) for item in query.select) or any(calls):
        return False
    return all(_leaves_ids(one) for one in comparisons(query.where))


def _leaves_ids(condition: Comparison) -> bool:
    by_id = not isinstance(condition.left, Call) and "id" in condition.left.parts[-1].lower()
    return not by_id and not isinstance(condition.right, Query)


def _starts(tx: Transaction, chunking: Chunking) -> Iterator[str]:
    """The lowest Id of each chunk."""
    since = f" WHERE Id >= '{chunking.start}'" if chunking.start else ""
    soql = f"SELECT Id FROM {chunking.sobject}{since} ORDER BY Id"
    _, rows = tx.rows(soql, access="system", all_rows=True)
    for (record_id,) in islice(rows, 0, None, chunking.size):
        yield record_id


def _within(soql: str, query: Query, field: str, first: str, end: str | None) -> str:
    """The query between two Ids. Its WHERE, if it has one, is its last clause."""
    bounds = f"{field} >= '{first}'" + (f" AND {field} < '{end}'" if end else "")
    if query.where is None:
        return f"{soql.rstrip()} WHERE {bounds}"
    at = next(token.at for token in tokens(soql) if token.text.upper() == "WHERE")
    return f"{soql[:at]}WHERE ({soql[at + len('WHERE') :].strip()}) AND {bounds}"
