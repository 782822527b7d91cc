"""Lookup filters: which records a lookup may name (Salesforce Help, "Considerations for Lookup Filters")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.formula import records
from orgwright.localorg.formula.criteria import compile_lookup
from orgwright.localorg.formula.problem import FormulaProblem
from orgwright.localorg.schema.model import Field

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_MESSAGE = "Value does not exist or does not match filter criteria."


def check_filter(tx: Transaction, plan: TypePlan, field: Field, rows: Sequence[Row]) -> None:
    """Refuse the rows whose lookup names a record that the field's filter leaves out.

    Every save asks, also one that leaves the lookup as it is: a value that was valid once keeps the record from being
    saved. A master-detail field is asked about when it is set, since its controlling fields do not reach it.
    """
    given = field.lookup_filter
    asked = [
        row for row in rows if row.get(field.name) is not None and (not field.master_detail or row.sets(field.name))
    ]
    if given is None or not asked:
        return
    try:
        criteria = compile_lookup(tx.schema, plan.sobject, field, given)
    except FormulaProblem as found:
        for row in asked:
            text = f"the lookup filter of {plan.sobject.name}.{field.name} cannot be worked out: {found.text}"
            row.fail("NOT_SUPPORTED_BY_EMBEDDED_ORG", text, field.name)
        return
    news = [{**(row.old or {}), **row.values} for row in asked]
    for row, values in zip(
        asked, records.read_sources(tx, plan.sobject, criteria.sources, news, [row.old for row in asked]), strict=True
    ):
        if not criteria.holds(values):
            row.fail("FIELD_FILTER_VALIDATION_EXCEPTION", given.message or _MESSAGE, field.name)
