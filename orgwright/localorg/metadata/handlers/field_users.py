"""What in an org needs a field, which therefore cannot be deleted: formulas, validation rules, roll-ups, lookup filters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orgwright.localorg.formula.compile import compile_formula
from orgwright.localorg.formula.criteria import compile_lookup
from orgwright.localorg.formula.names import Names
from orgwright.localorg.formula.problem import FormulaProblem
from orgwright.localorg.metadata.draft import Draft
from orgwright.localorg.schema import edit
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.schema.schema import Schema


def users_of(name: str, sobject: str, draft: Draft) -> list[str]:
    """The components that need a field of an object, as Salesforce lists them; without those that the deploy deletes too."""
    without = edit.without_field(draft.schema, sobject, name)
    found: set[str] = set()
    for change in without.changes.values():
        before, after = draft.sobject(change.name), without.sobject(change.name)
        if before is not None and after is not None:
            found.update(
                f"{title} - {owner}"
                for type_name, title, owner in _users(before, after, (sobject, name), draft, without)
                if (type_name, owner.lower()) not in draft.leaving
            )
    return sorted(found)


def _users(
    before: SObjectType, after: SObjectType, gone: tuple[str, str], draft: Draft, without: Schema
) -> Iterator[tuple[str, str, str]]:
    """Metadata type, title and name of each component of an object that needs the field."""
    named = re.compile(rf"\b{re.escape(re.sub('__c$', '', gone[1], flags=re.IGNORECASE))}__[cr]\b", re.IGNORECASE)

    def needs(formula: str, use: str) -> bool:
        return (
            named.search(formula) is not None
            and _compiles(formula, before, draft.schema, use)
            and not _compiles(formula, after, without, use)
        )

    for field in after.fields.values():
        title = f"{after.name}.{field.name}"
        if (field.formula is not None and needs(field.formula, "field")) or _adds_up(field, gone):
            yield "CustomField", "Custom Field", title
        if field.lookup_filter and _filters(field, before, draft.schema) and not _filters(field, after, without):
            yield "CustomField", "Lookup Filter", title
    for rule in after.validation_rules:
        if needs(rule.condition, "rule"):
            yield "ValidationRule", "Validation Rule", f"{after.name}.{rule.name}"


def _compiles(formula: str, sobject: SObjectType, schema: Schema, use: str) -> bool:
    try:
        compile_formula(formula, Names(schema, sobject, use))
    except FormulaProblem:
        return False
    return True


def _filters(field: Field, sobject: SObjectType, schema: Schema) -> bool:
    try:
        return field.lookup_filter is not None and bool(compile_lookup(schema, sobject, field, field.lookup_filter))
    except FormulaProblem:
        return False


def _adds_up(field: Field, gone: tuple[str, str]) -> bool:
    """Whether a roll-up goes over the field of its child object, adds it up or filters by it."""
    summary = field.summary
    if summary is None or summary.child.lower() != gone[0].lower():
        return False
    read = (summary.foreign_key, summary.summarized or "", *(name for name, _, _ in summary.filters))
    return gone[1].lower() in (name.lower() for name in read)
