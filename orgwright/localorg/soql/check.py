"""Check a query without running it: for the Apex compiler."""

from __future__ import annotations

from orgwright.apex.host import QueryShape
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.soql.compile import compile_query
from orgwright.localorg.soql.context import Against
from orgwright.localorg.soql.parse import parse


def check_text(schema: Schema, soql: str) -> QueryShape:
    """The shape of ``soql``, whose binds stand as ``:name``; raises :class:`QueryProblem`."""
    plan = compile_query(parse(soql), Against(schema))
    return QueryShape(plan.sobject, plan.kind, plan.fields)
