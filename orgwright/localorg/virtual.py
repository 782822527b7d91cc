"""Objects that have no table: their records are worked out for each query, and deleted in their own ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.access import authsessions, recordaccess
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.hub.packages import developed
from orgwright.localorg.metadata import appmenu, tabs
from orgwright.localorg.metadata.tooling import definitions
from orgwright.localorg.soql.context import VirtualTable
from orgwright.localorg.soql.parse import parse
from orgwright.localorg.soql.tree import Query

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

Tables = Callable[["Transaction", str, Query, Mapping[str, Any]], Mapping[str, VirtualTable]]
Removal = Callable[["Transaction", Sequence[Row]], None]


@dataclass(frozen=True)
class Family:
    """Objects that are worked out together.

    ``tables`` gets the transaction, a query's text and tree and its binds, and gives what it needs of them by lower-case name.
    """

    names: tuple[str, ...]
    tables: Tables
    remove: Removal | None = None
    """Deletes records; ``None``: the objects are not ``deletable``, so that no delete comes this far."""


FAMILIES = (
    Family((recordaccess.NAME,), recordaccess.tables),
    Family((authsessions.NAME,), authsessions.tables, authsessions.end),
    Family((appmenu.NAME,), appmenu.tables),
    Family((tabs.NAME,), tabs.tables),
    Family(definitions.NAMES, definitions.of_query),
    Family(developed.NAMES, developed.tables),
    Family(definitions.REFUSED, definitions.refuse),
)
_FAMILY_OF = {name.lower(): one for one in FAMILIES for name in one.names}
_NAMED = re.compile(rf"\b({'|'.join(_FAMILY_OF)})\b", re.IGNORECASE)


@lru_cache(maxsize=1024)
def _named(soql: str) -> frozenset[str]:
    """What in a query may be the name of such an object, in lower case."""
    return frozenset(found.lower() for found in _NAMED.findall(soql))


def tables_of(
    tx: Transaction, soql: str, binds: Mapping[str, Any], given: Mapping[str, VirtualTable]
) -> dict[str, VirtualTable]:
    """The tables of a query: those that are ``given`` and those that it needs besides. Raises :class:`QueryProblem`."""
    named = _named(soql) - given.keys()
    if not named:
        return dict(given)
    query = parse(soql)
    made: dict[str, VirtualTable] = {}
    for family in FAMILIES:
        if any(name.lower() in named for name in family.names):
            made.update(family.tables(tx, soql, query, binds))
    return {**made, **given}


def need_table(soql: str) -> None:
    """Refuse a query of such an object, as the Bulk API does. Raises :class:`QueryProblem`."""
    if _NAMED.search(soql) is None:
        return
    path = parse(soql).sources[0].path
    if path.text.lower() in _FAMILY_OF:
        text = f"Entity '{path.text}' is not supported by the Bulk API."
        raise QueryProblem(text, "INVALID_TYPE_FOR_OPERATION", path.at)


def removal(sobject: str) -> Removal | None:
    """What deletes the records of such an object; ``None`` for any other deletable one: they are rows of its table."""
    family = _FAMILY_OF.get(sobject.lower())
    return family.remove if family is not None else None
