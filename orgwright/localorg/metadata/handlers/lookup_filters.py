"""The lookup filter of a field as a deploy checks it (Metadata API: CustomField, lookupFilter)."""

from __future__ import annotations

from orgwright.localorg.formula.criteria import compile_lookup
from orgwright.localorg.formula.problem import FormulaProblem
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.schema.model import Field, FilterItem, LookupFilter, SObjectType

_MAX_ITEMS = 10
_MAX_REQUIRED = 5


def of_field(node: Node) -> LookupFilter | None:
    """The active filter that a field's declaration has."""
    given = node.find("lookupFilter")
    if given is None or not given.flag("active"):
        return None
    items = tuple(
        FilterItem(one.value("field"), one.value("operation"), one.value("value"), one.value("valueField"))
        for one in given.all("filterItems")
    )
    return LookupFilter(items, given.value("booleanFilter"), given.value("errorMessage"), given.flag("isOptional"))


def check(node: Node, field: Field, target: SObjectType, draft: Draft, *, settled: bool = False) -> None:
    """Refuse a filter that cannot be worked out; ``draft.schema`` has the field already.

    ``settled``: all that the deploy brings is there; before, a filter may name what is still to come.
    """
    given = field.lookup_filter
    if given is None:
        return
    at = node.find("lookupFilter") or node

    def refused(text: str) -> Rejected:
        return Rejected(Problem(text, at.line, at.column))

    if not field.reference_to:
        raise refused("Lookup filters are only supported on Lookup Relationship Fields")
    if not given.items:
        raise refused("Required field is missing: filterItems")
    if len(given.items) > _MAX_ITEMS:
        raise refused(f"A lookup filter can have no more than {_MAX_ITEMS} filter items")
    others = (f for f in target.fields.values() if f.name.lower() != field.name.lower())
    required = sum(f.lookup_filter is not None and not f.lookup_filter.optional for f in others)
    if not given.optional and required >= _MAX_REQUIRED:
        raise refused(f"Each object can have no more than {_MAX_REQUIRED} active required lookup filters")
    try:
        compile_lookup(draft.schema, target, field, given)
    except FormulaProblem as found:
        if settled or not _is_coming(given, draft):
            raise refused(found.text) from None


def _is_coming(given: LookupFilter, draft: Draft) -> bool:
    """Whether the deploy itself brings a field of a name that the filter has: then only its end tells."""
    brought = {key.rpartition(".")[2] for kind, key in draft.items if kind == "CustomField"}
    named = (path for item in given.items for path in (item.field, item.value_field))
    return any(path.rpartition(".")[2].lower() in brought for path in named)
