"""Fields and objects of a query that are closed to the running user: what ``WITH SECURITY_ENFORCED`` refuses, and
what ``QueryException.getInaccessibleFields()`` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from orgwright.apex.host import QueryProblem
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.soql.compile import compile_query
from orgwright.localorg.soql.context import Against, Rights
from orgwright.localorg.soql.parse import parse
from orgwright.localorg.soql.result import Column

_TEXT = "Insufficient permissions: secure query included inaccessible field"


def check_enforced(sobject: str, columns: Iterable[Column], rights: Rights, schema: Schema) -> None:
    """Raise :class:`QueryProblem` when the user may not read what the query selects."""
    found = schema.sobject(sobject)
    if found is not None and not rights.reads(found):
        raise QueryProblem(_TEXT, "INSUFFICIENT_ACCESS", 0)
    for column in columns:
        if column.subquery and column.sobject:
            check_enforced(column.sobject, column.children, rights, schema)
        owner = schema.sobject(column.sobject) if column.sobject and not column.subquery else found
        if owner is None or column.field is None or column.subquery:
            continue
        if not rights.reads(owner) or not rights.reads_field(owner, column.field):
            raise QueryProblem(_TEXT, "INSUFFICIENT_ACCESS", 0)


def inaccessible_fields(soql: str, against: Against, rights: Rights) -> Mapping[str, Sequence[str]]:
    """By object all fields that the query names and the user may not read; of a closed object that is each field."""
    noting = _Noting(rights)
    with suppress(QueryProblem):  # at fault in other ways too: what was met before counts
        compile_query(parse(soql), replace(against, rights=noting))
    return noting.closed


class _Noting:
    """Rights that refuse nothing and note what should have been refused."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self.closed: dict[str, list[str]] = {}

    def reads(self, sobject: SObjectType) -> bool:
        return True

    def reads_field(self, sobject: SObjectType, field: str) -> bool:
        if not self._rights.reads(sobject) or not self._rights.reads_field(sobject, field):
            names = self.closed.setdefault(sobject.name, [])
            if field not in names:
                names.append(field)
        return True
