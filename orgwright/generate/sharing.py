"""Apex of ``at_most``: the next record with a value that as many share already as may is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orgwright.generate.names import Names, joined, pascal
from orgwright.generate.records import MANY, Need, capacity, fitting
from orgwright.generate.units import Unit, apex_class
from orgwright.spec.model import Connector, Field, FieldType, Operation

OPERATIONS: tuple[Operation, ...] = ("insert", "update", "undelete")


def limited(connector: Connector) -> dict[str, list[Field]]:
    """The objects with fields whose values only so many records may share."""
    found: dict[str, list[Field]] = {}
    for sobject, field in connector.custom_fields:
        if field.at_most is not None:
            found.setdefault(sobject, []).append(field)
    return found


def units(connector: Connector, names: Names, known: Mapping[str, Need]) -> Iterator[Unit]:
    """The class that counts, and a test for each field."""
    fields = limited(connector)
    if fields:
        yield apex_class(names.shared_values, "SharedValues", connector.place)
    for sobject, limits in fields.items():
        for field in limits:
            own = pascal(field.api_name) if len(limits) > 1 else ""
            yield apex_class(
                names.object(sobject, "SharedTest")
                if not own
                else joined(names.prefix, names.word(sobject) + own, "SharedTest"),
                "SharedValuesTest",
                field.place,
                test=True,
                object=sobject,
                field=field.api_name,
                most=field.at_most,
                method=names.builder(sobject),
                value=_value(field),
                is_number=field.type is FieldType.NUMBER,
                required=field.required,
                many=min(MANY, capacity(field) - 1, known[sobject].many),
            )


def _value(field: Field) -> str:
    """A value made of a number."""
    if field.type is FieldType.NUMBER:
        return fitting(field, "i")
    return {
        FieldType.EMAIL: "'shared' + i + '@example.com'",
        FieldType.PHONE: "'555' + i",
        FieldType.URL: "'https://example.com/shared/' + i",
    }.get(field.type or FieldType.TEXT, "String.valueOf(i)")
