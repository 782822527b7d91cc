"""Duplicates and lookups of the first load: that their objects and columns are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orgwright.errors import Place
from orgwright.spec.check_links import Known
from orgwright.spec.data import Column
from orgwright.spec.errors import SpecError, did_you_mean
from orgwright.spec.model import Connector


def check_data(connector: Connector) -> Iterator[SpecError]:
    """All errors of what a load checks before it begins."""
    known = Known(connector)
    for item in connector.seed.objects.values():
        for column in item.columns.values():
            yield from _column(known, column)
    for rule in connector.seed.duplicates.values():
        mapping = connector.seed.objects.get(rule.api_name)
        if mapping is None:
            yield _unknown("mapping", rule.api_name, connector.seed.objects, rule.place_of_key)
            continue
        for name in dict.fromkeys(name for names in rule.by for name in names):
            if name not in mapping.columns:
                yield _unknown(f"column of {rule.api_name}", name, mapping.columns, rule.place_of("by"))
            elif name == mapping.key:
                yield SpecError(
                    f"{name} is the key: rows with one key are refused anyway",
                    where=rule.place_of("by"),
                    help="name what tells people or companies apart, such as Name and BillingPostalCode",
                )


def _column(known: Known, column: Column) -> Iterator[SpecError]:
    lookup = column.lookup
    if column.unmapped == "refuse" and not column.translate:
        yield SpecError("unmapped needs translate", where=column.place_of("unmapped"))
    parts = len(column.sources)
    for key in column.translate if column.also else ():
        if len(key.split(" / ")) != parts:
            yield SpecError(
                f"{key} has not {parts} parts", where=column.place_of("translate"), help="write them as: Quote / Open"
            )
    if lookup is None:
        return
    if column.relationship is not None:
        yield SpecError(f"{column.api_name} is a parent by its key already", where=column.place_of("lookup"))
    if not known.object(lookup.object):
        yield _unknown("object", lookup.object, known.object_names(), lookup.place_of("object"))
    elif known.field(lookup.object, lookup.by) is False:
        yield _unknown(f"field of {lookup.object}", lookup.by, known.field_names(lookup.object), lookup.place_of("by"))


def _unknown(what: str, name: str, known: Iterable[str], where: Place) -> SpecError:
    return SpecError(f"there is no {what} {name}", where=where, help=did_you_mean(name, list(known)))
