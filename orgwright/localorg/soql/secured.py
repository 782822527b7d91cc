"""``WITH SECURITY_ENFORCED``: the fields and objects of SELECT and FROM must be open to the running user."""

from __future__ import annotations

from collections.abc import Iterable

from orgwright.apex.host import QueryProblem
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.soql.context import Rights
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
